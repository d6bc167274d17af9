"""The demo city's first layers: what its own systems know, listed in the catalogue, and two clients that read them."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from cityhall.domains.spatial import analyses, dispatching, services, statistics
from cityhall.domains.spatial.computing import Column, Outcome
from cityhall.domains.spatial.models import Layer
from cityhall.domains.spatial.states import AnalysisState, ClientKind, Theme, Tool
from cityhall.engines.directory.models import Agency
from cityhall.engines.identity.clients import Quota
from cityhall.engines.places import memory
from cityhall.engines.usage import services as usage
from cityhall.foundation.clock import at as instant
from cityhall.foundation.clock import day_of
from cityhall.foundation.lots import dice
from cityhall.project.boundaries import ATLAS_DAY

# Code, name, English name, theme, agency, access, licence, upkeep.
LAYERS = (
    ("districts", "行政區界", "District boundaries", "BOUNDARIES", "civil_affairs", "PUBLIC", "OPEN", "IRREGULAR"),
    ("villages", "村里界", "Village boundaries", "BOUNDARIES", "civil_affairs", "PUBLIC", "OPEN", "IRREGULAR"),
    ("petitions-by-village", "各村里陳情案件數", "Petitions by village", "SERVICE", "rdec", "PUBLIC", "OPEN", "DAILY"),
    ("controlled-projects", "列管計畫", "Controlled projects", "WORKS", "rdec", "GOVERNMENT", "INTERNAL", "DAILY"),
)  # fmt: skip


def load(now: datetime, *, say: Callable[[str], None] = lambda words: None) -> int:
    """List the layers and add a system and a project; says how many layers there are."""
    agencies = {one.code: one for one in Agency.objects.filter(code__in={row[4] for row in LAYERS})}
    who: dict[str, Any] = {"by": None, "at": now}
    made = {}
    for code, title, title_en, theme, agency, rights, licence, upkeep in LAYERS:
        dated_on = ATLAS_DAY if theme == "BOUNDARIES" else day_of(now)
        made[code] = services.list_layer(
            code, title=title, title_en=title_en, theme=theme, agency=agencies[agency], rights=rights, licence=licence,
            upkeep=upkeep, dated_on=dated_on, **who,
        )  # fmt: skip
    given: dict[str, Any] = {"contact": None, "quota": Quota(600, 200_000), "starts_on": day_of(now), **who}
    services.add_client(
        kind=ClientKind.SYSTEM,
        name="民政地圖",
        agency=agencies["civil_affairs"],
        purpose="里鄰業務查詢",
        ends_on=None,
        **given,
    )
    dispatching.client(now)
    project, _key = services.add_client(
        kind=ClientKind.PROJECT, name="路網改善評估", agency=agencies["rdec"], purpose="比對列管計畫與陳情熱點",
        ends_on=day_of(now) + timedelta(days=180), **given,
    )  # fmt: skip
    services.grant(project, made["controlled-projects"], purpose="路網改善評估", **who)
    say(f"空間圖資 {len(made)} 種")
    _statistics(now, say=say)
    _land_use(now, agencies["rdec"])
    _analyses(now, say=say)
    return len(made) + 1


ZONES = ("住宅區", "商業區", "工業區", "農業區", "公園綠地", "保護區")
CELL = 1_200.0


def _land_use(now: datetime, agency: Agency) -> None:
    """Zones drawn by us: a grid over the city, more homes and shops where villages are small."""
    draw = dice("land use")
    villages = memory.boundaries().villages
    areas = shapely.area(villages.shapes) / 1e6
    west, south, east, north = shapely.total_bounds(villages.shapes)
    cells, zones = [], []
    for x in np.arange(west, east, CELL):
        for y in np.arange(south, north, CELL):
            cell = shapely.box(x, y, x + CELL, y + CELL)
            place = villages.at(cell.centroid)
            if place is None:
                continue
            town = areas[place] < 2.5
            weights = (38, 12, 14, 20, 12, 4) if town else (7, 1, 8, 46, 6, 32)
            cells.append(cell)
            zones.append(draw.choices(ZONES, weights)[0])
    columns = [Column("使用分區", "string", ("使用分區", "使用分區"))]
    outcome = Outcome(columns, [zones], np.array(cells, dtype=object), "使用分區", ("", ""))
    services.keep_layer(
        "land-use", outcome.parquet(), title="土地使用分區（示範）", title_en="Land-use zones (demonstration)",
        about="示範用的分區，依網格產生，不是都市計畫。", theme="LAND", agency=agency, rights="PUBLIC", licence="OPEN", scale=25_000,
        dated_on=day_of(now), upkeep="YEARLY", by=None, at=now,
    )  # fmt: skip


def _analyses(now: datetime, *, say: Callable[[str], None]) -> None:
    """A few analyses, each with another tool."""
    year = day_of(now).year - 1
    people = f"stat:people:{year}"
    criteria = [
        {"measure": f"stat:elderly:{year}", "weight": 50, "more": True},
        {"measure": people, "weight": 20, "more": True},
        {"measure": "near:controlled-projects", "weight": 30, "more": False},
    ]
    asked: list[tuple[Tool, str, dict[str, Any]]] = [
        (Tool.OVERLAY, "各里土地使用分區面積", {"classes": "land-use:使用分區"}),
        (Tool.CHANGE, "兩年間各里人口增減", {"before": f"stat:people:{year - 1}", "after": people}),
        (Tool.HOT_SPOTS, "陳情熱區（每千人）", {"measure": "column:petitions-by-village:petitions", "people": people}),
        (Tool.SITE, "高齡者日間照顧據點選址", {"criteria": criteria}),
        (
            Tool.COVERAGE,
            "列管計畫周圍一公里涵蓋的人口",
            {"layer": "controlled-projects", "radius": 1000, "people": people},
        ),
    ]
    done = 0
    for tool, title, said in asked:
        one = analyses.ask(tool, title, {"level": "VILLAGE", **said}, by=None, at=now)
        analyses.carry_out(one, at=now)
        one.refresh_from_db()
        done += one.state == AnalysisState.DONE
    say(f"空間分析 {done} 個")


# ---- the year 105 ---------------------------------------------------------------------------------------------------

YEAR_LAYERS, YEAR_AGENCIES, YEAR_QUERIES = 489, 25, 14_201_585
YEAR_CLIENTS = {ClientKind.SYSTEM: 22, ClientKind.PROJECT: 4}
SUBJECTS = ("設施", "點位", "範圍", "路線", "統計圖", "管制區")


def live_year(now: datetime, *, begins: date, share: float, say: Callable[[str], None]) -> int:
    """489 layers of 25 agencies, 22 systems and 4 projects, and the questions of 2016 as the batch of an outside system."""
    if Layer.objects.exists():
        return 0
    listed = instant(begins, 9)
    agencies = list(Agency.objects.filter(closed_on=None).order_by("order", "code")[:YEAR_AGENCIES])
    themes = list(Theme)
    layers = max(len(agencies), round(YEAR_LAYERS * share))
    for n in range(layers):
        agency, theme = agencies[n % len(agencies)], themes[n % len(themes)]
        services.keep_layer(
            f"year-{n + 1:03}", _little(n), title=f"{agency.name}{SUBJECTS[n % len(SUBJECTS)]}{n // len(agencies) + 1:02}",
            title_en=f"Layer {n + 1}", about="示範資料。", theme=theme, agency=agency, rights="PUBLIC", licence="OPEN",
            dated_on=begins, upkeep="YEARLY", by=None, at=listed,
        )  # fmt: skip
    dispatching.client(listed)
    for kind, many in YEAR_CLIENTS.items():
        for n in range(kind == ClientKind.SYSTEM, max(1, round(many * share))):  # dispatch is the first of the systems
            services.add_client(
                kind=kind, name=f"{agencies[n % len(agencies)].name}{kind.label}{n + 1}", agency=agencies[n % len(agencies)],
                contact=None, purpose="業務查詢", starts_on=begins, ends_on=date(2017, 12, 31) if kind == ClientKind.PROJECT else None,
                quota=Quota(600, 200_000), by=None, at=listed,
            )  # fmt: skip
    statistics.furnish(begins)
    asked = _year_of_queries(round(YEAR_QUERIES * share), layers, now)
    say(f"空間圖資 {layers:,} 種，查詢 {asked:,} 次（虛構）")
    return layers


def _little(n: int) -> bytes:
    """A layer of one square, as small as a layer can be."""
    x, y = 265_000.0 + (n % 20) * 900, 2_755_000.0 + (n // 20) * 900
    columns = [Column("name", "string", ("名稱", "Name"))]
    shapes = np.array([shapely.box(x, y, x + 800, y + 800)], dtype=object)
    return Outcome(columns, [[f"示範{n + 1}"]], shapes, "name", ("", "")).parquet()


def _year_of_queries(many: int, layers: int, now: datetime) -> int:
    """The questions of 2016, evenly over its days, as one file that the import of counted use takes in."""
    days = [date(2016, 1, 1) + timedelta(days=n) for n in range(366)]
    lines = ["day,act,subject,subject_kind,n"]
    for n, day in enumerate(days):
        part = many * (n + 1) // len(days) - many * n // len(days)
        if part:
            lines.append(f"{day},features,year-{n % layers + 1:03},layer,{part}")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "spatial-2016.csv"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        usage.take_in(path, source="spatial", first=days[0], last=days[-1], by=None, at=now)
    return many


# ---- socio-economic statistics: numbers that fit each other, drawn from one seed ---------------------------------------

BY_VILLAGE = ("households", "people", "men", "women", "children", "working-age", "elderly", "births", "deaths")
PER_THOUSAND = {
    "moved-in": 34, "moved-out": 31, "marriages": 6, "divorces": 2, "foreign-residents": 42, "indigenous": 33, "hospitals": 0.015,
    "clinics": 0.7, "beds": 4.6, "physicians": 2.1, "nurses": 5.9, "pharmacies": 0.4, "care-homes": 0.03, "care-places": 1.9,
    "disabled": 39, "labour-force": 510, "employed": 491, "unemployed": 19, "factories": 4.9, "companies": 27, "shops": 25,
    "migrant-workers": 51, "vacancies": 22, "placements": 13, "thefts": 1.1, "violent-crimes": 0.03, "frauds": 1.6,
    "traffic-accidents": 17, "traffic-injured": 22, "fires": 0.9, "fire-stations": 0.02, "police-stations": 0.03, "cameras": 6,
    "ambulance-calls": 44, "hotels": 0.09, "rooms": 5.2, "homestays": 0.02, "restaurants": 3.2, "cafes": 0.9,
    "night-markets": 0.01, "sights": 0.03, "visitors": 9100, "kindergartens": 0.28, "primary-schools": 0.08,
    "junior-schools": 0.03, "pupils": 57, "students": 26, "libraries": 0.015, "loans": 3300,
}  # fmt: skip
BETWEEN = {
    "median-age": (38, 45), "vaccinated": (44, 61), "unemployment": (3.2, 3.9), "participation": (57, 61),
    "clearance": (91, 99), "graduates": (33, 58),
}  # fmt: skip


def _villages(seed: str) -> dict[str, dict[str, int]]:
    """People of each village: more where villages are small, as they are in towns."""
    draw = dice(seed)
    found = {}
    for name in memory.boundaries().villages.names:
        people = int(draw.lognormvariate(8.3, 0.45)) + 180
        men, children, elderly = (
            int(people * draw.uniform(*share)) for share in ((0.485, 0.515), (0.11, 0.17), (0.11, 0.2))
        )
        found[name.code] = {
            "people": people, "households": int(people / draw.uniform(2.4, 2.9)), "men": men, "women": people - men,
            "children": children, "elderly": elderly, "working-age": people - children - elderly,
            "births": int(people * draw.uniform(0.004, 0.011)), "deaths": int(people * draw.uniform(0.005, 0.008)),
        }  # fmt: skip
    return found


def _statistics(now: datetime, *, say: Callable[[str], None]) -> None:
    """The 64 items, their numbers of the last two years as sheets that the import takes in."""
    today = day_of(now)
    statistics.furnish(today)
    names = memory.boundaries().villages.names
    for year in (today.year - 2, today.year - 1):
        by_village = _villages(f"people {year}")
        sheets = {
            "VILLAGE": (
                (item, code, str(year), numbers[item]) for code, numbers in by_village.items() for item in BY_VILLAGE
            ),
            "DISTRICT": _by_district(by_village, {one.code: one.district_code for one in names}, year),
        }
        for level, rows in sheets.items():
            statistics.import_numbers(
                statistics.sheet_of(rows), level=level, source="示範資料，依行政區界產生", by=None, at=now
            )
    say("社會經濟統計 64 項")


def _by_district(
    by_village: dict[str, dict[str, int]], above: dict[str, str], year: int
) -> Iterator[tuple[str, str, str, float]]:  # fmt: skip
    draw = dice(f"districts {year}")
    sums: dict[str, dict[str, int]] = {}
    for code, numbers in by_village.items():
        held = sums.setdefault(above[code], dict.fromkeys(BY_VILLAGE, 0))
        for item in BY_VILLAGE:
            held[item] += numbers[item]
    for code, numbers in sorted(sums.items()):
        yield from ((item, code, str(year), numbers[item]) for item in BY_VILLAGE)
        for item, rate in PER_THOUSAND.items():
            yield item, code, str(year), round(numbers["people"] / 1000 * rate * draw.uniform(0.75, 1.25))
        for item, (low, high) in BETWEEN.items():
            yield item, code, str(year), round(draw.uniform(low, high), 1)
