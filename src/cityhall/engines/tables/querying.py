"""What is asked of a table, read from untrusted words. Nothing of it is ever SQL."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from django.utils.translation import gettext as _

from .reading import KIND_NAMES, Column
from .rules import DATED, Kind, plain, read_value
from .storing import Stored

MOST_ROWS = 32_000
USUAL_ROWS = 100
MOST_OFFSET = 2**53
MOST_VALUES = 1_000
MOST_CONDITIONS = 50
LONGEST_WORD = 200
MOST_WORDS = 10


class BadQuery(ValueError):
    """The question cannot be asked so: which part of it, and what to do."""

    def __init__(self, part: str, sentence: str) -> None:
        super().__init__(sentence)
        self.part, self.sentence = part, sentence


class NoSuchColumn(BadQuery):
    """The table has no column of that name."""

    def __init__(self, part: str, name: str) -> None:
        super().__init__(part, _("沒有「%(name)s」這個欄位。") % {"name": name[:80]})
        self.name = name


class How(StrEnum):
    """How a cell is compared."""

    IS = "is"
    IN = "in"
    RANGE = "range"
    CONTAINS = "contains"
    EMPTY = "empty"
    FILLED = "filled"


Cell = str | int | float | bool | date | datetime


@dataclass(frozen=True)
class Condition:
    """One condition on one column. A range has two ends, each may be open (None)."""

    column: str
    how: How
    values: tuple[Cell | None, ...] = ()
    open_ends: tuple[bool, bool] = (False, False)


@dataclass(frozen=True)
class Sort:
    """A column, or a measure of a grouped question, by which rows are put in order."""

    column: str
    descending: bool = False


class Measure(StrEnum):
    """What is counted of a group."""

    COUNT = "count"
    SUM = "sum"
    AVG = "avg"
    MIN = "min"
    MAX = "max"
    DISTINCT = "distinct"


@dataclass(frozen=True)
class Aggregate:
    """A measure of a column; `count` needs none."""

    how: Measure
    column: str = ""

    @property
    def name(self) -> str:
        """How its column in the answer is called: sum(金額)."""
        return f"{self.how.value}({self.column})" if self.column else self.how.value


@dataclass(frozen=True)
class Group:
    """A column whose equal values make a group; days may be put together by year or month, numbers by stretches of a width."""

    column: str
    by: str = ""

    @property
    def name(self) -> str:
        """How its column in the answer is called."""
        return f"{self.column}:{self.by}" if self.by else self.column


Bbox = tuple[float, float, float, float]


@dataclass(frozen=True)
class Query:
    """What is asked of a table. The same question serves pages, exports, counts, charts and maps."""

    filters: tuple[Condition, ...] = ()
    q: str = ""
    fields: tuple[str, ...] = ()
    sort: tuple[Sort, ...] = ()
    limit: int = USUAL_ROWS
    offset: int = 0
    group: tuple[Group, ...] = ()
    aggregates: tuple[Aggregate, ...] = ()
    bbox: Bbox | None = None
    after: tuple[Cell | None, ...] = field(default=())
    """Where the page before ended, as its answer says; instead of an offset."""
    total: bool = True
    """Whether the number of all rows is wanted."""

    @property
    def grouped(self) -> bool:
        """Whether groups are answered instead of rows."""
        return bool(self.group or self.aggregates)

    def whole(self) -> Query:
        """The same question without its page: for counts and exports."""
        return replace(self, limit=0, offset=0, after=(), total=False)


def parse(given: Mapping[str, Any], store: Stored) -> Query:
    """A question from the parameters of a request. Raises BadQuery, and nothing else.

    Known are filters (JSON or an object: column to value, list, {from, to}, {contains}, null), q, fields, sort, limit,
    offset, group, aggregates, bbox, after and total.
    """
    reader = _Reader(store)
    filters = reader.filters(given.get("filters"))
    group = reader.groups(given.get("group"))
    aggregates = reader.aggregates(given.get("aggregates"))
    query = Query(
        filters=filters,
        q=_text("q", given.get("q")),
        fields=reader.fields(given.get("fields")),
        limit=_number("limit", given.get("limit"), USUAL_ROWS, MOST_ROWS),
        offset=_number("offset", given.get("offset"), 0, MOST_OFFSET),
        group=group,
        aggregates=aggregates or ((Aggregate(Measure.COUNT),) if group else ()),
        bbox=reader.bbox(given.get("bbox")),
        total=_yes("total", given.get("total")),
    )
    sort = reader.sort(given.get("sort"), query)
    after = reader.after(given.get("after"), sort)
    return replace(query, sort=sort, after=after)


def _text(part: str, given: Any) -> str:
    if given is None:
        return ""
    if isinstance(given, bool) or not isinstance(given, str | int | float):
        raise BadQuery(part, _("「%(part)s」要是文字。") % {"part": part})
    text = "".join(
        " " if ord(letter) < 32 or 0xD800 <= ord(letter) < 0xE000 else letter for letter in str(given)
    ).strip()
    if len(text) > LONGEST_WORD:
        raise BadQuery(part, _("「%(part)s」太長，最多 %(most)d 個字。") % {"part": part, "most": LONGEST_WORD})
    return text


def _number(part: str, given: Any, usual: int, most: int) -> int:
    if given is None or given == "":
        return usual
    text = str(given).strip() if isinstance(given, str | int) and not isinstance(given, bool) else "?"
    if not (text.isascii() and text.isdigit() and len(text) < 18) or int(text) > most:
        raise BadQuery(part, _("「%(part)s」要是 0 到 %(most)d 的整數。") % {"part": part, "most": most})
    return int(text)


def _yes(part: str, given: Any) -> bool:
    if given is None or given == "":
        return True
    if str(given).lower() in ("true", "1", "yes"):
        return True
    if str(given).lower() in ("false", "0", "no"):
        return False
    raise BadQuery(part, _("「%(part)s」要是 true 或 false。") % {"part": part})


def _json(part: str, given: Any) -> Any:
    if not isinstance(given, str):
        return given
    try:
        return json.loads(given)
    except (ValueError, RecursionError):
        raise BadQuery(part, _("「%(part)s」不是合法的 JSON。") % {"part": part}) from None


class _Reader:
    """Reads the parts that name columns."""

    def __init__(self, store: Stored) -> None:
        self.store = store

    def column(self, part: str, name: Any) -> Column:
        """A column by its name. Raises NoSuchColumn."""
        if not isinstance(name, str):
            raise BadQuery(part, _("欄位名稱要是文字。"))
        if name == "_id":
            return Column("_id", "_id", Kind.INTEGER)
        found = self.store.column(name)
        if found is None:
            raise NoSuchColumn(part, name)
        return found

    def filters(self, given: Any) -> tuple[Condition, ...]:
        """The conditions; those on one column hold together."""
        if given is None or given == "":
            return ()
        found = _json("filters", given)
        if not isinstance(found, Mapping):
            raise BadQuery("filters", _('「filters」要是物件，例如 {"行政區": "中壢區"}。'))
        if len(found) > MOST_CONDITIONS:
            raise BadQuery("filters", _("條件太多，最多 %(most)d 個。") % {"most": MOST_CONDITIONS})
        return tuple(self._condition(self.column("filters", name), value) for name, value in found.items())

    def _condition(self, column: Column, value: Any) -> Condition:
        if value is None:
            return Condition(column.name, How.EMPTY)
        if isinstance(value, list | tuple):
            if len(value) > MOST_VALUES:
                raise BadQuery(
                    "filters",
                    _("「%(column)s」的值太多，最多 %(most)d 個。") % {"column": column.name, "most": MOST_VALUES},
                )
            return Condition(
                column.name, How.IN, tuple(None if one is None else self.value(column, one) for one in value)
            )
        if isinstance(value, Mapping):
            return self._compared(column, value)
        return Condition(column.name, How.IS, (self.value(column, value),))

    def _compared(self, column: Column, value: Mapping[str, Any]) -> Condition:
        keys = set(value)
        if keys == {"contains"}:
            if column.kind is Kind.GEOMETRY:
                raise BadQuery("filters", _("圖形不能用文字比對；請用 bbox。"))
            return Condition(column.name, How.CONTAINS, (_text("filters", value["contains"]),))
        if keys == {"null"}:
            return Condition(column.name, How.EMPTY if _yes("filters", value["null"]) else How.FILLED)
        lows, highs = keys & {"from", "gte", "gt"}, keys & {"to", "lte", "lt"}
        if not keys or keys - lows - highs or len(lows) > 1 or len(highs) > 1:
            raise BadQuery(
                "filters", _("「%(column)s」的條件要是 from、to、contains 或 null。") % {"column": column.name}
            )
        ends = [value[one] for group in (lows, highs) for one in group]
        low = self.value(column, ends[0]) if lows and value[next(iter(lows))] is not None else None
        high = self.value(column, ends[-1]) if highs and value[next(iter(highs))] is not None else None
        if isinstance(low, bool) or isinstance(high, bool):
            raise BadQuery("filters", _("「%(column)s」不能用範圍。") % {"column": column.name})
        return Condition(column.name, How.RANGE, (low, high), ("gt" in lows, "lt" in highs))

    def value(self, column: Column, given: Any) -> Cell:
        """A value as the column has them; days may be written in ROC years. Raises BadQuery."""
        refused = BadQuery("filters", _("「%(value)s」不是「%(column)s」的值：這一欄是%(kind)s。") % {
            "value": str(given)[:60], "column": column.name, "kind": KIND_NAMES[column.kind],
        })  # fmt: skip
        if column.kind is Kind.GEOMETRY or not isinstance(given, str | int | float):
            raise refused
        if column.kind is Kind.TEXT:
            if isinstance(given, float) and not math.isfinite(given):
                raise refused
            text = str(given)
            return "".join(letter for letter in text if not 0xD800 <= ord(letter) < 0xE000)
        text = ("true" if given else "false") if isinstance(given, bool) else str(given)
        if column.kind is Kind.TIME and (on := read_value(Kind.DATE, text, hint=DATED)) is not None and on.text:
            text = f"{on.text} 00:00:00"
        if column.kind is Kind.BOOLEAN and plain(text).lower() in ("1", "0"):
            text = "true" if plain(text) == "1" else "false"
        if column.kind in (Kind.NUMBER, Kind.INTEGER) and isinstance(given, float):
            if not math.isfinite(given):
                raise refused
            return given
        found = read_value(
            Kind.NUMBER if column.kind is Kind.INTEGER and "." in text else column.kind, text, hint=DATED
        )
        if found is None or found.text is None:
            raise refused
        return _cell(column.kind, found.text)

    def fields(self, given: Any) -> tuple[str, ...]:
        """The columns that are wanted, in their order."""
        return tuple(dict.fromkeys(self.column("fields", name).name for name in self._names("fields", given)))

    def _names(self, part: str, given: Any) -> list[Any]:
        if given is None or given == "":
            return []
        if isinstance(given, str):
            if self.store.column(given):
                return [given]
            return [one.strip() for one in given.split(",") if one.strip()]
        if isinstance(given, Sequence) and not isinstance(given, bytes):
            if len(given) > MOST_VALUES:
                raise BadQuery(part, _("欄位太多。"))
            return list(given)
        raise BadQuery(part, _("「%(part)s」要是欄位名稱。") % {"part": part})

    def groups(self, given: Any) -> tuple[Group, ...]:
        """The columns by which is grouped; `日期:month` puts days together, `金額:1000` numbers by stretches."""
        found = []
        for name in self._names("group", given):
            by = ""
            if isinstance(name, str) and self.store.column(name) is None and ":" in name:
                name, _colon, by = name.rpartition(":")
            column = self.column("group", name)
            if column.kind is Kind.GEOMETRY or column.name == "_id":
                raise BadQuery("group", _("不能依「%(column)s」分組。") % {"column": column.name})
            if by and not _may_join(column.kind, by):
                raise BadQuery(
                    "group", _("「%(column)s」不能以「%(by)s」分組。") % {"column": column.name, "by": by[:20]}
                )
            found.append(Group(column.name, by))
        if len(found) > 4:
            raise BadQuery("group", _("最多依 4 個欄位分組。"))
        return tuple(dict.fromkeys(found))

    def aggregates(self, given: Any) -> tuple[Aggregate, ...]:
        """The measures: count, sum:欄位, avg:欄位, min:欄位, max:欄位, distinct:欄位."""
        found = []
        for one in self._names("aggregates", given):
            how, _colon, name = str(one).partition(":")
            try:
                measure = Measure(how.strip())
            except ValueError:
                raise BadQuery("aggregates", _("統計方式要是 count、sum、avg、min、max 或 distinct。")) from None
            if measure is Measure.COUNT and not name:
                found.append(Aggregate(measure))
                continue
            column = self.column("aggregates", name.strip())
            numeric = column.kind in (Kind.INTEGER, Kind.NUMBER)
            if (measure in (Measure.SUM, Measure.AVG) and not numeric) or column.kind is Kind.GEOMETRY:
                raise BadQuery("aggregates", _("「%(column)s」不是數值，不能計算。") % {"column": column.name})
            found.append(Aggregate(measure, column.name))
        if len(found) > 20:
            raise BadQuery("aggregates", _("統計太多，最多 20 個。"))
        return tuple(dict.fromkeys(found))

    def sort(self, given: Any, query: Query) -> tuple[Sort, ...]:
        """The order: `金額 desc, 日期`, or a list of these."""
        known = {one.name for one in query.group} | {one.name for one in query.aggregates}
        found = []
        for one in self._sorts(given, known):
            if not isinstance(one, str):
                raise BadQuery("sort", _("「%(part)s」要是欄位名稱。") % {"part": "sort"})
            name, descending = self._direction(one.strip(), known)
            if query.grouped:
                if name not in known:
                    raise NoSuchColumn("sort", name)
                found.append(Sort(name, descending))
                continue
            column = self.column("sort", name)
            if column.kind is Kind.GEOMETRY:
                raise BadQuery("sort", _("不能依圖形排序。"))
            found.append(Sort(column.name, descending))
        if len(found) > 5:
            raise BadQuery("sort", _("最多依 5 個欄位排序。"))
        return tuple({one.column: one for one in found}.values())

    def _sorts(self, given: Any, known: Collection[str]) -> list[Any]:
        if isinstance(given, str) and given and self._direction(given.strip(), known)[0] in known:
            return [given]
        if isinstance(given, str) and given and self.store.column(self._direction(given.strip(), known)[0]):
            return [given]
        return self._names("sort", given)

    def _direction(self, text: str, known: Collection[str]) -> tuple[str, bool]:
        if text in known or self.store.column(text):
            return text, False
        if text.startswith("-") and (text[1:] in known or self.store.column(text[1:])):
            return text[1:], True
        words = text.rsplit(None, 1)
        if len(words) == 2 and words[1].lower() in ("asc", "desc"):
            return words[0], words[1].lower() == "desc"
        return text, False

    def bbox(self, given: Any) -> Bbox | None:
        """West, south, east, north in degrees."""
        if given is None or given == "":
            return None
        parts = given.split(",") if isinstance(given, str) else given
        wrong = BadQuery("bbox", _("「bbox」要是西、南、東、北四個經緯度，例如 121.1,24.8,121.3,25.0。"))
        if not isinstance(parts, list | tuple) or len(parts) != 4:
            raise wrong
        try:
            west, south, east, north = (float(one) for one in parts)
        except (TypeError, ValueError, OverflowError):
            raise wrong from None
        if not all(map(math.isfinite, (west, south, east, north))) or not (
            -180 <= west <= east <= 180 and -90 <= south <= north <= 90
        ):
            raise wrong
        if not self.store.placed:
            raise BadQuery("bbox", _("這份資料沒有位置，不能用 bbox 查詢。"))
        return west, south, east, north

    def after(self, given: Any, sort: tuple[Sort, ...]) -> tuple[Cell | None, ...]:
        """Where the page before ended: the value of the sorted column and the row's number."""
        if given is None or given == "":
            return ()
        found = _json("after", given)
        wrong = BadQuery("after", _("「after」要用上一頁回應裡的值。"))
        kinds = [self.column("after", one.column) for one in sort if one.column != "_id"]
        if not isinstance(found, list | tuple) or len(found) != len(kinds) + 1 or len(kinds) > 1:
            raise wrong
        if isinstance(found[-1], bool) or not isinstance(found[-1], int) or not 0 <= found[-1] < MOST_OFFSET:
            raise wrong
        try:
            cells = [None if one is None else self.value(kind, one) for kind, one in zip(kinds, found, strict=False)]
        except BadQuery:
            raise wrong from None
        return (*cells, found[-1])


def _may_join(kind: Kind, by: str) -> bool:
    """Whether values of a kind are put together by a part of a day, or by a width."""
    if kind in (Kind.INTEGER, Kind.NUMBER):
        return bool(re.fullmatch(r"\d{1,15}(\.\d{1,9})?", by, re.ASCII)) and float(by) > 0
    parts = {Kind.DATE: ("year", "month", "day"), Kind.TIME: ("year", "month", "day"), Kind.MONTH: ("year", "month")}
    return by in parts.get(kind, ())


def _cell(kind: Kind, text: str) -> Cell:
    if kind is Kind.INTEGER:
        return float(text) if "." in text else int(text)
    if kind is Kind.NUMBER:
        return float(text)
    if kind is Kind.DATE:
        return date.fromisoformat(text)
    if kind is Kind.TIME:
        return datetime.fromisoformat(text)
    if kind is Kind.BOOLEAN:
        return text == "true"
    return text
