"""Which layers there are, declared by the domains: one Arrow table each, with a shape for every row.

    declare(Source("villages", _("村里界"), columns=(Column("name", "string", _("村里名稱")), …), version=…, read=…))

A table has a column of ids, a column of shapes (WKB, longitude and latitude in CRS84) and the columns that are named.
`version` is one cheap question whose answer changes with the content; `read` is asked once for each answer.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import pyarrow as pa

Text = Any  # a str or a lazy translation
Kind = Literal["string", "integer", "number", "boolean", "date", "datetime"]
ID, GEOMETRY = "id", "geometry"

ARROW: dict[str, pa.DataType] = {
    "string": pa.string(),
    "integer": pa.int64(),
    "number": pa.float64(),
    "boolean": pa.bool_(),
    "date": pa.date32(),
    "datetime": pa.timestamp("us", tz="UTC"),
}


class UnknownLayer(LookupError):
    """No domain declares a layer of this code."""


class UnfitTable(Exception):
    """What a source gave is no layer: a column is missing, an id comes twice, a shape is none."""


@dataclass(frozen=True)
class Column:
    """One property of the features."""

    name: str
    kind: Kind
    title: Text = ""


@dataclass(frozen=True)
class Source:
    """A layer's content. `time` names the column that says when a feature holds; `about` says how it is made."""

    code: str
    title: Text
    columns: tuple[Column, ...]
    version: Callable[[], str]
    read: Callable[[], pa.Table]
    time: str = ""
    about: Text = ""
    numbered: bool = False  # ids are whole numbers, else texts

    def column(self, name: str) -> Column | None:
        """The column of a name."""
        return next((one for one in self.columns if one.name == name), None)

    def schema(self) -> pa.Schema:
        """What a table of this source looks like."""
        fields = [(ID, pa.int64() if self.numbered else pa.string())]
        return pa.schema(
            [*fields, *((one.name, ARROW[one.kind]) for one in self.columns), (GEOMETRY, pa.binary())]
        )  # fmt: skip


sources: dict[str, Source] = {}
Find = Callable[[str], "Source | None"]
_finders: list[Find] = []


def declare(source: Source) -> Source:
    """Declare a layer; the domain that knows it does so when the program starts."""
    if source.time and (column := source.column(source.time)) and column.kind not in ("date", "datetime"):
        raise ValueError(f"{source.code}: {source.time} is no time")
    sources[source.code] = source
    return source


def found_by(find: Find) -> None:
    """Declare who knows layers that nobody declares one by one: those of files, of which there may be thousands."""
    if find not in _finders:
        _finders.append(find)


def source(code: str) -> Source:
    """The layer of a code. Raises UnknownLayer."""
    found = sources.get(code) or next((one for find in _finders if (one := find(code)) is not None), None)
    if found is None:
        raise UnknownLayer(code)
    return found
