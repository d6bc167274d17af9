"""Topics of which people may be told: declared by domains at start."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any


@dataclass(frozen=True)
class News:
    """One thing that happened: the day, a line in the reader's language, and its page without the site's address."""

    on: date
    line: str
    url: str


@dataclass(frozen=True)
class Topic:
    """Something that can be followed. A subject says which: `parking-001`, an agency's code, a query."""

    key: str
    label: Any
    name: Callable[[str], str | None]
    """What a subject is called in the reader's language; None once it is there no more."""
    page: Callable[[str], str]
    """The page of a subject, without the site's address."""
    news: Callable[[str, date, date], Sequence[News]]
    """What happened on some days, both in, the newest first."""
    confirmed: Callable[[str, datetime], None] | None = None
    """What follows, in the same transaction, when somebody's mailbox has shown itself for a subject."""
    digests: bool = True
    """Whether news is mailed by day; a topic without tells its subscribers itself."""
    done: Any = ""
    """What is said on the subject's page once the mailbox has shown itself, where it was asked for more than news."""


topics: dict[str, Topic] = {}


def topic(declared: Topic) -> Topic:
    """Declare what can be followed."""
    if topics.get(declared.key, declared) is not declared:
        raise ValueError(f"{declared.key} is declared twice")
    topics[declared.key] = declared
    return declared
