"""The rules of promises in replies (「預計 6 月施作」): where one stands, who is told when, how it may be put off.

Source: PRACTICE, petitions: a reply that promises a later act opens a dated follow-up that is tracked until proven.
"""

from __future__ import annotations

from datetime import date, timedelta
from enum import StrEnum


class Keeping(StrEnum):
    """Where a promise stands on a day."""

    KEPT = "KEPT"
    KEPT_LATE = "KEPT_LATE"
    OVERDUE = "OVERDUE"
    SOON = "SOON"
    OPEN = "OPEN"


def keeping(*, promised_on: date, kept_on: date | None, today: date, remind_days: int) -> Keeping:
    """A promise is kept when it is proven by its day; that day itself is still in time."""
    if kept_on is not None:
        return Keeping.KEPT if kept_on <= promised_on else Keeping.KEPT_LATE
    if promised_on < today:
        return Keeping.OVERDUE
    return Keeping.SOON if promised_on <= today + timedelta(days=remind_days) else Keeping.OPEN


class PutOffFault(StrEnum):
    """Why a promised day cannot be put off so."""

    KEPT = "KEPT"
    NOT_LATER = "NOT_LATER"
    PAST = "PAST"
    TOO_FAR = "TOO_FAR"
    TOO_OFTEN = "TOO_OFTEN"
    NO_REASON = "NO_REASON"


FARTHEST = timedelta(days=730)


def put_off_fault(
    *, kept: bool, before: date, after: date, today: date, moves: int, most: int, reason: str
) -> PutOffFault | None:
    """A later day, not in the past and within two years, with a reason, only so often."""
    if kept:
        return PutOffFault.KEPT
    if moves >= most:
        return PutOffFault.TOO_OFTEN
    if after <= before:
        return PutOffFault.NOT_LATER
    if after <= today:
        return PutOffFault.PAST
    if after > today + FARTHEST:
        return PutOffFault.TOO_FAR
    return None if reason.strip() else PutOffFault.NO_REASON
