"""A DuckDB connection that reads some folders and nothing else; without Django, as Spark's own environment has none."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb


def shut_in(con: duckdb.DuckDBPyConnection, *folders: Path) -> None:
    """From now on the connection reads these folders and nothing else, neither files nor the network."""
    quotes = "'", "''"
    places = ", ".join(f"'{str(one).replace(*quotes)}/'" for one in folders)
    # A setting takes no parameters; the folders are those of the settings, their quotes doubled.
    con.execute(f"SET allowed_directories = [{places}]")  # nosemgrep: statements
    con.execute("SET enable_external_access = false")
