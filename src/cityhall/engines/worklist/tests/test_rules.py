"""The headings of the list and the filter in its address."""

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityhall.engines.worklist.rules import GROUPS, Filter, group_of, read_filter
from cityhall.foundation.clock import TAIPEI

MONDAY = datetime(2017, 3, 20, 14, 30, tzinfo=TAIPEI)


class TestGroupOf:
    @pytest.mark.parametrize(
        ("due_at", "group"),
        [
            (MONDAY - timedelta(seconds=1), "late"),
            (MONDAY, "today"),
            (datetime(2017, 3, 20, 23, 59, 59, tzinfo=TAIPEI), "today"),
            (datetime(2017, 3, 21, 0, 0, 0, tzinfo=TAIPEI), "today"),
            (datetime(2017, 3, 21, 9, 14, tzinfo=TAIPEI), "tomorrow"),
            (datetime(2017, 3, 24, 17, 30, tzinfo=TAIPEI), "week"),
            (datetime(2017, 3, 27, 0, 0, tzinfo=TAIPEI), "week"),
            (datetime(2017, 3, 27, 9, 0, tzinfo=TAIPEI), "later"),
            (None, "never"),
        ],
    )
    def test_stands_under_its_heading(self, due_at, group):
        assert group_of(due_at, MONDAY) == group

    def test_on_a_sunday_monday_is_tomorrow_and_not_this_week(self):
        sunday = datetime(2017, 3, 26, 20, 0, tzinfo=TAIPEI)

        assert group_of(datetime(2017, 3, 27, 9, 0, tzinfo=TAIPEI), sunday) == "tomorrow"
        assert group_of(datetime(2017, 3, 28, 9, 0, tzinfo=TAIPEI), sunday) == "later"

    def test_the_day_is_taipeis_whatever_zone_the_instant_is_in(self):
        assert group_of(datetime(2017, 3, 20, 16, 30, tzinfo=UTC), MONDAY) == "tomorrow"

    @given(st.datetimes(timezones=st.just(TAIPEI)), st.datetimes(timezones=st.just(TAIPEI)))
    def test_later_is_never_under_an_earlier_heading(self, one, other):
        if not 1900 < min(one, other).year <= max(one, other).year < 9998:
            return
        first, second = sorted((one, other))

        assert GROUPS.index(group_of(first, MONDAY)) <= GROUPS.index(group_of(second, MONDAY))


class TestFilter:
    @given(
        st.builds(
            Filter,
            urgent=st.booleans(),
            part=st.sampled_from(["", "handle", "waiting"]),
            kind=st.sampled_from(["", "petition.handle"]),
            group=st.sampled_from(["", *GROUPS]),
            person=st.none() | st.integers(0, 10**15),
            text=st.sampled_from(["", "中山路 200 號", "a&b=c"]),
        )
    )
    def test_an_address_brings_the_same_filter_back(self, asked):
        assert read_filter(dict(parse_qsl(asked.query())), {"handle", "waiting"}) == asked

    def test_what_is_not_understood_is_left_out(self):
        values = {"part": "xx", "group": "yesterday", "for": "１２", "urgent": "yes", "text": "  a\x00 b "}

        assert read_filter(values, {"handle"}) == Filter(text="a b")
