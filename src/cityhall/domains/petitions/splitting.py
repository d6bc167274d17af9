"""拆案: one petition that tells of several matters becomes several. Decisions only.

Practice (PRACTICE, petitions: 拆案 is one of the ways out; note 01 §1: a parent with at most so many children). Splitting is
how the city orders its own work, so the citizen's day does not move: each part's limit runs from the 成案 of the whole
(行政院及所屬各機關處理人民陳情案件要點 counts from the day on which a petition is taken in, not from the day on which it
finds its agency), and each part counts in the month of the whole, which counts no more.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

LEAST_PARTS = 2


@dataclass(frozen=True)
class Whole:
    """A petition as far as splitting goes."""

    answered: bool = False  # a reply has gone out, of whatever stage
    joined: int = 0  # petitions that were joined to it
    clustered: bool = False  # in an incident or campaign that is open
    sealed: bool = False
    part: bool = False  # itself a part of another: no grandchildren


class Bar(StrEnum):
    """Why it is not split."""

    SEALED = "sealed"
    PART = "part"
    ANSWERED = "answered"
    JOINED = "joined"
    CLUSTERED = "clustered"
    TOO_FEW = "too_few"
    TOO_MANY = "too_many"


def may_split(whole: Whole, parts: int, *, most: int) -> Bar | None:
    """What stands in the way, the weightiest first."""
    if whole.sealed:
        return Bar.SEALED
    if whole.part:
        return Bar.PART
    if whole.answered:
        return Bar.ANSWERED
    if whole.joined:
        return Bar.JOINED
    if whole.clustered:
        return Bar.CLUSTERED
    if parts < LEAST_PARTS:
        return Bar.TOO_FEW
    return Bar.TOO_MANY if parts > most else None


@dataclass(frozen=True)
class Stand:
    """A part: the version of its case when it was split off, and now; whether it is over."""

    then: int
    now: int
    over: bool = False


def untouched(parts: Collection[Stand]) -> bool:
    """Whether the split can be taken back: nothing at all has happened to any part."""
    return bool(parts) and all(one.then == one.now for one in parts)


def progress(parts: Collection[Stand]) -> tuple[int, int]:
    """How many parts are over, of how many: the progress of the whole."""
    return sum(one.over for one in parts), len(parts)
