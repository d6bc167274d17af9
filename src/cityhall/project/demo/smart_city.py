"""The demo city's smart-city programme: 115 sub-projects with progress and indicators, and an award, by the product's own acts.

Names and numbers are invented.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal

from cityhall.domains.projects import services as projects
from cityhall.domains.smart_city import queries, services
from cityhall.domains.smart_city.models import SubProject
from cityhall.domains.smart_city.states import ValueKind
from cityhall.engines.directory import queries as directory
from cityhall.engines.directory.models import Agency
from cityhall.engines.directory.states import Role
from cityhall.engines.identity.models import Account
from cityhall.engines.milestones import rules as of_plans
from cityhall.engines.milestones import services as plans
from cityhall.engines.milestones.rules import Milestone, Reported, Stage
from cityhall.engines.rules.services import set_parameter
from cityhall.foundation.clock import at as instant
from cityhall.foundation.clock import day_of
from cityhall.foundation.lots import dice

SOURCE = "示範資料"
LENGTH = 36
REPORTED = 3  # so many of the last months are reported
# Of each facet: what, whose, what is measured and in what; each in several steps.
TOPICS = {
    "governance": (
        ("空氣品質感測網", "environment", "感測點數", "點"), ("水情監測系統", "water", "監測站數", "站"), ("警政監控整合", "police", "介接鏡頭數", "支"),
        ("救災即時資訊平台", "fire", "到場資訊整合率", "%"), ("開放資料平台", "information", "資料集數", "項"), ("空間決策地圖", "rdec", "圖層數", "層"),
        ("公共無線上網", "information", "熱點數", "點"), ("公文行動簽核", "secretariat", "行動簽核比率", "%"), ("線上繳費服務", "finance", "線上繳費筆數", "千筆"),
        ("路燈智慧監控", "maintenance", "納管盞數", "千盞"), ("地下管線圖資", "public_works", "建置里程", "公里"), ("橋梁安全監測", "maintenance", "監測橋梁數", "座"),
        ("災情通報整合", "civil_affairs", "通報管道數", "種"),
    ),
    "industry": (
        ("企業智慧化輔導", "economic", "輔導家數", "家"), ("智慧商圈", "economic", "導入店家數", "家"), ("青年創業平台", "youth", "進駐團隊數", "隊"),
        ("虛擬實境創業基地", "youth", "育成件數", "件"), ("智慧工廠示範", "economic", "示範廠數", "廠"), ("休閒農業導覽", "agriculture", "上線農場數", "處"),
        ("物流場域試辦", "transport", "試辦路線數", "條"), ("觀光互動服務", "tourism", "互動點數", "點"), ("人才培訓課程", "labor", "結訓人數", "人"),
        ("物聯網實驗場域", "information", "進駐廠商數", "家"),
    ),
    "living": (
        ("校園安全系統", "education", "完成校數", "校"), ("雲端學習平台", "education", "使用班級數", "班"), ("智慧停車", "transport", "納管車格數", "千格"),
        ("公車動態資訊", "transport", "智慧站牌數", "座"), ("遠距健康照護", "health", "服務人數", "人"), ("復健車預約", "social", "服務趟次", "千趟"),
        ("智慧建築標章", "building", "取得標章件數", "件"), ("市民卡服務", "information", "合作店家數", "家"), ("智慧圖書館", "culture", "自助借還比率", "%"),
        ("社會住宅能源管理", "urban", "納管戶數", "戶"), ("垃圾車即時動態", "cleaning", "納管車輛數", "輛"), ("長者關懷服務", "social", "關懷人數", "人"),
        ("運動中心預約", "sports", "線上預約比率", "%"), ("公園智慧管理", "agriculture", "納管公園數", "座"), ("捷運站轉乘資訊", "rapid_transit", "資訊看板數", "面"),
    ),
}  # fmt: skip
STEPS = ("建置計畫", "擴充計畫", "加值應用計畫")
EXTRA = ("governance", ("資料治理規範", "information", "訂定規範數", "項"), "推動計畫")
EVIDENCE = (
    ("BROADBAND", "公共無線上網", "全市公共無線上網熱點與頻寬逐年增加，使用人次依月公布。"), ("BROADBAND", "物聯網實驗場域", "低功率廣域網路場域開放業者試辦。"),
    ("WORKFORCE", "人才培訓課程", "與大專校院合辦課程，結訓學員媒合就業。"), ("EQUALITY", "雲端學習平台", "偏遠學校優先配發設備，教師研習全數完成。"),
    ("INNOVATION", "智慧工廠示範", "跨域合作的示範產線，數據開放給合作廠商。"), ("SUSTAINABILITY", "路燈智慧監控", "節電量依月統計，故障自動通報。"),
    ("ADVOCACY", "市民卡服務", "一卡多用的推廣活動與使用統計。"),
)  # fmt: skip


def _topics() -> Iterator[tuple[str, tuple[str, str, str, str], str]]:
    for facet, topics in TOPICS.items():
        for step in STEPS:
            for topic in topics:
                yield facet, topic, step
    yield EXTRA


def load(
    now: datetime, *, begins: date | None = None, share: float = 1.0, say: Callable[[str], None] = lambda words: None
) -> int:
    """Propose and list the sub-projects, report the last months, measure, enter an award. Says how many there are.

    Of a smaller city every tenth or twentieth.
    """
    today = day_of(now)
    begins = begins or of_plans.months_later(of_plans.first_of(today), -14)
    at, chance = instant(begins, 9), dice("smart-city")
    office = directory.holders(Role.COMMISSION, on=today).select_related("account").first()
    by = office.account if office else None
    if today.year not in queries.years(today):
        for name, year in (("first", begins.year), ("last", begins.year + 3)):
            set_parameter(f"smart_city.{name}_year", year, valid_from=begins, source=SOURCE, by=by, at=at)
    agencies = {one.code: one for one in Agency.objects.as_of(begins)}
    made = [_propose(n, row, agencies, begins, by, at) for n, row in enumerate(list(_topics())[:: _every(share)])]
    _report(made, today, by, now, chance)
    for n, (one, topic) in enumerate(made):
        _measure(one, topic, begins, today, by, n, chance)
    _award(made, by, now)
    say(f"智慧城市子計畫 {len(made)} 項")
    return len(made)


def _every(share: float) -> int:
    return max(1, min(20, round(1 / share)))


def _propose(
    n: int, row: tuple[str, tuple[str, str, str, str], str], agencies: dict[str, Agency], begins: date, by: Account | None,
    at: datetime,
) -> tuple[SubProject, tuple[str, str, str, str]]:  # fmt: skip
    facet, topic, step = row
    starts, budget = of_plans.months_later(begins, n % 4), (3 + n % 9) * 4_000_000
    months = [
        (of_plans.months_later(starts, m), Decimal(100 * (m + 1)) / LENGTH, budget * (m + 1) // LENGTH)
        for m in range(LENGTH)
    ]
    months = [(month, share.quantize(Decimal("0.01")), money) for month, share, money in months]
    points = [
        Milestone(code, of_plans.end_of(of_plans.months_later(starts, m)), None, Stage.BEFORE, name)
        for code, name, m in (
            ("plan", "核定計畫", 1),
            ("award", "簽約", 5),
            ("half", "期中成果", 18),
            ("accept", "成果驗收", 35),
        )
    ]
    made = projects.propose(
        profile="smart-city", name=f"{topic[0]}{step}", agency=agencies.get(topic[1]) or agencies["rdec"], works=False,
        total_budget=budget, year=begins.year, about="示範資料：名稱、金額與進度都是虛構的。", facets={"facet": facet},
        milestones=points, months=months, by=by, at=at,
    )  # fmt: skip
    projects.select(made, on=begins, reason="納入智慧城市旗艦計畫", by=by, at=at)
    return SubProject.objects.select_related("plan").get(pk=made.pk), topic


def _report(
    made: list[tuple[SubProject, tuple[str, str, str, str]]], today: date, by: Account | None, now: datetime,
    chance: random.Random,
) -> None:  # fmt: skip
    paces = [chance.choice((1.0, 1.0, 1.0, 0.95, 0.8, 0.6)) for _one in made]
    for back in range(REPORTED, 0, -1):
        month = of_plans.months_later(of_plans.first_of(today), -back)
        at = min(now, instant(of_plans.months_later(month, 1), 9) + timedelta(days=4))
        lines = []
        for (one, _topic), pace in zip(made, paces, strict=True):
            first = of_plans.first_of(one.plan.opened_on or today)
            age = (month.year - first.year) * 12 + month.month - first.month
            share = Decimal(str(round(min(100.0, 100 * (age + 1) / LENGTH * pace), 2)))
            late = (
                {"reason": "設備交貨延後", "measure": "請廠商分批交貨"} if pace < 1 else {"reason": "", "measure": ""}
            )
            if age >= 4:
                paid = int(one.total_budget * share / 100)
                lines.append(plans.Line(one.plan, month, Reported(share, paid, unpaid=0, retained=0, **late)))
        if lines:
            _made, refused = projects.report_months(lines, by=by, at=at)
            assert not refused, refused


def _measure(
    one: SubProject, topic: tuple[str, str, str, str], begins: date, today: date, by: Account | None, n: int,
    chance: random.Random,
) -> None:  # fmt: skip
    base = 10 if topic[3] == "%" else 20 * (1 + n % 7)
    span = queries.years(today)
    planned = {year: Decimal(base * (k + 1)) for k, year in enumerate(span) if year >= begins.year}
    made = services.add_indicator(
        one, name=topic[2], unit=topic[3], lower=False, planned=planned, by=by, at=instant(begins, 10)
    )
    for year in sorted(planned):
        if year > today.year or (year == today.year and today.month <= 6):
            continue  # of this year what is reached so far, once half of it has passed
        at = instant(min(date(year + 1, 1, 15), today), 0)
        value = (planned[year] * Decimal(str(round(chance.uniform(0.7, 1.2), 2)))).quantize(Decimal("0.1"))
        services.set_values(made, kind=ValueKind.REACHED, values={year: value}, by=by, at=at)


def _award(made: list[tuple[SubProject, tuple[str, str, str, str]]], by: Account | None, now: datetime) -> None:
    """The forum's award of the year: two rounds were announced, the last one is still to come."""
    today = day_of(now)
    one = services.enter_award(name="全球智慧城市評比", year=today.year, by=by, at=now - timedelta(days=160))
    for days, stage in ((150, "SMART21"), (40, "TOP7")):
        at = now - timedelta(days=days)
        services.record_result(one, stage=stage, won=True, announced_on=day_of(at), by=by, at=at)
    for factor, name, text in EVIDENCE:
        project = next((row for row, topic in made if topic[0] == name), None)
        services.add_evidence(one, factor=factor, text=text, project=project, by=by, at=now - timedelta(days=120))
