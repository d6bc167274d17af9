"""How far an indicator is, and which round of an award may follow."""

from decimal import Decimal

import pytest

from cityhall.domains.smart_city import rules
from cityhall.domains.smart_city.rules import Goal, Year


def D(text):
    return None if text is None else Decimal(text)


class TestGoal:
    @pytest.mark.parametrize(
        ("planned", "reached", "lower", "goal", "share"),
        [
            (None, "5", False, Goal.UNKNOWN, None), ("5", None, False, Goal.UNKNOWN, None), ("10", "10", False, Goal.MET, "100"),
            ("10", "12", False, Goal.MET, "100"), ("30", "20", False, Goal.SHORT, "66.7"), ("10", "0", False, Goal.SHORT, "0"),
            ("0", "0", False, Goal.MET, "100"), ("10", "10", True, Goal.MET, "100"), ("10", "8", True, Goal.MET, "100"),
            ("10", "40", True, Goal.SHORT, "25.0"), ("0", "3", True, Goal.SHORT, "0"),
        ],
    )  # fmt: skip
    def test_is_met_once_the_planned_value_is_there(self, planned, reached, lower, goal, share):
        assert rules.goal(D(planned), D(reached), lower=lower) == goal
        assert rules.share(D(planned), D(reached), lower=lower) == D(share)


class TestDue:
    def test_is_the_newest_planned_year_that_has_come(self):
        years = [Year(2016, D("1"), None, False), Year(2017, None, D("3"), False), Year(2018, D("5"), None, False)]

        assert [getattr(rules.due(years, year), "year", None) for year in (2015, 2016, 2017, 2018, 2019)] == [
            None, 2016, 2016, 2018, 2018,
        ]  # fmt: skip

    def test_lies_within_the_programme(self):
        assert rules.faults({2015: D("1"), 2016: D("1"), 2019: D("1"), 2020: D("1")}, first=2016, last=2019) == [
            2015,
            2020,
        ]


class TestRounds:
    @pytest.mark.parametrize(
        ("stage", "won", "may"),
        [("SMART21", {}, True), ("TOP7", {}, False), ("TOP7", {"SMART21": False}, False), ("TOP7", {"SMART21": True}, True),
         ("TOP1", {"SMART21": True}, False), ("TOP1", {"SMART21": True, "TOP7": True}, True)],
    )  # fmt: skip
    def test_are_for_who_was_selected_in_the_one_before(self, stage, won, may):
        assert rules.may_follow(stage, won) is may
