"""How an evaluation comes to its result: points of what was measured, the judges' mean, the total, the places. Pure.

What cannot be measured is never zero: its weight is left out, and what was reached counts over the rest.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from itertools import pairwise
from typing import TypeVar

from .rules import WHOLE, Scheme

K = TypeVar("K", bound=Hashable)
TWO_DIGITS = Decimal("0.01")


@dataclass(frozen=True)
class Step:
    """A part of the way from the first sheet to the result: by the agency itself, or by judges."""

    code: str
    judged: bool = True


Scale = Sequence[tuple[Decimal, Decimal]]
"""Measured value and share of the weight in per cent; values rise, and between two the share goes straight."""


class ScaleFault(StrEnum):
    """Why nothing can be measured by a scale."""

    TOO_SHORT = "TOO_SHORT"
    NOT_RISING = "NOT_RISING"
    OUTSIDE = "OUTSIDE"


def scale_fault(scale: Scale) -> ScaleFault | None:
    """Two values at least, each above the one before, with shares from 0 to 100."""
    if len(scale) < 2:
        return ScaleFault.TOO_SHORT
    if any(one[0] >= after[0] for one, after in pairwise(scale)):
        return ScaleFault.NOT_RISING
    return ScaleFault.OUTSIDE if any(not 0 <= share <= WHOLE for _value, share in scale) else None


def share_of(value: Decimal, scale: Scale) -> Decimal:
    """The share of the weight that a value brings, in per cent; beyond the ends it is that of the end."""
    if value <= scale[0][0]:
        return scale[0][1]
    for (low, low_share), (high, high_share) in pairwise(scale):
        if value <= high:
            return low_share + (high_share - low_share) * (value - low) / (high - low)
    return scale[-1][1]


def measured_points(value: Decimal | None, scale: Scale, weight: int) -> Decimal | None:
    """The points of a measured value, to two digits; None where there is no value."""
    if value is None:
        return None
    return (share_of(value, scale) * weight / WHOLE).quantize(TWO_DIGITS, ROUND_HALF_UP)


def panel(points: Sequence[Decimal], *, trimmed: bool = False) -> Decimal | None:
    """What the judges found together: the mean. Trimmed, of five or more judges the highest and the lowest are left out."""
    kept = sorted(points)
    if trimmed and len(kept) >= 5:
        kept = kept[1:-1]
    return (sum(kept, Decimal(0)) / len(kept)).quantize(TWO_DIGITS, ROUND_HALF_UP) if kept else None


def total(scheme: Scheme, measured: Mapping[str, Decimal | None], judged: Decimal | None) -> Decimal | None:
    """All points of a hundred, over the weights that could be found; None where judges are still to score, or nothing is known."""
    reached, possible = Decimal(0), 0
    if judged_weight := sum(one.points for one in scheme.weights if not one.measured):
        if judged is None:
            return None
        reached, possible = judged, judged_weight
    for one in scheme.weights:
        points = measured.get(one.code) if one.measured else None
        if points is not None:
            reached, possible = reached + points, possible + one.points
    return (reached * WHOLE / possible).quantize(TWO_DIGITS, ROUND_HALF_UP) if possible else None


def places(totals: Mapping[K, Decimal]) -> dict[K, int]:
    """The place of each: the same points share a place, and the next place is left out for each that shares (1, 2, 2, 4)."""
    found: dict[K, int] = {}
    order = sorted(totals.items(), key=lambda one: -one[1])
    for n, (key, points) in enumerate(order, 1):
        found[key] = found[order[n - 2][0]] if n > 1 and order[n - 2][1] == points else n
    return found


@dataclass(frozen=True)
class Band:
    """等第: from how many points on it is given, and the reward or reprimand that is proposed for it, if any."""

    floor: Decimal
    grade: str
    grade_en: str
    award: str = ""
    award_en: str = ""


class BandFault(StrEnum):
    """Why no grade can be told by some bands."""

    NOT_FALLING = "NOT_FALLING"
    OUTSIDE = "OUTSIDE"
    NO_LOWEST = "NO_LOWEST"


def band_fault(bands: Sequence[Band]) -> BandFault | None:
    """From the highest to the lowest, each below the one before, the last from 0 on. Without bands there are no grades."""
    if any(one.floor <= after.floor for one, after in pairwise(bands)):
        return BandFault.NOT_FALLING
    if any(not 0 <= one.floor <= WHOLE for one in bands):
        return BandFault.OUTSIDE
    return BandFault.NO_LOWEST if bands and bands[-1].floor != 0 else None


def band_of(points: Decimal | None, bands: Sequence[Band]) -> Band | None:
    """The band that points reach; its floor itself is enough."""
    return None if points is None else next((one for one in bands if points >= one.floor), None)


def spread(first: date, last: date, n: int) -> list[date]:
    """Days for so many steps after a day, evenly up to the last; none where there are not enough days."""
    room = (last - first).days
    return [first + timedelta(days=room * step // n) for step in range(1, n + 1)] if room >= n else []


class Barrier(StrEnum):
    """Why somebody may not score a candidate."""

    NO_JUDGE = "NO_JUDGE"
    OWN_AGENCY = "OWN_AGENCY"
    RECUSED = "RECUSED"
    DONE = "DONE"


def barrier(*, judge: bool, own_agency: bool, recused: bool, done: bool) -> Barrier | None:
    """A judge scores each candidate once: none of the own agency, and none of whom they have stepped back."""
    if not judge:
        return Barrier.NO_JUDGE
    if own_agency:
        return Barrier.OWN_AGENCY
    if recused:
        return Barrier.RECUSED
    return Barrier.DONE if done else None


def may_see_others(*, manages: bool, closed: bool, own_given: bool) -> bool:
    """Whose sheets a judge sees: of others only once the own one is there, so that nobody leans on another."""
    return manages or closed or own_given


def still_to_score(candidates: Iterable[K], *, sheets: Mapping[K, int], judges: Mapping[K, int]) -> list[K]:
    """The candidates for whom a sheet is missing: of each judge who is not barred, and of one at least."""
    return [one for one in candidates if sheets.get(one, 0) < max(1, judges.get(one, 0))]
