"""Many petitions at once: a burst in place and time is an incident, many of the same words are a campaign. Decisions only.

Both are only proposed; the desk confirms (note 07 §6.9; issue of the city's bad days: a main bursts, the power fails).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from .repeats import Point, metres

# ---- incidents -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Report:
    """One petition with a place."""

    key: int
    topic: str
    point: Point
    at: datetime


@dataclass(frozen=True)
class BurstRule:
    """At least so many petitions about one topic, within so many metres of one of them and so many hours."""

    count: int
    metres: float
    hours: float

    @property
    def span(self) -> timedelta:
        """The hours as a length of time."""
        return timedelta(hours=self.hours)


@dataclass(frozen=True)
class Burst:
    """A proposed incident: the report in its middle, and all that belong to it, the oldest first."""

    centre: Report
    reports: tuple[Report, ...]

    @property
    def began_at(self) -> datetime:
        """When the first of them came."""
        return self.reports[0].at


def _near_ones(reports: Sequence[Report], rule: BurstRule) -> Callable[[Report], list[Report]]:
    """Whoever lies near a report in place and time; reports are kept in squares, so that few are looked at."""
    side = rule.metres / 100_000  # degrees: a square is never smaller than the radius
    squares: dict[tuple[str, int, int], list[Report]] = defaultdict(list)

    def square(one: Report) -> tuple[int, int]:
        return int(one.point[0] // side), int(one.point[1] // side)

    for one in reports:
        squares[one.topic, *square(one)].append(one)

    def near(centre: Report) -> list[Report]:
        x, y = square(centre)
        around = (squares.get((centre.topic, x + a, y + b), ()) for a in (-1, 0, 1) for b in (-1, 0, 1))
        return [
            one
            for some in around
            for one in some
            if abs(one.at - centre.at) <= rule.span and metres(one.point, centre.point) <= rule.metres
        ]

    return near


def _window(reports: Iterable[Report], rule: BurstRule) -> list[Report]:
    """The largest number of them that came within the hours; of equal ones the earliest."""
    ordered = sorted(reports, key=lambda one: (one.at, one.key))
    best: list[Report] = []
    first = 0
    for last, one in enumerate(ordered):
        while one.at - ordered[first].at > rule.span:
            first += 1
        if last - first + 1 > len(best):
            best = ordered[first : last + 1]
    return best


def bursts(reports: Sequence[Report], rule: BurstRule) -> list[Burst]:
    """The incidents that reports make, the largest first; a report belongs to one of them at most."""
    left = {one.key: one for one in reports}
    found: list[Burst] = []
    while True:
        near = _near_ones(list(left.values()), rule)
        candidates = ((one, _window(near(one), rule)) for one in left.values())
        enough = [(one, some) for one, some in candidates if len(some) >= rule.count and one in some]
        if not enough:
            return found
        centre, some = max(enough, key=lambda pair: (len(pair[1]), -pair[0].at.timestamp(), -pair[0].key))
        found.append(Burst(centre, tuple(some)))
        for one in some:
            left.pop(one.key)


class Outside(StrEnum):
    """Why a petition does not belong to an incident."""

    OVER = "over"
    ANOTHER_TOPIC = "another_topic"
    FAR = "far"
    BEFORE = "before"
    TAKEN_OUT = "taken_out"


@dataclass(frozen=True)
class Scene:
    """An incident as far as the rule goes."""

    topic: str
    centre: Point
    metres: float
    began_at: datetime
    hours: float
    open: bool = True


def outside(scene: Scene, report: Report, *, taken_out: bool = False) -> Outside | None:
    """Why a petition is not attached to an incident by itself; None where it is.

    Whatever a person took out stays out. Reports from some hours before the first one count: people write late.
    """
    if not scene.open:
        return Outside.OVER
    if taken_out:
        return Outside.TAKEN_OUT
    if report.topic != scene.topic:
        return Outside.ANOTHER_TOPIC
    if report.at < scene.began_at - timedelta(hours=scene.hours):
        return Outside.BEFORE
    return Outside.FAR if metres(report.point, scene.centre) > scene.metres else None


# ---- campaigns -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class CampaignRule:
    """At least so many petitions within so many days whose likeness with one of them reaches so much."""

    count: int
    days: int
    likeness: float


@dataclass(frozen=True)
class Like:
    """A petition like the one that is looked at."""

    key: int
    likeness: float
    at: datetime


def campaign_of(at: datetime, likes: Iterable[Like], rule: CampaignRule) -> tuple[Like, ...]:
    """The petitions that make a campaign with the one that came at this time, it included; or none."""
    found = tuple(
        one for one in likes if one.likeness >= rule.likeness and abs(one.at - at) <= timedelta(days=rule.days)
    )
    return found if len(found) >= rule.count else ()


# ---- the life of both ------------------------------------------------------------------------------------------------


class Stand(StrEnum):
    """Where a group stands; the words are those of `states.ClusterState`."""

    PROPOSED = "PROPOSED"
    OPEN = "OPEN"
    CLOSED = "CLOSED"
    DISMISSED = "DISMISSED"


MOVES: dict[Stand, frozenset[Stand]] = {
    Stand.PROPOSED: frozenset({Stand.OPEN, Stand.DISMISSED}),
    Stand.OPEN: frozenset({Stand.CLOSED, Stand.DISMISSED}),
    Stand.CLOSED: frozenset(),
    Stand.DISMISSED: frozenset({Stand.PROPOSED}),
}
