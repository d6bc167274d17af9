"""`@sentence` ties a rule or an act to the report's own words, so that a search for them ends at the code.

Fragments are quoted from the report and have at most 30 characters.
"""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

LONGEST = 30
Target = TypeVar("Target", bound=Callable[..., Any])


@dataclass(frozen=True)
class Sentence:
    """One fragment of the report and the code that carries it out."""

    section: str
    words: str
    target: Any

    @property
    def file(self) -> Path:
        return Path(inspect.getsourcefile(inspect.unwrap(self.target)) or "")

    @property
    def line(self) -> int:
        return inspect.getsourcelines(inspect.unwrap(self.target))[1]


registry: list[Sentence] = []


def sentence(section: str, words: str) -> Callable[[Target], Target]:
    """Mark the function or class that makes a sentence of the report true."""
    if not words or len(words) > LONGEST:
        raise ValueError(f"a fragment has 1 to {LONGEST} characters: {words!r}")

    def mark(target: Target) -> Target:
        registry.append(Sentence(section, words, target))
        return target

    return mark
