"""`cityhall migrate`: Django's own, in one transaction."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

from django.core.management.commands import migrate
from django.db import connection, transaction

COLLECT_AFTER = 10
"""So many migrations leave some hundred megabytes of models behind."""


@contextmanager
def collected_by_us() -> Iterator[None]:
    """Every step makes all models anew, and looking for the old ones as often as Python does takes a third of the time."""
    ours = gc.isenabled()
    gc.freeze()
    gc.disable()
    try:
        yield
    finally:
        gc.unfreeze()
        if ours:
            gc.enable()


class Command(migrate.Command):
    """All migrations or none: killed half-way, or refused by the last, it leaves the database as it was.

    The version before goes on with it, and the same command can be given again.
    """

    help = f"{migrate.Command.help} All of them or none."
    done = 0

    def handle(self, *args: Any, **options: Any) -> None:
        # SQLite knows no switching of foreign keys inside a transaction; the tables' makers do without.
        unchecked = connection.constraint_checks_disabled() if connection.vendor == "sqlite" else nullcontext()
        with unchecked, transaction.atomic(), collected_by_us():
            super().handle(*args, **options)

    def migration_progress_callback(self, action: str, *args: Any, **kwargs: Any) -> None:
        """After each migration; PostgreSQL changes no table while rows of it wait to be checked."""
        super().migration_progress_callback(action, *args, **kwargs)
        if action.endswith("_success"):
            self.done += 1
            if self.done % COLLECT_AFTER == 0:
                gc.collect()
        if action in {"apply_success", "unapply_success"} and connection.vendor == "postgresql":
            connection.check_constraints()
