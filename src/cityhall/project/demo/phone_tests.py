"""The demo city's telephone tests: cards, and months of calls by the product's own acts.

Most offices pick up and know; some forget a document, some are short with people, and at noon a few leave it ringing.
Who is tested and what came of it is invented.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date, datetime, timedelta
from math import ceil

from cityhall.domains.petitions.plan import spread
from cityhall.domains.petitions.samples import HalfYear
from cityhall.domains.phone_tests import improving, services
from cityhall.domains.phone_tests.models import CallPlan, PhoneTest
from cityhall.domains.phone_tests.states import CallState, ImprovementState, Topic, Trouble, Window
from cityhall.engines.deadlines import services as deadlines
from cityhall.engines.directory import queries as directory
from cityhall.engines.directory.models import Agency
from cityhall.engines.directory.states import Role
from cityhall.engines.rules.services import set_parameter
from cityhall.engines.scoring.rules import Mark
from cityhall.foundation import unit
from cityhall.foundation.clock import at as instant
from cityhall.foundation.clock import day_of
from cityhall.foundation.lots import dice
from cityhall.foundation.unit import act

MONTHLY = 60
SOURCE = "示範資料"
YEAR, CALLS, PASSED = 2016, 4_388, 4_162
"""The report's year 105: 94.85 % of 4,388 calls."""
TRIES = 3

CARDS = (
    ("B01", Topic.QUESTION, "", "我家對面半夜很吵，想檢舉，要打給誰？", "噪音由環保局受理，可打1999或環保局專線；告知會派員量測，並說明多久回復。"),
    ("B02", Topic.QUESTION, "", "路燈不亮要找誰修？要多久？", "養護工程處或區公所依道路分工；可打1999通報，提供燈桿編號；一般1至3日修復。"),
    ("B03", Topic.QUESTION, "", "我想問中午有沒有人可以辦事情？", "告知午休時間有人輪值，可辦理的項目與地點。"),
    ("B04", Topic.QUESTION, "", "上次寄的陳情，我怎麼知道辦到哪裡了？", "用案件編號和查詢碼上網查詢，或打1999；告知承辦機關會在期限內回復。"),
    ("B05", Topic.QUESTION, "", "我打錯單位了，可不可以幫我轉給承辦的人？", "先說明要轉到哪裡、分機幾號，再轉接；轉不通時留下姓名電話，請承辦人回電。"),
    ("C01", Topic.ACTIVITY, "", "這個週末市府有什麼適合帶小孩去的活動？", "說出至少一項當週活動的時間、地點與報名方式，或告知活動網頁與1999。"),
    ("C02", Topic.ACTIVITY, "", "聽說有免費健檢，在哪裡、什麼時候？", "告知辦理單位、對象、日期與要帶的證件；不清楚時轉衛生局或查明後回電。"),
    ("C03", Topic.ACTIVITY, "", "志工要怎麼報名？", "告知報名資格、方式與聯絡窗口，並說明保險與訓練。"),
    ("D01", Topic.PROCEDURE, "", "我要請人代辦，需要準備什麼？", "委託書、雙方身分證與印章；說明哪些項目一定要本人辦理。"),
    ("D02", Topic.PROCEDURE, "", "規費可以刷卡嗎？", "說明可用的付款方式：現金、信用卡、行動支付或市民卡，以及不能刷卡的項目。"),
    ("D03", Topic.PROCEDURE, "", "線上申辦失敗，還可以怎麼辦？", "問清楚失敗的訊息，說明可臨櫃、郵寄或重新送件，並告知客服電話。"),
    ("D04", Topic.PROCEDURE, "", "申請之後多久會好？怎麼領？", "說明處理天數、領件方式（臨櫃、郵寄）與要帶的證件。"),
    ("E01", Topic.PROCEDURE, "district_taoyuan", "我要申請低收入戶，要帶什麼？", "身分證、印章、全戶戶籍資料、所得與財產證明；說明由里幹事訪查與審核天數。"),
    ("E02", Topic.PROCEDURE, "tax", "牌照稅可以分期嗎？逾期怎麼辦？", "說明不能分期，逾期每2日加徵1%滯納金，最高10%；可在便利商店補繳。"),
    ("E03", Topic.QUESTION, "taipower", "停電多久了可以查嗎？", "請民眾提供電號或地址查詢停電資訊，告知預計復電時間與客服專線。"),
)  # fmt: skip

GOOD = ((5, 5, 5), (5, 5, 5), (5, 4, 5), (4, 5, 5), (5, 5, 4), (5, 4, 4), (3, 5, 5), (4, 4, 4), (3, 4, 5))
BAD = ((5, 4, 2), (5, 3, 3), (2, 4, 3), (4, 2, 4), (1, 4, 3), (5, 2, 3))
WHY = {
    "speed": ("響了八聲才接", "轉接了兩次，等了三分鐘", "第一通沒有接，改撥才通"),
    "manner": ("沒有報機關與姓名", "話沒聽完就說「不是我們的」", "語氣不耐煩，直接掛斷"),
    "correct": ("應備文件少說兩項", "說不清楚要去哪裡辦", "請民眾自己上網查，沒有說明"),
}
REMARKS = ("", "", "", "結束時主動問還有沒有別的問題。", "轉接前先說明分機。", "背景吵雜，聽不清楚。")
ANSWERS = (
    "已請承辦同仁重讀應備文件清單，並貼在電話旁；自本週起由主管每週抽聽兩通。",
    "該時段只有一人輪值，已改為兩人，並設轉接代接；本月底檢視接聽紀錄。",
    "已辦理電話禮儀講習，全員參加；新進同仁到職一週內完成。",
)
HOURS = {
    Window.MORNING: (9 * 60, 11 * 60 + 40),
    Window.LUNCH: (12 * 60 + 5, 13 * 60 + 20),
    Window.AFTERNOON: (13 * 60 + 40, 16 * 60 + 50),
}


@act
def load_cards(at: datetime) -> None:
    """The cards that testers ask by, with their first month."""
    agencies = {agency.code: agency for agency in Agency.objects.all()}
    for code, topic, agency, question, answer in CARDS:
        services.add_card(
            code=code, topic=topic, question=question, answer=answer, agency=agencies.get(agency), valid_from=day_of(at),
            by=None, at=at,
        )  # fmt: skip


# ---- one call --------------------------------------------------------------------------------------------------------


def _marks(chance: random.Random, *, good: bool) -> dict[str, Mark]:
    values = chance.choice(GOOD if good else BAD)
    return {
        code: Mark(value, chance.choice(WHY[code]) if value < 3 else "")
        for code, value in zip(WHY, values, strict=True)
    }


def _instant(day: date, window: str, chance: random.Random) -> datetime:
    first, last = HOURS[Window(window)]
    minute = chance.randint(first, last)
    return instant(day, minute // 60, minute % 60)


def _score(pk: int, at: datetime, chance: random.Random, *, good: bool) -> None:
    test = PhoneTest.objects.select_related("tester__account").get(pk=pk)
    services.score(
        test, marks=_marks(chance, good=good), remark=chance.choice(REMARKS), called_at=at, by=test.tester.account,
        recording=f"https://recordings.example/{test.reference}" if test.second_tester else "",
        at=at + timedelta(minutes=6),
    )  # fmt: skip


def _again(pk: int, at: datetime, chance: random.Random) -> None:
    """The second tester mostly finds the same."""
    test = PhoneTest.objects.select_related("second_tester__account").get(pk=pk)
    good = (test.state == CallState.PASSED) != (chance.random() < 0.06)
    services.score_again(test, marks=_marks(chance, good=good), by=test.second_tester.account, at=at)


def _answer(pk: int, at: datetime, chance: random.Random) -> None:
    test = PhoneTest.objects.select_related("agency").get(pk=pk)
    person = directory.holders(Role.COORDINATOR, agency=test.agency, on=day_of(at)).select_related("account").first()
    if person is not None:
        improving.answer(test, text=chance.choice(ANSWERS), by=person.account, at=at)


def _decide(pk: int, at: datetime) -> None:
    test = PhoneTest.objects.get(pk=pk)
    person = directory.holders(Role.COMMISSION, on=day_of(at)).select_related("account").first()
    if person is not None and test.improvements.filter(state=ImprovementState.ANSWERED).exists():
        improving.decide(test, accepted=True, remark="", by=person.account, at=at)


def _afterwards(pk: int, at: datetime, chance: random.Random) -> list[tuple[timedelta, Callable[[datetime], None]]]:
    """What follows a call, by the time that passes: a second score, the agency's answer, the decision."""
    test = PhoneTest.objects.get(pk=pk)
    found: list[tuple[timedelta, Callable[[datetime], None]]] = []
    if test.second_tester_id and test.sheet_id:
        found.append((timedelta(days=1, hours=1), lambda now: _again(pk, now, chance)))
    if test.state in (CallState.FAILED, CallState.UNANSWERED):
        found.append((timedelta(days=chance.randint(1, 6), hours=2), lambda now: _answer(pk, now, chance)))
        found.append((timedelta(days=chance.randint(7, 9)), lambda now: _decide(pk, now)))
    return found


def _nobody(pk: int, at: datetime, chance: random.Random) -> None:
    test = PhoneTest.objects.select_related("tester__account").get(pk=pk)
    trouble = chance.choices(list(Trouble), [4, 1])[0]
    services.reached_nobody(test, trouble=trouble, called_at=at, by=test.tester.account, at=at + timedelta(minutes=2))


def _working_days(month: date) -> list[date]:
    calendar = deadlines.calendar()
    days = [month + timedelta(days=n) for n in range((services.last_day(month) - month).days + 1)]
    return [day for day in days if calendar.is_working(day)]


def _set_monthly(at: datetime) -> None:
    set_parameter("phone_tests.monthly_calls", MONTHLY, valid_from=day_of(at), source=SOURCE, by=None, at=at)


# ---- the half-year of the live demo ----------------------------------------------------------------------------------


def write(half_year: HalfYear) -> None:
    """Each month of the half-year is drawn on its first morning and called over its working days."""
    chance = dice(f"phone:{half_year.seed}")
    first = half_year.start + timedelta(hours=1)
    half_year.later(first, _set_monthly)
    month = day_of(half_year.start).replace(day=1)
    while instant(month) < half_year.end:
        begins = max(instant(month, 6, 20), first + timedelta(hours=1))
        half_year.later(begins, lambda at: _month(half_year, chance, at))
        month = (month + timedelta(days=32)).replace(day=1)


def _month(half_year: HalfYear, chance: random.Random, at: datetime) -> None:
    today = day_of(at)
    services.draw_by_itself(at)
    plan = CallPlan.objects.get(month=today.replace(day=1))
    days = [day for day in _working_days(plan.month) if day > today]
    for test in plan.tests.order_by("n"):
        tries = TRIES if test.window == Window.LUNCH and chance.random() < 0.25 else int(chance.random() < 0.04)
        picked = sorted(chance.sample(days, min(len(days), tries + 1)))
        if not picked:
            return
        for day in picked[:tries]:
            half_year.later(
                _instant(day, test.window, chance), lambda at, pk=test.pk: _call(half_year, chance, at, pk, None)
            )
        if tries < TRIES:
            good = chance.random() < 0.93
            half_year.later(
                _instant(picked[-1], test.window, chance),
                lambda at, pk=test.pk, good=good: _call(half_year, chance, at, pk, good),
            )


def _call(half_year: HalfYear, chance: random.Random, at: datetime, pk: int, good: bool | None) -> None:
    if good is None:
        _nobody(pk, at, chance)
    else:
        _score(pk, at, chance, good=good)
    for wait, do in _afterwards(pk, at, chance):
        half_year.later(at + wait, do)


# ---- the report's year -----------------------------------------------------------------------------------------------


def live_year(
    share: float, seed: int, *, say: Callable[[str], None], deliver: Callable[[], object] = lambda: None
) -> int:
    """The months of the report's year that are not there yet, each in a transaction of its own. Says how many."""
    calls, passed = max(1, round(CALLS * share)), round(PASSED * share)
    monthly = ceil(calls / 12)
    by_month = spread(calls, [1.0] * 12)
    failed_by_month = spread(calls - passed, [float(n) for n in by_month])
    lived = 0
    for n, (answered, failed) in enumerate(zip(by_month, failed_by_month, strict=True), 1):
        month = date(YEAR, n, 1)
        if CallPlan.objects.filter(month=month).exists():
            continue
        chance = dice(f"phone:{seed}:{n}")
        with unit.bulk():
            _month_of_year(month, answered, failed, monthly, chance)
            deliver()
        lived += answered
    if lived:
        say(f"電話測試 {lived:,} 通")
    return lived


def _month_of_year(month: date, answered: int, failed: int, monthly: int, chance: random.Random) -> None:
    begins = instant(month, 6, 20)
    if services.drawing_on(month).size != monthly:
        set_parameter("phone_tests.monthly_calls", monthly, valid_from=month, source=SOURCE, by=None, at=begins)
    plan = services.draw(month, by=None, at=begins, seed=f"{month:%Y-%m}")
    days = _working_days(month)
    rows = list(plan.tests.filter(state=CallState.WAITING).order_by("n").values_list("pk", "window"))
    chance.shuffle(rows)
    results = [True] * (answered - failed) + [False] * failed + [None] * (len(rows) - answered)
    for (pk, window), good in zip(rows, results, strict=True):
        picked = sorted(chance.sample(days, TRIES))
        instants = [_instant(day, window, chance) for day in picked]
        if good is None:
            for at in instants:
                _nobody(pk, at, chance)
        else:
            _score(pk, instants[0], chance, good=good)
        called_at = instants[-1] if good is None else instants[0]
        for wait, do in _afterwards(pk, called_at, chance):
            do(called_at + wait)
