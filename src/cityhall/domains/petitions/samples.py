"""The demo city's petitions: filed, dispatched and answered by the product's own acts on a simulated clock.

Citizens, operators, the desk, coordinators, officers and chiefs act in the order of time, with the habits of people:
most answer in time, some late, some send back, some ask. The same seed makes the same half-year.
"""

from __future__ import annotations

import heapq
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from typing import Any, ClassVar

from cityhall.engines.cases import queries as case_queries
from cityhall.engines.cases import services as cases
from cityhall.engines.cases.services import CannotAct
from cityhall.engines.cases.states import Channel, PlaceMethod, Status
from cityhall.engines.deadlines import services as deadlines
from cityhall.engines.directory import queries as directory
from cityhall.engines.directory.models import Agency, Person
from cityhall.engines.directory.states import Role
from cityhall.engines.identity.models import Account
from cityhall.engines.letters import services as letters
from cityhall.foundation.clock import TAIPEI, day_of, start_of_day
from cityhall.foundation.lots import dice
from cityhall.foundation.unit import gives_keys, remember

from . import backlog, bad_days, checks, insistent
from .models import Category, PassedOn, Petition, ReplyTemplate
from .services import callbacks, citizen, clocks, dispatch, filing, handling, outside, promises, upkeep
from .services.filing import Submission, Where, Who

REGULAR_EVERY = 150
TO_CALL = (1.5, 4, 17)  # hours before the end at which somebody left a telephone only
FROM_OUTSIDE = (
    "已派員到場修復，恢復正常。", "已會勘，排入本月施工，完成後再行通知。", "經現場檢查設備正常，將持續觀察。",
)  # fmt: skip
SURNAMES = "陳林黃張李王吳劉蔡楊許鄭謝郭洪邱曾廖賴徐"
GIVEN = (
    "大明",
    "小美",
    "阿華",
    "建國",
    "春嬌",
    "志偉",
    "雅惠",
    "文清",
    "玉蘭",
    "家銘",
    "怡萱",
    "宗憲",
    "麗卿",
    "信義",
    "佩玲",
)
CHANNELS = (
    (Channel.PHONE, 46), (Channel.WEB, 22), (Channel.DEFECT, 17), (Channel.APP, 6), (Channel.COUNTER, 4),
    (Channel.LETTER, 3), (Channel.AGENCY_BOX, 2),
)  # fmt: skip
CAUSES = {
    "查看結果": ["經查管線老舊", "現場範圍較大，需另備材料", "需配合台電停電作業", "設備零件須另行採購"],
    "處理方式": ["現場已恢復正常", "已更換損壞零件", "已清除乾淨並消毒", "已加強巡查", "已請業者改善"],
    "故障原因": ["地下電纜受損", "安定器老化", "控制器受潮", "燈泡燒毀"],
    "更換零件": ["已更換燈具", "已更換安定器", "已重新接線"],
    "說明內容": [
        "該處屬私人土地，依規定須由所有權人維護",
        "這項服務目前依年度計畫分區辦理",
        "相關規定已公布在機關網站",
    ],
    "法規依據": ["道路交通標誌標線號誌設置規則", "市區道路條例", "相關自治條例"],
    "理由": ["路寬不足", "現場視距不符規定", "未達設置標準"],
    "替代作法": ["改請所在里辦公處提案", "申請臨時設施", "撥打專線諮詢"],
    "取締結果": ["現場已無違停車輛", "已舉發兩輛", "已勸導駛離"],
    "查看時間": ["上午十時", "晚間八時", "隔日清晨"],
}


TOLD_EACH = 250
"""After so many petitions filed the next line of progress is said."""


@dataclass(frozen=True)
class Text:
    """One sample text with its true category."""

    category: str
    subject: str
    body: str


@dataclass(frozen=True)
class Site:
    """A place of the demo city at which things happen."""

    lon: float
    lat: float
    label: str
    road: str
    district: str


@dataclass
class Tally:
    """What was made."""

    filed: int = 0
    acts: int = 0
    refused: list[str] = field(default_factory=list)


@dataclass
class HalfYear:
    """The simulation: a queue of acts by their instant."""

    texts: Sequence[Text]
    sites: Sequence[Site]
    start: datetime
    end: datetime
    SUBMITS: ClassVar[float] = 0.985
    """So many drafts are submitted at once; the others still lie with their officers."""
    seed: int = 106
    tally: Tally = field(default_factory=Tally)
    deliver: Callable[[datetime], None] | None = None

    def __post_init__(self) -> None:
        self.chance = dice(self.seed)
        self.queue: list[tuple[datetime, int, Callable[[datetime], None]]] = []
        self.serial = count()
        self.calendar = deadlines.calendar()
        self.categories = {row.code: row for row in Category.objects.all()}
        self.truth: dict[int, str] = {}
        self._unused: list[Text] = []
        self.by_district: dict[str, list[Site]] = {}
        for site in self.sites:
            self.by_district.setdefault(site.district, []).append(site)
        self._petitions: dict[int, Petition] = {}
        self._newest: dict[str, int] = {}
        self._city_staff: dict[str, list[Person]] = {}
        self._staff: dict[tuple[int, str, int | None], list[Person]] = {}

    # ---- the clock ----

    def later(self, at: datetime, act: Callable[[datetime], None]) -> None:
        """Do it at that instant, if that lies within the half-year."""
        if at < self.end:
            heapq.heappush(self.queue, (at, next(self.serial), act))

    def office(self, at: datetime) -> datetime:
        """The next instant of office hours, at a human minute."""
        local = at.astimezone(TAIPEI)
        if self.calendar.is_working(local.date()) and 8 <= local.hour < 17:
            return at
        day = local.date() if local.hour < 8 and self.calendar.is_working(local.date()) else local.date() + timedelta(1)
        while not self.calendar.is_working(day):
            day += timedelta(days=1)
        return start_of_day(day) + timedelta(hours=8, minutes=self.chance.randint(5, 200))

    def leave_work(self, officer: Person, colleague: Person) -> None:
        """Let the last days end with work on every desk that the demo shows (`backlog`)."""
        backlog.leave(self, officer, colleague)
        insistent.write(self, officer, colleague)
        bad_days.write(self, officer, colleague)
        checks.Checks(self, officer).plan()
        for hours in TO_CALL:
            self.later(self.end - timedelta(hours=hours), lambda now: self.file(now, not_called_yet=True))

    def run(self, how_many: int, *, say: Callable[[int], None] = lambda filed: None) -> Tally:
        """File so many over the days and let everybody act in order; every so many are told."""
        told = 0
        days = (self.end - self.start).days
        weights = [self._weight(self.start + timedelta(days=n)) for n in range(days + 1)]
        for day in sorted(self.chance.choices(range(days + 1), weights, k=how_many)):
            minute = int(self.chance.triangular(6 * 60, 23 * 60, 11 * 60))
            at = start_of_day(day_of(self.start) + timedelta(days=day)) + timedelta(minutes=minute)
            self.later(at, self.file)
        for n in range(days + 1):
            night = start_of_day(day_of(self.start) + timedelta(days=n)) + timedelta(hours=2, minutes=30)
            self.later(night, upkeep.nightly)
            self.later(night + timedelta(hours=7), deadlines.sweep)
        while self.queue:
            at, _serial, act = heapq.heappop(self.queue)
            try:
                act(at)
                self.tally.acts += 1
            except CannotAct as refusal:
                if gives_keys():  # all acts stand together
                    raise
                self.tally.refused.append(refusal.sentence)
                self._petitions.clear()
            if self.tally.filed >= told + TOLD_EACH:
                told = self.tally.filed
                say(told)
        return self.tally

    def _weight(self, at: datetime) -> float:
        return 0.45 if at.astimezone(TAIPEI).weekday() >= 5 else 1.0

    # ---- citizens ----

    def file(self, at: datetime, *, not_called_yet: bool = False) -> None:
        """Somebody reports something; of those who write on the web some leave a telephone only and are called back."""
        text = self._next_text()
        channel = self.chance.choices([one for one, _n in CHANNELS], [n for _one, n in CHANNELS])[0]
        if not_called_yet:
            channel = Channel.WEB
        site = self._site(text)
        name = self.chance.choice(SURNAMES) + self.chance.choice(GIVEN)
        number = next(self.serial)
        to_call = not_called_yet or (channel == Channel.WEB and self.chance.random() < 0.08)
        by_mail = not to_call and channel in (Channel.WEB, Channel.DEFECT, Channel.APP, Channel.AGENCY_BOX)
        again = number % REGULAR_EVERY == 0
        who = Who(
            name=backlog.REGULAR.name if by_mail and again else name,
            email="" if not by_mail else backlog.REGULAR.email if again else f"citizen{number}@mail.example",
            phone="" if by_mail else f"0900-000-{number % 1000:03}",
            address=""
            if channel != Channel.LETTER
            else f"{site.district if site else '桃園區'}示範路{number % 300 + 1}號",
        )
        petition = filing.file(
            Submission(
                text=text.body,
                title=text.subject,
                channel=channel,
                who=who,
                where=self._where(site),
                keep_identity_secret=self.chance.random() < 0.05,
                confidential=text.category == "staff_conduct" and self.chance.random() < 0.5,
                language="en" if self.chance.random() < 0.02 else "zh-hant",
            ),
            at=at,
        )
        self.tally.filed += 1
        self.truth[petition.pk] = text.category
        self._petitions[petition.pk] = petition
        if to_call:
            if not not_called_yet:
                wait = timedelta(hours=self.chance.randint(1, 9))
                self.later(self.office(at + wait), lambda now: self.call(petition.pk, now))
        elif by_mail:
            if self.chance.random() < 0.94:
                self.later(
                    at + timedelta(minutes=self.chance.randint(1, 90)), lambda now: self.confirm(petition.pk, now)
                )
        else:
            filing.confirm(
                petition,
                how="read_back",
                by=self._account(self._holders(Role.OPERATOR, at)),
                at=at + timedelta(seconds=40),
            )
            self._after_opening(petition.pk, at + timedelta(minutes=2))

    def call(self, pk: int, at: datetime) -> None:
        """1999 calls the number that was left, up to three times."""
        petition = self._get(pk)
        if petition.case.status != Status.AWAITING_CONFIRMATION:
            return
        outcome = self.chance.choices(list(callbacks.Outcome), [80, 16, 4])[0]
        callbacks.record(petition, outcome=outcome, by=self._account(self._holders(Role.OPERATOR, at)), at=at)
        if outcome == callbacks.Outcome.CONFIRMED:
            self._after_opening(pk, at)
        elif outcome == callbacks.Outcome.NO_ANSWER and callbacks.tries(petition) < callbacks.MOST_TRIES:
            self.later(self.office(at + timedelta(hours=5)), lambda now: self.call(pk, now))

    def confirm(self, pk: int, at: datetime, *, on_its_way: bool = True) -> None:
        """The citizen types the code from the letter, and the city begins."""
        petition = self._get(pk)
        if code := self._code(petition):
            filing.confirm_by_code(petition, code=code, at=at)
            if on_its_way:
                self._after_opening(pk, at)

    def _code(self, petition: Petition) -> str:
        """What the newest letter about it says."""
        letter = letters.newest_about(petition.case)
        found = re.search(r"\b(\d{6})\b", letter.text) if letter else None
        return found[1] if found else ""

    def _after_opening(self, pk: int, at: datetime) -> None:
        petition = self._get(pk)
        if petition.case.status == Status.DISPATCHING:
            self.later(
                self.office(at + timedelta(minutes=self.chance.randint(10, 150))), lambda now: self.desk(pk, now)
            )
        elif petition.case.status == Status.ASSIGNED:
            self._to_coordinator(pk, at)
        if self.chance.random() < 0.06:
            self.later(at + timedelta(days=self.chance.randint(1, 9)), lambda now: self.urge(pk, now))
        if self.chance.random() < 0.015:
            self.later(at + timedelta(hours=self.chance.randint(3, 60)), lambda now: self.withdraw(pk, now))

    def urge(self, pk: int, at: datetime) -> None:
        if not (petition := self._get(pk)).case.is_ended:
            citizen.urge(petition, text=self.chance.choice(["請問處理到哪裡了？", "已經好幾天了", ""]), by=None, at=at)

    def withdraw(self, pk: int, at: datetime) -> None:
        if not (petition := self._get(pk)).case.is_ended:
            citizen.withdraw(petition, reason="已經好了，謝謝", by=None, at=at)

    # ---- the desk and the agencies ----

    def desk(self, pk: int, at: datetime) -> None:
        """The 分文人員 decides what the machine left open."""
        petition = self._get(pk)
        if petition.case.status not in (Status.DISPATCHING, Status.RETURNED):
            return
        by = self._account(self._holders(Role.DISPATCHER, at))
        if self.chance.random() < 0.02 and petition.case.status == Status.DISPATCHING:
            handling.end(
                petition, Status.NOT_PROCESSED, reason="內容空泛，未敘明具體事項", ground="NO_MATTER", by=by, at=at
            )
            return
        if self.chance.random() < 0.03 and (first := self._same_matter(petition)):
            handling.end(
                petition, Status.MERGED, reason="與前一件為同一事由，併同處理。", parent=first.case, by=by, at=at
            )
            return
        self._newest[self.truth[pk]] = pk
        category = self.categories[self.truth[pk]]
        agency = None
        if category.needs_place and not (petition.case.place and petition.case.place.district_code):
            agency = category.routings.filter(district_code="", manager_code="").select_related("agency").get().agency
        agreed = "兩個機關談過，由主管機關辦理。"
        dispatch.dispatch_by_desk(petition, category=category, agency=agency, conference=agreed, by=by, at=at)
        self._to_coordinator(pk, at)

    def _same_matter(self, petition: Petition) -> Petition | None:
        """The newest petition of the same category, if the city has it in hand."""
        pk = self._newest.get(self.truth[petition.pk], petition.pk)
        other = self._get(pk)
        return None if pk == petition.pk or other.case.is_ended or other.case.parent_id else other

    def _to_coordinator(self, pk: int, at: datetime) -> None:
        self.later(
            self.office(at + timedelta(minutes=self.chance.randint(15, 240))), lambda now: self.coordinate(pk, now)
        )

    def _outside_answers(self, pk: int, at: datetime) -> None:
        """The outside body answers; of ten one is slow and is reminded when its day is over."""
        row = PassedOn.objects.filter(petition=pk, answered_at=None, came_back_at=None).first()
        by = self._account(self._holders(Role.DISPATCHER, at))
        if row is None:
            return
        if pk % 10 == 0:
            if day_of(at) > row.answer_by:
                outside.chase(row, by=by, at=at)
            return
        outside.record_answer(row, answer=FROM_OUTSIDE[pk % len(FROM_OUTSIDE)], answered_on=day_of(at), by=by, at=at)

    def coordinate(self, pk: int, at: datetime) -> None:
        """The 研考窗口 assigns, or sends it back with another agency proposed."""
        petition = self._get(pk)
        case = petition.case
        if case.status not in (Status.ASSIGNED, Status.REOPENED) or case.agency is None:
            return
        if case.agency.is_outside:
            handling.end(
                petition, Status.TRANSFERRED_OUTSIDE, reason="本案屬該機關權責，已函請處理並逕復您。", agency=case.agency,
                by=self._account(self._holders(Role.DISPATCHER, at)), at=at,
            )  # fmt: skip
            self.later(self.office(at + timedelta(days=4 + pk % 11)), lambda now: self._outside_answers(pk, now))
            return
        by = self._account(self._people(case.agency, Role.COORDINATOR, at))
        if (
            petition.category
            and petition.category.code != self.truth[pk]
            and at <= dispatch.may_return_until(petition, at=at)
        ):
            right = self.categories[self.truth[pk]].routings.filter(manager_code="").select_related("agency").first()
            if right and right.agency != case.agency and case_queries.hops(case) < 2:
                dispatch.return_for_dispatch(
                    petition, proposed=right.agency, reason="非本機關權管，建議改分主管機關。", by=by, at=at
                )
                self.later(self.office(at + timedelta(minutes=40)), lambda now: self.desk(pk, now))
                return
        officers = self._people(case.agency, Role.OFFICER, at)
        if officers:
            handling.assign(petition, unit=None, officer=self.chance.choice(officers), by=by, at=at)
            self._plan_work(pk, at)

    def _plan_work(self, pk: int, at: datetime) -> None:
        petition = self._get(pk)
        due_at = clocks.next_due(petition) or at + timedelta(days=3)
        share = self.chance.triangular(0.1, 1.25 if self.chance.random() < 0.06 else 0.95, 0.55)
        when = at + max((due_at - at) * share, timedelta(minutes=20))
        if self.chance.random() < 0.05:
            self.later(self.office(at + timedelta(hours=2)), lambda now: self.ask(pk, now))
            return
        if self.chance.random() < 0.05:
            self.later(self.office(at + timedelta(hours=3)), lambda now: self.co_handle(pk, now))
        if not petition.urgent and self.chance.random() < 0.07:
            self.later(self.office(at + (due_at - at) * 0.6), lambda now: self.extend(pk, now))
        if petition.urgent and (when.astimezone(TAIPEI).hour < 8 or when.astimezone(TAIPEI).hour >= 20):
            when = at + timedelta(hours=1)
        self.later(when if petition.urgent else self.office(when), lambda now: self.write(pk, now))

    def ask(self, pk: int, at: datetime) -> None:
        petition = self._get(pk)
        if petition.case.status not in (Status.ACCEPTED, Status.FIRST_REPLIED) or not petition.case.requester.email:
            self.later(self.office(at + timedelta(hours=4)), lambda now: self.write(pk, now))
            return
        handling.ask_citizen(
            petition, text="請補充確切地點或照片，例如門牌、附近店家或電桿編號。", by=self._handler(petition, at), at=at
        )
        if self.chance.random() < 0.75:
            self.later(at + timedelta(hours=self.chance.randint(5, 80)), lambda now: self.answer(pk, now))

    def answer(self, pk: int, at: datetime) -> None:
        petition = self._get(pk)
        if case_queries.open_question(petition.case) is None:  # it lapsed, or the petition ended meanwhile
            return
        handling.answer_question(petition, answer="在巷口進去右手邊，靠近便利商店。", by=None, at=at)
        self.later(self.office(at + timedelta(hours=self.chance.randint(2, 30))), lambda now: self.write(pk, now))

    def co_handle(self, pk: int, at: datetime) -> None:
        petition = self._get(pk)
        if petition.case.status not in (Status.ACCEPTED, Status.FIRST_REPLIED, Status.IN_PROGRESS):
            return
        others = Agency.objects.filter(code__in=["police", "environment", "transport", "water"]).exclude(
            pk=petition.case.agency_id
        )
        helper = self.chance.choice(list(others))
        assignment = handling.add_co_handler(
            petition,
            agency=helper,
            asked="請協助現場會勘並提供意見。",
            working_days=3,
            by=self._handler(petition, at),
            at=at,
        )
        answerer = self._account(self._people(helper, Role.COORDINATOR, at))
        if answerer and self.chance.random() < 0.8:
            self.later(
                self.office(at + timedelta(days=1)),
                lambda now: handling.answer_co_handling(
                    assignment, answer="已派員會勘，無其他意見。", by=answerer, at=now
                ),
            )

    def extend(self, pk: int, at: datetime) -> None:
        petition = self._get(pk)
        if petition.case.status not in (Status.ACCEPTED, Status.IN_PROGRESS):
            return
        extension = handling.ask_extension(
            petition, working_days=self.chance.choice([3, 5, 7]), reason="須會同相關單位現場勘查，並等候材料。",
            by=self._handler(petition, at), at=at,
        )  # fmt: skip
        if extension.approver and extension.approver.account:
            self.later(self.office(at + timedelta(hours=2)), lambda now: self._decide_extension(extension, pk, now))

    def _decide_extension(self, extension: Any, pk: int, at: datetime) -> None:
        if clocks.running(self._get(pk), clocks.FINAL):  # else it was answered meanwhile
            handling.decide_extension(extension, granted=True, decision="", by=extension.approver.account, at=at)

    def write(self, pk: int, at: datetime, *, on_its_way: bool = True) -> None:
        """The officer writes and submits; the approver has it after that."""
        petition = self._get(pk)
        case = petition.case
        if case.status not in (Status.ACCEPTED, Status.FIRST_REPLIED, Status.IN_PROGRESS) or case_queries.reply_in_work(
            case
        ):
            return
        stage, by = handling.stage_now(petition), self._handler(petition, at)
        templates = self._templates(petition, stage)
        template = self.chance.choice(templates)
        promised = None
        if stage == 1:
            promised = min(
                day_of(at) + timedelta(days=self.chance.randint(2, 8)), handling.latest_promise(petition, at=at)
            )
        elif template.outcome == "PLANNED":
            promised = day_of(at) + timedelta(days=self.chance.randint(10, 60))
        handling.draft_reply(
            petition, text=self._worded(template.text, petition, at, promised), promised_on=promised,
            template=template.code, outcome=template.outcome if stage == 2 else "", by=by, at=at,
        )  # fmt: skip
        if not on_its_way:
            handling.submit_reply(petition, by=by, at=at + timedelta(minutes=4))
        elif self.chance.random() < self.SUBMITS:
            handling.submit_reply(petition, by=by, at=at + timedelta(minutes=4))
            wait = timedelta(minutes=self.chance.randint(10, 120 if petition.urgent else 300))
            self.later(at + wait if petition.urgent else self.office(at + wait), lambda now: self.approve(pk, now))

    def approve(self, pk: int, at: datetime) -> None:
        petition = self._get(pk)
        reply = case_queries.reply_in_work(petition.case)
        if reply is None or reply.state != "IN_REVIEW" or reply.approver is None or reply.approver.account is None:
            return
        if petition.case.is_ended:  # taken back while it lay there
            return
        if self.chance.random() < 0.04:
            handling.send_back_reply(reply, reason="請補充處理日期與聯絡窗口。", by=reply.approver.account, at=at)
            self.later(self.office(at + timedelta(hours=1)), lambda now: self.write_again(pk, now))
            return
        handling.approve_reply(reply, by=reply.approver.account, at=at)
        if reply.stage == 1:
            limit = clocks.next_due(petition) or at + timedelta(days=5)
            self.later(
                self.office(at + (limit - at) * self.chance.triangular(0.2, 0.98, 0.6)), lambda now: self.write(pk, now)
            )
            return
        if reply.promised_on:
            self.later(self.office(start_of_day(reply.promised_on)), lambda now: self.keep_promise(pk, reply.pk, now))
        if self.chance.random() < 0.3:
            self.later(at + timedelta(hours=self.chance.randint(1, 90)), lambda now: self.rate(pk, now))

    def write_again(self, pk: int, at: datetime) -> None:
        petition = self._get(pk)
        if petition.case.is_ended:
            return
        handling.submit_reply(petition, by=self._handler(petition, at), at=at)
        self.later(self.office(at + timedelta(minutes=30)), lambda now: self.approve(pk, now))

    def keep_promise(self, pk: int, reply: int, at: datetime) -> None:
        petition = self._get(pk)
        row = promises.open_promise(petition, reply)
        if row and self.chance.random() < 0.85:
            promises.prove_promise(
                row, proof="已於當日施作完成，附前後照片存查。", by=self._handler(petition, at), at=at
            )

    def rate(self, pk: int, at: datetime) -> None:
        score = self.chance.choices([5, 4, 3, 2, 1], [38, 30, 16, 9, 7])[0]
        petition = self._get(pk)
        citizen.rate(petition, score=score, solved=score >= 3, comment="", by=None, at=at)
        if score == 1 and self.chance.random() < 0.5:
            request = citizen.ask_reopen(
                petition, reason="問題還在，晚上再來看就知道。", by=None, at=at + timedelta(minutes=3)
            )
            by = self._account(self._people(petition.case.agency, Role.COORDINATOR, at))
            granted = self.chance.random() < 0.6
            self.later(
                self.office(at + timedelta(hours=5)),
                lambda now: self._decide_reopen(request, granted, by, pk, now),
            )

    def _decide_reopen(self, request: Any, granted: bool, by: Any, pk: int, at: datetime) -> None:
        handling.decide_reopen(
            request,
            granted=granted,
            decision="將再派員複查。" if granted else "經複查已改善，並附照片說明。",
            by=by,
            at=at,
        )
        if granted:
            self._to_coordinator(pk, at)

    # ---- who and what ----

    def _next_text(self) -> Text:
        """Another text; each is used once before any is used again."""
        if not self._unused:
            self._unused = self.chance.sample(self.texts, len(self.texts))
        return self._unused.pop()

    def _get(self, pk: int) -> Petition:
        """The petition in hand; read again after somebody was refused, for then acts were undone."""
        if pk not in self._petitions:
            self._petitions[pk] = Petition.objects.select_related(
                "case__requester", "case__place", "case__agency", "case__unit", "case__officer__account", "category"
            ).get(pk=pk)
        petition = self._petitions[pk]
        petition.case = cases.lock(petition.case)
        remember((Petition, pk), petition)
        return petition

    def _people(self, agency: Agency, role: str, at: datetime) -> list[Person]:
        key = (agency.pk, role, None)
        if key not in self._staff:
            self._staff[key] = list(directory.holders(role, agency=agency, on=day_of(at)).select_related("account"))
        return self._staff[key]

    def _account(self, people: Any) -> Account | None:
        first = next(iter(people), None)
        return first.account if first else None

    def _holders(self, role: str, at: datetime) -> list[Person]:
        """Who has a role of the whole city."""
        if role not in self._city_staff:
            self._city_staff[role] = list(directory.holders(role, on=day_of(at)).select_related("account"))
        return self._city_staff[role]

    def _handler(self, petition: Petition, at: datetime) -> Account:
        officer = petition.case.officer
        assert officer is not None
        assert officer.account is not None
        return officer.account

    def _site(self, text: Text) -> Site | None:
        named = next((name for name in self.by_district if name[:-1] in text.subject + text.body), "")
        road = re.search(r"[\u4e00-\u9fff]{1,4}(?:路|街)", text.subject + text.body)
        pool = self.by_district.get(named) or list(self.sites)
        if road:
            same = [site for site in pool if site.road and site.road in road[0]]
            pool = same or pool
        needs = self.categories[text.category].needs_place
        if not pool or (not needs and self.chance.random() < 0.25):
            return None
        return self.chance.choice(pool)

    def _where(self, site: Site | None) -> Where:
        if site is None:
            return Where()
        method = self.chance.choice([PlaceMethod.PIN, PlaceMethod.PIN, PlaceMethod.ROAD, PlaceMethod.GPS])
        return Where(
            method=method,
            lon=round(site.lon + self.chance.uniform(-0.0002, 0.0002), 6),
            lat=round(site.lat + self.chance.uniform(-0.0002, 0.0002), 6),
            label=site.label,
            road=site.road,
            accuracy_m=None if method == PlaceMethod.PIN else self.chance.choice([10, 15, 30]),
        )

    def _templates(self, petition: Petition, stage: int) -> list[Any]:
        if not hasattr(self, "_texts"):
            self._texts = list(ReplyTemplate.objects.all())
        own = [t for t in self._texts if t.stage == stage and t.category_id == petition.category_id]
        return own or [t for t in self._texts if t.stage == stage and t.category_id is None]

    def _worded(self, text: str, petition: Petition, at: datetime, promised: Any) -> str:
        case = petition.case
        day = promised or day_of(at)
        known = {
            "稱呼": f"{case.requester.name[0]}先生／女士" if case.requester and case.requester.name else "您",
            "地點": (case.place.label or case.place.district_name) if case.place else "您所說的地點",
            "主旨": case.title,
            "機關": case.agency.short_name if case.agency else "",
            "單位": case.unit.name if case.unit else "",
            "承辦人": case.officer.name if case.officer else "",
            "分機": case.officer.extension if case.officer else "",
            "完成日": f"{day.month}月{day.day}日",
        }
        for name, value in known.items():
            text = text.replace("{" + name + "}", value)
        return re.sub(r"\{(.+?)\}", lambda slot: self.chance.choice(CAUSES.get(slot[1], ["已完成"])), text)
