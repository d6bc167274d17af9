"""Decisions of tracking."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityhall.engines.tracking import rules
from cityhall.engines.tracking.rules import LetterFault, Review, Shortcoming, is_poor


class TestReview:
    def test_that_finds_nothing_wrong_accepts(self):
        assert not is_poor(Review(answers=True, complete=True))
        assert not is_poor(Review(answers=True, complete=True, promise="DATED"))

    @pytest.mark.parametrize(
        ("found", "what"),
        [
            (Review(answers=False, complete=True), Shortcoming.BESIDE_THE_QUESTION),
            (Review(answers=True, complete=False), Shortcoming.INCOMPLETE),
            (Review(answers=True, complete=True, promise="UNDATED"), Shortcoming.UNDATED_PROMISE),
        ],
    )
    def test_with_one_shortcoming_returns(self, found, what):
        assert found.shortcomings == (what,)
        assert is_poor(found)


class TestStage:
    @pytest.mark.parametrize(
        ("replies", "undecided", "decided", "stage"),
        [
            (["ASKED", "ANSWERED"], False, "", "ASKED"),
            (["ACCEPTED", "ANSWERED"], True, "", "IN_REVIEW"),
            (["ACCEPTED"], True, "", "TO_DECIDE"),
            (["ACCEPTED"], True, "TRACKED", "TO_DECIDE"),
            (["WITHDRAWN"], False, "REOPENED", "TO_DECIDE"),
            (["POOR", "ACCEPTED"], False, "RELEASED", "SETTLED"),
        ],
    )
    def test_follows_from_the_replies(self, replies, undecided, decided, stage):
        assert rules.stage(replies, undecided, decided) == stage


class TestNextReport:
    @pytest.mark.parametrize(
        ("day", "months", "then"),
        [
            (date(2026, 11, 16), 3, date(2027, 2, 16)),
            (date(2026, 11, 30), 3, date(2027, 2, 28)),
            (date(2023, 11, 30), 3, date(2024, 2, 29)),
            (date(2026, 12, 31), 12, date(2027, 12, 31)),
        ],
    )
    def test_is_so_many_months_later(self, day, months, then):
        assert rules.months_later(day, months) == then

    @given(st.dates(date(2015, 1, 1), date(2040, 1, 1)), st.integers(1, 24))
    def test_never_leaves_its_month(self, day, months):
        then = rules.months_later(day, months)

        assert (then.year * 12 + then.month) - (day.year * 12 + day.month) == months


class TestLetter:
    def test_is_dated_between_the_asking_and_today(self):
        asked, today = date(2026, 11, 9), date(2026, 11, 16)

        assert rules.letter_fault(asked, asked_on=asked, today=today) is None
        assert rules.letter_fault(today, asked_on=asked, today=today) is None
        assert rules.letter_fault(date(2026, 11, 17), asked_on=asked, today=today) == LetterFault.AHEAD
        assert rules.letter_fault(date(2026, 11, 8), asked_on=asked, today=today) == LetterFault.BEFORE_ASKED


def test_numbers_have_the_year_and_four_digits():
    assert rules.number("C", 105, 42) == "C105-0042"
