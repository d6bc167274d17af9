"""The texts that we wrote for this city: what the shipped model learns from, what tries it, what fills the demo city."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from cityhall.engines.classify.model import Text
from cityhall.engines.classify.registry import Row
from cityhall.engines.classify.store import digest

FOLDER = Path(__file__).parent / "texts"
TENTH = 10


@dataclass(frozen=True)
class Parts:
    """No text is in two of them; every category is in each."""

    to_learn: tuple[Row, ...]  # eight tenths
    to_tell: tuple[Row, ...]  # a tenth that, with the next, the demo city's citizens write
    to_test: tuple[Row, ...]  # a tenth kept for the model's own test; no shipped model ever learns from it


def texts() -> Iterator[Row]:
    """All of them."""
    for path in sorted(FOLDER.glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                yield Row(Text(row["subject"], row["body"]), row["category"])


@lru_cache(maxsize=1)
def split() -> Parts:
    """A tenth of each category to test, a tenth to tell, by a digest of the text: the same on every machine."""
    by_category: dict[str, list[Row]] = {}
    for row in texts():
        by_category.setdefault(row.label, []).append(row)
    learn: list[Row] = []
    tell: list[Row] = []
    test: list[Row] = []
    for rows in by_category.values():
        rows.sort(key=lambda row: digest(row.text))
        tenth = round(len(rows) / TENTH)
        test += rows[:tenth]
        tell += rows[tenth : 2 * tenth]
        learn += rows[2 * tenth :]
    return Parts(tuple(learn), tuple(tell), tuple(test))


def to_train_a_city() -> Iterator[Row]:
    """What a city that trains its own model begins with: all but the tenth that tries it."""
    parts = split()
    yield from (*parts.to_learn, *parts.to_tell)
