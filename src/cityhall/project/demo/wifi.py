"""The demo city's hotspots, by the product's own acts. Places, agencies' contracts and positions are invented.

A hotspot lies somewhere in its district by the real boundaries; a few are wrong, so that the checks have something to find.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from cityhall.domains.petitions.models import Category
from cityhall.domains.petitions.services import rulebook
from cityhall.domains.wifi import services
from cityhall.domains.wifi.models import Hotspot
from cityhall.domains.wifi.states import Builder, HotspotState, SiteKind
from cityhall.engines.directory.models import Agency
from cityhall.engines.places import queries as places
from cityhall.engines.places.rules import Point
from cityhall.engines.rules.services import set_parameter
from cityhall.foundation.clock import at as instant
from cityhall.foundation.clock import day_of
from cityhall.foundation.lots import dice
from cityhall.web.maps import shapes

UPGRADED = date(2017, 7, 1)
FAULTS = "public_wifi"
ZONES = (
    ("桃園火車站站前廣場", "桃園區", 8),
    ("藝文特區廣場", "桃園區", 7),
    ("中壢火車站站前廣場", "中壢區", 8),
    ("六合商圈", "中壢區", 6),
)
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
    return _load(now, begins, round(SMALL_CITY * share), round(SMALL_CENTRAL * share), share, say, wrong=True)


def live_year(now: datetime, *, begins: date, share: float, say: Callable[[str], None]) -> int:
    """The year at full scale: 516 of the city, 29 of them in four hot zones, and 292 of central agencies."""
    return _load(now, begins, round(YEAR_CITY * share), round(YEAR_CENTRAL * share), share, say, wrong=False)


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
    for zone, name, most in ZONES:
        for n in range(max(1, round(most * share)) if share else 0):
            found.append(
                _row(areas[name], f"{zone}第{n + 1}號燈桿", "桃園市政府", SiteKind.MARKET, chance) | {"zone": zone}
            )
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
