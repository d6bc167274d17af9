"""Letters that come in: what their stamp may say, from when the limit counts, which of them came before. No Django here."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from enum import StrEnum

from cityhall.foundation.clock import day_of
from cityhall.foundation.roc import roc_year


class StampFault(StrEnum):
    """Why a stamp cannot be right."""

    FUTURE = "FUTURE"  # received on a day that has not come
    POSTED_LATER = "POSTED_LATER"  # the postmark is younger than the stamp
    OLD = "OLD"  # so long ago that somebody has to say that it is so


def stamp_faults(
    received_at: datetime, *, now: datetime, postmark: date | None, oldest_days: int
) -> frozenset[StampFault]:
    """What a stamp says that cannot be; OLD may be confirmed by whoever stamps."""
    faults = set()
    if received_at > now:
        faults.add(StampFault.FUTURE)
    if postmark and postmark > day_of(received_at):
        faults.add(StampFault.POSTED_LATER)
    if day_of(received_at) < day_of(now) - timedelta(days=oldest_days):
        faults.add(StampFault.OLD)
    return frozenset(faults)


def days_late(received_at: datetime, entered_at: datetime) -> int:
    """So many days lay between the receipt and the entry."""
    return (day_of(entered_at) - day_of(received_at)).days


def number_words(year: int, serial: int) -> str:
    """收文號, as R115-000012: ROC year and the serial of the year. Hand scanners type letters and digits only."""
    return f"R{year}-{serial:06}"


def year_of(received: date) -> int:
    """The year of the sequence: the year of the day on which the number is given."""
    return roc_year(received)


NUMBER = re.compile(r"^\s*R?\s*(\d{2,3})\s*-\s*(\d{1,9})\s*$", re.IGNORECASE)


def number_in(text: str) -> tuple[int, int] | None:
    """Year and serial of a 收文號 that somebody typed or scanned; None for anything else."""
    found = NUMBER.match(text)
    return (int(found[1]), int(found[2])) if found else None


def plain_registered(number: str) -> str:
    """A registered-mail number without spaces and hyphens, as it is compared."""
    return re.sub(r"[\s-]", "", number).upper()
