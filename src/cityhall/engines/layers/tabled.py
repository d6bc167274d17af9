"""A layer from a table that is kept by its digest (`engines/tables`): the table never changes, so the digest is its version."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import shapely

from cityhall.engines.layers.registry import GEOMETRY, ID, Column, Kind, Source, Text, UnfitTable
from cityhall.engines.tables.rules import Kind as CellKind
from cityhall.engines.tables.storing import Stored

MOST_ROWS = 300_000
"""Of one layer: each process that shows it keeps it in memory."""
ZONE = "Asia/Taipei"
KINDS: dict[CellKind, Kind] = {
    CellKind.TEXT: "string", CellKind.INTEGER: "integer", CellKind.NUMBER: "number", CellKind.DATE: "date",
    CellKind.MONTH: "string", CellKind.TIME: "datetime", CellKind.BOOLEAN: "boolean",
}  # fmt: skip


def columns_of(stored: Stored) -> dict[str, Column]:
    """The properties of the layer, by the names of the table's columns; what a layer needs for itself is called otherwise."""
    found: dict[str, Column] = {}
    taken = {ID, GEOMETRY}
    for one in stored.columns:
        if one.kind is CellKind.GEOMETRY:
            continue
        name = one.name
        while name in taken:
            name += "_"
        taken.add(name)
        found[one.name] = Column(name, KINDS[one.kind], one.header or one.name)
    return found


def from_table(stored: Stored, *, code: str, title: Text, about: Text = "") -> Source:
    """The layer of a table with shapes or with longitude and latitude. Raises UnfitTable for one without, or too long.

    A table with one column of days has them as its time.
    """
    if not stored.placed:
        raise UnfitTable("the table has no places")
    if stored.rows > MOST_ROWS:
        raise UnfitTable("the table has too many rows")
    columns = columns_of(stored)
    times = [one.name for one in columns.values() if one.kind in ("date", "datetime")]

    def read() -> pa.Table:
        places = [stored.geometry] if stored.geometry else list(stored.pair or ())
        table = pq.read_table(stored.path, columns=list(dict.fromkeys(["_id", *columns, *filter(None, places)])))
        arrays = [_cells(table[name], one.kind) for name, one in columns.items()]
        shapes = table[stored.geometry] if stored.geometry else _points(table, stored)
        names = [ID, *(one.name for one in columns.values()), GEOMETRY]
        return pa.table([table["_id"], *arrays, shapes], names=names).cast(source.schema())

    source = Source(
        code, title, tuple(columns.values()), lambda: stored.digest, read, time=times[0] if len(times) == 1 else "",
        about=about, numbered=True,
    )  # fmt: skip
    return source


def _cells(column: pa.ChunkedArray, kind: Kind) -> pa.ChunkedArray:
    """Instants with their zone, which the table's have not: they are the city's."""
    return pc.assume_timezone(column, ZONE) if kind == "datetime" else column


def _points(table: pa.Table, stored: Stored) -> pa.Array:
    """A point for each row that has both numbers."""
    lon, lat = (np.asarray(table[name].to_numpy(), dtype=float) for name in stored.pair or ())
    there = np.isfinite(lon) & np.isfinite(lat)
    found: Any = np.full(len(lon), None, dtype=object)
    found[there] = shapely.to_wkb(shapely.points(lon[there], lat[there]))
    return pa.array(found, pa.binary())
