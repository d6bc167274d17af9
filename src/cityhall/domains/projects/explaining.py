"""Why a project is out of order, in sentences: of what was found today, and of what was kept of a month."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from cityhall.engines.milestones.models import Hit
from cityhall.engines.milestones.rules import Found, Rule
from cityhall.web.charts import month_name
from cityhall.web.dates import as_date

from .queries import Position


def _day(text: str) -> str:
    return as_date(date.fromisoformat(text))


def _month(text: str) -> str:
    return month_name(date.fromisoformat(f"{text}-01"))


def _late(subject: str, limit: str, by: Mapping[str, Any]) -> str:
    return _("「%(name)s」預定%(planned)s完成，到%(day)s還沒完成，已達%(n)s個月") % {
        "name": by.get("name") or subject, "planned": _day(by["planned_on"]), "day": _day(by["day"]), "n": limit,
    }  # fmt: skip


def _behind(subject: str, limit: str, by: Mapping[str, Any]) -> str:
    return _("%(month)s預定%(planned)s%%、實際%(actual)s%%，落後%(points)s個百分點，已達%(n)s個百分點") % {
        "month": _month(by["month"]), "planned": by["planned"], "actual": by["actual"], "points": by["points"], "n": limit,
    }  # fmt: skip


def _in_a_row(subject: str, limit: str, by: Mapping[str, Any]) -> str:
    months = by["months"]
    return _("%(first)s到%(last)s連續%(n)s個月工程進度落後") % {
        "first": _month(months[0]["month"]), "last": _month(months[-1]["month"]), "n": limit,
    }  # fmt: skip


def _silent(subject: str, limit: str, by: Mapping[str, Any]) -> str:
    return _("%(month)s的進度沒有在期限內填報") % {"month": _month(by["month"])}


def _failed(subject: str, limit: str, by: Mapping[str, Any]) -> str:
    return _("「%(package)s」累計流標%(all)s次，最近連續%(row)s次，已達%(n)s次") % {
        "package": subject, "all": by["cumulative"], "row": by["consecutive"], "n": limit,
    }  # fmt: skip


def _stopped(subject: str, limit: str, by: Mapping[str, Any]) -> str:
    words = (
        _("%(start)s起停工，到%(until)s還沒復工，已達%(n)s個月")
        if by["open"]
        else _("%(start)s起停工，%(until)s復工，達%(n)s個月")
    )
    return words % {"start": _day(by["starts_on"]), "until": _day(by["until"]), "n": limit}


def _land(subject: str, limit: str, by: Mapping[str, Any]) -> str:
    return _("用地取得方式尚未確定")


def _asked(subject: str, limit: str, by: Mapping[str, Any]) -> str:
    return _("%(day)s請求跨機關協調，還沒解決") % {"day": _day(by["asked_on"])}


SENTENCES: Mapping[str, Callable[[str, str, Mapping[str, Any]], str]] = {
    Rule.LATE_MILESTONE: _late,
    Rule.BEHIND: _behind,
    Rule.BEHIND_IN_A_ROW: _in_a_row,
    Rule.NO_REPORT: _silent,
    Rule.FAILED_TENDERS: _failed,
    Rule.STOPPED: _stopped,
    Rule.LAND: _land,
    Rule.COORDINATION: _asked,
}


def sentence_of(one: Found | Hit) -> str:
    """What was found, with the numbers that it went by."""
    return SENTENCES[str(one.rule)](one.subject, one.threshold, one.inputs)


def why(one: Position) -> list[str]:
    """Everything that makes a project's light what it is; a project that is only behind says how far."""
    found = [sentence_of(hit) for hit in one.found]
    if not found and one.light == "AMBER" and one.facts is not None:
        if one.behind is not None and one.behind > 0:
            found.append(_("比預定進度落後%(points)s個百分點") % {"points": f"{one.behind.normalize():f}"})
        found += [
            _("「%(name)s」預定%(day)s，還沒完成")
            % {"name": point.name or point.code, "day": as_date(point.planned_on)}
            for point in one.facts.milestones
            if point.planned_on < one.facts.day and (point.met_on is None or point.met_on > one.facts.day)
        ]
    return found
