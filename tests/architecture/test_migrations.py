"""Migrations are complete, one after the other, and named for what they do."""

import re
from itertools import pairwise

import pytest
from django.core.management import call_command
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
