"""The layers in force, held in memory by each process: trees of shapes in metres, names to look up.

Research note 03 §4c: an STRtree in the process answers 23,400 questions a second where PostGIS answers 3,400. A copy
belongs to the versions that it was made from; when another version comes into force, the next question makes a new one.
"""

from __future__ import annotations

import math
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from threading import Lock
from typing import Any, NamedTuple, TypeVar
from uuid import UUID

import numpy as np
import shapely
from shapely import LineString, MultiLineString
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from cityhall.engines.places import geodesy
from cityhall.engines.places.models import (
    Area,
    DoorPlate,
    Landmark,
    LayerFeature,
    LayerVersion,
    Road,
    Term,
)
from cityhall.engines.places.rules import Names, Point, key, split_section
from cityhall.engines.places.states import AreaKind, LayerKind, Level
from cityhall.foundation.stamps import stamp_of
from cityhall.foundation.unit import Setting
from cityhall.web.context import in_language

Made = TypeVar("Made")


def versions_in_force(*kinds: str) -> list[LayerVersion]:
    """The version in force of each layer of these kinds."""
    return [version for version in _in_force.now() if version.layer.kind in kinds]


def _terms_so_far() -> tuple[object, ...]:
    """Terms are only added and ended: their numbers tell whether a copy is still right."""
    return stamp_of(Term, newest="id", filled="ends_at")


def _read_in_force() -> list[LayerVersion]:
    terms = Term.objects.filter(ends_at__isnull=True).select_related("version__layer")
    return [term.version for term in terms.order_by("layer_id")]


_in_force = Setting(Term, stamp=_terms_so_far, read=_read_in_force)


class _Shelf:
    """A few copies, the one longest unused thrown away first."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.copies: OrderedDict[tuple[str, tuple[UUID, ...]], Any] = OrderedDict()
        self.lock = Lock()

    def get(self, name: str, versions: Sequence[LayerVersion], make: Callable[[Sequence[LayerVersion]], Made]) -> Made:
        """The copy made from these versions; made now if there is none."""
        place = name, tuple(version.token for version in versions)
        with self.lock:
            if place in self.copies:
                self.copies.move_to_end(place)
                found: Made = self.copies[place]
                return found
        made = make(versions)
        with self.lock:
            self.copies[place] = made
            while len(self.copies) > self.most:
                self.copies.popitem(last=False)
        return made


_shelf = _Shelf(most=8)


def in_metres(geometry: BaseGeometry) -> BaseGeometry:
    """A shape in degrees, in the plane of metres."""
    return shapely.transform(geometry, lambda at: np.column_stack(geodesy.to_plane(at[:, 0], at[:, 1])))


@lru_cache(maxsize=4096)  # one place is asked for its district, its road, and again by the desk
def point_in_metres(point: Point) -> shapely.Point:
    """A point in the plane. Points on the other side of the earth come out far away, not infinitely far."""
    if not (math.isfinite(point.lon) and math.isfinite(point.lat)):
        raise ValueError("a point needs two numbers")
    east, north = geodesy.to_plane(min(max(point.lon, 61.0), 181.0), min(max(point.lat, -85.0), 85.0))
    return shapely.Point(float(east), float(north))


def point_in_degrees(at: shapely.Point) -> Point:
    """A point of the plane in degrees, to about a decimetre as all points here are written."""
    lon, lat = geodesy.to_degrees(at.x, at.y)
    return Point(round(float(lon), 6), round(float(lat), 6))


# Areas


class AreaName(NamedTuple):
    """An area by code and name, without its shape."""

    kind: str
    code: str
    name: str
    name_en: str
    district_code: str

    def __str__(self) -> str:
        return in_language(self.name, self.name_en)


class Areas:
    """All areas of one level."""

    def __init__(self, rows: Iterable[Area]) -> None:
        self.names: list[AreaName] = []
        shapes = []
        for row in rows:
            district = row.parent.code if row.parent is not None else row.code
            self.names.append(AreaName(row.kind, row.code, row.name, row.name_en, district))
            shapes.append(in_metres(shape(row.geometry)))
        self.shapes = np.array(shapes, dtype=object)
        self.edges = shapely.boundary(self.shapes)
        self.tree = shapely.STRtree(self.shapes)
        self.by_code = {name.code: place for place, name in enumerate(self.names)}

    def at(self, point: shapely.Point) -> int | None:
        """Which area holds the point; on a common edge the one with the lower code."""
        found = self.tree.query(point, predicate="intersects")
        return int(found.min()) if len(found) else None


class Boundaries:
    """Districts and villages of one version."""

    def __init__(self, versions: Sequence[LayerVersion]) -> None:
        rows = list(Area.objects.filter(version__in=versions).select_related("parent").order_by("code"))
        self.version = str(versions[0]) if versions else ""
        self.districts = Areas(row for row in rows if row.kind == AreaKind.DISTRICT)
        self.villages = Areas(row for row in rows if row.kind == AreaKind.VILLAGE)

    def metres_to_edge(self, at: shapely.Point, district: int | None) -> float:
        """From a point to the nearest edge of its district, or of the city from outside."""
        if district is not None:
            plane = shapely.distance(at, self.districts.edges[district])
        elif self.districts.names:
            plane = shapely.distance(at, self.districts.shapes[self.districts.tree.nearest(at)])
        else:
            return 0.0
        return float(plane / geodesy.scale_at(at.x))

    def district(self, name: str) -> AreaName | None:
        """A district by its code or by its name."""
        if name in self.districts.by_code:
            return self.districts.names[self.districts.by_code[name]]
        wanted = key(name)
        return next((one for one in self.districts.names if wanted in {key(one.name), key(one.name_en)}), None)


def boundaries(version: LayerVersion | None = None) -> Boundaries:
    """The boundaries in force, or those of an older version."""
    chosen = [version] if version else versions_in_force(LayerKind.BOUNDARIES)
    return _shelf.get("boundaries", chosen, Boundaries)


# Roads and landmarks


@dataclass(frozen=True, eq=False)
class RoadLine:
    """A road within a district, its line in metres."""

    name: str
    key: str
    section: int
    route: str
    district_code: str
    line: LineString | MultiLineString


@dataclass(frozen=True, eq=False)
class NamedSpot:
    """A landmark with every name that people call it by, compared."""

    name: str
    keys: tuple[str, ...]
    district_code: str
    address: str
    point: Point


class Gazetteer:
    """Roads and landmarks by name."""

    def __init__(self, versions: Sequence[LayerVersion]) -> None:
        self.roads = [
            RoadLine(row.name, row.key, row.section, row.route, row.district_code, in_metres(shape(row.geometry)))
            for row in Road.objects.filter(version__in=versions)
        ]
        self.by_key: defaultdict[str, list[RoadLine]] = defaultdict(list)
        for road in self.roads:
            self.by_key[road.key].append(road)
        self.tree = shapely.STRtree([road.line for road in self.roads])
        self.landmarks = [
            NamedSpot(
                row.name, tuple(key(name) for name in (row.name, *filter(None, row.aliases.split("、")))),
                row.district_code, row.address, Point(row.lon, row.lat),
            )
            for row in Landmark.objects.filter(version__in=versions)
        ]  # fmt: skip
        plates = DoorPlate.objects.filter(version__in=versions).order_by()
        self.road_keys = {*self.by_key, *plates.values_list("key", flat=True).distinct()}
        self._names: dict[tuple[str, str], Names] = {}

    def names(self, city: str, places: Boundaries) -> Names:
        """The names for reading an address."""
        known = self._names.get((city, places.version))
        if known is None:
            districts = [area.name for area in places.districts.names]
            known = Names.of(city=city, districts=districts, roads=self.road_keys)
            self._names[city, places.version] = known
        return known

    def nearest_road(self, at: shapely.Point, within: float) -> tuple[RoadLine, float] | None:
        """The road next to a point of the plane, with its distance."""
        found, distances = self.tree.query_nearest(at, max_distance=within, return_distance=True)
        return (self.roads[int(found[0])], float(distances[0])) if len(found) else None


def gazetteer() -> Gazetteer:
    """The roads and landmarks in force, and the names of the roads that have door plates."""
    chosen = versions_in_force(LayerKind.ROADS, LayerKind.LANDMARKS, LayerKind.PLATES)
    return _shelf.get("gazetteer", chosen, Gazetteer)


# Managers

_LEVELS = {level: place for place, level in enumerate(Level.values)}


@dataclass(frozen=True, eq=False)
class Kept:
    """A stretch of road or an area that somebody keeps up."""

    layer_code: str
    layer_version: int
    level: str
    name: str
    road: str
    section: int
    manager_code: str
    shape: BaseGeometry

    @property
    def rank(self) -> int:
        """Which level decides where two fit as well."""
        return _LEVELS[self.level]


class ManagerMap:
    """Who keeps what, of all layers of managers in force."""

    def __init__(self, versions: Sequence[LayerVersion]) -> None:
        layers = {version.pk: version for version in versions}
        lines: list[Kept] = []
        areas: list[Kept] = []
        for row in LayerFeature.objects.filter(version__in=versions):
            version = layers[row.version_id]
            road, section = split_section(row.name)
            geometry = in_metres(shape(row.geometry))
            kept = Kept(
                version.layer.code, version.number, version.layer.level, row.name, road, section, row.manager_code,
                geometry,
            )  # fmt: skip
            (areas if geometry.geom_type.endswith("Polygon") else lines).append(kept)
        self.lines, self.areas = lines, areas
        self.line_tree = shapely.STRtree([one.shape for one in lines])
        self.area_tree = shapely.STRtree([one.shape for one in areas])
        self.by_road: defaultdict[str, list[Kept]] = defaultdict(list)
        for one in lines:
            self.by_road[one.road].append(one)


def manager_map() -> ManagerMap:
    """The layers of managers in force."""
    return _shelf.get("managers", versions_in_force(LayerKind.MANAGERS), ManagerMap)
