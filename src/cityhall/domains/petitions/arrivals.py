"""A petition that is written down in the course of something else, such as a call at the hotline's desk.

Who sends the operator to the form declares itself here, by the name of the parameter that brings its reference; the form
is filled in with what it knows, and it is told which petition came of it. Petitions know nothing of it.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

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
