"""When something is due, and how that was counted. Pure: a calendar goes in, a day and its reasons come out.

Working days follow the calendar of the government (行政院人事行政總處), clock hours run through holidays too, calendar
days end with the day. Time in Taipei keeps no summer time, so an hour is always an hour.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from cityhall.foundation.clock import TAIPEI, day_of

CLOSE_OF_DAY = time(17, 30)
OPENING = time(8, 0)
LONGEST = 3660  # days that are searched before a calendar without working days is an error


class Unit(StrEnum):
    """In what a limit is counted."""

    CLOCK_HOURS = "CLOCK_HOURS"
    WORKING_DAYS = "WORKING_DAYS"
    CALENDAR_DAYS = "CALENDAR_DAYS"


@dataclass(frozen=True)
class Limit:
    """How long, in which unit."""

    amount: int
    unit: Unit

    def __post_init__(self) -> None:
        if self.amount < 1:
            raise ValueError("a limit is at least 1")


class Why(StrEnum):
    """Why a day was not counted."""

    WEEKEND = "weekend"
    HOLIDAY = "holiday"
    CLOSURE = "closure"


@dataclass(frozen=True)
class Stop:
    """A closure, such as a typhoon day: offices are shut; `stops_clock` says whether hours stand still too."""

    starts_at: datetime
    ends_at: datetime
    name: str
    stops_clock: bool = True


@dataclass(frozen=True)
class Calendar:
    """The days on which offices work: Monday to Friday, less `off`, plus `work`, less the days closed all day."""

    off: Mapping[date, str] = field(default_factory=dict)
    work: Mapping[date, str] = field(default_factory=dict)
    closures: tuple[Stop, ...] = ()
    first_known: date | None = None
    last_known: date | None = None

    def closed_all_day(self, day: date) -> Stop | None:
        """The closure that covers the office hours of a day."""
        opens = datetime.combine(day, OPENING, TAIPEI)
        closes = datetime.combine(day, CLOSE_OF_DAY, TAIPEI)
        return next((stop for stop in self.closures if stop.starts_at <= opens and stop.ends_at >= closes), None)

    def why_not(self, day: date) -> tuple[Why, str] | None:
        """Why a day does not count as a working day; None when it does."""
        if day in self.off:
            return Why.HOLIDAY, self.off[day]
        if day.weekday() >= 5 and day not in self.work:
            return Why.WEEKEND, ""
        if stop := self.closed_all_day(day):
            return Why.CLOSURE, stop.name
        return None

    def is_working(self, day: date) -> bool:
        """Whether offices work on a day."""
        return self.why_not(day) is None

    def knows(self, day: date) -> bool:
        """Whether the calendar of that day's year has been published to us."""
        return bool(self.first_known and self.last_known and self.first_known <= day <= self.last_known)


@dataclass(frozen=True)
class Skipped:
    """A day that was not counted, and why."""

    day: date
    why: Why
    name: str = ""


@dataclass(frozen=True)
class Due:
    """The instant, with the days that were counted and those that were not."""

    at: datetime
    limit: Limit
    started_at: datetime
    counted: tuple[date, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    stops: tuple[Stop, ...] = ()
    provisional: bool = False  # part of it lies beyond the published calendar


def due(started_at: datetime, limit: Limit, calendar: Calendar) -> Due:
    """When a limit ends. The day on which it starts is not counted (行政程序法 §48); hours count from the instant.

    Working days end at the close of the last counted day, calendar days with the day, which moves to the next
    working day when it is none (§48 IV).
    """
    if limit.unit is Unit.CLOCK_HOURS:
        return _hours(started_at, limit, calendar)
    day = day_of(started_at)
    counted: list[date] = []
    skipped: list[Skipped] = []
    if limit.unit is Unit.WORKING_DAYS:
        while len(counted) < limit.amount:
            day += timedelta(days=1)
            if reason := calendar.why_not(day):
                skipped.append(Skipped(day, *reason))
                _give_up(day, started_at)
            else:
                counted.append(day)
    else:
        counted = [day + timedelta(days=n) for n in range(1, limit.amount + 1)]
        day = counted[-1]
        while reason := calendar.why_not(day):
            skipped.append(Skipped(day, *reason))
            day += timedelta(days=1)
            _give_up(day, started_at)
    return Due(
        at=datetime.combine(day, CLOSE_OF_DAY, TAIPEI),
        limit=limit,
        started_at=started_at,
        counted=tuple(counted),
        skipped=tuple(skipped),
        provisional=not calendar.knows(day),
    )


def _give_up(day: date, started_at: datetime) -> None:
    if (day - day_of(started_at)).days > LONGEST:
        raise ValueError("the calendar has no working day for ten years")


def _hours(started_at: datetime, limit: Limit, calendar: Calendar) -> Due:
    """Clock hours: nights and holidays count; only a closure that stops the clock adds its length."""
    end = started_at + timedelta(hours=limit.amount)
    used: list[Stop] = []
    for stop in sorted((s for s in calendar.closures if s.stops_clock), key=lambda s: s.starts_at):
        if stop.ends_at > started_at and stop.starts_at < end:
            end += stop.ends_at - max(stop.starts_at, started_at)
            used.append(stop)
    return Due(at=end, limit=limit, started_at=started_at, stops=tuple(used))


def after_pause(due_at: datetime, paused: tuple[datetime, datetime], unit: Unit, calendar: Calendar) -> datetime:
    """The due instant moved by a pause.

    Hours move by the time that stood still. Days move by the working days (or days) that the pause covered in full:
    the day of the question still counted, the day of the answer counts again.
    """
    starts, ends = paused
    if ends <= starts:
        return due_at
    if unit is Unit.CLOCK_HOURS:
        return due_at + (ends - starts)
    first, last = day_of(starts), day_of(ends)
    days = [first + timedelta(days=n) for n in range(1, (last - first).days + 1)]
    lost = len(days) if unit is Unit.CALENDAR_DAYS else sum(calendar.is_working(day) for day in days)
    if not lost:
        return due_at
    return due(due_at, Limit(lost, unit), calendar).at


def percent_used(
    started_at: datetime, due_at: datetime, at: datetime, paused: Iterable[tuple[datetime, datetime]]
) -> int:
    """How much of the time is gone, 0 and up; pauses do not count on either side."""
    stood = sum(((min(end, at) - start) for start, end in paused if start < at), timedelta())
    whole = (due_at - started_at) - sum(((end - start) for start, end in paused), timedelta())
    gone = (at - started_at) - stood
    if whole <= timedelta():
        return 100 if at >= due_at else 0
    share = int(gone * 100 / whole)
    return max(100, share) if at >= due_at else min(99, max(0, share))


def may_have_passed(started_at: datetime, due_at: datetime, at: datetime, level: int) -> bool:
    """Whether so many per cent may be gone. Never no where they are: a pause that is over only makes a level later."""
    return (at - started_at) * 100 >= (due_at - started_at) * level


def levels_reached(percent: int, levels: Iterable[int]) -> list[int]:
    """Which warning levels have been reached."""
    return [level for level in sorted(levels) if percent >= level]


def in_office_hours(at: datetime, calendar: Calendar) -> bool:
    """Whether people are at work: escalations are sent then only."""
    local = at.astimezone(TAIPEI)
    return calendar.is_working(local.date()) and OPENING <= local.time() < CLOSE_OF_DAY


@dataclass(frozen=True)
class Paused:
    """The clock stood still."""

    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True)
class Extended:
    """The limit was lengthened, counted from the day on which it was then due."""

    limit: Limit


@dataclass(frozen=True)
class Promised:
    """An earlier day was promised; a later one is never possible."""

    day: date


Step = Paused | Extended | Promised


def due_after(started_at: datetime, limit: Limit, steps: Iterable[Step], calendar: Calendar) -> datetime:
    """The due instant after everything that happened to a clock, in the order in which it happened."""
    at = due(started_at, limit, calendar).at
    for step in steps:
        if isinstance(step, Paused):
            at = after_pause(at, (step.starts_at, step.ends_at), limit.unit, calendar)
        elif isinstance(step, Extended):
            at = due(at, step.limit, calendar).at
        else:
            at = min(at, datetime.combine(step.day, CLOSE_OF_DAY, TAIPEI))
    return at
