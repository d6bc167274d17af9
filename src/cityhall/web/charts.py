"""Charts drawn on the server as SVG, for pages and documents alike.

Each says in its title what it shows, names unit and source, has a text alternative and a table. Bars start at zero.
Colours and sizes are presentation attributes, so that the drawing needs no style sheet: not in a PDF, not in a
file that somebody downloads; on our pages `.chart` makes the letters larger on a phone.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Any

from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from cityhall.web import dates
from cityhall.web.context import language
from cityhall.web.markup import tag, together

Value = int | float | Decimal

GREEN, PALE, INK, GREY, FAINT, AXIS = "#0b5c4b", "#9fc5b8", "#17221f", "#44524d", "#e2e8e5", "#7c8d86"
AMBER, LATE = "#8a4700", "#e0b48a"
FONT = "'Noto Sans TC', 'Noto Sans TC Rare', 'Noto Sans CJK TC', 'PingFang TC', 'Microsoft JhengHei', sans-serif"
SHORT_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True)
class Point:
    """One value with its name; `url` opens what lies behind it."""

    label: str
    value: Value
    url: str = ""


class Chart(SafeString):  # nosemgrep: markup  (around what `tag` wrote: see `of`)
    """The SVG itself, with what belongs to it: heading, unit, source, text alternative and the rows of its table.

    `narrow` is the same as a phone shows it, where there is such a drawing; else a phone scrolls.
    """

    heading: str
    unit: str
    source: str
    about: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    narrow: SafeString | None

    @classmethod
    def of(
        cls,
        svg: SafeString,
        *,
        title: str,
        unit: str,
        source: str,
        about: str,
        columns: Sequence[str],
        rows: Sequence[Any],
        narrow: SafeString | None = None,
    ) -> Chart:
        """A chart around its SVG."""
        chart = cls(svg)
        chart.heading, chart.unit, chart.source, chart.about = str(title), str(unit), str(source), about
        chart.columns, chart.rows = tuple(columns), tuple(tuple(row) for row in rows)
        chart.narrow = narrow
        return chart

    def figure(self, *, subtitle: str = "", level: int = 2, links: Sequence[tuple[str, str]] = ()) -> SafeString:
        """The chart with heading, unit, source and table, as a page shows it."""
        context = {"chart": self, "subtitle": subtitle, "level": level, "links": links}
        return render_to_string("web/components/chart.html", context)

    @property
    def standalone(self) -> str:
        """The drawing as a file of its own."""
        return '<?xml version="1.0" encoding="UTF-8"?>\n' + str(self)


def bar_by_month(
    title: str,
    points: Sequence[tuple[date, Value]],
    *,
    unit: str,
    source: str,
    average: bool | Value = True,
    about: str = "",
    width: int = 700,
    height: int = 300,
) -> Chart:
    """A bar a month, in order; with `average`, months above it are dark and a broken line shows it.

    Give the average itself where it is not that of the bars, as with a month that has only begun.
    """
    labels = _month_labels([day for day, _value in points])
    return _bars(
        title, [Point(label, value) for label, (_day, value) in zip(labels, points, strict=True)],
        unit=unit, source=source, average=average, about=about, width=width, height=height,
        first_column=_("月份"), names=[month_name(day) for day, _value in points],
    )  # fmt: skip


def bars(
    title: str, points: Sequence[Point | tuple[str, Value]], *, unit: str, source: str, about: str = "",
    first_column: str = "", width: int = 700, height: int = 300,
) -> Chart:  # fmt: skip
    """A bar for each of a few names, in the order given."""
    return _bars(
        title, _points(points), unit=unit, source=source, average=False, about=about, width=width, height=height,
        first_column=first_column or _("項目"),
    )  # fmt: skip


MOST_GUTTER = 240.0
"""So much of a chart may be names; a longer one is shortened, and stands whole in the table below."""


def horizontal_bars(
    title: str, points: Sequence[Point | tuple[str, Value]], *, unit: str, source: str, about: str = "",
    first_column: str = "", width: int = 700, row: int = 30, places: int | None = None,
) -> Chart:  # fmt: skip
    """Names with a bar each, to compare; the value stands at the end of the bar."""
    many = _points(points)
    most = max((float(point.value) for point in many), default=0.0)
    gutter = min(MOST_GUTTER, max([_text_width(point.label, 13) for point in many], default=60.0) + 12)
    room = width - gutter - 70
    body = []
    for number, point in enumerate(many):
        top = number * row + 4
        length = max(float(point.value) / most * room, 0.0) if most else 0.0
        body.append(_text(gutter - 10, top + row / 2, _fitting(point.label, 13, gutter - 12), anchor="end", fill=INK))
        body.append(_rect(gutter, top, length, row - 10, GREEN))
        body.append(_text(gutter + length + 6, top + row / 2, _shown(point.value, places), anchor="start", fill=INK))
    height = len(many) * row + 8
    body.append(_line(gutter, 0, gutter, height, AXIS))
    chart = _chart(title, body, many, unit=unit, source=source, about=about, width=width, height=height,
                   first_column=first_column or _("項目"), kind=_("橫條圖"), places=places)  # fmt: skip
    chart.narrow = _narrow_bars(title, chart.about, many, most, places)
    return chart


def _narrow_bars(title: str, words: str, points: Sequence[Point], most: float, places: int | None) -> SafeString:
    """Horizontal bars for a phone: each name stands above its bar."""
    width, row, body = 340, 46, []
    widest = max([_text_width(_shown(point.value, places), 13) for point in points], default=0.0)
    room = width - widest - 8
    for number, point in enumerate(points):
        top = number * row
        length = max(float(point.value) / most * room, 0.0) if most else 0.0
        body.append(_text(0, top + 16, _fitting(point.label, 13, width), anchor="start", fill=INK))
        body.append(_rect(0, top + 22, max(length, 1.0), 14, GREEN))
        body.append(_text(length + 6, top + 34, _shown(point.value, places), anchor="start", fill=INK))
    return _svg(title, words, body, width, len(points) * row + 4, key="narrow")


def line(
    title: str,
    points: Sequence[tuple[date, Value]],
    *,
    unit: str,
    source: str,
    about: str = "",
    places: int | None = None,
    width: int = 700,
    height: int = 220,
) -> Chart:
    """How a value goes from month to month; the axis starts at zero."""
    labels = _month_labels([day for day, _value in points])
    values = [float(value) for _day, value in points]
    top, bottom, left = 30.0, height - 36.0, 52.0
    ticks = _ticks(max(values, default=0.0))
    room = width - left
    step = room / max(len(points), 1)

    def y_of(value: float) -> float:
        return bottom - value / ticks[-1] * (bottom - top)

    body = _grid(ticks, y_of, left, width)
    spots = [(left + step * (number + 0.5), y_of(value)) for number, value in enumerate(values)]
    if len(spots) > 1:
        path = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in spots)
        body.append(tag("path", class_="ln", d=path, fill="none", stroke=AMBER, stroke_width=2.4))
    every = _every(labels, step)
    for number, ((x, y), value) in enumerate(zip(spots, values, strict=True)):
        body.append(
            tag("circle", class_="pt", cx=f"{x:.1f}", cy=f"{y:.1f}", r=4, fill="#fff", stroke=AMBER, stroke_width=2.4)
        )
        if number % every == 0 or number == len(spots) - 1:
            body.append(_text(x, y - 11, _shown(value, places), fill=AMBER, bold=True, halo=True, kind="lv"))
            body.append(_text(x, height - 10, labels[number], kind="ax"))
    shown = [Point(month_name(day), value) for day, value in points]
    return _chart(title, body, shown, unit=unit, source=source, about=about, width=width, height=height,
                  first_column=_("月份"), kind=_("折線圖"), places=places)  # fmt: skip


@dataclass(frozen=True)
class Range:
    """A value with its name and the bounds between which it lies; `url` opens what lies behind it."""

    label: str
    value: float
    low: float
    high: float


def ranges(
    title: str, points: Sequence[Range], *, unit: str, source: str, bound: float | None = None, bound_label: str = "",
    about: str = "", first_column: str = "", width: int = 700, height: int = 260,
) -> Chart:  # fmt: skip
    """Shares in per cent with the interval in which each lies; a broken line marks what must not be fallen below.

    The axis begins at a round number below the lowest bound, since shares near 100 are told apart by their difference.
    """
    lowest = min([point.low for point in points] + ([bound] if bound is not None else []), default=0.0)
    base = max(math.floor((lowest - 1) / 10) * 10, 0)
    top, bottom, left = 24.0, height - 36.0, 52.0
    gutter = _text_width(bound_label, 13) + 26 if bound is not None and bound_label else 0.0
    room = (width - left - gutter) / max(len(points), 1)

    def y_of(value: float) -> float:
        return bottom - (min(max(value, base), 100.0) - base) / (100 - base) * (bottom - top)

    body = []
    for tick in range(base, 101, 10 if base >= 40 else 20):
        y = y_of(tick)
        body.append(_line(left, y, width, y, AXIS if tick == base else FAINT, "base" if tick == base else "gl"))
        body.append(_text(left - 8, y + 4.5, _shown(tick), anchor="end"))
    if bound is not None:
        y = y_of(bound)
        body.append(_broken_line(left, width - gutter, y, 1.6))
        body.append(_text(width - gutter + 8, y + 4.5, bound_label, anchor="start", fill=AMBER))
    every = _every([point.label for point in points], room)
    for number, point in enumerate(points):
        x = left + room * (number + 0.5)
        body.append(
            tag(
                "line", class_="rng", x1=f"{x:.1f}", x2=f"{x:.1f}", y1=f"{y_of(point.high):.1f}",
                y2=f"{y_of(point.low):.1f}", stroke=GREEN, stroke_width=6, stroke_opacity=0.35, stroke_linecap="round",
            )
        )  # fmt: skip
        body.append(tag("circle", class_="mid", cx=f"{x:.1f}", cy=f"{y_of(point.value):.1f}", r=4.5, fill=GREEN))
        if number % every == 0 or number == len(points) - 1:
            body.append(_text(x, height - 10, point.label, kind="ax"))
    shown = [Point(point.label, point.value) for point in points]
    chart = _chart(title, body, shown, unit=unit, source=source, about=about, width=width, height=height,
                   first_column=first_column or _("項目"), kind=_("區間圖"), places=1)  # fmt: skip
    chart.columns = (*chart.columns, _("下限"), _("上限"))
    chart.rows = tuple(
        (*row, _shown(point.low, 1), _shown(point.high, 1)) for row, point in zip(chart.rows, points, strict=True)
    )
    return chart


@dataclass(frozen=True)
class Curve:
    """One line among several: its name, and a value a month; None where there is none."""

    label: str
    values: Sequence[Value | None]
    broken: bool = False
    pale: bool = False


def curves(
    title: str, months: Sequence[date], lines: Sequence[Curve], *, unit: str, source: str, about: str = "",
    most: float = 100.0, places: int | None = None, width: int = 700, height: int = 320,
) -> Chart:  # fmt: skip
    """Several lines over the same months, each named at its end: what is planned, what is done, what is spent."""
    top, bottom, left = 20.0, height - 36.0, 52.0
    gutter = max((_text_width(one.label, 13) for one in lines), default=0.0) + 16
    step = (width - left - gutter) / max(len(months), 1)
    highest = max([most, *(float(one) for row in lines for one in row.values if one is not None)])
    ticks = _ticks(highest)

    def y_of(value: float) -> float:
        return bottom - value / ticks[-1] * (bottom - top)

    body = _grid(ticks, y_of, left, width - gutter)
    labels = _month_labels(months)
    every = _every(labels, step)
    for number, label in enumerate(labels):
        if number % every == 0:
            body.append(_text(left + step * (number + 0.5), height - 10, label, kind="ax"))
    taken: list[float] = []
    for row, (colour, thick) in zip(lines, _looks(lines), strict=True):
        spots = [(left + step * (n + 0.5), y_of(float(one))) for n, one in enumerate(row.values) if one is not None]
        if not spots:
            continue
        path = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in spots)
        body.append(tag("path", d=path, fill="none", stroke=colour, stroke_width=thick,
                        stroke_dasharray="7 5" if row.broken else None))  # fmt: skip
        x, y = spots[-1]
        body.append(tag("circle", cx=f"{x:.1f}", cy=f"{y:.1f}", r=3.5, fill=colour))
        place = y + 4.5
        while any(abs(place - other) < 16 for other in taken):
            place += 4
        taken.append(place)
        body.append(_text(x + 8, place, row.label, anchor="start", fill=colour, bold=True, halo=True))
    names = [month_name(day) for day in months]
    last = [f"{row.label} {_shown(known[-1], places)}{unit}" for row in lines if (known := [one for one in row.values if one is not None])]  # fmt: skip
    words = about or (
        _("%(title)s，折線圖。最後的值：%(values)s。") % {"title": title, "values": "、".join(last)}
        if last
        else _("%(title)s，%(kind)s，目前沒有資料。") % {"title": title, "kind": _("折線圖")}
    )
    rows = [
        (name, *("—" if one.values[n] is None else _shown(one.values[n] or 0, places) for one in lines))
        for n, name in enumerate(names)
    ]
    return Chart.of(_svg(title, words, body, width, height), title=title, unit=unit, source=source, about=words,
                    columns=(_("月份"), *(one.label for one in lines)), rows=rows)  # fmt: skip


def _looks(lines: Sequence[Curve]) -> list[tuple[str, float]]:
    """Colour and thickness: the first line that is whole and not pale stands out."""
    found = []
    for row in lines:
        found.append((GREY if row.broken else AXIS, 2.0) if row.broken or row.pale else (GREEN, 3.0))
    return [(AMBER, 2.4) if row.pale else look for row, look in zip(lines, found, strict=True)]


@dataclass(frozen=True)
class Checkpoint:
    """A checkpoint of a plan: when it was first planned, when it is planned now, when it was reached."""

    label: str
    planned: date
    met: date | None = None
    first: date | None = None


def schedule(
    title: str, points: Sequence[Checkpoint], *, today: date, source: str, about: str = "", width: int = 700,
    row: int = 34,
) -> Chart:  # fmt: skip
    """Checkpoints on a line of days: a ring where one is planned, a dot where it was reached, a bar where it is late."""
    days = [day for one in points for day in (one.planned, one.met, one.first) if day] + [today]
    first, last = min(days).replace(day=1), max(days)
    gutter = min(220.0, max([_text_width(one.label, 13) for one in points], default=60.0) + 12)
    room, top = width - gutter - 20, 26.0
    span = max((last - first).days, 1)
    height = top + len(points) * row + 8

    def x_of(day: date) -> float:
        return gutter + (day - first).days / span * room

    body, shown = _months(first, last, room, x_of, top, height), []
    body.append(_line(x_of(today), top - 6, x_of(today), height, AMBER))
    for number, one in enumerate(points):
        y = top + number * row + row / 2
        body.append(_text(gutter - 10, y + 4.5, one.label, anchor="end", fill=INK))
        until = one.met or today
        if until > one.planned:
            body.append(_rect(x_of(one.planned), y - 3, x_of(until) - x_of(one.planned), 6, LATE, "late"))
        if one.first and one.first != one.planned:
            body.append(tag("circle", cx=f"{x_of(one.first):.1f}", cy=f"{y:.1f}", r=4, fill="#fff", stroke=AXIS,
                            stroke_width=1.5, stroke_dasharray="2 2"))  # fmt: skip
        body.append(tag("circle", cx=f"{x_of(one.planned):.1f}", cy=f"{y:.1f}", r=6, fill="#fff", stroke=GREEN,
                        stroke_width=2))  # fmt: skip
        if one.met:
            body.append(tag("circle", cx=f"{x_of(one.met):.1f}", cy=f"{y:.1f}", r=4, fill=GREEN))
        shown.append(
            (
                one.label,
                *(dates.as_date(day) if day else "—" for day in (one.first or one.planned, one.planned, one.met)),
            )
        )
    done = sum(one.met is not None for one in points)
    words = about or _("%(title)s：%(all)s個檢核點，完成%(done)s個。") % {
        "title": title,
        "all": len(points),
        "done": done,
    }
    return Chart.of(
        _svg(title, words, body, width, height), title=title, unit=_("日期"), source=source, about=words,
        columns=(_("檢核點"), _("最初的預定日"), _("現在的預定日"), _("完成日")), rows=shown,
    )  # fmt: skip


@dataclass(frozen=True)
class Span:
    """A plan from its first to its last planned day: how much of it was to be done and is done (per cent), its checkpoints,
    when it stood still; `url` opens it.
    """

    label: str
    starts: date
    ends: date
    planned: Value | None = None
    done: Value | None = None
    ended: bool = False
    points: Sequence[Checkpoint] = ()
    stopped: Sequence[tuple[date, date]] = ()
    url: str = ""


def gantt(
    title: str, spans: Sequence[Span], *, today: date, source: str, about: str = "", width: int = 960, row: int = 30,
) -> Chart:  # fmt: skip
    """Plans on a line of days: a bar is filled as far as it is done, a stroke says how far it should be; past its last day
    an unfinished one goes on to today in another colour. Checkpoints as in `schedule`; grey is when it stood still.
    """
    days = [day for one in spans for day in (one.starts, one.ends)] + [today]
    first, last = min(days).replace(day=1), max(days)
    gutter = min(MOST_GUTTER, max([_text_width(one.label, 13) for one in spans], default=60.0) + 12)
    room, top = width - gutter - 20, 26.0
    span = max((last - first).days, 1)
    height = top + len(spans) * row + 8

    def x_of(day: date) -> float:
        return gutter + min(max((day - first).days / span, 0.0), 1.0) * room

    body = _months(first, last, room, x_of, top, height)
    body.append(_line(x_of(today), top - 6, x_of(today), height, AMBER))
    for number, one in enumerate(spans):
        y = top + number * row + row / 2
        left, length = x_of(one.starts), max(x_of(one.ends) - x_of(one.starts), 2.0)
        name = _text(gutter - 10, y + 4.5, _fitting(one.label, 13, gutter - 12), anchor="end", fill=INK)
        body.append(tag("a", name, href=one.url) if one.url else name)
        body.append(_rect(left, y - 7, length, 14, PALE, "bar lo"))
        body.append(_rect(left, y - 7, length * _part(one.done), 14, GREEN))
        for begins, ends in one.stopped:
            body.append(_rect(x_of(begins), y - 7, max(x_of(ends) - x_of(begins), 1.0), 14, AXIS, "stopped"))
        if not one.ended and today > one.ends:
            body.append(_rect(x_of(one.ends), y - 3, x_of(today) - x_of(one.ends), 6, LATE, "late"))
        if one.planned is not None and not one.ended:
            should = left + length * _part(one.planned)
            body.append(_line(should, y - 10, should, y + 10, INK, "should"))
        for point in one.points:
            ring = "#ffffff" if point.met else AMBER if today > point.planned else GREEN
            body.append(tag("circle", cx=f"{x_of(point.planned):.1f}", cy=f"{y:.1f}", r=4.5, fill=INK if point.met else "#ffffff",
                            stroke=ring, stroke_width=1.5))  # fmt: skip
    shown = [
        (
            one.label, dates.as_date(one.starts), dates.as_date(one.ends),
            *("—" if part is None else f"{_shown(part)}%" for part in (one.planned, one.done)),
            *_next(one.points),
        )
        for one in spans
    ]  # fmt: skip
    over = sum(not one.ended and today > one.ends for one in spans)
    words = about or _("%(title)s：%(all)s案，其中%(over)s案過了預定的最後一天還沒完成。") % {
        "title": title, "all": len(spans), "over": over,
    }  # fmt: skip
    return Chart.of(
        _svg(title, words, body, width, height, role="group"), title=title, unit=_("日期"), source=source, about=words,
        columns=(_("計畫"), _("預定開始"), _("預定完成"), _("預定進度"), _("實際進度"), _("下一個檢核點"), _("預定日")), rows=shown,
    )  # fmt: skip


def _part(percent: Value | None) -> float:
    return min(max(float(percent or 0) / 100, 0.0), 1.0)


def _next(points: Sequence[Checkpoint]) -> tuple[str, str]:
    """The first checkpoint that was not reached, and its day."""
    open_ones = sorted((one for one in points if one.met is None), key=lambda one: one.planned)
    return (open_ones[0].label, dates.as_date(open_ones[0].planned)) if open_ones else ("—", "—")


def _months(
    first: date, last: date, room: float, x_of: Callable[[date], float], top: float, height: float
) -> list[SafeString]:
    """The line of days: a stroke and a name for as many months as have room."""
    body = []
    for month in _some_months(first, last, room):
        name = f"{month.year - 1911}/{month.month}" if language() != "en" else f"{month:%Y-%m}"
        body.append(_line(x_of(month), top - 6, x_of(month), height, FAINT, "gl"))
        body.append(_text(x_of(month), 12, name))
    return body


def _some_months(first: date, last: date, room: float) -> list[date]:
    """First days of months between two days, as many as have room for their names."""
    months = [
        date(n // 12, n % 12 + 1, 1) for n in range(first.year * 12 + first.month - 1, last.year * 12 + last.month)
    ]
    every = max(1, math.ceil(len(months) * 52 / room))
    return months[::every]


# --- parts ------------------------------------------------------------------------------------------------


def _bars(
    title: str, points: list[Point], *, unit: str, source: str, average: bool | Value, about: str, width: int,
    height: int, first_column: str, names: Sequence[str] | None = None,
) -> Chart:  # fmt: skip
    values = [float(point.value) for point in points]
    mean = sum(values) / len(values) if values else 0.0
    if not isinstance(average, bool):
        mean, average = float(average), True
    top, bottom, left = 22.0, height - 34.0, 52.0
    ticks = _ticks(max(values, default=0.0))

    def y_of(value: float) -> float:
        return bottom - value / ticks[-1] * (bottom - top)

    step = (width - left) / max(len(points), 1)
    thick = min(step * 0.8, 64.0)
    body = _grid(ticks, y_of, left, width)
    if average and len(values) > 1:  # behind the bars, so that it crosses no number
        body.append(_broken_line(left, width, y_of(mean), 1.5))
    every = _every([point.label for point in points], step)
    for number, (point, value) in enumerate(zip(points, values, strict=True)):
        middle = left + step * (number + 0.5)
        y = y_of(value)
        dark = not average or value > mean
        body.append(
            _rect(middle - thick / 2, y, thick, bottom - y, GREEN if dark else PALE, "bar" if dark else "bar lo")
        )
        text = _shown(point.value)
        fits = _text_width(text, 13) <= thick + 2
        if fits and bottom - y >= 26:
            body.append(_text(middle, y + 18, text, fill="#ffffff" if dark else INK, kind="in" if dark else "in lo"))
        elif fits or every == 1:
            body.append(_text(middle, y - 6, text, fill=INK, kind="val", halo=True))
        if number % every == 0:
            body.append(_text(middle, height - 10, point.label, kind="ax"))
    if average and len(values) > 1:
        words = _("平均每月%(mean)s%(unit)s") % {"mean": _shown(round(mean)), "unit": unit}
        body.append(
            _text(left + 4, y_of(mean) - 7, words, anchor="start", fill=AMBER, bold=True, halo=True, kind="avgt")
        )
    named = [
        Point(name, point.value, point.url)
        for name, point in zip(names or [p.label for p in points], points, strict=True)
    ]
    return _chart(title, body, named, unit=unit, source=source, about=about, width=width, height=height,
                  first_column=first_column, kind=_("長條圖"))  # fmt: skip


def _chart(
    title: str, body: list[SafeString], points: Sequence[Point], *, unit: str, source: str, about: str, width: int,
    height: float, first_column: str, kind: str, places: int | None = None,
) -> Chart:  # fmt: skip
    words = about or _describe(title, points, unit, kind, places)
    svg = _svg(title, words, body, width, height)
    column = f"{_('數值')}（{unit}）" if language() != "en" else f"{_('數值')} ({unit})"
    rows = [(point.label, _shown(point.value, places)) for point in points]
    return Chart.of(svg, title=title, unit=unit, source=source, about=words, columns=(first_column, column), rows=rows)


def _svg(
    title: str, words: str, body: list[SafeString], width: float, height: float, *, key: str = "chart", role: str = "img"
) -> SafeString:  # fmt: skip
    key = f"{key}-{zlib.crc32((str(title) + words).encode()):08x}"
    return tag(
        "svg", tag("title", words, id=key), together(body),
        xmlns="http://www.w3.org/2000/svg", class_="chart", viewBox=f"0 0 {width:g} {height:g}", role=role,
        aria_labelledby=key, font_family=FONT, font_size=13,
    )  # fmt: skip


def _describe(title: str, points: Sequence[Point], unit: str, kind: str, places: int | None) -> str:
    """The text alternative: what it is, the least, the most."""
    if not points:
        return _("%(title)s，%(kind)s，目前沒有資料。") % {"title": title, "kind": kind}
    least, most = min(points, key=lambda one: one.value), max(points, key=lambda one: one.value)
    return _("%(title)s，%(kind)s。最少%(low_name)s%(low)s%(unit)s，最多%(high_name)s%(high)s%(unit)s。") % {
        "title": title,
        "kind": kind,
        "low_name": least.label,
        "low": _shown(least.value, places),
        "high_name": most.label,
        "high": _shown(most.value, places),
        "unit": unit,
    }


def _points(points: Sequence[Point | tuple[str, Value]]) -> list[Point]:
    return [point if isinstance(point, Point) else Point(str(point[0]), point[1]) for point in points]


def _grid(ticks: Sequence[float], y_of: Callable[[float], float], left: float, width: float) -> list[SafeString]:
    body = []
    for tick in ticks:
        y = y_of(tick)
        body.append(_line(left, y, width, y, AXIS if tick == 0 else FAINT, "base" if tick == 0 else "gl"))
        body.append(_text(left - 8, y + 4.5, _shown(tick), anchor="end"))
    return body


def _ticks(most: float) -> list[float]:
    """Three to five round steps from zero to above the largest value."""
    if most <= 0:
        return [0.0, 1.0]
    rough = most / 4
    size = 10 ** math.floor(math.log10(rough))
    step = next(size * factor for factor in (1, 2, 2.5, 3, 5, 10) if size * factor >= rough - 1e-9)
    if most >= 4 and step < 1:
        step = 1.0
    return [step * number for number in range(math.ceil(most / step - 1e-9) + 1)]


def _shown(value: Value, places: int | None = None) -> str:
    if places is not None:
        return f"{float(value):,.{places}f}"
    number = float(value)
    return f"{int(number):,}" if number == int(number) else f"{number:,.1f}".rstrip("0").rstrip(".")


def _month_labels(days: Sequence[date]) -> list[str]:
    """1月, 2月 …; the year with the first month of each year, where several years are shown."""
    years = {day.year for day in days}
    labels = []
    for number, day in enumerate(days):
        name = SHORT_MONTHS[day.month - 1] if language() == "en" else f"{day.month}月"
        if len(years) > 1 and (number == 0 or day.year != days[number - 1].year):
            name = f"{name} {day.year}" if language() == "en" else f"{day.year - 1911}年{name}"
        labels.append(name)
    return labels


def month_name(day: date) -> str:
    """105年8月, or August 2016: a month's full name."""
    if language() == "en":
        return f"{dates.MONTHS[day.month - 1]} {day.year}"
    return f"{day.year - 1911}年{day.month}月"


def year_name(year: int) -> str:
    """105年, or 2016."""
    return str(year) if language() == "en" else f"{year - 1911}年"


def short_day(day: date, part: str = "day") -> str:
    """A day, month or year as short as an axis needs it: 105/8/3, 105/8, 105年; 2016-08-03, 2016-08, 2016."""
    if language() == "en":
        return day.isoformat()[: {"year": 4, "month": 7}.get(part, 10)]
    year = f"{day.year - 1911}" if day.year > 1911 else f"西元{day.year}"  # before the ROC there is no ROC year
    if part == "year":
        return f"{year}年"
    return f"{year}/{day.month}" if part == "month" else f"{year}/{day.month}/{day.day}"


def _every(labels: Sequence[str], step: float) -> int:
    """Label every n-th mark, so that no two labels touch."""
    widest = max((_text_width(label, 13) for label in labels), default=0.0)
    return max(1, math.ceil((widest + 6) / max(step, 1.0)))


def _text_width(text: str, size: float) -> float:
    """About how wide a text is: a Chinese character is a square, a Latin one a little more than half of it, and browsers
    leave a little between the two.
    """
    square = [ord(char) > 0x2E7F for char in text]
    between = sum(one != other for one, other in pairwise(square))
    return sum(size if one else size * 0.56 for one in square) + between * size / 4


def _fitting(text: str, size: float, room: float) -> str:
    """The text, or as much of its beginning as has room."""
    if _text_width(text, size) <= room:
        return text
    while text and _text_width(f"{text}…", size) > room:
        text = text[:-1]
    return f"{text.rstrip()}…"


def _text(
    x: float, y: float, words: str, *, anchor: str = "middle", fill: str = GREY, bold: bool = False,
    halo: bool = False, kind: str = "",
) -> SafeString:  # fmt: skip
    return tag(
        "text", words,
        class_=kind or None, x=f"{x:.1f}", y=f"{y:.1f}", text_anchor=anchor, fill=fill,
        font_weight="700" if bold else None, paint_order="stroke" if halo else None, stroke="#ffffff" if halo else None,
        stroke_width="4" if halo else None, stroke_linejoin="round" if halo else None,
    )  # fmt: skip


def _rect(x: float, y: float, width: float, height: float, fill: str, kind: str = "bar") -> SafeString:
    return tag(
        "rect", class_=kind, x=f"{x:.1f}", y=f"{y:.1f}", width=f"{max(width, 0):.1f}", height=f"{max(height, 0):.1f}",
        fill=fill,
    )  # fmt: skip


def _line(x1: float, y1: float, x2: float, y2: float, stroke: str, kind: str = "base") -> SafeString:
    return tag("line", class_=kind, x1=f"{x1:.1f}", x2=f"{x2:.1f}", y1=f"{y1:.1f}", y2=f"{y2:.1f}", stroke=stroke)


def _broken_line(x1: float, x2: float, y: float, thick: float) -> SafeString:
    return tag(
        "line", class_="avg", x1=f"{x1:.1f}", x2=f"{x2:.1f}", y1=f"{y:.1f}", y2=f"{y:.1f}", stroke=AMBER,
        stroke_width=thick, stroke_dasharray="5 4",
    )  # fmt: skip
