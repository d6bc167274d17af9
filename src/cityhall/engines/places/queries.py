"""Questions: which area, which point, which manager. All answered from memory, with the layers in force now."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import shapely
from django.conf import settings

from cityhall.engines.places import geodesy, memory, rules
from cityhall.engines.places.finding import Candidate, Finder
from cityhall.engines.places.memory import AreaName, Kept
from cityhall.engines.places.models import LayerVersion
from cityhall.engines.places.rules import Point
from cityhall.engines.places.states import LayerKind

NAMED_ROAD_REACH = 500.0
"""Metres within which a road of the given name is the one that is meant."""
ROAD_REACH = 30.0
"""Metres within which an unnamed road is the one that a point lies on."""


@dataclass(frozen=True)
class Whereabouts:
    """In which areas a point lies, and how far it is from the nearest edge of its district.

    Outside the city the distance is that to the city.
    """

    district: AreaName | None
    village: AreaName | None
    metres_to_edge: float
    inside_city: bool


@dataclass(frozen=True)
class ManagerHit:
    """Who keeps the road or area at a point, by which layer. `why` is name, near or inside."""

    layer_code: str
    layer_version: int
    level: str
    feature_name: str
    manager_code: str
    metres: float
    why: str


def area_of(point: Point, *, version: LayerVersion | None = None) -> Whereabouts:
    """District and village of a point, by the boundaries in force or by those of an older version.

    Before a city has imported boundaries every point lies outside: a person decides then.
    """
    places = memory.boundaries(version)
    at = memory.point_in_metres(point)
    district, village = places.districts.at(at), places.villages.at(at)
    return Whereabouts(
        district=places.districts.names[district] if district is not None else None,
        village=places.villages.names[village] if village is not None else None,
        metres_to_edge=round(places.metres_to_edge(at, district), 2),
        inside_city=district is not None,
    )


def districts() -> list[AreaName]:
    """The districts of the city, in order of their codes."""
    return list(memory.boundaries().districts.names)


def villages(district_code: str) -> list[AreaName]:
    """The villages of a district, in order of their codes."""
    return [one for one in memory.boundaries().villages.names if one.district_code == district_code]


def village_middles() -> dict[str, tuple[float, float]]:
    """A place inside of each village, as near to its middle as can be, as longitude and latitude by its code."""
    areas = memory.boundaries().villages
    if not areas.names:
        return {}
    inside = shapely.point_on_surface(areas.shapes)
    lons, lats = geodesy.to_degrees(shapely.get_x(inside), shapely.get_y(inside))
    return {one.code: (float(lon), float(lat)) for one, lon, lat in zip(areas.names, lons, lats, strict=True)}


def boundary_version() -> str:
    """Which boundaries are in force, as `boundaries@3`; empty before the first import."""
    versions = memory.versions_in_force(LayerKind.BOUNDARIES)
    return str(versions[0]) if versions else ""


def find(text: str, *, district: str | None = None, limit: int = 15) -> list[Candidate]:
    """The places that a text may mean: address, junction, landmark or road, most exact first.

    `district` is a code or a name. A road of several districts gives one candidate for each.
    """
    wanted = memory.boundaries().district(district) if district else None
    if district and wanted is None:
        return []
    return Finder(district=wanted.code if wanted else "").find(text)[:limit]


def find_each(texts: Iterable[str], *, limit: int = 15) -> Iterator[list[Candidate]]:
    """As `find`, for many texts: the layers are asked for once, and what comes again is not looked up again."""
    known: dict[str, list[Candidate]] = {}
    one = Finder()
    for text in texts:
        if text not in known:
            known[text] = replace(one, district="").find(text)[:limit]
        yield known[text]


def road_at(point: Point, *, within: float = ROAD_REACH) -> str:
    """The name of the road next to a point; empty where there is none so near."""
    found = memory.gazetteer().nearest_road(memory.point_in_metres(point), within)
    return found[0].name if found else ""


def managers_at(point: Point, road_name: str | None) -> list[ManagerHit]:
    """Who keeps what is at a point, most decisive first.

    First the nearest road of the given name, then roads within 30 metres, then the areas around the point, the
    smallest first; of two that fit as well the order is nation, city, district, private.
    """
    layers, at = memory.manager_map(), memory.point_in_metres(point)
    named = [(_metres(at, one), one) for one in _named(layers, road_name)]
    named = [hit for hit in named if hit[0] <= NAMED_ROAD_REACH]
    known = {id(one) for _distance, one in named}
    around = layers.line_tree.query(at, predicate="dwithin", distance=ROAD_REACH * 1.001)
    near = [(_metres(at, layers.lines[place]), layers.lines[place]) for place in around]
    near = [hit for hit in near if id(hit[1]) not in known and hit[0] <= ROAD_REACH]
    inside = [layers.areas[place] for place in layers.area_tree.query(at, predicate="intersects")]
    hits = [_hit(metres, one, "name") for metres, one in sorted(named, key=_decisive)]
    hits += [_hit(metres, one, "near") for metres, one in sorted(near, key=_decisive)]
    hits += [_hit(0.0, one, "inside") for one in sorted(inside, key=lambda one: (one.shape.area, one.rank, one.name))]
    return hits


def _named(layers: memory.ManagerMap, road_name: str | None) -> list[Kept]:
    if not road_name:
        return []
    road, section = rules.split_section(road_name)
    return [one for one in layers.by_road.get(road, []) if not (section and one.section) or section == one.section]


def _metres(at: shapely.Point, kept: Kept) -> float:
    return float(at.distance(kept.shape) / geodesy.scale_at(at.x))


def _decisive(hit: tuple[float, Kept]) -> tuple[int, int, str]:
    """Nearer first; two lines of one road differ by less than a metre, and then the level decides."""
    metres, kept = hit
    return round(metres), kept.rank, kept.name


def _hit(metres: float, kept: Kept, why: str) -> ManagerHit:
    return ManagerHit(
        kept.layer_code, kept.layer_version, kept.level, kept.name, kept.manager_code, round(metres, 1), why
    )


def address_in(text: str) -> str:
    """The address or junction that a sentence names, in its usual form; empty where it names no more than a road.

    中山路200號前路燈不亮三天了 names 中山路200號前.
    """
    address = rules.parse(text, memory.gazetteer().names(settings.CITY_NAME["zh-hant"], memory.boundaries()))
    if not (address.crossing or address.number or address.lane):
        return ""
    return str(replace(address, city="", village="", neighbourhood=0))
