"""Who may see a layer; what stands for a number that would point at somebody; decisions, nothing else."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

FEWEST = 3
"""A smaller count is not told (issue: counts under 3 are suppressed everywhere)."""


def may_see(rights: str, *, officer: bool, granted: bool) -> bool:
    """Public layers everybody, those of the government its officers; a client besides what it was granted."""
    return rights == "PUBLIC" or granted or (rights == "GOVERNMENT" and officer)


def is_live(*, starts_on: date, ends_on: date | None, day: date) -> bool:
    """Whether a client may ask on a day; its last day is its own."""
    return starts_on <= day and (ends_on is None or day <= ends_on)


@dataclass(frozen=True)
class Told:
    """A count as it may be told: None where it may not."""

    count: int | None


def suppressed(counts: Mapping[str, int], groups: Mapping[str, str]) -> dict[str, Told]:
    """Counts by place, without those from 1 to 2, and so that no sum of a group gives one away.

    Where all but one place of a group are told, whoever knows the group's sum knows the last one: then the smallest of
    the others is not told either. A zero is told: nobody stands behind it, except as the second one that is hidden.
    """
    hidden = {place for place, count in counts.items() if 0 < count < FEWEST}
    by_group: defaultdict[str, list[str]] = defaultdict(list)
    for place in counts:
        by_group[groups.get(place, "")].append(place)
    for places in by_group.values():
        inside = [place for place in places if place in hidden]
        others = sorted((counts[place], place) for place in places if place not in hidden)
        if inside and others and (len(inside) == 1 or sum(counts[place] for place in inside) < FEWEST):
            hidden.add(next((place for count, place in others if count >= FEWEST), others[0][1]))
    return {place: Told(None if place in hidden else count) for place, count in counts.items()}


def last_year(day: date) -> tuple[date, date]:
    """The twelve whole months before the month of a day: they change once a month, so that no two differ by a day."""
    last = day.replace(day=1) - timedelta(days=1)
    return (date(last.year, 1, 1) if last.month == 12 else date(last.year - 1, last.month + 1, 1)), last


def duties(upkeep: str) -> int | None:
    """Days after which a layer must have been brought up to date; None where nothing is said."""
    return {"DAILY": 1, "MONTHLY": 31, "QUARTERLY": 92, "YEARLY": 366}.get(upkeep)


def is_stale(upkeep: str, dated_on: date, day: date) -> bool:
    """Whether the owner is behind with a layer."""
    days = duties(upkeep)
    return days is not None and day > dated_on + timedelta(days=days)


def summed(rows: Iterable[tuple[str, int]]) -> dict[str, int]:
    """Calls by what was asked."""
    found: defaultdict[str, int] = defaultdict(int)
    for key, calls in rows:
        found[key] += calls
    return dict(found)
