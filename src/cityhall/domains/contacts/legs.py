"""The second leg of a transfer in the exchange's call details: whether the agency answered, was busy, or let it ring.

A row of Master.csv is one leg. The second leg of a transfer was dialled (`lastapp` Dial) and names the first call by
`linkedid`, or by `userfield` where the exchange writes it there (docs/contacts.md).
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum


class Fate(StrEnum):
    """What became of a transfer; the codes of the states."""

    ANSWERED = "ANSWERED"
    BUSY = "BUSY"
    NO_ANSWER = "NO_ANSWER"


FATES = {"ANSWERED": Fate.ANSWERED, "BUSY": Fate.BUSY, "NO ANSWER": Fate.NO_ANSWER, "FAILED": Fate.BUSY}


@dataclass(frozen=True)
class Leg:
    """One second leg: of which call, what became of it, after how many seconds of ringing."""

    call_id: str
    leg_id: str
    fate: Fate
    seconds: int


def legs(lines: Iterable[str]) -> Iterator[Leg]:
    """The second legs of a file whose first line names the columns; what is no such leg is passed over."""
    for row in csv.DictReader(lines):
        call_id = (row.get("linkedid") or row.get("userfield") or "").strip()
        leg_id = (row.get("uniqueid") or "").strip()
        fate = FATES.get((row.get("disposition") or "").strip().upper())
        if (
            not call_id
            or not leg_id
            or call_id == leg_id
            or fate is None
            or (row.get("lastapp") or "").casefold() != "dial"
        ):
            continue
        try:
            rang = int(row.get("duration") or "") - int(row.get("billsec") or "")
        except ValueError:
            continue
        if 0 <= rang < 86_400 and len(call_id) <= 64 and len(leg_id) <= 64:
            yield Leg(call_id, leg_id, fate, rang)
