"""Bulk work waits: the usual limits are those of somebody who waits for a page."""

from __future__ import annotations

from django.db import connection

HOUR = 3600.0  # seconds


def wait_for_turns() -> None:
    """From its next connection on, this process waits on SQLite as long as other bulk work writes."""
    if connection.vendor == "sqlite":
        connection.settings_dict["OPTIONS"]["timeout"] = HOUR
        connection.close()


def no_limits() -> None:
    """For the rest of this transaction PostgreSQL waits for locks, and lets statements run, as long as they need."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL statement_timeout = 0")
            cursor.execute("SET LOCAL lock_timeout = 0")


def little_memory() -> None:
    """Keep a quarter of what is usual of an SQLite database at hand: this connection mostly adds rows."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA cache_size = -16000")
