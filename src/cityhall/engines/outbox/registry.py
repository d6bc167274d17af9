"""Who keeps which promise: handlers and recurring jobs, declared in an app's `tasks.py`."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from cityhall.engines.outbox import rules
from cityhall.engines.outbox.models import Promise
from cityhall.foundation.clock import TAIPEI

Handler = Callable[[dict[str, Any], Promise], None]
Job = Callable[[datetime], None]


@dataclass(frozen=True)
class Keeper:
    """How promises of one kind are kept."""

    kind: str
    handler: Handler
    lease: timedelta
    retry: tuple[int, ...]
    atomic: bool


@dataclass(frozen=True)
class Rhythm:
    """When a recurring job is due."""

    name: str
    next_after: Callable[[datetime], datetime]


keepers: dict[str, Keeper] = {}
rhythms: dict[str, Rhythm] = {}


def keeps(
    kind: str, *, lease: int = 60, retry: Sequence[int] = rules.FOUR_HOURS, atomic: bool = True
) -> Callable[[Handler], Handler]:
    """Declare the handler of a kind of promise: `handler(payload, promise)`, which works with `promise.at`.

    Returning keeps the promise; raising tries again after the next number of seconds in `retry`; raising `Refused`
    gives up at once. With `atomic` the handler's changes and 「已完成」 are one transaction: it touches only the
    database and happens exactly once. A handler that reaches outside (mail, a web hook) says `atomic=False`, commits
    its own steps, and must bear to be called again. `lease` is longer than the handler can take, in seconds.
    """

    def declare(handler: Handler) -> Handler:
        if kind in keepers and keepers[kind].handler is not handler:
            raise ValueError(f"two handlers keep {kind}")
        keepers[kind] = Keeper(kind, handler, timedelta(seconds=lease), tuple(retry), atomic)
        return handler

    return declare


def _recurring(key: str, rhythm: Rhythm, lease: int, atomic: bool) -> Callable[[Job], Job]:
    def declare(job: Job) -> Job:
        rhythms[key] = rhythm
        keeps(key, lease=lease, atomic=atomic)(lambda payload, promise: job(promise.at))
        return job

    return declare


def every(
    *, key: str, minutes: int = 0, hours: int = 0, seconds: int = 0, lease: int = 600, atomic: bool = False
) -> Callable[[Job], Job]:
    """Declare a job that comes again after an interval: `job(at)`. What was missed while nothing ran, runs once."""
    interval = timedelta(hours=hours, minutes=minutes, seconds=seconds)
    if interval < timedelta(seconds=1):
        raise ValueError("an interval of at least a second is needed")
    return _recurring(key, Rhythm(f"every {interval}", lambda at: rules.next_beat(at, interval)), lease, atomic)


def daily(
    wall_clock: str, *, key: str, zone: ZoneInfo = TAIPEI, lease: int = 3600, atomic: bool = False
) -> Callable[[Job], Job]:
    """Declare a job that comes once a day at a time of the wall clock, such as `02:30`."""
    at = time.fromisoformat(wall_clock)
    rhythm = Rhythm(f"daily {wall_clock} {zone.key}", lambda after: rules.next_daily(after, at, zone))
    return _recurring(key, rhythm, lease, atomic)
