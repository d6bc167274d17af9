"""From points and addresses to village, district and what layers say there. Nothing of it is kept."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO

import numpy as np
import shapely
from django.utils.translation import gettext as _

from cityhall.engines.files import sheets
from cityhall.engines.files.sheets import CannotReadSheet, heading_key
from cityhall.engines.layers import memory, selecting
from cityhall.engines.layers.registry import UnfitTable
from cityhall.engines.places import geodesy
from cityhall.engines.places import memory as places
from cityhall.engines.places import queries as finding

from .queries import Shown

MOST_ROWS = 100_000
MOST_ADDRESSES = 2_000
MOST_LAYERS = 5
LON, LAT, ADDRESS = (
    {"lon", "lng", "longitude", "經度"},
    {"lat", "latitude", "緯度"},
    {"address", "addr", "地址", "住址"},
)


@dataclass(frozen=True)
class Asked:
    """One place that is asked for: degrees, or an address."""

    lon: float | None = None
    lat: float | None = None
    address: str = ""


@dataclass(frozen=True)
class Answer:
    """Where it lies and what layers say there; `why` says what is wrong where nothing is known."""

    lon: float | None
    lat: float | None
    village_code: str = ""
    village: str = ""
    district_code: str = ""
    district: str = ""
    found_by: str = ""
    why: str = ""
    attributes: tuple[tuple[str, str, Any], ...] = ()  # layer, column, value


def _degrees(one: Asked) -> tuple[float | None, float | None, str, str]:
    """Longitude, latitude, how it was found, and what is wrong."""
    if one.lon is not None and one.lat is not None:
        if not (np.isfinite(one.lon) and np.isfinite(one.lat) and abs(one.lon) <= 180 and abs(one.lat) <= 90):
            swapped = np.isfinite(one.lat) and 90 < abs(one.lat) <= 180
            return None, None, "", _("經度和緯度好像寫反了。") if swapped else _("座標不是地球上的位置。")
        return one.lon, one.lat, "", ""
    if not one.address.strip():
        return None, None, "", _("沒有座標，也沒有地址。")
    found = finding.find(one.address.strip()[:120], limit=2)
    if not found:
        return None, None, "", _("找不到這個地址。")
    if len(found) > 1 and found[0].district != found[1].district and found[0].accuracy_m == found[1].accuracy_m:
        return None, None, "", _("這個地址在幾個行政區都有，請加上行政區。")
    return found[0].point.lon, found[0].point.lat, found[0].label, ""


def answered(asked: Sequence[Asked], layers: Sequence[Shown]) -> list[Answer]:
    """Each place with its village, district and the attributes of the layers at it, all at once."""
    known = [_degrees(one) for one in asked]
    there = [place for place, one in enumerate(known) if one[0] is not None]
    lon = np.array([known[place][0] for place in there], dtype=float)
    lat = np.array([known[place][1] for place in there], dtype=float)
    villages = places.boundaries().villages
    district_names = {name.code: str(name) for name in places.boundaries().districts.names}
    inside = _areas(villages, lon, lat)
    said = [_attributes(one, lon, lat) for one in layers]
    answers = [Answer(None, None, why=one[3]) for one in known]
    for n, place in enumerate(there):
        village = villages.names[inside[n]] if inside[n] >= 0 else None
        answers[place] = Answer(
            float(lon[n]), float(lat[n]),
            village.code if village else "", str(village) if village else "",
            village.district_code if village else "", district_names.get(village.district_code, "") if village else "",
            known[place][2], "" if village else _("不在本市範圍內。"), tuple(each for one in said for each in one[n]),
        )  # fmt: skip
    return answers


def _areas(areas: places.Areas, lon: Any, lat: Any) -> Any:
    """The place of the area that holds each point; -1 outside."""
    found = np.full(len(lon), -1, dtype=np.int64)
    if not len(lon) or not areas.names:
        return found
    near = (np.abs(lon - 121) < 10) & (np.abs(lat - 24) < 10)  # the plane is made for here
    east, north = geodesy.to_plane(np.where(near, lon, 121), np.where(near, lat, 60))
    asked, held = areas.tree.query(shapely.points(east, north), predicate="intersects")
    order = np.argsort(held, kind="stable")[::-1]
    found[asked[order]] = held[order]
    return found


def _attributes(one: Shown, lon: Any, lat: Any) -> list[list[tuple[str, str, Any]]]:
    """What a layer of areas says at each point."""
    try:
        held = memory.held(one.source, one.version)
    except UnfitTable:
        return [[] for _each in lon]
    columns = [column for column in one.source.columns if column.name not in ("code", "district_code")]
    values = {column.name: held.table[column.name].to_pylist() for column in columns}
    at = selecting.at_points(held, lon, lat)
    return [
        [(str(one.layer), str(column.title or column.name), memory.written(values[column.name][place]) if place >= 0 else None)
         for column in columns]
        for place in at
    ]  # fmt: skip


# ---- lists -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Listed:
    """A list as it was handed in: its headings and rows, and what each asks."""

    headings: list[str]
    rows: list[list[str]]
    asked: list[Asked]


def read(content: BinaryIO) -> Listed:
    """A list with longitude and latitude, or with addresses. Raises CannotReadSheet."""
    lines = sheets.read_table(content, most=MOST_ROWS)
    headings = next(lines, (0, []))[1]
    keys = [heading_key(one) for one in headings]
    lon, lat, address = (next((n for n, key in enumerate(keys) if key in names), None) for names in (LON, LAT, ADDRESS))
    if (lon is None or lat is None) and address is None:
        raise CannotReadSheet(_("找不到經度與緯度，也找不到地址的欄位。欄位名稱請寫「經度」「緯度」或「地址」。"))
    rows = [cells for _number, cells in lines]
    asked = [_asked(cells, lon, lat, address) for cells in rows]
    if sum(one.lon is None and bool(one.address) for one in asked) > MOST_ADDRESSES:
        raise CannotReadSheet(
            _("一次最多查%(most)s個地址；有座標的可以到%(rows)s列。")
            % {"most": f"{MOST_ADDRESSES:,}", "rows": f"{MOST_ROWS:,}"}
        )
    return Listed(headings, rows, asked)


def _asked(cells: Sequence[str], lon: int | None, lat: int | None, address: int | None) -> Asked:
    def cell(place: int | None) -> str:
        return cells[place].strip() if place is not None and place < len(cells) else ""

    try:
        if cell(lon) and cell(lat):
            return Asked(float(cell(lon)), float(cell(lat)))
    except ValueError:
        return Asked(float("nan"), float("nan"))
    return Asked(address=cell(address))


def headings(layers: Sequence[Shown]) -> list[str]:
    """What is added to a list."""
    said = [_("經度"), _("緯度"), _("村里代碼"), _("村里"), _("行政區代碼"), _("行政區"), _("找到的地點"), _("說明")]
    for one in layers:
        said += [
            f"{one.layer}：{column.title or column.name}"
            for column in one.source.columns
            if column.name not in ("code", "district_code")
        ]
    return [str(each) for each in said]


def cells(one: Answer) -> list[Any]:
    """An answer in the order of the headings."""
    return [
        one.lon, one.lat, one.village_code, one.village, one.district_code, one.district, one.found_by, one.why,
        *(value for _layer, _column, value in one.attributes),
    ]  # fmt: skip


def filled(listed: Listed, layers: Sequence[Shown]) -> Iterator[list[Any]]:
    """The list with what was found beside each row."""
    wide = len(listed.headings)
    for row, one in zip(listed.rows, answered(listed.asked, layers), strict=True):
        yield [*(row + [""] * wide)[:wide], *cells(one)]
