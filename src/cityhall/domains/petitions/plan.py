"""The plan of the report's year: how many petitions of each kind happen on which day, at full scale or a part of it.

It plans what happens, not what is counted: each of them is filed, confirmed, dispatched and answered by the product's own
acts (`year`), and the figures are counted from what that leaves. The numbers of section 1.2.7 stand here; the others are
invented. Pure: the same scale and seed make the same plan.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from cityhall.foundation.lots import dice
from cityhall.foundation.sentence import sentence

FIRST, LAST = date(2016, 1, 1), date(2017, 2, 28)
URGENT_FROM = date(2016, 8, 1)
TODAY = date(2017, 3, 31)
"""The day on which the report is written: until then people go on with what was opened."""

WEEKEND = 0.45
MONTHS = {1: 0.95, 2: 0.86, 3: 1.0, 4: 1.0, 5: 1.03, 6: 1.08, 7: 1.1, 8: 1.08, 9: 1.05, 10: 1.0, 11: 0.97, 12: 0.94}


@dataclass(frozen=True)
class Totals:
    """So many of each kind."""

    year: int = 105_046
    after: int = 14_350  # in the two months after the year
    urgent: int = 8_306  # of those two numbers, from the day on which there are urgent categories
    to_improve: int = 630  # of the urgent ones, found wanting in the monthly check
    filtered: int = 2_336
    filtered_after: int = 372
    declined: int = 357
    declined_after: int = 41
    listed: int = 34
    unconfirmed: int = 1_480

    def scaled(self, share: float) -> Totals:
        """A part of it; of each kind at least one."""
        return replace(self, **{name: max(1, round(count * share)) for name, count in vars(self).items()})


@dataclass(frozen=True)
class Story:
    """One person who writes about one matter again and again: what is answered, then listed, then declined."""

    number: int
    written_on: tuple[date, ...]  # three petitions, the last one after the clear answer
    listed_on: date
    declined_on: tuple[date, ...]


@dataclass(frozen=True)
class Day:
    """What is opened on a day, what of it is urgent, and what is registered or filed besides."""

    day: date
    ordinary: int
    urgent: int
    filtered: int
    unconfirmed: int
    elsewhere: int = 0  # numbers of that day that the stories take

    @property
    def filed(self) -> int:
        """How many are filed."""
        return self.ordinary + self.urgent + self.filtered + self.unconfirmed


@dataclass(frozen=True)
class Check:
    """The check of a month: how many of its urgent petitions are found wanting, and stay so."""

    month: date  # its first day
    to_improve: int


@dataclass(frozen=True)
class Batch:
    """Whole months with their checks, or all stories: what one workshop carries out."""

    number: int
    days: tuple[Day, ...] = ()
    stories: tuple[Story, ...] = ()
    checks: tuple[Check, ...] = ()

    @property
    def filed(self) -> int:
        """How many petitions are filed in it."""
        told = sum(len(story.written_on) + len(story.declined_on) for story in self.stories)
        return told + sum(day.filed for day in self.days)


@dataclass(frozen=True)
class Plan:
    """All batches, and what they add up to."""

    totals: Totals
    batches: tuple[Batch, ...]
    filed: int = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "filed", sum(batch.filed for batch in self.batches))


def days_between(first: date, last: date) -> list[date]:
    """All days, both in."""
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def spread(total: int, weights: Sequence[float]) -> list[int]:
    """Divide a number by weights into whole ones that add up to it: the largest remainders get what is left."""
    whole = sum(weights)
    shares = [total * weight / whole for weight in weights]
    counts = [int(share) for share in shares]
    left = sorted(range(len(shares)), key=lambda n: (counts[n] - shares[n], n))
    for n in left[: total - sum(counts)]:
        counts[n] += 1
    return counts


@sentence("1.2.7", "105 年計辦理 10 萬 5,046 件")
def plan(*, share: float = 1.0, seed: int = 105, months: int = 1) -> Plan:
    """The whole plan. `share` makes a smaller city of it; a batch has so many months."""
    chance = dice(f"plan:{seed}")
    totals = Totals().scaled(share) if share != 1 else Totals()
    days = days_between(FIRST, LAST)
    weights = {day: _weight(day) * chance.uniform(0.93, 1.07) for day in days}
    stories = tuple(_stories(totals, chance))
    told: dict[date, int] = dict.fromkeys(days, 0)
    taken: dict[date, int] = dict.fromkeys(days, 0)
    for story in stories:
        for day in story.written_on:
            told[day] += 1
        for day in (*story.written_on, *story.declined_on):
            taken[day] += 1

    def over(total: int, within: Callable[[date], bool], less: dict[date, int] | None = None) -> dict[date, int]:
        chosen = [day for day in days if within(day)]
        counts = spread(total, [weights[day] for day in chosen])
        found = dict.fromkeys(days, 0)
        found.update(zip(chosen, counts, strict=True))
        return _without(found, less) if less else found

    def in_year(day: date) -> bool:
        return day.year == FIRST.year

    def in_after(day: date) -> bool:
        return day.year != FIRST.year

    opened = {
        day: a + b
        for day, a, b in zip(
            days,
            over(totals.year - sum(n for day, n in told.items() if in_year(day)), in_year).values(),
            over(totals.after, in_after).values(),
            strict=True,
        )
    }
    urgent = over(totals.urgent, lambda day: day >= URGENT_FROM)
    urgent = _at_most(urgent, opened)
    filtered = over(totals.filtered, in_year)
    filtered_after = over(totals.filtered_after, in_after)
    unconfirmed = over(totals.unconfirmed, lambda day: True)
    planned = [
        Day(
            day,
            ordinary=opened[day] - urgent[day],
            urgent=urgent[day],
            filtered=filtered[day] + filtered_after[day],
            unconfirmed=unconfirmed[day],
            elsewhere=taken[day],
        )
        for day in days
    ]
    return Plan(totals, (Batch(0, stories=stories), *_batches(planned, totals.to_improve, months)))


def _weight(day: date) -> float:
    return MONTHS[day.month] * (WEEKEND if day.weekday() >= 5 else 1.0)


def _without(found: dict[date, int], less: dict[date, int]) -> dict[date, int]:
    return {day: count - less[day] for day, count in found.items()}


def _at_most(wanted: dict[date, int], there: dict[date, int]) -> dict[date, int]:
    """As wanted, and where that is more than there is, on other days of the same span instead."""
    found = {day: min(count, there[day]) for day, count in wanted.items()}
    left = sum(wanted.values()) - sum(found.values())
    for day, count in wanted.items():
        if left and count:
            more = min(left, there[day] - found[day])
            found[day] += more
            left -= more
    if left:
        raise ValueError("there are more urgent petitions than petitions")
    return found


def _stories(totals: Totals, chance: random.Random) -> Iterator[Story]:
    """The listed persons: listed between spring and August of the year for twelve months, then they go on writing.

    What they filed before was opened before the first monthly check, so each check sees its whole month in one batch.
    """
    year = spread(totals.declined, [chance.uniform(0.5, 2) for _n in range(totals.listed)])
    after = spread(totals.declined_after, [chance.uniform(0.5, 2) for _n in range(totals.listed)])
    for number in range(totals.listed):
        listed = date(2016, 4, 11) + timedelta(days=round(110 * number / max(totals.listed - 1, 1)))
        written = tuple(listed - timedelta(days=n) for n in (70, 45, 6))
        first = listed + timedelta(days=4)
        declined = [
            first + timedelta(days=chance.randrange((date(2016, 12, 31) - first).days)) for _n in range(year[number])
        ]
        declined += [date(2017, 1, 2) + timedelta(days=chance.randrange(57)) for _n in range(after[number])]
        yield Story(number, written, listed, tuple(sorted(declined)))


def _batches(days: Sequence[Day], to_improve: int, months: int) -> Iterator[Batch]:
    """So many months each, and the checks of those with urgent petitions."""
    by_month: dict[date, list[Day]] = {}
    for day in days:
        by_month.setdefault(day.day.replace(day=1), []).append(day)
    checked = [month for month in by_month if month >= URGENT_FROM]
    wanting = spread(to_improve, [sum(day.urgent for day in by_month[month]) for month in checked])
    checks = {month: Check(month, count) for month, count in zip(checked, wanting, strict=True)}
    known = list(by_month)
    for number, first in enumerate(range(0, len(known), months), 1):
        chosen = known[first : first + months]
        yield Batch(
            number,
            days=tuple(day for month in chosen for day in by_month[month]),
            checks=tuple(checks[month] for month in chosen if month in checks),
        )
