"""A month's figures as they were printed, and what has changed since: pure functions over what is known of petitions.

A month is frozen on a working day of the next one (note 01 §5.10: numbers freeze per month with later corrections
listed). What happens afterwards moves no printed figure: it is listed beside it, with the petitions that came or went.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

RECEIVED = "received"
CellKey = tuple[str, str, str]
"""Dimension, part, measure; the part is empty for the whole month."""
WHOLE = ("", "")


@dataclass(frozen=True)
class Fact:
    """What is known of one petition of the month: where it is counted, in which measures, and of which."""

    key: int
    parts: Mapping[str, str]
    counted: frozenset[str]
    of: frozenset[str]


@dataclass(frozen=True)
class Figure:
    """One printed cell: so many of so many, and which petitions they are. `whole` is None for a mere number."""

    number: int
    whole: int | None
    keys: frozenset[int]


def cells(facts: Iterable[Fact], measures: Sequence[str], shares: frozenset[str]) -> dict[CellKey, Figure]:
    """Every cell of the month: the whole and each part of each dimension, in each measure."""
    keys: dict[CellKey, set[int]] = defaultdict(set)
    wholes: dict[CellKey, int] = defaultdict(int)
    places: set[tuple[str, str]] = {WHOLE}
    for fact in facts:
        for place in (WHOLE, *fact.parts.items()):
            places.add(place)
            for measure in fact.counted:
                keys[*place, measure].add(fact.key)
            for measure in fact.of:
                wholes[*place, measure] += 1
    return {
        (*place, measure): Figure(
            len(keys[*place, measure]), wholes[*place, measure] if measure in shares else None,
            frozenset(keys[*place, measure]),
        )
        for place in places
        for measure in measures
    }  # fmt: skip


@dataclass(frozen=True)
class Correction:
    """A cell that reads otherwise now: what was printed, what it would be, and which petitions came or went."""

    dimension: str
    part: str
    measure: str
    then: Figure
    now: Figure
    came: frozenset[int]
    went: frozenset[int]
    moved: bool
    """Whether a petition itself is elsewhere now: re-dated, dispatched anew, set aside, brought in; else the work went on."""


NOTHING = Figure(0, 0, frozenset())


def differences(then: Mapping[CellKey, Figure], now: Mapping[CellKey, Figure]) -> list[Correction]:
    """Compare a month as it was printed with the same month as it is counted now; cells that read the same are left out.

    A petition that is missing from, or new in, any cell of 成案 has moved; where only such petitions are concerned in a
    cell, or any of them, it is a correction. All else is work that went on after the month was printed.
    """
    moved: set[int] = set()
    for key in then.keys() | now.keys():
        if key[2] == RECEIVED:
            moved |= then.get(key, NOTHING).keys ^ now.get(key, NOTHING).keys
    found = []
    for key in sorted(then.keys() | now.keys()):
        before, after = then.get(key, NOTHING), now.get(key, NOTHING)
        came, went = after.keys - before.keys, before.keys - after.keys
        if came or went or before.number != after.number or (before.whole or 0) != (after.whole or 0):
            found.append(Correction(*key, before, after, came, went, bool((came | went) & moved)))
    return found
