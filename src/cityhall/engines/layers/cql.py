"""A filter as people and programs write it: a part of CQL2 text (OGC 21-065r2), read by hand and asked of Arrow columns.

    population > 3000 AND (name LIKE '中%' OR district IN ('桃園區', '中壢區'))
    S_INTERSECTS(geometry, BBOX(121.2, 24.9, 121.3, 25.0)) AND T_AFTER(opened_on, DATE('2016-12-31'))

A comparison with what has no value is neither true nor false, as in SQL; features of which the whole is not true are not
meant. Nothing of a filter is ever run as code or SQL; its length, depth and shapes have limits.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import shapely
from django.utils.translation import gettext as _
from shapely.geometry.base import BaseGeometry

from cityhall.engines.layers.crs import CRS84, System
from cityhall.engines.layers.refusals import CannotAsk
from cityhall.engines.layers.registry import GEOMETRY, ID, Column, Source
from cityhall.foundation.clock import TAIPEI

LONGEST, DEEPEST, MOST_PARTS, MOST_VALUES, MOST_CORNERS = 20_000, 20, 200, 1_000, 5_000


@dataclass(frozen=True)
class Comparison:
    """A column beside a value: =, <>, <, >, <=, >=, like, is null, in, between."""

    operator: str
    name: str
    value: Any = None


@dataclass(frozen=True)
class Joined:
    """Several that all hold (and), or of which one does (or)."""

    word: str
    parts: tuple[Expression, ...]


@dataclass(frozen=True)
class Not:
    """One that does not hold."""

    part: Expression


@dataclass(frozen=True)
class Spatial:
    """Features whose shape stands so to another."""

    predicate: str
    shape: BaseGeometry


@dataclass(frozen=True)
class Temporal:
    """A column of time beside a moment or an interval with open ends."""

    word: str
    name: str
    start: Any
    end: Any


Expression = Comparison | Joined | Not | Spatial | Temporal

_TOKEN = re.compile(
    r"""\s*(?:
        (?P<text>'(?:[^']|'')*')
      | (?P<number>[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?(?![^\W\d]))
      | (?P<quoted>"[^"]+")
      | (?P<name>[^\W\d]\w*)
      | (?P<sign><>|<=|>=|[=<>(),])
    )""",
    re.VERBOSE,
)
_WORDS = frozenset({"and", "or", "not", "in", "like", "between", "is", "null", "true", "false"})
_SPATIAL = {"s_intersects": "intersects", "s_within": "within", "s_contains": "contains", "s_disjoint": "disjoint"}
_TEMPORAL = frozenset({"t_after", "t_before", "t_during", "t_equals", "t_intersects"})
_SHAPES = ("POINT", "MULTIPOINT", "LINESTRING", "MULTILINESTRING", "POLYGON", "MULTIPOLYGON")
_COMPARE = {
    "=": pc.equal, "<>": pc.not_equal, "<": pc.less, ">": pc.greater, "<=": pc.less_equal, ">=": pc.greater_equal,
}  # fmt: skip


def parse(text: str, source: Source, system: System = CRS84) -> Expression:
    """Read a filter on a layer; its shapes are in a system. Raises CannotAsk with the place of the fault."""
    if len(text) > LONGEST:
        raise CannotAsk(_("篩選條件太長，最多%(n)s個字。") % {"n": LONGEST})
    return _Reader(text, source, system).whole()


# ---- reading ---------------------------------------------------------------------------------------------------------


class _Reader:
    """Reads from left to right, one word ahead."""

    def __init__(self, text: str, source: Source, system: System) -> None:
        self.text, self.source, self.system = text, source, system
        self.place = self.start = self.depth = self.parts = 0
        self.kind = self.word = ""
        self._next()

    def _next(self) -> None:
        rest = len(self.text) - len(self.text[self.place :].lstrip())
        if rest >= len(self.text):
            self.kind, self.word, self.start = "end", "", len(self.text)
            return
        found = _TOKEN.match(self.text, self.place)
        if found is None:
            self.start = rest
            raise self._fault(_("看不懂"))
        self.kind = str(found.lastgroup)
        self.word, self.start, self.place = found[self.kind], found.start(self.kind), found.end()

    def _fault(self, why: str) -> CannotAsk:
        here = self.text[self.start : self.start + 20] or _("結尾")
        return CannotAsk(
            _("篩選條件第%(n)s個字「%(here)s」：%(why)s。") % {"n": self.start + 1, "here": here, "why": why}
        )

    def _is(self, *words: str) -> bool:
        return self.kind in ("name", "sign") and self.word.lower() in words

    def _take(self, *words: str) -> bool:
        if self._is(*words):
            self._next()
            return True
        return False

    def _need(self, word: str) -> None:
        if not self._take(word):
            raise self._fault(_("這裡應該是 %(word)s") % {"word": word})

    def whole(self) -> Expression:
        """The filter, with nothing after it."""
        found = self._or()
        if self.kind != "end":
            raise self._fault(_("這裡應該結束，或用 AND、OR 接下去"))
        return found

    def _or(self) -> Expression:
        parts = [self._and()]
        while self._take("or"):
            parts.append(self._and())
        return parts[0] if len(parts) == 1 else Joined("or", tuple(parts))

    def _and(self) -> Expression:
        parts = [self._not()]
        while self._take("and"):
            parts.append(self._not())
        return parts[0] if len(parts) == 1 else Joined("and", tuple(parts))

    def _not(self) -> Expression:
        self.depth += 1
        if self.depth > DEEPEST:
            raise self._fault(_("括號或 NOT 太多層，最多%(n)s層") % {"n": DEEPEST})
        try:
            if self._take("not"):
                return Not(self._not())
            if self._take("("):
                inner = self._or()
                self._need(")")
                return inner
            return self._one()
        finally:
            self.depth -= 1

    def _one(self) -> Expression:
        self.parts += 1
        if self.parts > MOST_PARTS:
            raise self._fault(_("條件太多，最多%(n)s個") % {"n": MOST_PARTS})
        word = self.word.lower() if self.kind == "name" else ""
        if word in _SPATIAL or word in _TEMPORAL:
            self._next()
            self._need("(")
            found = self._spatial(_SPATIAL[word]) if word in _SPATIAL else self._temporal(word)
            self._need(")")
            return found
        column = self._column()
        if self._take("is"):
            wanted = not self._take("not")
            self._need("null")
            return Comparison("null", column.name) if wanted else Not(Comparison("null", column.name))
        negated = self._take("not")
        listed = self._listed(column)
        if listed is None:
            if negated or not (self.kind == "sign" and self.word in _COMPARE):
                raise self._fault(_("這裡應該是比較（=、<>、<、>、<=、>=、BETWEEN、IN、LIKE、IS NULL）"))
            operator = self.word
            self._next()
            return Comparison(operator, column.name, self._value(column))
        return Not(listed) if negated else listed

    def _listed(self, column: Column) -> Expression | None:
        if self._take("between"):
            low = self._value(column)
            self._need("and")
            return Comparison("between", column.name, (low, self._value(column)))
        if self._take("like"):
            if column.kind != "string":
                raise self._fault(_("LIKE 只能用在文字欄位"))
            return Comparison("like", column.name, self._value(column))
        if self._take("in"):
            self._need("(")
            values = [self._value(column)]
            while self._take(","):
                values.append(self._value(column))
                if len(values) > MOST_VALUES:
                    raise self._fault(_("IN 最多%(n)s個值") % {"n": MOST_VALUES})
            self._need(")")
            return Comparison("in", column.name, tuple(values))
        return None

    def _column(self) -> Column:
        if self.kind not in ("name", "quoted") or (self.kind == "name" and self.word.lower() in _WORDS):
            raise self._fault(_("這裡應該是欄位名稱"))
        name = self.word.strip('"') if self.kind == "quoted" else self.word
        column = Column(ID, "integer" if self.source.numbered else "string") if name == ID else self.source.column(name)
        if column is None:
            raise self._fault(_("這個圖層沒有這個欄位"))
        self._next()
        return column

    def _value(self, column: Column) -> Any:
        start, kind, word = self.start, self.kind, self.word
        if kind == "name" and word.lower() in ("date", "timestamp"):
            self._next()
            self._need("(")
            kind, word = self.kind, self.word
            self._next()
            self._need(")")
            if kind != "text" or column.kind not in ("date", "datetime"):
                self.start = start
                raise self._fault(_("這個欄位不是日期"))
            return self._typed(column, word[1:-1], start)
        self._next()
        if kind == "text" and column.kind in ("string", "date", "datetime"):
            return self._typed(column, word[1:-1].replace("''", "'"), start)
        if kind == "number" and column.kind in ("integer", "number"):
            return self._typed(column, word, start)
        if kind == "name" and word.lower() in ("true", "false") and column.kind == "boolean":
            return word.lower() == "true"
        self.start = start
        raise self._fault(_("這裡應該是%(kind)s") % {"kind": _kinds()[column.kind]})

    def _typed(self, column: Column, word: str, start: int) -> Any:
        try:
            return value(column, word, whole=False)
        except CannotAsk as fault:
            self.start = start
            raise self._fault(str(fault).removesuffix("。")) from None

    def _spatial(self, predicate: str) -> Spatial:
        if not self._take(GEOMETRY):
            raise self._fault(_("空間條件的第一項是 geometry"))
        if not self._is(","):
            raise self._fault(_("這裡應該是 %(word)s") % {"word": ","})
        self._next()
        return Spatial(predicate, self._shape())

    def _shape(self) -> BaseGeometry:
        word, begins = self.word.upper(), self.start
        if self.kind != "name" or word not in (*_SHAPES, "BBOX"):
            raise self._fault(_("這裡應該是 BBOX、POINT、LINESTRING 或 POLYGON"))
        close = self._closing(self.place)
        written = self.text[begins:close]
        if word == "BBOX":
            from cityhall.engines.layers.crs import box

            shape = box(written[len("BBOX") :].strip()[1:-1], self.system)
        else:
            if written.count(",") > MOST_CORNERS:
                raise self._fault(_("圖形最多%(n)s個點") % {"n": MOST_CORNERS})
            shape = self._drawn(written)
        self.place = close
        self._next()
        return shape

    def _closing(self, place: int) -> int:
        """The end of the brackets that open at a place."""
        depth = 0
        for at in range(place, len(self.text)):
            depth += {"(": 1, ")": -1}.get(self.text[at], 0)
            if depth == 0 and self.text[at] == ")":
                return at + 1
            if depth == 0 and not self.text[at].isspace():
                break
        raise self._fault(_("圖形的括號沒有收好"))

    def _drawn(self, written: str) -> BaseGeometry:
        try:
            shape = shapely.from_wkt(written)
        except shapely.errors.GEOSException:
            raise self._fault(_("圖形不是正確的 WKT")) from None
        shape = self.system.shape_to_degrees(shapely.force_2d(shape))
        if shape.is_empty or not shape.is_valid:
            raise self._fault(_("圖形是空的或自己交叉"))
        return shape

    def _temporal(self, word: str) -> Temporal:
        column = self._column()
        if column.kind not in ("date", "datetime"):
            raise self._fault(_("這個欄位不是日期"))
        self._need(",")
        if not self._is("interval"):
            moment = self._value(column)
            return Temporal(word, column.name, moment, moment)
        self._next()
        self._need("(")
        start = self._end(column)
        self._need(",")
        end = self._end(column)
        self._need(")")
        return Temporal(word, column.name, start, end)

    def _end(self, column: Column) -> Any:
        if self.kind == "text" and self.word == "'..'":
            self._next()
            return None
        return self._value(column)


def _kinds() -> dict[str, str]:
    return {
        "string": _("文字，用單引號括起來"), "integer": _("數字"), "number": _("數字"), "boolean": _("TRUE 或 FALSE"),
        "date": _("日期，例如 DATE('2016-12-31')"), "datetime": _("時間，例如 TIMESTAMP('2016-12-31T00:00:00Z')"),
    }  # fmt: skip


def value(column: Column, text: str, *, whole: bool = True) -> Any:
    """A value of a column from its text; a whole number may be compared with a broken one. Raises CannotAsk."""
    try:
        if column.kind == "integer":
            return int(text) if whole or re.fullmatch(r"[+-]?\d{1,18}", text) else _finite(text)
        if column.kind == "number":
            return _finite(text)
        if column.kind == "boolean":
            return {"true": True, "false": False}[text.lower()]
        if column.kind == "date":
            return date.fromisoformat(text[:10])
        if column.kind == "datetime":
            moment = datetime.fromisoformat(text.upper())
            return (moment if moment.tzinfo else moment.replace(tzinfo=TAIPEI)).astimezone(UTC)
    except (ValueError, KeyError, OverflowError):
        raise CannotAsk(
            _("「%(text)s」不是欄位 %(name)s 的值（要%(kind)s）。") % {
                "text": text[:40], "name": column.name, "kind": _kinds()[column.kind],
            }
        ) from None  # fmt: skip
    return text


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(text)
    return number


# ---- asking ----------------------------------------------------------------------------------------------------------


def scalar(value: Any, kind: pa.DataType) -> pa.Scalar:
    """A value beside a column of a kind."""
    return pa.scalar(value, pa.float64() if isinstance(value, float) else kind)


def mask(expression: Expression, layer: Any) -> Any:
    """Which features of a layer held in memory a filter means."""
    return np.asarray(pc.fill_null(_ask(expression, layer), False), dtype=bool)


def _ask(expression: Expression, layer: Any) -> Any:
    if isinstance(expression, Joined):
        join = pc.and_kleene if expression.word == "and" else pc.or_kleene
        found = _ask(expression.parts[0], layer)
        for part in expression.parts[1:]:
            found = join(found, _ask(part, layer))
        return found
    if isinstance(expression, Not):
        return pc.invert(_ask(expression.part, layer))
    if isinstance(expression, Spatial):
        return _near(expression, layer)
    column = layer.table[expression.name]
    return _in_time(expression, column) if isinstance(expression, Temporal) else _compare(expression, column)


def _compare(asked: Comparison, column: Any) -> Any:
    if asked.operator == "null":
        return pc.is_null(column)
    if asked.operator == "like":
        return pc.match_like(column, asked.value)
    if asked.operator == "between":
        low, high = (scalar(end, column.type) for end in asked.value)
        return pc.and_kleene(pc.greater_equal(column, low), pc.less_equal(column, high))
    if asked.operator == "in":
        kind = pa.float64() if any(isinstance(one, float) for one in asked.value) else column.type
        among = pc.is_in(column.cast(kind), value_set=pa.array(asked.value, kind))
        return pc.if_else(pc.is_null(column), pa.scalar(None, pa.bool_()), among)
    return _COMPARE[asked.operator](column, scalar(asked.value, column.type))


def _in_time(asked: Temporal, column: Any) -> Any:
    """The five relations for a moment: during is strictly inside, as the standard says."""
    start, end = (None if one is None else scalar(one, column.type) for one in (asked.start, asked.end))
    after, before = pc.greater, pc.less
    if asked.word == "t_after":
        return _bound(after, column, end)
    if asked.word == "t_before":
        return _bound(before, column, start)
    if asked.word in ("t_intersects", "t_equals"):
        after, before = pc.greater_equal, pc.less_equal
    return pc.and_kleene(_bound(after, column, start), _bound(before, column, end))


def _bound(compare: Any, column: Any, end: pa.Scalar | None) -> Any:
    """Beside an open end everything that has a moment holds for `during`, and nothing is after or before it."""
    return pc.is_valid(column) if end is None else compare(column, end)


def _near(asked: Spatial, layer: Any) -> pa.Array:
    turned = {"within": "contains", "contains": "within"}  # the tree asks from the given shape's side
    found = np.zeros(len(layer), dtype=bool)
    name = "intersects" if asked.predicate == "disjoint" else turned.get(asked.predicate, asked.predicate)
    found[layer.tree.query(asked.shape, predicate=name)] = True
    missing = shapely.is_missing(layer.shapes)
    return pa.array(~found if asked.predicate == "disjoint" else found, mask=missing)
