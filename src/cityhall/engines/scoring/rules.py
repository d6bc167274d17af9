"""What a scheme weighs, what is missing on a sheet, and the points that the marks make. What is missing is never zero.

A mark is a whole number from 0 to the scheme's `most`; a criterion marked in full brings its weight in points. As `most`
divides a hundred, points are exact to two digits and compare with a limit without rounding.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

WHOLE = 100
EXACT = tuple(most for most in range(1, WHOLE + 1) if WHOLE % most == 0)
"""Highest marks whose share of a weight has at most two digits."""


@dataclass(frozen=True)
class Weight:
    """One thing that is looked at, and the points that it brings when it is marked in full. No judge marks what is measured."""

    code: str
    points: int
    measured: bool = False


@dataclass(frozen=True)
class Scheme:
    """What is looked at, the highest mark, and below which mark a reason is due."""

    weights: tuple[Weight, ...]
    most: int = 5
    reason_below: int = 0

    @property
    def judged(self) -> list[Weight]:
        """What is marked on a sheet."""
        return [one for one in self.weights if not one.measured]


class SchemeFault(StrEnum):
    """Why nothing can be scored by a scheme."""

    NO_CRITERIA = "NO_CRITERIA"
    NOT_A_HUNDRED = "NOT_A_HUNDRED"
    DOUBLED = "DOUBLED"
    NOT_EXACT = "NOT_EXACT"


def scheme_faults(scheme: Scheme) -> list[SchemeFault]:
    """What is wrong with a scheme: each weight counts, all make a hundred, and marks divide them exactly."""
    faults = []
    if not scheme.weights:
        faults.append(SchemeFault.NO_CRITERIA)
    elif sum(one.points for one in scheme.weights) != WHOLE or any(one.points < 1 for one in scheme.weights):
        faults.append(SchemeFault.NOT_A_HUNDRED)
    if len({one.code for one in scheme.weights}) != len(scheme.weights):
        faults.append(SchemeFault.DOUBLED)
    if scheme.most not in EXACT:
        faults.append(SchemeFault.NOT_EXACT)
    return faults


@dataclass(frozen=True)
class Mark:
    """What one criterion got, and why where it is low."""

    value: int
    reason: str = ""


class MarkFault(StrEnum):
    """Why a sheet is not complete."""

    MISSING = "MISSING"
    OUTSIDE = "OUTSIDE"
    NO_REASON = "NO_REASON"


def mark_faults(scheme: Scheme, marks: Mapping[str, Mark]) -> dict[str, MarkFault]:
    """What a sheet still needs, by criterion: each has a mark from 0 to the most, a low one has its reason."""
    faults = {}
    for one in scheme.judged:
        mark = marks.get(one.code)
        if mark is None:
            faults[one.code] = MarkFault.MISSING
        elif not 0 <= mark.value <= scheme.most:
            faults[one.code] = MarkFault.OUTSIDE
        elif mark.value < scheme.reason_below and not mark.reason.strip():
            faults[one.code] = MarkFault.NO_REASON
    return faults


class Incomplete(ValueError):
    """A sheet with gaps has no points; `faults` names them by criterion."""

    def __init__(self, faults: Mapping[str, MarkFault]) -> None:
        super().__init__(", ".join(f"{code}: {fault}" for code, fault in faults.items()))
        self.faults = faults


def points(scheme: Scheme, marks: Mapping[str, Mark]) -> Decimal:
    """The points of a complete sheet, from 0 to the weight of all that is judged. Raises Incomplete."""
    if faults := mark_faults(scheme, marks):
        raise Incomplete(faults)
    weighed = sum(one.points * marks[one.code].value for one in scheme.judged)
    return (Decimal(weighed) / scheme.most).quantize(Decimal("0.01"))


@dataclass(frozen=True)
class Agreement:
    """How well two judges agree: so many pairs, of which so many came to the same verdict, and how far apart in points."""

    pairs: int
    same: int
    apart: Decimal

    @property
    def percent(self) -> float | None:
        """The share of pairs with the same verdict; None without any."""
        return self.same * 100 / self.pairs if self.pairs else None


def agreement(pairs: Sequence[tuple[Decimal, Decimal, Decimal]]) -> Agreement:
    """Of records that two judges scored: the points of both, and how many are enough."""
    same = sum((first >= enough) == (second >= enough) for first, second, enough in pairs)
    apart = sum((abs(first - second) for first, second, _enough in pairs), Decimal(0))
    return Agreement(len(pairs), same, (apart / len(pairs)).quantize(Decimal("0.1")) if pairs else Decimal(0))
