"""What callers heard of the voice menu, from a file of lines `time,callid,step,node,leaving,key`.

The exchange's dial plan writes a line when a caller leaves a node. Times are epoch seconds or the city's wall clock.
"""

from __future__ import annotations

import csv
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from cityhall.engines.identity.models import Account
from cityhall.foundation import rows as many_rows

from .models import Hearing
from .queue_log import NotALine, epoch_of
from .services import Imported, read_file
from .states import Leaving, LogKind

COLUMNS = ("time", "callid", "step", "node", "leaving", "key")
MOST_STEPS = 50
NODE = re.compile(r"[-\w]{1,30}", re.ASCII)


class Heard(NamedTuple):
    """A call left a node."""

    at: int
    callid: str
    step: int
    node: str
    leaving: str
    key: str


def parse(text: str, columns: list[str] | None = None) -> Heard:
    """One line. Raises NotALine."""
    if "\0" in text:
        raise NotALine("NUL")
    try:
        cells = dict(zip(columns or COLUMNS, next(csv.reader([text]), []), strict=False))
        at, callid, node = epoch_of(cells["time"]), cells["callid"].strip(), cells["node"].strip()
        step, leaving, key = int(cells["step"]), cells["leaving"].strip().casefold(), cells.get("key", "").strip()
    except (csv.Error, KeyError, ValueError):
        raise NotALine("cells") from None
    if not 1 <= step <= MOST_STEPS or not 0 < len(callid) <= 64 or not NODE.fullmatch(node):
        raise NotALine("call or node")
    if leaving not in Leaving.values or key not in "0123456789*#" or (leaving == Leaving.KEY) != bool(key):
        raise NotALine("leaving")
    return Heard(at, callid, step, node, leaving, key)


def import_menu(path: Path, *, by: Account | None, at: datetime) -> Imported:
    """Read what is new in the menu's records; read twice it gives the same rows. Raises CannotImport."""
    return read_file(path, LogKind.MENU, _Lines(), by=by, at=at)


class _Lines:
    """Lines of the menu's records."""

    def __init__(self) -> None:
        self.columns: list[str] | None = None
        self.found: dict[tuple[str, int], Heard] = {}

    @property
    def waiting(self) -> int:
        return len(self.found)

    def begin(self, text: str) -> bool:
        names = [name.strip().casefold() for name in next(csv.reader([text]), [])]
        self.columns = names if set(COLUMNS[:5]) <= set(names) else None
        return self.columns is not None

    def take(self, text: str) -> None:
        one = parse(text, self.columns)
        self.found[one.callid, one.step] = one

    def write(self) -> None:
        rows = [
            Hearing(
                callid=one.callid, step=one.step, node=one.node, heard_at=datetime.fromtimestamp(one.at, UTC),
                leaving=one.leaving, key=one.key,
            )
            for one in self.found.values()
        ]  # fmt: skip
        many_rows.add(Hearing, rows, unless_there=True)
        self.found = {}

    def told(self, done: Imported) -> None:
        """Nothing more."""
