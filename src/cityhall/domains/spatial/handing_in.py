"""Layers that agencies hand in as files (§1.4.3): read by the worker with every repair told, checked by the keepers, taken in.

Any file of places that open data may have is read: Shapefile, GeoJSON, KML, GeoParquet, or a table with longitude and latitude.
Nothing of it is shown before it was taken in; what replaces a layer's content leaves its code, rights and grants as they are.
"""

from __future__ import annotations

import os
from datetime import date, datetime
from typing import Any, BinaryIO

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cityhall.engines.audit import services as audit
from cityhall.engines.directory import queries as directory
from cityhall.engines.directory.models import Agency
from cityhall.engines.directory.states import Role
from cityhall.engines.files import services as files
from cityhall.engines.files.models import path_of
from cityhall.engines.identity.models import Account
from cityhall.engines.layers import memory, registry
from cityhall.engines.layers.registry import UnfitTable
from cityhall.engines.layers.tabled import MOST_ROWS, columns_of, from_table
from cityhall.engines.outbox import services as outbox
from cityhall.engines.tables import reading, storing
from cityhall.engines.tables.report import in_both
from cityhall.engines.tables.storing import Stored
from cityhall.engines.tracking.queries import commission
from cityhall.engines.worklist import services as worklist
from cityhall.foundation.clock import day_of
from cityhall.foundation.unit import act

from . import rules, services
from .models import Layer, LayerFile
from .refusals import CannotList
from .states import FileState

KEEPS = "spatial.read_file"
HAND_IN = "spatial.hand_in"
CHECK = "spatial.check_file"
"""Kind of to-do of the commission: a file was read, and is taken in or returned."""
MEND = "spatial.mend_file"
"""Kind of to-do of whoever handed in a file that could not be read or was returned: the mended one is handed in."""
MOST_BYTES = 100 * 2**20
NO_PLACES = gettext_lazy("檔案裡沒有圖形，也沒有經度與緯度的欄位。")
TOO_LONG = gettext_lazy("檔案有%(rows)s筆，圖資最多%(most)s筆。")
UNFIT = gettext_lazy("檔案的圖形不能當圖資，請檢查座標。")


def within(account: Account | None, at: datetime) -> Q:
    """The files that somebody may hand in and see: those of the agency, the keepers all."""
    return directory.reach(account, HAND_IN, at).within(unit="", person="")


def seen(account: Account | None, at: datetime) -> QuerySet[LayerFile]:
    """The files that somebody may see."""
    return LayerFile.objects.filter(within(account, at)).select_related("agency", "layer", "handed_by__person")


def agencies(account: Account | None, at: datetime) -> list[Agency]:
    """The agencies for which somebody may hand in."""
    reach = directory.reach(account, HAND_IN, at)
    there = Agency.objects.filter(closed_on=None).order_by("order", "code")
    return [one for one in there if reach.covers(agency=one)]


def renewable(there: list[Agency]) -> QuerySet[Layer]:
    """Layers of agencies whose content is a file."""
    return Layer.objects.filter(agency__in=there, withdrawn_on=None, resource="").filter(~Q(content="") | ~Q(table=""))


# ---- handed in -------------------------------------------------------------------------------------------------------


@act
def hand_in(
    content: BinaryIO, *, name: str, title: str, note: str, agency: Agency, layer: Layer | None, by: Account | None, at: datetime
) -> LayerFile:  # fmt: skip
    """Keep a file for the worker to read. The same file for the same layer again, undecided, is the one that is there.

    Raises CannotList.
    """
    content.seek(0)
    data = content.read(MOST_BYTES + 1)
    if not data:
        raise CannotList(_("這個檔案是空的。"))
    if len(data) > MOST_BYTES:
        raise CannotList(_("檔案太大，最多 %(mb)d MB。") % {"mb": MOST_BYTES // 2**20})
    title = layer.title if layer is not None else title.strip()
    if not title:
        raise CannotList(_("請填圖資名稱。"))
    digest = files.put(data)
    Agency.objects.select_for_update().get(pk=agency.pk)
    waiting = LayerFile.objects.filter(agency=agency, layer=layer, digest=digest, title=title)
    if same := waiting.filter(state__in=(FileState.WAITING, FileState.READ)).first():
        return same
    made = LayerFile.objects.create(
        agency=agency, title=title[:80], note=note.strip()[:300], layer=layer, file_name=os.path.basename(name.replace("\\", "/"))[-120:],
        size=len(data), digest=digest, handed_by=by, handed_at=at,
    )  # fmt: skip
    audit.record("spatial.file_handed_in", made, by=by, at=at, new={"size": made.size, "digest": digest})
    for before in LayerFile.objects.filter(agency=agency, layer=layer, title=made.title).exclude(pk=made.pk):
        worklist.close_todo(MEND, before, at=at)
    outbox.promise(KEEPS, {"file": made.pk}, key=f"{KEEPS}:{made.pk}", at=at, urgent=True)
    return made


def read(one: LayerFile, *, at: datetime) -> None:
    """Read a file that waits for it. May be called again: a table is known by its digest, a file moves once."""
    if one.state != FileState.WAITING:
        return
    with reading.read(path_of(one.digest), name=one.file_name) as found:
        report = found.report.as_data()
        stored = None if found.stopped else storing.write(found)
    problem = _problem(stored) if stored is not None else None
    if problem is not None:
        report["problems"].append({"kind": "", "line": None, "column": "", "sentence": problem})
    _finish(one, None if report["problems"] else stored, report, at=at)


def _problem(stored: Stored) -> dict[str, str] | None:
    """Why a table is no layer, in both languages."""
    if not stored.placed:
        return in_both(NO_PLACES, {})
    if stored.rows > MOST_ROWS:
        return in_both(TOO_LONG, {"rows": f"{stored.rows:,}", "most": f"{MOST_ROWS:,}"})
    try:
        memory.Held(source := from_table(stored, code="file", title=""), stored.digest, source.read())
    except UnfitTable:
        return in_both(UNFIT, {})
    return None


@act
def _finish(one: LayerFile, stored: Stored | None, report: dict[str, Any], *, at: datetime) -> None:
    one = LayerFile.objects.select_for_update(of=("self",)).get(pk=one.pk)
    if one.state != FileState.WAITING:
        return
    one.report = report
    one.state = FileState.REFUSED if stored is None else FileState.READ
    if stored is not None:
        one.table, one.rows = stored.digest, stored.rows
    one.save()
    audit.record("spatial.file_read", one, by=None, at=at, new={"state": one.state, "rows": one.rows})
    if one.state == FileState.REFUSED:
        _wait_for_mending(one, at)
    elif office := commission(day_of(at)):
        worklist.open_todo(
            CHECK,
            one,
            title=one.title,
            detail=one.agency.label,
            agency=office,
            role=Role.COMMISSION,
            url=page_of(one),
            at=at,
        )


def page_of(one: LayerFile) -> str:
    """Where a file is looked at."""
    return reverse("spatial:file", args=[one.reference])


def _wait_for_mending(one: LayerFile, at: datetime) -> None:
    """Whoever handed it in is told on the own list, else the agency's 研考窗口; until the file is handed in anew."""
    person = directory.person_of(one.handed_by)
    worklist.open_todo(
        MEND, one, title=one.title, detail=one.reason or str(FileState.REFUSED.label), agency=one.agency, person=person,
        url=page_of(one), at=at,
    )  # fmt: skip


# ---- checked ---------------------------------------------------------------------------------------------------------


def lost_columns(one: LayerFile) -> list[str]:
    """The columns of the layer that readers would miss, or find other cells in."""
    if one.layer is None or not one.layer.table or not one.table:
        return []
    old, new = (columns_of(storing.load(digest)).values() for digest in (one.layer.table, one.table))
    return rules.lost_columns({each.name: each.kind for each in old}, {each.name: each.kind for each in new})


def _checked(one: LayerFile) -> LayerFile:
    one = LayerFile.objects.select_for_update(of=("self",)).select_related("agency").get(pk=one.pk)
    if one.state != FileState.READ:
        raise CannotList(_("這份檔案不在待檢查的狀態。"))
    return one


@act
def take_in(one: LayerFile, code: str, *, by: Account | None, at: datetime, **given: Any) -> Layer:
    """Make a checked file a layer of the catalogue. Raises CannotList."""
    one = _checked(one)
    if one.layer_id is not None:
        raise CannotList(_("這份檔案是要更新既有的圖資。"))
    if code in registry.sources or Layer.objects.filter(code=code).exists():
        raise CannotList(_("這個代碼已經有圖資使用，請換一個。"))
    services.check(given)
    made = Layer.objects.create(code=code, table=one.table, listed_on=day_of(at), changed_at=at, **given)
    audit.record("spatial.layer_listed", made, by=by, at=at, new=services.facts(made) | {"table": one.table})
    _decide(one, FileState.TAKEN, layer=made, by=by, at=at)
    return made


@act
def take_in_again(one: LayerFile, *, dated_on: date, by: Account | None, at: datetime) -> Layer:
    """Make a checked file the content of the layer that it is for. Raises CannotList."""
    one = _checked(one)
    layer = (
        Layer.objects.select_for_update(of=("self",))
        .filter(pk=one.layer_id or 0, withdrawn_on=None, resource="")
        .first()
    )
    if layer is None:
        raise CannotList(_("要更新的圖資已經下架，或改由開放資料提供。"))
    old = {"table": layer.table or layer.content, "dated_on": layer.dated_on.isoformat()}
    layer.table, layer.content, layer.dated_on, layer.changed_at = one.table, "", dated_on, at
    layer.save()
    new = {"table": layer.table, "dated_on": dated_on.isoformat()}
    audit.record("spatial.layer_renewed", layer, by=by, at=at, old=old, new=new)
    _decide(one, FileState.TAKEN, layer=layer, by=by, at=at)
    return layer


@act
def send_back(one: LayerFile, *, reason: str, by: Account | None, at: datetime) -> None:
    """Say what is to be mended; the agency hands in another file. Raises CannotList."""
    one = _checked(one)
    if not reason.strip():
        raise CannotList(_("請寫退回的理由。"))
    one.reason = reason.strip()[:300]
    _decide(one, FileState.RETURNED, layer=one.layer, by=by, at=at)


@act
def withdraw(one: LayerFile, *, by: Account | None, at: datetime) -> None:
    """收回 what was not taken in: nothing of it waits for anybody any more. Raises CannotList."""
    one = LayerFile.objects.select_for_update(of=("self",)).get(pk=one.pk)
    if not one.can_be_withdrawn:
        raise CannotList(_("這份檔案正在讀取，或已經收為圖資、已經收回。"))
    _decide(one, FileState.WITHDRAWN, layer=one.layer, by=by, at=at)


def _decide(one: LayerFile, state: FileState, *, layer: Layer | None, by: Account | None, at: datetime) -> None:
    one.state, one.layer, one.decided_at = state, layer, at
    one.save()
    new = {"state": str(state), "layer": layer.code if layer is not None else None}
    audit.record("spatial.file_decided", one, by=by, at=at, new=new, note=one.reason)
    worklist.close_all(one, at=at)
    if state == FileState.RETURNED:
        _wait_for_mending(one, at)


def held(digest: str) -> bool:
    """Whether a file's bytes are a layer's that was handed in, or its content."""
    return LayerFile.objects.filter(digest=digest).exists() or Layer.objects.filter(content=digest).exists()
