"""What a question finds, as a file: with its filters, written piece by piece."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape, quoteattr

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import shapely
from django.utils.translation import gettext as _

from cityhall.engines.files import sheets
from cityhall.foundation.clock import TAIPEI

from .asking import ask, everything
from .querying import BadQuery, Query
from .reading import Column
from .rules import Kind
from .storing import ROW_GROUP, Stored

MOST_IN_SHEET = 1_048_575
PIECE = 64 * 2**10


class Format(StrEnum):
    """The formats of exports."""

    CSV = "csv"
    JSON = "json"
    NDJSON = "ndjson"
    XML = "xml"
    XLSX = "xlsx"
    ODS = "ods"
    PARQUET = "parquet"
    GEOJSON = "geojson"


MEDIA_TYPES = {
    Format.CSV: "text/csv; charset=utf-8",
    Format.JSON: "application/json",
    Format.NDJSON: "application/x-ndjson",
    Format.XML: "application/xml",
    Format.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    Format.ODS: "application/vnd.oasis.opendocument.spreadsheet",
    Format.PARQUET: "application/vnd.apache.parquet",
    Format.GEOJSON: "application/geo+json",
}


@dataclass(frozen=True)
class Export:
    """A file on its way out."""

    format: Format
    media_type: str
    pieces: Iterator[bytes]


def export(store: Stored, query: Query, format: str, *, bom: bool = True, title: str = "") -> Export:
    """A file of all that the question finds; its page counts only where a limit is asked for, 0 means all.

    CSV has the mark by which Excel knows UTF-8 unless `bom` is False, and no cell that a spreadsheet would take for a
    formula. Raises BadQuery, before anything is written.
    """
    try:
        wanted = Format(format)
    except ValueError:
        raise BadQuery("format", _("格式要是 %(formats)s。") % {"formats": "、".join(Format)}) from None
    query = _with_fields(store, query, wanted)
    if wanted is Format.GEOJSON and not (store.placed and not query.grouped):
        raise BadQuery("format", _("這份資料沒有位置，不能輸出為 GeoJSON。"))
    ask(store, replace(query, limit=0, total=False))  # the question as such is sound
    if wanted in (Format.XLSX, Format.ODS) and not query.limit:
        found = ask(store, replace(query, limit=0, total=True)).total or 0
        if found > MOST_IN_SHEET:
            raise BadQuery("format", _("有 %(count)d 列，試算表最多 %(most)d 列。請改用 CSV 或增加條件。") % {
                "count": found, "most": MOST_IN_SHEET,
            })  # fmt: skip
    return Export(wanted, MEDIA_TYPES[wanted], _WRITERS[wanted](store, query, bom, title))


def _with_fields(store: Stored, query: Query, format: Format) -> Query:
    if query.fields or query.grouped:
        fields = query.fields
        if format is Format.GEOJSON and store.geometry and store.geometry not in fields:
            fields = (*fields, store.geometry)
        return replace(query, fields=fields)
    shapes = format in (Format.PARQUET, Format.GEOJSON)
    return replace(query, fields=tuple(one.name for one in store.columns if shapes or one.kind is not Kind.GEOMETRY))


def _rows(columns: Sequence[Column], batches: Iterable[pa.RecordBatch]) -> Iterator[list[Any]]:
    """Row by row, shapes as shapes."""
    shapes = [n for n, one in enumerate(columns) if one.kind is Kind.GEOMETRY]
    for batch in batches:
        cells = [column.to_pylist() for column in batch.columns]
        for n in shapes:
            cells[n] = list(shapely.from_wkb(np.array(cells[n], dtype=object)))
        for row in zip(*cells, strict=True):
            yield list(row)


def _pieces(parts: Iterable[bytes]) -> Iterator[bytes]:
    """Small parts put together to pieces worth sending."""
    waiting, held = [], 0
    for part in parts:
        waiting.append(part)
        held += len(part)
        if held >= PIECE:
            yield b"".join(waiting)
            waiting, held = [], 0
    if waiting:
        yield b"".join(waiting)


# Sheets


def _plain_cell(value: Any) -> Any:
    """A cell for CSV."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return Decimal(repr(value))
    if isinstance(value, datetime):
        return value.isoformat(" ")
    if isinstance(value, shapely.Geometry):
        return shapely.to_wkt(value, rounding_precision=-1)
    return value


def _sheet_cell(value: Any) -> Any:
    """A cell for a workbook."""
    return value.replace(tzinfo=TAIPEI) if isinstance(value, datetime) else _plain_cell(value)


def _csv(store: Stored, query: Query, bom: bool, title: str) -> Iterator[bytes]:
    with everything(store, query) as (columns, batches):
        rows = ([_plain_cell(value) for value in row] for row in _rows(columns, batches))
        parts = sheets.write_csv([one.name for one in columns], rows)
        mark = next(parts)
        if bom:
            yield mark
        yield from _pieces(parts)


def _book(write: Callable[..., Any]) -> Callable[[Stored, Query, bool, str], Iterator[bytes]]:
    def pieces(store: Stored, query: Query, bom: bool, title: str) -> Iterator[bytes]:
        with everything(store, query) as (columns, batches):
            rows = ([_sheet_cell(value) for value in row] for row in _rows(columns, batches))
            file = write([one.name for one in columns], rows, title=title)
        while piece := file.read(PIECE):
            yield piece

    return pieces


# JSON


def json_value(value: Any) -> Any:
    """A cell as JSON has it: days as ISO text, shapes as GeoJSON."""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, shapely.Geometry):
        return json.loads(shapely.to_geojson(value))
    if isinstance(value, Decimal):
        return float(value)
    return value


def _record(columns: Sequence[Column], row: Sequence[Any]) -> str:
    found = {column.name: json_value(value) for column, value in zip(columns, row, strict=True)}
    return json.dumps(found, ensure_ascii=False, allow_nan=False)


def _listed(begin: str, end: str, between: str, line: Callable[[Sequence[Column], list[Any]], str]) -> Any:
    def pieces(store: Stored, query: Query, bom: bool, title: str) -> Iterator[bytes]:
        def parts() -> Iterator[bytes]:
            yield begin.encode()
            with everything(store, query) as (columns, batches):
                for n, row in enumerate(_rows(columns, batches)):
                    yield ((between if n else "") + line(columns, row)).encode("utf-8", "replace")
            yield end.encode()

        return _pieces(parts())

    return pieces


def _geojson(store: Stored, query: Query, bom: bool, title: str) -> Iterator[bytes]:
    def feature(columns: Sequence[Column], row: list[Any]) -> str:
        found = dict(zip([one.name for one in columns], row, strict=True))
        shape = found.pop(store.geometry, None) if store.geometry else None
        if store.pair and not store.geometry:
            place = (found.get(store.pair[0]), found.get(store.pair[1]))
            shape = None if None in place else shapely.Point(*place)
        properties = json.dumps({name: json_value(value) for name, value in found.items()}, ensure_ascii=False)
        geometry = "null" if shape is None else shapely.to_geojson(shape)
        return f'{{"type": "Feature", "geometry": {geometry}, "properties": {properties}}}'

    if store.pair and not store.geometry:
        query = replace(query, fields=tuple(dict.fromkeys([*query.fields, *store.pair])))
    return _listed('{"type": "FeatureCollection", "features": [', "]}\n", ",\n", feature)(store, query, bom, title)


# XML

_NAME = re.compile(r"[A-Za-z_\u3400-\u9fff][\w.\-\u3400-\u9fff]*")
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def _element(columns: Sequence[Column], row: list[Any]) -> str:
    parts = ["<row>"]
    for column, value in zip(columns, row, strict=True):
        if value is None:
            continue
        shown = (
            shapely.to_wkt(value, rounding_precision=-1) if isinstance(value, shapely.Geometry) else json_value(value)
        )
        text = ("true" if shown else "false") if isinstance(shown, bool) else str(shown)
        text = escape(_FORBIDDEN.sub("\ufffd", text), {"\r": "&#13;"})
        if _NAME.fullmatch(column.name) and not column.name.lower().startswith("xml"):
            parts.append(f"<{column.name}>{text}</{column.name}>")
        else:
            parts.append(f"<field name={quoteattr(_FORBIDDEN.sub('', column.name))}>{text}</field>")
    return "".join([*parts, "</row>"])


# Parquet


def _parquet(store: Stored, query: Query, bom: bool, title: str) -> Iterator[bytes]:
    with tempfile.TemporaryDirectory(prefix="cityhall-export-") as folder:
        path = Path(folder) / "table.parquet"
        with everything(store, query, size=ROW_GROUP) as (columns, batches):
            _write_parquet(path, columns, batches)
        with path.open("rb") as file:
            while piece := file.read(PIECE * 4):
                yield piece


def _write_parquet(path: Path, columns: Sequence[Column], batches: Iterator[pa.RecordBatch]) -> None:
    shape = next((one.name for one in columns if one.kind is Kind.GEOMETRY), "")
    geo = {"version": "1.1.0", "primary_column": shape, "columns": {shape: {"encoding": "WKB", "geometry_types": []}}}
    writer: pq.ParquetWriter | None = None
    try:
        for batch in batches:
            plain = pa.record_batch(batch.columns, names=batch.schema.names)
            if writer is None:
                schema = plain.schema.with_metadata({"geo": json.dumps(geo)} if shape else None)
                writer = pq.ParquetWriter(path, schema, compression="zstd")
            writer.write_batch(plain.replace_schema_metadata(writer.schema.metadata), row_group_size=ROW_GROUP)
        if writer is None:
            empty = pa.schema([pa.field(one.name, pa.string()) for one in columns])
            pq.write_table(empty.empty_table(), path)
    finally:
        if writer is not None:
            writer.close()


_WRITERS: dict[Format, Callable[[Stored, Query, bool, str], Iterator[bytes]]] = {
    Format.CSV: _csv,
    Format.JSON: _listed("[", "]\n", ",\n", _record),
    Format.NDJSON: _listed("", "\n", "\n", _record),
    Format.XML: _listed('<?xml version="1.0" encoding="UTF-8"?>\n<rows>\n', "\n</rows>\n", "\n", _element),
    Format.XLSX: _book(sheets.write_xlsx),
    Format.ODS: _book(sheets.write_ods),
    Format.PARQUET: _parquet,
    Format.GEOJSON: _geojson,
}
