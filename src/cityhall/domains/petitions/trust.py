"""Whether automatic dispatch can be trusted: what counts as right, how sure that is, and when it stops. Without Django.

Three people have a word on a dispatch that nobody made: the agency that takes it up or sends it back, the desk that sends
it elsewhere, and whoever looks at the week's sample. What nobody has spoken about yet counts neither way (note 07 §6.5,
§6.6). An agency's taking it up is a word, too: if only corrections and the sample counted, every correction would be in
and most of what was right would not, and the share would be far too low.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256

from cityhall.foundation.intervals import wilson


@dataclass(frozen=True)
class Said:
    """What people said of an automatic dispatch."""

    reviewed: str = ""  # RIGHT or WRONG, in the weekly sample
    corrected: bool = False  # the desk sent it elsewhere, or somebody gave it another category
    returned: bool = False  # the agency sent it back
    confirmed: bool = False  # the desk looked, and sent it to the same agency in the same category
    taken_up: bool = False  # the agency gave it to an officer


def is_right(said: Said) -> bool | None:
    """Whether a dispatch was right; None while nobody has said anything.

    The sample's word is the last. A correction counts against it. A return counts against it, unless the desk looked and
    sent it there again: then the agency was wrong, not the dispatch.
    """
    if said.reviewed:
        return said.reviewed == "RIGHT"
    if said.corrected:
        return False
    if said.confirmed:
        return True
    if said.returned:
        return False
    return True if said.taken_up else None


@dataclass(frozen=True)
class Precision:
    """So many right of so many of which somebody spoke."""

    right: int
    of: int

    @property
    def share(self) -> float | None:
        """In per cent; None where there is nothing."""
        return self.right * 100 / self.of if self.of else None

    @property
    def between(self) -> tuple[float, float] | None:
        """Where the true share lies with 95 % confidence (Wilson's score interval, 1927), in per cent."""
        found = wilson(self.right, self.of)
        return None if found is None else (found[0] * 100, found[1] * 100)


def must_stop(precision: Precision, *, floor_percent: int, least: int) -> bool:
    """Whether automatic dispatch stops by itself: enough was said, and too little of it was right."""
    return precision.of >= least and precision.right * 100 < floor_percent * precision.of


def seed_of(week: date, purpose: str = "petitions.sample") -> str:
    """The seed of a week's sample: known to everybody, chosen by nobody."""
    return sha256(f"{purpose}:{week.isoformat()}".encode()).hexdigest()


def drawn(numbers: Sequence[int], most: int, seed: str) -> list[int]:
    """A simple sample without return, the same for the same numbers and seed, in the order of drawing.

    Each number gets a digest with the seed, and the smallest digests are drawn: anybody can do it again by hand.
    """
    return sorted(set(numbers), key=lambda number: sha256(f"{seed}:{number}".encode()).digest())[:most]
