"""Empties the database after a test with real transactions.

Django deletes from every table and then makes content types and permissions anew; with hundreds of tables that takes
longer than most tests. Here only tables that hold rows are emptied, in one transaction and without triggers.
"""

from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.db import connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from cityhall.engines.audit import guards

KEPT = {ContentType._meta.db_table, Permission._meta.db_table}
"""What belongs to the models and not to a test. The kinds of records keep their numbers too: the ids of the search index
have room for those of a city, not for those of a hundred emptied ones."""


def filled(connection: BaseDatabaseWrapper) -> list[str]:
    """The tables that hold a row."""
    names = connection.introspection.django_table_names(only_existing=True, include_views=False)
    tables = sorted(set(names) - KEPT)
    found: list[str] = []
    with connection.cursor() as cursor:
        for first in range(0, len(tables), 200):  # SQLite joins at most 500
            asked = [
                f"SELECT '{one}' WHERE EXISTS (SELECT 1 FROM {connection.ops.quote_name(one)})"
                for one in tables[first : first + 200]
            ]
            cursor.execute(" UNION ALL ".join(asked))
            found += [name for (name,) in cursor.fetchall()]
    return found


def empty(alias: str) -> None:
    """Delete every row of a test."""
    connection = connections[alias]
    statements = [f"DELETE FROM {connection.ops.quote_name(one)}" for one in filled(connection)]
    if connection.vendor == "postgresql":
        with transaction.atomic(using=alias), connection.cursor() as cursor:
            cursor.execute("SET LOCAL session_replication_role = replica")  # neither triggers nor foreign keys
            for one in statements:
                cursor.execute(one)
        return
    with guards.lifted(connection), transaction.atomic(using=alias), connection.cursor() as cursor:
        for one in statements:
            cursor.execute(one)
