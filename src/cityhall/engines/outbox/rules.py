"""When promised work is tried again, and when recurring work is due. Pure: every instant is given."""

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

FOUR_HOURS: tuple[int, ...] = (10, 30, 60, *(300,) * 48)
"""Seconds before each further attempt: soon at first, then every five minutes for four hours.

GOV.UK Notify gave up an exponential wait because messages of a short outage then waited hours (research 08 §1).
"""


def next_attempt(failed_at: datetime, attempts: int, retry: Sequence[int]) -> datetime | None:
    """When to try again after so many attempts; None when the schedule is used up."""
    return failed_at + timedelta(seconds=retry[attempts - 1]) if attempts <= len(retry) else None


def next_beat(after: datetime, interval: timedelta) -> datetime:
    """The next whole multiple of an interval, counted in UTC, where no hour is skipped or repeated."""
    seconds = int(interval.total_seconds())
    passed = int(after.timestamp()) // seconds
    return datetime.fromtimestamp((passed + 1) * seconds, UTC)


def next_daily(after: datetime, at: time, zone: ZoneInfo) -> datetime:
    """The next day's run at a time of the wall clock, once on every local day, also when the clock changes.

    A time that the clock skips runs when that much of the day has passed; of a time that comes twice, the first.
    """
    day = after.astimezone(zone).date() - timedelta(days=1)
    while True:
        run = datetime.combine(day, at, zone).astimezone(UTC)
        if run > after:
            return run
        day += timedelta(days=1)
