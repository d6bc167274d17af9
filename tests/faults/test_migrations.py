"""`cityhall migrate` killed half-way leaves the database as it was; the same command brings it up to date."""

import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.support.city import City

pytestmark = pytest.mark.faults

APPLIED = "SELECT app, name FROM django_migrations ORDER BY id"
PETITIONS = "SELECT case_id, category_id, urgent FROM petitions_petition ORDER BY case_id"
MADE = "from cityhall.domains.petitions.tests.city import make_city\nanswer = len(make_city().lights.name)"
FILED = """
    from datetime import date
    from cityhall.domains.petitions.tests.factories import make_petition
    answer = [make_petition(date(2017, 3, day)).pk for day in range(1, 6)]
"""
BEFORE = "0028"  # petitions; what came after it holds the digests, and the text service stands on that


def killed_after(city: City, lines: int) -> None:
    """Start `cityhall migrate` and kill it when so many migrations are applied."""
    process = subprocess.Popen(
        [sys.executable, "-m", "cityhall.project.command", "migrate"],
        env=city.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    for line in process.stdout:
        lines -= line.startswith("  Applying")
        if lines <= 0:
            break
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert process.returncode == -signal.SIGKILL, "it was killed before it was done"


def up_to_date(city: City) -> bool:
    return city.command("migrate", "--check", check=False).returncode == 0


@pytest.fixture
def new_city(databases, tmp_path) -> Iterator[City]:
    with databases.copy(empty=True) as url:
        yield City(tmp_path, url)


@pytest.fixture
def older_city(databases, tmp_path) -> Iterator[City]:
    """A city with petitions, whose tables are those of an earlier version."""
    with databases.copy() as url:
        city = City(tmp_path, url)
        city.ask(FILED)
        city.command("migrate", "petitions", BEFORE)
        yield city


class TestKilled:
    def test_leaves_an_empty_database_empty(self, new_city):
        killed_after(new_city, 40)
        assert tables(new_city) == []

        new_city.command("migrate")

        assert up_to_date(new_city)
        assert new_city.ask(MADE)

    def test_leaves_a_city_as_it_was(self, older_city):
        applied, kept = older_city.rows(APPLIED), older_city.rows(PETITIONS)
        assert len(kept) == 5

        killed_after(older_city, 1)
        assert older_city.rows(APPLIED) == applied
        assert older_city.rows(PETITIONS) == kept

        older_city.command("migrate")
        assert up_to_date(older_city)
        assert older_city.rows(PETITIONS) == kept
        assert "ok:" in older_city.command("audit", "verify").stdout


def tables(city: City) -> list[tuple[object, ...]]:
    if city.database_url.startswith("postgres"):
        return city.rows("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    return city.rows("SELECT name FROM sqlite_master WHERE type = 'table'")
