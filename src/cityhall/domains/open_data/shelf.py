"""The tables of published datasets, as others read them (`engines/tables/published`)."""

from __future__ import annotations

import uuid

from django.db.models import Prefetch, QuerySet
from django.urls import reverse

from cityhall.engines.tables.published import Published

from . import rules
from .models import Resource, versions
from .queries import Asked, found
from .states import State, TableState


def _offered() -> QuerySet[Resource]:
    """Resources that the public has and that may have a table, by a few statements for all."""
    return (
        Resource.objects.filter(removed_on=None, dataset__state=State.PUBLISHED, versions__reading=TableState.READ)
        .distinct()
        .select_related("dataset__agency")
        .prefetch_related(versions())
    )


def _told(row: Resource) -> Published | None:
    version, dataset = row.newest, row.dataset
    if version is None or not version.table:
        return None
    several = row.name != dataset.title
    return Published(
        key=str(row.reference), title=f"{dataset.title}：{row.name}" if several else dataset.title,
        title_en=": ".join(filter(None, (dataset.title_en, row.name_en if several else ""))), about=dataset.description,
        agency=dataset.agency_id, agency_name=dataset.agency.label, number=version.number, table=version.table,
        rows=version.rows or 0, dated_on=dataset.updated_on, days=rules.DAYS.get(dataset.frequency),
        url=reverse("open_data:dataset", args=[dataset.name]),
    )  # fmt: skip


class PublishedTables:
    """The shelf of the open-data catalogue."""

    def find(self, words: str, most: int) -> list[Published]:
        """Those whose dataset is found by the words, in the order of the catalogue's own search."""
        resources = Prefetch("resources", _offered().order_by("n"), to_attr="tabled")
        wanted = found(Asked(q=words)).filter(pk__in=_offered().order_by().values("dataset"))
        rows = [row for one in wanted.prefetch_related(resources)[:most] for row in one.tabled]
        return [told for row in rows if (told := _told(row)) is not None][:most]

    def get(self, key: str) -> Published | None:
        """The one of a resource, while its dataset is published."""
        try:
            reference = uuid.UUID(key)
        except ValueError:
            return None
        row = _offered().filter(reference=reference).first()
        return _told(row) if row is not None else None


SHELF = PublishedTables()
