"""Where events lie: Parquet files below `usage/events`, one or more for a day of a source.

A file is written aside, put on the disk and renamed; it counts from the moment that a row of `Part` names it. What no row
names was left by something that was interrupted, or taken out: it goes after an hour, when nobody can be reading it.
"""

from __future__ import annotations

import os
import time
import uuid
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from django.conf import settings

from .models import Part

GRACE = 3600
ROW_GROUP = 122_880

SCHEMA = pa.schema(
    [
        ("source", pa.string()),
        ("day", pa.date32()),
        ("hour", pa.int8()),
        ("who", pa.string()),
        ("act", pa.string()),
        ("subject_kind", pa.string()),
        ("subject", pa.string()),
        ("place", pa.string()),
        ("n", pa.int64()),
        ("mark", pa.string()),
        ("batch", pa.int64()),
        ("part", pa.string()),
        ("partial", pa.bool_()),
        ("network", pa.string()),
        ("visitor", pa.string()),
    ]
)
ORDER = ("act", "subject_kind", "subject", "place", "hour")
"""How the rows of a file are sorted: what is asked for together lies together."""


def events() -> Path:
    """Where the files lie."""
    return Path(settings.USAGE_DIR) / "events"


def incoming() -> Path:
    """Where files wait that somebody uploaded."""
    return _made(Path(settings.USAGE_DIR) / "incoming")


def aside() -> Path:
    """Where what is not finished lies."""
    return _made(Path(settings.USAGE_DIR) / "aside")


def refused() -> Path:
    """Where the refused rows of batches lie."""
    return _made(Path(settings.USAGE_DIR) / "refused")


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def new_name(source: str, day: date) -> str:
    """A name below `events()` that nothing has."""
    return f"{source}/day={day.isoformat()}/{uuid.uuid4().hex}.parquet"


def place_for(name: str) -> tuple[Path, Path]:
    """Where to write a file, and where it lies afterwards; the folder is made."""
    final = events() / name
    final.parent.mkdir(parents=True, exist_ok=True)
    return final.with_suffix(".tmp"), final


def keep(written: Path, final: Path) -> None:
    """What was written aside is put on the disk and given its name."""
    with written.open("rb") as file:
        os.fsync(file.fileno())
    written.replace(final)
    folder = os.open(final.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def write(name: str, rows: pa.Table) -> None:
    """Write sorted events as a file of that name."""
    written, final = place_for(name)
    table = rows.sort_by([(key, "ascending") for key in ORDER]) if rows.num_rows > 1 else rows
    pq.write_table(table.cast(SCHEMA), written, compression="zstd", row_group_size=ROW_GROUP)
    keep(written, final)


def table_of(columns: Mapping[str, Sequence[Any]]) -> pa.Table:
    """Events from columns."""
    return pa.table({one.name: pa.array(columns[one.name], type=one.type) for one in SCHEMA}, schema=SCHEMA)


def read(name: str, *columns: str, condition: Any = None) -> pa.Table:
    """The events of a file."""
    return pq.read_table(events() / name, columns=list(columns) or None, filters=condition, partitioning=None)


def without_addresses(table: pa.Table, part: str) -> pa.Table:
    """The same events under another name, without what tells one visitor from another."""
    for column in ("network", "visitor"):
        at = table.schema.get_field_index(column)
        table = table.set_column(at, column, pa.nulls(table.num_rows, pa.string()))
    return named(table, part)


def named(table: pa.Table, part: str) -> pa.Table:
    """The same events in a file of that name."""
    at = table.schema.get_field_index("part")
    return table.set_column(at, "part", pa.array([part] * table.num_rows, pa.string()))


def total(table: pa.Table) -> int:
    """How many uses the events are."""
    return int(pc.sum(table["n"]).as_py() or 0)


def leave(names: Sequence[str]) -> None:
    """Files that no row names any more: they stay for those who are reading them, and go with the next sweep."""
    for name in names:
        try:
            os.utime(events() / name)
        except FileNotFoundError:
            pass


def sweep(now: float | None = None) -> int:
    """Delete what no row names and nobody has touched for an hour; return how many files went."""
    before = (now or time.time()) - GRACE
    gone = 0
    for path in sorted(events().rglob("*")) if events().is_dir() else []:
        if not path.is_file():
            continue
        name = path.relative_to(events()).as_posix()
        if path.stat().st_mtime < before and not Part.objects.filter(name=name).exists():
            path.unlink(missing_ok=True)
            gone += 1
    return gone
