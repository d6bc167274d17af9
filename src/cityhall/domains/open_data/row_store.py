"""The rows of a resource: the table that was read from the newest version that the public has, asked through `engines/tables`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

import shapely

from cityhall.engines.tables import exports, querying, storing
from cityhall.engines.tables.querying import MOST_ROWS, USUAL_ROWS, Query
from cityhall.engines.tables.reading import Column
from cityhall.engines.tables.rules import Kind
from cityhall.engines.tables.storing import Stored

from . import live
from .models import Resource
from .states import ResourceKind

__all__ = ["MOST_ROWS", "TYPES", "USUAL_ROWS", "NoRows", "cell", "dump", "has_rows", "question", "table_of"]
TYPES = {
    Kind.TEXT: "text", Kind.INTEGER: "int", Kind.NUMBER: "numeric", Kind.DATE: "date", Kind.MONTH: "text",
    Kind.TIME: "timestamp", Kind.BOOLEAN: "bool", Kind.GEOMETRY: "geometry",
}  # fmt: skip
"""What CKAN calls each kind of column."""


class NoRows(LookupError):
    """The resource has no table."""


def has_rows(resource: Resource) -> bool:
    """Whether rows can be asked for; of a live resource that is not known before its address was asked."""
    return resource.newest is not None and bool(resource.newest.table)


def table_of(resource: Resource, *, at: datetime) -> Stored:
    """The table of a resource; of a live one what its address says now. Raises NoRows."""
    if resource.kind == ResourceKind.LIVE:
        now = live.look(resource, at=at)
        if now is None or now.store is None:
            raise NoRows(str(resource.reference))
        return now.store
    version = resource.newest
    if version is None or not version.table:
        raise NoRows(str(resource.reference))
    try:
        return storing.load(version.table)
    except storing.NoSuchTable:
        raise NoRows(str(resource.reference)) from None


def question(store: Stored, given: Mapping[str, Any]) -> Query:
    """What a program asks; `q` may name words for single columns, as CKAN has it. Raises BadQuery."""
    words = given.get("q")
    if not isinstance(words, Mapping):
        return querying.parse(given, store)
    query = querying.parse({**given, "q": None}, store)
    parts = querying.parse({"filters": {name: {"contains": word} for name, word in words.items()}}, store)
    return replace(query, filters=(*query.filters, *parts.filters))


def cell(column: Column, value: Any) -> Any:
    """A cell as JSON has it."""
    if column.kind is Kind.GEOMETRY and value is not None:
        value = shapely.from_wkb(bytes(value))
    return exports.json_value(value)


def dump(resource: Resource, format: str, *, at: datetime) -> Iterator[bytes]:
    """The whole table in a format; the bytes themselves where there is no table and they are of that format. Raises NoRows."""
    version = resource.newest
    if has_rows(resource) or resource.kind == ResourceKind.LIVE:
        yield from exports.export(table_of(resource, at=at), Query(limit=0), format).pieces
    elif version is not None and resource.format == format.upper():
        yield version.path.read_bytes()
    else:
        raise NoRows(str(resource.reference))
