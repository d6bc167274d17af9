"""From points and addresses to village, district and what layers say there. Nothing of it is kept here; `point_lists` keeps
what takes longer than somebody waits.
"""

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
MOST_AT_ONCE = 2_000
"""Rows that are answered while somebody waits."""
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


@dataclass(frozen=True)
class _Degrees:
    """Longitude and latitude, how they were found, and what is wrong."""

    lon: float | None = None
    lat: float | None = None
    found_by: str = ""
    why: str = ""


def _degrees(asked: Sequence[Asked]) -> list[_Degrees]:
    """Each place in degrees; addresses are looked up together."""
    words = [one.address.strip()[:120] for one in asked if one.lon is None or one.lat is None]
    found = finding.find_each(filter(None, words), limit=2)
    return [_placed(one, found) for one in asked]


def _placed(one: Asked, found: Iterator[list[finding.Candidate]]) -> _Degrees:
    if one.lon is not None and one.lat is not None:
        if not (np.isfinite(one.lon) and np.isfinite(one.lat) and abs(one.lon) <= 180 and abs(one.lat) <= 90):
            return _Degrees(why=_wrong(one.lon, one.lat))
        return _Degrees(one.lon, one.lat)
    if not one.address.strip():
        return _Degrees(why=_("沒有座標，也沒有地址。"))
    candidates = next(found)
    if not candidates:
        return _Degrees(why=_("找不到這個地址。"))
    first, *others = candidates
    if others and first.district != others[0].district and first.accuracy_m == others[0].accuracy_m:
        return _Degrees(why=_("這個地址在幾個行政區都有，請加上行政區。"))
    return _Degrees(first.point.lon, first.point.lat, first.label)


def _wrong(lon: float, lat: float) -> str:
    """What is wrong with two numbers that are no degrees."""
    if 90 < abs(lat) <= 180 and np.isfinite(lon):
        return _("經度和緯度好像寫反了。")
    if 100_000 < lon < 400_000 and 2_300_000 < lat < 2_950_000:
        return _("這是公尺座標（例如 TWD97），請先換成經度與緯度。")
    return _("座標不是地球上的位置。")


def answered(asked: Sequence[Asked], layers: Sequence[Shown]) -> list[Answer]:
    """Each place with its village, district and the attributes of the layers at it, all at once."""
    known = _degrees(asked)
    there = [place for place, one in enumerate(known) if one.lon is not None]
    lon = np.array([known[place].lon for place in there], dtype=float)
    lat = np.array([known[place].lat for place in there], dtype=float)
    villages = places.boundaries().villages
    district_names = {name.code: str(name) for name in places.boundaries().districts.names}
    inside = _areas(villages, lon, lat)
    said = [_attributes(one, lon, lat) for one in layers]
    answers = [Answer(None, None, why=one.why) for one in known]
    for n, place in enumerate(there):
        village = villages.names[inside[n]] if inside[n] >= 0 else None
        answers[place] = Answer(
            float(lon[n]), float(lat[n]),
            village.code if village else "", str(village) if village else "",
            village.district_code if village else "", district_names.get(village.district_code, "") if village else "",
            known[place].found_by, "" if village else _("不在本市範圍內。"), tuple(each for one in said for each in one[n]),
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


class TooLong(CannotReadSheet):
    """The list has more rows than are answered while somebody waits."""


@dataclass(frozen=True)
class Listed:
    """A list as it was handed in: its headings, its rows with their lines in the sheet, and what each asks."""

    headings: list[str]
    lines: list[int]
    rows: list[list[str]]
    asked: list[Asked]


def read(content: BinaryIO, *, most: int = MOST_ROWS) -> Listed:
    """A list with longitude and latitude, or with addresses. Raises CannotReadSheet; TooLong for more rows than `most`,
    without reading on.
    """
    lines = sheets.read_table(content, most=MOST_ROWS)
    headings = next(lines, (0, []))[1]
    keys = [heading_key(one) for one in headings]
    lon, lat, address = (next((n for n, key in enumerate(keys) if key in names), None) for names in (LON, LAT, ADDRESS))
    if (lon is None or lat is None) and address is None:
        raise CannotReadSheet(_("找不到經度與緯度，也找不到地址的欄位。欄位名稱請寫「經度」「緯度」或「地址」。"))
    found = Listed(headings, [], [], [])
    for number, cells in lines:
        if len(found.rows) == most:
            raise TooLong(_("清單超過%(most)s列。") % {"most": f"{most:,}"})
        found.lines.append(number)
        found.rows.append(cells)
        found.asked.append(_asked(cells, lon, lat, address))
    if not found.rows:
        raise CannotReadSheet(_("清單只有欄位名稱，沒有資料。"))
    return found


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


def beside(row: Sequence[str], wide: int, one: Answer, added: int) -> list[Any]:
    """A row of the list with what was found beside it, as wide as the headings are."""
    found = cells(one)
    return [*[*row, *[""] * wide][:wide], *found, *[None] * (added - len(found))]


def filled(listed: Listed, layers: Sequence[Shown]) -> Iterator[list[Any]]:
    """The list with what was found beside each row."""
    wide, added = len(listed.headings), len(headings(layers))
    for row, one in zip(listed.rows, answered(listed.asked, layers), strict=True):
        yield beside(row, wide, one, added)
