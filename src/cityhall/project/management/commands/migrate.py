"""`cityhall migrate`: Django's own, in one transaction."""

from contextlib import nullcontext
from typing import Any

from django.core.management.commands import migrate
from django.db import connection, transaction

from cityhall.project.migrating import quickly


class Command(migrate.Command):
    """All migrations or none: killed half-way, or refused by the last, it leaves the database as it was.

    The version before goes on with it, and the same command can be given again.
    """

    help = f"{migrate.Command.help} All of them or none."

    def handle(self, *args: Any, **options: Any) -> None:
        # SQLite knows no switching of foreign keys inside a transaction; the tables' makers do without.
        unchecked = connection.constraint_checks_disabled() if connection.vendor == "sqlite" else nullcontext()
        with unchecked, transaction.atomic(), quickly():
            super().handle(*args, **options)

    def migration_progress_callback(self, action: str, *args: Any, **kwargs: Any) -> None:
        """PostgreSQL changes no table while rows of it wait to be checked: check them after each migration."""
        super().migration_progress_callback(action, *args, **kwargs)
        if action in {"apply_success", "unapply_success"} and connection.vendor == "postgresql":
            connection.check_constraints()
