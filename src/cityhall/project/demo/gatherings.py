"""The demo city's meetings, trainings and visits: half a year of them, by the product's own acts. All of it is invented."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from typing import Protocol

from cityhall.domains.control_yuan import services as control_yuan
from cityhall.domains.petitions.samples import HalfYear
from cityhall.domains.road_safety import services as road_safety
from cityhall.engines.deadlines.rules import Calendar
from cityhall.engines.directory import queries as directory
from cityhall.engines.directory.models import Agency, Person
from cityhall.engines.directory.states import Role
from cityhall.engines.gatherings import holding, services, visiting
from cityhall.engines.gatherings.models import Gathering
from cityhall.engines.gatherings.rules import Came
from cityhall.engines.gatherings.states import Part, Presence, Verdict
from cityhall.engines.tracking import services as tracking
from cityhall.engines.tracking.models import Item
from cityhall.engines.tracking.rules import Review
from cityhall.engines.tracking.states import Verdict as Tracked
from cityhall.foundation.clock import at as instant
from cityhall.foundation.clock import day_of

Words = Sequence[tuple[str, str]]
EVALUATED = (
    "transport", "public_works", "police", "education", "information", "motor_vehicles",
)  # fmt: skip
COMMITTEE, GROUP = "smart_city.committee", "smart_city.working_group"
ROAD_MEETING, ROAD_VISIT = "road_safety.meeting", "road_safety.visit"
GROUPS = ("智慧治理", "智慧產業", "智慧生活")
SITES = (
    ("中山路與民權路口", "行穿線磨損，夜間看不清楚。"), ("成功路學校前", "導護站位置被機車占用。"),
    ("國際路與大興西路口", "號誌秒數不足，行人過不完。"), ("三民路公車站", ""), ("環中東路高架下", "照明不足。"),
    ("延平路車站前", ""), ("縣府路圓環", "標線與指示牌不一致。"), ("永安路國小側門", "家長接送區沒有劃設。"), ("春日路匝道口", ""),
)  # fmt: skip
DECISIONS: Words = (
    ("請於期限內完成跨局處資料介接，並提出測試紀錄。", "information"), ("場域試辦的成果請整理成表，下次會議報告。", "economic"),
    ("路燈與號誌的資料格式請一致，由交通局邀集研商。", "transport"), ("長者使用的介面請先找里民試用。", "social"),
    ("預算執行落後的子計畫，請提趕辦作法。", "public_works"),
)  # fmt: skip
POINTS: Words = (
    ("REPORT", "前次會議裁示事項辦理情形"), ("REPORT", "各子計畫執行進度"), ("DISCUSSION", "下半年場域試辦規劃"),
)  # fmt: skip
BILINGUAL_POINTS: Words = (
    ("REPORT", "前次會議裁示事項辦理情形"), ("REPORT", "各機關雙語資源盤點"), ("DISCUSSION", "英文入口網內容更新"),
)  # fmt: skip
BILINGUAL_DECISIONS: Words = (
    ("請補齊主要景點的英文說明，並註明更新日期。", "tourism"), ("公車站名的英文請與路名標示一致。", "transport"), ("展演活動請同時公布英文訊息。", "culture"),
)  # fmt: skip
BILINGUAL = "international.meeting"
MINUTES = "主席致詞（略）。\n各單位報告：洽悉。\n主席裁示：請各機關依裁示事項辦理，研考會列管，下次會議報告辦理情形。"
DONE = ("已依裁示完成，並附測試紀錄。", "已改善完成，附前後照片。", "已邀集相關機關研商，會議紀錄如附。")


class Time(Protocol):
    """What gatherings need of a simulation: from when, until when, and acts at their instants."""

    start: datetime
    end: datetime

    @property
    def calendar(self) -> Calendar: ...
    def later(self, at: datetime, act: Callable[[datetime], None], /) -> None: ...


class Season:
    """A time of gatherings: who calls them, and what happens when."""

    def __init__(self, half_year: Time, commission: Person, agencies: dict[str, Agency]) -> None:
        self.half_year, self.commission, self.agencies = half_year, commission, agencies
        self.by = commission.account
        appointment = commission.appointments.select_related("agency").first()
        assert appointment is not None
        self.host = appointment.agency

    def working(self, days: int, hour: int) -> datetime:
        """An hour of the first working day from so many days after the start."""
        at = self.half_year.start + timedelta(days=days, hours=hour)
        while not self.half_year.calendar.is_working(day_of(at)):
            at += timedelta(days=1)
        return at

    def plan(
        self, profile: str, title: str, starts_at: datetime, *, venue: str, guests: Sequence[str], points: Sequence[tuple[str, str]],
        series: str = "", chair: str = "王副市長", heads: bool = False, year: int | None = None, at: datetime,
    ) -> Gathering:  # fmt: skip
        """Planned and, where it is still to come, announced."""
        one = services.plan(
            profile=profile, title=title, host=self.host, owner=self.commission, year=year or starts_at.year, series=series,
            starts_at=starts_at, ends_at=starts_at + timedelta(hours=2), venue=venue, by=self.by, at=at,
        )  # fmt: skip
        for kind, words in points:
            services.add_point(one, kind=kind, title=words, by=self.by, at=at)
        if chair:
            services.put_on_list(one, part=Part.CHAIR, name=chair, by=self.by, at=at)
        for code in guests:
            if code in self.agencies:
                part = Part.HEAD if heads else Part.AGENCY
                services.put_on_list(one, part=part, agency=self.agencies[code], by=self.by, at=at)
        if chair or guests:
            services.invite(one, by=self.by, at=at)
        return one

    def hold(self, one: Gathering, at: datetime, *, others: int = 0) -> Gathering:
        """Most come; here and there a head sends somebody."""
        one.refresh_from_db()
        came = {}
        for row in one.participants.order_by("n"):
            if row.part == Part.HEAD and row.n % 3 == 0:
                came[row.n] = (Came(Presence.DEPUTY, 1, "出席議會備詢"), "副局長")
            else:
                came[row.n] = (Came(Presence.PRESENT, 1 if row.part == Part.CHAIR else 2), "")
        return holding.hold(one, held_on=day_of(one.starts_at), came=came, others=others, by=self.by, at=at)

    def conclude(self, one: Gathering, text: str, code: str, at: datetime, *, days: int = 30) -> None:
        """For an agency and by a day; half of it is done some weeks later."""
        agency = self.agencies[code]
        made = holding.conclude(
            one, text=text, agency=agency, due_on=day_of(at) + timedelta(days=days), by=self.by, at=at
        )
        if made.item_id % 2:
            self.half_year.later(at + timedelta(days=16, hours=2), lambda now, pk=made.item_id: self.settle(pk, now))

    def settle(self, pk: int, at: datetime) -> None:
        """The agency answers; the commission accepts and releases."""
        item = Item.objects.get(pk=pk)
        reply = item.replies.select_related("duty__agency").get()
        person = directory.holders(Role.COORDINATOR, agency=reply.duty.agency, on=day_of(at)).first()
        if person is None or person.account is None:
            return
        tracking.answer(
            reply, text=DONE[pk % len(DONE)], letter_on=day_of(at), letter_number=f"府研字第{pk:05}號", by=person.account,
            at=at,
        )  # fmt: skip
        reply.refresh_from_db()
        later = at + timedelta(hours=3)
        tracking.review(reply, found=Review(answers=True, complete=True), by=self.by, at=later)
        item.refresh_from_db()
        tracking.record_verdict(item, verdict=Tracked.RELEASED, reason="辦理完成", by=self.by, at=later)

    def minute(self, one: Gathering, at: datetime) -> None:
        """The minutes, some days later."""
        one.refresh_from_db()
        holding.issue_minutes(
            one, text=MINUTES, issued_on=day_of(at), document=f"府研管字第{one.pk:06}號", by=self.by, at=at
        )


def write(half_year: HalfYear, commission: Person, agencies: dict[str, Agency]) -> None:
    """The committee twice, working groups each month, a road-safety year, a Control Yuan visit, trainings; some to come."""
    season = Season(half_year, commission, agencies)
    for n in range(2):
        regular_meeting(season, COMMITTEE, "智慧城市推動委員會", 40 + 90 * n, "", 3)
    for month in range(6):
        for n, group in enumerate(GROUPS):
            regular_meeting(season, GROUP, f"{group}分組工作會議", 12 + 30 * month + 4 * n, group, 1)
    for n in range(3):
        bilingual_meeting(season, 25 + 60 * n)
    _road_safety(season)
    visited = season.working(100, 10)
    visit_of_members(season, visited, year=visited.year, petitioners=2)
    for n, (title, people) in enumerate((("研考窗口教育訓練", 65), ("陳情案件處理教育訓練", 120))):
        _training(season, "training", title, 50 + 60 * n, people)
    for n, people in enumerate((18, 22)):
        _training(season, "council.training", "議會查詢系統操作教育訓練", 66 + n, people)


def regular_meeting(
    season: Season, profile: str, title: str, days: int, series: str, many: int, *, points: Words = POINTS,
    decisions: Words = DECISIONS,
) -> None:  # fmt: skip
    """A meeting of a committee or of a group, so many days after the start, with so many decisions."""
    made: list[Gathering] = []
    starts = season.working(days, 14)
    guests = ("information", "economic", "transport", "social", "public_works")

    def plan(at: datetime) -> None:
        made.append(season.plan(
            profile, title, starts, venue="市府12樓會議室", guests=guests, points=points, series=series,
            heads=profile == COMMITTEE, at=at,
        ))  # fmt: skip

    def hold(at: datetime) -> None:
        one = season.hold(made[0], at)
        for n in range(many):
            text, code = decisions[(days + n) % len(decisions)]
            season.conclude(one, text, code, at + timedelta(minutes=20))

    season.half_year.later(max(starts - timedelta(days=10, hours=4), season.half_year.start + timedelta(hours=2)), plan)
    season.half_year.later(starts + timedelta(hours=3), hold)
    season.half_year.later(starts + timedelta(days=5, hours=-3), lambda at: season.minute(made[0], at))


def bilingual_meeting(season: Season, days: int) -> None:
    """雙語環境推動會議, so many days after the start."""
    regular_meeting(
        season, BILINGUAL, "雙語環境推動會議", days, "", 1, points=BILINGUAL_POINTS, decisions=BILINGUAL_DECISIONS
    )


def _training(season: Season, profile: str, title: str, days: int, people: int) -> None:
    made: list[Gathering] = []
    starts = season.working(days, 9)
    season.half_year.later(starts - timedelta(days=14), lambda at: made.append(season.plan(
        profile, title, starts, venue="市府大禮堂", guests=(), points=[("COURSE", "實務與案例")], chair="", at=at
    )))  # fmt: skip

    def hold(at: datetime) -> None:
        holding.close(season.hold(made[0], at, others=people), by=season.by, at=at)

    season.half_year.later(starts + timedelta(hours=4), hold)


MATTERS = (
    ("老街周邊停車不便", "transport"), ("部落聯外道路坑洞", "public_works"), ("河岸綠地維護", "water"), ("公有市場通風不良", "economic"),
)  # fmt: skip


def visit_of_members(season: Season, starts: datetime, *, year: int, petitioners: int) -> None:
    """監委巡察 on a day, as one of a year, with so many petitioners received."""
    made: list[Gathering] = []
    points = [("TOPIC", "市府施政概況及重大施政計畫"), ("TOPIC", "老街周邊環境整治"), ("BRIEFING", "市政建設簡報")]

    def hold(at: datetime) -> None:
        one = season.hold(made[0], at)
        for matter, code in MATTERS[:petitioners]:
            control_yuan.receive(one, matter=matter, agency=season.agencies[code], by=season.by, at=at)
        season.conclude(one, "請說明老街整治期程與在地溝通情形。", "tourism", at)

    season.half_year.later(starts - timedelta(days=20), lambda at: made.append(season.plan(
        control_yuan.VISIT, "監察院地方機關巡察", starts, venue="市府5樓會議室", guests=("transport", "public_works", "tourism"),
        points=points, chair="監察委員", heads=True, year=year, at=at,
    )))  # fmt: skip
    season.half_year.later(starts + timedelta(hours=6), hold)
    season.half_year.later(starts + timedelta(days=6), lambda at: season.minute(made[0], at))


def _road_safety(season: Season) -> None:
    half_year, start = season.half_year, season.working(60, 9)
    year = start.year

    def begin(at: datetime) -> None:
        chosen = [season.agencies[code] for code in EVALUATED if code in season.agencies]
        road_safety.begin(year=year, agencies=chosen, begun_on=day_of(at), by=season.by, at=at)

    half_year.later(start - timedelta(days=30), begin)
    for n, (site, flaw) in enumerate(SITES):
        _site(season, site, flaw, season.working(75 + 4 * (n // 3), 9 + 2 * (n % 3)), n)
    # Two sites are still to be visited when the demo city is opened.
    coming = day_of(half_year.end) + timedelta(days=4)
    for n, site in enumerate(("龍安街路口", "文化一路路口")):
        _to_come(season, site, instant(coming, 10 + 3 * n), half_year.end - timedelta(days=3, hours=n))


def _to_come(season: Season, site: str, starts: datetime, announced: datetime) -> None:
    def plan(at: datetime) -> None:
        season.plan(
            ROAD_VISIT,
            f"{site}複查",
            starts,
            venue=site,
            guests=("transport", "police"),
            points=[],
            chair="視導委員",
            at=at,
        )

    season.half_year.later(announced, plan)


def _site(season: Season, site: str, flaw: str, starts: datetime, n: int) -> None:
    made: list[Gathering] = []

    def hold(at: datetime) -> None:
        lines = made[0].declared.lines
        found = dict.fromkeys(lines, (Verdict.GOOD.value, ""))
        if flaw:
            found[list(lines)[n % len(lines)]] = (Verdict.WANTING.value, flaw)
        visiting.mark(made[0], marks=found, by=season.by, at=at)
        one = season.hold(made[0], at)
        if flaw:
            due: date = day_of(at) + timedelta(days=45)
            visiting.send_findings(one, agency=season.agencies["transport"], due_on=due, by=season.by, at=at)

    season.half_year.later(starts - timedelta(days=9), lambda at: made.append(season.plan(
        ROAD_VISIT, f"{site}查證", starts, venue=site, guests=("transport", "police"), points=[], chair="視導委員", at=at
    )))  # fmt: skip
    season.half_year.later(starts + timedelta(minutes=90), hold)
