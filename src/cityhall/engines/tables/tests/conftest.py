"""Files of every format, made small; a store of its own for each test."""

import os
from pathlib import Path

import pytest

from cityhall.engines.tables.reading import Declared, read
from cityhall.engines.tables.storing import Stored, write

SHARED = Path(os.environ.get("CITYHALL_SHARED", Path(__file__).resolve().parents[6] / "shared"))


@pytest.fixture(autouse=True)
def home(settings, tmp_path):
    """Where the tables of this test lie."""
    settings.FILES_DIR = tmp_path / "files"
    return settings.FILES_DIR / "tables"


@pytest.fixture
def reading(tmp_path):
    """Read bytes or a path; working files are gone after the test."""
    opened = []

    def make(content, **declared):
        path = content
        if isinstance(content, str):
            content = content.encode()
        if isinstance(content, bytes):
            path = tmp_path / f"file-{len(opened)}"
            path.write_bytes(content)
        found = read(path, name="檔案", declared=Declared(**declared), workplace=tmp_path)
        opened.append(found)
        return found

    yield make
    for one in opened:
        one.close()


@pytest.fixture
def stored(reading):
    """Read and keep."""

    def make(content, **declared) -> Stored:
        return write(reading(content, **declared))

    return make


@pytest.fixture
def opendata():
    """A real file of the city's open data."""

    def find(name, folder="opendata"):
        path = SHARED / "data" / folder / name
        if not path.exists():
            pytest.skip(f"no {name} among the shared data")
        return path

    return find


def rows_of(reading):
    """All rows as they will be stored, without their numbers."""
    return [
        tuple(row[1:])
        for batch in reading.batches()
        for row in zip(*(c.to_pylist() for c in batch.columns), strict=True)
    ]


def kinds_of(reading):
    """The kinds of the columns by name."""
    return {column.name: column.kind.value for column in reading.columns}


def kinds_of_repairs(reading):
    """What was repaired."""
    return {one.kind.value for one in reading.report.repairs}
