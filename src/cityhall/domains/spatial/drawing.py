"""A layer coloured by a column: its classes with their colours, the drawing of the server, and what the live map is told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import shapely
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from cityhall.engines.layers import tiles
from cityhall.engines.layers.memory import Held
from cityhall.web import maps
from cityhall.web.context import language
from cityhall.web.markup import NOTHING, tag

from . import classing

STEPS = {
    1: ("#3f8d70",),
    2: ("#b5d5c6", "#3f8d70"),
    3: ("#cfe3d9", "#7fb59d", "#1f6f56"),
    4: ("#d9e9e1", "#a3cbb8", "#57a183", "#0b5c4b"),
    5: ("#e0ede7", "#b5d5c6", "#7fb59d", "#3f8d70", "#0b5c4b"),
    6: ("#e6f1ec", "#c3ddd0", "#98c4b0", "#66a98c", "#36846a", "#0b5c4b"),
    7: ("#e9f3ee", "#cde3d8", "#aad0bf", "#82b9a1", "#589f82", "#2f8066", "#0b5c4b"),
}
KINDS = ("#0b5c4b", "#d98b2b", "#4178b0", "#b0547c", "#8aa63b", "#7a5aa8", "#46a5a5", "#a2603a")
OTHER, UNKNOWN = "#9aa5a0", "#f3f5f2"
HEAT = {
    "HOT99": "#b2182b", "HOT95": "#e2745c", "HOT90": "#f8c6ae", "NONE": "#eceeea", "COLD90": "#cbdfec", "COLD95": "#69a6cd",
    "COLD99": "#2166ac",
}  # fmt: skip
PLAIN = "#0b5c4b"
MOST_LIVE = 10_000
"""Features that the live map fetches one by one; of more it asks tiles."""
MOST_SHAPES = 4_000
"""Of one drawing; more are drawn only where script runs."""


def heat_names() -> dict[str, str]:
    """What the words of hot spots say."""
    return {
        "HOT99": _("熱區（99%信心）"), "HOT95": _("熱區（95%信心）"), "HOT90": _("熱區（90%信心）"), "NONE": _("不顯著"),
        "COLD90": _("冷區（90%信心）"), "COLD95": _("冷區（95%信心）"), "COLD99": _("冷區（99%信心）"),
    }  # fmt: skip


@dataclass(frozen=True)
class Class:
    """One line of a legend."""

    label: str
    colour: str
    many: int


@dataclass(frozen=True)
class Painted:
    """A layer with the colour of each feature, its legend, and the expression for the live map."""

    held: Held
    colours: Sequence[str]
    legend: Sequence[Class]
    expression: Any

    @property
    def points(self) -> bool:
        """Whether the layer is drawn as dots."""
        there = self.held.shapes[~shapely.is_missing(self.held.shapes)]
        return bool(len(there)) and bool((shapely.get_dimensions(there) == 0).all())


def _told(number: float) -> str:
    return f"{number:,.0f}" if abs(number) >= 100 or float(number).is_integer() else f"{number:,.2f}"


def painted(held: Held, column: str = "", how: str = classing.QUANTILE, n: int = 5) -> Painted:
    """A layer coloured by a column: numbers in classes, words by kind; in one colour without a column."""
    said = held.source.column(column) if column else None
    many = len(held)
    if said is None:
        return Painted(held, [PLAIN] * many, [Class(str(held.source.title), PLAIN, many)], PLAIN)
    values = held.table[column].to_pylist()
    if said.kind in ("integer", "number"):
        return _by_number(held, column, values, how, n)
    return _by_word(held, column, ["" if value is None else str(value) for value in values])


def _by_number(held: Held, column: str, values: list[Any], how: str, n: int) -> Painted:
    ends = classing.breaks(values, how, n)
    steps = STEPS.get(len(ends), STEPS[5])
    classes = [classing.class_of(value, ends) for value in values]
    counts = Counter(classes)
    known = [value for value in values if value is not None]
    legend, low = [], min(known) if known else 0
    for place, end in enumerate(ends):
        label = _told(end) if low == end else f"{_told(low)}–{_told(end)}"
        legend.append(Class(label, steps[place], counts[place]))
        low = end
    if counts[None]:
        legend.append(Class(_("沒有數字或不列"), UNKNOWN, counts[None]))
    colours = [UNKNOWN if place is None else steps[place] for place in classes]
    expression: Any = UNKNOWN
    if ends:
        # The live map asks for a class in the same way: the first end that is not below the number.
        step: list[Any] = ["case"]
        for place, end in enumerate(ends):
            step += [["<=", ["get", column], end], steps[place]]
        expression = ["case", ["==", ["get", column], None], UNKNOWN, [*step, steps[-1]]]
    return Painted(held, colours, legend, expression)


def _by_word(held: Held, column: str, words: list[str]) -> Painted:
    counts = Counter(words)
    if set(counts) <= {*HEAT, ""}:
        names = heat_names()
        there = [word for word in HEAT if word in counts]
        colour_of, label_of = HEAT, names
    else:
        there = [word for word, _n in sorted(counts.items(), key=lambda one: (-one[1], one[0])) if word][: len(KINDS)]
        colour_of = dict(zip(there, KINDS, strict=False))
        label_of = {word: word for word in there}
    legend = [Class(label_of[word], colour_of[word], counts[word]) for word in there]
    rest = sum(counts.values()) - sum(counts[word] for word in there)
    if rest:
        legend.append(Class(_("其他或沒有"), OTHER, rest))
    match: list[Any] = ["match", ["get", column]]
    for word in there:
        match += [word, colour_of[word]]
    expression: Any = [*match, OTHER] if there else OTHER
    return Painted(held, [colour_of.get(word, OTHER) if word in there else OTHER for word in words], legend, expression)


def drawn(layers: Sequence[Painted], *, about: str, width: int = 720, box: tuple[float, float, float, float] | None = None) -> SafeString:  # fmt: skip
    """The layers on the city's districts, the first at the bottom."""
    city = maps.city_box()
    if city is None:
        return NOTHING
    window = maps.Window.around(box or city, width, round(width * 0.87))
    body = [tag("path", class_="d", d=window.path(area["rings"])) for area in maps.shapes()["districts"]]
    for layer in layers:
        body += _shapes(layer, window)
    body += [tag("path", d=window.path(area["rings"]), fill="none", stroke="#6d7a74", stroke_width="1") for area in maps.shapes()["districts"]]  # fmt: skip
    names = []
    for area in maps.shapes()["districts"]:
        x, y = window.at(*area["label"])
        if 0 < x < window.width and 0 < y < window.height:
            name = (
                str(area["name_en"]).removesuffix(" District")
                if language() == "en" and area.get("name_en")
                else area["name"]
            )
            names.append(tag("text", name, x=f"{x:.0f}", y=f"{y:.0f}", class_="s"))
    return maps.figure(window, [*body, *names], about)


def _shapes(layer: Painted, window: maps.Window) -> list[SafeString]:
    there = ~shapely.is_missing(layer.held.shapes) & (np.array(layer.colours, dtype=object) != "")
    places = np.flatnonzero(there)[:MOST_SHAPES]
    if layer.points:
        dots = []
        for place in places:
            x, y = window.at(*shapely.get_coordinates(layer.held.shapes[place])[0])
            dots.append(
                tag("circle", cx=f"{x:.1f}", cy=f"{y:.1f}", r="5", fill=layer.colours[place], stroke="#fff", stroke_width="1")
            )  # fmt: skip
        return dots
    shapes = shapely.simplify(layer.held.shapes[places], 0.6 / window.scale, preserve_topology=True)
    found = []
    for place, shape in zip(places, shapes, strict=True):
        if shape.is_empty or not window.sees(shape.bounds):
            continue
        if shapely.get_dimensions(shape) == 1:
            found += _lines(shape, window, layer.colours[place])
            continue
        path = window.path([list(ring.coords) for part in _polygons(shape) for ring in (part.exterior,)])
        if path:
            found.append(
                tag("path", d=path, fill=layer.colours[place], fill_opacity="0.85", stroke="#fff", stroke_width="0.4")
            )  # fmt: skip
    return found


def _lines(shape: Any, window: maps.Window, colour: str) -> list[SafeString]:
    found = []
    for line in getattr(shape, "geoms", [shape]):
        points = " ".join("{:.1f},{:.1f}".format(*window.at(x, y)) for x, y in line.coords)
        found.append(tag("polyline", points=points, fill="none", stroke=colour, stroke_width="2.5"))
    return found


def _polygons(shape: Any) -> list[Any]:
    return [
        part for part in shapely.get_parts(shape) if part.geom_type == "Polygon" and not part.is_empty
    ]  # fmt: skip


def overlay(code: str, title: str, layer: Painted, url: str, time: str = "", *, tiled: bool = False) -> dict[str, Any]:
    """What the live map is told of a layer: its features at an address, or its tiles at one with {z}, {x} and {y}."""
    return {
        "id": code, "title": title, "url": url, "colour": layer.expression, "points": layer.points, "time": time,
        "columns": [[one.name, str(one.title or one.name)] for one in layer.held.source.columns],
        "tiles": [layer.held.source.code, tiles.LOWEST, tiles.HIGHEST] if tiled else None,
    }  # fmt: skip


def is_tiled(held: Held) -> bool:
    """Whether a layer is so large that the live map asks for its tiles."""
    return len(held) > MOST_LIVE


def tiles_there(held: Held, *, at: datetime) -> bool:
    """Whether the tiles of a layer are made; the worker is asked to make them where they are not."""
    if tiles.archive(held.source) is not None:
        return True
    tiles.promise_archive(held.source, at=at)
    return False


def attribution() -> str:
    """Whose boundaries are drawn."""
    return _("界線：內政部（OGDL v1），供統計使用，不是地籍界線。")
