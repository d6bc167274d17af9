"""The demo city's major projects: forty, with eighteen months, by the product's own acts. Names and numbers are invented.

Most keep to their plan, some fall behind and catch up, a few stand still or find no bidder; one was closed, one withdrawn.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from cityhall.domains.projects import reviewing, services
from cityhall.domains.projects.models import Project
from cityhall.engines.directory import queries as directory
from cityhall.engines.directory.models import Agency, Person
from cityhall.engines.directory.states import Role
from cityhall.engines.gatherings import holding
from cityhall.engines.gatherings import services as gatherings
from cityhall.engines.gatherings.rules import Came
from cityhall.engines.identity.models import Account
from cityhall.engines.milestones import queries as milestones
from cityhall.engines.milestones import rules as of_plans
from cityhall.engines.milestones import services as plans
from cityhall.engines.milestones.models import Hit
from cityhall.engines.milestones.rules import Milestone, Reported, Stage
from cityhall.engines.places import queries as places
from cityhall.foundation.clock import at as instant
from cityhall.foundation.clock import day_of
from cityhall.foundation.lots import dice

MONTHS = 18
LENGTH = 24

KINDS = (
    ("圖書館新建工程", True, "culture"), ("運動公園新建工程", True, "sports"), ("道路拓寬工程", True, "works"),
    ("橋梁改建工程", True, "works"), ("區域排水改善工程", True, "water"), ("社會住宅新建工程", True, "housing"),
    ("污水下水道工程", True, "water"), ("活動中心新建工程", True, ""), ("停車場新建工程", True, "transport"),
    ("公園更新工程", True, ""), ("智慧路口設備建置計畫", False, "transport"), ("長者健康促進計畫", False, "health"),
)  # fmt: skip
SITES = ("中路", "青埔", "龍潭", "大湳", "楊梅", "草漯", "觀音", "八德", "大園", "埔心")
REASONS = ("連日下雨，土方無法施作", "管線尚未遷移", "工班不足", "鋼筋交期延後", "變更設計審查中")
MEASURES = ("加派兩組工班，假日施工", "每週召開管線協調會", "改由替代廠商供料", "請設計單位一週內送審")
FATES = (
    "steady",
    "steady",
    "steady",
    "steady",
    "slow",
    "slow",
    "catches up",
    "stops",
    "no bidder",
    "land",
    "silent",
    "closed",
    "withdrawn",
)


@dataclass
class Course:
    """A project, how it goes, and who reports it."""

    project: Project
    fate: str
    by: Account | None
    months: list[tuple[date, Decimal, int]]
    points: list[Milestone]
    actual: Decimal = Decimal(0)
    paid: int = 0
    met: set[str] = field(default_factory=set)


def load(now: datetime, *, many: int = 40, say: Callable[[str], None] = lambda words: None) -> int:
    """Propose, list, report month by month, evaluate, clear. Says how many projects there are."""
    chance = dice("projects")
    today = day_of(now)
    begins = of_plans.months_later(of_plans.first_of(today), -MONTHS)
    office = directory.holders(Role.COMMISSION, on=today).select_related("account").first()
    commission = office.account if office else None
    courses = _propose_all(begins, today, many, commission, chance)
    for n in range(MONTHS):
        _live_month(courses, of_plans.months_later(begins, n), commission, chance, now)
    _present(courses, now, commission)
    if office is not None:
        _reviews(courses, now, office)
    say(f"列管計畫 {len(courses)} 案、{MONTHS} 個月")
    return len(courses)


def _agencies(on: date) -> tuple[list[Agency], list[Agency]]:
    """Bureaus that build, and district offices."""
    rows = list(Agency.objects.as_of(on).order_by("order", "code"))
    offices = [one for one in rows if one.kind == "DISTRICT_OFFICE"]
    bureaus = [one for one in rows if one.kind in ("FIRST_LEVEL", "SECOND_LEVEL")]
    return bureaus, offices


def builders(on: date) -> list[Agency]:
    """The bureaus that build."""
    bureaus, _offices = _agencies(on)
    words = ("工", "水務", "交通", "文化", "住宅", "體育", "衛生")
    return [one for one in bureaus if any(word in one.name for word in words)] or bureaus


def _propose_all(
    begins: date, today: date, many: int, commission: Account | None, chance: random.Random
) -> list[Course]:
    _bureaus, offices = _agencies(begins)
    bureaus = builders(begins)
    districts = [area.code for area in places.districts()]
    at, found = instant(begins, 9), []
    for n in range(many):
        kind, works, _code = KINDS[n % len(KINDS)]
        small = kind.startswith(("活動中心", "公園"))
        agency = (offices if small and offices else bureaus)[n % len(offices if small and offices else bureaus)]
        budget = (
            chance.choice((45, 68, 120, 250, 480, 900)) * 1_000_000
            if works
            else chance.choice((12, 18, 35)) * 1_000_000
        )
        starts = of_plans.months_later(begins, chance.randint(-6, 3))
        points, months = _plan(starts, budget, works)
        person = directory.holders(Role.COORDINATOR, agency=agency, on=today).select_related("account").first()
        by = person.account if person else None
        project = services.propose(
            name=f"{SITES[n % len(SITES)]}{kind}", agency=agency, works=works, total_budget=budget, year=begins.year,
            district=districts[n % len(districts)] if districts else "", about="示範資料：名稱、金額與進度都是虛構的。",
            milestones=points, months=months, by=by, at=at,
        )  # fmt: skip
        services.select(project, on=begins, reason="總預算達列管門檻", by=commission, at=at)
        found.append(Course(project, FATES[n % len(FATES)], by, months, points))
    return found


def _plan(starts: date, budget: int, works: bool) -> tuple[list[Milestone], list[tuple[date, Decimal, int]]]:
    """An S: slow, fast, slow."""
    months = []
    for n in range(LENGTH):
        part = (n + 1) / LENGTH
        share = Decimal(str(round(100 * (3 * part**2 - 2 * part**3), 2)))
        months.append((of_plans.months_later(starts, n), share, int(budget * share / 100)))
    months[-1] = (months[-1][0], Decimal(100), budget)
    named: tuple[tuple[str, str, Stage, int], ...] = (
        ("design", "完成設計", Stage.BEFORE, 3), ("award", "決標", Stage.BEFORE, 6), ("start", "開工", Stage.BEFORE, 7),
        ("half", "進度過半", Stage.WORKS, 13), ("complete", "完工", Stage.WORKS, 21), ("accept", "驗收", Stage.AFTER, 23),
    )  # fmt: skip
    if not works:
        named = (
            ("award", "簽約", Stage.BEFORE, 3),
            ("half", "期中審查", Stage.BEFORE, 12),
            ("accept", "結案", Stage.BEFORE, 23),
        )
    return [
        Milestone(code, of_plans.end_of(of_plans.months_later(starts, n)), None, stage, name)
        for code, name, stage, n in named
    ], months


def _live_month(
    courses: list[Course], month: date, commission: Account | None, chance: random.Random, now: datetime
) -> None:
    """What happens in a month, its reports in the first days of the next, and its evaluation once it is locked."""
    n = of_plans.months_between(courses[0].months[0][0], month)
    for one in courses:
        _happen(one, month, chance, n=len(n), now=now)
    reports = instant(of_plans.lock_day(month, 5), 10)
    if reports > now:
        return
    lines, owners = [], []
    for one in courses:
        line = _line(one, month, chance)
        if line is not None:
            lines.append(line)
            owners.append(one)
    made, refused = services.report_months(lines, by=owners[0].by if owners else None, at=reports)
    assert not refused, refused
    assert made
    lock = instant(of_plans.lock_day(month, 10) + timedelta(days=1), 6, 40)
    if lock <= now:
        plans.evaluate("major", month, by=None, at=lock)
        _clear_some(month, commission, lock + timedelta(days=12), chance, now)


def _line(one: Course, month: date, chance: random.Random) -> plans.Line | None:
    planned = of_plans.month_ahead([(day, share) for day, share, _money in one.months], month)
    if planned is None or _over(one) or (one.fate == "silent" and month.month % 4 == 0):
        return None
    pace = {"slow": 0.72, "stops": 0.9, "no bidder": 0.6, "land": 0.8, "withdrawn": 0.3}.get(one.fate, 1.0)
    if one.fate == "catches up":
        pace = 0.7 if month < one.months[len(one.months) // 2][0] else 1.0
    goal = Decimal(str(round(float(planned) * pace * chance.uniform(0.985, 1.02), 2)))
    one.actual = min(Decimal(100), max(one.actual, goal))
    one.paid = max(one.paid, int(one.project.total_budget * one.actual / 100 * Decimal("0.88")))
    late = one.actual < planned
    given = Reported(
        one.actual, one.paid, unpaid=one.paid // 40, retained=one.paid // 20,
        reason=chance.choice(REASONS) if late else "", measure=chance.choice(MEASURES) if late else "",
    )  # fmt: skip
    return plans.Line(one.project.plan, month, given, "請協調管線單位" if one.fate == "stops" else "")


def _over(one: Course) -> bool:
    return one.project.plan.ended_on is not None


def _happen(one: Course, month: date, chance: random.Random, *, n: int, now: datetime) -> None:
    """Checkpoints are reached, tenders held, works stop, land is looked for."""
    at = instant(of_plans.end_of(month), 16)
    if at > now or _over(one):
        return
    who: dict[str, Any] = {"by": one.by, "at": at}
    plan, age = one.project.plan, len(of_plans.months_between(one.months[0][0], month))
    slow = 4 if one.fate in ("slow", "no bidder", "land", "withdrawn") else 0
    for point in one.points:
        due = of_plans.months_later(point.planned_on.replace(day=1), slow)
        if point.code not in one.met and due <= month and one.fate != "no bidder":
            day = min(of_plans.end_of(month), point.planned_on + timedelta(days=30 * slow + chance.randint(-6, 4)))
            plans.meet(plan, code=point.code, on=max(day, month), **who)
            one.met.add(point.code)
    if one.fate == "no bidder" and age in (6, 8, 10):
        plans.hold_tender(plan, package="土建標", on=month + timedelta(days=11), result="FAILED", **who)
    if one.fate == "stops" and age == 12:
        plans.stop(plan, on=month + timedelta(days=9), reason="地下管線尚未遷移", **who)
        plans.ask_coordination(
            plan, matter="請協調管線單位遷移", asked_of=pipes(plan.agency), on=month + timedelta(days=9), **who
        )
    if one.fate == "land" and age == 5:
        plans.set_land(plan, state="UNDETERMINED", note="徵收或撥用尚未決定", **who)
    if one.fate == "land" and age == 16:
        plans.set_land(plan, state="DETERMINED", note="採協議價購", **who)


def pipes(asking: Agency) -> Agency | None:
    """Whom an agency asks to have pipes moved: the office of roads, and the one of water where that asks itself."""
    return Agency.objects.filter(
        code="water" if asking.code in ("public_works", "maintenance") else "public_works"
    ).first()


def _clear_some(month: date, commission: Account | None, at: datetime, chance: random.Random, now: datetime) -> None:
    """The review clears a part of what was found two months ago."""
    if at > now:
        return
    for hit in list(
        Hit.objects.open().filter(month__lt=of_plans.months_later(month, -1)).select_related("plan").order_by("pk")
    ):
        fresh = Hit.objects.filter(pk=hit.pk, cleared_at=None).exists()
        if fresh and chance.random() < 0.3:
            plans.clear(hit, reason="已於專案檢討會議說明，改善中", by=commission, at=at)


def _present(courses: list[Course], now: datetime, commission: Account | None) -> None:
    """One closed, one withdrawn, one that waits for a decision, a month that was corrected; what is missing is chased."""
    today = day_of(now)
    for one in courses:
        if one.fate in ("closed", "withdrawn"):
            kind = "CLOSING" if one.fate == "closed" else "WITHDRAWAL"
            try:
                asked = services.apply(
                    one.project, kind=kind, reason="示範：依實際情形申請", by=one.by, at=now - timedelta(hours=3)
                )
            except services.CannotList:
                continue
            if one is not courses[-1]:
                services.decide(asked, approved=True, remark="", by=commission, at=now - timedelta(hours=1))
    late = next(one for one in courses if one.fate == "slow")
    month = of_plans.months_later(milestones.last_standing_month(today), -1)
    plans.reopen(
        late.project.plan, month=month, until=today, reason="實支數誤植", by=commission, at=now - timedelta(hours=2)
    )
    services.chase(now - timedelta(minutes=30))


def _reviews(courses: list[Course], now: datetime, commission: Person) -> None:
    """Last month's review meeting spoke of what was out of order; this month's agenda is being made; two sites were seen."""
    appointment = commission.appointments.select_related("agency").first()
    assert appointment is not None
    for days, venue in ((-20, "市府1201會議室"), (8, "市府1201會議室")):
        starts = instant(day_of(now) + timedelta(days=days), 14)
        at = min(starts, now) - timedelta(days=9)
        who: dict[str, Any] = {"by": commission.account, "at": at}
        meeting = gatherings.plan(
            profile=reviewing.REVIEW, title="重大建設計畫專案檢討會議", host=appointment.agency, owner=commission,
            year=starts.year, venue=venue, starts_at=starts, ends_at=starts + timedelta(hours=2), **who,
        )  # fmt: skip
        gatherings.put_on_list(meeting, part="CHAIR", name="王副市長", **who)
        if days > 0:
            continue
        reviewing.put_on_agenda(meeting, **who)
        gatherings.invite(meeting, **who)
        came = {row.n: (Came("PRESENT", 1 if row.part == "CHAIR" else 2), "") for row in meeting.participants.all()}
        who["at"] = starts + timedelta(hours=3)
        holding.hold(meeting, held_on=day_of(starts), came=came, **who)
        point = meeting.points.select_related("agency").first()
        if point is not None and point.agency is not None:
            holding.conclude(
                meeting, text="請於月底前提趕工計畫，並排定每週工進會議。", agency=point.agency, due_on=day_of(now) + timedelta(days=9),
                **who,
            )  # fmt: skip
    for n, one in enumerate([one for one in courses if one.fate in ("slow", "stops")][:2]):
        starts = instant(day_of(now) - timedelta(days=30 + 7 * n), 10)
        who = {"by": commission.account, "at": starts - timedelta(days=9)}
        visit = gatherings.plan(
            profile=reviewing.SITE_VISIT, title=f"{one.project.plan.name}實地查證", host=appointment.agency,
            owner=commission, year=starts.year, venue=one.project.place or "工地", starts_at=starts,
            ends_at=starts + timedelta(hours=2), **who,
        )  # fmt: skip
        gatherings.add_point(
            visit, kind="REPORT", title="施工現況說明", agency=one.project.plan.agency, about=one.project, **who
        )
        holding.hold(
            visit, held_on=day_of(starts), came={}, others=6, by=commission.account, at=starts + timedelta(hours=3)
        )
