"""When what was committed is on the disk, where many who write would wait for that one after the other.

PostgreSQL lets go of a transaction's locks once its commit is on the disk, which takes some milliseconds. If all who file
lock the same row, such as the counter of the day's numbers, each stands behind the waiting of all before (ADR 7). So such a
transaction commits without waiting; the next one goes on at once; and nobody is answered before it all is on the disk, for
which those who wait at the same moment wait once, together.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction

LATER = "set_config('synchronous_commit', 'off', true)"
"""An SQL expression: the transaction that evaluates it does not wait for the disk when it commits. PostgreSQL only."""
_NOW = "SELECT pg_logical_emit_message(true, 'cityhall', '')"
"""A transaction that does nothing but wait until it and all that committed before it are on the disk."""


def may_wait_later() -> bool:
    """Whether a transaction that begins here can wait for the disk after its end: on PostgreSQL, and not within another."""
    return connection.vendor == "postgresql" and not connection.in_atomic_block


@contextmanager
def durable_together(later: bool) -> Iterator[None]:
    """A transaction; left when its rows are on the disk. With `later` it may evaluate LATER.

    Raises OperationalError when the database dies meanwhile; then the rows may be there or not, as after any lost commit.
    """
    with transaction.atomic():
        yield
    if later:
        with connection.cursor() as cursor:
            cursor.execute(_NOW)
