"""How many will call in each half hour, from the weeks before; two ways, and the error of each on days that are known.

`LAST_WEEK` takes the same half hour of the same weekday a week ago. `WEEKS` takes the mean of the last weeks, the newer
counting more, so that one storm does not plan the next week.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

HALVES = 48
MOST_WEEKS = 6
FADING = 0.8
WEEK = timedelta(days=7)
Counts = Mapping[date, Sequence[int]]


class Way(StrEnum):
    """How a day is foreseen."""

    LAST_WEEK = "LAST_WEEK"
    WEEKS = "WEEKS"


def foreseen(day: date, known: Counts, way: Way, *, before: date | None = None) -> list[float] | None:
    """The half hours of a day, from days before `before`; None where no week before it is known."""
    limit = before or day
    past = [day - WEEK * n for n in range(1, 60)]
    weeks = [known[one] for one in past if one < limit and one in known][: 1 if way is Way.LAST_WEEK else MOST_WEEKS]
    if not weeks:
        return None
    weights = [FADING**n for n in range(len(weeks))]
    return [
        sum(weight * week[half] for weight, week in zip(weights, weeks, strict=True)) / sum(weights)
        for half in range(HALVES)
    ]


@dataclass(frozen=True)
class Error:
    """How far a way was off on days that are known: of each hundred calls so many in the wrong half hour or missing."""

    days: int
    off: float
    calls: int

    @property
    def percent(self) -> float | None:
        """None where no day could be tried."""
        return 100 * self.off / self.calls if self.calls else None


def tried(known: Counts, way: Way, days: Sequence[date]) -> Error:
    """Foresee days that are known, each from the days before its week began, and compare."""
    off, calls, done = 0.0, 0, 0
    for day in days:
        guess = foreseen(day, known, way, before=day - timedelta(days=day.weekday()))
        if guess is None or day not in known:
            continue
        done += 1
        calls += sum(known[day])
        off += sum(abs(a - b) for a, b in zip(guess, known[day], strict=True))
    return Error(done, off, calls)


def better(known: Counts, days: Sequence[date]) -> tuple[Way, dict[Way, Error]]:
    """The way with the smaller error, and both errors; the simpler one where they are equal or nothing could be tried."""
    errors = {way: tried(known, way, days) for way in Way}
    one, other = (errors[way].percent for way in (Way.LAST_WEEK, Way.WEEKS))
    use = Way.WEEKS if one is not None and other is not None and other < one else Way.LAST_WEEK
    return use, errors
