"""What may follow what, who counts as having come, what a checklist still lacks. Pure: asks no database."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class Move(StrEnum):
    """The steps of a gathering."""

    CHANGE = "CHANGE"
    INVITE = "INVITE"
    HOLD = "HOLD"
    FIND = "FIND"
    MINUTE = "MINUTE"
    CLOSE = "CLOSE"
    CANCEL = "CANCEL"


MOVES: Mapping[Move, frozenset[str]] = {
    Move.CHANGE: frozenset({"PLANNED", "INVITED"}),
    Move.INVITE: frozenset({"PLANNED", "INVITED"}),
    Move.HOLD: frozenset({"PLANNED", "INVITED"}),
    Move.FIND: frozenset({"HELD", "MINUTED"}),
    Move.MINUTE: frozenset({"HELD", "MINUTED", "CLOSED"}),
    Move.CLOSE: frozenset({"HELD", "MINUTED"}),
    Move.CANCEL: frozenset({"PLANNED", "INVITED"}),
}
"""From which states each step leads on. Minutes are corrected even after the end; both versions are kept."""


def may(move: Move, state: str) -> bool:
    """Whether the step is possible from there."""
    return state in MOVES[move]


def next_number(taken: Iterable[int]) -> int:
    """次別: one more than the highest of the year. What was cancelled gives its number back."""
    return max(taken, default=0) + 1


@dataclass(frozen=True)
class Came:
    """One line of the attendance: whether somebody came, and how many."""

    presence: str
    people: int = 1
    reason: str = ""


class Gap(StrEnum):
    """What an attendance lacks."""

    UNKNOWN = "UNKNOWN"
    NO_REASON = "NO_REASON"
    NOBODY = "NOBODY"


def gap_of(line: Came, *, needs_reason: bool) -> Gap | None:
    """What is missing of a line: whoever leads must say why somebody else came in their place."""
    if not line.presence:
        return Gap.UNKNOWN
    if line.presence == "DEPUTY" and needs_reason and not line.reason.strip():
        return Gap.NO_REASON
    return Gap.NOBODY if line.presence != "ABSENT" and line.people < 1 else None


def attendance(lines: Iterable[Came]) -> int:
    """人次: everybody who came, in person or in somebody's place."""
    return sum(line.people for line in lines if line.presence in {"PRESENT", "DEPUTY"})


class Unchecked(StrEnum):
    """Why a checklist is not whole."""

    NO_VERDICT = "NO_VERDICT"
    NO_NOTE = "NO_NOTE"


def unchecked(lines: Collection[str], marks: Mapping[str, tuple[str, str]]) -> dict[str, Unchecked]:
    """What each line of a checklist still lacks: a verdict, or words where something is wanting."""
    found = {}
    for line in lines:
        verdict, note = marks.get(line, ("", ""))
        if not verdict:
            found[line] = Unchecked.NO_VERDICT
        elif verdict == "WANTING" and not note.strip():
            found[line] = Unchecked.NO_NOTE
    return found


# ---- the calendar feed (RFC 5545) ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Entry:
    """One gathering as a calendar shows it."""

    uid: str
    title: str
    starts_at: datetime
    ends_at: datetime
    changed_at: datetime
    version: int
    place: str = ""
    words: str = ""
    url: str = ""
    cancelled: bool = False


LINE = 75
"""Bytes of a line; what is longer goes on in the next one, behind a space."""
PRODUCT = "-//CityHall//gatherings//ZH"


def escaped(text: str) -> str:
    """Text as a value: commas, semicolons, backslashes and new lines mean themselves."""
    plain = text.replace("\r\n", "\n").replace("\r", "\n")
    plain = "".join(one for one in plain if one == "\n" or ord(one) >= 32)
    for one in "\\;,":
        plain = plain.replace(one, f"\\{one}")
    return plain.replace("\n", "\\n")


def folded(line: str) -> str:
    """A line in pieces of at most 75 bytes, no letter cut in two."""
    pieces: list[str] = []
    piece, size = "", 0
    for letter in line:
        width = len(letter.encode())
        if size + width > LINE - bool(pieces):
            pieces.append(piece)
            piece, size = "", 0
        piece, size = piece + letter, size + width
    return "\r\n ".join([*pieces, piece])


def _utc(instant: datetime) -> str:
    return (instant - (instant.utcoffset() or timedelta())).strftime("%Y%m%dT%H%M%SZ")


def feed(entries: Iterable[Entry], *, name: str) -> str:
    """A calendar that programs subscribe to."""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        f"PRODID:{PRODUCT}",
        "CALSCALE:GREGORIAN",
        f"X-WR-CALNAME:{escaped(name)}",
    ]
    for one in entries:
        lines += [
            "BEGIN:VEVENT", f"UID:{one.uid}", f"DTSTAMP:{_utc(one.changed_at)}", f"SEQUENCE:{one.version}",
            f"DTSTART:{_utc(one.starts_at)}", f"DTEND:{_utc(one.ends_at)}", f"SUMMARY:{escaped(one.title)}",
        ]  # fmt: skip
        optional = (("LOCATION", one.place), ("DESCRIPTION", one.words))
        lines += [f"{key}:{escaped(value)}" for key, value in optional if value]
        lines += [f"URL:{one.url}"] if one.url else []
        lines += [f"STATUS:{'CANCELLED' if one.cancelled else 'CONFIRMED'}", "END:VEVENT"]
    return "\r\n".join(folded(line) for line in [*lines, "END:VCALENDAR"]) + "\r\n"
