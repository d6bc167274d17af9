"""The decision tools: what is computed of shapes and numbers, on arrays, and nothing else.

Shapes are in metres (TWD97 / TM2, EPSG:3826), so that areas and distances are those on the ground. Units are districts or
villages; a number by unit stands in the order of the units, and is no number (NaN) where it is not known or not told.
"""

from __future__ import annotations

import math
import warnings
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from cityhall.foundation.suppression import Node, hide_small

Numbers = NDArray[np.float64]
Shapes = NDArray[Any]
FEWEST = 3
"""A smaller count of what not everybody may see is not told."""
MOST_PIECES = 200_000
MOST_FOR_HOT_SPOTS = 5_000
SLIVER = 0.01
"""Square metres: what is smaller comes from rounding where edges are shared."""


class CannotCompute(Exception):
    """The question has no answer; `why` is a word of `REASONS` below."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


TOO_MANY, NO_AREAS, NOTHING_THERE, TOO_FEW, ALL_ALIKE = "TOO_MANY", "NO_AREAS", "NOTHING_THERE", "TOO_FEW", "ALL_ALIKE"
REASONS = (TOO_MANY, NO_AREAS, NOTHING_THERE, TOO_FEW, ALL_ALIKE)


@dataclass(frozen=True)
class Units:
    """Districts or villages: code, the district's code, shape."""

    codes: Sequence[str]
    districts: Sequence[str]
    shapes: Shapes

    def __len__(self) -> int:
        return len(self.codes)

    @property
    def square_kilometres(self) -> Numbers:
        """How large each is."""
        return shapely.area(self.shapes) / 1e6


# ---- where things lie ------------------------------------------------------------------------------------------------


def located(shapes: Shapes, units: Units) -> NDArray[np.int64]:
    """The place of the unit in which each feature lies by a point inside it; -1 outside. On an edge the lower code."""
    answer = np.full(len(shapes), -1, dtype=np.int64)
    there = np.flatnonzero(~(shapely.is_missing(shapes) | shapely.is_empty(shapes)))
    points = shapely.point_on_surface(shapes[there])
    asked, found = shapely.STRtree(units.shapes).query(points, predicate="intersects")
    order = np.argsort(found, kind="stable")[::-1]
    answer[there[asked[order]]] = found[order]  # of several the last is kept: the lowest
    return answer


def counted(shapes: Shapes, units: Units, weights: Numbers | None = None) -> Numbers:
    """How many features lie in each unit, or what they weigh together."""
    places = located(shapes, units)
    inside = places >= 0
    return np.bincount(places[inside], None if weights is None else weights[inside], len(units)).astype(float)


def told(counts: Numbers, units: Units, *, least: int = FEWEST) -> Numbers:
    """Counts without the small ones and what would give them away, of districts and villages alike.

    `units` are the smallest ones. The tree is always the whole one, city over districts over units, so that what is told
    of districts in one result and of villages in another fits together.
    """
    hidden = _tree(counts, units, least)
    return np.array([math.nan if code in hidden else count for code, count in zip(units.codes, counts, strict=True)])


def told_by_district(counts: Numbers, units: Units, *, least: int = FEWEST) -> dict[str, float]:
    """What is told of the districts, from the counts of their villages."""
    hidden = _tree(counts, units, least)
    sums: defaultdict[str, float] = defaultdict(float)
    for code, count in zip(units.districts, counts, strict=True):
        sums[code] += float(count)
    return {code: math.nan if ("", code) in hidden else count for code, count in sums.items()}


def _tree(counts: Numbers, units: Units, least: int) -> set[Any]:
    by_district: defaultdict[str, list[Node]] = defaultdict(list)
    for code, district, count in zip(units.codes, units.districts, counts, strict=True):
        by_district[district].append(Node(code, int(count)))
    districts = [
        Node(("", code), sum(one.count for one in nodes), nodes) for code, nodes in sorted(by_district.items())
    ]
    root = Node(None, sum(one.count for one in districts), districts)
    return {node.key for node in hide_small(root, least=least) if node.hidden}


# ---- areas -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Pieces:
    """What two layers of areas have in common: from which feature, in which unit, its shape and square metres."""

    features: NDArray[np.int64]
    units: NDArray[np.int64]
    shapes: Shapes
    areas: Numbers


def overlaid(shapes: Shapes, units: Units) -> Pieces:
    """Cut areas by units. Raises CannotCompute for layers without areas, or with too many pieces."""
    if not np.isin(shapely.get_dimensions(shapes), [2]).any():
        raise CannotCompute(NO_AREAS)
    asked, found = shapely.STRtree(units.shapes).query(shapes, predicate="intersects")
    if len(asked) > MOST_PIECES:
        raise CannotCompute(TOO_MANY)
    order = np.lexsort((found, asked))
    asked, found = asked[order], found[order]
    shapely.prepare(units.shapes)
    within = shapely.covers(units.shapes[found], shapes[asked])
    pieces = shapes[asked].copy()
    cut = ~within
    pieces[cut] = shapely.intersection(shapes[asked[cut]], units.shapes[found[cut]])
    areas = shapely.area(pieces)
    kept = areas > SLIVER
    return Pieces(asked[kept], found[kept], pieces[kept], areas[kept])


def joined(pieces: Pieces, classes: Sequence[str]) -> tuple[list[int], list[str], Shapes, Numbers]:
    """Pieces of one class in one unit together: the unit's place, the class, shape and square metres.

    Areas of one class that lie over each other count once.
    """
    groups: defaultdict[tuple[int, str], list[int]] = defaultdict(list)
    for place, (feature, unit) in enumerate(zip(pieces.features, pieces.units, strict=True)):
        groups[int(unit), classes[int(feature)]].append(place)
    keys = sorted(groups)
    shapes = np.empty(len(keys), dtype=object)
    for n, key in enumerate(keys):
        members = pieces.shapes[groups[key]]
        shapes[n] = members[0] if len(members) == 1 else shapely.union_all(members)
    return [unit for unit, _kind in keys], [kind for _unit, kind in keys], shapes, shapely.area(shapes)


# ---- distances -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Near:
    """For each feature: the nearest of the others with its metres (-1 and NaN where there is none), how many are near."""

    nearest: NDArray[np.int64]
    metres: Numbers
    within: NDArray[np.int64]


def nearest(shapes: Shapes, others: Shapes, radius: float) -> Near:
    """What lies next to each feature, and how many of the others lie within a radius of it."""
    place, metres = np.full(len(shapes), -1, dtype=np.int64), np.full(len(shapes), math.nan)
    within = np.zeros(len(shapes), dtype=np.int64)
    there = np.flatnonzero(~(shapely.is_missing(shapes) | shapely.is_empty(shapes)))
    tree = shapely.STRtree(others)
    if len(tree.geometries) and len(there) and not shapely.is_missing(others).all():
        (asked, found), distances = tree.query_nearest(shapes[there], return_distance=True)
        order = np.lexsort((found, asked))[::-1]
        place[there[asked[order]]], metres[there[asked[order]]] = found[order], distances[order]
        asked, found = tree.query(shapes[there], predicate="dwithin", distance=radius)
        within[there] = np.bincount(asked, minlength=len(there))
    return Near(place, metres, within)


@dataclass(frozen=True)
class Coverage:
    """What of each unit lies within reach: the shape, and its share of the unit."""

    shapes: Shapes
    shares: Numbers


def covered(services: Shapes, units: Units, radius: float) -> Coverage:
    """Which part of each unit lies within a radius of any service. Raises CannotCompute where there is none."""
    there = services[~(shapely.is_missing(services) | shapely.is_empty(services))]
    if not len(there):
        raise CannotCompute(NOTHING_THERE)
    reach = shapely.union_all(shapely.buffer(there, radius, quad_segs=16))
    shapely.prepare(reach)
    shapes = shapely.intersection(units.shapes, reach)
    areas = shapely.area(units.shapes)
    shares = np.divide(shapely.area(shapes), areas, out=np.zeros(len(units)), where=areas > 0)
    return Coverage(shapes, np.clip(shares, 0, 1))


# ---- numbers by unit -------------------------------------------------------------------------------------------------


def rates(counts: Numbers, people: Numbers, per: float = 1000.0) -> Numbers:
    """Counts per so many people; no number where nobody lives or either is not known."""
    return np.divide(counts * per, people, out=np.full(len(counts), math.nan), where=people > 0)


@dataclass(frozen=True)
class Change:
    """From one number to another: by how much, and by which part of the first."""

    difference: Numbers
    share: Numbers


def changed(before: Numbers, after: Numbers) -> Change:
    """What changed in each unit; there is no share of nothing."""
    difference = after - before
    share = np.divide(difference, before, out=np.full(len(before), math.nan), where=before > 0)
    return Change(difference, share)


@dataclass(frozen=True)
class Criterion:
    """A number by candidate, how much it weighs, and whether much of it is good."""

    values: Numbers
    weight: float
    more_is_better: bool = True


def weighed(criteria: Sequence[Criterion]) -> tuple[Numbers, Numbers]:
    """Each candidate's score from 0 to 100 and its points by criterion; no number where a criterion is not known.

    Each criterion is stretched from its least (0) to its most (1) over the candidates; where all are alike, all have half.
    """
    points = np.column_stack([_stretched(one) for one in criteria])
    weights = np.array([one.weight for one in criteria], dtype=float)
    return points @ (weights / weights.sum()) * 100, points * 100


def _stretched(one: Criterion) -> Numbers:
    known = one.values[np.isfinite(one.values)]
    if not len(known):
        raise CannotCompute(NOTHING_THERE)
    least, most = known.min(), known.max()
    with np.errstate(invalid="ignore"):
        points = (
            np.where(np.isfinite(one.values), 0.5, math.nan) if least == most else (one.values - least) / (most - least)
        )
    return np.asarray(points if one.more_is_better else 1 - points, dtype=float)


def ranked(scores: Numbers) -> NDArray[np.int64]:
    """Places from 1 on, equal scores sharing one; 0 without a score."""
    known = np.isfinite(scores)
    rounded = np.round(np.where(known, scores, -1), 9)
    return np.array([int((rounded > one).sum()) + 1 if there else 0 for one, there in zip(rounded, known, strict=True)])


# ---- hot spots -------------------------------------------------------------------------------------------------------


def touching(shapes: Shapes) -> dict[int, list[int]]:
    """Which areas border on each, by their places."""
    asked, found = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    neighbours: dict[int, list[int]] = {place: [] for place in range(len(shapes))}
    for one, other in zip(asked.tolist(), found.tolist(), strict=True):
        if one != other:
            neighbours[one].append(other)
    return {place: sorted(others) for place, others in neighbours.items()}


def hot_spots(values: Numbers, neighbours: Mapping[int, Sequence[int]]) -> tuple[Numbers, Numbers]:
    """Getis and Ord's Gi* of each unit with its neighbours: z, and p of both sides. NaN where the number is not known.

    Computed by esda, the library of the statistic's own school. Raises CannotCompute for fewer than 8 known numbers or
    numbers that are all alike: they have no hot spots.
    """
    known = np.flatnonzero(np.isfinite(values))
    if len(known) < 8:
        raise CannotCompute(TOO_FEW)
    if len(known) > MOST_FOR_HOT_SPOTS:
        raise CannotCompute(TOO_MANY)
    if np.ptp(values[known]) == 0:
        raise CannotCompute(ALL_ALIKE)
    place = {int(one): n for n, one in enumerate(known)}
    around = {n: [place[other] for other in neighbours[one] if other in place] for one, n in place.items()}
    z, p = np.full(len(values), math.nan), np.full(len(values), math.nan)
    z[known], p[known] = _getis_ord(values[known], around)
    return z, p


def _getis_ord(values: Numbers, around: Mapping[int, Sequence[int]]) -> tuple[Numbers, Numbers]:
    from esda.getisord import G_Local  # a second to import: only who asks for hot spots waits for it
    from libpysal.weights import W

    weights = W({one: list(others) for one, others in around.items()}, silence_warnings=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # units without neighbours are their own neighbour here
        found = G_Local(np.asarray(values, dtype=float), weights, transform="B", star=True, permutations=0)
    return np.asarray(found.Zs, dtype=float), np.clip(np.asarray(found.p_norm, dtype=float) * 2, 0, 1)


def heat(z: float) -> str:
    """What a z says: HOT or COLD with 99, 95 or 90 of 100 sure, or nothing."""
    if not math.isfinite(z):
        return ""
    for sure, limit in (("99", 2.575829), ("95", 1.959964), ("90", 1.644854)):
        if abs(z) >= limit:
            return ("HOT" if z > 0 else "COLD") + sure
    return "NONE"
