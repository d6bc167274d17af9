"""A version's file becomes a table: read by the worker, kept with what was repaired, offered when nothing stands in the way."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cityhall.engines.audit import services as audit
from cityhall.engines.directory import queries as directory
from cityhall.engines.directory.states import Role
from cityhall.engines.identity.models import Account
from cityhall.engines.tables import reading, storing
from cityhall.engines.tables.comparing import Difference, compare
from cityhall.engines.tables.reading import KIND_NAMES
from cityhall.engines.tables.report import in_both
from cityhall.engines.tables.staging import Declared
from cityhall.engines.tables.storing import Stored
from cityhall.engines.worklist import services as worklist
from cityhall.foundation.unit import act

from . import services
from .models import ResourceVersion
from .refusals import CannotCatalogue
from .states import TableState


def read(version: ResourceVersion, *, at: datetime) -> None:
    """Read a version that waits for it. May be called again: a table is known by its digest, a version moves once."""
    if version.reading != TableState.WAITING:
        return
    declared = Declared(encoding=version.resource.encoding)
    with reading.read(version.path, name=version.file_name, declared=declared) as found:
        report = found.report.as_data()
        stored = None if found.stopped else storing.write(found)
    _finish(version, stored, report, at=at)


@act
def _finish(version: ResourceVersion, stored: Stored | None, report: dict[str, Any], *, at: datetime) -> None:
    version = _locked(version)
    if version.reading != TableState.WAITING:
        return
    version.report = report
    if stored is None:
        version.reading = TableState.REFUSED
        event = "open_data.version_refused"
    else:
        version.table, version.rows = stored.digest, stored.rows
        version.columns = [[one.name, one.kind.value] for one in stored.columns]
        difference = _difference(version, stored)
        version.changes = list(_sentences(difference)) if difference else []
        asks = difference is not None and difference.breaks_readers
        version.reading = TableState.ASKS if asks else TableState.READ
        event = "open_data.version_read"
    version.save()
    new = {"resource": version.resource.n, "number": version.number, "reading": version.reading, "rows": version.rows}
    audit.record(event, version.resource.dataset, by=None, at=at, new=new)
    if version.reading == TableState.READ:
        services.offer(version, by=version.made_by, at=at)
    elif not ResourceVersion.objects.filter(resource=version.resource_id, number__gt=version.number).exists():
        _ask(version, at)


def _locked(version: ResourceVersion) -> ResourceVersion:
    rows = ResourceVersion.objects.select_related("resource__dataset__agency", "made_by")
    return rows.select_for_update(of=("self",)).get(pk=version.pk)


def _difference(version: ResourceVersion, stored: Stored) -> Difference | None:
    """What is other than in the version that is offered, where that one is a table."""
    rows = ResourceVersion.objects.filter(resource=version.resource_id, number__lt=version.number)
    before = rows.filter(reading=TableState.READ).order_by("-number").first()
    return compare(storing.load(before.table), stored) if before else None


GONE = gettext_lazy("少了欄位「%(name)s」。")
RENAMED = gettext_lazy("欄位「%(old)s」改名為「%(name)s」。")
RETYPED = gettext_lazy("欄位「%(name)s」原來是%(old)s，現在是%(new)s。")
ADDED = gettext_lazy("多了欄位「%(name)s」。")
REORDERED = gettext_lazy("欄位的順序不同。")
SHRANK = gettext_lazy("列數由 %(old)d 列減為 %(new)d 列，少了一半以上。")


def _sentences(found: Difference) -> Iterator[dict[str, str]]:
    """Each change in both languages."""
    said: list[tuple[Promise, dict[str, Any]]] = [
        *((GONE, {"name": one.name}) for one in found.missing),
        *((RENAMED, {"old": one.old.name, "name": one.new.name}) for one in found.renamed),
        *(
            (RETYPED, {"name": one.name, "old": KIND_NAMES[one.old], "new": KIND_NAMES[one.new]})
            for one in found.retyped
        ),
        *((ADDED, {"name": one.name}) for one in found.added),
    ]
    if found.reordered:
        said.append((REORDERED, {}))
    if found.shrank:
        said.append((SHRANK, {"old": found.old_rows, "new": found.new_rows}))
    return (in_both(text, values) for text, values in said)


def _ask(version: ResourceVersion, at: datetime) -> None:
    """Onto the list of who handed it in, or of the agency."""
    row = version.resource
    dataset = row.dataset
    person = directory.person_of(version.made_by) if version.made_by else None
    worklist.open_todo(
        services.FILE, row, title=dataset.title, detail=row.name, reference=dataset.identifier, agency=dataset.agency,
        person=person, role="" if person else Role.COORDINATOR, url=services.page_of_version(version), at=at,
    )  # fmt: skip


@act
def confirm(version: ResourceVersion, *, by: Account | None, at: datetime) -> ResourceVersion:
    """The editor's word: other columns are meant so; or a file that is no table is offered as it is.

    Raises CannotCatalogue.
    """
    version = _locked(version)
    if version.reading not in (TableState.ASKS, TableState.REFUSED):
        raise CannotCatalogue(_("這一版不需要確認。"))
    if ResourceVersion.objects.filter(resource=version.resource_id, number__gt=version.number).exists():
        raise CannotCatalogue(_("已經有更新的版本，請確認最新的那一版。"))
    version.reading = TableState.READ if version.reading == TableState.ASKS else TableState.NONE
    version.save(update_fields=["reading"])
    new = {"resource": version.resource.n, "number": version.number, "reading": version.reading}
    audit.record("open_data.version_confirmed", version.resource.dataset, by=by, at=at, new=new)
    services.offer(version, by=by, at=at)
    return version
