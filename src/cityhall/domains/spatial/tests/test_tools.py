"""The decision tools, on squares whose areas, distances and counts can be reckoned in the head."""

from __future__ import annotations

import math

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from cityhall.domains.spatial import classing, tools
from cityhall.domains.spatial.tools import CannotCompute, Criterion, Units


def square(x: float, y: float = 0, side: float = 1000) -> shapely.Polygon:
    return shapely.box(x, y, x + side, y + side)


def array(*shapes: object) -> np.ndarray:
    made = np.empty(len(shapes), dtype=object)
    made[:] = shapes
    return made


@pytest.fixture
def units() -> Units:
    """Four squares of one square kilometre in a row; two districts of two villages."""
    return Units(["01", "02", "03", "04"], ["A", "A", "B", "B"], array(*(square(1000 * n) for n in range(4))))


class TestLocated:
    def test_finds_the_unit_and_none_outside(self, units: Units) -> None:
        points = array(shapely.Point(500, 500), shapely.Point(2500, 10), shapely.Point(9000, 0), None, shapely.Point())

        assert tools.located(points, units).tolist() == [0, 2, -1, -1, -1]

    def test_on_an_edge_the_lower_code(self, units: Units) -> None:
        assert tools.located(array(shapely.Point(1000, 500)), units).tolist() == [0]

    def test_an_area_lies_where_a_point_inside_it_lies(self, units: Units) -> None:
        assert tools.located(array(square(1200, 100, 200)), units).tolist() == [1]

    def test_counts_and_weighs(self, units: Units) -> None:
        points = array(shapely.Point(1, 1), shapely.Point(2, 2), shapely.Point(3001, 1), shapely.Point(-5, 0))

        assert tools.counted(points, units).tolist() == [2, 0, 0, 1]
        assert tools.counted(points, units, np.array([1.5, 2, 4, 8])).tolist() == [3.5, 0, 0, 4]


class TestOverlaid:
    def test_cuts_by_unit_and_keeps_the_area(self, units: Units) -> None:
        zones = array(square(500, 0), square(2200, 100, 200))

        pieces = tools.overlaid(zones, units)

        assert list(zip(pieces.features, pieces.units, np.round(pieces.areas), strict=True)) == [
            (0, 0, 500_000),
            (0, 1, 500_000),
            (1, 2, 40_000),
        ]
        assert pieces.areas.sum() == pytest.approx(shapely.area(zones).sum())

    def test_joins_what_is_of_one_class_without_counting_twice(self, units: Units) -> None:
        pieces = tools.overlaid(array(square(0), square(0, 0, 500), square(1000, 0, 100)), units)

        places, kinds, _shapes, areas = tools.joined(pieces, ["住宅區", "住宅區", "公園"])

        assert places == [0, 1]
        assert kinds == ["住宅區", "公園"]
        assert areas.tolist() == [1_000_000, 10_000]

    def test_a_layer_of_points_has_no_areas(self, units: Units) -> None:
        with pytest.raises(CannotCompute, match="NO_AREAS"):
            tools.overlaid(array(shapely.Point(1, 1)), units)

    @given(st.lists(st.tuples(st.floats(0, 3900), st.floats(0, 900), st.floats(20, 900)), min_size=1, max_size=8))
    @settings(max_examples=60, deadline=None)
    def test_areas_inside_the_units_are_kept_whatever_they_are(self, given_: list[tuple[float, float, float]]) -> None:
        units = Units(
            ["1", "2", "3", "4", "5"],
            ["A"] * 5,
            array(*(shapely.box(1000 * n, 0, 1000 * n + 1000, 2000) for n in range(5))),
        )
        zones = array(*(square(*one) for one in given_))

        assert tools.overlaid(zones, units).areas.sum() == pytest.approx(shapely.area(zones).sum(), rel=1e-4)


class TestNearest:
    def test_says_which_how_far_and_how_many(self) -> None:
        found = tools.nearest(
            array(shapely.Point(0, 0), shapely.Point(1000, 0), None),
            array(shapely.Point(30, 40), shapely.Point(90, 0)),
            100,
        )

        assert found.nearest.tolist() == [0, 1, -1]
        assert found.metres[:2].tolist() == [50, 910]
        assert math.isnan(found.metres[2])
        assert found.within.tolist() == [2, 0, 0]

    def test_of_two_as_near_the_first(self) -> None:
        found = tools.nearest(array(shapely.Point(0, 0)), array(shapely.Point(5, 0), shapely.Point(-5, 0)), 1)

        assert found.nearest.tolist() == [0]

    def test_nothing_is_near_nothing(self) -> None:
        found = tools.nearest(array(shapely.Point(0, 0)), array(), 100)

        assert found.nearest.tolist() == [-1]
        assert found.within.tolist() == [0]


class TestCovered:
    def test_by_the_share_of_each_unit(self, units: Units) -> None:
        found = tools.covered(array(shapely.LineString([(0, 500), (1500, 500)])), units, 500)

        assert found.shares[0] == pytest.approx(1)
        assert found.shares[1] == pytest.approx(0.5 + math.pi / 8, abs=0.01)
        assert found.shares[2:].tolist() == [0, 0]

    def test_no_service_covers_nothing(self, units: Units) -> None:
        with pytest.raises(CannotCompute, match="NOTHING_THERE"):
            tools.covered(array(None), units, 500)


class TestNumbers:
    def test_rates_have_no_number_without_people(self) -> None:
        found = tools.rates(np.array([3, 5, math.nan, 0]), np.array([1500, 0, 10, 100]))

        assert found[[0, 3]].tolist() == [2, 0]
        assert np.isnan(found[[1, 2]]).all()

    def test_a_change_has_no_share_of_nothing(self) -> None:
        found = tools.changed(np.array([4, 0, math.nan]), np.array([5, 2, 1]))

        assert found.difference[:2].tolist() == [1, 2]
        assert found.share[0] == 0.25
        assert np.isnan(found.share[1:]).all()
        assert math.isnan(found.difference[2])


class TestWeighed:
    def test_stretches_weighs_and_turns_round(self) -> None:
        scores, points = tools.weighed(
            [Criterion(np.array([0, 5, 10]), 3), Criterion(np.array([100, 0, 50]), 1, more_is_better=False)]
        )

        assert points.tolist() == [[0, 0], [50, 100], [100, 50]]
        assert scores.tolist() == [0, 62.5, 87.5]
        assert tools.ranked(scores).tolist() == [3, 2, 1]

    def test_what_is_not_known_has_no_score_and_no_rank(self) -> None:
        scores, _points = tools.weighed([Criterion(np.array([1, math.nan, 1]), 1)])

        assert scores[0] == scores[2] == 50
        assert tools.ranked(scores).tolist() == [1, 0, 1]

    def test_a_criterion_without_any_number_is_refused(self) -> None:
        with pytest.raises(CannotCompute, match="NOTHING_THERE"):
            tools.weighed([Criterion(np.array([math.nan]), 1)])


class TestHotSpots:
    def test_is_the_statistic_of_getis_and_ord(self) -> None:
        """The example of PySAL's own documentation (esda.G_Local, star=True)."""
        points = [(10, 10), (20, 10), (40, 10), (15, 20), (30, 20), (30, 30)]
        near = {
            one: [other for other in range(6) if other != one and math.dist(points[one], points[other]) <= 15]
            for one in range(6)
        }

        z, p = tools._getis_ord(np.array([2, 3, 3.2, 5, 8, 7]), near)

        assert z == pytest.approx([-1.39727626, -0.28917762, 0.65064964, -0.28917762, 1.23452088, 2.02424331])
        assert p[5] == pytest.approx(2 * 0.02147256)

    def test_finds_the_warm_corner(self) -> None:
        cells = array(*(square(1000 * x, 1000 * y) for y in range(6) for x in range(6)))
        values = np.array([9.0 if x < 2 and y < 2 else 1.0 for y in range(6) for x in range(6)])
        values[35] = math.nan

        z, p = tools.hot_spots(values, tools.touching(cells))

        assert tools.heat(z[0]) == "HOT99"
        assert p[0] < 0.01
        assert tools.heat(z[34]) == "NONE"
        assert tools.heat(z[35]) == ""

    @pytest.mark.parametrize(("values", "why"), [([1.0] * 7, "TOO_FEW"), ([2.0] * 9, "ALL_ALIKE")])
    def test_refuses_what_has_no_hot_spots(self, values: list[float], why: str) -> None:
        with pytest.raises(CannotCompute, match=why):
            tools.hot_spots(np.array(values), {place: [] for place in range(len(values))})


cities = st.lists(st.lists(st.integers(0, 6), min_size=1, max_size=4), min_size=1, max_size=3)


def _possible(
    counts: list[list[int]], villages: dict[str, float], districts: dict[str, float], total: float
) -> dict[str, set[int]]:
    """Every value that a hidden village may have, for a reader who knows both results and the rule."""
    from itertools import product

    options: dict[str, set[int]] = {}
    for place, district in enumerate(counts):
        names = [f"{place}{n}" for n in range(len(district))]
        ranges = [range(1, 14) if math.isnan(villages[name]) else (int(villages[name]),) for name in names]
        known = districts[str(place)]
        fits = [one for one in product(*ranges) if math.isnan(known) or sum(one) == known]
        for n, name in enumerate(names):
            options[name] = {one[n] for one in fits}
    return options


@given(cities)
@settings(max_examples=150, deadline=None)
def test_districts_and_villages_together_give_no_small_count_away(counts: list[list[int]]) -> None:
    """Two results on the same layer, one by district and one by village, subtracted from each other."""
    codes = [f"{place}{n}" for place, district in enumerate(counts) for n in range(len(district))]
    districts = [str(place) for place, district in enumerate(counts) for _one in district]
    units = Units(codes, districts, array(*(square(n) for n in range(len(codes)))))
    flat = np.array([float(one) for district in counts for one in district])

    villages = dict(zip(codes, tools.told(flat, units), strict=True))
    by_district = tools.told_by_district(flat, units)

    options = _possible(counts, villages, by_district, flat.sum())
    for code, count in zip(codes, flat, strict=True):
        if 0 < count < tools.FEWEST:
            assert math.isnan(villages[code])
            assert len(options[code]) > 1


class TestBreaks:
    def test_equal_steps_and_equal_numbers(self) -> None:
        assert classing.breaks([0, 1, 2, 10], classing.EQUAL, 5) == [2, 4, 6, 8, 10]
        assert classing.breaks(range(1, 11), classing.QUANTILE, 5) == [2, 4, 6, 8, 10]

    def test_natural_breaks_lie_in_the_gaps(self) -> None:
        assert classing.breaks([1, 2, 3, 50, 51, 52, 99, 100], classing.NATURAL, 3) == [3, 52, 100]

    def test_natural_breaks_are_the_best_of_all(self) -> None:
        from itertools import combinations

        values = sorted([4, 5, 9, 10, 1, 22, 21, 40, 43, 44, 5])

        def spread(ends: tuple[float, ...]) -> float:
            groups: dict[int, list[float]] = {}
            for one in values:
                groups.setdefault(classing.class_of(one, ends) or 0, []).append(one)
            return sum(float(np.var(group)) * len(group) for group in groups.values())

        best = min(spread((*ends, 44)) for ends in combinations(sorted(set(values))[:-1], 3))

        assert spread(tuple(classing.breaks(values, classing.NATURAL, 4))) == pytest.approx(best)

    @given(
        st.lists(st.floats(-1e6, 1e6) | st.none() | st.just(math.nan), max_size=60),
        st.sampled_from([classing.QUANTILE, classing.EQUAL, classing.NATURAL]),
        st.integers(2, 7),
    )
    @settings(max_examples=200, deadline=None)
    def test_every_number_falls_into_a_class(self, values: list[float | None], how: str, n: int) -> None:
        ends = classing.breaks(values, how, n)

        known = [one for one in values if one is not None and not math.isnan(one)]
        assert len(ends) <= n
        assert ends == sorted(set(ends))
        assert all(classing.class_of(one, ends) is not None for one in known)
        assert bool(ends) == bool(known)
        assert not known or max(known) <= ends[-1]
