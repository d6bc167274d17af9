"""One Parquet file a table: its rows in their order, numbered from 1, found by the digest of the file."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import shapely

from .duck import folder, path_of
from .reading import ARROW, Column, Reading, Told, _silent
from .report import Problem
from .rules import Kind

ROW_GROUP = 20_000
FORMAT = 1
KEY = b"cityhall.table"
MOST_REPEATED = 2_000
"""Different values of a sample up to which a column is kept as a dictionary."""


class CannotStore(Exception):
    """Something stands in the way: the reading's problems say what."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("; ".join(one.sentence for one in problems[:3]))
        self.problems = problems


class NoSuchTable(Exception):
    """No table has that digest."""


@dataclass(frozen=True)
class Stored:
    """A table that is kept: what it holds, and under which digest."""

    digest: str
    rows: int
    columns: tuple[Column, ...]
    size: int
    pair: tuple[str, str] | None = None
    geometry: str | None = None
    crs: int | None = None
    bounds: tuple[float, float, float, float] | None = None
    """West, south, east and north of everything, where the table has places."""
    home: Path | None = None

    @property
    def path(self) -> Path:
        """Where it lies."""
        return (self.home / self.digest[:2] / f"{self.digest}.parquet") if self.home else path_of(self.digest)

    def column(self, name: str) -> Column | None:
        """A column by its name; names differ by more than upper and lower case."""
        folded = name.casefold()
        return next((column for column in self.columns if column.name.casefold() == folded), None)

    @property
    def placed(self) -> bool:
        """Whether its rows can be shown on a map."""
        return bool(self.pair or self.geometry)


def _schema(reading: Reading) -> pa.Schema:
    fields = [pa.field("_id", pa.int64(), nullable=False)]
    fields += [pa.field(one.name, ARROW[one.kind], metadata={"kind": one.kind.value}) for one in reading.schema]
    if reading.geometry:
        corner = [pa.field(name, pa.float64()) for name in ("xmin", "ymin", "xmax", "ymax")]
        fields.append(pa.field("bbox", pa.struct(corner)))
    fields.append(pa.field("_search", pa.string()))
    return pa.schema(fields)


class _Bounds:
    """The stretch of everything, and the kinds of shapes."""

    def __init__(self) -> None:
        self.least: list[float] = [float("inf")] * 2
        self.most: list[float] = [float("-inf")] * 2
        self.kinds: set[str] = set()

    def add(self, west: Any, south: Any, east: Any, north: Any) -> None:
        with np.errstate(all="ignore"):
            for at, (low, high) in enumerate(((west, east), (south, north))):
                low, high = low[np.isfinite(low)], high[np.isfinite(high)]
                if len(low) and len(high):
                    self.least[at], self.most[at] = min(self.least[at], low.min()), max(self.most[at], high.max())

    @property
    def all(self) -> tuple[float, float, float, float] | None:
        if not all(np.isfinite([*self.least, *self.most])):
            return None
        west, south, east, north = (float(one) for one in (*self.least, *self.most))
        return west, south, east, north


def write(reading: Reading, target: Path | None = None, *, told: Told = _silent) -> Stored:
    """Keep a reading: written aside, then renamed to its digest; the same rows are kept once.

    Raises CannotStore when the reading has problems.
    """
    if reading.stopped:
        raise CannotStore(reading.report.problems)
    home = target or folder()
    home.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=home, suffix=".part")
    os.close(handle)
    try:
        bounds = _write_rows(reading, Path(temporary), told)
        digest = _digest(Path(temporary))
        path = home / digest[:2] / f"{digest}.parquet"
        path.parent.mkdir(exist_ok=True)
        with open(temporary, "rb") as file:
            os.fsync(file.fileno())
        os.chmod(temporary, 0o640)
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    stored = load(digest, home=target)
    assert stored.bounds == bounds
    return stored


def _write_rows(reading: Reading, path: Path, told: Told) -> tuple[float, float, float, float] | None:
    schema, bounds, done = _schema(reading), _Bounds(), 0
    writer: pq.ParquetWriter | None = None
    try:
        for batch in _even(reading.batches(search=True)):
            if reading.geometry:
                batch = _with_boxes(batch, reading.geometry, bounds)
            elif reading.pair:
                lon, lat = (batch.column(name).to_numpy(zero_copy_only=False) for name in reading.pair)
                bounds.add(lon, lat, lon, lat)
            table = batch.select(schema.names).cast(schema)
            writer = writer or _writer(path, schema, table)
            writer.write_table(table, row_group_size=ROW_GROUP)
            done += batch.num_rows
            told("write", done / max(1, reading.rows))
        writer = writer or _writer(path, schema, schema.empty_table())
        about = {
            "format": FORMAT, "rows": done, "columns": [asdict(one) for one in reading.schema], "pair": reading.pair,
            "geometry": reading.geometry, "crs": reading.crs, "bounds": bounds.all,
        }  # fmt: skip
        more = {KEY.decode(): json.dumps(about, ensure_ascii=False)}
        if reading.geometry:
            more["geo"] = json.dumps(_geo(reading.geometry, bounds))
        writer.add_key_value_metadata(more)
    finally:
        if writer is not None:
            writer.close()
    return bounds.all


def _even(batches: Iterable[pa.RecordBatch]) -> Iterable[pa.Table]:
    """Tables of exactly so many rows as a row group has: a page is found by its place."""
    waiting: list[pa.RecordBatch] = []
    held = 0
    for batch in batches:
        waiting.append(batch)
        held += batch.num_rows
        while held >= ROW_GROUP:
            table = pa.Table.from_batches(waiting)
            yield table.slice(0, ROW_GROUP)
            rest = table.slice(ROW_GROUP)
            waiting, held = rest.to_batches(), rest.num_rows
    if held:
        yield pa.Table.from_batches(waiting)


def _writer(path: Path, schema: pa.Schema, sample: pa.Table) -> pq.ParquetWriter:
    repeated = [
        name for name in schema.names
        if pa.types.is_string(schema.field(name).type) and len(sample.column(name).unique()) <= MOST_REPEATED
    ]  # fmt: skip
    return pq.ParquetWriter(
        path, schema, compression="zstd", compression_level=1, use_dictionary=repeated,
        write_statistics=[name for name in schema.names if name not in ("_search", "bbox")] + (
            [f"bbox.{corner}" for corner in ("xmin", "ymin", "xmax", "ymax")] if "bbox" in schema.names else []),
    )  # fmt: skip


def _with_boxes(table: pa.Table, geometry: str, bounds: _Bounds) -> pa.Table:
    """The rows with the box of each shape beside it."""
    shapes = shapely.from_wkb(np.array(table.column(geometry).to_pylist(), dtype=object))
    boxes = shapely.bounds(shapes)
    bounds.add(*boxes.T)
    bounds.kinds |= {one.geom_type for one in shapes if one is not None}
    corners = [pa.array(boxes[:, n], pa.float64(), from_pandas=True) for n in range(4)]
    box = pa.StructArray.from_arrays(corners, names=["xmin", "ymin", "xmax", "ymax"])
    return table.append_column("bbox", box)


def _geo(geometry: str, bounds: _Bounds) -> dict[str, Any]:
    """GeoParquet 1.1; without a system it is longitude and latitude (OGC:CRS84)."""
    column: dict[str, Any] = {
        "encoding": "WKB", "geometry_types": sorted(bounds.kinds),
        "covering": {"bbox": {corner: ["bbox", corner] for corner in ("xmin", "ymin", "xmax", "ymax")}},
    }  # fmt: skip
    if bounds.all:
        column["bbox"] = list(bounds.all)
    return {"version": "1.1.0", "primary_column": geometry, "columns": {geometry: column}}


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def load(digest: str, *, home: Path | None = None) -> Stored:
    """A table that is kept. Raises NoSuchTable."""
    try:
        path = path_of(digest)
    except ValueError:
        raise NoSuchTable(digest) from None
    return _loaded(digest, home or folder(), home, str(path))


@lru_cache(maxsize=2_000)
def _loaded(digest: str, at: Path, home: Path | None, _place: str) -> Stored:
    path = at / digest[:2] / f"{digest}.parquet"
    try:
        about = json.loads((pq.read_metadata(path).metadata or {})[KEY])
    except (OSError, KeyError, ValueError, pa.ArrowException):
        raise NoSuchTable(digest) from None
    columns = tuple(Column(one["name"], one["header"], Kind(one["kind"])) for one in about["columns"])
    return Stored(
        digest, about["rows"], columns, path.stat().st_size, tuple(about["pair"]) if about["pair"] else None,
        about["geometry"], about["crs"], tuple(about["bounds"]) if about["bounds"] else None, home,
    )  # fmt: skip


def remove(digest: str) -> None:
    """Let go of a table. Whoever asks makes sure that no version needs it."""
    path_of(digest).unlink(missing_ok=True)
    _loaded.cache_clear()
