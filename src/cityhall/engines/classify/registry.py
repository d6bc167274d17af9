"""What domains let a model learn, and from which labelled texts."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from .model import Text


class UnknownPurpose(LookupError):
    """No domain declares this purpose."""


@dataclass(frozen=True)
class Row:
    """A text and what a person called it: who, and when, where that is known."""

    text: Text
    label: str
    by: int | None = field(default=None, compare=False)
    at: datetime | None = field(default=None, compare=False)
    sure: bool = field(default=False, compare=False)  # looked at a second time, and found to be right


@dataclass(frozen=True)
class Source:
    """Where labelled texts come from; a later one's word counts where two speak of the same text."""

    order: int
    name: str
    rows: Callable[[], Iterable[Row]]
    trusted: bool = False  # some of its texts try every version and teach none


@dataclass(frozen=True)
class Purpose:
    """What is told apart, and which labels are in use on a day."""

    key: str
    label: Any
    labels_in_use: Callable[[date], Collection[str]]
    by_itself: bool = True  # whether what has been watched long enough goes live without anybody

    @property
    def sources(self) -> list[Source]:
        """Where its labelled texts come from, in their order."""
        return sorted(_sources.get(self.key, []), key=lambda one: one.order)


purposes: dict[str, Purpose] = {}
_sources: dict[str, list[Source]] = {}


def declare(key: str, *, label: Any, labels_in_use: Callable[[date], Collection[str]], by_itself: bool = True) -> None:
    """Declare a purpose, at start. With `by_itself=False` its domain decides when a version goes live."""
    purposes[key] = Purpose(key, label, labels_in_use, by_itself)


def source(key: str, name: str, rows: Callable[[], Iterable[Row]], *, order: int, trusted: bool = False) -> None:
    """Let a purpose learn from more texts; apps may do so before the purpose's own app is ready."""
    _sources.setdefault(key, []).append(Source(order, name, rows, trusted))


def purpose(key: str) -> Purpose:
    """What was declared. Raises UnknownPurpose."""
    try:
        return purposes[key]
    except KeyError:
        raise UnknownPurpose(key) from None
