"""Where expressions are answered: DuckDB in this process, or an engine that a city has, by its Ibis address.

DuckDB and Spark are given the files that count. Another engine (ClickHouse, Trino) holds a table `usage_events` with the
columns of the files; of it only the rows count whose `part` is the name of a file that does.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pyarrow as pa

from cityhall.foundation.duck import shut_in

TABLE = "usage_events"
_local = threading.local()


class DuckDB:
    """DuckDB in this process: bounded in memory and threads, and unable to read anything but the files of events."""

    def __init__(self, home: Path, *, memory: str, threads: int) -> None:
        import duckdb  # heavy, both: only who asks needs them
        import ibis

        self.home = home
        home.mkdir(parents=True, exist_ok=True)
        self.database = duckdb.connect(
            ":memory:",
            config={
                "memory_limit": memory, "threads": threads, "autoinstall_known_extensions": False,
                "autoload_known_extensions": False, "temp_directory": str(home.parent / "aside" / "spill"),
            },
        )  # fmt: skip
        self.database.execute("SET parquet_metadata_cache = true")
        # Ibis sets some options of a connection when it first sees one, so nothing is locked before that.
        ibis.duckdb.from_connection(self.database)
        shut_in(self.database, home)

    def _mine(self) -> Any:
        """This thread's connection to the one database."""
        import ibis

        known: dict[int, Any] = _local.__dict__.setdefault("connections", {})
        if id(self) not in known:
            known[id(self)] = ibis.duckdb.from_connection(self.database.cursor())
        return known[id(self)]

    def events(self, names: Sequence[str]) -> Any:
        """The events of some files."""
        paths = [str(self.home / name) for name in names]
        return self._mine().read_parquet(paths, table_name="events", hive_partitioning=False)

    def answer(self, expression: Any) -> pa.Table:
        """What an expression comes to."""
        found: pa.Table = self._mine().to_pyarrow(expression)
        return found


class Spark:
    """Spark, in local mode or a cluster that sees the same files: `pyspark://?spark.master=local[2]`."""

    def __init__(self, home: Path, url: str) -> None:
        import ibis
        from pyspark.sql import SparkSession

        self.home = home
        builder = SparkSession.builder
        for name, value in parse_qsl(urlsplit(url).query):
            builder = builder.config(name, value)
        self.session = builder.getOrCreate()
        self.connection = ibis.pyspark.connect(self.session)

    def events(self, names: Sequence[str]) -> Any:
        """The events of some files."""
        frame = self.session.read.parquet(*[str(self.home / name) for name in names])
        frame.createOrReplaceTempView(TABLE)
        return self.connection.table(TABLE)

    def answer(self, expression: Any) -> pa.Table:
        """What an expression comes to."""
        found: pa.Table = self.connection.to_pyarrow(expression)
        return found


class Warehouse:
    """Another engine that holds the events in a table of its own."""

    def __init__(self, url: str) -> None:
        import ibis

        self.connection = ibis.connect(url)

    def events(self, names: Sequence[str]) -> Any:
        """The rows of the table that belong to some files."""
        table = self.connection.table(TABLE)
        return table.filter(table.part.isin(list(names)))

    def answer(self, expression: Any) -> pa.Table:
        """What an expression comes to."""
        found: pa.Table = self.connection.to_pyarrow(expression)
        return found


Backend = DuckDB | Spark | Warehouse


def connect(url: str, home: Path, *, memory: str, threads: int) -> Backend:
    """The engine of an address; without one DuckDB in this process."""
    if not url or url.startswith("duckdb:"):
        return DuckDB(home, memory=memory, threads=threads)
    return Spark(home, url) if url.startswith("pyspark:") else Warehouse(url)
