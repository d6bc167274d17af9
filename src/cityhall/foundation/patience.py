"""Bulk work waits: PostgreSQL's limits are those of somebody who waits for a page."""

from __future__ import annotations

from django.db import connection


def no_limits() -> None:
    """For the rest of this transaction PostgreSQL waits for locks, and lets statements run, as long as they need."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL statement_timeout = 0")
            cursor.execute("SET LOCAL lock_timeout = 0")
