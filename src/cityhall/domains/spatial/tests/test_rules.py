"""Who may see what, and counts that point at nobody: every branch, and that no sum gives a hidden one away."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityhall.domains.spatial import rules
from cityhall.domains.spatial.templatetags.spatial import right_columns


@pytest.mark.parametrize(
    ("rights", "officer", "granted", "may"),
    [
        ("PUBLIC", False, False, True), ("GOVERNMENT", False, False, False), ("GOVERNMENT", True, False, True),
        ("GOVERNMENT", False, True, True), ("NAMED", True, False, False), ("NAMED", False, True, True),
    ],
)  # fmt: skip
def test_a_layer_is_seen_by_its_rights(rights, officer, granted, may):
    assert rules.may_see(rights, officer=officer, granted=granted) is may


def test_a_client_may_ask_from_its_first_to_its_last_day():
    first, last = date(2016, 1, 1), date(2016, 12, 31)

    assert [rules.is_live(starts_on=first, ends_on=last, day=day) for day in (date(2015, 12, 31), first, last, date(2017, 1, 1))] == [False, True, True, False]  # fmt: skip
    assert rules.is_live(starts_on=first, ends_on=None, day=date(2030, 1, 1))


class TestSuppressed:
    def told(self, **counts):
        return {
            place: one.count for place, one in rules.suppressed(counts, {place: place[0] for place in counts}).items()
        }

    def test_hides_one_and_two_and_what_would_give_it_away(self):
        assert self.told(a1=1, a2=0, a3=7, a4=5) == {"a1": None, "a2": 0, "a3": 7, "a4": None}

    def test_needs_no_more_where_several_are_hidden_that_nobody_can_tell_apart(self):
        assert self.told(a1=2, a2=2, a3=7) == {"a1": None, "a2": None, "a3": 7}

    def test_hides_a_third_where_two_together_are_still_few(self):
        assert self.told(a1=1, a2=1, a3=7, a4=9) == {"a1": None, "a2": None, "a3": None, "a4": 9}

    def test_hides_a_zero_where_nothing_else_is_there(self):
        assert self.told(a1=2, a2=0) == {"a1": None, "a2": None}

    def test_tells_all_where_none_is_small(self):
        assert self.told(a1=3, a2=0, b1=1) == {"a1": 3, "a2": 0, "b1": None}

    @given(st.lists(st.integers(0, 6), min_size=2, max_size=8))
    def test_leaves_no_small_count_to_be_reckoned_from_the_sum(self, counts):
        given_counts = {f"a{n}": count for n, count in enumerate(counts)}
        told = rules.suppressed(given_counts, dict.fromkeys(given_counts, "a"))
        hidden = [place for place, one in told.items() if one.count is None]

        assert all(one.count is None or one.count == 0 or one.count >= rules.FEWEST for one in told.values())
        assert len(hidden) != 1  # what is left of the sum is never one place's count


@pytest.mark.parametrize(
    ("day", "first", "last"),
    [
        (date(2016, 3, 15), date(2015, 3, 1), date(2016, 2, 29)), (date(2016, 1, 31), date(2015, 1, 1), date(2015, 12, 31)),
        (date(2016, 12, 1), date(2015, 12, 1), date(2016, 11, 30)),
    ],
)  # fmt: skip
def test_the_last_year_is_twelve_whole_months(day, first, last):
    assert rules.last_year(day) == (first, last)


@pytest.mark.parametrize(
    ("upkeep", "day", "stale"),
    [
        ("YEARLY", date(2017, 1, 1), False), ("YEARLY", date(2017, 1, 3), True), ("DAILY", date(2016, 1, 3), True),
        ("MONTHLY", date(2016, 2, 1), False), ("QUARTERLY", date(2016, 4, 3), True), ("IRREGULAR", date(2030, 1, 1), False),
    ],
)  # fmt: skip
def test_an_owner_is_behind_by_the_duty(upkeep, day, stale):
    assert rules.is_stale(upkeep, date(2016, 1, 1), day) is stale


def test_a_column_of_numbers_stands_at_the_right_with_what_is_not_told_in_it():
    rows = [("府前", 3, None, True, 1.5), ("文昌", None, None, False, "2")]

    assert right_columns(rows) == {1}
    assert right_columns([]) == frozenset()
