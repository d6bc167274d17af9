"""The exception rules once more, the plain way: each plan and month asked of the tables by itself, nothing read in bulk.

Shares no line with `engines/milestones/rules.py`; what both find has to be the same.
"""

from __future__ import annotations

from calendar import monthrange
from datetime import date
from decimal import Decimal
from typing import Any


def plus(day: date, months: int) -> date:
    """So many calendar months later, one after another, the last day of a month where it has no such day."""
    year, month = day.year, day.month
    for _n in range(months):
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def found(plan: Any, month: date, *, lock_on: int, limits: Any) -> set[tuple[str, str]]:
    """Rule and subject of everything that is out of order in a month."""
    day = date(month.year, month.month, monthrange(month.year, month.month)[1])
    known = plus(month, 1).replace(day=lock_on)
    if plan.opened_on > day or (plan.ended_on and plan.ended_on <= day):
        return set()
    base = plan.baselines.filter(recorded_on__lte=known).order_by("-number").first()
    if base is None:
        return set()
    return (
        _late(plan, base, day, known, limits)
        | _progress(plan, base, month, known, limits)
        | _happened(plan, day, known, limits)
    )


def _late(plan: Any, base: Any, day: date, known: date, limits: Any) -> set[tuple[str, str]]:
    out = set()
    for point in base.milestones.all():
        last = plan.days.filter(code=point.code, recorded_on__lte=known).order_by("recorded_at", "pk").last()
        reached = last is not None and last.met_on is not None and last.met_on <= day
        if not reached and day >= plus(point.planned_on, limits.late_months):
            out.add(("LATE_MILESTONE", point.code))
    return out


def _behind(plan: Any, base: Any, month: date, known: date) -> Decimal | None:
    """Points behind in a month; None without a report. Raises LookupError before the plan begins."""
    row = base.months.filter(month__lte=month).order_by("month").last()
    if row is None:
        raise LookupError
    report = plan.reports.filter(month=month, recorded_on__lte=known).order_by("n").last()
    return None if report is None else row.percent - report.percent


def _progress(plan: Any, base: Any, month: date, known: date, limits: Any) -> set[tuple[str, str]]:
    out: set[tuple[str, str]] = set()
    points: list[Decimal | None] = []
    year, of_year = month.year, month.month
    for _n in range(limits.behind_months):
        try:
            points.append(_behind(plan, base, date(year, of_year, 1), known))
        except LookupError:
            break
        year, of_year = (year, of_year - 1) if of_year > 1 else (year - 1, 12)
    if not points:
        return out
    if points[0] is None:
        out.add(("NO_REPORT", ""))
    if plan.works and points[0] is not None and points[0] >= limits.behind_points:
        out.add(("BEHIND", ""))
    run = [limits.missing_counts if one is None else one > 0 for one in points]
    if plan.works and len(points) == limits.behind_months and all(run) and any(one is not None for one in points):
        out.add(("BEHIND_IN_A_ROW", ""))
    return out


def _happened(plan: Any, day: date, known: date, limits: Any) -> set[tuple[str, str]]:
    out: set[tuple[str, str]] = set()
    openings = plan.tenders.filter(held_on__lte=day, recorded_on__lte=known)
    for package in set(openings.values_list("package", flat=True)):
        of_package = openings.filter(package=package).order_by("held_on", "pk")
        if of_package.last().result == "FAILED" and of_package.filter(result="FAILED").count() >= limits.failed_tenders:
            out.add(("FAILED_TENDERS", package))
    for stop in plan.stoppages.filter(starts_on__lte=day, recorded_on__lte=known):
        ended = stop.ends_on if stop.end_recorded_on and stop.end_recorded_on <= known and stop.ends_on <= day else None
        until = ended or day
        if until >= day.replace(day=1) and until >= plus(stop.starts_on, limits.stopped_months):
            out.add(("STOPPED", str(stop.pk)))
    land = plan.land.filter(recorded_on__lte=known).order_by("recorded_at", "pk").last()
    if land is not None and land.state == "UNDETERMINED":
        out.add(("LAND", ""))
    for asked in plan.requests.filter(asked_on__lte=day, recorded_on__lte=known):
        known_end = asked.end_recorded_on is not None and asked.end_recorded_on <= known
        if not (known_end and asked.settled_on <= day):
            out.add(("COORDINATION", str(asked.pk)))
    return out
