"""A layer from a GeoParquet file that is kept by its digest: the file never changes, so the digest is its version."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from cityhall.engines.layers.registry import GEOMETRY, ID, Column, Kind, Source, Text, UnfitTable

DEGREES = {"OGC:CRS84", "EPSG:4326"}
"""Systems whose GeoParquet coordinates are longitude and latitude (the format keeps that order whatever a code says)."""


def from_parquet(path: Path, *, digest: str, code: str, title: Text, time: str = "", about: Text = "") -> Source:
    """The layer of a GeoParquet file in degrees. Raises UnfitTable for a file without shapes or in another system."""
    schema = pq.read_schema(path)
    geometry = _geometry(schema)
    names = [
        name for name in schema.names if name not in (geometry, ID) and not pa.types.is_struct(schema.field(name).type)
    ]
    columns = tuple(Column(name, kind_of(schema.field(name).type), name) for name in names)
    numbered = ID not in schema.names or pa.types.is_integer(schema.field(ID).type)

    def read() -> pa.Table:
        wanted = [*([ID] if ID in schema.names else []), *names, geometry]
        table = pq.read_table(path, columns=wanted)
        if ID not in schema.names:
            table = table.add_column(0, ID, pa.array(range(1, table.num_rows + 1), pa.int64()))
        return table.rename_columns([GEOMETRY if name == geometry else name for name in table.column_names]).cast(
            source.schema()
        )

    source = Source(code, title, columns, lambda: digest, read, time=time, about=about, numbered=numbered)
    return source


def kind_of(kind: pa.DataType) -> Kind:
    """What a column of this type is to readers; what has no kind of its own is a text."""
    if pa.types.is_boolean(kind):
        return "boolean"
    if pa.types.is_integer(kind):
        return "integer"
    if pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        return "number"
    if pa.types.is_date(kind):
        return "date"
    return "datetime" if pa.types.is_timestamp(kind) else "string"


def _geometry(schema: pa.Schema) -> str:
    """The column of shapes that the file's own description names."""
    said: dict[str, Any] = json.loads((schema.metadata or {}).get(b"geo", b"{}"))
    name = str(said.get("primary_column", ""))
    about = said.get("columns", {}).get(name)
    if about is None or name not in schema.names:
        raise UnfitTable("the file names no column of shapes")
    if about.get("encoding") != "WKB":
        raise UnfitTable("shapes are not written as WKB")
    crs = about.get("crs")
    if crs is not None:  # none said means CRS84
        code = crs.get("id", {})
        if f"{code.get('authority')}:{code.get('code')}" not in DEGREES:
            raise UnfitTable("shapes are not in degrees")
    return name
