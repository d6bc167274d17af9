"""The lines of spec/figures.csv: everything that the report prints, built or not."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.conf import settings

from cityhall.engines.figures import registry
from cityhall.engines.figures.registry import Figure
from cityhall.foundation.period import Period


@dataclass(frozen=True)
class Line:
    """One printed figure. It is known by figure, dimension and period."""

    figure: str
    of: str
    section: str
    period_spec: str
    value: str
    unit: str
    kind: str
    precision: str
    printed: str
    how: str
    text: str

    @property
    def period(self) -> Period:
        """The period that the old report speaks of."""
        return Period.parse(self.period_spec)

    @property
    def rows(self) -> int | None:
        """How many rows the report says stand behind the value, where its definition does: won by 4 teams."""
        found = re.search(r"\bby (\d+) ", self.how)
        return int(found[1]) if found else None

    @property
    def declared(self) -> Figure | None:
        """The figure that counts this line; None while it is not built."""
        found = registry.figures.get(self.figure)
        return found if found and (not self.of or self.of in found.of) else None

    @property
    def words(self) -> str:
        """The report's phrase, or what the line is about where it prints none."""
        return self.text or self.how or self.figure


def path() -> Path:
    """Where the specification lies."""
    return Path(settings.BASE_DIR) / "spec" / "figures.csv"


@cache
def lines() -> tuple[Line, ...]:
    """Every line of the specification, in its order."""
    with path().open(encoding="utf-8", newline="") as file:
        return tuple(
            Line(
                row["figure"], row["of"], row["section"], row["period"], row["value"], row["unit"], row["kind"],
                row["precision"], row["printed"], row["how"], row["text"],
            )
            for row in csv.DictReader(file)
        )  # fmt: skip


def lines_of(key: str) -> list[Line]:
    """The lines that print one figure."""
    return [line for line in lines() if line.figure == key]


def built() -> Iterable[Line]:
    """The lines whose figure is counted from records today."""
    return (line for line in lines() if line.declared)
