"""Acts: a scheme gets a new version, a judge fills in a sheet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import Model
from django.utils.translation import gettext as _

from cityhall.engines.audit import services as audit
from cityhall.engines.directory.models import Person
from cityhall.foundation.clock import day_of
from cityhall.foundation.rows import new as new_row
from cityhall.foundation.unit import act, forget, insert, insert_all

from .evaluating import Band, band_fault
from .models import Criterion, Scheme, ScoreMark, ScoreSheet
from .queries import versions
from .registry import Line, as_rule, declared
from .rules import Incomplete, Mark, SchemeFault, points, scheme_faults

__all__ = ["CannotChangeScheme", "CannotScore", "Incomplete", "new_version", "scheme_on", "score"]


class CannotChangeScheme(Exception):
    """The version cannot be used; the sentence says why."""


class CannotScore(Exception):
    """This judge has scored the record already, or its turn is taken; the sentence says which."""


@act
def scheme_on(key: str, day: date) -> Scheme:
    """The version that holds on a day; before the first one's own day the first, as nothing older is known.

    What an app declared is written down when it is first asked for. Raises UnknownScheme.
    """
    known = versions(key)
    if not known:
        one = declared(key)
        first, created = Scheme.objects.get_or_create(
            key=key, version=1,
            defaults={
                "valid_from": one.since, "most": one.most, "reason_below": one.reason_below, "source": one.source,
                "bands": as_kept(one.bands),
            },
        )  # fmt: skip
        if created:
            _write_criteria(first, one.lines)
        known = versions(key)
    return next((one for one in known if one.valid_from <= day), known[-1])


def as_kept(bands: Sequence[Band]) -> list[list[str]]:
    """Bands as a scheme keeps them."""
    return [[f"{one.floor:f}", one.grade, one.grade_en, one.award, one.award_en] for one in bands]


def _write_criteria(scheme: Scheme, lines: Sequence[Line]) -> None:
    insert_all([Criterion(scheme=scheme, order=n, **asdict(line)) for n, line in enumerate(lines, 1)])
    forget(versions)  # many rows at once tell nobody


@act
def new_version(
    key: str,
    lines: Sequence[Line],
    *,
    most: int,
    reason_below: int,
    valid_from: date,
    source: str,
    bands: Sequence[Band] | None = None,
    by: Any | None,
    at: datetime,
) -> Scheme:
    """Let a scheme have other criteria, and other grades where some are given, from a coming day on.

    Raises CannotChangeScheme.
    """
    last = scheme_on(key, date.max)
    if valid_from <= day_of(at):
        raise CannotChangeScheme(_("新版自明天以後的日子起施行；已經評的維持原來的版次。"))
    if valid_from <= last.valid_from:
        raise CannotChangeScheme(_("新版的施行日要在第%(n)s版之後。") % {"n": last.version})
    if not source.strip():
        raise CannotChangeScheme(_("請寫明依據，例如法規名稱或簽准文號。"))
    words = {
        SchemeFault.NO_CRITERIA: _("至少要有一個項目。"),
        SchemeFault.NOT_A_HUNDRED: _("各項配分都要是1以上，合計要是100，現在是%(n)s。")
        % {"n": sum(one.points for one in lines)},
        SchemeFault.DOUBLED: _("有兩個項目重複。"),
        SchemeFault.NOT_EXACT: _("每項最高分要能整除100，例如5、10、20。"),
    }
    if faults := scheme_faults(as_rule(lines, most, reason_below)):
        raise CannotChangeScheme(words[faults[0]])
    if band_fault(bands or ()):
        raise CannotChangeScheme(_("等第的下限要一個比一個低，在0到100之間，最低的從0分起。"))
    made = Scheme.objects.create(
        key=key, version=last.version + 1, valid_from=valid_from, most=most, reason_below=reason_below,
        source=source.strip(), bands=last.bands if bands is None else as_kept(bands), set_by=by, set_at=at,
    )  # fmt: skip
    _write_criteria(made, lines)
    audit.record(
        "scoring.scheme_set", made, by=by, at=at, old={"version": last.version},
        new={"key": key, "version": made.version, "from": valid_from.isoformat(), "source": made.source,
             "points": {line.name: line.points for line in lines}},
    )  # fmt: skip
    return made


@act
def take_back(scheme: Scheme, *, by: Any | None, at: datetime) -> None:
    """The version before goes on. Raises CannotChangeScheme where it has begun, or is not the last."""
    last = Scheme.objects.select_for_update().filter(key=scheme.key).latest("version")
    if last.pk != scheme.pk or last.version == 1 or last.valid_from <= day_of(at):
        raise CannotChangeScheme(_("這一版已經施行，或不是最後一版，不能撤回。"))
    audit.record(
        "scoring.scheme_taken_back",
        last,
        by=by,
        at=at,
        old={"version": last.version, "from": last.valid_from.isoformat()},
    )
    last.delete()


@act
def score(
    subject: Model,
    *,
    scheme: Scheme,
    marks: Mapping[str, Mark],
    judge: Person,
    turn: int = 1,
    remark: str = "",
    at: datetime,
) -> ScoreSheet:
    """A judge's complete sheet about a record: one a turn, and none twice by the same judge.

    Raises Incomplete where a mark or a reason is missing, and CannotScore. The caller holds the record's lock.
    """
    found = points(scheme.as_rule, marks)
    judged = [one for one in scheme.criteria.all() if not one.formula]
    model = ContentType.objects.get_for_model(subject)
    there = ScoreSheet.objects.filter(content_type=model, object_id=subject.pk).values_list("turn", "judge")
    for other_turn, other_judge in there:
        if other_turn == turn:
            raise CannotScore(_("這一件已經評過了。"))
        if other_judge == judge.pk:
            raise CannotScore(_("同一件由不同的人各評一次，請由另一位評分。"))
    sheet = insert(
        new_row(
            ScoreSheet, scheme=scheme, content_type=model, object_id=subject.pk, turn=turn, judge=judge, points=found,
            remark=remark.strip()[:1000], scored_at=at,
        )
    )  # fmt: skip
    insert_all(
        [
            new_row(ScoreMark, sheet=sheet, criterion=one, value=mark.value, reason=mark.reason.strip()[:300])
            for one in judged
            for mark in (marks[one.code],)
        ]
    )
    return sheet
