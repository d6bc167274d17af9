"""Served cities for the tests that kill."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.city import City, Databases
from tests.support.serving import made_databases, served

logging.getLogger("httpx").setLevel(logging.WARNING)  # a line a request is no help


databases = pytest.fixture(scope="session")(made_databases)


@pytest.fixture(scope="module")
def city(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    """One city for all tests of a module: each leaves it well, whatever it killed."""
    yield from served(databases, tmp_path_factory.mktemp("city"))


@pytest.fixture
def small_city(databases: Databases, tmp_path: Path) -> Iterator[City]:
    """A city with one task worker, so that it is known who does the work."""
    yield from served(databases, tmp_path, task_workers=1)
