"""Served cities for the tests that kill."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.city import City, Databases

logging.getLogger("httpx").setLevel(logging.WARNING)  # a line a request is no help


@pytest.fixture(scope="session")
def databases(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Databases]:
    """Databases that were migrated once for all tests here."""
    made = Databases(tmp_path_factory.mktemp("databases"))
    made.prepare()
    yield made
    made.forget()


def served(databases: Databases, home: Path, **options: int) -> Iterator[City]:
    """A city that is served until the end; its log is shown when a test fails."""
    with databases.copy() as url:
        city = City(home, url, **options).start()
        try:
            yield city
        finally:
            city.stop()
            print(city.log.read_text()[-5000:])


@pytest.fixture(scope="module")
def city(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    """One city for all tests of a module: each leaves it well, whatever it killed."""
    yield from served(databases, tmp_path_factory.mktemp("city"))


@pytest.fixture
def small_city(databases: Databases, tmp_path: Path) -> Iterator[City]:
    """A city with one task worker, so that it is known who does the work."""
    yield from served(databases, tmp_path, task_workers=1)
