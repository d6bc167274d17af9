"""How a letter leaves: one carrier a channel.

A carrier hands a letter over and returns the other side's answer, or raises what happened. It calls `offered` at the
last moment at which the other side cannot yet have accepted: what breaks before it was surely not delivered, what
breaks after it nobody can know.
"""

from collections.abc import Callable
from typing import Protocol

from cityhall.engines.letters.models import Letter


class NotAccepted(Exception):
    """Surely not delivered; trying again may help."""


class RefusedForGood(Exception):
    """The other side will never take this letter: no such mailbox, no such number."""


class Carrier(Protocol):
    """One channel's way out."""

    def __call__(self, letter: Letter, offered: Callable[[], None]) -> str:
        """Hand the letter over; return the other side's words of acceptance."""
        ...


_carriers: dict[str, Carrier] = {}


def carries(channel: str, carrier: Carrier) -> None:
    """Put a carrier in charge of a channel."""
    _carriers[channel] = carrier


def carrier_of(channel: str) -> Carrier:
    """The carrier in charge."""
    return _carriers[channel]
