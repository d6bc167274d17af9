"""年終考核: major projects that were closed in a year are judged within some months after it, by what their months say.

Everything that is measured was known when it was judged: a month as it stood when it was locked, the rest as it was on the
day of closing. What is entered later changes nothing, so that the same project has the same numbers for ever.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from cityhall.engines.milestones import queries as milestones
from cityhall.engines.milestones import rules as of_plans
from cityhall.engines.milestones.models import Baseline, MonthReport, Plan, PlannedMonth
from cityhall.engines.milestones.rules import Facts
from cityhall.engines.rules.queries import parameter
from cityhall.engines.scoring.registry import Found, Given

from . import rules
from .models import Project, ProjectQuerySet
from .profiles import REVIEWED
from .rules import StoodMonth
from .states import EndKind

KIND, SCHEME = "projects.year_end", "projects.year_end"


def closed_within(first: date | None, last: date | None) -> ProjectQuerySet:
    """Major projects that were closed in a period; withdrawn ones were not."""
    rows = Project.objects.filter(plan__profile__in=REVIEWED, ended_as=EndKind.CLOSED)
    rows = rows.filter(plan__ended_on__gte=first) if first else rows
    return rows.filter(plan__ended_on__lte=last) if last else rows


def candidates(year: int) -> list[Given]:
    """Each project that was closed in the year, works and others in groups of their own."""
    rows = closed_within(date(year, 1, 1), date(year, 12, 31)).select_related("plan__agency").order_by("number")
    return [
        Given(one, one.plan.agency, f"{one.number}　{one.plan.name}", group="works" if one.plan.works else "other")
        for one in rows
    ]


def due(year: int) -> date:
    """The last day for a year's results."""
    return rules.year_end_due(year, int(parameter("projects.year_end_months", on=date(year, 12, 31)).value))


# ---- what was known --------------------------------------------------------------------------------------------------


@dataclass
class Kept:
    """A closed project: every month that was due, and how things stood on the day of closing."""

    months: list[StoodMonth] = field(default_factory=list)
    facts: Facts | None = None
    planned: int | None = None  # money allocated up to the last month that was due
    executed: int | None = None


def kept(projects: Sequence[Project]) -> dict[int, Kept]:
    """By the project's key, by a fixed number of statements."""
    plans = {one.pk: one for one in Plan.objects.filter(project__in=[row.pk for row in projects])}
    histories = milestones.histories(plans.values())
    locks = _locks(plans.values())
    found = {}
    for project in projects:
        plan = plans[project.plan_id]
        assert plan.opened_on is not None
        assert plan.ended_on is not None
        one = Kept(facts=of_plans.facts_on(histories[plan.pk], plan.ended_on, plan.ended_on))
        for month in of_plans.months_between(plan.opened_on, plan.ended_on):
            facts = of_plans.facts_on(histories[plan.pk], of_plans.end_of(month), locks[month])
            if locks[month] < plan.ended_on and facts and facts.months and facts.months[-1].month == month:
                one.months.append(StoodMonth(month, facts.months[-1].planned, facts.months[-1].actual))
        found[project.pk] = one
    _money({project.plan_id: found[project.pk] for project in projects}, locks)
    return found


def _locks(plans: Iterable[Plan]) -> dict[date, date]:
    """The last day for reports of every month in which one of these was under control."""
    months = {
        month
        for plan in plans
        if plan.opened_on and plan.ended_on
        for month in of_plans.months_between(plan.opened_on, plan.ended_on)
    }
    return {
        month: of_plans.lock_day(month, milestones.lock_on(of_plans.months_later(month, 1))) for month in sorted(months)
    }


def _money(found: Mapping[int, Kept], locks: Mapping[date, date]) -> None:
    """Allocated and executed up to the last month that was due, as known when it was locked."""
    last = {plan: (one.months[-1].month, locks[one.months[-1].month]) for plan, one in found.items() if one.months}
    reports = MonthReport.objects.filter(plan__in=list(last)).order_by("plan", "month", "n")
    for report in reports:
        month, lock = last[report.plan_id]
        if report.month <= month and report.recorded_on <= lock:
            found[report.plan_id].executed = report.executed
    version = {}
    for pk, plan, recorded_on in (
        Baseline.objects.filter(plan__in=list(last)).order_by("plan", "number").values_list("pk", "plan_id", "recorded_on")
    ):  # fmt: skip
        if recorded_on <= last[plan][1]:
            version[plan] = pk
    plan_of = {pk: plan for plan, pk in version.items()}
    rows = PlannedMonth.objects.filter(baseline__in=list(plan_of)).order_by("baseline", "month")
    for baseline, month, money in rows.values_list("baseline_id", "month", "money"):
        if month <= last[plan_of[baseline]][0]:
            found[plan_of[baseline]].planned = money


# ---- what is measured ------------------------------------------------------------------------------------------------

Measure = Callable[[Kept], tuple[int, int]]


def _share(part_of: Measure) -> Callable[[Sequence[Project], int], dict[int, Found]]:
    """A formula: a part of a whole in per cent, with both; nothing where there is no whole."""

    def measure(subjects: Sequence[Project], year: int) -> dict[int, Found]:
        found: dict[int, Found] = {}
        for key, one in kept(subjects).items():
            part, whole = part_of(one)
            found[key] = rules.share(part, whole), {"part": part, "whole": whole}
        return found

    return measure


def _first_tenders(one: Kept) -> tuple[int, int]:
    by_package: dict[str, bool] = {}
    for tender in one.facts.tenders if one.facts else ():
        by_package.setdefault(tender.package, not tender.failed)
    return sum(by_package.values()), len(by_package)


progress = _share(lambda one: rules.months_on_plan(one.months))
reporting = _share(lambda one: rules.months_reported(one.months))
money = _share(lambda one: (one.executed or 0, one.planned or 0))
checkpoints = _share(lambda one: rules.checkpoints_on_time(one.facts.milestones if one.facts else ()))
tenders = _share(_first_tenders)
