"""Small maps drawn on the server: no script, no tiles, no foreign host. And the data of the live map.

The shapes come from `build/geo/shapes.json` (see `build/geo.py`). A live map (MapLibre) can be laid over the same
figure where script runs; the server's drawing is what everybody else sees.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import shapely
from django.conf import settings
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from cityhall.web.context import language
from cityhall.web.markup import NOTHING, tag, together

METRES_PER_DEGREE = 111_320.0
PIN = "M0 0C-4-11-15-17-15-28a15 15 0 0 1 30 0C15-17 4-11 0 0Z"


@dataclass(frozen=True)
class Spot:
    """A place on a map: longitude, latitude, and a name to write."""

    lon: float
    lat: float
    label: str = ""


@dataclass(frozen=True)
class Road:
    """A road to draw: its name and its line."""

    name: str
    line: Sequence[tuple[float, float]]


@dataclass(frozen=True)
class Window:
    """What part of the earth is drawn, and how large."""

    west: float
    north: float
    scale: float  # pixels a degree of latitude
    squeeze: float  # cosine of the latitude
    width: int
    height: int

    @classmethod
    def around(cls, box: tuple[float, float, float, float], width: int, height: int, margin: float = 0.04) -> Window:
        """The window that shows a box of degrees, centred."""
        west, south, east, north = box
        squeeze = math.cos(math.radians((south + north) / 2))
        wide, high = max((east - west) * squeeze, 1e-6), max(north - south, 1e-6)
        scale = min(width * (1 - 2 * margin) / wide, height * (1 - 2 * margin) / high)
        middle_x, middle_y = (west + east) / 2, (south + north) / 2
        return cls(middle_x - width / 2 / scale / squeeze, middle_y + height / 2 / scale, scale, squeeze, width, height)

    @classmethod
    def near(cls, spot: Spot, metres: float, width: int, height: int) -> Window:
        """The window in which `metres` fit across, with the spot a little below the middle."""
        squeeze = math.cos(math.radians(spot.lat))
        scale = width * METRES_PER_DEGREE / metres
        return cls(
            spot.lon - width / 2 / scale / squeeze, spot.lat + height * 0.58 / scale, scale, squeeze, width, height
        )

    def at(self, lon: float, lat: float) -> tuple[float, float]:
        """Pixels of a place."""
        return (lon - self.west) * self.squeeze * self.scale, (self.north - lat) * self.scale

    @property
    def box(self) -> tuple[float, float, float, float]:
        """West, south, east, north of what is shown, with a rim."""
        wide, high = self.width / self.scale / self.squeeze, self.height / self.scale
        return (
            self.west - wide * 0.05, self.north - high * 1.05, self.west + wide * 1.05, self.north + high * 0.05,
        )  # fmt: skip

    def sees(self, box: Sequence[float]) -> bool:
        """Whether a box of degrees touches the window."""
        west, south, east, north = self.box
        return not (box[2] < west or box[0] > east or box[3] < south or box[1] > north)

    def path(self, rings: Iterable[Sequence[Sequence[float]]], *, clip: bool = True) -> str:
        """The `d` of an area, cut at the window's rim."""
        pieces = []
        for ring in rings:
            lines: list[Any] = [ring]
            if clip:
                lines = _rings(shapely.clip_by_rect(shapely.Polygon(ring), *self.box))
            for line in lines:
                points = [self.at(x, y) for x, y in line[:-1]]
                pieces.append("M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points) + "Z")
        return "".join(pieces)


def _rings(shape: Any) -> list[Any]:
    if shape.is_empty:
        return []
    parts = getattr(shape, "geoms", [shape])
    return [list(part.exterior.coords) for part in parts if part.geom_type == "Polygon" and not part.is_empty]


@lru_cache(maxsize=1)
def _shapes(path: str, changed: float) -> dict[str, Any]:
    known: dict[str, Any] = json.loads(Path(path).read_text(encoding="utf-8"))
    known["by_code"] = {area["code"]: area for area in (*known["villages"], *known["districts"])}
    return known


def shapes() -> dict[str, Any]:
    """The city's shapes, read once; empty before the first build."""
    path = Path(settings.BUILD_DIR) / "geo" / "shapes.json"
    if not path.exists():
        return {"districts": [], "near": [], "villages": [], "by_code": {}}
    return _shapes(str(path), path.stat().st_mtime)


def _name(area: dict[str, Any]) -> str:
    if language() == "en" and area.get("name_en"):
        return str(area["name_en"]).removesuffix(" District")
    return str(area["name"])


def area_name(code: str) -> str:
    """The name of a district or village in the reader's language; empty for a code that the map does not know."""
    area = shapes()["by_code"].get(code) if code else None
    if area is None:
        return ""
    return str(area["name_en"] if language() == "en" and area.get("name_en") else area["name"])


def city_box() -> tuple[float, float, float, float] | None:
    """West, south, east, north of the city; None before the first build."""
    boxes = [area["box"] for area in shapes()["districts"]]
    if not boxes:
        return None
    west, south, east, north = zip(*boxes, strict=True)
    return min(west), min(south), max(east), max(north)


def city_map(classes: str = "", spots: Sequence[Spot] = (), width: int = 500, height: int = 595) -> SafeString:
    """The city's districts as lines, for decoration."""
    box = city_box()
    if box is None:
        return NOTHING
    window = Window.around(box, width, height, margin=0)
    paths = [tag("path", d=window.path(area["rings"], clip=False)) for area in shapes()["districts"]]
    dots = [_circle(*window.at(spot.lon, spot.lat), 3.5) for spot in spots]
    return tag(
        "svg", *paths, *dots,
        class_=classes, viewBox=f"0 0 {width} {height}", aria_hidden="true", focusable="false",
    )  # fmt: skip


def locator(
    spot: Spot,
    *,
    about: str = "",
    village: str = "",
    metres: float = 1800,
    roads: Sequence[Road] = (),
    width: int = 284,
    height: int = 152,
    small: bool = True,
) -> SafeString:
    """A place with the villages around it: where exactly, in one glance. `about` is read aloud instead."""
    window = Window.near(spot, metres, width, height)
    x, y = window.at(spot.lon, spot.lat)
    body = _near(window, village=village, roads=roads, pin=(x, y))
    body.append(_pin(x, y))
    return _figure(window, body, about or _("地圖：%(place)s") % {"place": spot.label or _("圖釘的位置")}, small)


def along(points: Sequence[tuple[float, float]], *, about: str, width: int = 560, height: int = 300) -> SafeString:
    """A line with the villages around it: a road, a drain."""
    lons, lats = zip(*points, strict=True)
    rim = max((max(lons) - min(lons)) * 0.2, (max(lats) - min(lats)) * 0.2, 0.003)
    box = (min(lons) - rim, min(lats) - rim, max(lons) + rim, max(lats) + rim)
    window = Window.around(box, width, height)
    drawn = " ".join("{:.1f},{:.1f}".format(*window.at(lon, lat)) for lon, lat in points)
    return _figure(window, [*_near(window), tag("polyline", class_="way red", points=drawn)], about, False)


def choices(spots: Sequence[Spot], *, chosen: int | None = None, about: str = "", width: int = 560) -> SafeString:
    """Several possible places on the whole city, each a question; the chosen one is a pin."""
    box = city_box()
    if box is None:
        return NOTHING
    window = Window.around(box, width, round(width * 0.87))
    body = [tag("path", class_="d", d=window.path(area["rings"], clip=False)) for area in shapes()["districts"]]
    asked = {spot.label for spot in spots}
    for area in shapes()["districts"]:
        if area["name"] not in asked:
            x, y = window.at(*area["label"])
            body.append(_text(x, y + 6, _name(area), "s"))
    names = {area["name"]: _name(area) for area in shapes()["districts"]}
    for number, spot in enumerate(spots):
        x, y = window.at(spot.lon, spot.lat)
        body.append(_text(x, y + 20, names.get(spot.label, spot.label), "me w"))
        certain = len(spots) == 1 or number == chosen
        body.append(_pin(x, y, certain=certain))
    return _figure(
        window, body, about or _("%(city)s地圖，標出可能的位置") % {"city": settings.CITY_NAME[language()]}, False
    )


def scene(
    centre: Spot, spots: Sequence[Spot], *, metres: float, about: str, village: str = "", width: int = 560
) -> SafeString:
    """A place with the circle that is looked at, and a dot for each thing that happened in it."""
    height = round(width * 0.7)
    window = Window.near(centre, metres * 4.3, width, height)
    body = _near(window, village=village)
    x, y = window.at(centre.lon, centre.lat)
    body.append(_circle(x, y, metres / METRES_PER_DEGREE * window.scale, "reach"))
    body += [_circle(*window.at(spot.lon, spot.lat), 7, "dot") for spot in spots]
    return _figure(window, body, about, False)


@dataclass(frozen=True)
class Mark:
    """A point or a line on a map of many, of one of a few kinds: red, amber, green, none."""

    points: Sequence[tuple[float, float]]
    kind: str


SIZES = {"red": 8.0, "amber": 6.5, "green": 5.0}
"""What presses is larger too, so that nobody has to tell colours apart."""


def marked(marks: Sequence[Mark], *, about: str, width: int = 560) -> SafeString:
    """Many places on the whole city, in the order given: the last lie on top."""
    box = city_box()
    if box is None:
        return NOTHING
    window = Window.around(box, width, round(width * 0.87))
    body = [tag("path", class_="d", d=window.path(area["rings"], clip=False)) for area in shapes()["districts"]]
    for area in shapes()["districts"]:
        x, y = window.at(*area["label"])
        body.append(_text(x, y, _name(area), "s"))
    for mark in marks:
        if len(mark.points) > 1:
            points = " ".join("{:.1f},{:.1f}".format(*window.at(lon, lat)) for lon, lat in mark.points)
            body.append(tag("polyline", class_=f"way {mark.kind}", points=points))
        x, y = window.at(*mark.points[len(mark.points) // 2])
        body.append(_circle(x, y, SIZES.get(mark.kind, 4.0), f"dot {mark.kind}"))
    return _figure(window, body, about, False)


SHADES = 5


def shaded(
    values: Mapping[str, float], *, about: str, shown: Mapping[str, str] | None = None, width: int = 560
) -> SafeString:
    """The districts, darker the higher their value, each with its name and what is `shown` of the value.

    `values` by district code. The number stands in the district, so that nobody has to tell shades apart.
    """
    box = city_box()
    if box is None:
        return NOTHING
    window = Window.around(box, width, round(width * 0.87))
    most = max(values.values(), default=0.0)
    body, names = [], []
    for area in shapes()["districts"]:
        value = values.get(area["code"], 0.0)
        shade = min(int(value / most * SHADES), SHADES - 1) if most > 0 else 0
        body.append(tag("path", class_=f"d sh{shade}", d=window.path(area["rings"], clip=False)))
        x, y = window.at(*area["label"])
        dark = " inv" if shade >= SHADES - 2 else ""
        names.append(_text(x, y, _name(area), f"s{dark}"))
        names.append(_text(x, y + 17, (shown or {}).get(area["code"], f"{value:,.0f}"), f"n{dark}"))
    return _figure(window, [*body, *names], about, False)


def district(
    code: str, *, spot: Spot | None = None, village: str = "", about: str = "", width: int = 560
) -> SafeString:
    """One district with its villages, and a pin."""
    area = next((one for one in shapes()["near"] if one["code"] == code), None)
    if area is None:
        return choices([spot] if spot else [], about=about, width=width)
    window = Window.around(tuple(area["box"]), width, round(width * 0.87))
    pin = window.at(spot.lon, spot.lat) if spot is not None else None
    body = _near(window, village=village, district=code, pin=pin)
    if pin is not None:
        x, y = pin
        body.append(_pin(x, y))
    return _figure(window, body, about or _("地圖：%(place)s") % {"place": _name(area)}, False)


def _near(
    window: Window,
    *,
    village: str = "",
    district: str = "",
    roads: Sequence[Road] = (),
    pin: tuple[float, float] | None = None,
) -> list[SafeString]:
    """Districts, villages, roads and names inside a window, quietest first."""
    here = district or village[:8]
    body = []
    for area in shapes()["near"]:
        if window.sees(area["box"]):
            body.append(tag("path", class_="d on" if area["code"] == here else "d", d=window.path(area["rings"])))
    for area in shapes()["villages"]:
        if window.sees(area["box"]) and (not district or area["district"] == district):
            body.append(tag("path", class_="v", d=window.path(area["rings"])))
    for area in shapes()["villages"]:
        if area["code"] == village and window.sees(area["box"]):
            body.append(tag("path", class_="v on", d=window.path(area["rings"])))
            x, y = _beside(pin, *window.at(*area["label"]))
            body.append(_text(x, y, _name(area), "s"))
    for road in roads:
        points = " ".join("{:.1f},{:.1f}".format(*window.at(x, y)) for x, y in road.line)
        body += [tag("polyline", class_=kind, points=points) for kind in ("road-c", "road")]
        x, y = window.at(*road.line[len(road.line) // 2])
        body.append(_text(x, y + 18, road.name, "s"))
    if district:
        for area in shapes()["near"]:
            x, y = window.at(*area["label"])
            if 20 < x < window.width - 20 and 20 < y < window.height - 10:
                body.append(_text(x, y, _name(area), "me" if area["code"] == district else "s"))
    return body


def _beside(pin: tuple[float, float] | None, x: float, y: float) -> tuple[float, float]:
    """Where a name may stand: not under the pin, but below its tip."""
    if pin is not None and abs(x - pin[0]) < 42 and -48 < y - pin[1] < 18:
        return pin[0], pin[1] + 20
    return x, y


def _text(x: float, y: float, words: str, classes: str) -> SafeString:
    return tag("text", words, x=f"{x:.0f}", y=f"{y:.0f}", class_=classes)


def _circle(x: float, y: float, radius: float, kind: str = "") -> SafeString:
    return tag("circle", class_=kind or None, cx=f"{x:.1f}", cy=f"{y:.1f}", r=f"{radius:.1f}")


def _pin(x: float, y: float, *, certain: bool = True) -> SafeString:
    """A pin whose tip is at the place; with a question mark where the place is one of several."""
    inside = tag("circle", class_="pin-eye", cy=-28, r=5.5) if certain else tag("text", "?", class_="q", y=-21)
    return tag("g", tag("path", class_="pin", d=PIN), inside, transform=f"translate({x:.1f} {y:.1f})")


def figure(window: Window, body: Sequence[SafeString], about: str) -> SafeString:
    """A drawing that somebody else made in a window, read aloud as `about`."""
    return _figure(window, body, about, False)


def _figure(window: Window, body: Sequence[SafeString], about: str, small: bool) -> SafeString:
    return tag(
        "svg", together(body),
        class_="ch-map__svg ch-map__svg--s" if small else "ch-map__svg", viewBox=f"0 0 {window.width} {window.height}",
        role="img", aria_label=about,
    )  # fmt: skip
