"""Decisions of tracking, without a database: what a good reply is, what an item waits for, when it reports again."""

from __future__ import annotations

import calendar
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum


@dataclass(frozen=True)
class Review:
    """What a reviewer found of a reply: three questions."""

    answers: bool
    complete: bool
    promise: str = "NONE"

    @property
    def shortcomings(self) -> tuple[Shortcoming, ...]:
        """What is wrong with it; nothing: it is accepted."""
        wrong = (
            (not self.answers, Shortcoming.BESIDE_THE_QUESTION),
            (not self.complete, Shortcoming.INCOMPLETE),
            (self.promise == "UNDATED", Shortcoming.UNDATED_PROMISE),
        )
        return tuple(what for found, what in wrong if found)


class Shortcoming(StrEnum):
    """Why a reply is returned."""

    BESIDE_THE_QUESTION = "BESIDE_THE_QUESTION"
    INCOMPLETE = "INCOMPLETE"
    UNDATED_PROMISE = "UNDATED_PROMISE"


def is_poor(review: Review) -> bool:
    """A reply with a single shortcoming is returned."""
    return bool(review.shortcomings)


def stage(replies: Iterable[str], undecided: bool, decided: str) -> str:
    """What an item waits for: a reply, its review, or a decision on what has come in since the last one.

    `replies` are the states of all its replies, `undecided` says whether one was accepted since the last decision.
    """
    there = set(replies)
    if "ASKED" in there:
        return "ASKED"
    if "ANSWERED" in there:
        return "IN_REVIEW"
    return "TO_DECIDE" if undecided or decided in ("", "REOPENED") else "SETTLED"


def months_later(day: date, months: int) -> date:
    """The same day so many months later; the last of the month where there is no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def number(prefix: str, roc_year: int, n: int) -> str:
    """C105-0042: numbers run through a year without a gap."""
    return f"{prefix}{roc_year}-{n:04}"


class LetterFault(StrEnum):
    """Why a letter's day cannot be right."""

    AHEAD = "AHEAD"
    BEFORE_ASKED = "BEFORE_ASKED"


def letter_fault(letter_on: date, *, asked_on: date, today: date) -> LetterFault | None:
    """A letter is dated on a day between the asking and today, both in."""
    if letter_on > today:
        return LetterFault.AHEAD
    return LetterFault.BEFORE_ASKED if letter_on < asked_on else None


def names_in(cell: str) -> list[str]:
    """The names in a cell, however they are set apart, each once."""
    for mark in "，,；;\n／":
        cell = cell.replace(mark, "、")
    return list(dict.fromkeys(one.strip() for one in cell.split("、") if one.strip()))


@dataclass(frozen=True)
class Standing:
    """How many items of an agency stand so: what they wait for, how they were decided."""

    agency: int
    stage: str
    decided: str
    many: int


@dataclass
class Tally:
    """An agency's line of the statistics. Listed = waiting for one of three + decided in one of three ways."""

    agency: int
    asked: int = 0
    in_review: int = 0
    to_decide: int = 0
    tracked: int = 0
    self_tracked: int = 0
    released: int = 0
    late: int = 0

    @property
    def listed(self) -> int:
        """All of them."""
        return self.asked + self.in_review + self.to_decide + self.tracked + self.self_tracked + self.released

    @property
    def share(self) -> float | None:
        """Per cent released; None where nothing is listed."""
        return 100 * self.released / self.listed if self.listed else None


def tallies(rows: Iterable[Standing], late: dict[int, int]) -> list[Tally]:
    """A line for each agency, whoever is late most first, then by what is still open.

    A settled item counts by its verdict, every other by what it waits for. `late` are replies not given in time.
    """
    found: dict[int, Tally] = {}
    for row in rows:
        line = found.setdefault(row.agency, Tally(row.agency))
        name = row.decided if row.stage == "SETTLED" else row.stage
        setattr(line, name.lower(), getattr(line, name.lower()) + row.many)
    for agency, many in late.items():
        found.setdefault(agency, Tally(agency)).late += many
    return sorted(found.values(), key=lambda one: (-one.late, one.released - one.listed, one.agency))


def total(lines: Iterable[Tally]) -> Tally:
    """All agencies in one line."""
    found = Tally(0)
    for one in lines:
        for name in ("asked", "in_review", "to_decide", "tracked", "self_tracked", "released", "late"):
            setattr(found, name, getattr(found, name) + getattr(one, name))
    return found
