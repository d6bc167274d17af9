"""The council's half-year of the report: as many items, returned replies, inspections and trainings as it prints.

How many there are and how they went on is planned; who asked, whose it is and when it was answered is drawn. All of it
goes through the product's own acts, a month at a time; a month that is there is not made again.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from cityhall.domains.council import queries, services
from cityhall.domains.council.models import CouncilItem, Councillor, CouncilSession, InspectionMonth, JointInspection
from cityhall.domains.council.services import NewItem
from cityhall.domains.council.states import Ground, SessionKind
from cityhall.domains.petitions.plan import spread
from cityhall.engines.deadlines import queries as clocks
from cityhall.engines.directory import queries as directory
from cityhall.engines.directory.models import Agency, Appointment
from cityhall.engines.directory.states import AgencyKind, Role
from cityhall.engines.gatherings import holding
from cityhall.engines.gatherings import services as gatherings
from cityhall.engines.gatherings.models import Gathering
from cityhall.engines.identity.models import Account
from cityhall.engines.tracking import services as tracking
from cityhall.engines.tracking.models import Reply
from cityhall.engines.tracking.rules import Review
from cityhall.engines.tracking.states import ReplyState
from cityhall.foundation import unit
from cityhall.foundation.clock import at as instant
from cityhall.foundation.clock import day_of
from cityhall.foundation.lots import dice
from cityhall.foundation.unit import act

from .council import ANSWERS, COUNCILLORS, INSPECTIONS, ITEMS, POOR, REASONS

YEAR, TERM = 2016, 1
FIRST, LAST_LISTED, LAST = date(2016, 7, 1), date(2016, 12, 14), date(2016, 12, 31)
TOOK_OFFICE = date(2014, 12, 25)
RELEASED, SELF_TRACKED, TRACKED = 1_939, 414, 269
RETURNED = 5
INSPECTED = 407
TRAININGS = ((date(2016, 8, 22), 9, 21), (date(2016, 8, 22), 14, 19), (date(2016, 8, 23), 9, 18))
"""58 from councillors' offices."""
SESSIONS = (
    (SessionKind.EXTRAORDINARY, 6, date(2016, 7, 18), date(2016, 7, 27)),
    (SessionKind.REGULAR, 4, date(2016, 9, 12), date(2016, 11, 25)),
)
WEIGHTS = (1.0, 0.7, 1.3, 1.7, 1.6, 0.6)
"""Of the months from July on: most is asked while the council sits."""
STREETS = (
    "中正路",
    "中山路",
    "民生路",
    "成功路",
    "延平路",
    "文化路",
    "復興路",
    "建國路",
    "長春路",
    "大同路",
    "和平路",
    "信義路",
)
GROUNDS: dict[str, tuple[Ground, ...]] = {
    "released": (Ground.DONE, Ground.EXPLAINED),
    "self": (Ground.UNDER_STUDY, Ground.ROUTINE, Ground.PARTLY_DONE, Ground.OUTREACH),
    "tracked": (),
}
CONTINUES = "工程尚未完成，請定期回報。"


@dataclass(frozen=True)
class Month:
    """So many of everything in one month."""

    first: date
    released: int
    self_tracked: int
    tracked: int
    returned: int
    inspections: int

    @property
    def last(self) -> date:
        """The last day on which something is listed."""
        return min((self.first + timedelta(days=32)).replace(day=1) - timedelta(days=1), LAST_LISTED)

    @property
    def listed(self) -> int:
        """All items of the month."""
        return self.released + self.self_tracked + self.tracked


def months(share: float) -> list[Month]:
    """The half-year's numbers, shared out over its months."""

    def over(total: int) -> list[int]:
        return spread(round(total * share), WEIGHTS)

    columns = (over(RELEASED), over(SELF_TRACKED), over(TRACKED), over(RETURNED), over(INSPECTED))
    return [Month(date(YEAR, 7 + n, 1), *numbers) for n, numbers in enumerate(zip(*columns, strict=True))]


def live_year(share: float, seed: int, *, say: Callable[[str], None]) -> int:
    """The months that are not there yet; how many items they brought."""
    lived = 0
    with unit.bulk():
        _begin()
    for month in months(share):
        chance = dice(f"council:{seed}:{month.first}")
        with unit.bulk():
            lived += _items(month, chance)
        with unit.bulk():
            _inspections(month, chance)
    with unit.bulk():
        _trainings()
    if lived:
        say(f"議會案件 {lived:,} 案，會勘 {JointInspection.objects.count():,} 件（虛構）")
    return lived


@act
def _begin() -> None:
    """The term's councillors and the half-year's sessions."""
    if CouncilSession.objects.filter(term=TERM).exists():
        return
    at = instant(date(2015, 12, 31), 18)
    for name, party, constituency in COUNCILLORS:
        services.add_councillor(
            name=name, party=party, constituency=constituency, starts_on=TOOK_OFFICE, by=None, at=at
        )
    for kind, n, first, last in SESSIONS:
        services.add_session(term=TERM, kind=kind, n=n, starts_on=first, ends_on=last, by=None, at=at)


# ---- items -----------------------------------------------------------------------------------------------------------


@dataclass
class City:
    """Who acts: agencies by code with who answers for them, the commission, councillors, sessions."""

    agencies: dict[str, Agency]
    answer: dict[int, Account]
    commission: Account
    councillors: list[Councillor]
    sessions: list[CouncilSession]

    @classmethod
    def now(cls) -> City:
        """The city of the half-year's first day."""
        agencies = {one.code: one for one in Agency.objects.as_of(FIRST).order_by("code")}
        answer = {
            one.agency_id: one.person.account
            for one in Appointment.objects.filter(role=Role.COORDINATOR).as_of(FIRST).select_related("person__account")
            if one.person.account is not None
        }
        commission = directory.holders(Role.COMMISSION, on=FIRST).select_related("account").first()
        assert commission is not None
        assert commission.account is not None
        return cls(
            agencies, answer, commission.account, list(Councillor.objects.order_by("pk")),
            list(CouncilSession.objects.filter(term=TERM).order_by("starts_on")),
        )  # fmt: skip

    def session(self, day: date) -> CouncilSession | None:
        """The session that sits or sat last."""
        return next((one for one in reversed(self.sessions) if one.starts_on <= day), None)

    def may_lead(self, code: str) -> Agency:
        """The agency, or another that answers where the demo city has none of that code."""
        found = self.agencies.get(code)
        return found if found and found.pk in self.answer else self.agencies["transport"]


def _working(first: date, last: date) -> list[date]:
    calendar = clocks.calendar()
    days = (first + timedelta(days=n) for n in range((last - first).days + 1))
    return [day for day in days if calendar.is_working(day)]


def _later(day: date, days: int, hour: int, minute: int = 0) -> datetime:
    """That many days later, or on the next working day, but never after the half-year."""
    calendar, then = clocks.calendar(), day + timedelta(days=days)
    while not calendar.is_working(then):
        then += timedelta(days=1)
    return instant(min(then, LAST), hour, minute)


@act
def _items(month: Month, chance: random.Random) -> int:
    """A month's items, from the day of their listing to how they go on."""
    if queries.tracked().listed_within(month.first, month.last).exists() or not month.listed:
        return 0
    city, days = City.now(), _working(month.first, month.last)
    ends = ["released"] * month.released + ["self"] * month.self_tracked + ["tracked"] * month.tracked
    chance.shuffle(ends)
    returned = set(chance.sample(range(len(ends)), min(month.returned, len(ends))))
    n = 0
    for day, many in zip(days, spread(len(ends), [1.0] * len(days)), strict=True):
        rows = [_item(city, day, n + one, chance) for one in range(many)]
        made = services.list_items(rows, by=city.commission, at=instant(day, 9, 30)) if rows else []
        asked: dict[int, list[Reply]] = {}
        waiting = Reply.objects.filter(item__in=[one.tracked_id for one in made], state=ReplyState.ASKED)
        for reply in waiting.select_related("item", "duty__agency").order_by("pk"):
            asked.setdefault(reply.item_id, []).append(reply)
        for one in made:
            _live(city, one, asked[one.tracked_id], ends[n], poor=n in returned, day=day, chance=chance)
            n += 1
    return n


def _item(city: City, day: date, n: int, chance: random.Random) -> NewItem:
    kind, title, text, lead, co, district = ITEMS[(day.toordinal() * 7 + n) % len(ITEMS)]
    leader = city.may_lead(lead)
    helpers = [one for code in co if (one := city.may_lead(code)).pk != leader.pk][:1] if chance.random() < 0.15 else []
    where = f"{district}{chance.choice(STREETS)}{chance.randint(1, 300)}號" if district else ""
    return NewItem(
        kind=kind, title=f"{where}{title}", text=text, lead=leader, co=helpers, session=city.session(day),
        askers=chance.sample(city.councillors, chance.choice((1, 1, 1, 2))), raised_on=day - timedelta(days=chance.randint(1, 5)),
        district=district,
    )  # fmt: skip


def _live(
    city: City, item: CouncilItem, replies: list[Reply], end: str, *, poor: bool, day: date, chance: random.Random
) -> None:
    """An item's agencies answer, the commission reviews, one in some hundreds is answered anew, and it is decided."""
    then = day
    for n, reply in enumerate(replies):
        then = _answered(city, reply, then, poor=poor and n == 0, chance=chance)
    if poor:
        again = Reply.objects.select_related("item", "duty__agency").get(item=item.tracked_id, state=ReplyState.ASKED)
        then = _answered(city, again, then, poor=False, chance=chance)
    grounds = GROUNDS[end]
    ground = frozenset([chance.choice(grounds).value]) if grounds else frozenset[str]()
    reason = REASONS[Ground(next(iter(ground)))] if ground else CONTINUES
    tracking.record_verdict(
        item.tracked, verdict=services.propose(ground), reason=reason, grounds=ground, by=city.commission,
        at=_later(then, chance.randint(0, 2), 16, chance.randint(1, 50)),
    )  # fmt: skip


def _answered(city: City, reply: Reply, day: date, *, poor: bool, chance: random.Random) -> date:
    """An agency's letter and its review; the day of the review."""
    at = _later(day, chance.choice((1, 2, 2, 3)), 11, chance.randint(0, 59))
    tracking.answer(
        reply, text=POOR if poor else chance.choice(ANSWERS), letter_on=day_of(at),
        letter_number=f"示範字第{chance.randint(1050000, 1059999)}號", by=city.answer[reply.duty.agency_id], at=at,
    )  # fmt: skip
    seen = _later(day_of(at), chance.randint(0, 1), 14, chance.randint(0, 59))
    tracking.review(
        reply, found=Review(answers=not poor, complete=True),
        remark="沒有就詢問內容答復，請說明原因與改善日期。" if poor else "", by=city.commission, at=seen,
    )  # fmt: skip
    return day_of(seen)


# ---- joint inspections and trainings ---------------------------------------------------------------------------------


@act
def _inspections(month: Month, chance: random.Random) -> None:
    """A month's inspections, and in the next every bureau's word that these were all."""
    after = (month.first + timedelta(days=32)).replace(day=1)
    if InspectionMonth.objects.filter(month=month.first).exists():
        return
    city, days = City.now(), _working(month.first, after - timedelta(days=1))
    bureaus = [one for one in city.agencies.values() if one.kind == AgencyKind.FIRST_LEVEL and one.pk in city.answer]
    districts = sorted({row[5] for row in ITEMS if row[5]})
    for _n in range(month.inspections):
        held_on, agency = chance.choice(days), chance.choice(bureaus)
        matter, place = chance.choice(INSPECTIONS)
        services.register_inspection(
            agency=agency, held_on=held_on, matter=matter, place=f"{chance.choice(STREETS)}{place}",
            councillors=chance.sample(city.councillors, chance.choice((1, 1, 2))), district=chance.choice(districts),
            notice_number=f"示範開字第{chance.randint(1050000, 1059999)}號", minutes="請權責機關於兩週內提出改善方案。",
            by=city.answer[agency.pk], at=instant(held_on, 17),
        )  # fmt: skip
    for agency in queries.reporting(month.first):
        services.report_month(
            agency, month.first, by=city.answer.get(agency.pk), at=instant(after + timedelta(days=4), 10)
        )


def _sittings() -> Iterator[tuple[datetime, int]]:
    for day, hour, came in TRAININGS:
        yield instant(day, hour, 30), came


@act
def _trainings() -> None:
    """Three trainings of councillors' offices on the mobile look-up."""
    if Gathering.objects.filter(profile=queries.TRAINING).exists():
        return
    city, rdec = City.now(), directory.agency("rdec", FIRST)
    assert rdec is not None
    for starts_at, came in _sittings():
        one = gatherings.plan(
            profile=queries.TRAINING, title="議會案件行動查詢操作", host=rdec, year=YEAR, starts_at=starts_at,
            ends_at=starts_at + timedelta(hours=2), venue="市政大樓電腦教室", by=city.commission,
            at=starts_at - timedelta(days=14),
        )  # fmt: skip
        holding.hold(
            one, held_on=day_of(starts_at), came={}, others=came, by=city.commission, at=starts_at + timedelta(hours=3)
        )
