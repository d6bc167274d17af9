"""The report's year, one batch of it: what the plan says happens, by the product's own acts on a simulated clock.

The habits are those of the demo's half-year (`samples`); the plan decides how many of each kind are opened on a day, and
the people of the year leave nothing where the plan would be missed: a wrong category is set right, what is to be filtered
comes to the desk. What was not left as planned is an error, not a number that is made to fit.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, ClassVar

from cityhall.engines.cases import queries as case_queries
from cityhall.engines.cases import services as cases
from cityhall.engines.cases.services import CannotAct
from cityhall.engines.cases.states import Channel, PlaceMethod, Status
from cityhall.engines.deadlines import services as deadlines
from cityhall.engines.directory import queries as directory
from cityhall.engines.directory.models import Agency
from cityhall.engines.directory.states import Role
from cityhall.foundation.clock import TAIPEI, day_of, start_of_day
from cityhall.foundation.lots import dice
from cityhall.foundation.unit import gives_keys

from . import listings
from .checks import LOW, Checks
from .models import CategoryTerm, Petition, QualitySheet, Routing
from .plan import URGENT_FROM, Batch, Check, Day, Story
from .quality import MOST, Mark
from .repeats import last_day
from .samples import GIVEN, SURNAMES, HalfYear, Site, Text
from .services import clocks, dispatch, filing, handling, joining, quality, restrictions, upkeep
from .services.filing import Submission, Where, Who
from .services.restrictions import Given
from .states import Ground, ListingGround, SheetState
from .year_texts import REASONS, composed, vague

CHANNELS = (
    (Channel.PHONE, 67), (Channel.DEFECT, 9), (Channel.WEB, 8), (Channel.APP, 4), (Channel.COUNTER, 6),
    (Channel.LETTER, 5), (Channel.AGENCY_BOX, 1),
)  # fmt: skip
BY_MAIL = (Channel.WEB, Channel.DEFECT, Channel.APP, Channel.AGENCY_BOX)
OVER = frozenset({Status.CLOSED, Status.WITHDRAWN, Status.MERGED, Status.TRANSFERRED_OUTSIDE, Status.NOT_PROCESSED})


class NotAsPlanned(Exception):
    """What a batch left is not what the plan says; nothing of it is kept."""


@dataclass(frozen=True)
class Matter:
    """What a listed person writes about again and again: words that a routing rule knows."""

    category: str
    word: str
    name: str
    texts: tuple[str, str, str]
    again: str
    answer: str


MATTERS = (
    Matter(
        "street_light_new", "增設路燈", "住家前增設路燈",
        ("我家前面這一段請增設路燈，晚上看不清楚。", "前面這一段請增設路燈，上次的說明我不能接受。",
         "還是要請你們增設路燈，不要再說地主不同意。"),
        "我再說一次，我家前面這一段請增設路燈，晚上看不清楚，請你們給我一個日期。",
        "您好：經現場勘查，該路段照度合於規定，且可設燈桿處屬私人土地，地主不同意設置，依規定無法增設。日後取得同意，可再提出申請。",
    ),
    Matter(
        "signal_timing", "秒數", "路口號誌秒數",
        ("這個路口綠燈秒數太短，請加長。", "綠燈秒數太短，你們說的車流調查我不相信。",
         "綠燈秒數到底什麼時候要加長？"),
        "同一個路口，綠燈秒數還是太短，請馬上加長，不要再拿車流調查當理由。",
        "您好：經三次車流調查，該路口各方向的綠燈時間合於車流比例，加長會使另一方向回堵，無法調整。車流有變動時，將再檢討。",
    ),
    Matter(
        "bus_service", "公車班次", "社區公車班次",
        ("社區這條線的公車班次太少，請增加。", "公車班次太少，搭乘人數不足不是理由。",
         "請增加公車班次，我每個月都會再寫。"),
        "這個月我又來寫了，社區這條線的公車班次太少，請增加到十五分鐘一班。",
        "您好：依近三個月刷卡資料，該線各班次平均載客數未達增班標準，無法增加班次。載客數達標準時，將主動增班。",
    ),
)  # fmt: skip


@dataclass
class BatchOfYear(HalfYear):
    """One batch: its days, or the stories of the listed persons."""

    SUBMITS: ClassVar[float] = 1.0
    batch: Batch = field(default_factory=lambda: Batch(0))

    def __post_init__(self) -> None:
        super().__post_init__()
        self.chance = dice(f"year:{self.seed}:{self.batch.number}")
        urgent = set(CategoryTerm.objects.filter(urgent=True).values_list("category__code", flat=True))
        self.pools: dict[bool, list[Text]] = {True: [], False: []}
        self.kin: dict[str, list[Text]] = {}
        for text in self.texts:
            self.pools[text.category in urgent].append(text)
            self.kin.setdefault(text.category, []).append(text)
        self.to_filter: dict[int, str] = {}
        self.waiting: set[int] = set()
        self.codes: dict[int, str] = {}
        self.checks: list[MonthlyCheck] = []
        self.agencies = {row.code: row for row in Agency.objects.all()}
        self.main = {
            row.category_id: row.agency
            for row in Routing.objects.filter(district_code="", manager_code="").select_related("agency")
        }

    # ---- the clock ----

    def live(self) -> None:
        """Let the batch happen, until nothing of it waits for a night.

        An act that is refused raises where acts stand or fall together; else it is told, and the others go on.
        """
        cases.numbers_begin({day.day: day.elsewhere for day in self.batch.days if day.elsewhere})
        for day in self.batch.days:
            self._plan_day(day)
        for story in self.batch.stories:
            Insistence(self, story).plan()
        self.checks = [MonthlyCheck(self, None, check) for check in self.batch.checks]
        for one in self.checks:
            one.plan()
        self.later(self._night(self.start), self.night)
        while self.queue:
            at, _serial, act = heapq.heappop(self.queue)
            try:
                act(at)
                self.tally.acts += 1
            except CannotAct as refusal:
                if gives_keys():
                    raise
                self.tally.refused.append(refusal.sentence)
                self._petitions.clear()

    def _night(self, at: datetime) -> datetime:
        return start_of_day(day_of(at) + timedelta(days=1)) + timedelta(hours=2, minutes=30)

    def night(self, at: datetime) -> None:
        """The nightly jobs and the morning's look at the clocks, while anything of this batch may need them."""
        upkeep.nightly(at)
        for one in self.checks:
            one.lapse(at)
        self.later(at + timedelta(hours=7), self.look_at_clocks)
        coming = self.batch.days[-1].day if self.batch.days else day_of(self.end)
        if day_of(at) <= coming or self._waits() or any(one.runs for one in self.checks):
            self.later(self._night(at), self.night)

    def look_at_clocks(self, at: datetime) -> None:
        """Whoever is late, or soon will be, is told."""
        deadlines.sweep(at)

    def _waits(self) -> bool:
        """Whether something is in hand, answered and not yet closed, or not yet forgotten."""
        for pk in list(self.waiting):
            # Where acts stand together there is one copy of each case; else it is read again.
            case = self._petitions[pk].case if gives_keys() else self._get(pk).case
            if case.status in OVER or (case.status == Status.EXPIRED_UNCONFIRMED and case.requester_id is None):
                self.waiting.remove(pk)
        return bool(self.waiting)

    # ---- citizens ----

    def _plan_day(self, day: Day) -> None:
        kinds: list[Callable[[datetime], None]] = (
            [lambda at: self.open(at, urgent=False)] * day.ordinary
            + [lambda at: self.open(at, urgent=True)] * day.urgent
            + [self.write_vaguely] * day.filtered
            + [self.never_confirm] * day.unconfirmed
        )
        self.chance.shuffle(kinds)
        for kind in kinds:
            minute = int(self.chance.triangular(6 * 60, 22 * 60, 11 * 60))
            second = self.chance.randrange(60)
            self.later(start_of_day(day.day) + timedelta(minutes=minute, seconds=second), kind)

    def open(self, at: datetime, *, urgent: bool) -> None:
        """Somebody reports something and proves who they are on the same day."""
        if day_of(at) < URGENT_FROM:
            pool = self.texts if self.chance.random() < 0.15 else self.pools[False]
        else:
            pool = self.pools[urgent]
        text = self.chance.choice(pool)
        site = self._site(text)
        subject, body = composed(text, self.kin[text.category], site.label if site else "", self.chance)
        self._submit(at, Text(text.category, subject, body), site)

    def write_vaguely(self, at: datetime) -> None:
        """Somebody writes what is no concrete matter, what was written before, or an accusation without a name."""
        ground = self.chance.choices(list(Ground), [52, 33, 15])[0]
        subject, body = vague(ground, self.chance)
        petition = self._submit(at, Text("", subject, body), None)
        self.to_filter[petition.pk] = ground

    def never_confirm(self, at: datetime) -> None:
        """Somebody files on the web and never types the code."""
        text = self.chance.choice(self.pools[False])
        site = self._site(text)
        subject, body = composed(text, self.kin[text.category], site.label if site else "", self.chance)
        self._submit(at, Text(text.category, subject, body), site, confirmed=False)

    def _submit(self, at: datetime, text: Text, site: Site | None, *, confirmed: bool = True) -> Petition:
        channel = self.chance.choices([one for one, _n in CHANNELS], [n for _one, n in CHANNELS])[0]
        by_mail = channel in BY_MAIL
        to_call = not confirmed and not by_mail
        if to_call:
            channel = Channel.WEB
        number = f"{self.batch.number}-{next(self.serial)}"
        digits = self.batch.number * 10_000 + self.tally.filed
        petition = filing.file(
            Submission(
                text=text.body,
                title=text.subject,
                channel=channel,
                who=Who(
                    name=self.chance.choice(SURNAMES) + self.chance.choice(GIVEN),
                    email=f"citizen{number}@mail.example" if by_mail else "",
                    phone="" if by_mail else f"0900-{digits // 1000 % 1000:03}-{digits % 1000:03}",
                    address=f"{site.district if site else '桃園區'}示範路{digits % 300 + 1}號"
                    if channel == Channel.LETTER
                    else "",
                ),
                where=self._where(site),
                keep_identity_secret=self.chance.random() < 0.05,
                language="en" if self.chance.random() < 0.01 else "zh-hant",
            ),
            at=at,
        )
        self.tally.filed += 1
        self.truth[petition.pk] = text.category
        self._petitions[petition.pk] = petition
        self.waiting.add(petition.pk)
        if not confirmed:
            return petition
        if by_mail:
            self.codes[petition.pk] = super()._code(petition)  # read while the letter is at hand
            wait = timedelta(minutes=self.chance.randint(1, 90))
            self.later(at + wait, lambda now: self.confirm(petition.pk, now))
        else:
            by = self._account(self._holders(Role.OPERATOR, at))
            filing.confirm(petition, how="read_back", by=by, at=at + timedelta(seconds=40))
            self._after_opening(petition.pk, at + timedelta(minutes=2))
        return petition

    def _code(self, petition: Petition) -> str:
        return self.codes.pop(petition.pk, "") or super()._code(petition)

    def _after_opening(self, pk: int, at: datetime) -> None:
        petition = self._get(pk)
        if petition.case.status == Status.DISPATCHING:
            wait = timedelta(minutes=self.chance.randint(10, 150))
            self.later(self.office(at + wait), lambda now: self.desk(pk, now))
        elif petition.case.status == Status.ASSIGNED:
            self._to_coordinator(pk, at)
        if pk in self.to_filter:
            return
        if self.chance.random() < 0.03:
            self.later(at + timedelta(days=self.chance.randint(1, 9)), lambda now: self.urge(pk, now))
        if self.chance.random() < 0.012:
            self.later(at + timedelta(hours=self.chance.randint(3, 60)), lambda now: self.withdraw(pk, now))

    def withdraw(self, pk: int, at: datetime) -> None:
        """撤案, once the category is right."""
        if self._rightly(self._get(pk)):
            super().withdraw(pk, at)

    def _rightly(self, petition: Petition) -> bool:
        return petition.category is not None and petition.category.code == self.truth[petition.pk]

    # ---- the desk and the agencies ----

    def desk(self, pk: int, at: datetime) -> None:
        """The 分文人員 filters, joins, or decides what the machine left open."""
        petition = self._get(pk)
        if petition.case.status not in (Status.DISPATCHING, Status.RETURNED):
            return
        by = self._account(self._holders(Role.DISPATCHER, at))
        assert by
        if ground := self.to_filter.get(pk):
            reason = self.chance.choice(REASONS[Ground(ground)])
            handling.end(petition, Status.NOT_PROCESSED, reason=reason, ground=ground, by=by, at=at)
            return
        category = self.categories[self.truth[pk]]
        if self.chance.random() < 0.03 and (first := self._same_matter(petition)):
            dispatch.set_category(petition, category=category, by=by, at=at)
            if self._may_join(petition, first, at):
                reason = "與前一件為同一事由，併同處理。"
                handling.end(petition, Status.MERGED, reason=reason, parent=first.case, by=by, at=at)
                return
        self._newest[self.truth[pk]] = pk
        agency = None
        if category.needs_place and not (petition.case.place and petition.case.place.district_code):
            agency = self.main[category.pk]
        dispatch.dispatch_by_desk(petition, category=category, agency=agency, by=by, at=at)
        self._to_coordinator(pk, at)

    def _may_join(self, petition: Petition, first: Petition, at: datetime) -> bool:
        try:
            joining.refuse(petition.case, first.case, at=at)
        except joining.CannotJoin:
            return False
        return True

    def coordinate(self, pk: int, at: datetime) -> None:
        """The 研考窗口 sends back what is not the agency's, sets a wrong category right, and assigns."""
        petition = self._get(pk)
        case = petition.case
        if case.status not in (Status.ASSIGNED, Status.REOPENED) or case.agency is None:
            return
        by = self._account(self._people(case.agency, Role.COORDINATOR, at))
        assert by
        if pk in self.to_filter:
            self._back(petition, self.agencies["rdec"], "內容沒有具體事由，請研考會審酌是否過濾處理。", by, at)
            return
        truth = self.categories[self.truth[pk]]
        if not self._rightly(petition):
            right = self.main[truth.pk]
            may = at <= dispatch.may_return_until(petition, at=at) and case_queries.hops(case) < 2
            if right != case.agency and may and case.status == Status.ASSIGNED:
                self._back(petition, right, "非本機關權管，建議改分主管機關。", by, at)
                return
            dispatch.set_category(petition, category=truth, by=by, at=at)
        if case.agency.is_outside:
            handling.end(
                petition, Status.TRANSFERRED_OUTSIDE, reason="本案屬該機關權責，已函請處理並逕復您。", agency=case.agency,
                by=self._account(self._holders(Role.DISPATCHER, at)), at=at,
            )  # fmt: skip
            return
        officers = self._people(case.agency, Role.OFFICER, at)
        officer = self.chance.choice(officers)
        handling.assign(petition, unit=None, officer=officer, by=by, at=at)
        self._plan_work(pk, at)

    def _back(self, petition: Petition, to: Agency, reason: str, by: Any, at: datetime) -> None:
        dispatch.return_for_dispatch(petition, proposed=to, reason=reason, by=by, at=at)
        self.later(self.office(at + timedelta(minutes=40)), lambda now: self.desk(petition.pk, now))

    def _to_coordinator(self, pk: int, at: datetime) -> None:
        longest = 90 if self._get(pk).urgent or pk in self.to_filter else 240
        wait = timedelta(minutes=self.chance.randint(15, longest))
        self.later(self.office(at + wait), lambda now: self.coordinate(pk, now))

    def _plan_work(self, pk: int, at: datetime) -> None:
        petition = self._get(pk)
        due_at = clocks.next_due(petition) or at + timedelta(days=3)
        chance = self.chance.random()
        share = self.chance.triangular(0.6, 1.2, 0.9) if chance < 0.06 else self.chance.triangular(0.03, 0.6, 0.2)
        when = at + max((due_at - at) * share, timedelta(minutes=20))
        if self.chance.random() < 0.025:
            self.later(self.office(at + timedelta(hours=2)), lambda now: self.ask(pk, now))
            return
        if self.chance.random() < 0.02:
            self.later(self.office(at + timedelta(hours=3)), lambda now: self.co_handle(pk, now))
        if not petition.urgent and self.chance.random() < 0.03:
            self.later(self.office(at + (due_at - at) * 0.6), lambda now: self.extend(pk, now))
        local = when.astimezone(TAIPEI).hour
        if petition.urgent and not 8 <= local < 20:
            when = at + timedelta(hours=1)
        self.later(when if petition.urgent else self.office(when), lambda now: self.write(pk, now))

    def _templates(self, petition: Petition, stage: int) -> list[Any]:
        """Most answers tell what was done; few promise a later day."""
        found = super()._templates(petition, stage)
        done = [one for one in found if one.outcome != "PLANNED"]
        return done if done and stage == 2 and self.chance.random() < 0.6 else found

    def ask(self, pk: int, at: datetime) -> None:
        """補正; who gets no answer writes when the days for it are over."""
        super().ask(pk, at)
        if self._get(pk).case.status == Status.AWAITING_CITIZEN:
            self.later(self.office(at + timedelta(days=25)), lambda now: self.write(pk, now))

    def rate(self, pk: int, at: datetime) -> None:
        """Half as many rate as in the half-year."""
        if self.chance.random() < 0.5:
            super().rate(pk, at)


@dataclass
class MonthlyCheck(Checks):
    """The check of a month as the plan has it: who is found wanting is drawn among its urgent petitions; in a few more
    the agency contests and is right.
    """

    half_year: BatchOfYear
    check: Check
    runs: bool = True

    def plan(self) -> None:
        """On the fifth of the next month."""
        self.poor: set[int] = set()
        self.excused: set[int] = set()
        self.told: set[int] = set()
        self.drawn: dict[int, tuple[int, int]] = {}
        day = (self.check.month + timedelta(days=31)).replace(day=5)
        self.half_year.later(start_of_day(day) + timedelta(hours=5), self.draw)

    def draw(self, at: datetime) -> None:
        """The month is drawn; its sheets are read over the working days after that."""
        year = self.half_year
        drawn = quality.draw(self.check.month, by=None, at=at, seed=f"{year.seed}-{self.check.month:%Y-%m}")
        sheets = list(drawn.sheets.order_by("second", "pk").values_list("pk", "petition", "urgent", "second"))
        self.drawn = {pk: (drawn.pk, petition) for pk, petition, _urgent, _second in sheets}
        firm = [pk for pk, petition, urgent, second in sheets if urgent and not second and self._is_firm(petition)]
        if len(firm) < self.check.to_improve:
            raise NotAsPlanned(f"{self.check.month}: {len(firm)} urgent petitions to check")
        chosen = year.chance.sample(firm, min(len(firm), round(self.check.to_improve * 1.05)))
        self.excused = set(chosen[self.check.to_improve :])
        self.poor = set(chosen)
        for n, (pk, *_more) in enumerate(sheets):
            when = year.office(at + timedelta(hours=4 + 200 * n / len(sheets)))
            year.later(when, self._reads(pk, bad=pk in self.poor))
        year.later(at + timedelta(days=40), self.end)

    def _sheet(self, pk: int) -> QualitySheet:
        """As the acts have it."""
        return next(one for one in quality.readings(*self.drawn[pk]) if one.pk == pk)

    def _is_firm(self, petition: int) -> bool:
        """Whether its category is right, and stays."""
        return petition not in self.half_year.to_filter and self.half_year._rightly(self.half_year._get(petition))

    def end(self, at: datetime) -> None:
        """Everything was read and answered."""
        self.runs = False

    def score(self, pk: int, at: datetime, *, bad: bool = False) -> None:
        """One reading; what is found wanting is contested, answered anew at once, or when its days are over."""
        sheet, year = self._sheet(pk), self.half_year
        assert sheet.checker
        assert sheet.checker.account
        quality.score(sheet, marks=self.marks(sheet, at, bad=bad), by=sheet.checker.account, at=at)
        if not bad:
            return
        self.told.add(pk)
        chance, soon = year.chance.random(), year.office(at + timedelta(days=2))
        if pk in self.excused or chance < 0.04:
            year.later(soon, lambda now: self.contest(pk, now))
        elif chance < 0.6:
            year.later(soon, lambda now: self.accept(pk, now))

    def marks(self, sheet: QualitySheet, at: datetime, *, bad: bool) -> dict[str, Mark]:
        """Low ones with their reasons where it is to be found wanting: the answer says too little, or all is poor."""
        chance, found = self.half_year.chance, {}
        empty = chance.random() < 0.4
        for code, reasons in LOW.items():
            value = chance.choices((MOST, 4, 3), (5, 4, 2))[0]
            if bad:
                value = (0 if code == "completeness" else value) if empty else chance.choice((1, 2))
            found[code] = Mark(value, chance.choice(reasons) if value < sheet.rubric.reason_below else "")
        return found

    def grants(self, pk: int) -> bool:
        """As the plan has it."""
        return pk in self.excused

    def lapse(self, at: datetime) -> None:
        """What was not contested in its days is returned."""
        if not self.told:
            return
        rows = QualitySheet.objects.filter(pk__in=self.told)
        self.told = set(rows.filter(state=SheetState.WANTING).values_list("pk", flat=True))
        if quality.lapse(at):
            for pk in list(rows.filter(pk__in=self.told, state=SheetState.REDO).values_list("pk", flat=True)):
                self.redo(pk, at)

    def redo(self, pk: int, at: datetime) -> None:
        """It is in hand again."""
        super().redo(pk, at)
        self.half_year.waiting.add(self._sheet(pk).petition_id)


@dataclass
class Insistence:
    """One listed person: three petitions, two answers, the listing, and what comes after it."""

    year: BatchOfYear
    story: Story

    def __post_init__(self) -> None:
        year, number = self.year, self.story.number
        self.matter = MATTERS[number % len(MATTERS)]
        self.who = Who(
            name=year.chance.choice(SURNAMES) + year.chance.choice(GIVEN), email=f"insists{number}@mail.example"
        )
        here = [site for site in year.sites if site.district and site.road]
        self.site = year.chance.choice(here)
        self.written: list[int] = []

    def plan(self) -> None:
        """Every letter on its day."""
        for number, day in enumerate(self.story.written_on):
            self.year.later(self._morning(day), self._writes(self.matter.texts[number], number))
        self.year.later(self.year.office(self._morning(self.story.listed_on)), self.propose)
        for day in self.story.declined_on:
            self.year.later(self._morning(day) + timedelta(minutes=self.year.chance.randrange(600)), self.again)

    def _morning(self, day: Any) -> datetime:
        return start_of_day(day) + timedelta(hours=9, minutes=self.story.number)

    def _file(self, text: str, at: datetime) -> Petition:
        year = self.year
        where = Where(PlaceMethod.PIN, self.site.lon, self.site.lat, label=self.site.label, road=self.site.road)
        petition = filing.file(Submission(text=text, channel=Channel.WEB, who=self.who, where=where), at=at)
        year.tally.filed += 1
        year.truth[petition.pk] = self.matter.category
        year._petitions[petition.pk] = petition
        year.waiting.add(petition.pk)
        year.confirm(petition.pk, at + timedelta(minutes=4), on_its_way=False)
        return petition

    def _writes(self, text: str, number: int) -> Callable[[datetime], None]:
        return lambda at: self.write(text, number, at)

    def write(self, text: str, number: int, at: datetime) -> None:
        """Filed; the same unit answers all of them."""
        petition = self._file(text, at)
        if petition.case.status == Status.DISPATCHING:
            by = self.year._account(self.year._holders(Role.DISPATCHER, at))
            assert by
            category = self.year.categories[self.matter.category]
            dispatch.dispatch_by_desk(petition, category=category, agency=None, by=by, at=at + timedelta(minutes=20))
        self.year.later(self.year.office(at + timedelta(hours=3)), lambda now: self.take(petition.pk, number, now))

    def take(self, pk: int, number: int, at: datetime) -> None:
        """The officer gets it; the first two are answered within days, the third when it is listed."""
        year = self.year
        petition = year._get(pk)
        agency = petition.case.agency
        assert agency
        by = year._account(year._people(agency, Role.COORDINATOR, at))
        assert by
        officers = year._people(agency, Role.OFFICER, at)
        handling.assign(petition, unit=None, officer=officers[self.story.number % len(officers)], by=by, at=at)
        self.written.append(pk)
        if number < 2:
            year.later(year.office(at + timedelta(days=3)), lambda now: self.explain(pk, now))

    def explain(self, pk: int, at: datetime) -> None:
        """The clear answer."""
        year = self.year
        petition = year._get(pk)
        by = year._handler(petition, at)
        handling.draft_reply(petition, text=self.matter.answer, outcome="NOT_POSSIBLE", by=by, at=at)
        handling.submit_reply(petition, by=by, at=at + timedelta(minutes=5))
        reply = case_queries.reply_in_work(year._get(pk).case)
        assert reply
        assert reply.approver
        assert reply.approver.account
        handling.approve_reply(reply, by=reply.approver.account, at=at + timedelta(minutes=40))

    def propose(self, at: datetime) -> None:
        """The unit proposes, the head approves the same day, and the last petition is answered."""
        year, day = self.year, day_of(at)
        petition = year._get(self.written[-1])
        found = listings.series(petition, day)
        given = Given(
            ground=ListingGround.ANSWERED, evidence=[one.petition for one in found],
            answer=listings.answers_to(found)[0], matter=self.matter.name, words=[self.matter.word],
            because="已兩次書面明確說明，民眾沒有提出新的事實，仍一再陳情。",
            notice=f"您反映的「{self.matter.name}」，本府已兩次說明無法辦理的理由。", starts_on=day,
            ends_on=last_day(day, 12), review_on=last_day(day, 6),
        )  # fmt: skip
        restriction = restrictions.propose(petition, given=given, by=year._handler(petition, at), at=at)

        def approve(now: datetime) -> None:
            heads = directory.who_holds(Role.AGENCY_HEAD, agency=restriction.agency, on=day_of(now))
            head = year._account(heads)
            assert head
            restrictions.approve(restriction, by=head, at=now)

        year.later(year.office(at + timedelta(minutes=30)), approve)
        year.later(year.office(at + timedelta(hours=1)), lambda now: self.explain(petition.pk, now))

    def again(self, at: datetime) -> None:
        """Written once more: declined by itself, or by the desk where the machine was not sure."""
        year = self.year
        petition = self._file(self.matter.again, at)
        if petition.case.status == Status.DISPATCHING:
            by = year._account(year._holders(Role.DISPATCHER, at))
            assert by
            found = listings.that_may_decline(petition, at)
            restrictions.decline(petition, found[0], by=by, at=at + timedelta(minutes=30))
        elif petition.case.status != Status.NOT_PROCESSED:
            raise NotAsPlanned(f"{petition.case.number} was not declined: {petition.case.status}")
