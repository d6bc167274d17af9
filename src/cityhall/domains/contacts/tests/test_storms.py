"""When many calls about one thing are a storm."""

from hypothesis import given
from hypothesis import strategies as st

from cityhall.domains.contacts.storms import Limits, storms

LIMITS = Limits(least=10, times=3)
COUNTS = st.dictionaries(st.sampled_from(["water", "bus", "lamp", ""]), st.integers(0, 500))


class TestStorms:
    def test_are_many_times_the_usual(self):
        found = storms({"water": 30, "bus": 12, "lamp": 40}, {"water": 2.0, "bus": 4.0, "lamp": 20.0}, LIMITS)

        assert [(one.about, one.factor) for one in found] == [("water", 15.0), ("bus", 3.0)]

    def test_of_what_was_never_asked_need_enough_calls(self):
        assert storms({"water": 9}, {}, LIMITS) == []
        assert storms({"water": 10}, {}, LIMITS)[0].factor == 10

    def test_of_nothing_named_are_none(self):
        assert storms({"": 100}, {}, LIMITS) == []

    @given(COUNTS, COUNTS)
    def test_never_come_of_the_usual(self, now, usual):
        assert not [one for one in storms(now, usual, LIMITS) if one.now <= one.usual or one.now < LIMITS.least]
        assert storms(usual, usual, LIMITS) == []
