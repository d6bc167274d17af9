"""A full disk: everybody is told to come back (503), no half petition stays, and with room again all goes on.

The city's folder and its database lie on the small disk; on PostgreSQL the database's own space does.
"""

import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import psycopg
import pytest
from PIL import Image
from psycopg import sql

from tests.faults.test_kills import CLIENT_KEY, Load, nothing_lost_nothing_doubled
from tests.support.city import City, Databases, until
from tests.support.small_disk import SmallDisk, small_disk

pytestmark = pytest.mark.faults

ROOM = 96  # megabytes
STORED = "SELECT count(*) FROM files_storedfile"
PHOTOGRAPHED = "路燈不亮，附照片"
REPORTS = f"SELECT count(*) FROM cases_case WHERE text = '{PHOTOGRAPHED}'"


@pytest.fixture
def disk() -> Iterator[SmallDisk]:
    with small_disk(ROOM) as disk:
        yield disk


@contextmanager
def database_on(disk: SmallDisk, databases: Databases) -> Iterator[str]:
    """A copy of the small city's database that lies on the disk."""
    if not databases.server:
        with databases.copy() as url:
            moved = disk.path / "cityhall.sqlite3"
            moved.write_bytes(Path(url.removeprefix("sqlite:///")).read_bytes())
            yield f"sqlite:///{moved}"
        return
    space = disk.path / "space"
    space.mkdir()
    with psycopg.connect(databases.server, autocommit=True) as connection:
        folder = Path(connection.execute("SHOW data_directory").fetchone()[0])  # type: ignore[index]
        os.chown(space, folder.stat().st_uid, folder.stat().st_gid)
        name = sql.Identifier(f"small_{os.getpid()}")
        connection.execute(sql.SQL("CREATE TABLESPACE {} LOCATION {}").format(name, str(space)))
        try:
            with databases.copy() as url:
                own = sql.Identifier(url.rpartition("/")[2])
                connection.execute(sql.SQL("ALTER DATABASE {} SET TABLESPACE {}").format(own, name))
                yield url
        finally:
            connection.execute(sql.SQL("DROP TABLESPACE {}").format(name))


@pytest.fixture
def city(disk: SmallDisk, databases: Databases) -> Iterator[City]:
    home = disk.path / "city"
    home.mkdir()
    with database_on(disk, databases) as url:
        city = City(home, url).start()
        try:
            yield city
        finally:
            city.stop()
            print(city.log.read_text()[-5000:])


def photo() -> bytes:
    """A photo that stays large when it is drawn anew."""
    file = io.BytesIO()
    Image.frombytes("RGB", (1200, 900), os.urandom(1200 * 900 * 3)).save(file, "JPEG", quality=90)
    return file.getvalue()


def report_with_photo(city: City, key: str) -> httpx.Response:
    fields = {
        "api_key": key, "service_code": "street_light", "lat": "24.993", "long": "121.301",
        "description": PHOTOGRAPHED, "email": "wang@city.example",
    }  # fmt: skip
    return httpx.post(
        f"{city.url}/open311/v2/requests.json", data=fields, files={"media": ("a.jpg", photo())},
        timeout=30, trust_env=False,
    )  # fmt: skip


def test_a_full_disk_refuses_politely_and_forgets_nothing(city, disk):
    key = city.ask(CLIENT_KEY.replace('"petitions.vouch"', '"petitions.vouch", "open311.write", "open311.vouch"'))
    load = Load(city, key)
    with load.going_on():
        disk.fill()
        until(lambda: load.wrong or load.tries[503] >= 20, "petitions are refused")
        refused = report_with_photo(city, key)
        assert refused.status_code == 503, refused.text
        assert (city.rows(REPORTS), city.rows(STORED)) == ([(0,)], [(0,)])
        page = httpx.get(f"{city.url}/petitions/around/", timeout=30, trust_env=False)
        assert page.status_code == 200, "what is only read is still read"
        disk.make_room()

    nothing_lost_nothing_doubled(city, load)
    assert report_with_photo(city, key).status_code == 201
    assert city.rows(REPORTS) == [(1,)]
    until(city.answers, "it is well again")
