"""When the personal data of a petition goes, what keeps it, and what stays for ever. No Django, no clock.

Source: 個人資料保護法第 11 條第 3 項 (data goes once its purpose is fulfilled or its period is over, unless the office still
needs it for its duties) and the city's own table of how long files are kept (檔案保存年限區分表), as dated parameters by kind
of petition and by where the data lies.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum


class KeptKind(StrEnum):
    """Kinds of petitions that are kept for different times."""

    ORDINARY = "ORDINARY"
    SET_ASIDE = "SET_ASIDE"  # 不予處理 or 撤案: nothing was decided that somebody could rely on
    CONFIDENTIAL = "CONFIDENTIAL"  # about officers, or filed as confidential: inquiries may come late


class KeptWhere(StrEnum):
    """Where personal data of a petition lies."""

    MAILS = "MAILS"  # e-mails received, with their raw bytes
    LETTERS = "LETTERS"  # letters sent, their addresses, and what the outbox still knows of them
    FILES = "FILES"  # photos and documents: the citizen's, the officer's, the contractor's uploads
    WORDS = "WORDS"  # heading, text, answers, replies, notes of calls, remarks; search index and print with them
    REQUESTER = "REQUESTER"  # who asked, who supported it, whose account it was


class Stay(StrEnum):
    """Why data stays although its time is over."""

    OPEN = "OPEN"  # not closed, or the petition that it was joined to is not
    HELD = "HELD"  # 保全: a lawsuit, a claim for state compensation, an audit
    PROMISED = "PROMISED"  # a promised act is not proven yet
    LISTED = "LISTED"  # a listing of repeated petitions rests on it
    CHECKED = "CHECKED"  # the monthly check has not finished with it


STAYS_FOR_EVER = (
    "number", "category", "agency", "unit", "channel", "status", "days and hours", "district and village",
    "road", "place to about a hundred metres", "limits and how they were met", "hops", "score and whether it was solved",
)  # fmt: skip
"""What figures, statistics and open data are counted from: no person is found by it."""

PLACE_DECIMALS = 3
"""Degrees with three decimals are about a hundred metres: a block, not a house."""

Periods = Mapping[KeptWhere, int]
"""Months by where the data lies."""


@dataclass(frozen=True)
class Kept:
    """A petition as retention sees it."""

    kind: KeptKind
    ended_on: date | None  # the last thing that happened to it or to the petition it was joined to; None while open
    held_until: date | None = None
    waits: frozenset[Stay] = field(default_factory=frozenset)


def months_after(day: date, months: int) -> date:
    """The same day so many months later, or the month's last."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def due_on(kept: Kept, where: KeptWhere, periods: Periods) -> date | None:
    """From which day on the data there may go; None while the petition is open.

    Who asked goes last of all: by their name it is covered wherever it stands in a text that is still there.
    """
    if kept.ended_on is None:
        return None
    months = max(periods.values()) if where == KeptWhere.REQUESTER else periods[where]
    return months_after(kept.ended_on, months)


def stays(kept: Kept, today: date) -> Stay | None:
    """What keeps everything of it, whatever the periods say; the weightiest reason first."""
    if kept.ended_on is None:
        return Stay.OPEN
    if kept.held_until is not None and kept.held_until >= today:
        return Stay.HELD
    return next((stay for stay in (Stay.PROMISED, Stay.LISTED, Stay.CHECKED) if stay in kept.waits), None)


def over(kept: Kept, periods: Periods, today: date) -> tuple[KeptWhere, ...]:
    """Where the time is over by today."""
    days = {where: due_on(kept, where, periods) for where in KeptWhere}
    return tuple(where for where, day in days.items() if day is not None and day <= today)


def goes(kept: Kept, periods: Periods, today: date) -> tuple[KeptWhere, ...]:
    """Where its personal data is removed today: the time is over and nothing keeps it."""
    return () if stays(kept, today) else over(kept, periods, today)


class HoldFault(StrEnum):
    """Why data cannot be held so."""

    NO_REASON = "NO_REASON"
    PAST = "PAST"
    TOO_LONG = "TOO_LONG"
    GONE = "GONE"


def hold_faults(*, reason: str, until: date, today: date, longest_months: int, all_gone: bool) -> tuple[HoldFault, ...]:
    """A hold names why and until when, no further than a dated number of months; it can be renewed."""
    wrong = {
        HoldFault.GONE: all_gone,
        HoldFault.NO_REASON: not reason.strip(),
        HoldFault.PAST: until < today,
        HoldFault.TOO_LONG: until > months_after(today, longest_months),
    }
    return tuple(fault for fault, found in wrong.items() if found)
