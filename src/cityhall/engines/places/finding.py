"""From words to points: door plates, junctions, landmarks, numbers between known numbers, roads.

A name that exists in several districts gives one candidate for each, never a guess (PRACTICE, Petitions: an ambiguous
address asks for district or pin).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import shapely
from django.conf import settings
from django.utils.translation import gettext as _

from cityhall.engines.places import geodesy, memory, rules
from cityhall.engines.places.memory import AreaName, RoadLine
from cityhall.engines.places.models import DoorPlate, LayerVersion
from cityhall.engines.places.rules import Address, Point
from cityhall.engines.places.states import LayerKind, Method

JUNCTION_GAP = 40.0
"""Metres by which two lines may miss each other and still be a junction."""
SAME_JUNCTION = 120.0
LEAST_ACCURACY = 10.0
LANE_ACCURACY = 100.0
ALONG_THE_ROAD = 60.0
"""Plates farther from a road's line than this are not thought to stand along it."""


@dataclass(frozen=True)
class Candidate:
    """One place that a text may mean. `road` is what `managers_at` wants to know; with its lane where it has one."""

    label: str
    point: Point
    method: str
    accuracy_m: float
    district: AreaName | None
    village: AreaName | None
    road: str = ""


@dataclass
class Finder:
    """One search: the layers as they are now, and the district that was asked for."""

    district: str = ""
    places: memory.Boundaries = field(default_factory=memory.boundaries)
    names: memory.Gazetteer = field(default_factory=memory.gazetteer)
    plates: list[LayerVersion] = field(default_factory=lambda: memory.versions_in_force(LayerKind.PLATES))

    def find(self, text: str) -> list[Candidate]:
        """Everything that the text may mean, most exact first."""
        address = rules.parse(text, self.names.names(settings.CITY_NAME["zh-hant"], self.places))
        if self._is_elsewhere(address):
            return []
        if not self.district and address.district and (named := self.places.district(address.district)):
            self.district = named.code
        found: list[Candidate] = []
        if address.crossing:
            found += self.junctions(address)
        elif address.road:
            found += self.houses(address)
        if not address.crossing and not address.number:
            found += self.landmarks(text, partly=not found)
        order = list(Method.values)
        return sorted(found, key=lambda one: order.index(one.method))

    @staticmethod
    def _is_elsewhere(address: Address) -> bool:
        """Another city is named. The county of before 2014 (桃園縣) is this city."""
        return bool(address.city) and address.city[:-1] != rules.key(settings.CITY_NAME["zh-hant"])[:-1]

    def candidate(self, label: str, at: Point, method: Method, accuracy: float, road: str = "") -> Candidate | None:
        """A candidate with its areas; none where it lies in another district than was asked for."""
        plane = memory.point_in_metres(at)
        district, village = self.places.districts.at(plane), self.places.villages.at(plane)
        about = self.places.districts.names[district] if district is not None else None
        if self.district and (about is None or about.code != self.district):
            return None
        return Candidate(
            label=f"{about.name if about else ''}{label}",
            point=at,
            method=method.value,
            accuracy_m=round(max(accuracy, LEAST_ACCURACY if method != Method.PLATE else 0.0), 1),
            district=about,
            village=self.places.villages.names[village] if village is not None else None,
            road=road,
        )

    # Junctions

    def junctions(self, address: Address) -> Iterator[Candidate]:
        """Where two roads meet; the same two may meet in several districts."""
        label = _("%(one)s與%(other)s口") % {
            "one": rules.road_name(address.road, address.section),
            "other": rules.road_name(address.crossing, address.crossing_section),
        }
        seen: list[shapely.Point] = []
        for one in self._lines(address.road, address.section):
            for other in self._lines(address.crossing, address.crossing_section):
                for meeting in _meetings(one, other):
                    if all(meeting.distance(before) > SAME_JUNCTION for before in seen):
                        seen.append(meeting)
                        at = memory.point_in_degrees(meeting)
                        if found := self.candidate(label, at, Method.JUNCTION, JUNCTION_GAP / 2, one.name):
                            yield found

    def _lines(self, road: str, section: int) -> list[RoadLine]:
        return [one for one in self.names.by_key.get(road, []) if not section or one.section == section]

    # Houses and roads

    def houses(self, address: Address) -> Iterator[Candidate]:
        """The house in each district that has the road, as exactly as the plates allow."""
        lines: defaultdict[tuple[str, int], list[RoadLine]] = defaultdict(list)
        for line in self._lines(address.road, address.section):
            lines[line.district_code, line.section].append(line)
        plates = self._plates(address)
        whole_roads: dict[str, list[RoadLine]] = {}
        for place in sorted({*lines, *plates}):
            district, section = place
            if self.district and district != self.district:
                continue
            numbered = Numbered(address, plates.get(place, []), lines.get(place, []))
            if spot := numbered.spot():
                at, method, accuracy, label = spot
                road = rules.road_name(numbered.road_name, 0) + (f"{address.lane}巷" if address.lane else "")
                if found := self.candidate(label, at, method, accuracy, road):
                    yield found
            else:
                whole_roads.setdefault(district, []).extend(lines.get(place, []))
        for found_lines in whole_roads.values():
            if found := self._road(address, found_lines):
                yield found

    def _road(self, address: Address, lines: list[RoadLine]) -> Candidate | None:
        if not lines:
            return None
        longest = max(lines, key=lambda line: line.line.length)
        name = longest.name if len({line.section for line in lines}) == 1 else rules.split_section(longest.name)[0]
        at = memory.point_in_degrees(_middle(longest.line))
        accuracy = sum(line.line.length for line in lines) / 2
        return self.candidate(name, at, Method.ROAD, accuracy, name + (f"{address.lane}巷" if address.lane else ""))

    def _plates(self, address: Address) -> dict[tuple[str, int], list[DoorPlate]]:
        """The known numbers of the road, by district and section."""
        if not (address.number or address.lane):
            return {}
        known = DoorPlate.objects.filter(version__in=self.plates, key=address.road, lane__in={0, address.lane})
        if address.section:
            known = known.filter(section=address.section)
        if self.district:
            known = known.filter(district_code=self.district)
        found: dict[tuple[str, int], list[DoorPlate]] = defaultdict(list)
        for plate in known.order_by("district_code", "section", "number", "sub", "pk"):
            found[plate.district_code, plate.section].append(plate)
        return found

    # Landmarks

    def landmarks(self, text: str, *, partly: bool) -> Iterator[Candidate]:
        """Landmarks that the text names; `partly` also those whose name it is a part of."""
        whole, asked = rules.key(text), rules.place_name(text)
        ranked = []
        for place, landmark in enumerate(self.names.landmarks):
            if asked in landmark.keys:
                rank = 0
            elif any(len(name) > 2 and name in whole for name in landmark.keys):
                rank = 1
            elif partly and len(asked) >= 2 and any(asked in name for name in landmark.keys):
                rank = 2
            else:
                continue
            ranked.append((rank, -max(len(name) for name in landmark.keys if rank != 1 or name in whole), place))
        best = min(ranked, default=(0, 0, 0))[0]
        for rank, _length, place in sorted(ranked):
            landmark = self.names.landmarks[place]
            if rank > max(best, 1):
                continue
            if found := self.candidate("", landmark.point, Method.LANDMARK, 50.0):
                yield _named(found, landmark.name)


def _named(found: Candidate, name: str) -> Candidate:
    """A landmark's label: its name, and the district where the name does not say it."""
    district = found.district.name if found.district else ""
    label = name if not district or name.startswith(district) else f"{name}（{district}）"
    return Candidate(label, found.point, found.method, found.accuracy_m, found.district, found.village)


@dataclass
class Numbered:
    """A road within a district, with its known house numbers and its lines."""

    address: Address
    plates: list[DoorPlate]
    lines: list[RoadLine]

    @property
    def road_name(self) -> str:
        """The road's name as it is written, with its section."""
        if self.lines:
            return self.lines[0].name
        return self.plates[0].road if self.plates else rules.road_name(self.address.road, self.address.section)

    def spot(self) -> tuple[Point, Method, float, str] | None:
        """The point of the house, or of the lane that it lies in; None where the plates tell neither."""
        asked = self.address
        if asked.number:
            street = [one for one in self.plates if (one.lane, one.alley) == (asked.lane, asked.alley)]
            exact = [one for one in street if one.number == asked.number]
            if exact:
                plate = next((one for one in exact if one.sub == asked.sub), exact[0])
                same = plate.sub == asked.sub
                at = Point(plate.lon, plate.lat)
                return at, (Method.PLATE if same else Method.INTERPOLATED), LEAST_ACCURACY, self._label(same)
            if guess := self._between(asked.number, street, along=not asked.lane):
                return *guess, self._label(exact=False)
        if asked.lane:  # a lane is numbered by the house beside its mouth
            street = [one for one in self.plates if one.lane == 0]
            if guess := self._between(asked.lane, street, along=True):
                at, method, accuracy = guess
                label = _("%(road)s%(lane)d巷口附近") % {"road": self.road_name, "lane": asked.lane}
                return at, method, max(accuracy, LANE_ACCURACY), label
        return None

    def _between(self, number: int, street: list[DoorPlate], *, along: bool) -> tuple[Point, Method, float] | None:
        spread = rules.between(number, (one.number for one in street))
        if spread is None:
            return None
        low, high = (_plane(next(one for one in street if one.number == end)) for end in (spread.low, spread.high))
        gap = low.distance(high) / geodesy.scale_at(low.x)
        line = _line_by(self.lines, low, high) if along else None
        if line is not None:
            start, end = line.project(low), line.project(high)
            at = line.interpolate(start + (end - start) * spread.share)
        else:
            at = shapely.LineString([low, high]).interpolate(spread.share, normalized=True) if gap else low
        return memory.point_in_degrees(at), Method.INTERPOLATED, gap / 2

    def _label(self, exact: bool) -> str:
        asked = self.address
        house = "".join(f"{value}{unit}" for value, unit in ((asked.lane, "巷"), (asked.alley, "弄")) if value)
        label = f"{self.road_name}{house}{asked.number}號" + (f"之{asked.sub}" if asked.sub else "")
        return label if exact else _("%(address)s（依鄰近門牌推估）") % {"address": label}


def _plane(plate: DoorPlate) -> shapely.Point:
    return memory.point_in_metres(Point(plate.lon, plate.lat))


def _line_by(lines: Iterable[RoadLine], *ends: shapely.Point) -> shapely.LineString | None:
    """The one line that all the points stand along."""
    for road in lines:
        for line in getattr(road.line, "geoms", [road.line]):
            if all(line.distance(end) <= ALONG_THE_ROAD for end in ends):
                return line
    return None


def _middle(line: shapely.LineString | shapely.MultiLineString) -> shapely.Point:
    longest = max(getattr(line, "geoms", [line]), key=lambda part: part.length)
    return longest.interpolate(0.5, normalized=True)


def _meetings(one: RoadLine, other: RoadLine) -> list[shapely.Point]:
    common = one.line.intersection(other.line)
    if common.is_empty:
        gap = shapely.shortest_line(one.line, other.line)
        return [gap.interpolate(0.5, normalized=True)] if gap.length <= JUNCTION_GAP else []
    return [part if part.geom_type == "Point" else part.interpolate(0.5, normalized=True)
            for part in getattr(common, "geoms", [common])]  # fmt: skip
