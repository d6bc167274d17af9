"""Questions about projects: who sees which, what can be listed, and where each stands on a day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from django.db.models import Q, QuerySet

from cityhall.engines.directory import queries as directory
from cityhall.engines.directory.models import Agency, Appointment
from cityhall.engines.directory.states import AgencyKind, Role
from cityhall.engines.identity.models import Account
from cityhall.engines.milestones import queries as milestones
from cityhall.engines.milestones import rules as of_plans
from cityhall.engines.milestones.models import MonthReport, Plan, PlannedMonth
from cityhall.engines.milestones.rules import Facts, Found, History, Light, Standing
from cityhall.engines.rules.queries import parameter
from cityhall.foundation.clock import day_of

from .models import Candidacy, Project, ProjectQuerySet
from .profiles import REVIEWED
from .rules import Limits, Line, Row, counted
from .states import EndKind

READ = "projects.read"
REPORT = "projects.report"
CONTROL = "projects.control"


def limits(on: date) -> Limits:
    """The thresholds of a day."""
    return Limits(*(int(parameter(f"projects.threshold_{name}", on=on).value) for name in ("works", "other")))


def within_rights(account: Account | None, act: str, at: datetime) -> Q:
    """The projects for which an account may do an act, by the plan's agency and unit."""
    return directory.reach(account, act, at).within(agency="plan__agency", unit="plan__unit", person="")


def may(account: Account | None, act: str, project: Project, at: datetime) -> bool:
    """Whether an account may do an act on a project."""
    return directory.reach(account, act, at).covers(agency=project.plan.agency, unit=project.plan.unit)


def commission(at: datetime) -> Agency | None:
    """The agency whose officers decide: where the role is held."""
    held = Appointment.objects.filter(role=Role.COMMISSION).as_of(day_of(at)).select_related("agency").order_by("pk")
    first = held.first()
    return first.agency if first else None


def above_thresholds(year: int) -> Q:
    """Projects that are large enough by the thresholds of a year's first day."""
    known = limits(date(year, 1, 1))
    return Q(plan__works=True, total_budget__gte=known.works) | Q(plan__works=False, total_budget__gte=known.other)


def candidates(first: int, last: int, on: date) -> ProjectQuerySet:
    """Major projects that could be on the lists of these years: proposed for one of them, or listed before and not ended."""
    found = Q(pk__in=[])
    for year in range(first, last + 1):
        proposed = Q(pk__in=Candidacy.objects.filter(year=year, proposed_on__lte=on).values("project"))
        goes_on = Q(plan__opened_on__lt=date(year, 1, 1)) & (
            Q(plan__ended_on__isnull=True) | Q(plan__ended_on__gt=date(year, 1, 1))
        )
        found |= (proposed | goes_on) & above_thresholds(year)
    return Project.objects.of("major").filter(found)


# ---- where projects stand --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Position:
    """A project on a day: where it stands, its light and why, the month it was judged by, its money."""

    project: Project
    standing: Standing
    facts: Facts | None = None
    found: Sequence[Found] = ()
    report: MonthReport | None = None

    @property
    def light(self) -> Light | None:
        """燈號 of an open project; one that ended has none."""
        ended = self.standing in (Standing.CLOSED, Standing.WITHDRAWN)
        return None if ended else of_plans.light(self.standing, self.found)

    @property
    def planned(self) -> Decimal | None:
        """Planned per cent at the month's end."""
        return self.facts.months[-1].planned if self.facts and self.facts.months else None

    @property
    def actual(self) -> Decimal | None:
        """The last per cent that was reported."""
        return self.report.percent if self.report else None

    @property
    def behind(self) -> Decimal | None:
        """Percentage points behind the plan, of the month last reported."""
        months = [one for one in self.facts.months if one.behind is not None] if self.facts else []
        return months[-1].behind if months else None

    @property
    def executed(self) -> int | None:
        """Money carried out so far."""
        return self.report.executed if self.report else None


def planned_span(one: Position) -> tuple[date, date] | None:
    """From which day to which day a project is planned, by the baseline in force; None without a baseline."""
    if one.facts is None:
        return None
    days = [point.planned_on for point in one.facts.milestones]
    if one.facts.months:
        days += [one.facts.months[0].month]
    if one.project.plan.opened_on:
        days.append(one.project.plan.opened_on)
    return (min(days), max(days)) if one.facts.milestones else None


@dataclass(frozen=True)
class Moment:
    """A past month or today: the day that is looked at, and the day until which rows count as known."""

    day: date
    known: date
    month: date | None = None

    @property
    def report_month(self) -> date:
        """The newest month that had to be reported."""
        return self.month or of_plans.months_later(of_plans.first_of(self.day), -1)


def moment(month: date | None, today: date) -> Moment:
    """How a month stood when it was locked; without one, or while it is still open, how things stand today."""
    if month is None or of_plans.end_of(month) >= today:
        return Moment(today, today)
    day = of_plans.end_of(month)
    return Moment(day, min(milestones.known_about(day), today), month)


def positions(projects: Iterable[Project], when: Moment) -> list[Position]:
    """Where projects stand, by a fixed number of statements. Today's running month is not yet judged."""
    return positions_at(projects, [when])[0]


def positions_at(
    projects: Iterable[Project], moments: Sequence[Moment], *, reports_of: int | None = None
) -> list[list[Position]]:
    """The same of several moments: what was recorded is read once, the newest reports of the first `reports_of` moments only."""
    there = list(projects)
    histories = milestones.histories([one.plan for one in there if one.plan.opened_on is not None])
    with_reports = moments[:reports_of]
    return [_positions(there, histories, when, reports=when in with_reports) for when in moments]


def _positions(
    projects: Sequence[Project], histories: Mapping[int, History], when: Moment, *, reports: bool
) -> list[Position]:
    there = [one for one in projects if one.plan.opened_on is not None and one.plan.opened_on <= when.day]
    plans = [one.plan for one in there] if reports else []
    newest = milestones.latest_reports(plans, month=when.report_month, known=when.known)
    known_limits = milestones.thresholds(when.day)
    locked = when.month is not None or milestones.is_locked(when.report_month, when.day)
    found = []
    for one in there:
        report = newest.get(one.plan_id)
        ended = one.plan.ended_on
        if ended is not None and ended <= when.day:
            standing = Standing.CLOSED if one.ended_as == EndKind.CLOSED else Standing.WITHDRAWN
            found.append(Position(one, standing, report=report))
            continue
        fact = _due(of_plans.facts_on(histories[one.plan_id], when.day, when.known), when, locked)
        if fact is None:
            found.append(Position(one, Standing.ON_TIME, report=report))
            continue
        hits = of_plans.found_by(fact, known_limits) if one.plan.profile in REVIEWED else []
        found.append(Position(one, of_plans.standing(fact), fact, hits, report))
    return found


def _due(facts: Facts | None, when: Moment, locked: bool) -> Facts | None:
    """Facts up to the newest month that is due: one that may still be reported counts once it is."""
    facts = _until(facts, when.report_month)
    if facts is None or not facts.months or locked or facts.months[-1].actual is not None:
        return facts
    return _until(facts, of_plans.months_later(facts.months[-1].month, -1))


def _until(facts: Facts | None, month: date) -> Facts | None:
    """Facts whose months end with the last one that had to be reported."""
    if facts is None or not facts.months or facts.months[-1].month <= month:
        return facts
    months = [one for one in facts.months if one.month <= month]
    return Facts(
        facts.day, facts.works, facts.milestones, months, facts.tenders, facts.stoppages, facts.land, facts.asked
    )


@dataclass(frozen=True)
class Group:
    """Bureaus, or district offices: their lines in the order of their ranks, and all in one."""

    district_offices: bool
    lines: list[Line]
    names: dict[str, str] = field(default_factory=dict)


def groups(found: Iterable[Position]) -> list[Group]:
    """The table of a portfolio: bureaus and district offices apart, each ranked among its own."""
    sides: dict[bool, list[Row]] = {False: [], True: []}
    names: dict[str, str] = {}
    for one in found:
        agency = one.project.plan.agency
        names[agency.code] = agency.label
        sides[agency.kind == AgencyKind.DISTRICT_OFFICE].append(Row(agency.code, one.standing))
    return [Group(side, counted(rows), names) for side, rows in sides.items() if rows]


def months_of(
    plans: Iterable[Plan],
) -> tuple[Mapping[int, Mapping[date, PlannedMonth]], Mapping[int, Mapping[date, MonthReport]]]:
    """The months of many plans, as planned last and as reported last, by two statements."""
    keys = [one.pk for one in plans]
    planned: dict[int, dict[date, PlannedMonth]] = defaultdict(dict)
    months = PlannedMonth.objects.filter(baseline__plan__in=keys).select_related("baseline")
    for row in months.order_by("baseline__number", "month"):
        planned[row.baseline.plan_id][row.month] = row
    reports: dict[int, dict[date, MonthReport]] = defaultdict(dict)
    for report in MonthReport.objects.filter(plan__in=keys).order_by("plan", "month", "n"):
        reports[report.plan_id][report.month] = report
    return planned, reports


def with_plan(rows: QuerySet[Project]) -> QuerySet[Project]:
    """With what a line of a list shows."""
    return rows.select_related("plan__agency", "plan__unit")


def listed_in_year(rows: ProjectQuerySet, day: date) -> ProjectQuerySet:
    """Those of the table on a day: listed by then, and not ended before the year began."""
    return rows.listed_within(date(day.year, 1, 1), day)
