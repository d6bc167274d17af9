"""A petition that begins somewhere else: in a call at the hotline's desk, or at a thing of the city that has a fault.

Who sends the operator to the form declares itself here, by the name of the parameter that brings its reference; the form
is filled in with what it knows, and it is told which petition came of it. Who keeps things that citizens report faults of
declares them by a kind; the citizen's questions then know the place and the category. Petitions know nothing of either.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cityhall.engines.cases.models import Case
from cityhall.engines.identity.models import Account


@dataclass(frozen=True)
class Source:
    """`begin` answers what is filled in, None for a reference it does not know; `filed` the address to go on at."""

    begin: Callable[[uuid.UUID, Account, datetime], Mapping[str, str] | None]
    filed: Callable[[uuid.UUID, Case, Account, datetime], str]


_sources: dict[str, Source] = {}


def declare_source(name: str, source: Source) -> None:
    """Declare where petitions may come from; the app that owns it does it at start."""
    _sources[name] = source


@dataclass(frozen=True)
class Arrival:
    """One reference of a source."""

    name: str
    reference: uuid.UUID
    source: Source


def arrival(given: Mapping[str, str]) -> Arrival | None:
    """What a request brings along; None where it brings nothing that can be read."""
    for name, source in _sources.items():
        try:
            return Arrival(name, uuid.UUID(given[name]), source)
        except (KeyError, ValueError):
            continue
    return None


# ---- things of the city that citizens report faults of ---------------------------------------------------------------


@dataclass(frozen=True)
class Thing:
    """One thing: what citizens call it, where it stands, the category of its faults, how others wrote."""

    name: str
    lon: float
    lat: float
    address: str
    category: str
    examples: Sequence[Any] = ()  # texts, which may be translated later


@dataclass(frozen=True)
class Things:
    """`find` answers the thing of a key, None where there is none; `filed` is told which petition came of it."""

    find: Callable[[str, datetime], Thing | None]
    filed: Callable[[str, Case, datetime], None]


_things: dict[str, Things] = {}


def declare_things(kind: str, things: Things) -> None:
    """Declare things that faults are reported of, by the word that stands in the address of the first question."""
    _things[kind] = things


def thing(kind: str, key: str, at: datetime) -> Thing | None:
    """The thing of a kind and a key."""
    known = _things.get(kind)
    return known.find(key, at) if known else None


def tell_of_thing(kind: str, key: str, case: Case, at: datetime) -> None:
    """A fault of it was reported."""
    if known := _things.get(kind):
        known.filed(key, case, at)
