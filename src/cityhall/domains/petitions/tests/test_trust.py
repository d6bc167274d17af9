"""What counts as right, when automatic dispatch stops, and how a week's sample is drawn. And whose time a hop is."""

from datetime import date, datetime, timedelta

import pytest

from cityhall.domains.petitions import hops, trust
from cityhall.domains.petitions.hops import DESK, Held
from cityhall.domains.petitions.trust import Precision, Said, is_right, must_stop
from cityhall.foundation.clock import at

MONDAY = date(2026, 11, 16)
NINE = at(MONDAY, 9)


class TestRight:
    @pytest.mark.parametrize(
        ("said", "right"),
        [
            (Said(), None),
            (Said(taken_up=True), True),
            (Said(returned=True), False),
            (Said(returned=True, taken_up=True), False),
            (Said(returned=True, confirmed=True), True),
            (Said(corrected=True, taken_up=True), False),
            (Said(corrected=True, confirmed=True), False),
            (Said(confirmed=True), True),
            (Said(reviewed="RIGHT", corrected=True), True),
            (Said(reviewed="WRONG", taken_up=True), False),
        ],
    )
    def test_is_what_the_last_word_says(self, said, right):
        assert is_right(said) is right


class TestStop:
    @pytest.mark.parametrize(
        ("right", "of", "stops"),
        [(184, 200, False), (183, 200, True), (46, 50, False), (45, 50, True), (0, 49, False), (0, 0, False)],
    )
    def test_is_below_92_of_a_hundred_and_needs_fifty(self, right, of, stops):
        assert must_stop(Precision(right, of), floor_percent=92, least=50) is stops


class TestPrecision:
    def test_says_between_what_it_lies(self):
        low, high = Precision(48, 50).between

        assert (round(low, 1), round(high, 1)) == (86.5, 98.9)
        assert Precision(48, 50).share == 96

    def test_never_leaves_nought_and_a_hundred(self):
        assert Precision(0, 3).between[0] == 0
        assert Precision(3, 3).between[1] == pytest.approx(100)
        assert Precision(0, 0).share is Precision(0, 0).between is None


class TestSample:
    def test_is_the_same_for_the_same_week_in_whatever_order(self):
        seed = trust.seed_of(MONDAY)
        numbers = list(range(1, 500))

        assert trust.drawn(numbers, 50, seed) == trust.drawn(numbers[::-1], 50, seed)
        assert len(set(trust.drawn(numbers, 50, seed))) == 50

    def test_is_another_one_another_week(self):
        numbers = list(range(1, 500))
        this, that = (trust.drawn(numbers, 50, trust.seed_of(MONDAY + timedelta(days=n))) for n in (0, 7))

        assert set(this) != set(that)

    def test_of_few_is_all_of_them(self):
        assert sorted(trust.drawn([3, 1, 2], 50, "seed")) == [1, 2, 3]


# ---- hops ------------------------------------------------------------------------------------------------------------


def after(hours: float) -> datetime:
    return NINE + timedelta(hours=hours)


WORKS_BACK = Held("works", after(0), after(2), returned=True, proposed="transport")


class TestWhoseTime:
    def test_is_the_agencys_that_had_it_and_the_desks_between(self):
        held = [WORKS_BACK, Held("transport", after(3))]

        assert hops.charged(held, opened_at=NINE, until=after(10)) == {
            "works": 2 * 3600, DESK: 3600, "transport": 7 * 3600,
        }  # fmt: skip

    def test_begins_with_the_desk_where_nobody_had_it_at_first(self):
        assert hops.charged([Held("works", after(1))], opened_at=NINE, until=after(3)) == {DESK: 3600, "works": 7200}

    def test_is_all_that_agencys_which_sent_back_its_own(self):
        held = [
            WORKS_BACK,
            Held("transport", after(3), after(5), returned=True, proposed="works"),
            Held("works", after(6)),
        ]
        spans = hops.spans(held, opened_at=NINE, until=after(10))

        assert [(one.had_by, one.charged_to) for one in spans] == [
            ("works", "works"), (DESK, "works"), ("transport", "works"), (DESK, "works"), ("works", "works"),
        ]  # fmt: skip
        assert sum(one.seconds for one in spans) == 10 * 3600

    def test_is_nobodys_elses_while_it_lies_at_the_desk_again(self):
        held = [WORKS_BACK, Held("transport", after(3), after(5), returned=True, proposed="works")]
        found = hops.charged(held, opened_at=NINE, until=after(6))

        assert found == {"works": 7200, DESK: 7200, "transport": 7200}

    def test_of_nobody_is_the_desks(self):
        assert hops.charged([], opened_at=NINE, until=after(1)) == {DESK: 3600}


class TestDisagreeing:
    def test_is_an_agency_sending_back_what_another_named_it_for(self):
        held = [WORKS_BACK, Held("transport", after(3), after(5), returned=True, proposed="parks")]

        assert hops.disagree(held)
        assert hops.concerned(held) == ("works", "transport", "parks")
        assert hops.hops(held) == 2

    def test_is_so_in_either_order(self):
        assert hops.disagree([WORKS_BACK, Held("parks", after(3), after(5), returned=True, proposed="works")])

    def test_is_not_where_each_names_another_that_did_not_have_it(self):
        assert not hops.disagree([WORKS_BACK, Held("parks", after(3), after(5), returned=True, proposed="water")])
        assert not hops.disagree([WORKS_BACK, Held("transport", after(3))])
