"""Points of what was measured, the panel's mean, the total and the places, by every branch."""

from datetime import date, timedelta
from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityhall.engines.scoring.evaluating import (
    Band,
    BandFault,
    Barrier,
    ScaleFault,
    band_fault,
    band_of,
    barrier,
    may_see_others,
    measured_points,
    panel,
    places,
    scale_fault,
    share_of,
    spread,
    still_to_score,
    total,
)
from cityhall.engines.scoring.rules import Mark, Scheme, Weight, mark_faults, points

ON_TIME = [(D(60), D(0)), (D(90), D(80)), (D(100), D(100))]
MIXED = Scheme((Weight("on_time", 40, measured=True), Weight("quality", 60)), most=10)


class TestScale:
    @pytest.mark.parametrize(
        ("value", "share"), [("0", 0), ("60", 0), ("75", 40), ("90", 80), ("95", 90), ("100", 100), ("130", 100)]
    )
    def test_goes_straight_between_two_values_and_stays_at_the_ends(self, value, share):
        assert share_of(D(value), ON_TIME) == share

    @pytest.mark.parametrize(
        ("scale", "fault"),
        [
            ([(D(0), D(0))], ScaleFault.TOO_SHORT),
            ([(D(5), D(0)), (D(5), D(100))], ScaleFault.NOT_RISING),
            ([(D(0), D(0)), (D(5), D(101))], ScaleFault.OUTSIDE),
            (ON_TIME, None),
        ],
    )
    def test_rises_in_values_and_stays_within_a_hundred(self, scale, fault):
        assert scale_fault(scale) == fault

    def test_gives_points_of_the_weight(self):
        assert measured_points(D("95"), ON_TIME, 40) == D("36.00")

    def test_of_nothing_measured_is_nothing(self):
        assert measured_points(None, ON_TIME, 40) is None

    @given(st.decimals(0, 200, places=2), st.decimals(0, 200, places=2))
    def test_never_gives_less_for_more(self, one, other):
        low, high = sorted((one, other))
        assert share_of(low, ON_TIME) <= share_of(high, ON_TIME)


class TestPanel:
    def test_is_the_mean(self):
        assert panel([D(80), D(85), D(90)]) == D("85.00")

    def test_of_five_leaves_out_the_highest_and_the_lowest_where_it_is_trimmed(self):
        assert panel([D(10), D(80), D(85), D(90), D(100)], trimmed=True) == D("85.00")

    def test_of_four_leaves_out_none(self):
        assert panel([D(10), D(80), D(90), D(100)], trimmed=True) == D("70.00")

    def test_of_nobody_is_nothing(self):
        assert panel([]) is None


class TestTotal:
    def test_adds_what_was_measured_to_what_was_judged(self):
        assert total(MIXED, {"on_time": D("36")}, D("48")) == D("84.00")

    def test_leaves_out_the_weight_of_what_could_not_be_measured(self):
        assert total(MIXED, {"on_time": None}, D("48")) == D("80.00")

    def test_waits_for_the_judges(self):
        assert total(MIXED, {"on_time": D("36")}, None) is None

    def test_of_what_is_only_measured_needs_no_judge(self):
        assert total(Scheme((Weight("on_time", 100, measured=True),)), {"on_time": D("70")}, None) == D("70.00")

    def test_of_nothing_at_all_is_nothing(self):
        assert total(Scheme((Weight("on_time", 100, measured=True),)), {"on_time": None}, None) is None


class TestPlaces:
    def test_are_shared_by_the_same_points_and_the_next_is_left_out(self):
        assert places({"a": D(90), "b": D(85), "c": D(85), "d": D(70)}) == {"a": 1, "b": 2, "c": 2, "d": 4}

    @given(st.dictionaries(st.integers(0, 30), st.decimals(0, 100, places=2), max_size=12))
    def test_say_how_many_are_better(self, totals):
        found = places(totals)

        assert all(found[key] == 1 + sum(other > one for other in totals.values()) for key, one in totals.items())


BANDS = [Band(D(80), "甲等", "Good", "嘉獎"), Band(D(60), "乙等", "Fair"), Band(D(0), "丙等", "Weak")]


class TestBands:
    @pytest.mark.parametrize(("points", "grade"), [("100", "甲等"), ("80", "甲等"), ("79.99", "乙等"), ("0", "丙等")])
    def test_are_reached_by_their_floor(self, points, grade):
        assert band_of(D(points), BANDS).grade == grade

    def test_are_none_of_no_points_and_without_bands(self):
        assert band_of(None, BANDS) is None
        assert band_of(D(80), []) is None

    @pytest.mark.parametrize(
        ("bands", "fault"),
        [
            (BANDS, None),
            ([], None),
            (BANDS[:2], BandFault.NO_LOWEST),
            (BANDS[::-1], BandFault.NOT_FALLING),
            ([Band(D(101), "", ""), *BANDS], BandFault.OUTSIDE),
        ],
    )
    def test_fall_from_a_hundred_to_zero(self, bands, fault):
        assert band_fault(bands) == fault


class TestSpread:
    @given(st.integers(0, 200), st.integers(1, 5))
    def test_ends_on_the_last_day_each_later_than_the_one_before(self, room, steps):
        first = date(2017, 1, 10)
        days = spread(first, first + timedelta(days=room), steps)

        if room < steps:
            assert days == []
        else:
            assert days[-1] == first + timedelta(days=room)
            assert all(one < after for one, after in zip([first, *days], days, strict=False))


class TestSameInputs:
    @given(
        st.dictionaries(st.integers(0, 9), st.tuples(st.decimals(0, 40, places=2), st.lists(st.decimals(0, 60, places=2), min_size=1, max_size=5)), min_size=1),
        st.randoms(use_true_random=False),
    )  # fmt: skip
    def test_give_the_same_totals_and_places_in_whatever_order_they_come(self, rows, chance):
        def counted(keys):
            totals = {}
            for key in keys:
                measured, judged = rows[key][0], list(rows[key][1])
                chance.shuffle(judged)
                found = total(MIXED, {"on_time": measured}, panel(judged, trimmed=True))
                assert found is not None
                totals[key] = found
            return totals, places(totals)

        keys = list(rows)
        first = counted(keys)
        chance.shuffle(keys)

        assert counted(keys) == first
        totals, place = first
        assert all((place[one] == place[other]) == (totals[one] == totals[other]) for one in rows for other in rows)


class TestBarrier:
    @pytest.mark.parametrize(
        ("known", "reason"),
        [
            ({"judge": False}, Barrier.NO_JUDGE),
            ({"own_agency": True}, Barrier.OWN_AGENCY),
            ({"recused": True}, Barrier.RECUSED),
            ({"done": True}, Barrier.DONE),
            ({}, None),
        ],
    )
    def test_keeps_out_who_may_not_score(self, known, reason):
        assert barrier(**{"judge": True, "own_agency": False, "recused": False, "done": False, **known}) == reason

    @pytest.mark.parametrize("known", ["manages", "closed", "own_given"])
    def test_opens_the_sheets_of_others(self, known):
        nobody = {"manages": False, "closed": False, "own_given": False}

        assert may_see_others(**{**nobody, known: True})
        assert not may_see_others(**nobody)


def test_a_sheet_is_missing_until_every_judge_has_given_one():
    assert still_to_score("abc", sheets={"a": 2, "b": 1}, judges={"a": 2, "b": 2, "c": 0}) == ["b", "c"]


class TestSheetWithAMeasuredCriterion:
    def test_asks_no_mark_for_it(self):
        assert mark_faults(MIXED, {"quality": Mark(8)}) == {}

    def test_has_the_points_of_what_was_judged(self):
        assert points(MIXED, {"quality": Mark(8)}) == D("48.00")
