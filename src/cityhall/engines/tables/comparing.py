"""Two versions of a table: what a refresh would change for whoever reads it."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from .reading import Column
from .rules import Kind

WIDER = {(Kind.INTEGER, Kind.NUMBER), (Kind.DATE, Kind.TIME)}
"""From one kind to another that holds every value of the first."""


class Shaped(Protocol):
    """A stored table, or one that was only read."""

    @property
    def rows(self) -> int:
        """How many rows it has."""

    @property
    def columns(self) -> Sequence[Column]:
        """What its rows hold."""


@dataclass(frozen=True)
class Renamed:
    """A column that seems to be the same under another name."""

    old: Column
    new: Column


@dataclass(frozen=True)
class Retyped:
    """A column that holds something else than before."""

    name: str
    old: Kind
    new: Kind

    @property
    def wider(self) -> bool:
        """Whether every value of before is still one."""
        return (self.old, self.new) in WIDER


@dataclass(frozen=True)
class Difference:
    """What is other in a new version."""

    missing: tuple[Column, ...]
    added: tuple[Column, ...]
    renamed: tuple[Renamed, ...]
    retyped: tuple[Retyped, ...]
    reordered: bool
    old_rows: int
    new_rows: int

    @property
    def same_schema(self) -> bool:
        """Whether readers find all columns as before, in the same order."""
        return not (self.missing or self.added or self.renamed or self.retyped or self.reordered)

    @property
    def breaks_readers(self) -> bool:
        """Whether something that was there is gone or means something else: a refresh has to be confirmed."""
        return bool(self.missing or self.renamed or any(not one.wider for one in self.retyped))

    @property
    def shrank(self) -> bool:
        """Whether more than half of the rows are gone, which is seldom meant."""
        return self.new_rows * 2 < self.old_rows


def compare(old: Shaped, new: Shaped) -> Difference:
    """What is other in `new`."""
    before = {_key(one.name): one for one in old.columns}
    after = {_key(one.name): one for one in new.columns}
    gone = [one for key, one in before.items() if key not in after]
    come = [one for key, one in after.items() if key not in before]
    renamed = _renamed(old.columns, new.columns, gone, come)
    gone = [one for one in gone if one not in [pair.old for pair in renamed]]
    come = [one for one in come if one not in [pair.new for pair in renamed]]
    both = [key for key in before if key in after]
    retyped = [
        Retyped(after[key].name, before[key].kind, after[key].kind)
        for key in both
        if before[key].kind is not after[key].kind
    ]
    order = [key for key in after if key in before]
    return Difference(tuple(gone), tuple(come), tuple(renamed), tuple(retyped), both != order, old.rows, new.rows)


def _key(name: str) -> str:
    return unicodedata.normalize("NFKC", name).casefold()


def _renamed(
    old: Sequence[Column], new: Sequence[Column], gone: Sequence[Column], come: Sequence[Column]
) -> list[Renamed]:
    """A column that is gone and one that has come, of the same kind, between the same neighbours: the same one."""
    found: list[Renamed] = []
    for one in gone:
        for other in come:
            if one.kind is other.kind and _beside(old, one, new, other) and other not in [pair.new for pair in found]:
                found.append(Renamed(one, other))
                break
    return found


def _beside(old: Sequence[Column], one: Column, new: Sequence[Column], other: Column) -> bool:
    def neighbours(columns: Sequence[Column], which: Column) -> tuple[str | None, str | None]:
        at = list(columns).index(which)
        before = _key(columns[at - 1].name) if at else None
        after = _key(columns[at + 1].name) if at + 1 < len(columns) else None
        return before, after

    mine, theirs = neighbours(old, one), neighbours(new, other)
    return mine == theirs or (len(old) == len(new) and list(old).index(one) == list(new).index(other) and (
        mine[0] == theirs[0] or mine[1] == theirs[1]))  # fmt: skip
