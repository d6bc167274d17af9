"""Acts on analyses: ask for one, compute it, ask again with today's data."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _

from cityhall.engines.audit import services as audit
from cityhall.engines.files import services as files
from cityhall.engines.identity.models import Account
from cityhall.engines.numbers import services as numbers
from cityhall.engines.outbox import services as outbox
from cityhall.foundation.clock import day_of
from cityhall.foundation.roc import roc_year
from cityhall.foundation.unit import act

from .computing import compute
from .measuring import Data
from .models import Analysis, AnalysisInput
from .refusals import CannotAnalyse
from .states import AnalysisState, AreaLevel, Tool

KEEPS = "spatial.analyse"
MOST_CRITERIA = 5


@act
def ask(tool: Tool, title: str, asked: Mapping[str, Any], *, by: Account | None, at: datetime) -> Analysis:
    """Ask for an analysis; the worker computes it. Raises CannotAnalyse."""
    if not title.strip():
        raise CannotAnalyse(_("請填分析名稱。"))
    year = numbers.year(day_of(at).year)
    number = f"SA{roc_year(year)}-{numbers.next_number('spatial.analyses', year):04}"
    made = Analysis.objects.create(
        number=number, tool=tool, title=title.strip()[:80], asked=dict(asked), made_by=by, asked_at=at
    )
    audit.record("spatial.analysis_asked", made, by=by, at=at, new={"number": number, "tool": str(tool)})
    outbox.promise(KEEPS, {"analysis": made.pk}, key=f"{KEEPS}:{made.pk}", at=at, urgent=True)
    return made


@act
def carry_out(one: Analysis, *, at: datetime) -> None:
    """Compute what was asked, once: the result with its inputs as they stood, or the sentence that says why there is none."""
    one = Analysis.objects.select_for_update(of=("self",)).select_related("made_by").get(pk=one.pk)
    if one.state != AnalysisState.WAITING:
        return
    data = _data(one.asked, day_of(at))
    with translation.override(one.made_by.language if one.made_by else "zh-hant"):
        try:
            outcome = compute(one.tool, one.asked, data)
        except CannotAnalyse as refusal:
            one.state, one.refusal, one.done_at = AnalysisState.REFUSED, refusal.sentence[:300], at
            one.save(update_fields=["state", "refusal", "done_at"])
            return
    one.digest, one.rows = files.put(outcome.parquet()), len(outcome.shapes)
    one.columns, one.shown = [column.as_data() for column in outcome.columns], outcome.shown
    one.method, one.method_en = outcome.method
    one.mapped, one.unknown = data.mapped, data.unknown
    one.rights, one.state, one.done_at = data.rights, AnalysisState.DONE, at
    one.save()
    for each in data.inputs.values():
        each.analysis = one
    AnalysisInput.objects.bulk_create(data.inputs.values())
    new = {"number": one.number, "rows": one.rows, "digest": one.digest}
    audit.record("spatial.analysis_done", one, by=one.made_by, at=at, new=new)


def _data(asked: Mapping[str, Any], day: date) -> Data:
    table = {str(code): float(number) for code, number in asked.get("table", {}).items()}
    coded_on = date.fromisoformat(asked["coded_on"]) if asked.get("coded_on") else None
    return Data(day, asked.get("level") or AreaLevel.VILLAGE, table, asked.get("open", {}), coded_on)


def ask_again(one: Analysis, *, by: Account | None, at: datetime) -> Analysis:
    """The same question of the data as they stand today: another analysis, the old one stays as it is."""
    return ask(Tool(one.tool), one.title, one.asked, by=by, at=at)


def cited(one: Analysis, address: str, today: date) -> str:
    """How to cite a result."""
    from cityhall.web.dates import as_date

    return _("%(city)s（%(year)s）。%(title)s［空間分析 %(number)s，%(tool)s］。市政廳空間決策。%(day)s取自 %(address)s") % {
        "city": _city(), "year": one.done_at.year if one.done_at else "", "title": one.title, "number": one.number,
        "tool": Tool(one.tool).label, "day": as_date(today), "address": address,
    }  # fmt: skip


def _city() -> str:
    from django.conf import settings

    from cityhall.web.context import language

    return str(settings.CITY_NAME[language()])
