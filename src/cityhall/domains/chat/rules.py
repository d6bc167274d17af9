"""Decisions of the text service: what is dangerous, who may write by itself, when a silence ends a conversation. Pure."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum

LONGEST = 2000
PRESENT_SECONDS = 90
"""An operator who was not seen so long is not there, whatever they had switched on."""
MOST_A_MINUTE = 30
"""Messages of one citizen; more is no conversation."""


class Service(StrEnum):
    """Whether somebody can answer now."""

    OPEN = "OPEN"
    CLOSED = "CLOSED"  # out of hours
    NOBODY = "NOBODY"  # within hours, and no operator there


AUTOMATIC: Mapping[str, str] = {"BOT": "BOT", "WAITING": "SYSTEM", "LEFT": "SYSTEM", "CLOSED": "SYSTEM"}
"""Who alone may write without a person having asked for it, by state. With an operator there, nobody."""


def may_write(state: str, speaker: str) -> bool:
    """Whether bot or system may write a message of its own in a state: one owner each, so that none is doubled."""
    return AUTOMATIC.get(state) == speaker


def tidy(text: str) -> str:
    """A message as it is kept: no control characters but line breaks, no blanks around it."""
    plain = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(char for char in plain if char == "\n" or unicodedata.category(char) not in ("Cc", "Cs")).strip()


def language_of(text: str) -> str:
    """The language in which somebody began: English for Latin letters without a Chinese one."""
    letters = [char for char in text if char.isalpha()]
    return "en" if letters and all(char.isascii() for char in letters) else "zh-hant"


def service(*, within_hours: bool, present: int) -> Service:
    """Both conditions: the hours, and that somebody is there."""
    if not within_hours:
        return Service.CLOSED
    return Service.OPEN if present else Service.NOBODY


def dangers(text: str, words: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """The emergency numbers that a text calls for, in the order of `words`; blanks and width do not hide a word."""
    plain = "".join(unicodedata.normalize("NFKC", text).lower().split())
    return tuple(
        number for number, listed in words.items() if any("".join(one.lower().split()) in plain for one in listed)
    )


def idle(state: str, spoke_by: str, spoke_at: datetime, *, now: datetime, minutes: int) -> bool:
    """Whether silence ends a conversation: only where it is the citizen's turn. Whoever waits for us is not sent away."""
    if state == "WAITING" or (state == "PERSON" and spoke_by == "CITIZEN"):
        return False
    return state in ("BOT", "PERSON") and now - spoke_at >= timedelta(minutes=minutes)


def gone(seen_at: datetime, *, now: datetime, minutes: int) -> bool:
    """Whether somebody in the queue closed their window: their page asks for news every few seconds."""
    return now - seen_at >= timedelta(minutes=minutes)
