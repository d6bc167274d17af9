"""Subsidised projects of the demo city, by the product's own acts: a year's set, from its proposals to its closing.

How many there are and how far they come is planned; which one is late, and why, is invented.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from cityhall.domains.petitions.plan import spread
from cityhall.domains.projects import services
from cityhall.domains.projects.models import Candidacy, Project
from cityhall.domains.projects.profiles import CLASSES, MODES, PROFILES
from cityhall.domains.subsidies import services as chasing
from cityhall.engines.directory import queries as directory
from cityhall.engines.directory.models import Agency
from cityhall.engines.directory.states import Role
from cityhall.engines.identity.models import Account
from cityhall.engines.milestones import rules as of_plans
from cityhall.engines.milestones import services as plans
from cityhall.engines.milestones.rules import Milestone, Reported
from cityhall.foundation import unit
from cityhall.foundation.clock import at as instant
from cityhall.foundation.clock import day_of
from cityhall.foundation.lots import dice

from .projects import MEASURES, REASONS, SITES, builders

SUBSIDY = PROFILES["subsidy"]
WORKS = {
    "culture": "文化館舍修繕", "sport": "運動場地整建", "water": "排水護岸改善", "buildings": "公有建物補強", "other": "人行空間改善",
}  # fmt: skip
MILLION = 1_000_000
CARRIED_OUT = Decimal("0.9599")
LEAST = 3
"""Millions that a project of a small share of the year has on average."""


@dataclass(frozen=True)
class Set:
    """A year's projects: how many and for how much; how many are not completed, not accepted, and plain grants."""

    year: int
    many: int
    budget: int
    unfinished: int = 0
    unaccepted: int = 0
    grants: int = 0  # of those that are closed
    begun: bool = False  # selected, and nothing more

    @property
    def open(self) -> int:
        """Those that are not closed when the others are."""
        return self.unfinished + self.unaccepted


def sets(share: float = 1.0) -> list[Set]:
    """The two years of the report: 71 of 105 as of the end of February, and 81 that were selected for 106."""
    whole = max(6, round(71 * share)), max(len(MODES), round(81 * share))
    money = [max(round(one * share), LEAST * many) * MILLION for one, many in zip((985, 1_107), whole, strict=True)]
    return [
        Set(2016, whole[0], money[0], unfinished=2, unaccepted=1, grants=1),
        Set(2017, whole[1], money[1], begun=True),
    ]


@dataclass
class Course:
    """A project, how far it comes, what is carried out of it in the end, and who reports it."""

    project: Project
    agency: Agency
    budget: int
    goal: int
    met: tuple[str, ...]
    closes: bool
    by: Account | None
    percent: Decimal = field(default=Decimal(0))


def live(one: Set, *, until: datetime, seed: str = "subsidies") -> list[Project]:
    """A year's set until a day: proposed in February, selected in March, reported each month, closed after the year."""
    chance, today = dice(f"{seed}:{one.year}"), day_of(until)
    office = directory.holders(Role.COMMISSION, on=today).select_related("account").first()
    commission = office.account if office else None
    courses = _propose(one, today, commission, chance)
    if one.begun:
        return [course.project for course in courses]
    month, last = date(one.year, 3, 1), of_plans.months_later(of_plans.first_of(today), -1)
    while month <= last:
        _reach(courses, month, one.year)
        _report(courses, month, one.year, chance)
        if (month.year, month.month) == (one.year, 12):
            _close(courses, one.year, commission, until)
        month = of_plans.months_later(month, 1)
    return [course.project for course in courses]


def _propose(one: Set, today: date, commission: Account | None, chance: random.Random) -> list[Course]:
    agencies = builders(today)
    budgets = [
        MILLION * n for n in spread(one.budget // MILLION - one.many, [chance.uniform(1, 6) for _n in range(one.many)])
    ]
    budgets = [budget + MILLION for budget in budgets]
    budgets[0] += one.budget - sum(budgets)
    left = spread(
        one.budget - int(one.budget * CARRIED_OUT + Decimal("0.5")),
        [budget * (6 if n < one.open else 0.8) for n, budget in enumerate(budgets)],
    )
    modes = [code for code in MODES if code != "grant"]
    found = []
    for n, budget in enumerate(budgets):
        grant = one.open <= n < one.open + one.grants
        mode = "grant" if grant else list(MODES)[n % len(MODES)] if one.begun else modes[n % len(modes)]
        kind, agency = list(CLASSES)[n % len(CLASSES)], agencies[n % len(agencies)]
        person = directory.holders(Role.COORDINATOR, agency=agency, on=today).select_related("account").first()
        by = person.account if person else None
        project = services.propose(
            profile=SUBSIDY.code, name=f"{SITES[n % len(SITES)]}{WORKS[kind]}（{one.year - 1911}-{n + 1}）", agency=agency,
            works=mode in ("tendered", "hired"), total_budget=budget, year=one.year,
            about="示範資料：名稱、金額與進度都是虛構的。", facets={"class": kind, "mode": mode}, milestones=_points(one.year, mode),
            months=_months(one.year, budget), by=by, at=instant(date(one.year, 2, 20), 10),
        )  # fmt: skip
        services.select(
            project,
            on=date(one.year, 3, 15),
            reason="符合一般性補助款的用途",
            by=commission,
            at=instant(date(one.year, 3, 14), 9),
        )
        met = ("plan", "award", "start", "complete", "accept")[: 3 if n < one.unfinished else 4 if n < one.open else 5]
        found.append(Course(project, agency, budget, budget - left[n], met[:-1] if grant else met, n >= one.open, by))
    return found


def _points(year: int, mode: str) -> list[Milestone]:
    days = {"plan": date(year, 3, 20), "award": date(year, 5, 31), "start": date(year, 6, 30), "complete": date(year, 11, 30),
            "accept": date(year, 12, 31)}  # fmt: skip
    without = SUBSIDY.waived.get(("mode", mode), ())
    return [
        Milestone(one.code, days[one.code], None, one.stage, str(one.label))
        for one in SUBSIDY.checkpoints
        if one.code not in without
    ]


def _months(year: int, budget: int) -> list[tuple[date, Decimal, int]]:
    return [(date(year, n, 1), Decimal(10 * (n - 2)), budget * (n - 2) // 10) for n in range(3, 13)]


def _reach(courses: list[Course], month: date, year: int) -> None:
    """The checkpoints whose month it is, on a day in it."""
    due = {date(year, 3, 1): "plan", date(year, 5, 1): "award", date(year, 6, 1): "start", date(year, 11, 1): "complete",
           date(year, 12, 1): "accept"}.get(month)  # fmt: skip
    day = of_plans.end_of(month).replace(day=25)
    for one in courses:
        if due in one.met:
            plans.meet(one.project.plan, code=due, on=day, by=one.by, at=instant(day, 16))


def _report(courses: list[Course], month: date, year: int, chance: random.Random) -> None:
    """A month's progress and money, in the first days of the next one; those that are open are late."""
    part = min(Decimal(10 * ((month.year - year) * 12 + month.month - 2)), Decimal(100))
    lines = []
    for one in courses:
        if one.project.plan.ended_on is not None:
            continue
        goal = part if "complete" in one.met else part * Decimal("0.7")
        one.percent = max(one.percent, goal)
        done = int(one.goal * part / 100)
        surplus = done // 20 if part == 100 else 0
        paid, unpaid, retained = done * 9 // 10, done // 25, 0
        given = Reported(
            one.percent, paid, unpaid, done - paid - unpaid - surplus + retained, surplus,
            reason=chance.choice(REASONS) if one.percent < part else "",
            measure=chance.choice(MEASURES) if one.percent < part else "",
        )  # fmt: skip
        lines.append(plans.Line(one.project.plan, month, given, "" if one.closes else "請協調管線單位遷移"))
    at = instant(of_plans.lock_day(month, 5), 10)
    made, refused = services.report_months(lines, by=courses[0].by, at=at)
    assert made == len(lines), refused


def _close(courses: list[Course], year: int, commission: Account | None, until: datetime) -> None:
    """After the year: applied for by the agency, and approved."""
    for n, one in enumerate(one for one in courses if one.closes):
        at = instant(date(year + 1, 1 + n % 2, 12 + n % 8), 14)
        if at <= until:
            asked = services.apply(one.project, kind="CLOSING", reason="已執行完畢", by=one.by, at=at)
            one.project = services.decide(asked, approved=True, remark="", by=commission, at=at).project


def load(now: datetime, *, say: Callable[[str], None] = lambda words: None) -> int:
    """The live demo: eight of last year, of which two are not closed, and four of this one."""
    year = day_of(now).year
    found = live(Set(year - 1, 8, 96 * MILLION, unfinished=1, unaccepted=1, grants=1), until=now)
    if now >= instant(date(year, 3, 14), 9):
        found += live(Set(year, 4, 48 * MILLION, grants=1), until=now)
    chasing.chase(now)
    say(f"一般性補助款計畫 {len(found)} 案")
    return len(found)


def live_year(share: float, *, until: datetime, say: Callable[[str], None]) -> int:
    """The sets of the report that are not there yet, each in a transaction of its own."""
    lived = 0
    for one in sets(share):
        if Candidacy.objects.filter(project__plan__profile=SUBSIDY.code, year=one.year).exists():
            continue
        with unit.bulk():
            lived += len(live(one, until=until))
    if lived:
        with unit.bulk():
            chasing.chase(until)
        say(f"一般性補助款計畫 {lived} 案（虛構）")
    return lived
