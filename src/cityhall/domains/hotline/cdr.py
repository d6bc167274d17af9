"""Asterisk's call detail records (Master.csv): the calls that the voice menu served and that met no queue.

Its seconds are those of the whole call, never a wait in a queue, so nothing but these calls is taken from it (research
note 01 §4).
"""

from __future__ import annotations

import csv
from datetime import datetime
from typing import NamedTuple

from cityhall.foundation.clock import TAIPEI

from .queue_log import NotALine

COLUMNS = (
    "accountcode", "src", "dst", "dcontext", "clid", "channel", "dstchannel", "lastapp", "lastdata", "start", "answer",
    "end", "duration", "billsec", "disposition", "amaflags", "uniqueid",
)  # fmt: skip
WITH_PEOPLE = {"queue", "dial"}


class MenuCall(NamedTuple):
    """A call that heard the voice menu and nobody else."""

    callid: str
    started: int
    seconds: int
    caller: str


def columns_of(first: str) -> list[str] | None:
    """The columns, where the file names them in its first line."""
    names = [name.strip().casefold() for name in next(csv.reader([first]), [])]
    return names if {"uniqueid", "disposition", "lastapp"} <= set(names) else None


def parse(text: str, columns: list[str] | None = None) -> MenuCall | None:
    """The voice menu's call; None for a record of another kind. Raises NotALine."""
    if "\0" in text:
        raise NotALine("NUL")
    try:
        cells = dict(zip(columns or COLUMNS, next(csv.reader([text]), []), strict=False))
    except csv.Error as problem:
        raise NotALine(str(problem)) from None
    callid = cells.get("uniqueid", "")
    if not callid or len(callid) > 64 or "disposition" not in cells:
        raise NotALine("too short")
    if cells["disposition"].strip().upper() != "ANSWERED" or cells.get("lastapp", "").casefold() in WITH_PEOPLE:
        return None
    try:
        start = datetime.fromisoformat(cells["start"].strip())
        seconds = int(cells["billsec"])
        started = int((start if start.tzinfo else start.replace(tzinfo=TAIPEI)).timestamp())
    except (KeyError, ValueError, OverflowError):
        raise NotALine("time") from None
    if not 0 <= seconds < 2**31 or not 0 < started < 2**32:
        raise NotALine("seconds")
    return MenuCall(callid, started, seconds, cells.get("src", ""))
