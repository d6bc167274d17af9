"""What an answer may be, what it adds up to, and how two versions differ. Without Django."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from cityhall.foundation.intervals import wilson

LOWEST, HIGHEST = 1, 5
NO_OPINION = 0
"""What stands for 沒有意見 among the points."""
SATISFIED_FROM = 4
"""滿意 are the two positive points."""
MOST_LETTERS = 2000

SINGLE, SEVERAL, SCALE, TEXT = "SINGLE", "SEVERAL", "SCALE", "TEXT"


class Fault(StrEnum):
    """What is wrong with an answer."""

    MISSING = "MISSING"
    UNKNOWN = "UNKNOWN"  # no such choice, point or question
    TOO_LONG = "TOO_LONG"


@dataclass(frozen=True)
class Asked:
    """A question as far as its answers are concerned."""

    key: str
    kind: str
    choices: tuple[str, ...] = ()
    required: bool = True
    no_opinion: bool = False
    complaint_at_most: int | None = None


def faults(questions: Sequence[Asked], given: Mapping[str, Any]) -> dict[str, Fault]:
    """What is wrong with somebody's answers, by the key of the question.

    A choice is its code, several a list of codes, a point a number (`NO_OPINION` where that is offered), words a text.
    """
    known = {one.key: one for one in questions}
    found = dict.fromkeys((key for key in given if key not in known), Fault.UNKNOWN)
    for one in questions:
        if (fault := _fault(one, given.get(one.key))) is not None:
            found[one.key] = fault
    return found


def _fault(asked: Asked, value: Any) -> Fault | None:
    if is_empty(value):
        return Fault.MISSING if asked.required else None
    match asked.kind:
        case "SINGLE":
            fine = value in asked.choices
        case "SEVERAL":
            fine = isinstance(value, list) and len(set(value)) == len(value) and set(value) <= set(asked.choices)
        case "SCALE":
            fine = type(value) is int and (LOWEST <= value <= HIGHEST or (value == NO_OPINION and asked.no_opinion))
        case _:
            if not isinstance(value, str):
                return Fault.UNKNOWN
            return Fault.TOO_LONG if len(value) > MOST_LETTERS else None
    return None if fine else Fault.UNKNOWN


def is_empty(value: Any) -> bool:
    """Whether somebody left a question out; 0 points is an answer."""
    return value is None or value == [] or (isinstance(value, str) and not value.strip())


def is_complaint(questions: Sequence[Asked], given: Mapping[str, Any]) -> bool:
    """Whether one of the points is so low that somebody has to look into it."""
    return any(
        one.kind == SCALE
        and one.complaint_at_most is not None
        and type(given.get(one.key)) is int
        and LOWEST <= given[one.key] <= one.complaint_at_most
        for one in questions
    )


# ---- shares ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Share:
    """So many of so many; the whole is the denominator that the page states."""

    part: int
    of: int

    @property
    def percent(self) -> float | None:
        """None of nothing."""
        return self.part * 100 / self.of if self.of else None

    @property
    def between(self) -> tuple[float, float] | None:
        """Where it lies with 95 % confidence, in per cent, if those who answered are a random sample."""
        found = wilson(self.part, self.of)
        return None if found is None else (found[0] * 100, found[1] * 100)


@dataclass(frozen=True)
class Tally:
    """What was answered to one question: by whom it was answered at all, and how often each thing was said.

    `base` is the denominator of every share: who answered the question; of points, without 沒有意見.
    """

    base: int
    shares: tuple[tuple[str, Share], ...]
    no_opinion: int = 0

    @property
    def satisfied(self) -> Share:
        """The two positive points."""
        part = sum(share.part for code, share in self.shares if int(code) >= SATISFIED_FROM)
        return Share(part, self.base)

    @property
    def mean(self) -> float | None:
        """The mean of the points."""
        if not self.base:
            return None
        return sum(int(code) * share.part for code, share in self.shares) / self.base


def tally(asked: Asked, answered: int, counts: Mapping[str, int]) -> Tally:
    """Add up one question: `answered` people answered it, `counts` says how often each choice or point was given.

    Of several choices each is counted by itself, of those who answered: together they may be more than all.
    """
    if asked.kind == SCALE:
        none = counts.get(str(NO_OPINION), 0)
        base, codes = answered - none, tuple(str(point) for point in range(HIGHEST, LOWEST - 1, -1))
        return Tally(base, tuple((code, Share(counts.get(code, 0), base)) for code in codes), none)
    return Tally(answered, tuple((code, Share(counts.get(code, 0), answered)) for code in asked.choices))


# ---- keypads ---------------------------------------------------------------------------------------------------------


def pressed(asked: Asked, digit: str) -> Any:
    """What a key says as the answer to a question: a point, or the first, second … choice; None for no key.

    Raises ValueError where the key stands for nothing.
    """
    if not digit:
        return None
    if not (digit.isascii() and digit.isdigit() and len(digit) == 1):
        raise ValueError(digit)
    key = int(digit)
    if asked.kind == SCALE:
        if LOWEST <= key <= HIGHEST or (key == NO_OPINION and asked.no_opinion):
            return key
    elif asked.kind == SINGLE and 1 <= key <= len(asked.choices):
        return asked.choices[key - 1]
    raise ValueError(digit)


def for_keys(asked: Asked) -> bool:
    """Whether a question can be answered by one key."""
    return asked.kind == SCALE or (asked.kind == SINGLE and len(asked.choices) <= 9)


# ---- versions --------------------------------------------------------------------------------------------------------


class Change(StrEnum):
    """What became of a question from a version to another."""

    SAME = "SAME"
    ADDED = "ADDED"
    REMOVED = "REMOVED"
    CHANGED = "CHANGED"


def differences(
    before: Mapping[str, Mapping[str, Any]], after: Mapping[str, Mapping[str, Any]]
) -> list[tuple[str, Change, list[str]]]:
    """By key, in the order of the later version and then what it left out: what changed, and in which parts.

    Answers to a question that changed are not to be compared with those before.
    """
    found: list[tuple[str, Change, list[str]]] = []
    for key, now in after.items():
        if key not in before:
            found.append((key, Change.ADDED, []))
            continue
        parts = [name for name in now if now[name] != before[key].get(name)]
        found.append((key, Change.CHANGED if parts else Change.SAME, parts))
    return found + [(key, Change.REMOVED, []) for key in before if key not in after]
