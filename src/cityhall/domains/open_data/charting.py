"""圖表: a reader's question about a resource (along what, how much of what, in which colours) is counted by the row store, and
becomes a plot.

Whatever the size of the table, the store answers with groups: the first so many names, the last so many days, numbers by
stretches; what is left out is said.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cityhall.engines.tables.asking import Answer, ask
from cityhall.engines.tables.profiling import ColumnProfile, FirstChart, Profile
from cityhall.engines.tables.querying import Aggregate, BadQuery, Cell, Condition, Group, How, Measure, Query, Sort
from cityhall.engines.tables.reading import Column
from cityhall.engines.tables.rules import Kind as ColumnKind
from cityhall.engines.tables.storing import Stored
from cityhall.web import charts, plots
from cityhall.web.plots import Kind, Plot, Scale, Spot

USUAL_NAMES, MOST_NAMES = 20, 100
MOST_TIMES = 800
FEW_NUMBERS, MOST_NUMBERS, STRETCHES = 24, 1_000, 20
NUMBERS = (ColumnKind.INTEGER, ColumnKind.NUMBER)
TIMES = (ColumnKind.MONTH, ColumnKind.DATE, ColumnKind.TIME)
ADDED_UP = (Measure.COUNT, Measure.SUM)
"""What of all groups together is that of the whole."""


@dataclass(frozen=True)
class Wanted:
    """What a reader wants drawn, as an address says it."""

    kind: Kind
    axis: str
    by: str = ""
    how: Measure = Measure.COUNT
    of: str = ""
    colour: str = ""
    order: str = "most"
    """Of names: `most` or `least` first, or by `name`."""
    most: int = USUAL_NAMES

    @property
    def aggregate(self) -> Aggregate:
        """What is counted of each group."""
        return Aggregate(self.how, "" if self.how is Measure.COUNT else self.of)


@dataclass(frozen=True)
class Made:
    """A plot and what has to be said beside it."""

    plot: Plot
    notes: tuple[str, ...]


def drawable(store: Stored) -> list[Column]:
    """The columns along which a chart can run."""
    return [one for one in store.columns if one.kind is not ColumnKind.GEOMETRY]


def first(store: Stored, about: Profile) -> dict[str, str]:
    """What is drawn where nobody has chosen yet, as an address says it."""
    kind, name = about.first_chart
    columns = [one.name for one in drawable(store)]
    given = {"kind": Kind.BARS.value, "axis": name or (columns[0] if columns else ""), "how": Measure.COUNT.value}
    if kind is FirstChart.LINE:
        given |= {"kind": Kind.LINE.value, "by": "month"}
    if about.measures and kind in (FirstChart.LINE, FirstChart.BAR):
        given |= {"how": Measure.SUM.value, "of": about.measures[0].column.name}
    return given


def make(store: Stored, query: Query, wanted: Wanted, about: Profile, *, source: str) -> Made:
    """Count what is wanted of the rows that a question finds. Raises BadQuery, whose part is the field."""
    _refuse(store, wanted)
    drawing = _Drawing(store, replace(query.whole(), fields=(), sort=()), wanted, about)
    scale, group = drawing.axis()
    spots = drawing.spots(scale, group)
    if wanted.kind is Kind.SHARE:
        spots = _shares(spots, whole=not wanted.colour, total=drawing.total)
    title = _title(wanted, scale)
    plot = Plot(
        wanted.kind, scale, title, wanted.axis, _measure(wanted), source, tuple(spots), wanted.colour,
        stacked=wanted.how in ADDED_UP and wanted.kind in (Kind.BARS, Kind.AREA, Kind.SHARE), others=_others(),
        domain=_domain(scale, spots),
    )  # fmt: skip
    return Made(plot, tuple(drawing.notes))


def _refuse(store: Stored, wanted: Wanted) -> None:
    axis = store.column(wanted.axis)
    if axis is None or axis.kind is ColumnKind.GEOMETRY:
        raise BadQuery("axis", _("沒有「%(name)s」這個欄位。") % {"name": wanted.axis[:80]})
    if wanted.how is not Measure.COUNT:
        of = store.column(wanted.of)
        if of is None:
            raise BadQuery("of", _("請選擇要計算的數值欄位"))
        if of.kind not in NUMBERS:
            raise BadQuery("of", _("「%(column)s」不是數值，不能計算。") % {"column": of.name})
    if wanted.colour:
        colour = store.column(wanted.colour)
        if colour is None or colour.kind is ColumnKind.GEOMETRY:
            raise BadQuery("colour", _("沒有「%(name)s」這個欄位。") % {"name": wanted.colour[:80]})
        if colour.name == axis.name:
            raise BadQuery("colour", _("分色的欄位要和橫軸的不同"))
    if wanted.how not in ADDED_UP and wanted.kind is Kind.SHARE:
        raise BadQuery("how", _("占比只能用筆數或合計"))
    if wanted.how not in ADDED_UP and wanted.kind is Kind.AREA and wanted.colour:
        raise BadQuery("how", _("分色的面積圖會疊起來，只能用筆數或合計"))


def _others() -> str:
    return _("其他")


class _Drawing:
    """The questions of one plot, and what they leave out."""

    def __init__(self, store: Stored, query: Query, wanted: Wanted, about: Profile) -> None:
        self.store, self.query, self.wanted, self.about = store, query, wanted, about
        self.measure = wanted.aggregate
        self.column = store.column(wanted.axis)
        self.total = 0.0
        self.notes: list[str] = []

    def axis(self) -> tuple[Scale, Group]:
        """What the axis is made of, and how the store puts rows together for it."""
        assert self.column is not None
        name, kind = self.column.name, self.column.kind
        if kind in TIMES:
            by = self.wanted.by if self.wanted.by in ("year", "month", "day") else "month"
            by = "month" if by == "day" and kind is ColumnKind.MONTH else by
            return Scale(by), Group(name, by)
        if kind not in NUMBERS:
            return Scale.NAMES, Group(name)
        one = next(one for one in self.about.columns if one.column.name == name)
        even = self.wanted.kind in (Kind.BARS, Kind.SHARE)
        if one.distinct <= (FEW_NUMBERS if even else MOST_NUMBERS):
            return Scale.STEPS if even else Scale.NUMBERS, Group(name)
        return Scale.STEPS if even else Scale.NUMBERS, Group(name, _plain(_width(one)))

    def ask(self, *groups: Group, sort: Sequence[Sort] = (), most: int, **more: Any) -> Answer:
        """Groups of the rows with their measure."""
        return ask(self.store, replace(
            self.query, group=groups, aggregates=(self.measure,), sort=tuple(sort), limit=most, total=True, **more
        ))  # fmt: skip

    def spots(self, scale: Scale, group: Group) -> list[Spot]:
        """The values in the order of the axis."""
        along = self._names(group) if scale is Scale.NAMES else self._run(scale, group)
        if not self.wanted.colour:
            return [self._spot(scale, group, place, value) for place, value in along]
        return self._coloured(scale, group, along)

    def _known(self, rows: Sequence[Sequence[Any]]) -> list[tuple[Any, float]]:
        """Places with values that can be drawn."""
        return [(place, float(value)) for place, value in rows if value is not None and math.isfinite(value)]

    def _names(self, group: Group) -> list[tuple[Any, float]]:
        """The first so many names; what is behind them is said, and its share is kept."""
        order = {
            "least": [Sort(self.measure.name)], "name": [Sort(group.name)],
        }.get(self.wanted.order, [Sort(self.measure.name, descending=True)])  # fmt: skip
        answer = self.ask(group, sort=order, most=self.wanted.most)
        found = self._known(answer.rows)
        left = (answer.total or 0) - len(answer.rows)
        if left > 0:
            self.notes.append(
                ngettext("還有%(many)s項沒有畫出來。", "還有%(many)s項沒有畫出來。", left) % {"many": f"{left:,}"}
            )
        if self.measure.how in ADDED_UP:
            self.total = float(self.ask(most=1).rows[0][0] or 0)
        return found

    def _run(self, scale: Scale, group: Group) -> list[tuple[Any, float]]:
        """Days or numbers one after the other: the last so many; rows without one are said."""
        answer = self.ask(group, sort=[Sort(group.name, descending=True)], most=MOST_TIMES)
        found = [one for one in self._known(answer.rows) if one[0] is not None and _is_place(one[0])]
        if (answer.total or 0) > len(answer.rows):
            self.notes.append(_("只畫最後%(many)s個。") % {"many": f"{len(found):,}"})
        empty = ask(self.store, replace(
            self.query, filters=(*self.query.filters, Condition(group.column, How.EMPTY)), limit=0, total=True
        )).total or 0  # fmt: skip
        if empty:
            self.notes.append(
                ngettext(
                    "有%(many)s列的「%(name)s」是空白，沒有畫出來。",
                    "有%(many)s列的「%(name)s」是空白，沒有畫出來。",
                    empty,
                )
                % {"many": f"{empty:,}", "name": group.column}
            )
        found = sorted(found)
        self.total = sum(value for _place, value in found)
        if scale is Scale.STEPS and group.by and self.measure.how is Measure.COUNT:
            found = _without_holes(found, float(group.by))
        return found

    def _coloured(self, scale: Scale, group: Group, along: Sequence[tuple[Any, float]]) -> list[Spot]:
        """Each place divided by colour: the most frequent have one of their own, what remains is theirs together."""
        column = self.store.column(self.wanted.colour)
        assert column is not None
        by = Group(column.name)
        most = [Sort(self.measure.name, descending=True)]
        answer = self.ask(by, sort=most, most=plots.MOST_COLOURS)
        colours = [row[0] for row in answer.rows]
        chosen: list[Condition] = []
        if (answer.total or 0) > len(colours):
            colours = colours[: plots.MOST_COLOURS - 1]
            chosen.append(Condition(column.name, How.IN, tuple(colours)))
            left = (answer.total or 0) - len(colours)
            words = (
                ngettext(
                    "「%(name)s」還有%(many)s項，合為「其他」。", "「%(name)s」還有%(many)s項，合為「其他」。", left
                )
                if self.measure.how in ADDED_UP
                else ngettext("「%(name)s」還有%(many)s項沒有畫出來。", "「%(name)s」還有%(many)s項沒有畫出來。", left)
            )
            self.notes.append(words % {"name": column.name, "many": f"{left:,}"})
        places = [place for place, _value in along]
        if scale is Scale.NAMES:
            chosen.append(Condition(group.column, How.IN, tuple(places)))
        elif places and isinstance(places[0], str):
            chosen.append(Condition(group.column, How.RANGE, (self._from(places[0]), None)))
        asked = replace(
            self.query, filters=(*self.query.filters, *chosen), group=(group, by), aggregates=(self.measure,),
            limit=32_000, total=False,
        )  # fmt: skip
        cells = {(place, colour): float(value) for place, colour, value in ask(self.store, asked).rows
                 if value is not None and math.isfinite(value)}  # fmt: skip
        rest = self.measure.how in ADDED_UP and any(one.how is How.IN and one.column == column.name for one in chosen)
        spots = []
        stacked = self.wanted.kind is Kind.AREA  # areas that lie on one another need a value everywhere
        for place, whole in along:
            mine = [
                (colour, cells.get((place, colour), 0.0))
                for colour in colours if stacked or (place, colour) in cells
            ]  # fmt: skip
            spots += [self._spot(scale, group, place, value, _name(colour)) for colour, value in mine]
            more = whole - sum(value for _colour, value in mine)
            if rest and (stacked or abs(more) > 1e-9 * max(1.0, abs(whole))):
                spots.append(self._spot(scale, group, place, more, _others()))
        return spots

    def _from(self, place: str) -> Cell:
        """The first day of a year, month or day, as the column has days."""
        assert self.column is not None
        return place if self.column.kind is ColumnKind.MONTH else _day(place)

    def _spot(self, scale: Scale, group: Group, place: Any, value: float, colour: str = "") -> Spot:
        if scale in plots.TIMES:
            day = _day(place)
            return Spot(charts.short_day(day, scale), value, colour, at=day)
        if scale is Scale.NAMES:
            return Spot(_name(place), value, colour)
        at = float(place)
        label = plots.shown(at)
        if group.by:
            label = f"{label}–{plots.shown(at + float(group.by))}"
        return Spot(label, value, colour, at=at)


def _is_place(value: Any) -> bool:
    return isinstance(value, str) or math.isfinite(value)


def _day(text: str) -> date:
    """The first day of 2017, 2017-06 or 2017-06-01."""
    return date.fromisoformat(f"{text}-01-01"[:10] if len(text) == 4 else f"{text}-01"[:10])


def _name(value: Any) -> str:
    if value is None or value == "":
        return _("（空白）")
    if isinstance(value, bool):
        return _("是") if value else _("否")
    if isinstance(value, int | float):
        return plots.shown(value) if math.isfinite(value) else str(value)
    return str(value)


def _plain(width: float) -> str:
    return f"{width:.9f}".rstrip("0").rstrip(".")


def _width(one: ColumnProfile) -> float:
    """A round width that makes some twenty stretches of a column's numbers."""
    span = float(one.most) - float(one.least) if one.least is not None and one.most is not None else 0.0
    rough = span / STRETCHES
    if not math.isfinite(rough) or rough > 1e14:
        raise BadQuery("axis", _("這一欄的數值範圍太大，不能分段。"))
    if rough <= 1e-8:
        return 1e-8
    size = 10.0 ** math.floor(math.log10(rough))
    width = next(size * factor for factor in (1, 2, 5, 10) if size * factor >= rough - 1e-12)
    return max(width, 1.0) if one.column.kind is ColumnKind.INTEGER else width


def _without_holes(found: list[tuple[Any, float]], width: float) -> list[tuple[Any, float]]:
    """Stretches in which nothing lies are there with nothing, so that a distribution has its shape."""
    if not found:
        return []
    low, high = float(found[0][0]), float(found[-1][0])
    steps = round((high - low) / width)
    if steps > 10 * STRETCHES:
        return found
    known = {round((float(place) - low) / width): value for place, value in found}
    return [(low + n * width, known.get(n, 0.0)) for n in range(steps + 1)]


def _domain(scale: Scale, spots: Sequence[Spot]) -> tuple[str, ...]:
    """The names of all days between the first and the last, so that a month without rows is seen as a gap."""
    days = [one.at for one in spots if isinstance(one.at, date)]
    if scale not in plots.TIMES or not days:
        return ()
    every = plots.between(min(days), max(days), scale, most=MOST_TIMES)
    return tuple(charts.short_day(day, scale) for day in every)


def _shares(spots: Sequence[Spot], *, whole: bool, total: float) -> list[Spot]:
    """Per cent of everything, or with colours of each place."""
    if any(one.value < 0 for one in spots):
        raise BadQuery("how", _("有負數，不能算占比。"))
    sums: dict[str, float] = {}
    for one in spots:
        sums[one.label] = sums.get(one.label, 0.0) + one.value
    return [
        replace(one, share=100 * one.value / of if (of := total if whole else sums[one.label]) > 0 else 0.0)
        for one in spots
    ]


def _measure(wanted: Wanted) -> str:
    return {
        Measure.SUM: _("「%(of)s」的合計"), Measure.AVG: _("「%(of)s」的平均"), Measure.MIN: _("「%(of)s」的最小值"),
        Measure.MAX: _("「%(of)s」的最大值"),
    }.get(wanted.how, _("筆數")) % {"of": wanted.of}  # fmt: skip


def _title(wanted: Wanted, scale: Scale) -> str:
    what = _("%(what)s的占比") % {"what": _measure(wanted)} if wanted.kind is Kind.SHARE else _measure(wanted)
    words = {
        Scale.YEAR: _("各年的%(what)s（依「%(name)s」）"), Scale.MONTH: _("各月的%(what)s（依「%(name)s」）"),
        Scale.DAY: _("各日的%(what)s（依「%(name)s」）"),
    }.get(scale, _("各%(name)s的%(what)s"))  # fmt: skip
    title = words % {"what": what, "name": wanted.axis}
    return _("%(title)s，以「%(colour)s」分色") % {"title": title, "colour": wanted.colour} if wanted.colour else title
