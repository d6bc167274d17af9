"""The database's own refusal to change or delete an audit entry, on both databases.

A trigger is no proof (who may alter the table may drop it); it stops mistakes and plain SQL. The proof is the chain.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper

REFUSAL = "audit entries are append-only"

SQLITE = {
    "audit_entry_no_update": "BEFORE UPDATE ON audit_entry",
    "audit_entry_no_delete": "BEFORE DELETE ON audit_entry",
    # INSERT OR REPLACE removes the old row without a delete trigger.
    "audit_entry_no_replace": (
        "BEFORE INSERT ON audit_entry WHEN EXISTS (SELECT 1 FROM audit_entry WHERE seq = NEW.seq)"
    ),
}
POSTGRES = "audit_entry_no_change"


def install(connection: BaseDatabaseWrapper = connection) -> None:
    """Create the triggers."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            for name, when in SQLITE.items():  # a trigger's name is no parameter; these are the constants above
                cursor.execute(  # nosemgrep: statements
                    f"CREATE TRIGGER IF NOT EXISTS {name} {when} BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
                )
        else:
            cursor.execute(
                "CREATE OR REPLACE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS "
                f"$$ BEGIN RAISE EXCEPTION '{REFUSAL}'; END $$"
            )
            cursor.execute(
                f"CREATE OR REPLACE TRIGGER {POSTGRES} BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_entry "
                "FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse()"
            )


def remove(connection: BaseDatabaseWrapper = connection) -> None:
    """Drop the triggers: for a migration that rebuilds the table, and for tests that empty it."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            for name in SQLITE:  # as above
                cursor.execute(f"DROP TRIGGER IF EXISTS {name}")  # nosemgrep: statements
        else:
            cursor.execute(f"DROP TRIGGER IF EXISTS {POSTGRES} ON audit_entry")


def present(connection: BaseDatabaseWrapper = connection) -> bool:
    """Whether the database refuses changes now. A migration that rebuilds the table on SQLite loses the triggers."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT count(*) FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'audit_entry'")
            return bool(cursor.fetchone()[0] == len(SQLITE))
        cursor.execute("SELECT count(*) FROM pg_trigger WHERE tgname = %s AND tgenabled <> 'D'", [POSTGRES])
        return bool(cursor.fetchone()[0] == 1)


@contextmanager
def lifted(connection: BaseDatabaseWrapper = connection) -> Iterator[None]:
    """Work without the triggers, then put them back. For tests: emptying the tables after a test, and tampering."""
    remove(connection)
    try:
        yield
    finally:
        install(connection)
