"""Somebody who publishes tables, for tests: files are read and kept as the open-data catalogue does it."""

from __future__ import annotations

import tempfile
from datetime import date
from pathlib import Path

from cityhall.engines.directory.models import Agency
from cityhall.engines.tables import reading, storing
from cityhall.engines.tables.published import Published


class Shelf:
    """Tables by their key, in memory."""

    def __init__(self) -> None:
        self.tables: dict[str, Published] = {}

    def find(self, words: str, most: int) -> list[Published]:
        """Those whose title has the words."""
        return [one for one in self.tables.values() if words in one.title][:most]

    def get(self, key: str) -> Published | None:
        """The one of a key."""
        return self.tables.get(key)


shelf = Shelf()


def stored(text: str) -> storing.Stored:
    """A file as a table."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / ("a.geojson" if text.startswith("{") else "a.csv")
        path.write_text(text, encoding="utf-8")
        with reading.read(path, name=path.name) as found:
            return storing.write(found)


def publish(key: str, text: str, *, agency: Agency, dated_on: date = date(2026, 10, 1)) -> Published:
    """The next version of a table."""
    table, before = stored(text), shelf.tables.get(key)
    shelf.tables[key] = Published(
        key=key, title=key, title_en="", about="", agency=agency.pk, agency_name=agency.label,
        number=before.number + 1 if before else 1, table=table.digest, rows=table.rows, dated_on=dated_on, days=31,
        url=f"/data/{key}/",
    )  # fmt: skip
    return shelf.tables[key]
