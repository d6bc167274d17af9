"""Questions about subsidised projects: a year's set, and what each had reached on a day."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db.models import Q

from cityhall.domains.projects.public import Candidacy, Decision, EndKind, Project, ProjectQuerySet
from cityhall.engines.milestones import queries as milestones
from cityhall.engines.rules.queries import parameter

from . import rules
from .states import CHECKPOINT, Measure

PROFILE = "subsidy"


def selected(first: int | None, last: int, on: date) -> ProjectQuerySet:
    """What was selected for these years, as it was decided until a day; it stays in the set when it ends."""
    chosen = Candidacy.objects.filter(decision=Decision.LISTED, decided_on__lte=on, year__lte=last)
    if first is not None:
        chosen = chosen.filter(year__gte=first)
    return Project.objects.of(PROFILE).filter(pk__in=chosen.values("project"))


def years() -> list[int]:
    """The years for which projects were proposed, the newest first."""
    rows = Candidacy.objects.filter(project__plan__profile=PROFILE)
    return list(rows.order_by("-year").values_list("year", flat=True).distinct())


def reached(rows: ProjectQuerySet, measure: Measure, day: date) -> ProjectQuerySet:
    """Those of the projects that had come so far on a day."""
    if measure == Measure.CLOSED:
        return rows.filter(plan__ended_on__lte=day, ended_as=EndKind.CLOSED)
    return rows.filter(plan__in=milestones.reached(CHECKPOINT[measure], day))


def still_open(rows: ProjectQuerySet, day: date) -> ProjectQuerySet:
    """Those that were still under control on a day, or not yet."""
    return rows.filter(Q(plan__ended_on__isnull=True) | Q(plan__ended_on__gt=day))


def with_money(rows: ProjectQuerySet, day: date) -> ProjectQuerySet:
    """With `executed`: what had been carried out on a day."""
    return rows.annotate(executed=milestones.executed(day, plan="plan"))


def stood(rows: ProjectQuerySet, day: date, group: Any) -> list[rules.Stood]:
    """The projects as they stood on a day, by as many statements as there are measures; `group` names the group of one."""
    come = {one: set(reached(rows, one, day).values_list("pk", flat=True)) for one in Measure}
    found: Iterable[Any] = with_money(rows, day).select_related("plan__agency")
    return [
        rules.Stood(
            group(one), one.total_budget, one.executed or 0,
            frozenset(measure.value for measure, there in come.items() if one.pk in there),
        )
        for one in found
    ]  # fmt: skip


def timetable(year: int) -> dict[str, date]:
    """The days of the National Development Council for a year: allocation, list, work plans."""
    return {
        name: rules.day_in(year, int(parameter(f"subsidies.{name}_day", on=date(year, 1, 1)).value))
        for name in ("allocation", "list", "plan")
    }


def close_by(year: int) -> date:
    """The last day on which a year's projects are closed in time."""
    return rules.close_by(year, int(parameter("subsidies.close_months", on=date(year, 12, 31)).value))
