"""Entries of the demo city: written for it, invented, and published by the product's own acts."""

from __future__ import annotations

import csv
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from cityhall.engines.directory.models import Agency
from cityhall.foundation.clock import day_of

from . import services

REVIEWED_AFTER = timedelta(days=365)


def rows() -> list[dict[str, str]]:
    """The entries as they are written; several aliases stand between slashes."""
    with (Path(__file__).parent / "entries.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def publish_all(*, at: datetime) -> int:
    """Every entry whose agency exists; how many there were."""
    agencies = {one.code: one for one in Agency.objects.all()}
    made = 0
    for row in rows():
        agency = agencies.get(row["agency"])
        if agency is None:
            continue
        texts: dict[str, Any] = {name: row[name] for name in ("question", "answer", "question_en", "answer_en")}
        texts |= {"aliases": row["aliases"].replace("/", "\n"), "review_by": day_of(at) + REVIEWED_AFTER}
        version = services.write(code=row["code"], agency=agency, texts=texts, by=None, at=at)
        services.publish(services.submit(version, by=None, at=at), by=None, at=at)
        made += 1
    return made
