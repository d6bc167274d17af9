"""Acts on the programme: indicators and their values, awards with their rounds and evidence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import BinaryIO

from django.db.models import Max
from django.utils.translation import gettext as _

from cityhall.domains.projects.public import Project
from cityhall.engines.audit import services as audit
from cityhall.engines.files import services as files
from cityhall.engines.identity.models import Account
from cityhall.foundation.clock import day_of
from cityhall.foundation.sentence import sentence
from cityhall.foundation.unit import act, insert_all

from . import queries, rules
from .models import PROFILE, Award, AwardResult, Evidence, Indicator, IndicatorValue
from .refusals import CannotRecord
from .states import ValueKind

# ---- indicators ------------------------------------------------------------------------------------------------------


@act
def add_indicator(
    project: Project, *, name: str, unit: str, lower: bool, planned: Mapping[int, Decimal], by: Account | None, at: datetime
) -> Indicator:  # fmt: skip
    """Add what is measured of a sub-project, with the values that are planned. Raises CannotRecord."""
    project = Project.objects.select_for_update(of=("self",)).select_related("plan").get(pk=project.pk)
    if project.plan.profile != PROFILE:
        raise CannotRecord(_("只有智慧城市子計畫有指標。"))
    if not name.strip() or not unit.strip():
        raise CannotRecord(_("請填指標與單位。"))
    if not planned:
        raise CannotRecord(_("至少要有一個年度的目標值。"))
    known = Indicator.objects.filter(project=project)
    if known.filter(name=name.strip()).exists():
        raise CannotRecord(_("這個子計畫已經有同名的指標。"))
    n = (known.aggregate(most=Max("n"))["most"] or 0) + 1
    made = Indicator.objects.create(project=project, n=n, name=name.strip(), unit=unit.strip(), lower=lower)
    audit.record("smart_city.indicator_added", project, by=by, at=at, new={"n": n, "name": made.name})
    set_values(made, kind=ValueKind.PLANNED, values=planned, by=by, at=at)
    return made


@act
def set_values(
    indicator: Indicator, *, kind: ValueKind, values: Mapping[int, Decimal], note: str = "", by: Account | None, at: datetime
) -> list[IndicatorValue]:  # fmt: skip
    """Record planned or reached values of years; what stays as it was is not written again. Raises CannotRecord.

    A year that has not begun has no reached value. Another value in place of one that was recorded needs a reason.
    """
    indicator = Indicator.objects.select_for_update().get(pk=indicator.pk)
    today = day_of(at)
    span = queries.years(today)
    if rules.faults(values, first=span.start, last=span.stop - 1):
        raise CannotRecord(_("年度不在計畫的期間內。"))
    if not values:
        raise CannotRecord(_("請至少填一個年度的數值。"))
    if any(value < 0 for value in values.values()):
        raise CannotRecord(_("數值不能小於0。"))
    if kind == ValueKind.REACHED and any(year > today.year for year in values):
        raise CannotRecord(_("還沒到的年度，不能填實際值。"))
    rows = IndicatorValue.objects.filter(indicator=indicator, kind=kind).order_by("pk")
    known = dict(rows.values_list("year", "value"))
    changed = {year: value for year, value in values.items() if known.get(year) != value}
    if any(year in known for year in changed) and not note.strip():
        raise CannotRecord(_("更正已經登錄的數值，請寫說明。"))
    made = [
        IndicatorValue(
            indicator=indicator, year=year, kind=kind, value=value, note=note.strip()[:300], recorded_on=today,
            recorded_at=at, recorded_by=by,
        )
        for year, value in sorted(changed.items())
    ]  # fmt: skip
    insert_all(made)
    if made:
        audit.record(
            "smart_city.values_set", indicator, by=by, at=at,
            old={str(year): str(known[year]) for year in changed if year in known},
            new={"kind": str(kind), **{str(year): str(value) for year, value in changed.items()}},
        )  # fmt: skip
    return made


# ---- awards ----------------------------------------------------------------------------------------------------------


@act
def enter_award(*, name: str, year: int, by: Account | None, at: datetime) -> Award:
    """The city competes for an award. Raises CannotRecord."""
    if not name.strip():
        raise CannotRecord(_("請填評比名稱。"))
    if Award.objects.filter(name=name.strip(), year=year).exists():
        raise CannotRecord(_("這個年度已經有這項評比。"))
    made = Award.objects.create(name=name.strip(), year=year)
    audit.record("smart_city.award_entered", made, by=by, at=at, new={"name": made.name, "year": year})
    return made


@act
def record_result(
    award: Award, *, stage: str, won: bool, announced_on: date, by: Account | None, at: datetime
) -> AwardResult:
    """The result of a round, in the order of the rounds. Raises CannotRecord."""
    award = Award.objects.select_for_update().get(pk=award.pk)
    known = {row.stage: row.won for row in award.results.all()}
    if stage in known:
        raise CannotRecord(_("這個階段的結果已經登錄了。"))
    if not rules.may_follow(stage, known):
        raise CannotRecord(_("前一個階段入選以後，才有這個階段的結果。"))
    if announced_on > day_of(at):
        raise CannotRecord(_("公布日不能在今天之後。"))
    made = AwardResult.objects.create(award=award, stage=stage, won=won, announced_on=announced_on)
    audit.record("smart_city.result_recorded", award, by=by, at=at, new={"stage": stage, "won": won})
    return made


@sentence("1.4.7", "每年分別就寬頻、知識勞動力、數位平等、創新")
@act
def add_evidence(
    award: Award,
    *,
    factor: str,
    text: str,
    project: Project | None = None,
    uploads: Sequence[tuple[str, BinaryIO]] = (),
    by: Account | None,
    at: datetime,
) -> Evidence:
    """What shows how the city does in a factor. Raises CannotRecord, and files' CannotStoreFile."""
    if not text.strip():
        raise CannotRecord(_("請寫佐證內容。"))
    made = Evidence.objects.create(
        award=award, factor=factor, project=project, text=text.strip()[:2000], added_at=at, added_by=by
    )
    for name, content in uploads:
        files.store(content, name=name, owner=made, by=by, at=at)
    audit.record("smart_city.evidence_added", award, by=by, at=at, new={"factor": factor, "id": made.pk})
    return made


@act
def withdraw_evidence(evidence: Evidence, *, why: str, by: Account | None, at: datetime) -> Evidence:
    """It is not used any more, and stays as a record. Raises CannotRecord."""
    row = Evidence.objects.select_for_update(of=("self",)).select_related("award").get(pk=evidence.pk)
    if row.withdrawn_on is not None:
        raise CannotRecord(_("這項佐證已經撤回了。"))
    if not why.strip():
        raise CannotRecord(_("請寫明理由。"))
    row.withdrawn_on, row.why = day_of(at), why.strip()[:300]
    row.save(update_fields=["withdrawn_on", "why"])
    audit.record("smart_city.evidence_withdrawn", row.award, by=by, at=at, new={"id": row.pk})
    return row
