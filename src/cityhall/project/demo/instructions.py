"""The demo city's instructions: what the mayor asked of agencies, and city meetings with their decisions. All invented."""

from __future__ import annotations

from datetime import datetime, timedelta

from cityhall.domains.instructions.wiring import MAYOR, MEETING
from cityhall.domains.petitions.samples import HalfYear
from cityhall.engines.directory.models import Agency, Person
from cityhall.engines.gatherings.models import Gathering
from cityhall.engines.tracking import services as tracking

from .gatherings import Season

# What the mayor asked for, on which occasion, who leads; every third one is not answered yet.
ORDERS = (
    ("老人共餐據點的廚房安全檢查", "訪視里民活動中心時指示：清查共餐據點的瓦斯與消防設備，列出改善順序。", "social"),
    ("雨天易積水路段的抽水機預置", "豪雨應變會議指示：汛期前完成抽水機預置與演練，並公布路段。", "water"),
    ("開學前通學路口的號誌檢查", "校園安全座談指示：開學前完成路口號誌與標線檢查。", "transport"),
    ("閒置公有房舍的活化清單", "視察舊市場時指示：盤點閒置房舍，提出短中期使用構想。", "finance"),
    ("夜市垃圾減量與攤商輔導", "與攤商座談指示：訂定自備餐具的獎勵方式，三個月後檢討。", "environment"),
    ("公園共融遊戲場的維護人力", "視察新設遊戲場時指示：檢討巡查頻率與維護人力。", "agriculture"),
    ("青年創業貸款的申辦時間", "青年座談指示：簡化審查文件，縮短核貸天數。", "economic"),
    ("社區巡守隊的裝備汰換", "里長座談指示：清查裝備年限，編列汰換期程。", "police"),
    ("觀光景點的多語指標", "接待訪賓時指示：盤點主要景點的英文與日文指標，錯誤的先更正。", "tourism"),
)  # fmt: skip
DECISIONS = (
    ("各機關官網的防災資訊，請於汛期前統一連結到災害應變中心。", "information"), ("年度預算執行落後的機關，請首長親自主持檢討。", "finance"),
    ("人行道改善工程請先與里長確認動線再施工。", "public_works"), ("流感疫苗接種的排程請公布到各里。", "health"),
    ("請盤點可以改為線上申辦的項目，下個月提出期程。", "civil_affairs"),
)  # fmt: skip


def write(half_year: HalfYear, commission: Person, agencies: dict[str, Agency]) -> None:
    """Half a year of them."""
    season = Season(half_year, commission, agencies)
    for n, (title, text, code) in enumerate(ORDERS):
        if code in agencies:
            half_year.later(season.working(8 + 18 * n, 11), lambda at, n=n, row=(title, text, code): _order(season, n, row, at))  # fmt: skip
    for n in range(6):
        _city_meeting(season, n)


def _order(season: Season, n: int, row: tuple[str, str, str], at: datetime) -> None:
    title, text, code = row
    made = tracking.list_item(profile=MAYOR, title=title, text=text, lead=season.agencies[code], by=season.by, at=at)
    if n % 3:
        season.half_year.later(at + timedelta(days=9, hours=3), lambda now: season.settle(made.pk, now))


def _city_meeting(season: Season, n: int) -> None:
    made: list[Gathering] = []
    starts = season.working(20 + 27 * n, 9)
    text, code = DECISIONS[n % len(DECISIONS)]
    points = [("REPORT", "前次裁示事項辦理情形"), ("REPORT", "各機關重要施政報告"), ("DISCUSSION", "跨機關協調事項")]

    def hold(at: datetime) -> None:
        one = season.hold(made[0], at)
        if code in season.agencies:
            season.conclude(one, text, code, at + timedelta(minutes=30), days=14)

    season.half_year.later(starts - timedelta(days=6), lambda at: made.append(season.plan(
        MEETING, "市政會議", starts, venue="市府16樓會議室", guests=("finance", "public_works", "transport", "social"),
        points=points, chair="市長", heads=True, at=at,
    )))  # fmt: skip
    season.half_year.later(starts + timedelta(hours=3), hold)
    season.half_year.later(starts + timedelta(days=3, hours=2), lambda at: season.minute(made[0], at))
