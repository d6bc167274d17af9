"""The demo city's hotspots, by the product's own acts. Places, agencies' contracts and positions are invented.

A hotspot lies somewhere in its district by the real boundaries; a few are wrong, so that the checks have something to find.
"""

from __future__ import annotations

import csv
import io
from calendar import monthrange
from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

from cityhall.domains.petitions import arrivals
from cityhall.domains.petitions.models import Category
from cityhall.domains.petitions.services import filing, rulebook
from cityhall.domains.petitions.services.filing import Submission, Where, Who
from cityhall.domains.wifi import controllers, figures, outages, placement, services, use
from cityhall.domains.wifi.models import Hotspot, HotspotStep
from cityhall.domains.wifi.states import Builder, Cause, HotspotState, SiteKind
from cityhall.engines.cases.states import Channel, PlaceMethod
from cityhall.engines.directory.models import Agency
from cityhall.engines.places import queries as places
from cityhall.engines.places.rules import Point
from cityhall.engines.rules.services import set_parameter
from cityhall.engines.usage import services as usage
from cityhall.foundation.clock import at as instant
from cityhall.foundation.clock import day_of
from cityhall.foundation.lots import dice
from cityhall.web.maps import shapes

UPGRADED = date(2017, 7, 1)
FAULTS = "public_wifi"
ZONES = (
    ("桃園火車站站前廣場", "桃園區", 8, (121.3136, 24.9892)),
    ("藝文特區廣場", "桃園區", 7, (121.3008, 25.0169)),
    ("中壢火車站站前廣場", "中壢區", 8, (121.2256, 24.9537)),
    ("六合商圈", "中壢區", 6, (121.2287, 24.9577)),
)
MONTHLY = 747_130
COURSE = {10: 1.02, 11: 0.99, 12: 1.01, 1: 1.03, 2: 0.95}
"""How the months of the report differ; together they are five."""
YEAR_CITY, YEAR_CENTRAL = 516, 292
SMALL_CITY, SMALL_CENTRAL = 64, 36
SITES = (
    (SiteKind.TRANSPORT, ("公車轉運站候車室", "客運站大廳", "停車場管理站")), (SiteKind.SCHOOL, ("圖書分館閱覽區", "文化會館展覽廳", "社區活動中心")),
    (SiteKind.OFFICE, ("區公所服務臺", "戶政事務所大廳", "地政事務所大廳", "衛生所候診區")), (SiteKind.SIGHT, ("遊客服務中心", "老街入口", "步道登山口")),
    (SiteKind.MARKET, ("夜市入口", "商圈服務站", "公有市場大廳")), (SiteKind.PARK, ("公園涼亭", "河濱公園廣場", "運動公園看臺")),
)  # fmt: skip
CENTRAL = (
    ("交通部", SiteKind.TRANSPORT, "車站售票大廳"), ("財政部", SiteKind.OFFICE, "稽徵所服務區"), ("經濟部", SiteKind.OFFICE, "服務處大廳"),
    ("衛生福利部", SiteKind.OFFICE, "醫院候診大廳"), ("教育部", SiteKind.SCHOOL, "社教館大廳"),
)  # fmt: skip
KEEPERS = {
    SiteKind.TRANSPORT: "transport", SiteKind.SCHOOL: "culture", SiteKind.OFFICE: "information", SiteKind.SIGHT: "tourism",
    SiteKind.MARKET: "economic", SiteKind.PARK: "agriculture",
}  # fmt: skip
STREETS = ("中山路", "中正路", "民權路", "民生路", "復興路", "成功路", "文化路", "和平路")


def load(now: datetime, *, begins: date | None = None, share: float = 1.0, say: Callable[[str], None] = print) -> int:
    """A hundred hotspots: 64 of the city with four hot zones, 36 of central agencies; some wrong, one paused."""
    made = _load(now, begins, round(SMALL_CITY * share), round(SMALL_CENTRAL * share), share, say, wrong=True)
    if made:
        _use(now, round(MONTHLY * share * SMALL_CITY / YEAR_CITY), daily=True)
        _outages(now)
        _people(now)
    return made


def report_fault(now: datetime) -> int:
    """A citizen tells that the first hotspot opens no pages; answers how many petitions came of it."""
    one = Hotspot.objects.as_of(day_of(now)).filter(builder=Builder.CITY).order_by("code").first()
    if one is None or not Category.objects.filter(code=FAULTS).exists():
        return 0
    at = now - timedelta(minutes=30)
    petition = filing.file(
        Submission(
            text="連得上，但是網頁都打不開，從昨天下午開始。", channel=Channel.WEB, category=FAULTS,
            who=Who(name="徐曉雯", email="hsu.hsiao-wen@mail.example"),
            where=Where(method=PlaceMethod.PIN, lon=one.lon, lat=one.lat, label=one.address),
        ),
        at=at,
    )  # fmt: skip
    filing.confirm(petition, how="email_code", by=None, at=at + timedelta(minutes=4))
    arrivals.tell_of_thing("wifi", one.code, petition.case, at)
    return 1


def live_year(now: datetime, *, begins: date, share: float, say: Callable[[str], None]) -> int:
    """The year at full scale: 516 of the city, 29 of them in four hot zones, and 292 of central agencies."""
    made = _load(now, begins, round(YEAR_CITY * share), round(YEAR_CENTRAL * share), share, say, wrong=False)
    if made:
        _use(now, round(MONTHLY * share), daily=False)
    return made


def _load(
    now: datetime, begins: date | None, city: int, central: int, share: float, say: Callable[[str], None], *, wrong: bool
) -> int:  # fmt: skip
    if Hotspot.objects.exists() or not shapes()["districts"]:
        return 0
    chance, today = dice("wifi"), day_of(now)
    _faults(today, now)
    first = begins or today - timedelta(days=170)
    made = [_add(row, first, now) for row in _rows(city, central, share, chance)]
    if wrong:
        _spoil(made, today, now)
    decided = min(now, instant(UPGRADED, 9))
    set_parameter("wifi.mbps", 5, valid_from=UPGRADED, source="頻寬升級", by=None, at=decided)
    say(f"無線上網熱點 {len(made):,} 個（虛構）")
    return len(made)


def _faults(today: date, at: datetime) -> None:
    """What a citizen reports of a hotspot is a petition of a category of its own, for those who keep the network."""
    keeper = Agency.objects.filter(code="information").first()
    if keeper is None or Category.objects.filter(code=FAULTS).exists():
        return
    who: dict[str, Any] = {"by": None, "at": at}
    category = rulebook.add_category(
        code=FAULTS,
        group="utility",
        name="公共無線上網故障",
        name_en="Public WiFi fault",
        order=9000,
        needs_place=False,
        **who,
    )
    terms: dict[str, Any] = {
        "urgent": False,
        "final_working_days": 7,
        "source": "本府陳情案件作業規定",
        "near_metres": 50,
    }
    rulebook.set_term(category, valid_from=date(2015, 1, 1), **terms, **who)
    rulebook.add_routing(agency=keeper, category=category, valid_from=date(2015, 1, 1), **who)


def _rows(city: int, central: int, share: float, chance: Random) -> list[dict[str, Any]]:
    areas = {one["name"]: one for one in shapes()["districts"]}
    turn = sorted(areas)
    found = []
    for zone, name, most, (lon, lat) in ZONES:
        for n in range(max(1, round(most * share)) if share else 0):
            row = _row(areas[name], f"{zone}第{n + 1}號燈桿", "桃園市政府", SiteKind.MARKET, chance) | {"zone": zone}
            near = {
                "lon": round(lon + chance.uniform(-0.0012, 0.0012), 6),
                "lat": round(lat + chance.uniform(-0.0012, 0.0012), 6),
            }
            found.append(row | near)
    found = found[:city]
    for n in range(city - len(found)):
        kind, names = SITES[n % len(SITES)]
        area = areas[turn[(n // len(SITES)) % len(turn)]]
        found.append(_row(area, f"{names[n % len(names)]}{n + 1}", "桃園市政府", kind, chance))
    for n in range(central):
        operator, kind, name = CENTRAL[n % len(CENTRAL)]
        area = areas[turn[(n // len(CENTRAL)) % len(turn)]]
        found.append(_row(area, f"{name}{n + 1}", operator, kind, chance))
    return found


def _row(area: dict[str, Any], name: str, operator: str, kind: str, chance: Random) -> dict[str, Any]:
    lon, lat = _spot(area, chance)
    street = chance.choice(STREETS)
    address = f"桃園市{area['name']}{street}{chance.randint(1, 400)}號"
    return {
        "name": f"{area['name'][:-1]}{name}" if not name.startswith(area["name"][:-1]) else name, "operator": operator,
        "kind": kind, "address": address, "lon": lon, "lat": lat,
    }  # fmt: skip


def _spot(area: dict[str, Any], chance: Random) -> tuple[float, float]:
    """Somewhere in the middle of a district."""
    west, south, east, north = area["box"]
    for _n in range(200):
        lon, lat = round(chance.uniform(west, east), 6), round(chance.uniform(south, north), 6)
        there = places.area_of(Point(lon, lat)).district
        if there is not None and there.code == area["code"]:
            return lon, lat
    lon, lat = area["label"]
    return lon, lat


def _add(row: dict[str, Any], first: date, at: datetime) -> Hotspot:
    is_city = row["operator"] == "桃園市政府"
    more: dict[str, Any] = {"builder": Builder.CITY if is_city else Builder.CENTRAL}
    if is_city:
        agency = Agency.objects.filter(code=KEEPERS[row["kind"]]).first()
        more |= {
            "agency": agency, "contract": f"無線網路-{first.year - 1911}-{KEEPERS[row['kind']][:3].upper()}",
            "contract_from": first, "contract_to": first + timedelta(days=3 * 365), "promised": Decimal("99.00"),
        }  # fmt: skip
    return services.add_hotspot(since=first, by=None, at=at, **row, **more)


def _spoil(made: list[Hotspot], today: date, at: datetime) -> None:
    """One of the neighbouring district's address, one with a contract that is over, one paused."""
    if len(made) < 20:
        return
    other = made[12]
    services.change_hotspot(
        other,
        address="桃園市龜山區中山路88號" if "龜山" not in other.name else "桃園市八德區中山路88號",
        by=None,
        at=at,
    )
    over = made[30 % len(made)]
    services.change_hotspot(over, contract_to=today - timedelta(days=5), by=None, at=at)
    services.record_state(
        made[17], state=HotspotState.PAUSED, since=today - timedelta(days=9), reason="設備更新", by=None, at=at
    )


# ---- how they ran ----------------------------------------------------------------------------------------------------


def _use(now: datetime, monthly: int, *, daily: bool) -> None:
    """What the controllers sent each month; with `daily` the running month by days. Five months of the report are exact."""
    chance, today = dice("wifi use"), day_of(now)
    hotspots = list(Hotspot.objects.order_by("code"))
    begins = HotspotStep.objects.order_by("since").values_list("since", flat=True).first() or today
    weights = {one.pk: chance.uniform(0.3, 1.7) * (3.0 if one.zone_id else 1.0) for one in hotspots}
    idle = {one.pk for one in hotspots[40::97]}
    exact = _apportioned(monthly * len(COURSE), list(COURSE.values()))
    of_month = dict(zip(COURSE, exact, strict=True))
    with TemporaryDirectory() as folder:
        for month in _months(begins, today):
            total = of_month.get(month.month, round(monthly * chance.uniform(0.9, 1.05)))
            running = daily and month == today.replace(day=1)
            rows = _month_rows(hotspots, weights, idle, month, total, chance, today if running else None)
            _send(rows, month, Path(folder), now)


def _months(first: date, last: date) -> list[date]:
    count = (last.year - first.year) * 12 + last.month - first.month + 1
    return [date((first.month - 1 + n) // 12 + first.year, (first.month - 1 + n) % 12 + 1, 1) for n in range(count)]


def _apportioned(total: int, weights: list[float]) -> list[int]:
    """A whole number in parts by weights, none of it lost; no parts where there is no weight, as in a very small city."""
    if not weights:
        return []
    bounds = [round(total * sum(weights[:n]) / sum(weights)) for n in range(len(weights) + 1)]
    return [after - before for before, after in pairwise(bounds)]


def _month_rows(
    hotspots: list[Hotspot], weights: dict[int, float], idle: set[int], month: date, total: int, chance: Random, today: date | None
) -> list[list[Any]]:  # fmt: skip
    """A row for each hotspot and the month, or each day so far. What the city's add up to is the total."""
    rows: list[list[Any]] = []
    days = [month + timedelta(days=n) for n in range(today.day)] if today else [month]
    for builder, many in ((Builder.CITY, total), (Builder.CENTRAL, total * 2 // 5)):
        these = [one for one in hotspots if one.builder == builder]
        shares = _apportioned(
            many * len(days) // 30 if today else many, [0.001 if one.pk in idle else weights[one.pk] for one in these]
        )
        for one, sessions in zip(these, shares, strict=True):
            ran = chance.uniform(0.93, 0.985) if chance.random() < 0.06 else chance.uniform(0.991, 1.0)
            for day, n in zip(days, _apportioned(sessions, [1.0] * len(days)), strict=True):
                minutes = 1440 if today else monthrange(day.year, day.month)[1] * 1440
                said = f"{day}" if today else f"{day:%Y-%m}"
                rows.append([said, one.code, n, n * 5 // 8, n * 38, int(minutes * ran)])
    return rows


def _send(rows: list[list[Any]], month: date, folder: Path, now: datetime) -> None:
    """One file of the controllers, taken in as any other."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([column.key for column in controllers.COLUMNS])
    writer.writerows(rows)
    report = controllers.read(io.BytesIO(out.getvalue().encode()), today=day_of(now))
    path = folder / f"wifi-{month:%Y-%m}.csv"
    path.write_bytes(controllers.as_batch(report))
    sent = min(now, instant(use.last_day(month) + timedelta(days=1), 9))
    usage.take_in(path, source=figures.SOURCE, first=report.first, last=report.last, by=None, at=sent)


def _outages(now: datetime) -> None:
    """Some that are over, one that lasts too long, one that has just begun."""
    chance, kept = dice("wifi outages"), list(Hotspot.objects.filter(agency__isnull=False).order_by("code"))
    if len(kept) < 20:
        return
    causes = list(Cause)
    for n, one in enumerate(kept[3:19:2]):
        began = now - timedelta(days=3 + 5 * n, minutes=chance.randint(0, 900))
        ended = began + timedelta(minutes=chance.randint(40, 1800))
        outages.record(one, began_at=began, ended_at=ended, cause=causes[n % len(causes)], by=None, at=ended)
    for one, hours in ((kept[1], 41), (kept[2], 3)):
        outages.record(one, began_at=now - timedelta(hours=hours), ended_at=None, cause=Cause.LINE, by=None, at=now)
    outages.watch(at=now)


def _people(now: datetime) -> None:
    """How many people live in each village, as the household registers would say it: invented."""
    chance, month = dice("wifi people"), day_of(now).replace(day=1) - timedelta(days=1)
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["as_of", "village", "people"])
    for code in places.village_middles():
        writer.writerow([f"{month:%Y-%m}", code, int(chance.triangular(700, 14_000, 3_400))])
    placement.import_people(io.BytesIO(out.getvalue().encode()), by=None, at=now)
