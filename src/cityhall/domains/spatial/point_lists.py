"""Lists of points and addresses that take longer than somebody waits (§1.4.3): kept, answered block by block, let go.

A list may name people. It lies with its answers in a folder of its own beside the attachments, which is in no backup, and
goes after `KEPT_DAYS`, or as soon as its owner says so. A block is a file that is written whole, then the list says how far it
is: a worker may die anywhere, the next one goes on behind the last block.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq
from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import translation
from django.utils.translation import gettext as _

from cityhall.engines.audit import services as audit
from cityhall.engines.files import sheets
from cityhall.engines.files.sheets import CannotReadSheet
from cityhall.engines.identity.models import Account
from cityhall.engines.outbox import services as outbox
from cityhall.foundation.clock import day_of
from cityhall.foundation.unit import act

from . import points, queries
from .models import PointList
from .queries import Reader, Shown
from .refusals import CannotAnalyse
from .states import ListState

KEEPS = "spatial.point_list"
KEPT_DAYS = 7
BLOCK = 1_000
MOST_WAITING = 3
"""Lists of one officer that wait at the same time."""
LIST, PART = "list", "part-{:05}.parquet"
OFFICER = Reader(officer=True)
SCHEMA = pa.schema(
    [
        ("line", pa.int64()), ("lon", pa.float64()), ("lat", pa.float64()), ("cells", pa.list_(pa.string())),
        ("added", pa.list_(pa.string())), ("why", pa.string()),
    ]
)  # fmt: skip


def home() -> Path:
    """Where all lists lie."""
    return Path(settings.FILES_DIR) / "points"


def folder(one: PointList) -> Path:
    """Where a list and its answers lie."""
    return home() / str(one.reference)


def mine(account: Account) -> QuerySet[PointList]:
    """The lists of an officer that are still there."""
    return PointList.objects.filter(asked_by=account).exclude(state=ListState.GONE)


# ---- handed in -------------------------------------------------------------------------------------------------------


@act
def hand_in(
    content: BinaryIO, *, name: str, layers: list[str], by: Account, at: datetime
) -> PointList:  # fmt: skip
    """Keep a list for the worker. The same list with the same layers again is the one that is there. Raises CannotAnalyse."""
    content.seek(0)
    data = content.read(sheets.MOST_BYTES + 1)
    if len(data) > sheets.MOST_BYTES:
        raise CannotAnalyse(_("檔案太大：最多 %(most)d MB。") % {"most": sheets.MOST_BYTES // 2**20})
    digest = hashlib.sha256(data).hexdigest()
    Account.objects.select_for_update().get(pk=by.pk)
    there = mine(by).exclude(state=ListState.REFUSED)
    if same := next((one for one in there.filter(digest=digest) if one.layers == layers), None):
        return same
    if there.filter(state=ListState.WAITING).count() >= MOST_WAITING:
        raise CannotAnalyse(_("您還有%(most)d份清單在查，請等其中一份查完，或先刪除一份。") % {"most": MOST_WAITING})
    made = PointList.objects.create(
        name=os.path.basename(name.replace("\\", "/"))[-120:], digest=digest, layers=layers, asked_by=by, asked_at=at,
        goes_on=day_of(at) + timedelta(days=KEPT_DAYS),
    )  # fmt: skip
    _write(folder(made) / LIST, data)
    audit.record("spatial.list_handed_in", made, by=by, at=at, new={"layers": layers, "size": len(data)})
    outbox.promise(KEEPS, {"list": made.pk}, key=f"{KEEPS}:{made.pk}", at=at, urgent=True)
    return made


def _write(path: Path, data: bytes) -> None:
    """Whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o750)
    draft = path.with_suffix(".draft")
    draft.write_bytes(data)
    os.replace(draft, path)


# ---- answered --------------------------------------------------------------------------------------------------------


def carry_out(one: PointList, *, at: datetime) -> None:
    """Answer a list from where it was left; nothing to do for one that is answered or was let go."""
    if one.state != ListState.WAITING:
        return
    with translation.override(one.asked_by.language):
        try:
            layers = [_layer(code) for code in one.layers]
            with (folder(one) / LIST).open("rb") as content:
                listed = points.read(content)
        except FileNotFoundError:
            _refuse(one, _("清單的檔案已經不在了，請再上傳一次。"), at=at)
        except (CannotReadSheet, CannotAnalyse) as refusal:
            _refuse(one, str(refusal), at=at)
        else:
            if _answer(one, listed, layers):
                _finish(one, at=at)


def _layer(code: str) -> Shown:
    found = queries.shown(code, OFFICER)
    if found is None:
        raise CannotAnalyse(_("圖資「%(code)s」已經下架，請不選它再查一次。") % {"code": code})
    return found


def _answer(one: PointList, listed: points.Listed, layers: list[Shown]) -> bool:
    """The blocks that are not there yet; False where the list was let go in the middle."""
    added = points.headings(layers)
    standing = PointList.objects.filter(pk=one.pk, state=ListState.WAITING)
    if not standing.update(rows=len(listed.rows), headings=listed.headings, added=added):
        return False
    done = one.done - one.done % BLOCK
    found = sum(not row["why"] for row in _parts(one, done // BLOCK))
    for first in range(done, len(listed.rows), BLOCK):
        block = slice(first, first + BLOCK)
        answers = points.answered(listed.asked[block], layers)
        rows = [
            _row(line, cells, answer, len(listed.headings), len(added))
            for line, cells, answer in zip(listed.lines[block], listed.rows[block], answers, strict=True)
        ]
        sink = pa.BufferOutputStream()
        pq.write_table(pa.Table.from_pylist(rows, schema=SCHEMA), sink, compression="zstd")
        if not standing.exists():
            return False
        _write(folder(one) / PART.format(first // BLOCK), bytes(sink.getvalue()))
        found += sum(not row["why"] for row in rows)
        standing.update(done=first + len(rows), found=found)
    return True


def _row(line: int, cells: list[str], one: points.Answer, wide: int, added: int) -> dict[str, Any]:
    whole = points.beside(cells, wide, one, added)
    said = [None if value is None else str(value) for value in whole[wide + 2 :]]
    return {"line": line, "lon": one.lon, "lat": one.lat, "cells": whole[:wide], "added": said, "why": one.why}


@act
def _refuse(one: PointList, sentence: str, *, at: datetime) -> None:
    PointList.objects.filter(pk=one.pk, state=ListState.WAITING).update(
        state=ListState.REFUSED, refusal=sentence[:300], done_at=at
    )


@act
def _finish(one: PointList, *, at: datetime) -> None:
    goes_on = day_of(at) + timedelta(days=KEPT_DAYS)
    standing = PointList.objects.filter(pk=one.pk, state=ListState.WAITING)
    if standing.update(state=ListState.DONE, done_at=at, goes_on=goes_on):
        one.refresh_from_db()
        new = {"rows": one.rows, "found": one.found}
        audit.record("spatial.list_answered", one, by=one.asked_by, at=at, new=new)


# ---- read ------------------------------------------------------------------------------------------------------------


def _parts(one: PointList, blocks: int | None = None) -> Iterator[dict[str, Any]]:
    many = -(-one.done // BLOCK) if blocks is None else blocks
    for n in range(many):
        path = folder(one) / PART.format(n)
        if not path.exists():
            return
        yield from pq.read_table(path).to_pylist()


def filled(one: PointList) -> Iterator[list[Any]]:
    """The list as it was handed in with what was found beside each row."""
    for row in _parts(one):
        yield [*row["cells"], row["lon"], row["lat"], *row["added"]]


def missing(one: PointList) -> Iterator[tuple[int, list[str], str]]:
    """The rows for which no place was found: the line in the sheet, the cells, and why."""
    return ((row["line"], row["cells"], row["why"]) for row in _parts(one) if row["why"])


# ---- let go ----------------------------------------------------------------------------------------------------------


@act
def let_go(one: PointList, *, by: Account | None, at: datetime) -> None:
    """Delete a list with its answers; that there was one stays. One that is being answered stops at its next block."""
    standing = PointList.objects.filter(pk=one.pk).exclude(state=ListState.GONE)
    if standing.update(state=ListState.GONE, name="", digest="", headings=[], added=[], refusal=""):
        audit.record("spatial.list_let_go", one, by=by, at=at)
    transaction.on_commit(lambda: shutil.rmtree(folder(one), ignore_errors=True))


def forget(at: datetime) -> int:
    """Let go of every list whose day has come; how many. A folder that a dead process left behind goes too."""
    due = list(PointList.objects.filter(goes_on__lte=day_of(at)).exclude(state=ListState.GONE))
    for one in due:
        let_go(one, by=None, at=at)
    there = {str(key) for key in PointList.objects.exclude(state=ListState.GONE).values_list("reference", flat=True)}
    lately = (at - timedelta(days=1)).timestamp()
    for path in home().iterdir() if home().exists() else ():
        if path.name not in there and path.stat().st_mtime < lately:
            shutil.rmtree(path, ignore_errors=True)
    return len(due)
