"""Which projects can be listed, and the table A = B + C + D + E."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityhall.domains.projects.rules import Limits, Row, counted, is_behind, reaches, total, withdrawable
from cityhall.domains.projects.sheets import money, month, percent
from cityhall.engines.files.sheets import CellError
from cityhall.engines.milestones.rules import BEHIND, Standing

LIMITS = Limits(works=30_000_000, other=10_000_000)


class TestReaches:
    @pytest.mark.parametrize(
        ("budget", "works", "found"),
        [
            (29_999_999, True, False), (30_000_000, True, True), (9_999_999, False, False), (10_000_000, False, True),
            (10_000_000, True, False),
        ],
    )  # fmt: skip
    def test_goes_by_the_kind_of_project_and_the_threshold_itself_is_enough(self, budget, works, found):
        assert reaches(budget, works=works, limits=LIMITS) is found


class TestWithdrawal:
    @pytest.mark.parametrize(
        ("today", "ends", "found"),
        [
            (date(2016, 10, 31), date(2016, 12, 31), True), (date(2016, 11, 1), date(2016, 12, 31), False),
            (date(2015, 12, 31), date(2016, 2, 29), True),
        ],
    )  # fmt: skip
    def test_is_asked_two_months_before_the_plan_ends(self, today, ends, found):
        assert withdrawable(today, ends, 2) is found


def rows(**many):
    """Of each agency so many of each standing: works="BB1" is two closed and one D1."""
    letters = {"B": Standing.CLOSED, "C": Standing.ON_TIME, "1": Standing.BEFORE, "2": Standing.WORKS,
               "3": Standing.AFTER, "E": Standing.WITHDRAWN}  # fmt: skip
    return [Row(agency, letters[one]) for agency, text in many.items() for one in text]


class TestTable:
    def test_adds_up_and_ranks_the_worst_first(self):
        lines = counted(rows(works="BBC123E", water="CC1", parks="1", health="CC"))

        assert [
            (one.agency, one.listed, one.behind, one.rank_count, one.rank_share, one.rank_sum) for one in lines
        ] == [
            ("works", 7, 3, 1, 2, 3),
            ("parks", 1, 1, 2, 1, 3),
            ("water", 3, 1, 2, 3, 5),
            ("health", 2, 0, 3, 4, 7),
        ]
        works = next(one for one in lines if one.agency == "works")
        assert works.shares == (Decimal("28.6"), Decimal("14.3"), Decimal("42.9"), Decimal("14.3"))

    def test_of_nothing_is_nothing(self):
        assert counted([]) == []
        assert total([]).shares == (None,) * 4
        assert total([]).rank_sum is None

    @given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from(list(Standing)))))
    def test_keeps_a_equal_to_b_c_d_and_e(self, pairs):
        lines = counted([Row(agency, standing) for agency, standing in pairs])
        whole = total(lines)

        for one in [*lines, whole]:
            assert one.listed == one.closed + one.on_time + one.behind + one.withdrawn
            assert one.behind == one.d1 + one.d2 + one.d3
        assert whole.listed == len(pairs)
        assert whole.behind == sum(is_behind(standing) for _agency, standing in pairs)
        assert all(is_behind(one) for one in BEHIND)


class TestCells:
    @pytest.mark.parametrize(
        ("cell", "day"),
        [
            ("105/3", date(2016, 3, 1)), ("10503", date(2016, 3, 1)), ("2016-03", date(2016, 3, 1)),
            ("１０５年３月", date(2016, 3, 1)), ("2016-03-01T00:00:00", date(2016, 3, 1)), ("", None),
        ],
    )  # fmt: skip
    def test_read_a_month_as_people_write_it(self, cell, day):
        assert month(cell) == day

    @pytest.mark.parametrize("cell", ["三月", "105/13", "105", "2016-03-02"])
    def test_refuse_what_is_no_month(self, cell):
        with pytest.raises(CellError, match="月份"):
            month(cell)

    def test_read_shares_and_money(self):
        assert (percent("12.5%"), percent(""), money("1,200"), money("")) == (Decimal("12.5"), None, 1200, 0)

    @pytest.mark.parametrize("cell", ["100.01", "-1", "12.345", "x"])
    def test_refuse_what_is_no_share(self, cell):
        with pytest.raises(CellError):
            percent(cell)

    @pytest.mark.parametrize("cell", ["-1", "1.5", "九"])
    def test_refuse_what_is_no_money(self, cell):
        with pytest.raises(CellError):
            money(cell)
