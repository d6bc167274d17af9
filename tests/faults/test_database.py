"""The database killed under load: its sessions, then the whole server. Nothing acknowledged is lost, nothing doubled."""

import os
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.faults.test_kills import CLIENT_KEY, Load, nothing_lost_nothing_doubled
from tests.support.city import City, Databases, until
from tests.support.postgres import Server
from tests.support.serving import served

pytestmark = [
    pytest.mark.faults,
    pytest.mark.skipif(
        not os.environ.get("CITYHALL_TEST_DATABASE_URL"),
        reason="SQLite has no server: its processes are the city's own",
    ),
]

OTHERS = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"


@pytest.fixture
def server() -> Iterator[Server]:
    """A server that nobody else of this run uses; what it acknowledges is on the disk."""
    made = Server()
    made.stop("fast")
    made.start(safe=True)
    yield made
    made.forget()


@pytest.fixture
def own_city(server: Server, tmp_path: Path) -> Iterator[City]:
    databases = Databases(tmp_path, server.url)
    databases.prepare()
    yield from served(databases, tmp_path)


def test_killed_sessions_and_a_killed_server(own_city, server):
    load = Load(own_city, own_city.ask(CLIENT_KEY))
    with load.going_on():
        for _twice in range(2):
            with psycopg.connect(own_city.database_url, autocommit=True) as connection:
                connection.execute(OTHERS)
            load.some_more()
        server.kill()
        until(lambda: load.wrong or load.tries[503] >= 5, "everybody is told to come back")
        server.start(safe=True)
        load.some_more()

    nothing_lost_nothing_doubled(own_city, load)
    until(own_city.answers, "it is well again")
