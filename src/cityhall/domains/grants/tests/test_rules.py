"""What a call waits for, which steps may follow, and how a contract is planned."""

from datetime import date
from decimal import Decimal
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityhall.domains.grants import rules
from cityhall.domains.grants.rules import NEED_MOVES, PROPOSAL_MOVES, Stage
from cityhall.domains.grants.states import NeedState, ProposalState

DAYS = {"needs_until": date(2016, 9, 15), "proposals_until": date(2016, 12, 31)}


class TestStage:
    @pytest.mark.parametrize(
        ("today", "begun", "closed", "stage"),
        [
            (date(2016, 9, 15), False, False, Stage.NEEDS), (date(2016, 9, 16), False, False, Stage.PROPOSALS),
            (date(2016, 12, 31), False, False, Stage.PROPOSALS), (date(2017, 1, 1), False, False, Stage.TO_REVIEW),
            (date(2017, 1, 1), True, False, Stage.REVIEW), (date(2017, 4, 1), True, True, Stage.CONTRACTS),
        ],
    )  # fmt: skip
    def test_goes_by_the_days_and_then_by_the_review(self, today, begun, closed, stage):
        assert rules.stage(today, **DAYS, begun=begun, closed=closed) == stage

    def test_wants_needs_before_proposals(self):
        first, last = DAYS.values()
        assert rules.days_in_order(first, first, last)
        assert not rules.days_in_order(first, last, last)
        assert not rules.days_in_order(last, first, last)


class TestMoves:
    def test_are_all_there_is(self):
        needs = {key for key in product(NeedState.values, ("recommend", "decline")) if key in NEED_MOVES}
        proposals = {
            key for key in product(ProposalState.values, ("select", "reject", "sign")) if key in PROPOSAL_MOVES
        }

        assert needs == {("SUBMITTED", "recommend"), ("SUBMITTED", "decline")}
        assert proposals == {
            ("SUBMITTED", "select"), ("SUBMITTED", "reject"), ("SELECTED", "sign"), ("SELECTED", "reject"),
        }  # fmt: skip
        assert set(NEED_MOVES.values()) <= set(NeedState.values)
        assert set(PROPOSAL_MOVES.values()) <= set(ProposalState.values)


class TestMonths:
    def test_are_even_and_end_with_the_whole(self):
        found = rules.months(date(2017, 1, 15), date(2017, 4, 1), 1_000)

        assert found == [
            (date(2017, 1, 1), Decimal("25.00"), 250), (date(2017, 2, 1), Decimal("50.00"), 500),
            (date(2017, 3, 1), Decimal("75.00"), 750), (date(2017, 4, 1), Decimal("100.00"), 1_000),
        ]  # fmt: skip

    @pytest.mark.parametrize("last", [date(2016, 12, 31), date(2022, 2, 1)])
    def test_are_none_where_a_contract_is_too_long_or_over(self, last):
        assert rules.months(date(2017, 1, 15), last, 1_000) == []

    @given(
        first=st.dates(date(2015, 1, 1), date(2030, 12, 31)), more=st.integers(0, 1800), amount=st.integers(1, 10**12)
    )
    def test_never_fall_and_reach_the_amount(self, first, more, amount):
        found = rules.months(first, date.fromordinal(first.toordinal() + more), amount)

        shares, money = [one[1] for one in found], [one[2] for one in found]
        assert (shares, money) == (sorted(shares), sorted(money))
        assert not found or (shares[-1], money[-1]) == (100, amount)
