"""The city's own tables as datasets: what domains supply (`engines/tables/supplies`) is published, and renewed each night.

They go the way of every dataset, at the commission; what is said of them stands in `own_datasets.csv` until somebody revises it.
Rows that are the same as yesterday's make no version.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from django.utils.translation import gettext_noop

from cityhall.engines.directory.models import Agency
from cityhall.engines.figures import queries as figures
from cityhall.engines.files import sheets
from cityhall.engines.tables.supplies import supplies
from cityhall.engines.tracking.queries import commission
from cityhall.foundation.clock import day_of
from cityhall.foundation.unit import act

from . import intake, rules, services, use
from .models import Category, Dataset, Licence, OwnTable, Resource, ResourceVersion
from .states import State, TableState

HERE = Path(__file__).parent
LICENCE = "OGDL-1.0"
NOTE = gettext_noop("每日更新")


@cache
def described() -> dict[str, dict[str, str]]:
    """What is said of each table, by its key."""
    with (HERE / "own_datasets.csv").open(encoding="utf-8", newline="") as file:
        return {row["key"]: row for row in csv.DictReader(file)}


def refresh(at: datetime) -> int:
    """Renew every supplied table; one that fails does not stop the others. Answers how many have a new version."""
    office = commission(day_of(at))
    if office is None:
        return 0
    failed: list[Exception] = []
    new = 0
    for key, row in described().items():
        if key not in supplies:
            continue
        try:
            new += _renew(key, row, office, at=at)
        except Exception as error:  # told below, after the others had their turn
            failed.append(error)
    if failed:
        raise failed[0]
    return new


def _renew(key: str, row: dict[str, str], office: Agency, *, at: datetime) -> bool:
    names = [one.name for one in rules.fields(row["fields"].replace("|", "\n"))]
    data = _bytes(names, supplies[key](at))
    resource = _resource(key, row, office, at=at)
    if resource.dataset.state == State.WITHDRAWN or resource.removed_on is not None:
        return False
    before = resource.versions.order_by("-number").first()
    name = f"{resource.dataset.name}.csv"
    version = services.add_version(resource, name=name, content=io.BytesIO(data), note=NOTE, by=None, at=at)
    if version.reading == TableState.WAITING:
        intake.read(version, at=at)
    _publish(resource.dataset, at=at)
    return before is None or before.pk != version.pk


def _bytes(names: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    return b"".join(sheets.write_csv(names, rows))


@act
def _resource(key: str, row: dict[str, str], office: Agency, *, at: datetime) -> Resource:
    """Where the table's versions go: made the first time."""
    known = OwnTable.objects.select_related("resource__dataset").filter(key=key).first()
    if known is not None:
        return known.resource
    texts = {
        **{name: row[name] for name in ("title", "title_en", "description", "description_en", "frequency")},
        "fields_text": row["fields"].replace("|", "\n"), "category": Category.objects.get(code=row["category"]),
        "licence": Licence.objects.get(code=LICENCE), "kind": "rawData", "encoding": "UTF-8",
    }  # fmt: skip
    made = services.enter(agency=office, texts=texts, tags=row["tags"].split(), by=None, at=at)
    resource = services.add_resource(
        made, name=row["title"], name_en=row["title_en"], format="CSV", encoding="UTF-8", by=None, at=at
    )
    OwnTable.objects.create(key=key, resource=resource)
    return resource


@act
def _publish(dataset: Dataset, *, at: datetime) -> None:
    """The first time, over the reviews that every dataset has: the commission publishes what it answers for itself."""
    dataset = Dataset.objects.get(pk=dataset.pk)
    ready = ResourceVersion.objects.filter(resource__dataset=dataset, reading=TableState.READ).exists()
    if dataset.state == State.DRAFT and ready and not dataset.moves.filter(state=State.PUBLISHED).exists():
        for step in (services.submit, services.agree, services.publish):
            step(dataset, by=None, at=at)


# ---- what the catalogue itself supplies ------------------------------------------------------------------------------


def use_rows(at: datetime) -> Iterable[Sequence[Any]]:
    """How often each dataset was used, by month."""
    return use.sheet()


def figure_rows(at: datetime) -> Iterable[Sequence[Any]]:
    """Each figure that is built, for the running year."""
    period = figures.running_year(at)
    seen = set()
    for one in figures.listed(period, at=at):
        key = (one.line.figure, one.line.of)
        if one.counted is None or key in seen:
            continue
        seen.add(key)
        yield [*key, one.counted.figure.name, period.spec, figures.number(one.counted.rounded), one.counted.figure.unit]
