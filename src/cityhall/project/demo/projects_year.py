"""The major projects of the report's year: as many as it prints, with their months, reviews and visits, by the product's acts.

How many there are, how large, and how many are reviewed is planned; names and reasons are invented. Who is not planned to be
reviewed keeps to the plan, so that no rule finds anything.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from cityhall.domains.petitions.plan import TODAY, spread
from cityhall.domains.projects import reviewing, services
from cityhall.domains.projects.models import Project
from cityhall.engines.directory import queries as directory
from cityhall.engines.directory.models import Agency, Person
from cityhall.engines.directory.states import Role
from cityhall.engines.gatherings import holding
from cityhall.engines.gatherings import services as gatherings
from cityhall.engines.gatherings.rules import Came
from cityhall.engines.identity.models import Account
from cityhall.engines.milestones import rules as of_plans
from cityhall.engines.milestones import services as plans
from cityhall.engines.milestones.models import Hit
from cityhall.engines.milestones.rules import Milestone, Reported, Stage
from cityhall.engines.places import queries as places
from cityhall.foundation import unit
from cityhall.foundation.clock import at as instant
from cityhall.foundation.lots import dice

from .projects import KINDS, MEASURES, REASONS, SITES, builders, pipes

MILLION = 1_000_000
BEGAN, YEAR_BEGAN = date(2016, 1, 4), date(2017, 1, 3)
FIRST, LAST = date(2016, 1, 1), date(2017, 2, 1)
REVIEWED_FROM = date(2016, 9, 1)
LENGTH = 30
TROUBLES = ("asks", "land", "tenders", "behind", "stops")


@dataclass(frozen=True)
class Plan:
    """So many of everything: listed, left to agencies, closed in 2016, reviewed, visited; and what they cost."""

    continued: int
    new: int
    left: int
    closed: int
    reviewed: int
    visits: int
    works: int  # millions
    other: int

    @property
    def budgets(self) -> list[tuple[bool, int]]:
        """Of each project that reaches the threshold of 2017: whether it is works, and its budget."""
        many = self.continued + self.new + self.left
        n_works = many * 3 // 4
        chance = dice("projects:budgets")

        def over(total: int, n: int, least: int) -> list[int]:
            more = spread(total - n * least, [chance.uniform(0.2, 3) for _one in range(n)])
            return [(least + one) * MILLION for one in more]

        works = [(True, one) for one in over(self.works, n_works, 30)]
        other = [(False, one) for one in over(self.other, many - n_works, 10)]
        found = works + other
        chance.shuffle(found)
        return found


def plan(share: float = 1.0) -> Plan:
    """The report's numbers, or a part of them and at least one of each."""
    numbers = (270, 90, 60, 63, 47, 21, 145_000, 46_700)
    return Plan(*(max(1, round(one * share)) for one in numbers))


@dataclass
class Course:
    """A project, what goes wrong with it and from which month on, and when it is closed."""

    project: Project
    months: list[tuple[date, Decimal, int]]
    by: Account | None
    trouble: str = ""
    since: date = date.max
    closes: date | None = None
    over: bool = False
    settled: bool = False
    percent: Decimal = Decimal(0)
    paid: int = 0


def live_year(share: float, seed: int, *, say: Callable[[str], None]) -> int:
    """All of it, unless it is there, in one transaction. Says how many projects there are."""
    if Project.objects.of("major").exists():
        return 0
    numbers = plan(share)
    with unit.bulk():
        many = _Year(numbers, dice(f"projects:{seed}")).live()
    say(f"重大建設列管計畫 {many:,} 案（虛構）")
    return many


class _Year:
    """The year as it is lived, month by month."""

    def __init__(self, numbers: Plan, chance: random.Random) -> None:
        self.numbers, self.chance = numbers, chance
        office = directory.holders(Role.COMMISSION, on=TODAY).select_related("account").first()
        assert office is not None, "there is a commission"
        self.office: Person = office
        self.commission = office.account
        appointment = office.appointments.select_related("agency").first()
        assert appointment is not None
        self.host: Agency = appointment.agency
        self.agencies = builders(TODAY)
        people = {
            one.pk: directory.holders(Role.COORDINATOR, agency=one, on=TODAY).select_related("account").first()
            for one in self.agencies
        }
        self.people: dict[int, Person | None] = people
        self.districts = [area.code for area in places.districts()]
        self.n = 0

    def live(self) -> int:
        """Say how many projects were proposed."""
        numbers, budgets = self.numbers, self.numbers.budgets
        continued, rest = budgets[: numbers.continued], budgets[numbers.continued :]
        courses = [self._listed(works, budget, BEGAN) for works, budget in continued]
        onsets = spread(min(numbers.reviewed, len(courses)), [1.0] * 6)
        troubled = iter(courses)
        for n, many in enumerate(onsets):
            for _one in range(many):
                one = next(troubled)
                trouble = TROUBLES[self.n % len(TROUBLES)]
                one.trouble = "asks" if trouble == "behind" and not one.project.plan.works else trouble
                one.since = of_plans.months_later(REVIEWED_FROM, n)
                self.n += 1
        closing = [self._listed(True, 60 * MILLION, BEGAN) for _n in range(numbers.closed)]
        for n, one in enumerate(closing):
            one.closes = date(2016, 3 + n % 10, 20)
        self._visits(courses)
        month, everyone = FIRST, courses + closing
        while month <= LAST:
            if month == date(2017, 1, 1):
                everyone += [self._listed(works, budget, YEAR_BEGAN) for works, budget in rest[: numbers.new]]
                self._leave(rest[numbers.new :])
            self._month(everyone, month)
            month = of_plans.months_later(month, 1)
        return len(everyone) + numbers.left

    # ---- proposals ---------------------------------------------------------------------------------------------------

    def _proposed(self, works: bool, budget: int, on: date) -> tuple[Project, list[tuple[date, Decimal, int]]]:
        kind = [name for name, of_works, _code in KINDS if of_works == works]
        agency, person = self._agency()
        months = _months(of_plans.first_of(on), budget)
        project = services.propose(
            name=f"{SITES[self.n % len(SITES)]}{kind[self.n % len(kind)]}（{self.n}）", agency=agency, works=works,
            total_budget=budget, year=on.year, district=self.districts[self.n % len(self.districts)] if self.districts else "",
            about="示範資料：名稱、金額與進度都是虛構的。", milestones=_points(months, works), months=months,
            by=person.account if person else None, at=instant(on, 9),
        )  # fmt: skip
        self.n += 1
        return project, months

    def _agency(self) -> tuple[Agency, Person | None]:
        found = self.agencies[self.n % len(self.agencies)]
        return found, self.people[found.pk]

    def _listed(self, works: bool, budget: int, on: date) -> Course:
        _agency, person = self._agency()
        project, months = self._proposed(works, budget, on)
        project = services.select(project, on=on, reason="總預算達列管門檻", by=self.commission, at=instant(on, 10))
        return Course(project, months, person.account if person else None)

    def _leave(self, budgets: list[tuple[bool, int]]) -> None:
        for works, budget in budgets:
            _agency, person = self._agency()
            project, _months = self._proposed(works, budget, YEAR_BEGAN)
            if person is not None:
                services.leave_to_agency(
                    project,
                    keeper=person,
                    reason="進度穩定，由機關自主管理",
                    by=self.commission,
                    at=instant(YEAR_BEGAN, 11),
                )

    # ---- months ------------------------------------------------------------------------------------------------------

    def _month(self, courses: list[Course], month: date) -> None:
        """What happens, what ends, what is reported, what the rules find, and the review meeting."""
        for one in courses:
            self._happen(one, month)
        at = instant(of_plans.lock_day(month, 5), 10)
        lines = [self._line(one, month) for one in courses if not one.over]
        made, refused = services.report_months(lines, by=courses[0].by, at=at)
        assert made == len(lines), refused
        lock = of_plans.lock_day(month, 10) + timedelta(days=1)
        plans.evaluate("major", month, by=None, at=instant(lock, 6, 40))
        if month >= REVIEWED_FROM:
            self._review(lock + timedelta(days=6))
            self._settle([one for one in courses if one.since <= month], month, lock + timedelta(days=10))

    def _happen(self, one: Course, month: date) -> None:
        if one.over:
            return
        plan, who = one.project.plan, {"by": one.by, "at": instant(of_plans.end_of(month), 16)}
        if month == of_plans.months_later(one.months[0][0], 3):
            plans.meet(plan, code="award", on=month + timedelta(days=19), **who)
        if one.closes is not None and of_plans.first_of(one.closes) == month:
            asked = services.apply(
                one.project, kind="CLOSING", reason="已完工驗收", by=one.by, at=instant(one.closes, 9)
            )
            services.decide(asked, approved=True, remark="", by=self.commission, at=instant(one.closes, 15))
            one.over = True
        # Found once two months have passed; what lasts shorter is found in the month itself.
        if one.since != (of_plans.months_later(month, 2) if one.trouble == "stops" else month):
            return
        day = month + timedelta(days=9)
        if one.trouble == "asks":
            plans.ask_coordination(plan, matter="請協調管線單位遷移", asked_of=pipes(plan.agency), on=day, **who)
        elif one.trouble == "land":
            plans.set_land(plan, state="UNDETERMINED", note="徵收或撥用尚未決定", **who)
        elif one.trouble == "tenders":
            for n in range(3):
                plans.hold_tender(plan, package="設備標", on=day + timedelta(days=6 * n), result="FAILED", **who)
        elif one.trouble == "stops":
            plans.stop(plan, on=day, reason="地下管線尚未遷移", **who)

    def _line(self, one: Course, month: date) -> plans.Line:
        planned = of_plans.month_ahead([(day, share) for day, share, _money in one.months], month) or Decimal(0)
        late = one.trouble == "behind" and of_plans.months_later(month, 2) >= one.since  # the third month is found
        one.percent = max(one.percent, planned - 25 if late else planned)
        one.paid = max(one.paid, int(one.project.total_budget * one.percent / 100 * Decimal("0.9")))
        behind = one.percent < planned
        given = Reported(
            one.percent, one.paid, retained=one.paid // 20, reason=self.chance.choice(REASONS) if behind else "",
            measure=self.chance.choice(MEASURES) if behind else "",
        )  # fmt: skip
        return plans.Line(one.project.plan, month, given)

    # ---- reviews and visits ------------------------------------------------------------------------------------------

    def _meeting(self, profile: str, title: str, venue: str, day: date, hour: int) -> tuple[Any, dict[str, Any]]:
        starts = instant(day, hour)
        who: dict[str, Any] = {"by": self.commission, "at": starts - timedelta(days=5)}
        made = gatherings.plan(
            profile=profile, title=title, host=self.host, owner=self.office, year=day.year, venue=venue, starts_at=starts,
            ends_at=starts + timedelta(hours=2), **who,
        )  # fmt: skip
        return made, who

    def _review(self, day: date) -> None:
        meeting, who = self._meeting(reviewing.REVIEW, "重大建設計畫專案檢討會議", "市府1201會議室", day, 14)
        gatherings.put_on_list(meeting, part="CHAIR", name="王副市長", **who)
        reviewing.put_on_agenda(meeting, **who)
        came = {row.n: (Came("PRESENT", 1 if row.part == "CHAIR" else 2), "") for row in meeting.participants.all()}
        holding.hold(meeting, held_on=day, came=came, by=self.commission, at=instant(day, 17))
        holding.issue_minutes(
            meeting, text="逐案檢討進度落後的原因與對策。", issued_on=day + timedelta(days=3), by=self.commission,
            at=instant(day + timedelta(days=3), 16),
        )  # fmt: skip

    def _settle(self, courses: list[Course], month: date, day: date) -> None:
        """What the meeting spoke of is put right, and its hits are cleared; works that are behind stay so."""
        found = {
            hit.plan_id: hit for hit in Hit.objects.open().filter(month=month).select_related("plan").order_by("pk")
        }
        for one in courses:
            plan, who = one.project.plan, {"by": one.by, "at": instant(day, 16)}
            hit = found.get(plan.pk)
            if hit is None or one.trouble == "behind":
                continue
            if one.settled:
                pass
            elif one.trouble == "asks":
                plans.settle_coordination(plan, plan.requests.get(), on=day, how="管線單位已排定遷移", **who)
            elif one.trouble == "land":
                plans.set_land(plan, state="DETERMINED", note="採協議價購", **who)
            elif one.trouble == "tenders":
                plans.hold_tender(
                    plan, package="設備標", on=day, result="AWARDED", amount=8 * MILLION, contractor="示範營造", **who
                )
            elif one.trouble == "stops":
                plans.resume(plan, on=day, **who)
            one.settled = True
            plans.clear(hit, reason="已於專案檢討會議說明，並已改善", by=self.commission, at=instant(day, 17))

    def _visits(self, courses: list[Course]) -> None:
        """Field verifications over the year, of projects whose works have begun."""
        for n in range(self.numbers.visits):
            one = courses[n % len(courses)]
            day = date(2016, 1 + n * 12 // self.numbers.visits, 14 + n % 10)
            visit, who = self._meeting(reviewing.SITE_VISIT, f"{one.project.plan.name}實地查證", "工地", day, 10)
            gatherings.add_point(
                visit, kind="REPORT", title="施工現況說明", agency=one.project.plan.agency, about=one.project, **who
            )
            holding.hold(visit, held_on=day, came={}, others=6, by=self.commission, at=instant(day, 15))


def _months(first: date, budget: int) -> list[tuple[date, Decimal, int]]:
    """Faster at the beginning than at the end, so that works can be twenty points behind within their first year."""
    found = []
    for n in range(1, LENGTH + 1):
        share = Decimal(round(10_000 * (1 - (1 - n / LENGTH) ** 2))) / 100
        found.append((of_plans.months_later(first, n - 1), share, int(budget * share / 100)))
    return found


def _points(months: list[tuple[date, Decimal, int]], works: bool) -> list[Milestone]:
    named = (
        ("award", "決標" if works else "簽約", Stage.BEFORE, 3),
        ("complete", "完工" if works else "結案", Stage.WORKS, 28),
    )
    return [Milestone(code, of_plans.end_of(months[n][0]), None, stage, name) for code, name, stage, n in named]
