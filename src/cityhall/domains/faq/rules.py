"""How the lines of an entry are read, and which entries contradict each other. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

ADDRESS = re.compile(r"https?://[^\s<>\"]+$", re.IGNORECASE)
MARKS = re.compile(r"[\W_]+")


@dataclass(frozen=True)
class Link:
    """A page that an entry points to."""

    name: str
    address: str


def lines_of(text: str) -> list[str]:
    """The lines that say something."""
    return [line.strip() for line in text.splitlines() if line.strip()]


def link_in(line: str) -> Link | None:
    """A name and an address behind it, or an address alone; None where a line holds no address."""
    found = ADDRESS.search(line.strip())
    if found is None:
        return None
    return Link(line.strip()[: found.start()].strip() or found[0], found[0])


def asks(wording: str, fold: Callable[[str], str]) -> str:
    """A wording as it is compared: without marks and spaces, in one writing."""
    return MARKS.sub("", fold(wording))
