"""What is counted: the sources that domains declare in their `wiring.py`. Cities add outside systems on the desk."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Text = Any  # a str or a lazy translation


@dataclass(frozen=True)
class Source:
    """A source of events: its key, its name, and what can be done with its subjects."""

    key: str
    label: Text
    acts: Mapping[str, Text] = field(default_factory=dict)  # none: any word is taken
    subjects: Mapping[str, Text] = field(default_factory=dict)  # kinds of subjects
    outside: bool = False  # whether batches of it are imported


class UnknownSource(LookupError):
    """No domain declares this source, and no outside system of that name was added."""


sources: dict[str, Source] = {}


def source(found: Source) -> Source:
    """Declare a source."""
    if sources.get(found.key, found) != found:
        raise ValueError(f"{found.key} is declared twice, differently")
    sources[found.key] = found
    return found
