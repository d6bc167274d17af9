"""One served city for this folder."""

import logging
from collections.abc import Iterator

import pytest

from tests.support.city import City, Databases
from tests.support.serving import made_databases, served

logging.getLogger("httpx").setLevel(logging.WARNING)  # a line a request is no help

databases = pytest.fixture(scope="session")(made_databases)


@pytest.fixture(scope="module")
def city(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    """Web, worker and stand-ins, each a process of its own."""
    yield from served(databases, tmp_path_factory.mktemp("city"), task_workers=1)
