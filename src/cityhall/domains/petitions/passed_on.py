"""Petitions passed on to a body outside of the city: until when its answer is expected, and when it is chased.

Source: 行政程序法 §172: an authority that is not competent passes a petition on and says so. What comes of it is looked after all
the same (PRACTICE, petitions: 移送/函轉 to the competent body): the day of the answer and the days between reminders are dated
parameters.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum


class Outward(StrEnum):
    """Where a petition that lies outside stands."""

    LATE = "LATE"
    WAITING = "WAITING"
    ANSWERED = "ANSWERED"
    CAME_BACK = "CAME_BACK"


def standing(*, answer_by: date, answered: bool, came_back: bool, today: date) -> Outward:
    """The day itself is still in time."""
    if came_back:
        return Outward.CAME_BACK
    if answered:
        return Outward.ANSWERED
    return Outward.LATE if answer_by < today else Outward.WAITING


class ChaseBar(StrEnum):
    """Why the body is not reminded now."""

    OVER = "over"
    TODAY = "today"
    TOO_EARLY = "too_early"


def may_chase(where: Outward, *, reminded_on: date | None, answer_by: date, today: date) -> ChaseBar | None:
    """From the day on which the answer is due, once a day at most."""
    if where in (Outward.ANSWERED, Outward.CAME_BACK):
        return ChaseBar.OVER
    if reminded_on == today:
        return ChaseBar.TODAY
    return ChaseBar.TOO_EARLY if today < answer_by else None
