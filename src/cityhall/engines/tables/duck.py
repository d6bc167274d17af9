"""DuckDB as this engine uses it: one locked-down connection a process for questions, one of its own for each reading."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Lock, Timer
from typing import TYPE_CHECKING

from django.conf import settings

from cityhall.foundation.duck import shut_in

if TYPE_CHECKING:
    import duckdb

MEMORY = "1GB"
THREADS = 2
PATIENCE = 20.0
"""Seconds that one question may take."""


class TookTooLong(Exception):
    """The question was stopped."""


def folder() -> Path:
    """Where the tables lie: beside the attachments, by digest."""
    return Path(settings.FILES_DIR) / "tables"


def path_of(digest: str) -> Path:
    """The file of a table by its digest; never by anything that a user says."""
    if len(digest) != 64 or not set(digest) <= set("0123456789abcdef"):
        raise ValueError("not a digest")
    return folder() / digest[:2] / f"{digest}.parquet"


def quoted(name: str) -> str:
    """A column's name in SQL."""
    return '"' + name.replace('"', '""') + '"'


def select(what: str, source: str, rest: str = "") -> str:
    """One question: the only place where text becomes SQL. Callers give `quoted` names, their own words, and `?`."""
    return f"SELECT {what} FROM {source} {rest}"  # noqa: S608  # nosec B608  (names quoted, values bound)


def reading_connection(spill: Path) -> duckdb.DuckDBPyConnection:
    """A connection for taking a file in: its memory is bounded, the rest goes to the folder."""
    import duckdb  # heavy: only who asks needs it

    con = duckdb.connect(config={"threads": THREADS, "memory_limit": MEMORY, "temp_directory": str(spill)})
    con.execute("SET preserve_insertion_order = true")
    con.execute("SET enable_progress_bar = false")
    return con


_lock = Lock()
_connections: dict[Path, duckdb.DuckDBPyConnection] = {}
_of_the_parent: list[dict[Path, duckdb.DuckDBPyConnection]] = []


def _connected(home: Path) -> duckdb.DuckDBPyConnection:
    import duckdb

    with _lock:
        if home not in _connections:
            home.mkdir(parents=True, exist_ok=True)
            spill = Path(tempfile.gettempdir()) / f"cityhall-tables-{os.getpid()}"
            con = duckdb.connect(config={"threads": THREADS, "memory_limit": MEMORY, "temp_directory": str(spill)})
            con.execute("SET enable_geoparquet_conversion = false")
            con.execute("SET parquet_metadata_cache = true")
            shut_in(con, home.resolve())
            con.execute("SET lock_configuration = true")
            _connections[home] = con
        return _connections[home]


@contextmanager
def asking(patience: float = PATIENCE) -> Iterator[duckdb.DuckDBPyConnection]:
    """A cursor of the process's connection, which reads the tables' folder and nothing else. Raises TookTooLong."""
    import duckdb

    cursor = _connected(folder()).cursor()
    stopped = False

    def stop() -> None:
        nonlocal stopped
        stopped = True
        cursor.interrupt()

    timer = Timer(patience, stop)
    timer.daemon = True
    timer.start()
    try:
        yield cursor
    except (duckdb.InterruptException, duckdb.OutOfMemoryException) as ended:
        raise TookTooLong from ended
    finally:
        timer.cancel()
        if not stopped:
            with suppress(duckdb.Error):
                cursor.close()


def _forget_in_child() -> None:
    """A forked child opens connections of its own. Its parent's it keeps: closing one waits for threads that it has not."""
    global _lock, _connections
    _lock = Lock()
    _of_the_parent.append(_connections)
    _connections = {}


os.register_at_fork(after_in_child=_forget_in_child)
