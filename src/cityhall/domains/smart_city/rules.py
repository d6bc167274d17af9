"""Decisions of the smart-city programme, without Django: how far an indicator is, and whether it is where it should be."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

from cityhall.foundation.sentence import sentence

STAGES = ("SMART21", "TOP7", "TOP1")


class Goal(StrEnum):
    """Whether an indicator is where its plan wants it."""

    MET = "MET"
    SHORT = "SHORT"
    UNKNOWN = "UNKNOWN"


def goal(planned: Decimal | None, reached: Decimal | None, *, lower: bool) -> Goal:
    """Met as soon as the reached value is the planned one; unknown while one of them is missing."""
    if planned is None or reached is None:
        return Goal.UNKNOWN
    return Goal.MET if (reached <= planned if lower else reached >= planned) else Goal.SHORT


def share(planned: Decimal | None, reached: Decimal | None, *, lower: bool) -> Decimal | None:
    """Per cent of the planned value that is reached, at most 100; None where it cannot be said.

    Where less is better it is the planned value's part of the reached one.
    """
    found = goal(planned, reached, lower=lower)
    if found == Goal.UNKNOWN:
        return None
    if found == Goal.MET:
        return Decimal(100)
    assert planned is not None
    assert reached is not None
    part, whole = (planned, reached) if lower else (reached, planned)
    if whole <= 0 or part < 0:
        return Decimal(0)
    return (100 * part / whole).quantize(Decimal("0.1"), rounding=ROUND_HALF_UP)


@dataclass(frozen=True)
class Year:
    """An indicator in one year."""

    year: int
    planned: Decimal | None
    reached: Decimal | None
    lower: bool

    @property
    def goal(self) -> Goal:
        """Whether it is where its plan wants it."""
        return goal(self.planned, self.reached, lower=self.lower)

    @property
    def share(self) -> Decimal | None:
        """How far it is."""
        return share(self.planned, self.reached, lower=self.lower)


@sentence("1.4.7", "各子計畫均明訂方向、內容和目標")
def faults(planned: Mapping[int, Decimal], *, first: int, last: int) -> list[int]:
    """The years of a plan that lie outside the programme; an indicator without a planned value has none to reach."""
    return sorted(year for year in planned if not first <= year <= last)


@sentence("1.4.7", "於 105 至 108 年內陸續完成")
def due(years: Iterable[Year], year: int) -> Year | None:
    """The newest planned year that has come: what an indicator is judged by."""
    found = [one for one in years if one.planned is not None and one.year <= year]
    return max(found, key=lambda one: one.year) if found else None


def may_follow(stage: str, won: Mapping[str, bool]) -> bool:
    """A round of the award is for whoever won the one before."""
    before = STAGES[: STAGES.index(stage)]
    return all(won.get(one, False) for one in before)
