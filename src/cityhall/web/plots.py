"""Charts that readers put together themselves: Vega-Lite for the browser, the same numbers as a table, and as a drawing of
the server (`charts.py`) where it knows that kind.

What is drawn was counted before: a plot holds a few hundred spots at most, and names of columns stand in titles alone, never
in an expression.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from django.utils.translation import gettext as _

from cityhall.web import charts
from cityhall.web.charts import AXIS, FAINT, FONT, GREY, INK
from cityhall.web.context import language

PALETTE = ("#0b5c4b", "#d98b2b", "#4178b0", "#b0547c", "#8aa63b", "#7a5aa8", "#46a5a5", "#a2603a")
"""Told apart by those who see no red or no green too; the last of a plot may be `OTHERS`."""
OTHERS = "#9aa5a0"
MOST_COLOURS = len(PALETTE)
MOST_LABELS = 12
ROOM = 1.2
SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"


class Kind(StrEnum):
    """How values are drawn."""

    BARS = "bars"
    LINE = "line"
    AREA = "area"
    POINTS = "points"
    SHARE = "share"


class Scale(StrEnum):
    """What the axis is made of."""

    NAMES = "names"
    STEPS = "steps"
    """Numbers or stretches of numbers, one after the other."""
    NUMBERS = "numbers"
    """Numbers in their true distance."""
    YEAR = "year"
    MONTH = "month"
    DAY = "day"


TIMES = (Scale.YEAR, Scale.MONTH, Scale.DAY)


@dataclass(frozen=True)
class Spot:
    """One value: its place on the axis by name, for numbers and days also by value, and its colour by name."""

    label: str
    value: float
    colour: str = ""
    at: float | date | None = None
    share: float | None = None
    """Per cent of the whole, or of its bar."""


@dataclass(frozen=True)
class Plot:
    """A chart to be drawn: spots in the order of the axis, and what everything is called."""

    kind: Kind
    scale: Scale
    title: str
    axis: str
    measure: str
    source: str
    spots: tuple[Spot, ...]
    colour: str = ""
    stacked: bool = True
    """Whether colours add up to a whole."""
    others: str = ""
    """The name of the colour that stands for all that have none of their own."""
    domain: tuple[str, ...] = ()
    """The names along the axis, also of places that have no value; empty where those of the spots are all."""

    @property
    def places(self) -> list[str]:
        """The names along the axis, each once."""
        return list(self.domain or dict.fromkeys(one.label for one in self.spots))

    @property
    def colours(self) -> list[str]:
        """The names of the colours, the rest at the end."""
        named = dict.fromkeys(one.colour for one in self.spots)
        return sorted(named, key=lambda name: name == self.others) if self.colour else []

    @property
    def lying(self) -> bool:
        """Whether bars lie: names are read from left to right."""
        return self.scale is Scale.NAMES and self.kind in (Kind.BARS, Kind.SHARE)

    @property
    def columns(self) -> tuple[str, ...]:
        """The headings of its table."""
        more = (self.colour,) if self.colour else ()
        return (self.axis, *more, self.measure, *((_("占比"),) if self.kind is Kind.SHARE else ()))

    @property
    def rows(self) -> list[tuple[str, ...]]:
        """Its numbers as people read them."""
        return [
            (one.label, *((one.colour,) if self.colour else ()), shown(one.value),
             *((f"{one.share or 0:.1f}%",) if self.kind is Kind.SHARE else ()))
            for one in self.spots
        ]  # fmt: skip

    @property
    def data(self) -> list[tuple[Any, ...]]:
        """Its numbers as programs read them: days as ISO has them."""
        return [
            (_plain(one), *((one.colour,) if self.colour else ()), _whole(one.value),
             *((round(one.share or 0, 4),) if self.kind is Kind.SHARE else ()))
            for one in self.spots
        ]  # fmt: skip

    @property
    def about(self) -> str:
        """The text alternative: what it is, the first and the last, the least and the most."""
        kind = _NAMES[self.kind]()
        if not self.spots:
            return _("%(title)s，%(kind)s，目前沒有資料。") % {"title": self.title, "kind": kind}
        value = _share if self.kind is Kind.SHARE else _value
        most, least = max(self.spots, key=value), min(self.spots, key=value)
        words = _("%(title)s，%(kind)s，共%(many)s個值。最多是%(most)s，最少是%(least)s。") % {
            "title": self.title, "kind": kind, "many": f"{len(self.spots):,}",
            "most": self._said(most), "least": self._said(least),
        }  # fmt: skip
        if self.scale in TIMES and not self.colour and len(self.spots) > 1:
            ends = {"first": self._said(self.spots[0]), "last": self._said(self.spots[-1])}
            words += _("從%(first)s到%(last)s。") % ends
        return words

    def _said(self, one: Spot) -> str:
        """A spot in words, as its tooltip says it."""
        number = f"{one.share or 0:.1f}%" if self.kind is Kind.SHARE else shown(one.value)
        between = ", " if language() == "en" else "，"
        name = f"{one.label}{between}{one.colour}" if self.colour else one.label
        return f"{name} {number}"

    def spec(self) -> dict[str, Any]:
        """The chart in Vega-Lite, with its data."""
        values = [
            {"place": one.at if self.scale is Scale.NUMBERS else one.label, "value": _whole(one.value), "said": self._said(one),
             **({"colour": one.colour} if self.colour else {}), **({"share": one.share} if self.kind is Kind.SHARE else {})}
            for one in self.spots
        ]  # fmt: skip
        base: dict[str, Any] = {
            "$schema": SCHEMA, "title": {"text": self.title, "subtitle": self.source}, "description": self.about,
            "data": {"values": values}, "config": _THEME,
            "autosize": {"type": "fit-x", "contains": "padding"}, "width": "container",
            "height": self._height,
        }  # fmt: skip
        bars = {"mark": self._mark(), "encoding": self._encoding()}
        if not (self.lying and not self.colour):
            return base | bars
        number = {"field": "share" if self.kind is Kind.SHARE else "value", "type": "quantitative",
                  "format": ".1f" if self.kind is Kind.SHARE else ",.6~g"}  # fmt: skip
        words = {"mark": {"type": "text", "align": "left", "dx": 4}, "encoding": {"text": {**number}}}
        shared = bars.pop("encoding")
        return base | {"encoding": shared, "layer": [bars, words]}

    @property
    def _height(self) -> int:
        if not self.lying:
            return 320
        return len(self.places) * (10 + 14 * len(self.colours) if self._beside else 28)

    @property
    def _beside(self) -> bool:
        """Whether the bars of the colours stand side by side."""
        return bool(self.colour) and not self.stacked

    def _mark(self) -> dict[str, Any]:
        marks: dict[Kind, dict[str, Any]] = {
            Kind.BARS: {"type": "bar"}, Kind.SHARE: {"type": "bar"}, Kind.LINE: {"type": "line", "point": len(self.spots) <= 200},
            Kind.AREA: {"type": "area", "line": True}, Kind.POINTS: {"type": "point", "filled": True, "size": 60},
        }  # fmt: skip
        return marks[self.kind]

    def _encoding(self) -> dict[str, Any]:
        number: dict[str, Any] = {"field": "value", "type": "quantitative", "title": None,
                                  "axis": {"format": ",.6~g", "tickCount": 5}}  # fmt: skip
        if self.kind is Kind.SHARE:
            number |= {
                "field": "share",
                "title": f"{self.measure} (%)",
                "scale": {"domain": [0, 100]} if self.colour else {},
            }
        if self.lying and not self.colour:  # room for the number at the end of the longest bar
            values = [(one.share or 0.0) if self.kind is Kind.SHARE else one.value for one in self.spots]
            number["scale"] = {"domain": [min([0.0, *values]) * ROOM, max([0.0, *values]) * ROOM or 1.0], "nice": False}
        if not self.stacked and self.kind in (Kind.BARS, Kind.AREA):
            number["stack"] = None
        found = {"x": self._place(), "y": number}
        if self.lying:
            found = {"y": found["x"], "x": number}
        if self.colour:
            names = self.colours
            colours = [OTHERS if name == self.others else PALETTE[n % MOST_COLOURS] for n, name in enumerate(names)]
            found["color"] = {
                "field": "colour", "type": "nominal", "title": self.colour, "scale": {"domain": names, "range": colours},
            }  # fmt: skip
            if self._beside and self.kind is Kind.BARS:
                side = "yOffset" if self.lying else "xOffset"
                found[side] = {"field": "colour", "type": "nominal", "scale": {"domain": names}}
        found["tooltip"] = {"field": "said", "type": "nominal"}
        return found

    def _place(self) -> dict[str, Any]:
        if self.scale is Scale.NUMBERS:
            return {"field": "place", "type": "quantitative", "title": self.axis, "axis": {"format": ",.6~g"}, "scale": {"zero": False}}  # fmt: skip
        axis: dict[str, Any] = {"labelLimit": 220}
        if not self.lying:
            places = self.places
            every = max(1, -(-len(places) // MOST_LABELS))
            axis |= {"labelAngle": 0, "labelOverlap": "greedy", "labelLimit": 110, "values": places[::every]}
        return {"field": "place", "type": "ordinal", "title": None if self.lying else self.axis, "sort": None,
                "scale": {"domain": self.places}, "axis": axis}  # fmt: skip

    def picture(self) -> charts.Chart | None:
        """The same as the server draws it, without script; None for what it has no drawing for."""
        if not self.spots:
            return None
        words: dict[str, Any] = {"unit": self.measure, "source": self.source, "about": self.about}
        value = _share if self.kind is Kind.SHARE else _value
        if self.lying and not self.colour and all(value(one) >= 0 for one in self.spots):
            places = 1 if self.kind is Kind.SHARE else None
            points = [charts.Point(one.label, value(one)) for one in self.spots]
            return charts.horizontal_bars(self.title, points, first_column=self.axis, places=places, **words)
        months = self._months()
        if not months or any(one.value < 0 for one in self.spots) or len(months) > 120:
            return None
        if self.kind is Kind.LINE and not self.colour:
            return charts.line(
                self.title, [(day, one.value) for day, one in zip(months, self.spots, strict=True)], **words
            )
        if self.kind is Kind.LINE:
            known = {(one.at, one.colour): one.value for one in self.spots}
            lines = [charts.Curve(name, [known.get((day, name)) for day in months]) for name in self.colours]
            return charts.curves(self.title, months, lines, most=0, **words)
        if self.kind is Kind.BARS and not self.colour:
            points_ = [(day, one.value) for day, one in zip(months, self.spots, strict=True)]
            return charts.bar_by_month(self.title, points_, average=False, **words)
        return None

    def _months(self) -> list[date]:
        """The months along the axis; none where it is none of months."""
        if self.scale is not Scale.MONTH:
            return []
        return list(dict.fromkeys(one.at for one in self.spots if isinstance(one.at, date)))


def _value(one: Spot) -> float:
    return one.value


def _share(one: Spot) -> float:
    return one.share or 0.0


def _whole(value: float) -> float | int:
    return int(value) if value == int(value) else value


def _plain(one: Spot) -> Any:
    return one.at.isoformat() if isinstance(one.at, date) else one.label if one.at is None else _whole(one.at)


def shown(value: float) -> str:
    """A number with at most two places, grouped."""
    return f"{int(value):,}" if value == int(value) else f"{value:,.2f}".rstrip("0").rstrip(".")


def between(day: date, last: date, scale: Scale, *, most: int) -> Sequence[date]:
    """Every year, month or day from one to another; nothing where these are too many."""
    if scale is Scale.DAY:
        span = last.toordinal() - day.toordinal() + 1
        return [date.fromordinal(day.toordinal() + n) for n in range(span)] if span <= most else []
    if scale is Scale.YEAR:
        span = last.year - day.year + 1
        return [date(day.year + n, 1, 1) for n in range(span)] if span <= most else []
    first, end = day.year * 12 + day.month - 1, last.year * 12 + last.month - 1
    return [date(n // 12, n % 12 + 1, 1) for n in range(first, end + 1)] if end - first < most else []


_NAMES = {
    Kind.BARS: lambda: _("長條圖"), Kind.LINE: lambda: _("折線圖"), Kind.AREA: lambda: _("面積圖"), Kind.POINTS: lambda: _("點圖"),
    Kind.SHARE: lambda: _("占比圖"),
}  # fmt: skip
_THEME: dict[str, Any] = {
    "font": FONT, "background": "#ffffff", "view": {"stroke": None}, "aria": False,
    "axis": {
        "labelColor": GREY, "titleColor": GREY, "labelFontSize": 13, "titleFontSize": 13, "titleFontWeight": "normal",
        "domainColor": AXIS, "tickColor": AXIS, "gridColor": FAINT, "titlePadding": 8,
    },
    "axisBand": {"grid": False}, "legend": {
        "orient": "top", "direction": "horizontal", "columns": 4, "labelColor": INK, "titleColor": GREY, "labelFontSize": 13,
        "titleFontSize": 13, "titleFontWeight": "normal", "labelLimit": 140, "symbolType": "square", "symbolStrokeWidth": 0,
    },
    "title": {"anchor": "start", "frame": "group", "fontSize": 16, "color": INK, "subtitleColor": GREY, "subtitleFontSize": 12, "offset": 12},
    "bar": {"color": PALETTE[0]}, "line": {"color": PALETTE[0], "strokeWidth": 2.4}, "area": {"color": PALETTE[0], "fillOpacity": 0.75},
    "point": {"color": PALETTE[0], "opacity": 0.8}, "text": {"color": INK, "fontSize": 13},
}  # fmt: skip
