"""From what was asked to a result: columns, rows, shapes, and the method in words. One function a tool."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import shapely
from django.utils.translation import get_language, gettext_noop
from django.utils.translation import gettext as _

from cityhall.engines.layers.registry import ARROW, GEOMETRY, ID, Kind

from . import tools
from .measuring import Data, Measured, both, in_degrees
from .refusals import CannotAnalyse
from .states import AreaLevel, Tool
from .tools import Numbers, Shapes

LEAST_RADIUS, MOST_RADIUS = 1, 50_000


@dataclass(frozen=True)
class Column:
    """A column of a result: its name, its kind, and its heading in both languages."""

    name: str
    kind: Kind
    title: tuple[str, str]

    def as_data(self) -> dict[str, str]:
        """What is kept of it."""
        return {"name": self.name, "kind": self.kind, "zh": self.title[0], "en": self.title[1]}


@dataclass(frozen=True)
class Outcome:
    """What was computed: cells by column, shapes in metres, which column the map shows, the method."""

    columns: Sequence[Column]
    cells: Sequence[Any]  # a sequence for each column
    shapes: Shapes
    shown: str
    method: tuple[str, str]

    def parquet(self) -> bytes:
        """The result as GeoParquet 1.1 in longitude and latitude."""
        names = [column.name for column in self.columns]
        arrays = [
            pa.array([_cell(column.kind, value) for value in cells], ARROW[column.kind])
            for column, cells in zip(self.columns, self.cells, strict=True)
        ]
        shapes = in_degrees(self.shapes)
        wkb = pa.array(list(shapely.to_wkb(shapes)), pa.binary())
        ids = pa.array(range(1, len(shapes) + 1), pa.int64())
        kinds = sorted({one.geom_type for one in shapes if one is not None})
        geo = {
            "version": "1.1.0", "primary_column": GEOMETRY,
            "columns": {GEOMETRY: {"encoding": "WKB", "geometry_types": kinds}},
        }  # fmt: skip
        table = pa.table([ids, *arrays, wkb], names=[ID, *names, GEOMETRY])
        sink = pa.BufferOutputStream()
        pq.write_table(table.replace_schema_metadata({"geo": json.dumps(geo)}), sink, compression="zstd")
        return bytes(sink.getvalue())


def _cell(kind: Kind, value: Any) -> Any:
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return None
    if kind == "integer":
        return int(value)
    return float(value) if kind == "number" else value


def compute(tool: str, asked: Mapping[str, Any], data: Data) -> Outcome:
    """The result of a tool. Raises CannotAnalyse with a sentence that says what would help."""
    from .measuring import REASONS

    try:
        return TOOLS[Tool(tool)](asked, data)
    except tools.CannotCompute as refusal:
        raise CannotAnalyse(REASONS()[refusal.why]) from None


# ---- what tools share ------------------------------------------------------------------------------------------------


def _titled(name: str, kind: Kind, say: Callable[[], str]) -> Column:
    return Column(name, kind, both(say))


def _points_of(n: int) -> str:
    return _("第%(n)s項得分") % {"n": n}


def _rounded(values: Numbers, places: int = 2) -> list[float]:
    return [float(one) for one in np.round(values, places)]


def _by_unit(data: Data, columns: Sequence[Column], cells: Sequence[Any], shown: str, method: tuple[str, str]) -> Outcome:  # fmt: skip
    """A row for each district or village, with its code, name and district."""
    first = [
        _titled("code", "string", lambda: _("代碼")), _titled("name", "string", lambda: _("名稱")),
        _titled("district", "string", lambda: _("行政區")),
    ]  # fmt: skip
    names = data.names()
    there = [list(data.units.codes), [name for name, _district in names], [district for _name, district in names]]
    if data.level == AreaLevel.DISTRICT:
        first, there = first[:2], there[:2]
    return Outcome([*first, *columns], [*there, *cells], data.units.shapes, shown, method)


def _number(name: str, measured: Measured) -> Column:
    return Column(name, "integer" if measured.whole else "number", measured.title)


def _level(data: Data) -> str:
    return str(AreaLevel(data.level).label)


def _radius(asked: Mapping[str, Any]) -> int:
    radius = int(asked["radius"])
    if not LEAST_RADIUS <= radius <= MOST_RADIUS:
        raise CannotAnalyse(
            _("半徑要在%(least)s到%(most)s公尺之間。") % {"least": LEAST_RADIUS, "most": f"{MOST_RADIUS:,}"}
        )
    return radius


HIDES = gettext_noop("不是公開圖資的數量，未滿3的不列，也不能由合計推算。")


# ---- the tools -------------------------------------------------------------------------------------------------------


def _overlay(asked: Mapping[str, Any], data: Data) -> Outcome:
    code, _colon, name = asked["classes"].partition(":")
    layer, held = data.layer(code)
    column = held.source.column(name)
    if column is None:
        raise CannotAnalyse(_("「%(name)s」沒有這個欄位。") % {"name": layer})
    classes = ["" if value is None else str(value) for value in held.table[name].to_pylist()]
    pieces = tools.overlaid(data.features(code), data.units)
    places, kinds, shapes, areas = tools.joined(pieces, classes)
    if not places:
        raise tools.CannotCompute(tools.NOTHING_THERE)
    shares = areas / shapely.area(data.units.shapes)[places] * 100
    names = data.names()
    columns = [
        _titled("code", "string", lambda: _("代碼")), _titled("name", "string", lambda: _("名稱")),
        _titled("district", "string", lambda: _("行政區")), Column("class", "string", both(lambda: str(column.title))),
        _titled("square_metres", "number", lambda: _("面積（平方公尺）")), _titled("share", "number", lambda: _("占區域的百分比")),
    ]  # fmt: skip
    cells = [
        [data.units.codes[one] for one in places], [names[one][0] for one in places], [names[one][1] for one in places],
        kinds, _rounded(areas, 1), _rounded(shares, 3),
    ]  # fmt: skip
    method = both(
        lambda: (
            _(
                "以%(level)s切割「%(layer)s」，依「%(column)s」合併，在 TWD97 二度分帶（EPSG:3826）上計算面積；同類重疊的部分只算一次。"
            )
            % {"level": _level(data), "layer": layer, "column": column.title}
        )
    )
    return Outcome(columns, cells, shapes, "class", method)


def _count(asked: Mapping[str, Any], data: Data) -> Outcome:
    measured = data.measured(f"count:{asked['layer']}")
    density = measured.values / data.units.square_kilometres
    columns = [_number("count", measured), _titled("density", "number", lambda: _("每平方公里"))]
    method = both(
        lambda: (
            _("計算每個%(level)s裡「%(what)s」；以圖徵內部的一點判定位置，密度除以區域面積。%(hides)s")
            % {"level": _level(data), "what": measured_name(measured), "hides": _(HIDES)}
        )
    )
    return _by_unit(data, columns, [measured.values, _rounded(density)], "density", method)


def separator() -> str:
    """What stands between things that are listed."""
    return "; " if get_language() == "en" else "、"


def measured_name(measured: Measured) -> str:
    """The measure's title in the active language."""
    return measured.title[1] if get_language() == "en" else measured.title[0]


def _rate(asked: Mapping[str, Any], data: Data) -> Outcome:
    measured, people = data.measured(asked["measure"]), data.statistic(*_item(asked["people"]))
    rate = tools.rates(measured.values, people.values)
    columns = [
        _number("value", measured), _number("people", people), _titled("per_thousand", "number", lambda: _("每千人")),
    ]  # fmt: skip
    method = both(
        lambda: (
            _("「%(what)s」除以「%(people)s」乘以1,000；沒有人口或任一數字不列的區域不計算。%(hides)s")
            % {"what": measured_name(measured), "people": measured_name(people), "hides": _(HIDES)}
        )
    )
    return _by_unit(data, columns, [measured.values, people.values, _rounded(rate)], "per_thousand", method)


def _item(said: str) -> tuple[str, str]:
    item, _colon, period = said.removeprefix("stat:").partition(":")
    return item, period


def _nearest(asked: Mapping[str, Any], data: Data) -> Outcome:
    radius = _radius(asked)
    layer, held = data.layer(asked["layer"])
    other, others = data.layer(asked["other"])
    shapes = data.features(asked["layer"])
    found = tools.nearest(shapes, data.features(asked["other"]), radius)
    within = found.within.astype(float)
    if other.rights != "PUBLIC":
        within[(within > 0) & (within < tools.FEWEST)] = math.nan
    name_of, name_near = _names_of(held), _names_of(others)
    columns = [
        Column("name", "string", both(lambda: str(layer))), Column("nearest", "string", both(lambda: _("最近的%(name)s") % {"name": other})),
        _titled("metres", "number", lambda: _("距離（公尺）")),
        Column("within", "integer", both(lambda: _("%(radius)s公尺內的數量") % {"radius": f"{radius:,}"})),
    ]  # fmt: skip
    cells = [
        name_of, [name_near[place] if place >= 0 else None for place in found.nearest], _rounded(found.metres, 1), within,
    ]  # fmt: skip
    method = both(
        lambda: (
            _("計算「%(layer)s」每個圖徵到最近的「%(other)s」的直線距離，以及%(radius)s公尺內的數量。%(hides)s")
            % {"layer": layer, "other": other, "radius": f"{radius:,}", "hides": _(HIDES)}
        )
    )
    return Outcome(columns, cells, shapes, "metres", method)


def _names_of(held: Any) -> list[str]:
    """What to call each feature: its name, else its id."""
    if "name" in held.table.column_names:
        return [
            str(name) if name else str(one) for name, one in zip(held.table["name"].to_pylist(), held.ids, strict=True)
        ]
    return [str(one) for one in held.ids]


def _coverage(asked: Mapping[str, Any], data: Data) -> Outcome:
    radius = _radius(asked)
    layer, _held = data.layer(asked["layer"])
    found = tools.covered(data.features(asked["layer"]), data.units, radius)
    columns = [_titled("share", "number", lambda: _("涵蓋面積的百分比"))]
    cells: list[Any] = [_rounded(found.shares * 100)]
    method = both(
        lambda: (
            _("「%(layer)s」周圍%(radius)s公尺合起來是服務範圍，計算它占每個%(level)s面積的比例。")
            % {"layer": layer, "radius": f"{radius:,}", "level": _level(data)}
        )
    )
    if asked.get("people"):
        people = data.statistic(*_item(asked["people"]))
        reached = np.round(people.values * found.shares)
        reached[(reached > 0) & (reached < tools.FEWEST)] = math.nan
        columns += [_number("people", people), _titled("covered", "integer", lambda: _("涵蓋的人數（估計）"))]
        cells += [people.values, reached]
        more = both(lambda: _("人數按面積比例估計，假定人口平均分布。"))
        method = (method[0] + more[0], f"{method[1]} {more[1]}")
    return _by_unit(data, columns, cells, "share", method)


def _choropleth(asked: Mapping[str, Any], data: Data) -> Outcome:
    measured = data.measured(asked["measure"])
    known = int(np.isfinite(measured.values).sum())
    missing = len(data.units) - known
    method = both(
        lambda: (
            _("把「%(what)s」依%(level)s代碼對到區界；有數字的%(known)s個，沒有的%(missing)s個不著色。")
            % {"what": measured_name(measured), "level": _level(data), "known": known, "missing": missing}
        )
    )
    return _by_unit(data, [_number("value", measured)], [measured.values], "value", method)


def _change(asked: Mapping[str, Any], data: Data) -> Outcome:
    before = data.measured(asked["before"], _days(asked, "before"))
    after = data.measured(asked["after"], _days(asked, "after"))
    found = tools.changed(before.values, after.values)
    when = [_span(_days(asked, name)) for name in ("before", "after")]
    titles = [
        tuple(f"{title}{span}" for title in measured.title) for measured, span in zip((before, after), when, strict=True)
    ]  # fmt: skip
    columns = [
        Column("before", "integer" if before.whole else "number", (titles[0][0], titles[0][1])),
        Column("after", "integer" if after.whole else "number", (titles[1][0], titles[1][1])),
        _titled("difference", "number", lambda: _("增減")), _titled("share", "number", lambda: _("增減的百分比")),
    ]  # fmt: skip
    cells = [before.values, after.values, _rounded(found.difference), _rounded(found.share * 100)]
    method = both(
        lambda: (
            _("每個%(level)s後一個數字減前一個；前一個是0的沒有百分比，任一個不列的不計算。%(hides)s")
            % {"level": _level(data), "hides": _(HIDES)}
        )
    )
    return _by_unit(data, columns, cells, "difference", method)


def _days(asked: Mapping[str, Any], name: str) -> tuple[date | None, date | None]:
    first, last = asked.get(f"{name}_from"), asked.get(f"{name}_to")
    return (date.fromisoformat(first) if first else None, date.fromisoformat(last) if last else None)


def _span(days: tuple[date | None, date | None]) -> str:
    if days == (None, None):
        return ""
    return f" {days[0] or ''}–{days[1] or ''}"


def _site(asked: Mapping[str, Any], data: Data) -> Outcome:
    wanted = asked["criteria"]
    measures = [data.measured(one["measure"]) for one in wanted]
    criteria = [
        tools.Criterion(measured.values, float(one["weight"]), bool(one["more"]))
        for measured, one in zip(measures, wanted, strict=True)
    ]
    scores, points = tools.weighed(criteria)
    ranks = tools.ranked(scores)
    columns = [_titled("rank", "integer", lambda: _("名次")), _titled("score", "number", lambda: _("總分"))]
    cells: list[Any] = [[int(one) or None for one in ranks], _rounded(scores)]
    for n, measured in enumerate(measures):
        columns += [
            _number(f"value_{n + 1}", measured),
            _titled(f"points_{n + 1}", "number", partial(_points_of, n + 1)),
        ]
        cells += [measured.values, _rounded(points[:, n])]
    method = both(
        lambda: _("每項指標由最低到最高換成0到100分（越少越好的反過來），再依權重平均：%(list)s。任一項沒有數字的不評比。%(hides)s")
        % {
            "list": separator().join(
                _("%(what)s（權重%(weight)s，%(way)s）")
                % {
                    "what": measured_name(measured), "weight": f"{float(one['weight']):g}",
                    "way": _("越多越好") if one["more"] else _("越少越好"),
                }
                for measured, one in zip(measures, wanted, strict=True)
            ),
            "hides": _(HIDES),
        }
    )  # fmt: skip
    return _by_unit(data, columns, cells, "score", method)


def _hot_spots(asked: Mapping[str, Any], data: Data) -> Outcome:
    measured = data.measured(asked["measure"])
    values = measured.values
    if asked.get("people"):
        values = tools.rates(values, data.statistic(*_item(asked["people"])).values)
    z, p = tools.hot_spots(values, tools.touching(data.units.shapes))
    columns = [
        _number("value", measured), _titled("used", "number", lambda: _("納入計算的數字")),
        _titled("z", "number", lambda: _("z 值")), _titled("p", "number", lambda: _("p 值（雙尾）")),
        _titled("heat", "string", lambda: _("熱區")),
    ]  # fmt: skip
    cells = [measured.values, _rounded(values), _rounded(z, 4), _rounded(p, 6), [tools.heat(one) or None for one in z]]
    method = both(
        lambda: (
            _(
                "Getis-Ord Gi* 統計（esda 套件），相鄰的%(level)s互為鄰居並含本身，權重相同；未作多重檢定校正，沒有數字的區域不納入。%(rate)s"
            )
            % {"level": _level(data), "rate": _("數字是每千人的比率。") if asked.get("people") else ""}
        )
    )
    return _by_unit(data, columns, cells, "heat", method)


TOOLS: dict[Tool, Callable[[Mapping[str, Any], Data], Outcome]] = {
    Tool.OVERLAY: _overlay,
    Tool.COUNT: _count,
    Tool.RATE: _rate,
    Tool.NEAREST: _nearest,
    Tool.COVERAGE: _coverage,
    Tool.CHOROPLETH: _choropleth,
    Tool.CHANGE: _change,
    Tool.SITE: _site,
    Tool.HOT_SPOTS: _hot_spots,
}
