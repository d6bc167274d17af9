"""How the lines of an entry are read, and which entries contradict each other. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

ADDRESS = re.compile(r"https?://[^\s<>\"]+$", re.IGNORECASE)
MARKS = re.compile(r"[\W_]+")


@dataclass(frozen=True)
class Link:
    """A page that an entry points to."""

    name: str
    address: str


def lines_of(text: str) -> list[str]:
    """The lines that say something."""
    return [line.strip() for line in text.splitlines() if line.strip()]


def link_in(line: str) -> Link | None:
    """A name and an address behind it, or an address alone; None where a line holds no address."""
    found = ADDRESS.search(line.strip())
    if found is None:
        return None
    return Link(line.strip()[: found.start()].strip() or found[0], found[0])


def asks(wording: str, fold: Callable[[str], str]) -> str:
    """A wording as it is compared: without marks and spaces, in one writing."""
    return MARKS.sub("", fold(wording))


@dataclass(frozen=True)
class Told:
    """A published entry as it is compared with others: its wordings folded, its fee and its days."""

    key: int
    wordings: frozenset[str]
    fee: str = ""
    days: int | None = None


def same_wording(entries: Iterable[Told]) -> dict[tuple[int, int], str]:
    """The pairs of entries that can be asked in one and the same wording, and that wording."""
    asked: dict[str, list[int]] = {}
    for one in entries:
        for wording in one.wordings:
            asked.setdefault(wording, []).append(one.key)
    found: dict[tuple[int, int], str] = {}
    for wording in sorted(asked):
        keys = sorted(set(asked[wording]))
        for n, first in enumerate(keys):
            for second in keys[n + 1 :]:
                found.setdefault((first, second), wording)
    return found


def other_terms(first: Told, second: Told) -> bool:
    """Whether both name a fee, or both a number of days, and not the same one."""
    fees = bool(first.fee and second.fee and first.fee != second.fee)
    return fees or (first.days is not None and second.days is not None and first.days != second.days)


def likeness(first: frozenset[int], second: frozenset[int]) -> float:
    """How much of two sets of runs is the same (Dice): 1 for equals, 0 for nothing in common."""
    many = len(first) + len(second)
    return 2 * len(first & second) / many if many else 0.0
