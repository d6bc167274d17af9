"""Fixtures of served cities, for the folders that need a real server: wrapped in each folder's conftest."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.city import City, Databases


def made_databases(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Databases]:
    """Databases that were migrated once for all tests of a session."""
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
