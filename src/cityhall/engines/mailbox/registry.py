"""Who reads the mail that no machine wrote, and whose addresses are ours: declared by the domains."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Model

from .models import MailMessage
from .parsing import Mail
from .states import Fate, Note, Why


@dataclass(frozen=True)
class Verdict:
    """What a reader makes of a message."""

    fate: Fate
    why: Why
    about: Model | None = None
    about_key: tuple[str, str] = ("", "")  # the same by kind and key, where the record itself is not at hand
    detail: str = ""
    notes: tuple[Note, ...] = ()
    payload: dict[str, Any] = field(default_factory=dict)


Reader = Callable[[MailMessage, Mail, datetime], Verdict | None]
Addresses = Callable[[], frozenset[str]]


@dataclass(frozen=True)
class Mailbox:
    """A folder of a mail server that is read; `address` is that of a further mailbox of ours, empty for the city's."""

    host: str
    port: int
    user: str
    password: str = field(repr=False)
    folder: str = "INBOX"
    move: str = ""
    tls: bool = True
    starttls: bool = False
    address: str = ""

    @property
    def name(self) -> str:
        """What the folder is called in our records: no password."""
        return f"{self.user}@{self.host}:{self.port}/{self.folder}"[:300]


Boxes = Callable[[], list[Mailbox]]

_readers: list[tuple[int, Reader]] = []
_refusals: set[type[Exception]] = set()
_addresses: list[Addresses] = []
_boxes: list[Boxes] = []


def reads(reader: Reader, *, order: int = 100, refused: tuple[type[Exception], ...] = ()) -> None:
    """Declare a reader: the first, in order, that gives a verdict decides; without any a person does.

    What it raises of the kinds `refused` undoes what it did, and a person decides; the sentence is kept.
    """
    _refusals.update(refused)
    if all(one is not reader for _order, one in _readers):
        _readers.append((order, reader))


def readers() -> list[Reader]:
    """Those who are asked, in order."""
    return [one for _order, one in sorted(_readers, key=lambda pair: pair[0])]


def refusals() -> tuple[type[Exception], ...]:
    """What readers raise when they cannot do what a message asks for."""
    return tuple(_refusals)


def receives(addresses: Addresses) -> None:
    """Declare further addresses of ours at which mail is taken."""
    if addresses not in _addresses:
        _addresses.append(addresses)


def further_addresses() -> frozenset[str]:
    """All of them."""
    return frozenset().union(*(one() for one in _addresses))


def reads_from(boxes: Boxes) -> None:
    """Declare further mailboxes that are read beside the city's own."""
    if boxes not in _boxes:
        _boxes.append(boxes)


def further_boxes() -> list[Mailbox]:
    """All of them."""
    return [box for boxes in _boxes for box in boxes()]
