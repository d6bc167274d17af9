"""Moves, attendance, checklists and the calendar feed, without a database."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as some

from cityhall.engines.gatherings.rules import (
    Came,
    Entry,
    Gap,
    Move,
    Unchecked,
    attendance,
    escaped,
    feed,
    folded,
    gap_of,
    may,
    next_number,
    unchecked,
)


class TestMoves:
    @pytest.mark.parametrize(
        ("move", "states"),
        [
            (Move.CHANGE, {"PLANNED", "INVITED"}),
            (Move.HOLD, {"PLANNED", "INVITED"}),
            (Move.FIND, {"HELD", "MINUTED"}),
            (Move.MINUTE, {"HELD", "MINUTED", "CLOSED"}),
            (Move.CLOSE, {"HELD", "MINUTED"}),
            (Move.CANCEL, {"PLANNED", "INVITED"}),
        ],
    )
    def test_lead_on_from_where_they_may(self, move, states):
        every = {"PLANNED", "INVITED", "HELD", "MINUTED", "CLOSED", "CANCELLED"}

        assert {state for state in every if may(move, state)} == states


class TestNumber:
    def test_follows_the_highest(self):
        assert (next_number([]), next_number([1, 3])) == (1, 4)


class TestAttendance:
    def test_counts_who_came_and_who_came_instead(self):
        lines = [Came("PRESENT", 1), Came("DEPUTY", 2), Came("ABSENT", 5), Came("", 9)]

        assert attendance(lines) == 3

    @pytest.mark.parametrize(
        ("line", "leads", "gap"),
        [
            (Came(""), False, Gap.UNKNOWN),
            (Came("DEPUTY", 1, " "), True, Gap.NO_REASON),
            (Came("DEPUTY", 1, "出國"), True, None),
            (Came("DEPUTY", 1), False, None),
            (Came("PRESENT", 0), False, Gap.NOBODY),
            (Came("ABSENT", 0), True, None),
        ],
    )
    def test_says_what_is_missing(self, line, leads, gap):
        assert gap_of(line, needs_reason=leads) == gap


class TestChecklist:
    def test_needs_a_verdict_and_words_where_something_is_wanting(self):
        marks = {"a": ("GOOD", ""), "b": ("WANTING", " "), "c": ("WANTING", "裂縫")}

        assert unchecked(["a", "b", "c", "d"], marks) == {"b": Unchecked.NO_NOTE, "d": Unchecked.NO_VERDICT}


def one(**fields):
    at = datetime(2026, 11, 20, 6, tzinfo=UTC)
    facts = {"uid": "u@city", "title": "會議", "starts_at": at, "ends_at": at, "changed_at": at, "version": 2}
    return Entry(**{**facts, **fields})


class TestFeed:
    def test_is_what_calendars_read(self):
        lines = feed([one(place="市府,12樓", url="https://city.example/x")], name="行程").split("\r\n")

        assert lines[0] == "BEGIN:VCALENDAR"
        assert lines[-2:] == ["END:VCALENDAR", ""]
        assert "DTSTART:20261120T060000Z" in lines
        assert "LOCATION:市府\\,12樓" in lines
        assert "SEQUENCE:2" in lines
        assert "STATUS:CONFIRMED" in lines

    def test_says_what_was_cancelled(self):
        assert "STATUS:CANCELLED" in feed([one(cancelled=True)], name="")

    def test_gives_nobody_a_line_of_their_own(self):
        assert "\nATTENDEE" not in feed([one(title="x\r\nATTENDEE:y")], name="")

    @given(some.text(max_size=300))
    def test_folds_every_text_and_nothing_is_lost(self, text):
        line = "SUMMARY:" + escaped(text.encode("utf-8", "ignore").decode())

        pieces = folded(line).split("\r\n")

        assert all(len(piece.encode()) <= 75 for piece in pieces)
        assert pieces[0] + "".join(piece[1:] for piece in pieces[1:]) == line
