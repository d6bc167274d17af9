"""Filing on behalf: what a citizen's consent must be, and what the intermediary may see of the petition. Decisions only.

里長 and the offices of councillors report for citizens who agreed to it. What they learn afterwards is what the citizen
agreed to, and never more than number and state of what is confidential (個人資料保護法 §7 and §19).
"""

from __future__ import annotations

from datetime import date, timedelta
from enum import StrEnum


class Fault(StrEnum):
    """Why a consent does not hold."""

    LATER = "later"  # a day that has not come
    OLD = "old"  # given for something else, long ago


class Sight(StrEnum):
    """How much of a petition its intermediary sees."""

    NOTHING = "nothing"
    STATE = "state"  # its number and where it stands
    CONTENT = "content"  # what was reported and what was answered, too


def consent_fault(obtained_on: date, *, today: date, days: int) -> Fault | None:
    """Why a consent of that day does not hold today; None where it does."""
    if obtained_on > today:
        return Fault.LATER
    return Fault.OLD if obtained_on < today - timedelta(days=days) else None


def sight(*, shares_content: bool, withdrawn: bool, kept_secret: bool) -> Sight:
    """What the citizen agreed to; of what is confidential, sealed or under 身分保密 no more than the state."""
    if withdrawn:
        return Sight.NOTHING
    return Sight.CONTENT if shares_content and not kept_secret else Sight.STATE
