"""每月摘要: what an agency reads about its month beside the month before; no Django in what is counted.

The statistics are the printed cells (定版), so that a digest never says otherwise than the frozen page. Four more figures
are the agency's own: what it answered late in each stage, what it sent back to be dispatched anew, and what the monthly
check returned to it for redo.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from .frozen import RECEIVED, Figure

FIRST_LATE, FINAL_LATE, HOPS, REDO = "first_late", "final_late", "hops", "redo"
OWN = (FIRST_LATE, FINAL_LATE, HOPS, REDO)
IN_TIME = {FIRST_LATE: "first_in_time", FINAL_LATE: "final_in_time"}
"""What is late is of the same petitions as what is in time."""
ORDER = (
    RECEIVED, "replied", "first_in_time", FIRST_LATE, "final_in_time", FINAL_LATE, "overdue", "satisfied", "reopened", REDO,
    "returned", HOPS,
)  # fmt: skip
"""As the letter and the page tell them."""


@dataclass(frozen=True)
class Compared:
    """One figure of the month and of the month before; None where that is not known."""

    code: str
    now: Figure
    before: Figure | None

    @property
    def change(self) -> int | None:
        """By how many it is more or less than the month before."""
        return None if self.before is None else self.now.number - self.before.number

    @property
    def points(self) -> float | None:
        """By how many percentage points its share is more or less; None where either is a share of nothing."""
        now, before = share(self.now), share(self.before)
        return None if now is None or before is None else round(now, 1) - round(before, 1)


def share(figure: Figure | None) -> float | None:
    """In per cent; None where there is nothing to be a share of."""
    return figure.number * 100 / figure.whole if figure and figure.whole else None


def compare(codes: Sequence[str], now: Mapping[str, Figure], before: Mapping[str, Figure] | None) -> list[Compared]:
    """The figures side by side, in this order."""
    return [Compared(code, now[code], before.get(code) if before else None) for code in codes]


def late_of(printed: Mapping[str, Figure], late: Mapping[str, frozenset[int]]) -> dict[str, Figure]:
    """Of the petitions that the printed month counts for an agency, those that were answered late in each stage."""
    found = {}
    for code, in_time in IN_TIME.items():
        keys = printed[RECEIVED].keys & late.get(code, frozenset())
        found[code] = Figure(len(keys), printed[in_time].whole, keys)
    return found


def hops_of(held: Iterable[tuple[str, int, bool]]) -> dict[str, Figure]:
    """By agency: of the petitions that were ever dispatched to it, those that it sent back.

    Each row is an agency, a petition, and whether the agency sent it back.
    """
    had: dict[str, set[int]] = defaultdict(set)
    back: dict[str, set[int]] = defaultdict(set)
    for agency, petition, sent_back in held:
        had[agency].add(petition)
        if sent_back:
            back[agency].add(petition)
    return {agency: Figure(len(back[agency]), len(keys), frozenset(back[agency])) for agency, keys in had.items()}


def redone_of(returned: Iterable[tuple[str, int]]) -> dict[str, Figure]:
    """By agency: the petitions that the monthly check returned to it for redo."""
    keys: dict[str, set[int]] = defaultdict(set)
    for agency, petition in returned:
        keys[agency].add(petition)
    return {agency: Figure(len(found), None, frozenset(found)) for agency, found in keys.items()}


def stored(figures: Mapping[str, Figure]) -> dict[str, dict[str, object]]:
    """As a digest keeps them."""
    return {code: {"number": one.number, "whole": one.whole, "keys": sorted(one.keys)} for code, one in figures.items()}


def read(kept: Mapping[str, Mapping[str, object]]) -> dict[str, Figure]:
    """What a digest keeps."""
    return {
        code: Figure(
            int(str(one["number"])), None if one["whole"] is None else int(str(one["whole"])), _keys(one["keys"])
        )
        for code, one in kept.items()
    }


def _keys(found: object) -> frozenset[int]:
    return frozenset(found) if isinstance(found, list) else frozenset()
