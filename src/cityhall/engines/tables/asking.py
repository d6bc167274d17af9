"""Questions to a table and their answers. Pages are found by the rows' numbers, not by counting through the table."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from threading import Lock
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
from django.utils.translation import gettext as _

from .duck import PATIENCE, TookTooLong, asking, quoted, select
from .folding import SEPARATOR, folded_one
from .querying import MOST_WORDS, BadQuery, Condition, How, Measure, NoSuchColumn, Query
from .reading import Column
from .rules import Kind
from .storing import ROW_GROUP, Stored

if TYPE_CHECKING:
    import duckdb

TOTALS = 10_000
NARROW = 8 * ROW_GROUP
"""Rows between the first and the last of a page, up to which it is read from its stretch of the file."""
MOST_LISTED = 2_000
LONG_PATIENCE = 900.0


class TooSlow(BadQuery):
    """The question took too long and was stopped."""

    def __init__(self) -> None:
        super().__init__("query", _("這個查詢太久了，已經停止。請縮小範圍或增加條件。"))


@dataclass(frozen=True)
class Answer:
    """What was found."""

    columns: tuple[Column, ...]
    rows: list[tuple[Any, ...]]
    total: int | None
    took: float
    """Milliseconds."""
    next: tuple[Any, ...] = ()
    """What to give as `after` for the next page; empty where there is none."""


@dataclass
class _Sql:
    """Words of SQL and the values bound to them."""

    words: str
    values: list[Any]


class _Totals:
    """How many rows were counted for a question; the table of a digest never changes."""

    def __init__(self) -> None:
        self.kept: OrderedDict[Any, int] = OrderedDict()
        self.lock = Lock()

    def get(self, key: Any) -> int | None:
        with self.lock:
            if key in self.kept:
                self.kept.move_to_end(key)
            return self.kept.get(key)

    def keep(self, key: Any, total: int) -> None:
        with self.lock:
            self.kept[key] = total
            while len(self.kept) > TOTALS:
                self.kept.popitem(last=False)


_totals = _Totals()


def ask(store: Stored, query: Query, *, patience: float = PATIENCE) -> Answer:
    """Answer a question. Raises BadQuery (NoSuchColumn, TooSlow)."""
    began = time.perf_counter()
    with _patient(patience) as con:
        if query.grouped:
            columns, rows = _groups(store, query, con)
            total = _count_groups(store, query, con, len(rows)) if query.total else None
            return Answer(columns, rows, total, _since(began))
        names = _wanted(store, query)
        total = count(store, query, con) if query.total else None
        rows = _page(store, query, names, con) if query.limit and total != 0 else []
        further = _next(query, names, rows)
        columns = tuple(_column(store, name) for name in names)
        shown = [row[: len(names)] for row in rows]
        return Answer(columns, shown, total, _since(began), further)


@contextmanager
def _patient(patience: float) -> Iterator[duckdb.DuckDBPyConnection]:
    import duckdb

    try:
        with asking(patience) as con:
            yield con
    except TookTooLong:
        raise TooSlow from None
    except duckdb.ConversionException:
        raise BadQuery("query", _("這個查詢的數值超出範圍。")) from None
    except duckdb.OutOfRangeException:
        raise BadQuery("query", _("這個查詢的數值超出範圍。")) from None


def _since(began: float) -> float:
    return round((time.perf_counter() - began) * 1000, 1)


def _column(store: Stored, name: str) -> Column:
    if name == "_id":
        return Column("_id", "_id", Kind.INTEGER)
    found = store.column(name)
    if found is None:
        raise NoSuchColumn("fields", name)
    return found


def _wanted(store: Stored, query: Query) -> list[str]:
    """The columns of the answer: those asked for, or `_id` and all but shapes."""
    if query.fields:
        return [_column(store, name).name for name in query.fields]
    return ["_id", *(one.name for one in store.columns if one.kind is not Kind.GEOMETRY)]


def table(store: Stored) -> _Sql:
    """The table as DuckDB reads it; its name is a digest."""
    return _Sql("read_parquet(?)", [str(store.path)])


def where(store: Stored, query: Query) -> _Sql:
    """The conditions of a question. Raises NoSuchColumn."""
    parts: list[str] = []
    values: list[Any] = []
    for condition in query.filters:
        found = _condition(store, condition)
        parts.append(found.words)
        values += found.values
    for word in folded_one(query.q).split()[:MOST_WORDS]:
        parts.append("contains(_search, ?)")
        values.append(word)
    if query.bbox:
        west, south, east, north = query.bbox
        if store.geometry:
            parts.append("(bbox.xmin <= ? AND bbox.xmax >= ? AND bbox.ymin <= ? AND bbox.ymax >= ?)")
            values += [east, west, north, south]
        elif store.pair:
            lon, lat = map(quoted, store.pair)
            parts.append(f"({lon} BETWEEN ? AND ? AND {lat} BETWEEN ? AND ?)")
            values += [west, east, south, north]
    return _Sql(" AND ".join(parts), values)


def _condition(store: Stored, condition: Condition) -> _Sql:
    column = _column(store, condition.column)
    name = quoted(column.name)
    if condition.how is How.EMPTY:
        return _Sql(f"{name} IS NULL", [])
    if condition.how is How.FILLED:
        return _Sql(f"{name} IS NOT NULL", [])
    if condition.how is How.CONTAINS:
        return _contains(store, column, str(condition.values[0]))
    if condition.how is How.RANGE:
        (low, high), (low_open, high_open) = condition.values, condition.open_ends
        ends = []
        if low is not None:
            ends.append((f"{name} {'>' if low_open else '>='} ?", low))
        if high is not None:
            ends.append((f"{name} {'<' if high_open else '<='} ?", high))
        return _Sql(f"({' AND '.join(one[0] for one in ends) or 'true'})", [one[1] for one in ends])
    filled = [value for value in condition.values if value is not None]
    marks = ", ".join("?" * len(filled))
    words = f"{name} IN ({marks})" if len(filled) != 1 else f"{name} = ?"
    if not filled:
        words = "false"
    if len(filled) < len(condition.values):
        words = f"({words} OR {name} IS NULL)"
    return _Sql(words, filled)


def _contains(store: Stored, column: Column, text: str) -> _Sql:
    """A part of a cell, whatever its width and case: the folded text of the row has the columns one after the other."""
    word = folded_one(text)
    if column.kind not in (Kind.TEXT, Kind.MONTH):
        return _Sql(f"contains(CAST({quoted(column.name)} AS VARCHAR), ?)", [word])
    place = [one.name for one in store.columns if one.kind in (Kind.TEXT, Kind.MONTH)].index(column.name) + 1
    part = f"split_part(_search, '{SEPARATOR}', {place})"
    return _Sql(f"(contains(_search, ?) AND contains({part}, ?))", [word, word])


def _clause(found: _Sql, *more: str) -> str:
    parts = [one for one in (found.words, *more) if one]
    return f" WHERE {' AND '.join(parts)}" if parts else ""


def count(store: Stored, query: Query, con: duckdb.DuckDBPyConnection) -> int:
    """How many rows the question finds; counted once for a digest."""
    found = where(store, query)
    if not found.words:
        return store.rows
    key = (store.digest, found.words, tuple(found.values))
    kept = _totals.get(key)
    if kept is None:
        rows = table(store)
        asked = select("count(*)", rows.words, _clause(found))
        (kept,) = con.execute(asked, [*rows.values, *found.values]).fetchone() or (0,)
        _totals.keep(key, kept)
    return int(kept)


# Pages


def _page(store: Stored, query: Query, names: Sequence[str], con: duckdb.DuckDBPyConnection) -> list[tuple[Any, ...]]:
    """The rows of a page, each with its sorted value and its number behind the wanted columns."""
    found = where(store, query)
    order = [one for one in query.sort if one.column != "_id"]
    backwards = not order and bool(query.sort) and query.sort[0].descending
    more = f", {quoted(order[0].column)}" if order else ""
    chosen = f"{', '.join(map(quoted, names))}{more}, _id"
    if not order and not found.words:
        return _window(store, query, chosen, con, backwards)
    after = _after(query, order, backwards)
    clause = _clause(found, after.words)
    ordered = ", ".join(
        [f"{quoted(one.column)} {'DESC' if one.descending else 'ASC'} NULLS LAST" for one in order]
        + [f"_id {'DESC' if backwards else 'ASC'}"]
    )
    rows = table(store)
    tail = f" ORDER BY {ordered} LIMIT ? OFFSET ?"
    values = [*rows.values, *found.values, *after.values, query.limit, 0 if query.after else query.offset]
    if query.limit > MOST_LISTED or (order and not _grows(store, order[0].column)):
        asked = select(chosen, rows.words, clause + tail)
        return con.execute(asked, values).fetchall()
    asked = select("_id", rows.words, clause + tail)
    ids = [one[0] for one in con.execute(asked, values).fetchall()]
    return _by_number(store, ids, chosen, con)


def _by_number(store: Stored, ids: list[int], chosen: str, con: duckdb.DuckDBPyConnection) -> list[tuple[Any, ...]]:
    if not ids:
        return []
    rows = table(store)
    marks = ", ".join("?" * len(ids))
    asked = select(chosen, rows.words, f"WHERE _id BETWEEN ? AND ? AND _id IN ({marks})")
    found = con.execute(asked, [*rows.values, min(ids), max(ids), *ids]).fetchall()
    by_number = {row[-1]: row for row in found}
    return [by_number[one] for one in ids]


def _window(
    store: Stored, query: Query, chosen: str, con: duckdb.DuckDBPyConnection, backwards: bool
) -> list[tuple[Any, ...]]:
    """A page of the table as it stands: its numbers are known."""
    before = int(str(query.after[-1])) if query.after else None
    if backwards:
        last = store.rows - query.offset if before is None else before - 1
        first = last - query.limit + 1
    else:
        first = query.offset + 1 if before is None else before + 1
        last = first + query.limit - 1
    rows = table(store)
    order = "DESC" if backwards else "ASC"
    asked = select(chosen, rows.words, f"WHERE _id BETWEEN ? AND ? ORDER BY _id {order}")
    return con.execute(asked, [*rows.values, first, last]).fetchall()


def _after(query: Query, order: Sequence[Any], backwards: bool) -> _Sql:
    """The rows behind where the page before ended."""
    if not query.after:
        return _Sql("", [])
    number = query.after[-1]
    if not order:
        return _Sql(f"_id {'<' if backwards else '>'} ?", [number])
    if len(order) > 1:
        raise BadQuery("after", _("「after」只能用在依一個欄位排序的查詢。"))
    name, value = quoted(order[0].column), query.after[0]
    if value is None:
        return _Sql(f"({name} IS NULL AND _id > ?)", [number])
    sign = "<" if order[0].descending else ">"
    return _Sql(f"({name} {sign} ? OR ({name} = ? AND _id > ?) OR {name} IS NULL)", [value, value, number])


def _next(query: Query, names: Sequence[str], rows: list[tuple[Any, ...]]) -> tuple[Any, ...]:
    order = [one for one in query.sort if one.column != "_id"]
    if len(rows) < query.limit or not rows or len(order) > 1:
        return ()
    return tuple(rows[-1][len(names) :])


@lru_cache(maxsize=2_000)
def _grows(store: Stored, name: str) -> bool:
    """Whether a column runs with the rows' numbers: then a page's rows lie together, and are found by number first."""
    about = pq.read_metadata(store.path)
    if about.num_row_groups < 2:
        return False
    place = about.schema.to_arrow_schema().get_field_index(name)
    ends = [about.row_group(n).column(place).statistics for n in (0, about.num_row_groups - 1)]
    if any(one is None or not one.has_min_max for one in ends):
        return False
    try:
        return bool(ends[0].max < ends[1].min or ends[1].max < ends[0].min)
    except TypeError:
        return False


# Groups

_MEASURES = {
    Measure.SUM: "sum({})", Measure.AVG: "avg({})", Measure.MIN: "min({})", Measure.MAX: "max({})",
    Measure.DISTINCT: "count(DISTINCT {})", Measure.COUNT: "count({})",
}  # fmt: skip


_PARTS = {"year": "%Y", "month": "%Y-%m", "day": "%Y-%m-%d"}
_TIMED = (Kind.DATE, Kind.TIME, Kind.MONTH)


def _grouping(store: Stored, column: str, by: str) -> tuple[_Sql, str]:
    """What is grouped by, and how the group is shown: {} stands for it. A day is shown once a group, not once a row."""
    found = _column(store, column)
    name = quoted(found.name)
    if not by:
        return _Sql(name, []), "{}"
    if found.kind in (Kind.INTEGER, Kind.NUMBER):
        return _Sql(f"floor(CAST({name} AS DOUBLE) / ?) * ?", [float(by)] * 2), "{}"
    if found.kind is Kind.MONTH:
        return _Sql(f"left({name}, 4)" if by == "year" else name, []), "{}"
    return _Sql(f"date_trunc('{by}', {name})", []), f"strftime({{}}, '{_PARTS[by]}')"


def _grouped(store: Stored, query: Query) -> tuple[tuple[Column, ...], _Sql]:
    columns: list[Column] = []
    words: list[str] = []
    values: list[Any] = []
    shown: list[str] = []
    for group in query.group:
        kind = _column(store, group.column).kind
        if group.by:
            kind = Kind.MONTH if group.by == "month" else Kind.TEXT if kind in _TIMED else Kind.NUMBER
        columns.append(Column(group.name, group.name, kind))
        by, show = _grouping(store, group.column, group.by)
        inner = f"c{len(words)}"  # a column may be called as a measure is
        words.append(f"{by.words} AS {inner}")
        values += by.values
        shown.append(f"{show.format(inner)} AS {quoted(group.name)}")
    for one in query.aggregates:
        source = _column(store, one.column) if one.column else None
        kind = Kind.INTEGER
        if source and one.how in (Measure.SUM, Measure.MIN, Measure.MAX):
            kind = source.kind
        elif one.how is Measure.AVG:
            kind = Kind.NUMBER
        columns.append(Column(one.name, one.name, kind))
        measure = _MEASURES[one.how].format(quoted(source.name)) if source else "count(*)"
        inner = f"c{len(words)}"
        words.append(f"{measure} AS {inner}")
        shown.append(f"{inner} AS {quoted(one.name)}")
    found, rows = where(store, query), table(store)
    groups = ", ".join(str(n + 1) for n in range(len(query.group)))
    asked = select(", ".join(words), rows.words, _clause(found) + (f" GROUP BY {groups}" if groups else ""))
    asked = select(", ".join(shown), f"({asked})")
    return tuple(columns), _Sql(asked, [*values, *rows.values, *found.values])


def _group_order(query: Query) -> list[str]:
    """The order of groups: by what is asked, then by the groups; by place, since a column may be called as a measure is."""
    names = [*(one.name for one in query.group), *(one.name for one in query.aggregates)]
    places = {name: n for n, name in enumerate(names, start=1)}
    order = [f"{places[one.column]} {'DESC' if one.descending else 'ASC'} NULLS LAST" for one in query.sort]
    return order + [f"{n + 1} ASC NULLS LAST" for n in range(len(query.group))]


def _groups(
    store: Stored, query: Query, con: duckdb.DuckDBPyConnection
) -> tuple[tuple[Column, ...], list[tuple[Any, ...]]]:
    columns, asked = _grouped(store, query)
    order = _group_order(query)
    page = " ".join((asked.words, *(("ORDER BY", ", ".join(order)) if order else ()), "LIMIT ? OFFSET ?"))
    return columns, con.execute(page, [*asked.values, query.limit, query.offset]).fetchall()


def _count_groups(store: Stored, query: Query, con: duckdb.DuckDBPyConnection, shown: int) -> int:
    if not query.offset and shown < query.limit:
        return shown
    _columns, asked = _grouped(store, query)
    key = (store.digest, asked.words, tuple(asked.values))
    kept = _totals.get(key)
    if kept is None:
        question = select("count(*)", f"({asked.words})")
        (kept,) = con.execute(question, asked.values).fetchone() or (0,)
        _totals.keep(key, kept)
    return int(kept)


# Everything, for exports


@contextmanager
def everything(
    store: Stored, query: Query, *, size: int = 5_000
) -> Iterator[tuple[tuple[Column, ...], Iterator[pa.RecordBatch]]]:
    """All rows that a question finds, in pieces: nothing is held but one piece. A limit of 0 means all."""
    with _patient(LONG_PATIENCE) as con:
        if query.grouped:
            columns, asked = _grouped(store, query)
            order = _group_order(query)
        else:
            names = _wanted(store, query)
            columns = tuple(_column(store, name) for name in names)
            found, rows = where(store, query), table(store)
            words = select(", ".join(map(quoted, names)), rows.words, _clause(found))
            asked = _Sql(words, [*rows.values, *found.values])
            order = [f"{quoted(one.column)} {'DESC' if one.descending else 'ASC'} NULLS LAST" for one in query.sort]
            order += ["_id ASC"] if order else []
        words = asked.words + (f" ORDER BY {', '.join(order)}" if order else "")
        values = list(asked.values)
        if query.limit or query.offset:
            words += " LIMIT ? OFFSET ?"
            values += [query.limit or 2**62, query.offset]
        yield columns, iter(con.execute(words, values).to_arrow_reader(size))
