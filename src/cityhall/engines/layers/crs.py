"""The systems in which coordinates are asked and answered. A layer is held in CRS84; every other system is computed.

TWD97 (EPSG:3824) and WGS 84 are taken as one, as the land office does: they differ by less than what is measured.
Systems of degrees by EPSG say latitude first, CRS84 says longitude first.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from django.utils.translation import gettext as _
from shapely.geometry.base import BaseGeometry

from cityhall.engines.layers.refusals import CannotAsk
from cityhall.engines.places import geodesy

_RADIUS = 6_378_137.0
MERCATOR_EDGE = math.pi * _RADIUS
_NORTHERNMOST = 85.06  # of Mercator's square
PLANE_EDGE = 10_000_000.0


@dataclass(frozen=True)
class System:
    """A system by its address; `swapped` where latitude comes first."""

    uri: str
    name: str
    kind: str  # degrees, plane, mercator
    swapped: bool = False

    def to_degrees(self, at: Any) -> Any:
        """Points of this system, an array of pairs, as longitude and latitude."""
        if self.kind == "plane":
            return np.column_stack(geodesy.to_degrees(at[:, 0], at[:, 1]))
        if self.kind == "mercator":
            lat = 2 * np.arctan(np.exp(at[:, 1] / _RADIUS)) - math.pi / 2
            return np.column_stack([np.degrees(at[:, 0] / _RADIUS), np.degrees(lat)])
        return at[:, ::-1] if self.swapped else at

    def from_degrees(self, at: Any) -> Any:
        """Longitude and latitude, an array of pairs, in this system."""
        if self.kind == "plane":
            return np.column_stack(geodesy.to_plane(at[:, 0], at[:, 1]))
        if self.kind == "mercator":
            lat = np.radians(np.clip(at[:, 1], -_NORTHERNMOST, _NORTHERNMOST))
            return np.column_stack([np.radians(at[:, 0]) * _RADIUS, np.log(np.tan(math.pi / 4 + lat / 2)) * _RADIUS])
        return at[:, ::-1] if self.swapped else at

    def holds(self, points: Any) -> bool:
        """Whether all points, an array of pairs, are places on the earth."""
        if not np.isfinite(points).all():
            return False
        if self.kind == "degrees":
            lon, lat = (1, 0) if self.swapped else (0, 1)
            return bool((np.abs(points[:, lon]) <= 180).all() and (np.abs(points[:, lat]) <= 90).all())
        edge = PLANE_EDGE if self.kind == "plane" else MERCATOR_EDGE * 1.0001
        return bool((np.abs(points) <= edge).all())

    def shape_to_degrees(self, shape: BaseGeometry) -> BaseGeometry:
        """A shape of this system in longitude and latitude. Raises CannotAsk for places outside of the earth."""
        if not self.holds(shapely.get_coordinates(shape)):
            raise CannotAsk(_("座標超出坐標系統的範圍，請確認坐標系統與座標的順序。"))
        if self.kind != "degrees":  # what is straight there is bent here
            shape = shapely.segmentize(shape, max(_longest(shape) / 32, 1.0))
        return shapely.transform(shape, self.to_degrees)


def _longest(shape: BaseGeometry) -> float:
    west, south, east, north = shape.bounds
    return max(east - west, north - south)


_EPSG = "http://www.opengis.net/def/crs/EPSG/0/"
CRS84 = System("http://www.opengis.net/def/crs/OGC/1.3/CRS84", "CRS84", "degrees")
SYSTEMS = {
    one.uri: one
    for one in (
        CRS84,
        System(f"{_EPSG}4326", "WGS 84", "degrees", swapped=True),
        System(f"{_EPSG}3824", "TWD97", "degrees", swapped=True),
        System(f"{_EPSG}3826", "TWD97 / TM2", "plane"),
        System(f"{_EPSG}3857", "Web Mercator", "mercator"),
    )
}


def system(uri: str | None) -> System:
    """The system of an address, also in square brackets or by its short name; CRS84 where none is named. Raises CannotAsk."""
    if not uri:
        return CRS84
    asked = uri.removeprefix("[").removesuffix("]")
    authority, _colon, code = asked.rpartition(":")
    short = {"EPSG": _EPSG + code, "OGC": CRS84.uri if code == "CRS84" else ""}.get(authority.upper(), asked)
    found = SYSTEMS.get(short)
    if found is None:
        raise CannotAsk(_("不支援坐標系統「%(uri)s」。可以用的有：%(all)s。") % {
            "uri": uri[:100], "all": "、".join(SYSTEMS),
        })  # fmt: skip
    return found


def box(text: str, of: System = CRS84) -> BaseGeometry:
    """The area of `west,south,east,north` (in the order of the system), also with heights. Raises CannotAsk.

    A box in degrees whose west lies east of its east goes round the earth's back.
    """
    try:
        numbers = [float(part) for part in text.split(",")]
    except ValueError:
        numbers = []
    if len(numbers) == 6:
        numbers = [numbers[place] for place in (0, 1, 3, 4)]
    if len(numbers) != 4:
        raise CannotAsk(_("bbox 要有4個數字（或6個，含高度），用半形逗號分開。"))
    corners = np.array(numbers).reshape(2, 2)
    if not of.holds(corners):
        raise CannotAsk(_("bbox 超出坐標系統的範圍，請確認坐標系統與座標的順序。"))
    if of.kind == "degrees":
        (west, south), (east, north) = of.to_degrees(corners)
        if south > north:
            raise CannotAsk(_("bbox 的南邊在北邊的北方，請確認數字的順序。"))
        if west > east:
            return shapely.union(shapely.box(west, south, 180, north), shapely.box(-180, south, east, north))
        return shapely.box(west, south, east, north)
    if (corners[0] > corners[1]).any():
        raise CannotAsk(_("bbox 的前兩個數字要比後兩個小。"))
    return of.shape_to_degrees(shapely.box(*corners[0], *corners[1]))
