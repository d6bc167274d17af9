"""The demo city's competitions and seminars on open data, by the product's own acts: one over, one running; all of it invented."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from cityhall.domains.open_data import competing, contests, seminars
from cityhall.domains.open_data.models import Contest, Dataset, Team, Work
from cityhall.domains.open_data.states import ContestKind, WorkForm
from cityhall.engines.directory import queries as directory
from cityhall.engines.directory.models import Agency
from cityhall.engines.directory.states import Role
from cityhall.engines.gatherings import holding
from cityhall.engines.gatherings import services as gatherings
from cityhall.engines.letters.models import Letter
from cityhall.engines.scoring import evaluations
from cityhall.engines.scoring.rules import Mark
from cityhall.engines.subscriptions import services as subscriptions
from cityhall.engines.subscriptions.models import Subscription
from cityhall.engines.tracking.queries import commission
from cityhall.foundation.clock import at as instant
from cityhall.foundation.clock import day_of
from cityhall.foundation.lots import dice

from .evaluations import judges

TERMS = "不限居住地，個人或團隊都可以參加。作品要用到市政府的開放資料、能實際操作；著作權歸團隊，同意市政府介紹與連結。示範資料。"
TERMS_EN = (
    "Open to anyone, wherever they live, alone or as a team. The work uses open data of the city and can be tried out. The rights stay "
    "with the team, which agrees that the city introduces the work and links to it. Demonstration data."
)
WORKS = (
    ("停車小隊", "找車位地圖", "把公有停車場的剩餘車位畫在地圖上，開車前先看。"), ("公車時刻", "轉乘算給你看", "把公車到站與火車時刻放在一起，算出最省時間的走法。"),
    ("綠手指", "公園有什麼", "查公園的遊戲設施、廁所與哺乳室，帶孩子出門不撲空。"), ("空氣偵測", "今天能跑步嗎", "把空氣品質與步道放在一起，建議適合運動的時段。"),
    ("防災筆記", "離我最近的避難所", "輸入地址，找到最近的避難收容處所與路線。"), ("市場日記", "今天菜價", "把市場行情畫成走勢，買菜前看一眼。"),
)  # fmt: skip
"""Team, work, what it does."""


@dataclass(frozen=True)
class Plan:
    """A competition as it will have been."""

    kind: ContestKind
    title: str
    title_en: str
    purpose: str
    purpose_en: str
    opens: date
    closes: date
    held: date
    result: date
    prizes: tuple[tuple[str, str, int], ...]
    teams: int
    works: int


class Organiser:
    """Who runs it: the commission's account, the judges, and the datasets that works may use."""

    def __init__(self, on: date) -> None:
        owner = directory.holders(Role.COMMISSION, on=on).select_related("account").first()
        office = commission(on)
        assert owner is not None
        assert office is not None
        self.by, self.host = owner.account, office
        self.judges = judges(instant(on, 9))[:3]
        self.datasets = list(Dataset.objects.published().order_by("number")[:12])

    def announce(self, plan: Plan) -> Contest:
        """Drafted and announced some days before it opens."""
        at = instant(plan.opens - timedelta(days=10), 9)
        made = contests.draft(
            kind=plan.kind, title=plan.title, title_en=plan.title_en, purpose=plan.purpose, purpose_en=plan.purpose_en,
            terms=TERMS, terms_en=TERMS_EN, opens_on=plan.opens, closes_on=plan.closes, held_on=plan.held,
            result_on=plan.result, most_members=6, prizes=plan.prizes, by=self.by, at=at,
        )  # fmt: skip
        return contests.announce(made, by=self.by, at=at + timedelta(hours=2))

    def fill(self, one: Contest, plan: Plan, *, until: datetime, check: bool = True) -> None:
        """Teams register over the days and hand in; works are checked the next morning."""
        last = min(day_of(until), plan.closes)
        span = max((last - plan.opens).days, 0)
        teams = [
            _team(one, n, instant(plan.opens + timedelta(days=span * n // plan.teams), 10)) for n in range(plan.teams)
        ]
        at = min(instant(last, 17), until)
        for n, team in enumerate(teams[: plan.works]):
            work = _work(team, n, self.datasets, at)
            if check:
                contests.check(work, accepted=True, by=self.by, at=at + timedelta(hours=2))

    def finish(self, one: Contest, plan: Plan) -> None:
        """Judged from its day on; the best win, as many as there are prizes."""
        chance, at = dice(f"contest {plan.title}"), instant(plan.held, 20)
        due = plan.held + timedelta(days=1)
        one = contests.begin_judging(one, judges=self.judges, due_on=due, by=self.by, at=at)
        review = one.review
        assert review is not None
        codes = [row.code for row in review.scheme.criteria.all()]
        for candidate in review.candidates.order_by("n"):
            for judge in self.judges:
                marks = {code: Mark(chance.randint(4, 10)) for code in codes}
                evaluations.judge(candidate, marks=marks, remark="示範評分", by=judge.account, at=at)
        evaluations.end_step(review, by=self.by, at=at)
        evaluations.close(review, by=self.by, at=at)
        places = contests.judged(one)
        best = sorted(
            (work for work in contests.works(one) if work.pk in places), key=lambda work: places[work.pk][1] or 0
        )
        slots = [prize for prize in one.prizes.order_by("n") for _n in range(prize.winners)]
        chosen = dict(zip(best, slots, strict=False))
        contests.award(one, chosen=chosen, by=self.by, at=instant(plan.result, 21))


def _confirmed(asked: Subscription, at: datetime) -> None:
    """By the code of the letter, as people do it."""
    letter = Letter.objects.filter(template="subscriptions.code", about_id=str(asked.pk)).latest("pk")
    subscriptions.confirm(asked, code=letter.subject[:6], at=at)


def _team(one: Contest, n: int, at: datetime) -> Team:
    name = WORKS[n][0] if n < len(WORKS) else f"示範隊伍{n + 1:02}"
    made, asked = competing.register(
        one,
        name=name,
        members=2 + n % 4,
        email=f"team{one.number}-{n}@mail.example",
        account=None,
        language="zh-hant",
        at=at,
    )
    _confirmed(asked, at + timedelta(minutes=5))
    return made


def _work(team: Team, n: int, datasets: Sequence[Dataset], at: datetime) -> Work:
    title, text = WORKS[n][1:] if n < len(WORKS) else (f"示範作品{n + 1:02}", "示範作品，說明是虛構的。")
    used = [datasets[(n + k) % len(datasets)] for k in range(min(2, len(datasets)))]
    form = WorkForm.APP if n % 2 else WorkForm.WEB
    url = f"https://works.example/{team.contest_id}/{n + 1}/"
    return competing.hand_in(team, title=title, text=text, url=url, form=form, datasets=used, at=at)


def _seminar(title: str, on: date, *, at: datetime, host: Agency, by: Any, came: int | None, seats: int | None) -> None:
    """Made public; and held, where it is over."""
    made = gatherings.plan(
        profile=seminars.SEMINAR, title=title, host=host, year=on.year, starts_at=instant(on, 14), ends_at=instant(on, 17),
        venue="市府大樓地下一樓會議廳", purpose="開放資料怎麼找、怎麼用，得獎團隊分享作法。示範資料。", by=by, at=at,
    )  # fmt: skip
    seminars.make_public(made, seats=seats, by=by, at=at)
    if came is not None:
        holding.hold(made, held_on=on, came={}, others=came, by=by, at=instant(on, 18))


# ---- the demo of the last months -------------------------------------------------------------------------------------


def load(now: datetime, *, say: Callable[[str], None]) -> None:
    """A hackathon that is over, an app contest that takes works, a seminar held and one to come."""
    today = day_of(now)
    organiser = Organiser(today)
    if not organiser.datasets:
        return

    def day(days: int) -> date:
        return today + timedelta(days=days)

    over = Plan(
        ContestKind.HACKATHON, "城市開放資料黑客松", "City open data hackathon", "一天之內，用開放資料解決一個生活上的問題。",
        "Solve one problem of daily life with open data, within a day.", day(-100), day(-80),
        day(-80), day(-62), (("首獎", "獎金 10 萬元", 1), ("佳作", "獎金 3 萬元", 2)), 5, 4,
    )  # fmt: skip
    running = Plan(
        ContestKind.APPS, "開放資料應用競賽", "Open data app contest", "讓資料變成大家每天用得到的程式與網頁。",
        "Turn data into apps and pages that people use every day.", day(-12), day(24), day(35),
        day(50), (("首獎", "獎金 10 萬元", 1), ("貳獎", "獎金 5 萬元", 2), ("人氣獎", "獎狀", 1)), 3, 2,
    )  # fmt: skip
    one = organiser.announce(over)
    organiser.fill(one, over, until=now)
    organiser.finish(one, over)
    organiser.fill(organiser.announce(running), running, until=now - timedelta(hours=3), check=False)
    given: dict[str, Any] = {"host": organiser.host, "by": organiser.by}
    _seminar("開放資料成果發表與說明會", day(-62), at=instant(day(-80), 9), came=86, seats=None, **given)
    _seminar("開放資料應用競賽說明會", day(9), at=now - timedelta(days=2), came=None, seats=60, **given)
    say("開放資料競賽 2 項、說明會 2 場（虛構）")


# ---- the year 105 ----------------------------------------------------------------------------------------------------

HACKATHON = Plan(
    ContestKind.HACKATHON, "開放資料黑客松", "Open data hackathon", "用開放資料解決城市的問題。",
    "Solve problems of the city with open data.", date(2016, 8, 22), date(2016, 9, 24),
    date(2016, 9, 24), date(2016, 10, 27), (("首獎", "獎金 10 萬元", 1), ("貳獎", "獎金 6 萬元", 1), ("參獎", "獎金 3 萬元", 2)), 42, 18,
)  # fmt: skip
APPS = Plan(
    ContestKind.APPS, "開放資料應用競賽", "Open data app contest", "用開放資料做出大家用得到的程式與網頁。",
    "Make apps and pages that people can use of open data.", date(2016, 8, 29), date(2016, 10, 28),
    date(2016, 11, 5), date(2016, 11, 5), (("首獎", "獎金 8 萬元", 1), ("貳獎", "獎金 5 萬元", 1), ("佳作", "獎金 1 萬元", 3)), 20, 13,
)  # fmt: skip
SEMINAR_ON, SEMINAR_ATTENDANCE = date(2016, 10, 27), 208


def live_year(share: float, *, say: Callable[[str], None]) -> None:
    """The year's hackathon and app contest with as many teams and works, and the seminar, unless they are there."""
    if Contest.objects.exists():
        return
    organiser = Organiser(HACKATHON.opens)
    if not organiser.datasets:
        return
    for plan in (HACKATHON, APPS):
        works = max(4, round(plan.works * share))  # the prizes have to be won however small the year is
        small = replace(plan, works=works, teams=max(works, round(plan.teams * share)))
        one = organiser.announce(small)
        organiser.fill(one, small, until=instant(small.closes, 23))
        organiser.finish(one, small)
    came = round(SEMINAR_ATTENDANCE * share)
    at = instant(date(2016, 10, 3), 9)
    _seminar("開放資料成果發表與說明會", SEMINAR_ON, at=at, host=organiser.host, by=organiser.by, came=came, seats=None)
    say(f"開放資料競賽 2 項、與會 {came:,} 人（虛構）")
