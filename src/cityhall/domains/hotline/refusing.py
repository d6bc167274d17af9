"""What is kept of a line that is no event: its number, why, and how it begins; nothing that could be a telephone."""

from __future__ import annotations

import re
from typing import NamedTuple

from .queue_log import NotALine
from .states import Fault

MOST = 1000
"""So many refused lines of a file are kept; the others are counted."""
FAULTS = {
    "NUL": Fault.UNREADABLE, "too short": Fault.SHORT, "cells": Fault.SHORT, "time": Fault.TIME, "seconds": Fault.SECONDS,
    "topic": Fault.TOPIC, "call or node": Fault.CALL, "leaving": Fault.LEAVING,
}  # fmt: skip
BEGINNING = 12


class Refused(NamedTuple):
    """A refused line."""

    number: int
    fault: Fault
    begins: str


def refused(number: int, text: str, problem: NotALine) -> Refused:
    """What is kept of a line; its digits are covered, since they may be somebody's number."""
    begins = re.sub(r"\d", "#", "".join(one for one in text if one.isprintable()))[:BEGINNING]
    return Refused(number, FAULTS.get(str(problem), Fault.EVENT), begins)
