"""Days of the city. Instants are stored in UTC; a day is a day in Taipei, which keeps no summer time."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

TAIPEI = ZoneInfo("Asia/Taipei")


def day_of(instant: datetime) -> date:
    """The day in Taipei on which an instant falls."""
    return instant.astimezone(TAIPEI).date()


def at(day: date, hour: int = 0, minute: int = 0, second: int = 0) -> datetime:
    """The instant of a wall-clock time in Taipei."""
    return datetime.combine(day, time(hour, minute, second), TAIPEI)


def start_of_day(day: date) -> datetime:
    """The first instant of a day."""
    return at(day)


def end_of_day(day: date) -> datetime:
    """The first instant that no longer belongs to the day."""
    return at(day + timedelta(days=1))
