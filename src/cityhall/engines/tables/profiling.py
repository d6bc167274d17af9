"""What the columns of a table hold, in numbers: for charts, for choosing the first one, and for maps by district."""

from __future__ import annotations

import re
from collections import OrderedDict
from dataclasses import dataclass
from enum import StrEnum
from threading import Lock
from typing import TYPE_CHECKING, Any

from .asking import _patient, table
from .duck import quoted, select
from .reading import Column
from .rules import Kind
from .storing import Stored

if TYPE_CHECKING:
    import duckdb

TOP = 10
BINS = 20
KEPT = 500


class AreaKind(StrEnum):
    """How a column names districts or villages."""

    DISTRICT_CODE = "district_code"
    VILLAGE_CODE = "village_code"
    DISTRICT_NAME = "district_name"
    VILLAGE_NAME = "village_name"


@dataclass(frozen=True)
class Bin:
    """A stretch of a histogram, and how many cells lie in it."""

    low: float
    high: float
    count: int


@dataclass(frozen=True)
class ColumnProfile:
    """One column in numbers."""

    column: Column
    distinct: int
    empty: int
    least: Any
    most: Any
    top: tuple[tuple[Any, int], ...]
    histogram: tuple[Bin, ...]
    area: AreaKind | None


class FirstChart(StrEnum):
    """The chart that a table asks for."""

    LINE = "line"
    BAR = "bar"
    HISTOGRAM = "histogram"
    MAP = "map"
    TABLE = "table"


@dataclass(frozen=True)
class Profile:
    """A table in numbers."""

    rows: int
    columns: tuple[ColumnProfile, ...]
    placed: bool

    @property
    def areas(self) -> tuple[ColumnProfile, ...]:
        """The columns by which a map of districts or villages can be coloured, codes before names."""
        order = list(AreaKind)
        return tuple(
            sorted((one for one in self.columns if one.area), key=lambda one: order.index(one.area or order[0]))
        )

    @property
    def measures(self) -> tuple[ColumnProfile, ...]:
        """The columns of numbers that can be added up: no codes and no coordinates."""
        return tuple(one for one in self.columns if one.column.kind in (Kind.INTEGER, Kind.NUMBER) and not one.area
                     and not _NO_MEASURE.search(one.column.name))  # fmt: skip

    @property
    def first_chart(self) -> tuple[FirstChart, str]:
        """The chart to begin with, and the column along which it runs."""
        times = [
            one for one in self.columns if one.column.kind in (Kind.MONTH, Kind.DATE, Kind.TIME) and one.distinct > 2
        ]
        if times:
            return FirstChart.LINE, times[0].column.name
        classes = [one for one in self.columns if one.column.kind in (Kind.TEXT, Kind.BOOLEAN) and 2 <= one.distinct <= 40
                   and one.distinct * 2 <= self.rows]  # fmt: skip
        if classes:
            return FirstChart.BAR, min(classes, key=lambda one: (one.area is None, one.distinct)).column.name
        if self.placed:
            return FirstChart.MAP, ""
        if self.measures:
            return FirstChart.HISTOGRAM, self.measures[0].column.name
        return FirstChart.TABLE, ""


_NO_MEASURE = re.compile(
    r"^(lon|lat|lng|longitude|latitude|x|y|id|no|經度|緯度|編號|序號|項次|年|年度|year|objectid.*)$|[坐座]標|代碼|code$",
    re.IGNORECASE,
)
_CODES = {
    AreaKind.VILLAGE_CODE: re.compile(r"\d{8}-?\d{3}"),
    AreaKind.DISTRICT_CODE: re.compile(r"\d{8}"),
}
_NAMES = {
    AreaKind.DISTRICT_NAME: re.compile(r"(?:\w{2}[市縣])?\w{1,3}[區鄉鎮市]"),
    AreaKind.VILLAGE_NAME: re.compile(r"(?:\w{2}[市縣])?(?:\w{1,3}[區鄉鎮市])?\w{1,4}[里村]"),
}
_HEADINGS = {
    AreaKind.VILLAGE_CODE: re.compile(r"villcode|vill_?id|村里代碼|里代碼|v_id", re.IGNORECASE),
    AreaKind.DISTRICT_CODE: re.compile(
        r"towncode|town_?id|行政區代碼|區域代碼|鄉鎮(市區)?代碼|district_?code", re.IGNORECASE
    ),
}
_profiles: OrderedDict[str, Profile] = OrderedDict()
_lock = Lock()


def profile(store: Stored) -> Profile:
    """A table in numbers; counted once for a digest. Raises TooSlow."""
    with _lock:
        if (kept := _profiles.get(store.digest)) is not None:
            _profiles.move_to_end(store.digest)
            return kept
    with _patient(120.0) as con:
        made = Profile(store.rows, tuple(_column(store, one, con) for one in store.columns), store.placed)
    with _lock:
        _profiles[store.digest] = made
        while len(_profiles) > KEPT:
            _profiles.popitem(last=False)
    return made


def _column(store: Stored, column: Column, con: duckdb.DuckDBPyConnection) -> ColumnProfile:
    rows, name = table(store), quoted(column.name)
    if column.kind is Kind.GEOMETRY:
        asked = select(f"count(*) FILTER (WHERE {name} IS NULL)", rows.words)
        (empty,) = con.execute(asked, rows.values).fetchone() or (0,)
        return ColumnProfile(column, 0, empty, None, None, (), (), None)
    asked = select(f"count(DISTINCT {name}), count(*) - count({name}), min({name}), max({name})", rows.words)
    distinct, empty, least, most = con.execute(asked, rows.values).fetchone() or (0, 0, None, None)
    often = f"WHERE {name} IS NOT NULL GROUP BY 1 ORDER BY n DESC, 1 LIMIT {TOP}"
    asked = select(f"{name}, count(*) AS n", rows.words, often)
    top = tuple(con.execute(asked, rows.values).fetchall()) if distinct <= max(1_000, store.rows // 2) else ()
    histogram = _histogram(store, column, least, most, con) if column.kind in (Kind.INTEGER, Kind.NUMBER) else ()
    return ColumnProfile(column, distinct, empty, least, most, top, histogram, _area(store, column, con))


def _histogram(store: Stored, column: Column, least: Any, most: Any, con: duckdb.DuckDBPyConnection) -> tuple[Bin, ...]:
    if least is None or most is None:
        return ()
    rows, name = table(store), quoted(column.name)
    low, high = float(least), float(most)
    width = (high - low) / BINS
    if not width > 0 or width == float("inf"):
        return (Bin(low, high, store.rows),) if low == high else ()
    bin_of = f"least(CAST(floor((CAST({name} AS DOUBLE) - ?) / ?) AS INTEGER), {BINS - 1}) AS n"
    asked = select(f"{bin_of}, count(*)", rows.words, f"WHERE {name} IS NOT NULL GROUP BY 1")
    counted = dict(con.execute(asked, [low, width, *rows.values]).fetchall())
    return tuple(Bin(low + n * width, low + (n + 1) * width, counted.get(n, 0)) for n in range(BINS))


def _area(store: Stored, column: Column, con: duckdb.DuckDBPyConnection) -> AreaKind | None:
    """Whether nearly all cells name a district or a village, by code or by name."""
    if column.kind not in (Kind.TEXT, Kind.INTEGER):
        return None
    rows, name = table(store), quoted(column.name)
    asked = select(f"DISTINCT CAST({name} AS VARCHAR)", rows.words, f"WHERE {name} IS NOT NULL LIMIT 400")
    cells = [one[0].strip() for one in con.execute(asked, rows.values).fetchall()]
    if not cells:
        return None
    for kind, pattern in {**_CODES, **_NAMES}.items():
        fits = sum(bool(pattern.fullmatch(cell)) for cell in cells)
        if fits < 0.95 * len(cells):
            continue
        heading = _HEADINGS.get(kind)
        if heading is None or heading.search(column.name) or all(cell[:5] == cells[0][:5] for cell in cells):
            return kind
    return None
