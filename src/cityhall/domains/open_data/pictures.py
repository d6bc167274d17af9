"""The first chart and the map of a table, drawn on the server for the rows that a question finds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import shapely
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from cityhall.engines.tables.asking import ask
from cityhall.engines.tables.profiling import AreaKind, ColumnProfile, FirstChart, Profile
from cityhall.engines.tables.querying import Aggregate, BadQuery, Group, Measure, Query, Sort
from cityhall.engines.tables.rules import Kind
from cityhall.engines.tables.storing import Stored
from cityhall.web import charts, maps

MOST_BARS = 20
MOST_MONTHS = 60
MOST_DOTS = 2_000


def _measure(profile: Profile) -> tuple[Aggregate, str]:
    """What is added up, and its name: the first column of numbers, else the rows."""
    if profile.measures:
        name = profile.measures[0].column.name
        return Aggregate(Measure.SUM, name), name
    return Aggregate(Measure.COUNT), _("筆數")


def _grouped(
    store: Stored, query: Query, group: Group, measure: Aggregate, *, sort: Sequence[Sort] = (), most: int = 32_000
) -> list[tuple[Any, Any]]:
    asked = replace(
        query.whole(), fields=(), sort=tuple(sort), group=(group,), aggregates=(measure,), limit=most
    )  # fmt: skip
    return [(name, value) for name, value in ask(store, asked).rows if name is not None and value is not None]


def chart(store: Stored, query: Query, profile: Profile, *, source: str) -> charts.Chart | None:
    """The chart to begin with; None where the table asks for none."""
    kind, name = profile.first_chart
    try:
        if kind is FirstChart.LINE:
            return _line(store, query, profile, name, source)
        if kind is FirstChart.BAR:
            return _bars(store, query, profile, name, source)
    except BadQuery:  # too slow, or larger than numbers are: the table itself is there
        return None
    if kind is FirstChart.HISTOGRAM:
        bins = next(one.histogram for one in profile.columns if one.column.name == name)
        title = _("「%(name)s」的分布（整份資料）") % {"name": name}
        points = [(f"{one.low:,.6g}", one.count) for one in bins]
        return charts.bars(title, points, unit=_("筆"), source=source, first_column=name) if points else None
    return None


def _line(store: Stored, query: Query, profile: Profile, name: str, source: str) -> charts.Chart | None:
    measure, what = _measure(profile)
    by = "" if next(one.column.kind for one in profile.columns if one.column.name == name) is Kind.MONTH else "month"
    found = _grouped(store, query, Group(name, by), measure)
    points = [(date.fromisoformat(f"{month}-01"), value) for month, value in sorted(found)][-MOST_MONTHS:]
    if len(points) < 2:
        return None
    title = _("各月的%(what)s（依「%(name)s」）") % {"what": what, "name": name}
    return charts.line(title, points, unit=what, source=source)


def _bars(store: Stored, query: Query, profile: Profile, name: str, source: str) -> charts.Chart | None:
    measure, what = _measure(profile)
    order = [Sort(measure.name, descending=True)]
    found = _grouped(store, query, Group(name), measure, sort=order, most=MOST_BARS)
    points = [charts.Point(_label(value), amount) for value, amount in found]
    title = _("各%(name)s的%(what)s") % {"name": name, "what": what}
    return charts.horizontal_bars(title, points, unit=what, source=source, first_column=name) if points else None


def _label(value: Any) -> str:
    return (_("是") if value else _("否")) if isinstance(value, bool) else str(value)


def drawn(store: Stored, query: Query, profile: Profile) -> tuple[str, SafeString] | None:
    """A map with its title: dots where rows have places, else districts where a column names them."""
    try:
        if store.placed:
            return _dots(store, query)
        area = next((one for one in profile.areas if one.area is not AreaKind.VILLAGE_NAME), None)
        return _shades(store, query, profile, area) if area else None
    except BadQuery:
        return None


def _dots(store: Stored, query: Query) -> tuple[str, SafeString] | None:
    fields = store.pair or ((store.geometry,) if store.geometry else ())
    asked = replace(query.whole(), fields=tuple(fields), limit=MOST_DOTS)
    rows = [row for row in ask(store, asked).rows if None not in row]
    if store.pair:
        points = [(float(lon), float(lat)) for lon, lat in rows]
    else:
        shapes = [shapely.from_wkb(bytes(row[0])).representative_point() for row in rows]
        points = [(one.x, one.y) for one in shapes if not one.is_empty]
    if not points:
        return None
    about = _("%(n)d筆資料的位置") % {"n": len(points)}
    picture = maps.marked([maps.Mark([point], "green") for point in points], about=about)
    return (about, picture) if picture else None


def _shades(store: Stored, query: Query, profile: Profile, area: ColumnProfile) -> tuple[str, SafeString] | None:
    measure, what = _measure(profile)
    codes = {one["name"]: one["code"] for one in maps.shapes()["districts"]}
    values: dict[str, float] = {}
    for name, value in _grouped(store, query, Group(area.column.name), measure):
        text = str(name).replace("-", "")
        code = text[:8] if area.area is not AreaKind.DISTRICT_NAME else codes.get(text[-3:], "")
        if code in codes.values():
            values[code] = values.get(code, 0.0) + float(value)
    if not values:
        return None
    about = _("各行政區的%(what)s") % {"what": what}
    picture = maps.shaded(values, about=about)
    return (about, picture) if picture else None
