"""Schemes as domains declare them: the first version, until a city sets its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from .rules import Scheme, Weight, scheme_faults

Text = Any  # a str or a lazy translation


class UnknownScheme(LookupError):
    """No app declares this key."""


@dataclass(frozen=True)
class Line:
    """One criterion in both languages, with what to look at."""

    code: str
    points: int
    name: str
    name_en: str
    about: str
    about_en: str


@dataclass(frozen=True)
class Declared:
    """A scheme: what it is for, and its first version."""

    key: str
    label: Text
    since: date
    source: str
    lines: tuple[Line, ...]
    most: int
    reason_below: int


_schemes: dict[str, Declared] = {}


def as_rule(lines: Sequence[Line], most: int, reason_below: int) -> Scheme:
    """Written lines as the rules see them."""
    return Scheme(tuple(Weight(one.code, one.points) for one in lines), most, reason_below)


def declare(
    key: str, label: Text, *, since: date, source: str, lines: Sequence[Line], most: int = 5, reason_below: int = 0
) -> None:
    """Declare a scheme. Its first version is written into the database when it is first asked for."""
    if faults := scheme_faults(as_rule(lines, most, reason_below)):
        raise ValueError(f"{key}: {', '.join(faults)}")
    _schemes[key] = Declared(key, label, since, source, tuple(lines), most, reason_below)


def declared(key: str) -> Declared:
    """What was declared. Raises UnknownScheme."""
    try:
        return _schemes[key]
    except KeyError:
        raise UnknownScheme(key) from None
