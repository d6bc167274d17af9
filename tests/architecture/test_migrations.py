"""Migrations are complete, one after the other, and named for what they do."""

import re
from itertools import pairwise

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader

LOADER = MigrationLoader(None, ignore_no_migrations=True)
OURS = sorted(
    {
        app
        for app, _name in LOADER.disk_migrations
        if LOADER.disk_migrations[app, _name].__module__.startswith("cityhall.")
    }
)
NAME = re.compile(r"(\d{4})_[a-z][a-z0-9_]*")


def names(app: str) -> list[str]:
    return sorted(name for label, name in LOADER.disk_migrations if label == app)


@pytest.mark.django_db
def test_say_all_that_the_models_say():
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


def found_in(cursor, table: str) -> tuple[dict[str, bool], dict[str, tuple[str, str]], set[str]]:
    """A table's columns and whether they may hold nothing, what they point to, and the names of constraints and indexes.

    Django's own reader stumbles in SQLite over a constraint with a comma.
    """
    if connection.vendor == "sqlite":
        name = connection.ops.quote_name(table)
        columns = {row[1]: not row[3] for row in cursor.execute(f"PRAGMA table_info({name})").fetchall()}
        pointing = {row[3]: (row[2], row[4]) for row in cursor.execute(f"PRAGMA foreign_key_list({name})").fetchall()}
        cursor.execute("SELECT type, name, sql FROM sqlite_master WHERE tbl_name = %s", [table])
        named = set()
        for kind, one, sql in cursor.fetchall():
            named |= set(re.findall(r'CONSTRAINT "(\w+)"', sql)) if kind == "table" else {one}
        return columns, pointing, named
    columns = {one.name: one.null_ok for one in connection.introspection.get_table_description(cursor, table)}
    constraints = connection.introspection.get_constraints(cursor, table)
    pointing = {one["columns"][0]: one["foreign_key"] for one in constraints.values() if one["foreign_key"]}
    return columns, pointing, set(constraints)


@pytest.mark.django_db
def test_leave_the_tables_that_the_models_say():
    """They are run without making every model anew after each step (`project.migrating`)."""
    wrong = []
    with connection.cursor() as cursor:
        for model in (one for one in apps.get_models() if one._meta.managed and not one._meta.proxy):
            fields = model._meta.local_concrete_fields
            columns = {one.column: one.null for one in fields}
            pointing = {
                one.column: (one.target_field.model._meta.db_table, one.target_field.column)
                for one in fields
                if one.remote_field and one.db_constraint
            }
            named = {one.name for one in (*model._meta.constraints, *model._meta.indexes)}
            found = found_in(cursor, model._meta.db_table)
            missing = columns.items() - found[0].items()  # PostgreSQL has one more, of the search
            if missing or pointing != found[1] or not named <= found[2]:
                wrong.append((model._meta.label, missing, pointing.items() ^ found[1].items(), named - found[2]))

    assert wrong == []


@pytest.mark.parametrize("app", OURS)
class TestMigrations:
    def test_are_numbered_without_gap_or_double(self, app):
        numbers = [int(NAME.fullmatch(name)[1]) for name in names(app)]

        assert numbers == list(range(1, len(numbers) + 1))

    def test_follow_each_other(self, app):
        for before, after in pairwise(names(app)):
            of_this_app = [name for label, name in LOADER.disk_migrations[app, after].dependencies if label == app]
            assert of_this_app == [before]

    def test_end_in_one(self, app):
        assert len(LOADER.graph.leaf_nodes(app)) == 1

    def test_are_named_for_what_they_do(self, app):
        assert [name for name in names(app) if "auto_" in name or "merge" in name] == []
