"""How sure a share is."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from cityhall.foundation.intervals import wilson


class TestWilson:
    @pytest.mark.parametrize(
        ("part", "of", "low", "high"),
        [(15, 50, 0.1910, 0.4375), (0, 10, 0.0, 0.2775), (10, 10, 0.7225, 1.0), (534, 1068, 0.4700, 0.5300)],
    )
    def test_equals_published_values(self, part, of, low, high):
        """Newcombe (1998), and the ±3.00 points of 1,068 people."""
        assert wilson(part, of) == pytest.approx((low, high), abs=0.0001)

    def test_of_nothing_is_nothing(self):
        assert wilson(0, 0) is None

    @given(st.integers(1, 10_000), st.floats(0, 1))
    def test_holds_the_share_and_stays_a_share(self, of, share):
        part = round(of * share)
        low, high = wilson(part, of)

        assert 0 <= low <= part / of + 1e-12
        assert part / of - 1e-12 <= high <= 1
        assert wilson(of - part, of) == pytest.approx((1 - high, 1 - low))

    @given(st.integers(1, 1000), st.integers(0, 1000))
    def test_is_narrower_of_more(self, of, part):
        assume(part <= of)
        low, high = wilson(part, of)
        more_low, more_high = wilson(part * 4, of * 4)

        assert more_high - more_low < high - low
