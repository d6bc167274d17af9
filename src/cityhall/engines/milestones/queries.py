"""Questions about controlled plans: what was known of many of them, by few statements."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import F, OuterRef, Subquery

from cityhall.engines.rules.queries import parameter

from . import rules
from .models import (
    Baseline,
    CoordinationRequest,
    Hit,
    LandRecord,
    MilestoneDay,
    MonthReport,
    Plan,
    PlannedMilestone,
    PlannedMonth,
    PlanQuerySet,
    Reopening,
    Stoppage,
    TenderOpening,
)
from .rules import Controlled, Facts, History, Known, Rule, Thresholds
from .states import TenderResult

PARAMETER_OF = {
    Rule.LATE_MILESTONE: "late_months",
    Rule.BEHIND: "behind_points",
    Rule.BEHIND_IN_A_ROW: "behind_months",
    Rule.FAILED_TENDERS: "failed_tenders",
    Rule.STOPPED: "stopped_months",
}
"""The parameter that holds a rule's threshold; the others have none."""


def lock_on(day: date) -> int:
    """The day of the month on which the month before may last be reported."""
    return int(parameter("milestones.lock_day", on=day).value)


def thresholds(on: date) -> Thresholds:
    """The thresholds of a day, with the version of each."""
    found = {
        name: parameter(f"milestones.{name}", on=on)
        for name in ("late_months", "behind_points", "behind_months", "missing_counts", "failed_tenders", "stopped_months")
    }  # fmt: skip
    return Thresholds(
        late_months=found["late_months"].value,
        behind_points=Decimal(found["behind_points"].value),
        behind_months=found["behind_months"].value,
        missing_counts=bool(found["missing_counts"].value),
        failed_tenders=found["failed_tenders"].value,
        stopped_months=found["stopped_months"].value,
        versions={name: one.version for name, one in found.items()},
    )


def is_locked(month: date, today: date) -> bool:
    """Whether a month stands by the rulebook of the day after which it was locked."""
    return rules.is_locked(month, today=today, lock_on=lock_on(rules.months_later(month, 1)))


def last_standing_month(today: date) -> date:
    """The newest month that is locked."""
    return rules.last_standing_month(today, lock_on(today))


# ---- what was known --------------------------------------------------------------------------------------------------


def histories(plans: Iterable[Plan]) -> dict[int, History]:
    """Everything that was recorded of these plans, by nine statements however many they are."""
    known = {plan.pk: plan for plan in plans}
    keys = list(known)
    baselines = _baselines(keys)
    days = _gathered(
        (plan, Known(on, (code, met)))
        for plan, on, code, met in MilestoneDay.objects.filter(plan__in=keys)
        .order_by("recorded_at", "pk")
        .values_list("plan_id", "recorded_on", "code", "met_on")
    )
    reports = _gathered(
        (plan, Known(on, (month, percent)))
        for plan, on, month, percent in MonthReport.objects.filter(plan__in=keys)
        .order_by("recorded_at", "n")
        .values_list("plan_id", "recorded_on", "month", "percent")
    )
    tenders = _gathered(
        (plan, Known(on, rules.Tender(package, held, result == TenderResult.FAILED)))
        for plan, on, package, held, result in TenderOpening.objects.filter(plan__in=keys)
        .order_by("held_on", "pk")
        .values_list("plan_id", "recorded_on", "package", "held_on", "result")
    )
    stoppages = _gathered(
        (plan, Known(on, rules.Stoppage(str(pk), starts, ends), ended))
        for plan, on, pk, starts, ends, ended in Stoppage.objects.filter(plan__in=keys)
        .order_by("starts_on", "pk")
        .values_list("plan_id", "recorded_on", "pk", "starts_on", "ends_on", "end_recorded_on")
    )
    land = _gathered(
        (plan, Known(on, rules.Land(state)))
        for plan, on, state in LandRecord.objects.filter(plan__in=keys)
        .order_by("recorded_at", "pk")
        .values_list("plan_id", "recorded_on", "state")
    )
    asked = _gathered(
        (plan, Known(on, rules.Asked(str(pk), asked_on, settled), ended))
        for plan, on, pk, asked_on, settled, ended in CoordinationRequest.objects.filter(plan__in=keys)
        .order_by("asked_on", "pk")
        .values_list("plan_id", "recorded_on", "pk", "asked_on", "settled_on", "end_recorded_on")
    )
    return {
        key: History(
            plan.works, baselines[key], days[key], reports[key], tenders[key], stoppages[key], land[key], asked[key]
        )
        for key, plan in known.items()
    }


def _gathered(rows: Iterable[tuple[int, Known]]) -> dict[int, list[Known]]:
    found: dict[int, list[Known]] = defaultdict(list)
    for plan, one in rows:
        found[plan].append(one)
    return found


def _baselines(keys: Sequence[int]) -> dict[int, list[Known]]:
    milestones: dict[int, list[rules.Milestone]] = defaultdict(list)
    rows: Any = PlannedMilestone.objects.filter(baseline__plan__in=keys).order_by("baseline", "order")
    for baseline, code, day, stage, name in rows.values_list("baseline_id", "code", "planned_on", "stage", "name"):
        milestones[baseline].append(rules.Milestone(code, day, None, rules.Stage(stage), name))
    planned: dict[int, list[tuple[date, Decimal]]] = defaultdict(list)
    rows = PlannedMonth.objects.filter(baseline__plan__in=keys).order_by("baseline", "month")
    for baseline, month, percent in rows.values_list("baseline_id", "month", "percent"):
        planned[baseline].append((month, percent))
    return _gathered(
        (plan, Known(on, rules.Baseline(number, milestones[pk], planned[pk])))
        for pk, plan, number, on in Baseline.objects.filter(plan__in=keys)
        .order_by("plan", "number")
        .values_list("pk", "plan_id", "number", "recorded_on")
    )


def controlled(plans: Iterable[Plan]) -> list[Controlled]:
    """The plans that are or were under control, with everything that was recorded of them."""
    there = [plan for plan in plans if plan.opened_on is not None]
    known = histories(there)
    return [Controlled(one.pk, one.opened_on, one.ended_on, known[one.pk]) for one in there if one.opened_on]


def facts(plans: Iterable[Plan], *, day: date, known: date | None = None) -> dict[int, Facts]:
    """What the plans looked like on a day, by what was recorded until `known`, else until that day."""
    found = {key: rules.facts_on(one, day, known or day) for key, one in histories(plans).items()}
    return {key: one for key, one in found.items() if one is not None}


def reached_days(plan: Plan, day: date) -> dict[str, date]:
    """The checkpoints of a plan that were reached, as known on a day."""
    known = dict(plan.days.as_of(day).order_by("recorded_at", "pk").values_list("code", "met_on"))
    return {code: on for code, on in known.items() if on is not None and on <= day}


def known_about(day: date) -> date:
    """Until when rows count as known of a day: of a month's last day, until that month is locked."""
    if day == date.max or day != rules.end_of(day):
        return day
    return rules.lock_day(day, lock_on(rules.months_later(rules.first_of(day), 1)))


def reached(code: str, day: date) -> PlanQuerySet:
    """The plans that had reached a checkpoint on a day, by what was known about it."""
    days = MilestoneDay.objects.filter(plan=OuterRef("pk"), code=code).as_of(known_about(day))
    newest = days.order_by("-recorded_at", "-pk").values("met_on")[:1]
    return Plan.objects.annotate(met_on=Subquery(newest)).filter(met_on__lte=day)


def executed(day: date, *, plan: str) -> Subquery:
    """For each row that names a plan: the money that counts as carried out on a day, by what was known about it."""
    reports = MonthReport.objects.filter(plan=OuterRef(plan), month__lte=rules.first_of(day)).as_of(known_about(day))
    money = F("paid") + F("unpaid") + F("retained") + F("surplus")
    return Subquery(reports.order_by("-month", "-n").values(money=money)[:1])


# ---- months of one plan ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class MonthLine:
    """A month of a plan: what was planned, what is reported now, and what had been when it was locked, where that differs."""

    month: date
    planned: Decimal | None
    planned_money: int | None
    report: MonthReport | None
    published: MonthReport | None
    locked: bool
    reopened_until: date | None = None

    @property
    def corrected(self) -> bool:
        """Whether the month says something else than when it was locked."""
        return self.published is not None and self.published != self.report

    @property
    def behind(self) -> Decimal | None:
        """Percentage points behind the plan."""
        if self.report is None or self.planned is None:
            return None
        return self.planned - self.report.percent


def month_lines(plan: Plan, *, day: date) -> list[MonthLine]:
    """Every month that was planned or reported, as known on a day, the oldest first."""
    baseline = plan.baselines.as_of(day).order_by("-number").first()
    planned = {one.month: one for one in baseline.months.all()} if baseline else {}
    reports: dict[date, MonthReport] = {}
    published: dict[date, MonthReport] = {}
    for row in plan.reports.as_of(day).order_by("month", "n"):
        reports[row.month] = row
        if not row.correction:
            published[row.month] = row
    reopened = {row.month: row.until for row in plan.reopenings.as_of(day).order_by("pk")}
    months = sorted(set(planned) | set(reports))
    if months and plan.opened_on is not None:
        until = min(day, plan.ended_on) if plan.ended_on else day
        months = sorted({*months, *rules.months_between(months[-1], rules.first_of(until))})
    last, lock = max(planned.values(), key=lambda one: one.month, default=None), lock_on(day)
    found = []
    for month in months:
        due = planned.get(month) or (last if last is not None and month > last.month else None)
        found.append(
            MonthLine(
                month, due.percent if due else None, due.money if due else None, reports.get(month), published.get(month),
                rules.is_locked(month, today=day, lock_on=lock), reopened.get(month),
            )
        )  # fmt: skip
    return found


def latest_reports(plans: Iterable[Plan], *, month: date, known: date) -> dict[int, MonthReport]:
    """The newest report of each plan up to a month, as known on a day."""
    rows = MonthReport.objects.filter(plan=OuterRef("pk"), month__lte=month).as_of(known).order_by("-month", "-n")
    newest = Plan.objects.filter(pk__in=[one.pk for one in plans]).annotate(newest=Subquery(rows.values("pk")[:1]))
    return {row.plan_id: row for row in MonthReport.objects.filter(pk__in=newest.values("newest"))}


def open_hits(plans: Iterable[Plan]) -> dict[int, list[Hit]]:
    """What nobody has cleared, by plan, the newest first."""
    found: dict[int, list[Hit]] = defaultdict(list)
    for hit in Hit.objects.open().filter(plan__in=[one.pk for one in plans]).order_by("-month", "rule", "subject"):
        found[hit.plan_id].append(hit)
    return found


def may_correct(plan: Plan, month: date, today: date) -> bool:
    """Whether a month that stands was opened again until today or later."""
    return Reopening.objects.filter(plan=plan, month=month, until__gte=today, recorded_on__lte=today).exists()


def missing(plans: Iterable[Plan], month: date) -> list[Plan]:
    """The plans that have not reported a month that they had to."""
    there = list(plans)
    reported = set(
        MonthReport.objects.filter(plan__in=[one.pk for one in there], month=month).values_list("plan", flat=True)
    )
    begun = dict(
        Baseline.objects.filter(plan__in=[one.pk for one in there], months__month__lte=month).values_list("plan", "pk")
    )
    return [one for one in there if one.pk not in reported and one.pk in begun]
