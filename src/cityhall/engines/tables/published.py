"""Tables that are published, for those who make something of them: a map layer, a choropleth.

Who publishes declares a shelf and says when something on it has changed; who reads asks by key and may listen. Neither
knows the other.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from django.utils.translation import get_language

from .storing import Stored, load


@dataclass(frozen=True)
class Published:
    """One published table as it stands now. `number` and `table` change with each version, `key` never does."""

    key: str
    title: str
    title_en: str
    about: str
    agency: int
    agency_name: str
    number: int
    table: str
    rows: int
    dated_on: date
    days: int | None
    """How often its publisher brings it up to date, in days; None where nothing regular is promised."""
    url: str

    @property
    def label(self) -> str:
        """Its title in the reader's language."""
        return self.title_en if self.title_en and (get_language() or "").startswith("en") else self.title

    @property
    def stored(self) -> Stored:
        """The table itself. Raises NoSuchTable."""
        return load(self.table)


class Shelf(Protocol):
    """Where published tables stand."""

    def find(self, words: str, most: int) -> list[Published]:
        """Those whose words fit, the newest first without any."""

    def get(self, key: str) -> Published | None:
        """The one of a key; None where it is not published (any more)."""


Listener = Callable[[str, datetime], None]
_shelves: list[Shelf] = []
_listeners: list[Listener] = []


def publishes(shelf: Shelf) -> None:
    """Declare where published tables stand, once, at start."""
    if shelf not in _shelves:
        _shelves.append(shelf)


def listen(listener: Listener) -> None:
    """Be told, within the act, of each published table that has another version or is not published any more."""
    if listener not in _listeners:
        _listeners.append(listener)


def changed(key: str, *, at: datetime) -> None:
    """Say that a published table has another version, came or went."""
    for listener in _listeners:
        listener(key, at)


def find(words: str = "", most: int = 50) -> list[Published]:
    """The published tables whose words fit."""
    return [one for shelf in _shelves for one in shelf.find(words, most)][:most]


def get(key: str) -> Published | None:
    """The published table of a key; None where there is none (any more)."""
    return next((one for shelf in _shelves if (one := shelf.get(key)) is not None), None)
