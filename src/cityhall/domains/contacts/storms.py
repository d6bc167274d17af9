"""Storms: many more calls about one thing than usual. A rule over counts; nothing of the world is asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt


@dataclass(frozen=True)
class Limits:
    """From when on it is a storm: so many arrivals at least, and so many times what is usual."""

    least: int
    times: float


@dataclass(frozen=True)
class Storm:
    """What comes in much more than usual: arrivals now, and what would be usual."""

    about: str
    now: int
    usual: float

    @property
    def factor(self) -> float:
        """How many times the usual; the arrivals themselves where nothing is usual."""
        return self.now / max(self.usual, 1.0)


def storms(now: Mapping[str, int], usual: Mapping[str, float], limits: Limits) -> list[Storm]:
    """The things that come in so much more than usual that chance does not explain it, the greatest first.

    Beyond the dated factor the arrivals must exceed the usual by three times its own chance variation (the root of a
    count), so that two calls after none are no storm and a busy line needs no greater factor than a quiet one.
    """
    found = []
    for about, many in now.items():
        expected = max(usual.get(about, 0.0), 0.0)
        by_chance = expected + 3 * sqrt(max(expected, 1.0))
        if about and many >= limits.least and many >= limits.times * expected and many > by_chance:
            found.append(Storm(about, many, expected))
    return sorted(found, key=lambda one: (-one.factor, -one.now, one.about))
