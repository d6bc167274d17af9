"""The draw: by lot, everybody in turn, strata kept, nothing twice; and what passes."""

from collections import Counter
from datetime import date, time
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityhall.domains.phone_tests.rules import (
    Card,
    Drawing,
    Line,
    Lunch,
    Misplaced,
    When,
    in_turn,
    misplaced,
    part_of,
    passes,
    plan,
    shared_out,
    shares,
    strata,
)

LUNCH = Lunch(time(12, 0), time(13, 30))
CARDS = [Card("A"), Card("B"), Card("C"), Card("W", "works")]


def lines(agencies=6, units=3):
    """Half of the agencies serve at the counter."""
    return [
        Line(f"a{n}/{unit}" if unit else f"a{n}", f"a{n}", n % 2 == 0) for n in range(agencies) for unit in range(units)
    ]


def draw(known=None, *, size=20, first=50, lunch=20, seed="s", cards=CARDS, before=None):
    drawing = Drawing(size, first, lunch)
    return plan(lines() if known is None else known, cards, seed=seed, drawing=drawing, asked_before=before or {})


class TestPlan:
    def test_is_the_same_for_the_same_seed_whatever_the_order(self):
        assert draw() == draw(lines()[::-1], cards=CARDS[::-1])
        assert draw() != draw(seed="t")

    def test_has_its_size_and_its_strata(self):
        found = draw()

        assert len(found) == 20
        assert sum(one.first_line for one in found) == 10
        assert sum(one.when == When.LUNCH for one in found) == 4
        assert [(one.first_line, one.calls, one.lunch) for one in strata(lines(), found)] == [
            (True, 10, 2),
            (False, 10, 2),
        ]

    @given(st.integers(0, 60), st.integers(0, 100), st.integers(0, 100), st.text(max_size=3))
    def test_never_calls_a_telephone_twice_in_the_same_part_of_the_day(self, size, first, lunch, seed):
        found = draw(size=size, first=first, lunch=lunch, seed=seed)

        assert len(found) == min(size, 3 * len(lines()))
        assert len({(one.line, one.when) for one in found}) == len(found)

    @given(st.integers(1, 18), st.text(max_size=3))
    def test_calls_nobody_again_before_all_were_called(self, size, seed):
        found = Counter(one.line for one in draw(size=size, first=50, seed=seed) if one.first_line)

        assert set(found.values()) == {1}

    def test_calls_every_agency_equally_often_however_many_units_it_has(self):
        known = [*lines(4, 1), *(Line(f"a0/x{n}", "a0", True) for n in range(9))]

        found = Counter(one.agency for one in draw(known, size=4, first=50))

        assert found == {"a0": 1, "a1": 1, "a2": 1, "a3": 1}

    def test_gives_the_other_stratum_what_one_cannot_take(self):
        known = [Line("a", "a", True), *(Line(f"b{n}", f"b{n}") for n in range(20))]

        assert shares(known, Drawing(30, 50, 20)) == (3, 27)
        assert shares([Line("b", "b")], Drawing(30, 50, 20)) == (0, 3)
        assert shares([], Drawing(30, 50, 20)) == (0, 0)

    def test_asks_a_card_only_where_it_belongs(self):
        assert {one.agency for one in draw(size=18, cards=[Card("W", "a1"), Card("A")]) if one.card == "W"} <= {"a1"}
        assert draw(cards=[]) == []

    def test_asks_the_same_only_when_nothing_else_is_left(self):
        known = [Line("a", "a")]

        assert {one.card for one in draw(known, size=3, cards=CARDS[:3])} == {"A", "B", "C"}
        assert [one.card for one in draw(known, size=1, cards=CARDS[:3], before={"a": {"A", "C"}})] == ["B"]
        assert len(draw(known, size=1, cards=CARDS[:1], before={"a": {"A"}})) == 1

    def test_turns_do_not_depend_on_names(self):
        firsts = {in_turn(lines(), seed=str(n))[0].agency for n in range(40)}

        assert len(firsts) == 6


class TestSharing:
    def test_goes_round(self):
        assert shared_out([False, True, False], [7, 8]) == [(7, None), (8, 7), (7, None)]

    def test_leaves_nobody_where_there_is_nobody(self):
        assert shared_out([True, False], []) == [(None, None), (None, None)]


class TestCall:
    @pytest.mark.parametrize(
        ("moment", "part"),
        [
            (time(11, 59), When.MORNING), (time(12, 0), When.LUNCH), (time(13, 29), When.LUNCH),
            (time(13, 30), When.AFTERNOON), (time(0, 0), When.MORNING), (time(17, 0), When.AFTERNOON),
        ],
    )  # fmt: skip
    def test_lies_in_a_part_of_the_day(self, moment, part):
        assert part_of(moment, LUNCH) == part

    @pytest.mark.parametrize(
        ("day", "moment", "why"),
        [
            (16, time(12, 10), None), (16, time(12, 30), None), (1, time(13, 29), None),
            (16, time(12, 31), Misplaced.AHEAD), (17, time(12, 10), Misplaced.AHEAD),
            (16, time(11, 59), Misplaced.OTHER_PART), (15, time(13, 30), Misplaced.OTHER_PART),
        ],
    )  # fmt: skip
    def test_fits_into_its_plan(self, day, moment, why):
        now = date(2026, 11, 16), time(12, 30)

        found = misplaced(
            date(2026, 11, day), moment, month=date(2026, 11, 1), when=When.LUNCH, lunch=LUNCH, now=now
        )  # fmt: skip

        assert found == why

    @pytest.mark.parametrize("month", [date(2026, 10, 1), date(2025, 11, 1)])
    def test_lies_in_the_month_of_its_plan(self, month):
        day, moment = date(2026, 11, 16), time(12, 10)

        found = misplaced(day, moment, month=month, when=When.LUNCH, lunch=LUNCH, now=(day, time(13, 0)))

        assert found == Misplaced.OTHER_MONTH

    def test_passes_from_the_pass_mark_on(self):
        assert passes(Decimal("80.00"), 80)
        assert not passes(Decimal("79.99"), 80)


class TestTwice:
    @given(st.integers(0, 100), st.text(max_size=3))
    def test_is_a_share_of_all_by_lot(self, percent, seed):
        drawing = Drawing(20, 50, 20, percent)

        found = plan(lines(), CARDS, seed=seed, drawing=drawing, asked_before={})

        assert sum(one.twice for one in found) == -(-20 * percent // 100)
