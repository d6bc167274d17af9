"""The chain: what is hashed, and how a walk along it finds the first row that is not as it was written.

Pure: no database, no clock. Each entry's hash covers its own content and the hash before it, so a row cannot be
changed, removed, swapped or slipped in without the row itself, or the next one, ceasing to fit
(資通系統防護基準, 日誌 26). Who owns the database could rewrite the whole chain or cut off its end; the daily anchors,
kept outside of the database, tell that (日誌 27).
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum, StrEnum
from typing import Any, NamedTuple
from uuid import UUID

GENESIS = "0" * 64
"""The hash before the first entry."""


class Link(NamedTuple):
    """One entry of the chain as it is stored."""

    seq: int
    at: datetime
    event: str
    subject_type: str
    subject_id: str
    actor: str
    payload: str
    previous_hash: str
    hash: str


class Fault(StrEnum):
    """What is wrong with the first bad row."""

    MISSING = "missing"
    CHANGED = "changed"
    UNCHAINED = "unchained"
    ADDED = "added"
    CUT_OFF = "cut_off"
    REWRITTEN = "rewritten"


@dataclass(frozen=True)
class Verdict:
    """The result of a walk: `first_bad_seq` names the row, `fault` says what happened to it."""

    ok: bool
    rows: int
    head: str
    first_bad_seq: int | None = None
    fault: Fault | None = None


def canonical(value: Any) -> str:
    """Write a value as JSON in the one form that is hashed: sorted keys, no spaces, UTF-8 as it is.

    A lone surrogate cannot be stored; it is written as its escape, which reads back as the same character.
    """
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=_plain)
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def _plain(value: Any) -> Any:
    match value:
        case datetime() | date():
            return value.isoformat()
        case Enum():
            return value.value
        case Decimal() | UUID():
            return str(value)
        case set() | frozenset():
            return sorted(value)
        case _ if hasattr(value, "pk"):
            return value.pk
        case _:
            return str(value)


def hash_of(link: Link) -> str:
    """Hash an entry's content together with the hash before it."""
    at = link.at.astimezone(UTC).isoformat(timespec="microseconds")
    content = [link.seq, at, link.event, link.subject_type, link.subject_id, link.actor, link.payload]
    return hashlib.sha256(canonical([*content, link.previous_hash]).encode()).hexdigest()


class Walk:
    """A walk along the chain in constant memory: give it every link in order, then ask for the verdict."""

    def __init__(self, anchors: Mapping[int, str]) -> None:
        self.anchors = anchors
        self.rows = 0
        self.seq = 0
        self.hash = GENESIS
        self.bad: tuple[int, Fault] | None = None

    def step(self, link: Link) -> bool:
        """Check one more link; False when it, or one before it, is bad."""
        if self.bad:
            return False
        expected = self.seq + 1
        if link.seq != expected:
            # A number below the first one can only have been written in by hand.
            self.bad = (expected, Fault.MISSING) if link.seq > expected else (link.seq, Fault.ADDED)
        elif hash_of(link) != link.hash:
            self.bad = (link.seq, Fault.CHANGED)
        elif link.previous_hash != self.hash:
            # This row is whole and remembers another row before it: that one was rewritten together with its hash.
            self.bad = (self.seq, Fault.REWRITTEN) if self.seq else (link.seq, Fault.UNCHAINED)
        elif self.anchors.get(link.seq, link.hash) != link.hash:
            self.bad = (link.seq, Fault.REWRITTEN)
        else:
            self.rows, self.seq, self.hash = self.rows + 1, link.seq, link.hash
        return self.bad is None

    def verdict(self, head_seq: int, head_hash: str) -> Verdict:
        """Compare the end of the walk with the head row and with the newest anchor."""
        bad = self.bad
        anchored = max(self.anchors, default=0)
        if bad is None and self.seq < max(head_seq, anchored):
            bad = (self.seq + 1, Fault.CUT_OFF)
        elif bad is None and self.seq > head_seq:
            bad = (head_seq + 1, Fault.ADDED)
        elif bad is None and self.seq and self.hash != head_hash:
            bad = (self.seq, Fault.REWRITTEN)
        if bad is None:
            return Verdict(True, self.rows, self.hash)
        return Verdict(False, self.rows, self.hash, *bad)


def walk(links: Iterable[Link], head: Callable[[], tuple[int, str]], anchors: Mapping[int, str]) -> Verdict:
    """Walk a chain that does not grow meanwhile."""
    way = Walk(anchors)
    for link in links:
        if not way.step(link):
            break
    return way.verdict(*head())
