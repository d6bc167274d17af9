"""Which features are meant: by box, time, values and a filter, a page at a time.

A page ends with an id and the next begins after it: what is added or goes between two pages moves no other feature.
"""

from __future__ import annotations

import bisect
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import pyarrow.compute as pc
import shapely
from django.utils.translation import gettext as _
from shapely.geometry.base import BaseGeometry

from cityhall.engines.layers import cql
from cityhall.engines.layers.memory import Held, Places
from cityhall.engines.layers.refusals import CannotAsk
from cityhall.engines.layers.registry import Source
from cityhall.foundation.clock import TAIPEI

MOST = 10_000
"""Features of one page."""
FEW = 1_000
"""Points that are looked up one by one; more are swept over."""


@dataclass(frozen=True)
class Asked:
    """What features must be; nothing asked, all are meant."""

    box: BaseGeometry | None = None
    between: tuple[datetime | None, datetime | None] | None = None
    values: tuple[tuple[str, Any], ...] = ()
    filter: cql.Expression | None = None


@dataclass(frozen=True)
class Selected:
    """One page: places in the layer, how many there are on all pages, and the last id where another page follows."""

    places: Places
    matched: int
    after: Any = None


def select(layer: Held, asked: Asked, *, limit: int = MOST, after: Any = None) -> Selected:
    """The features that are asked for, in the order of their ids, after an id."""
    places = matching(layer, asked)
    begins = 0
    if after is not None:
        begins = int(np.searchsorted(places, bisect.bisect_right(layer.ids, after)))
    page = places[begins : begins + limit]
    more = begins + limit < len(places)
    return Selected(page, len(places), layer.ids[int(page[-1])] if more and len(page) else None)


def matching(layer: Held, asked: Asked) -> Places:
    """The places of all features that are asked for."""
    places: Places | None = None
    if asked.box is not None:
        places = np.sort(layer.tree.query(asked.box, predicate="intersects"))
    mask = None
    if asked.between is not None and layer.source.time:
        mask = _both(mask, _in_time(layer, *asked.between))
    for name, value in asked.values:
        mask = _both(mask, cql.mask(cql.Comparison("=", name, value), layer))
    if asked.filter is not None:
        mask = _both(mask, cql.mask(asked.filter, layer))
    if mask is None:
        return np.arange(len(layer)) if places is None else places
    return np.flatnonzero(mask) if places is None else places[mask[places]]


def _both(one: Any, other: Any) -> Any:
    return other if one is None else one & other


def _in_time(layer: Held, start: datetime | None, end: datetime | None) -> Any:
    """Features of a moment within both ends; those without a moment always hold (OGC API Features, 7.15.4)."""
    column, name = layer.table[layer.source.time], layer.source.time
    kind = getattr(layer.source.column(name), "kind", "date")
    mask: Any = np.ones(len(layer), dtype=bool)
    for ended, compare in ((start, pc.greater_equal), (end, pc.less_equal)):
        if ended is not None:
            value = ended.astimezone(TAIPEI).date() if kind == "date" else ended
            mask &= np.asarray(pc.fill_null(compare(column, cql.scalar(value, column.type)), True))
    return mask


def moments(text: str) -> tuple[datetime | None, datetime | None]:
    """An instant, or an interval with `/` and open ends. A day means all of it. Raises CannotAsk."""
    start, slash, end = text.partition("/")
    if not slash:
        return _moment(start, last=False), _moment(start, last=True)
    ends = (
        None if start in ("", "..") else _moment(start, last=False),
        None if end in ("", "..") else _moment(end, last=True),
    )
    if ends == (None, None) or (ends[0] and ends[1] and ends[0] > ends[1]):
        raise CannotAsk(_("datetime 的起迄不對：起要在迄之前，至少要有一邊。"))
    return ends


def _moment(text: str, *, last: bool) -> datetime:
    try:
        if len(text) == 10:
            day = datetime.combine(date.fromisoformat(text), datetime.min.time(), TAIPEI)
            return day + timedelta(days=1, microseconds=-1) if last else day
        moment = datetime.fromisoformat(text.upper().replace(" ", "+"))
        return (moment if moment.tzinfo else moment.replace(tzinfo=TAIPEI)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise CannotAsk(
            _("看不懂時間「%(text)s」，請寫成 2016-12-31 或 2016-12-31T08:00:00Z。") % {"text": text[:40]}
        ) from None


def value_of(source: Source, name: str, text: str) -> Any:
    """A value of a column from the text of a parameter. Raises CannotAsk."""
    column = source.column(name)
    if column is None:
        raise CannotAsk(_("這個圖層沒有欄位「%(name)s」。") % {"name": name[:60]})
    return cql.value(column, text)


def id_of(source: Source, text: str) -> Any:
    """An id from the text of an address. Raises CannotAsk."""
    if not source.numbered:
        return text
    try:
        return int(text)
    except ValueError:
        raise CannotAsk(_("這個圖層的編號是數字。")) from None


def at_points(layer: Held, lon: Any, lat: Any) -> Places:
    """The place of the feature that holds each point (arrays of degrees); -1 where none does.

    On a common edge the one with the lower id, as everywhere in the city.
    """
    answer = np.full(len(lon), -1, dtype=np.int64)
    with layer.lock:  # what is prepared for many questions is not made for two who ask at once
        shapely.prepare(layer.shapes)
        if len(lon) < FEW:
            asked, near = layer.tree.query(shapely.points(lon, lat))
            inside = shapely.intersects_xy(layer.shapes[near], lon[asked], lat[asked])
            order = np.argsort(near[inside], kind="stable")[::-1]
            answer[asked[inside][order]] = near[inside][order]  # of several the last is kept: the lowest
        else:
            _sweep(layer, lon, lat, answer)
    return answer


def _sweep(layer: Held, lon: Any, lat: Any, answer: Places) -> None:
    """Feature by feature, the last first, over the points from west to east: no point becomes an object of its own,
    which costs five times the rest.
    """
    order = np.argsort(lon)
    x, y = lon[order], lat[order]
    west, south, east, north = shapely.bounds(layer.shapes).T
    starts, ends = np.searchsorted(x, west, "left"), np.searchsorted(x, east, "right")
    for place in range(len(layer) - 1, -1, -1):
        start, end = starts[place], ends[place]
        row = y[start:end]
        near = start + np.flatnonzero((row >= south[place]) & (row <= north[place]))
        if len(near):
            inside = shapely.intersects_xy(layer.shapes[place], x[near], y[near])
            answer[order[near[inside]]] = place
