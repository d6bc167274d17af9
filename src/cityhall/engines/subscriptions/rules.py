"""Which days a digest tells of. No Django, no clock."""

from __future__ import annotations

from datetime import date, timedelta

LONGEST = 31
"""Days that one digest catches up, after however long a standstill."""


def days_to_tell(weekly: bool, told_until: date, today: date) -> tuple[date, date] | None:
    """The days of the digest that is due today, both in: up to yesterday, each day once; weekly ones on Mondays.

    After a standstill the days that were missed are told too, and a weekly one does not wait for the next Monday.
    """
    last = today - timedelta(days=1)
    if told_until >= last:
        return None
    if weekly and today.weekday() != 0 and (last - told_until).days < 7:
        return None
    return max(told_until + timedelta(days=1), last - timedelta(days=LONGEST - 1)), last
