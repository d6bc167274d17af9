"""News of an area by mail: what belongs to an area, and which days a digest tells of. No Django, no clock."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from .repeats import Point, metres

MOST_METRES = 2_000
MOST_LISTED = 50
LONGEST = 31  # days that one digest catches up, after however long a standstill


class Rhythm(StrEnum):
    """How often somebody wants to be told."""

    DAILY = "DAILY"
    WEEKLY = "WEEKLY"


@dataclass(frozen=True)
class Area:
    """A district, a village of it, or a circle; with none of them the whole city."""

    district: str = ""
    village: str = ""
    centre: Point | None = None
    metres: int = 0


@dataclass(frozen=True)
class Thing:
    """What anybody may know of a petition."""

    key: int
    opened_on: date
    category: str
    district: str
    village: str
    point: Point | None = None


def inside(area: Area, thing: Thing) -> bool:
    """Whether it happened there. What has no point lies in no circle."""
    if area.centre is not None:
        return thing.point is not None and metres(area.centre, thing.point) <= area.metres
    if area.village:
        return thing.village == area.village
    return not area.district or thing.district == area.district


def tells(area: Area, categories: Sequence[str], thing: Thing) -> bool:
    """Whether a digest of that area and those categories tells of it; no category named is all of them."""
    return (not categories or thing.category in categories) and inside(area, thing)


class ByPlace:
    """Things sorted by district, so that each of many digests looks at few of them."""

    def __init__(self, things: Iterable[Thing]) -> None:
        self.all = sorted(things, key=lambda one: (one.opened_on, one.key), reverse=True)
        self.of: defaultdict[str, list[Thing]] = defaultdict(list)
        for one in self.all:
            self.of[one.district].append(one)

    def told(self, area: Area, categories: Sequence[str], first: date, last: date) -> list[Thing]:
        """What a digest of those days tells, the newest first."""
        rows = self.of[area.district] if area.district and area.centre is None else self.all
        return [one for one in rows if first <= one.opened_on <= last and tells(area, categories, one)]


def days_to_tell(rhythm: Rhythm, told_until: date, today: date) -> tuple[date, date] | None:
    """The days of the digest that is due today, both in: up to yesterday, each day once; weekly ones on Mondays.

    After a standstill the days that were missed are told too, and a weekly one does not wait for the next Monday.
    """
    last = today - timedelta(days=1)
    if told_until >= last:
        return None
    if rhythm == Rhythm.WEEKLY and today.weekday() != 0 and (last - told_until).days < 7:
        return None
    return max(told_until + timedelta(days=1), last - timedelta(days=LONGEST - 1)), last
