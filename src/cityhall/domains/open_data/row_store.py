"""The rows of a resource, for the doors that answer with them: asked of whoever keeps tables, by the digest of one.

The catalogue keeps bytes. What reads them as tables declares itself here (`use`); until it does, and for a version that has
no table, there are no rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from .models import Resource, ResourceVersion

MOST_ROWS = 32_000
USUAL_ROWS = 100


@dataclass(frozen=True)
class RowQuery:
    """Which rows: each filter is a column with a value or several of them."""

    filters: Mapping[str, Any] = field(default_factory=dict)
    q: str = ""
    fields: Sequence[str] = ()
    sort: Sequence[tuple[str, bool]] = ()
    """Columns, each with whether it runs downwards."""
    limit: int = USUAL_ROWS
    offset: int = 0
    count: bool = True


@dataclass(frozen=True)
class Rows:
    """An answer: columns with their types, rows, and how many there are in all (None where nobody asked)."""

    columns: Sequence[tuple[str, str]]
    records: Sequence[Mapping[str, Any]]
    total: int | None


class UnknownColumn(LookupError):
    """The table has no column of that name."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


class RowStore(Protocol):
    """Who keeps tables by their digests."""

    def ask(self, table: str, query: RowQuery) -> Rows:
        """The rows of a table. Raises UnknownColumn."""
        ...

    def dump(self, table: str, format: str) -> Iterable[bytes]:
        """The whole table as csv, json or xml."""
        ...


_store: RowStore | None = None


def use(store: RowStore | None) -> None:
    """Declare who keeps tables."""
    global _store
    _store = store


class NoRows(LookupError):
    """The resource has no table."""


def _table(resource: Resource) -> tuple[RowStore, ResourceVersion]:
    version = resource.newest
    if _store is None or version is None or not version.table:
        raise NoRows(str(resource.reference))
    return _store, version


def has_rows(resource: Resource) -> bool:
    """Whether rows can be asked for."""
    return _store is not None and resource.newest is not None and bool(resource.newest.table)


def ask(resource: Resource, query: RowQuery) -> Rows:
    """The rows of a resource's newest version. Raises NoRows, UnknownColumn."""
    store, version = _table(resource)
    return store.ask(version.table, query)


def dump(resource: Resource, format: str) -> Iterator[bytes]:
    """The whole table in a format; the bytes themselves where they are of that format already. Raises NoRows."""
    version = resource.newest
    if has_rows(resource):
        store, version = _table(resource)
        yield from store.dump(version.table, format)
    elif version is not None and resource.format == format.upper():
        yield version.path.read_bytes()
    else:
        raise NoRows(str(resource.reference))
