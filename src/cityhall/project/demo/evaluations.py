"""The demo city's evaluations: closed projects at the year's end, and road safety, by judges from outside. All of it is invented."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction

from cityhall.domains.projects import services as projects
from cityhall.domains.projects import year_end as closed
from cityhall.domains.projects.models import Project
from cityhall.domains.road_safety import results as road_results
from cityhall.domains.road_safety import services as road_safety
from cityhall.domains.road_safety.models import Evaluation as RoadSafety
from cityhall.domains.road_safety.states import MEETING, VISIT
from cityhall.engines.directory import queries as directory
from cityhall.engines.directory import services as people
from cityhall.engines.directory.models import Agency, Person
from cityhall.engines.directory.states import AgencyKind, Role
from cityhall.engines.gatherings import holding
from cityhall.engines.gatherings import services as gatherings
from cityhall.engines.gatherings.models import Gathering
from cityhall.engines.identity.models import Account
from cityhall.engines.identity.states import Kind
from cityhall.engines.milestones import rules as of_plans
from cityhall.engines.milestones import services as plans
from cityhall.engines.milestones.rules import Milestone, Reported, Stage
from cityhall.engines.scoring import evaluations, telling
from cityhall.engines.scoring.evaluating import spread
from cityhall.engines.scoring.models import Candidate, Evaluation
from cityhall.engines.scoring.rules import Mark
from cityhall.foundation import unit
from cityhall.foundation.clock import at as instant
from cityhall.foundation.clock import day_of
from cityhall.foundation.lots import dice

YEAR, TODAY = 2016, date(2017, 3, 31)
"""The report's year, and the day on which it was written."""
UNTIL = instant(date(2017, 3, 1), 17)
"""So far the closed projects of the report's year are judged: the final review goes on when it is written."""
EVALUATED = ("transport", "public_works", "police", "education", "information", "motor_vehicles", "motor_vehicles_2")
JUDGES = (("韓文傑", "Han Wen-jie"), ("梁淑宜", "Liang Shu-yi"), ("岳志遠", "Yueh Chih-yuan"))
WORKS = (
    "青埔活動中心新建工程",
    "大湳停車場新建工程",
    "龍潭老街排水改善工程",
    "草漯道路拓寬工程",
    "埔心公園更新工程",
    "長者共餐推廣計畫",
)
REMARKS = ("進度控管確實，資料完整。", "履約過程遇雨量偏多，因應得宜。", "完工後使用情形良好，請持續追蹤效益。")
SUGGESTIONS = (
    "請補畫標線並檢討號誌時制。",
    "學校周邊請劃設家長接送區。",
    "請針對路口肇事原因加強取締。",
    "請向高齡者加強用路宣導。",
)
SITES = (
    "中山路與民權路口",
    "成功路學校前",
    "國際路口",
    "三民路公車站",
    "高架橋下",
    "車站前",
    "圓環",
    "國小側門",
    "匝道口",
)


@dataclass
class Office:
    """Who does it: the commission's account and its person, and the judges."""

    owner: Person
    host: Agency
    judges: list[Person]

    @property
    def by(self) -> Account | None:
        """The commission's account."""
        return self.owner.account


def load(now: datetime) -> None:
    """Last year's closed projects judged within three months after it; two road-safety years, the older with the ministry's."""
    office = _office(now)
    last = day_of(now).year - 1
    _closed_projects(last, office)
    year_end(last, office, now=now)
    newest = RoadSafety.objects.order_by("-year").first()
    if newest is None:
        return
    agencies = [one.agency for one in newest.agencies.select_related("agency")]
    begins = date(newest.year - 1, 9, 1)
    older = road_safety.begin(
        year=newest.year - 1, agencies=agencies, begun_on=begins, by=office.by, at=instant(begins, 9)
    )
    judged(
        road_results.KIND, older.year, office, begins=date(older.year, 11, 1), last=date(older.year, 12, 15), now=now
    )
    _sent(older, office, date(older.year, 12, 20))
    _ministry(older, office, date(newest.year, 4, 10))
    judged(road_results.KIND, newest.year, office, begins=day_of(now) - timedelta(days=40),
           last=day_of(now) + timedelta(days=20), now=now)  # fmt: skip


def live_year(*, say: Callable[[str], None]) -> None:
    """The report's year at full scale: seven agencies, nine sites, 47 suggestions; the closed projects are being judged."""
    if not RoadSafety.objects.filter(year=YEAR).exists():
        with transaction.atomic(), unit.bulk():
            office = _office(instant(TODAY, 9))
            road_safety_year(office)
            say("道安視導初評：7個機關、9處查證、47案建議（虛構）")
    if closed.candidates(YEAR) and not Evaluation.objects.filter(kind=closed.KIND, year=YEAR).exists():
        with transaction.atomic(), unit.bulk():
            year_end(YEAR, _office(instant(TODAY, 9)), now=UNTIL)
            say(f"列管計畫年終考核 {len(closed.candidates(YEAR))} 案（評分是虛構的）")


# ---- people ----------------------------------------------------------------------------------------------------------


def _office(now: datetime) -> Office:
    owner = directory.holders(Role.COMMISSION, on=day_of(now)).select_related("account").first()
    assert owner is not None
    appointment = owner.appointments.select_related("agency").first()
    assert appointment is not None
    judges = list(directory.holders(Role.JUDGE, on=day_of(now)).select_related("account"))
    return Office(owner, appointment.agency, judges or _committee(appointment.starts_on, now))


def judges(now: datetime) -> list[Person]:
    """Who judges in this city; made where there is nobody yet."""
    return _office(now).judges


def _committee(since: date, at: datetime) -> list[Person]:
    """Three people from outside who judge."""
    outside = people.add_agency(
        code="committee", kind=AgencyKind.OUTSIDE_BODY, name="府外評審委員", short_name="評審委員", name_en="Judges from outside",
        opened_on=since, order=9000, by=None, at=at,
    )  # fmt: skip
    found = []
    for n, (name, name_en) in enumerate(JUDGES, 1):
        email = f"judge{n}@committee.example"
        account = Account.objects.create_user(email, None, kind=Kind.GUEST, name=name, joined_at=at)
        person = people.add_person(
            code=f"judge{n}", name=name, name_en=name_en, title="委員", title_en="Judge", email=email, account=account,
            by=None, at=at,
        )  # fmt: skip
        people.appoint(person, agency=outside, role=Role.JUDGE, starts_on=since, by=None, at=at)
        found.append(person)
    return found


def _second_station(since: date) -> None:
    """The station that no petition goes to."""
    if not Agency.objects.filter(code="motor_vehicles_2").exists():
        people.add_agency(
            code="motor_vehicles_2", kind=AgencyKind.OUTSIDE_BODY, name="交通部公路總局新竹區監理所中壢監理站",
            short_name="中壢監理站", name_en="Zhongli Motor Vehicles Station", opened_on=since, order=9001, by=None,
            at=instant(since, 9),
        )  # fmt: skip


# ---- judged ----------------------------------------------------------------------------------------------------------


def year_end(year: int, office: Office, *, now: datetime) -> Evaluation | None:
    """The projects that were closed in a year, judged as far as it has come, with the letters where the result stands."""
    begins, last = date(year + 1, 1, 10), closed.due(year) - timedelta(days=12)
    one = judged(closed.KIND, year, office, begins=begins, last=last, now=now)
    if one is not None and one.closed_on is not None:
        told = day_of(now) if one.closed_on + timedelta(days=3) > day_of(now) else one.closed_on + timedelta(days=3)
        telling.send_results(
            one, sent_on=told, document=f"府研管字第{year + 1 - 1911}0012345號", by=office.by, at=instant(told, 10)
        )
    return one


def judged(
    kind: str, year: int, office: Office, *, begins: date, last: date, now: datetime
) -> Evaluation | None:  # fmt: skip
    """An evaluation from its first day: each step is done two days before it ends, as far as that has passed."""
    declared = evaluations.registry.evaluation_kind(kind)
    if not declared.candidates(year):
        return None
    days = spread(begins, last, len(declared.steps))
    due = {step.code: day for step, day in zip(declared.steps, days, strict=True)}
    chance = dice(f"{kind}{year}")
    one = evaluations.begin(kind, year, judges=office.judges, due=due, by=office.by, at=instant(begins, 9))
    for step, day in zip(declared.steps, days, strict=True):
        at = instant(day - timedelta(days=2), 14)
        if at > now:
            return one
        for row in one.candidates.select_related("agency", "evaluation__scheme").order_by("n"):
            _sheets(row, office.judges if step.judged else None, chance, at)
        evaluations.end_step(
            one,
            by=office.by,
            at=instant(day - timedelta(days=1), 17) if step.judged else instant(day + timedelta(days=1), 9),
        )
        one.refresh_from_db()
    return evaluations.close(one, by=office.by, at=min(instant(last + timedelta(days=2), 10), now))


def _sheets(row: Candidate, judges: Sequence[Person] | None, chance: random.Random, at: datetime) -> None:
    """An agency's own sheet, or one of each judge."""
    level = chance.choice((7, 8, 8, 9, 9, 10))
    if judges is None:
        person = directory.holders(Role.COORDINATOR, agency=row.agency, on=day_of(at)).select_related("account").first()
        if person is not None and person.account is not None:
            evaluations.assess(
                row,
                marks=_marks(row, min(10, level + 1), chance),
                remark="佐證資料如計畫紀錄。",
                by=person.account,
                at=at,
            )
        return
    for judge in judges:
        remark = chance.choice(REMARKS)
        evaluations.judge(row, marks=_marks(row, level, chance), remark=remark, by=judge.account, at=at)


def _marks(row: Candidate, level: int, chance: random.Random) -> dict[str, Mark]:
    marks = {}
    for one in row.evaluation.scheme.criteria.all():
        if not one.formula:
            value = max(4, min(10, level + chance.choice((-1, 0, 0, 1))))
            marks[one.code] = Mark(value, "佐證不足，請補充。" if value < row.evaluation.scheme.reason_below else "")
    return marks


# ---- projects that were closed -----------------------------------------------------------------------------------------


def _closed_projects(year: int, office: Office) -> list[Project]:
    """A few small projects of one year: proposed, reported every month, closed in its last weeks."""
    chance, begins = dice(f"closed{year}"), date(year, 1, 5)
    agencies = [
        one
        for one in Agency.objects.as_of(begins).filter(kind=AgencyKind.FIRST_LEVEL).order_by("order", "code")
        if directory.holders(Role.COORDINATOR, agency=one, on=begins).exists()
    ]
    made = []
    for n, name in enumerate(WORKS):
        works = name.endswith("工程")
        budget = chance.choice((36, 48, 65)) * (1_000_000 if works else 400_000)
        agency = agencies[(n // 2) % len(agencies)]
        months = _months(year, budget)
        points = [
            Milestone("award", date(year, 3, 31), None, Stage.BEFORE, "決標"),
            Milestone("half", date(year, 7, 31), None, Stage.WORKS if works else Stage.BEFORE, "進度過半"),
            Milestone("accept", date(year, 11, 30), None, Stage.AFTER if works else Stage.BEFORE, "驗收"),
        ]
        project = projects.propose(
            name=name, agency=agency, works=works, total_budget=budget, year=year, milestones=points, months=months,
            about="示範資料：名稱、金額與進度都是虛構的。", by=office.by, at=instant(begins, 9),
        )  # fmt: skip
        projects.select(project, on=begins, reason="總預算達列管門檻", by=office.by, at=instant(begins, 10))
        _live(
            project, months, points, office, chance, pace=Decimal(("1.00", "1.02", "0.93", "1.00", "0.97", "1.01")[n])
        )
        made.append(project)
    return made


def _months(year: int, budget: int) -> list[tuple[date, Decimal, int]]:
    shares = (2, 5, 12, 22, 35, 48, 60, 72, 84, 94, 100)
    return [(date(year, n, 1), Decimal(share), budget * share // 100) for n, share in enumerate(shares, 1)]


def _live(
    project: Project, months: Sequence[tuple[date, Decimal, int]], points: Sequence[Milestone], office: Office,
    chance: random.Random, *, pace: Decimal,
) -> None:  # fmt: skip
    plan, who = project.plan, {"by": office.by}
    if plan.works:
        awarded = date(months[0][0].year, 3, 20)
        plans.hold_tender(
            plan, package="主體標", on=awarded, result="AWARDED", amount=project.total_budget * 9 // 10, contractor="示範營造",
            **who, at=instant(awarded, 17),
        )  # fmt: skip
    for month, planned, money in months[:-1]:
        given = Reported(
            min(Decimal(100), (planned * pace).quantize(Decimal("0.01"))), int(money * pace * Decimal("0.95"))
        )
        if given.percent < planned:
            given = Reported(given.percent, given.paid, reason="連日下雨", measure="加派工班")
        late = chance.random() < 0.06
        day = of_plans.lock_day(month, 5) + timedelta(days=9 if late else 0)
        projects.report_months([plans.Line(plan, month, given)], **who, at=instant(day, 10))
    for point in points:
        on = point.planned_on + timedelta(days=chance.choice((-6, -2, 0, 3) if pace < 1 else (-9, -4, -1)))
        plans.meet(plan, code=point.code, on=on, **who, at=instant(on + timedelta(days=1), 9))
    end = date(months[0][0].year, 12, 5) + timedelta(days=chance.randint(7, 20))
    asked = projects.apply(project, kind="CLOSING", reason="驗收完成，申請辦結", **who, at=instant(end, 9))
    projects.decide(asked, approved=True, remark="", **who, at=instant(end, 15))


# ---- road safety -------------------------------------------------------------------------------------------------------


def road_safety_year(office: Office) -> None:
    """The report's year: a meeting and two days of visits to nine sites, 47 suggestions, the result sent to the ministry."""
    begins = date(YEAR, 9, 1)
    _second_station(date(YEAR, 1, 1))
    agencies = [Agency.objects.get(code=code) for code in EVALUATED]
    one = road_safety.begin(year=YEAR, agencies=agencies, begun_on=begins, by=office.by, at=instant(begins, 9))
    meeting = _held(office, MEETING, "道安視導初評會議", instant(date(YEAR, 11, 17), 9))
    _suggest(meeting, office, agencies, 20)
    for n, site in enumerate(SITES):
        day = date(YEAR, 11, 24 if n < 5 else 30)
        _suggest(_held(office, VISIT, f"{site}查證", instant(day, 9 + n % 5)), office, agencies[n % 3 :], 3)
    judged(road_results.KIND, YEAR, office, begins=date(YEAR, 11, 1), last=date(YEAR, 12, 15), now=instant(TODAY, 9))
    _sent(one, office, date(YEAR, 12, 28))


def _held(office: Office, profile: str, title: str, starts: datetime) -> Gathering:
    who: dict[str, Any] = {"by": office.by, "at": starts - timedelta(days=9)}
    made = gatherings.plan(
        profile=profile, title=title, host=office.host, owner=office.owner, year=starts.year, venue=title.removesuffix("查證"),
        starts_at=starts, ends_at=starts + timedelta(hours=2), **who,
    )  # fmt: skip
    return holding.hold(made, held_on=day_of(starts), came={}, others=8, by=office.by, at=starts + timedelta(hours=3))


def _suggest(one: Gathering, office: Office, agencies: Sequence[Agency], many: int) -> None:
    for n in range(many):
        holding.conclude(
            one, text=SUGGESTIONS[n % len(SUGGESTIONS)], agency=agencies[n % len(agencies)],
            due_on=day_of(one.starts_at) + timedelta(days=60), by=office.by, at=one.starts_at + timedelta(hours=4),
        )  # fmt: skip


def _sent(one: RoadSafety, office: Office, day: date) -> None:
    road_safety.send_on(
        one, sent_on=day, document=f"府研管字第{day.year - 1911}0054321號", by=office.by, at=instant(day, 10)
    )


def _ministry(one: RoadSafety, office: Office, day: date) -> None:
    """The ministry mostly finds a little less."""
    chance = dice(f"ministry{one.year}")
    points = {
        row.agency.code: max(Decimal(60), (found.ours or Decimal(80)) - Decimal(chance.randint(-20, 60)) / 10)
        for row, found in road_results.comparison(one)
    }
    road_safety.record_ministry(
        one,
        points=points,
        received_on=day,
        document=f"交安字第{day.year - 1911}0000777號",
        by=office.by,
        at=instant(day, 10),
    )
