"""`/map/`: the workbench. What is shown stands in the address, so that it can be shared; nothing of it names a person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from urllib.parse import urlencode

import numpy as np
from django.conf import settings
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _

from cityhall.engines.layers import memory
from cityhall.engines.layers.memory import Held
from cityhall.engines.layers.registry import UnfitTable
from cityhall.foundation.clock import day_of
from cityhall.web.access import allowed, public
from cityhall.web.context import language
from cityhall.web.dates import as_date
from cityhall.web.documents import CannotMake

from . import classing, drawing, printing, queries
from .queries import Reader, Shown
from .states import Theme
from .views import READ

MOST_LAYERS = 6
MOST_MONTHS = 240
PAGE = 50
FIRST = ("districts", "petitions-by-village")
WAYS = (classing.QUANTILE, classing.EQUAL, classing.NATURAL)
PLAIN = ("#0b5c4b", "#b4560b", "#4178b0", "#b0547c", "#7a5aa8", "#5f6b2d")


def way_names() -> list[tuple[str, str]]:
    """The ways to make classes."""
    return [(WAYS[0], _("每級數量相等")), (WAYS[1], _("等距")), (WAYS[2], _("自然斷點"))]


@dataclass(frozen=True)
class Chosen:
    """One layer on the map: what it is coloured by."""

    shown: Shown
    held: Held
    by: str
    painted: drawing.Painted

    @property
    def code(self) -> str:
        """Its code."""
        return self.shown.layer.code


@dataclass(frozen=True)
class State:
    """What the address says: layers from the bottom up, colours, classes, a month, whose rows are listed."""

    codes: tuple[str, ...]
    by: dict[str, str]
    how: str
    steps: int
    month: str
    table: str

    @classmethod
    def of(cls, request: HttpRequest, there: Sequence[Shown]) -> State:
        """The state of an address; what cannot be is left out."""
        known = [one.layer.code for one in there]
        asked = request.GET.getlist("layer") if "layer" in request.GET or "go" in request.GET else FIRST
        codes = tuple(dict.fromkeys(code for code in asked if code in known))[:MOST_LAYERS]
        by = {}
        for code in codes:
            name = request.GET.get(f"by.{code}", "")
            source = next(one.source for one in there if one.layer.code == code)
            if "by" in request.GET and code == request.GET.get("table"):
                name = request.GET["by"]
            if name and source.column(name):
                by[code] = name
        how = request.GET.get("how", "")
        steps = request.GET.get("n", "")
        table = request.GET.get("table", "")
        return cls(
            codes, by, how if how in WAYS else classing.QUANTILE, int(steps) if steps in ("3", "4", "5", "6", "7") else 5,
            request.GET.get("month", "")[:7], table if table in codes else (codes[-1] if codes else ""),
        )  # fmt: skip

    def address(self, **changed: str) -> str:
        """The question of the address."""
        pairs = [("layer", code) for code in self.codes] + [(f"by.{code}", name) for code, name in self.by.items()]
        pairs += [("how", self.how), ("n", str(self.steps)), ("month", self.month), ("table", self.table)]
        return urlencode([("go", "1"), *((name, value) for name, value in pairs if value), *changed.items()])


def reader_of(request: HttpRequest) -> Reader:
    """Who looks: an officer or anybody."""
    return Reader(officer=allowed(request, READ))


def _usual(source: Any) -> str:
    """By which column a layer is coloured when nobody says: its first number that is no day."""
    return next((one.name for one in source.columns if one.kind in ("integer", "number")), "")


def _days(held: Held) -> list[date | None]:
    values = held.table[held.source.time].to_pylist() if held.source.time else []
    return [value if value is None or type(value) is date else day_of(value) for value in values]


def _choose(state: State, there: Sequence[Shown]) -> tuple[list[Chosen], list[str]]:
    """The layers with their colours; the names of those that cannot be read now."""
    found, broken = [], []
    for place, code in enumerate(state.codes):
        shown = next(one for one in there if one.layer.code == code)
        try:
            held = memory.held(shown.source, shown.version)
        except UnfitTable:
            broken.append(str(shown.layer))
            continue
        by = state.by.get(code) or _usual(shown.source)
        painted = drawing.painted(held, by, state.how, state.steps)
        if not by:
            colour = PLAIN[place % len(PLAIN)]
            legend = [drawing.Class(str(shown.layer), colour, len(held))]
            painted = replace(painted, colours=[colour] * len(held), legend=legend, expression=colour)
        if state.month and held.source.time:
            colours = [
                colour if day is None or day.strftime("%Y-%m") <= state.month else ""
                for colour, day in zip(painted.colours, _days(held), strict=True)
            ]
            painted = replace(painted, colours=colours)
        found.append(Chosen(shown, held, by, painted))
    return found, broken


def _months(chosen: Sequence[Chosen]) -> list[str]:
    days = sorted(day for one in chosen for day in _days(one.held) if day is not None)
    if not days:
        return []
    months: list[str] = []
    at, last = days[0].replace(day=1), days[-1]
    while at <= last and len(months) < MOST_MONTHS:
        months.append(at.strftime("%Y-%m"))
        at = date(at.year + at.month // 12, at.month % 12 + 1, 1)
    return months


def _title(chosen: Chosen) -> str:
    column = chosen.held.source.column(chosen.by)
    return f"{chosen.shown.layer}：{column.title}" if column else str(chosen.shown.layer)


def _picture(chosen: Sequence[Chosen]) -> tuple[Any, str]:
    """The drawing, areas below lines and points, and what it says."""
    names = "、".join(_title(one) for one in chosen) or _("行政區界")
    about = _("地圖：%(layers)s") % {"layers": names}
    ordered = sorted((one.painted for one in chosen), key=lambda one: one.points)
    return drawing.drawn(ordered, about=about), about


def _overlay(one: Chosen, month: str) -> dict[str, Any]:
    tiled = drawing.is_tiled(one.held)
    address = f"/ogc/collections/{one.code}/items?f=json&limit={drawing.MOST_LIVE}"
    if tiled:
        address = f"/ogc/collections/{one.code}/tiles/{{z}}/{{x}}/{{y}}.mvt"
    said = drawing.overlay(one.code, str(one.shown.layer), one.painted, address, one.held.source.time, tiled=tiled)
    if month and one.held.source.time:
        said["filter"] = ["<=", ["slice", ["coalesce", ["get", one.held.source.time], ""], 0, 7], month]
    return said


def _live(chosen: Sequence[Chosen]) -> tuple[list[Chosen], list[str]]:
    """The layers that the live map can show now, and the names of those whose tiles are being made."""
    now = timezone.now()
    waits = [one for one in chosen if drawing.is_tiled(one.held) and not drawing.tiles_there(one.held, at=now)]
    return [one for one in chosen if one not in waits], [str(one.shown.layer) for one in waits]


class Rows(Sequence[list[Any]]):
    """The rows of a layer, read when they are shown: a page of a large layer costs no more than one of a small one."""

    def __init__(self, held: Held, places: Any) -> None:
        self.table, self.places = held.table.select([one.name for one in held.source.columns]), places

    def __len__(self) -> int:
        return len(self.places)

    def __getitem__(self, at: Any) -> Any:
        if not isinstance(at, slice):
            return self[at : at + 1][0]
        cells = [column.to_pylist() for column in self.table.take(self.places[at]).columns]
        return [list(row) for row in zip(*cells, strict=True)]


def _rows(one: Chosen | None) -> tuple[list[str], Sequence[list[Any]]]:
    """The headings and the rows of the layer that is listed."""
    if one is None:
        return [], ()
    places = np.arange(len(one.held))
    if one.held.source.time:
        places = places[np.array([bool(colour) for colour in one.painted.colours], dtype=bool)]
    return [str(column.title or column.name) for column in one.held.source.columns], Rows(one.held, places)


def _tree(there: Sequence[Shown], state: State) -> list[tuple[str, list[tuple[Shown, bool]]]]:
    groups: dict[str, list[tuple[Shown, bool]]] = {}
    for one in there:
        groups.setdefault(one.layer.theme, []).append((one, one.layer.code in state.codes))
    return [(str(Theme(theme).label), groups[theme]) for theme in Theme.values if theme in groups]


@public
def workbench(request: HttpRequest) -> HttpResponse:
    """The map: layers by theme, their colours, the rows beside it."""
    there = queries.visible(reader_of(request))
    state = State.of(request, there)
    chosen, broken = _choose(state, there)
    picture, about = _picture(chosen)
    live, tiling = _live(chosen)
    listed = next((one for one in chosen if one.code == state.table), None)
    columns, rows = _rows(listed)
    if words := request.GET.get("q", "").strip()[:40]:
        rows = [row for row in rows[:] if any(words in str(cell) for cell in row if cell is not None)]
    context = {
        "tree": _tree(there, state), "drawing": picture, "about": about, "broken": broken, "state": state, "q": words,
        "legends": [(_title(one), one.painted.legend) for one in chosen], "chosen": chosen, "listed": listed,
        "columns": columns, "page": Paginator(rows, PAGE).get_page(request.GET.get("page")), "ways": way_names(),
        "steps": range(3, 8), "months": _months(chosen), "most": MOST_LAYERS, "attribution": drawing.attribution(),
        "by_choices": [(one.name, str(one.title or one.name)) for one in listed.held.source.columns] if listed else [],
        "overlays": [_overlay(one, state.month) for one in live], "tiling": tiling,
        "share": request.build_absolute_uri(f"{reverse('map:workbench')}?{state.address()}"), "query": state.address(),
        "officer": allowed(request, READ),
    }  # fmt: skip
    return render(request, "spatial/workbench.html", context)


@public
def workbench_print(request: HttpRequest) -> HttpResponse:
    """The same map as a PDF."""
    there, now = queries.visible(reader_of(request)), timezone.now()
    state = State.of(request, there)
    chosen, _broken = _choose(state, there)
    picture, about = _picture(chosen)
    listed = next((one for one in chosen if one.code == state.table), None)
    columns, rows = _rows(listed)
    city = settings.CITY_NAME[language()]
    try:
        made = printing.pdf(
            title="、".join(str(one.shown.layer) for one in chosen) or _("地圖"), subtitle=f"{city}　{as_date(day_of(now))}",
            drawing=str(picture), about=about, layers=[(_title(one), one.painted) for one in chosen],
            table=str(listed.shown.layer) if listed else "", columns=columns[:8], rows=[row[:8] for row in rows[:]], at=now,
        )  # fmt: skip
    except CannotMake:
        raise Http404 from None
    headers = {"Content-Disposition": content_disposition_header(True, "map.pdf") or "attachment"}
    return HttpResponse(made, content_type="application/pdf", headers=headers)
