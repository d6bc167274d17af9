"""Sheets that become records: read, tried row by row, confirmed by a person, taken in block by block, taken back.

A domain declares a kind of sheet; everything else is the same for all. Every block is one transaction that also says
how far the import has come, so a worker may die anywhere: the next one goes on behind the last block, and none is taken
twice. Reasons are kept in every language, for whoever reads them may read another one than who uploaded the sheet.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, BinaryIO

from django.conf import settings
from django.db.models import Q
from django.utils import translation
from django.utils.translation import gettext as _

from cityhall.engines.audit import services as audit
from cityhall.engines.outbox import services as outbox
from cityhall.foundation import unit
from cityhall.foundation.unit import act

from . import sheets
from .models import ImportRow, ImportState, RowState, SheetImport
from .sheets import CannotReadSheet, CellError, Column, Text

KEEPS = "files.import"
MOST_ROWS = 100_000
MOST_ARCHIVE = 50 * 2**20
READ_AHEAD = 2000
LOOKED_FOR_HEADINGS = 10
"""So many lines from the top may stand above the headings."""
DEAD = (ImportState.DISCARDED, ImportState.UNDONE, ImportState.UNREADABLE)
TO_TAKE = (RowState.GOOD, RowState.WARNED)


class CannotImport(Exception):
    """A refusal with a sentence for the person who asked."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class KnownFile(CannotImport):
    """The same file is here already."""

    def __init__(self, earlier: SheetImport) -> None:
        super().__init__(_("同一個檔案已經上傳過，內容完全相同，所以沒有再收一次。"))
        self.earlier = earlier


Say = Callable[[], str]


def in_every_language(say: Say) -> dict[str, str]:
    """A sentence in each language."""
    found = {}
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            found[language] = say()
    return found


@dataclass
class Reading:
    """A row with what its cells say. A domain adds what only its records can tell."""

    row: ImportRow
    values: dict[str, Any] = field(default_factory=dict)
    problems: list[dict[str, Any]] = field(default_factory=list)
    state: RowState = RowState.GOOD

    def refuse(self, column: str, say: Say, value: object = "") -> None:
        """The row cannot be taken in: in which column, and why."""
        self.state = RowState.REFUSED
        self._note(column, say, value, refused=True)

    def warn(self, column: str, say: Say, value: object = "") -> None:
        """It can be taken in, but somebody should know."""
        if self.state == RowState.GOOD:
            self.state = RowState.WARNED
        self._note(column, say, value, refused=False)

    def same(self, say: Say) -> None:
        """What it tells of is among the records already."""
        self.state = RowState.SAME
        self._note("", say, "", refused=False)

    def took(self, about: int) -> None:
        """It became this record."""
        self.state, self.row.about = RowState.TAKEN, about

    def _note(self, column: str, say: Say, value: object, *, refused: bool) -> None:
        problem = {"column": column, "value": str(value)[:200], "refused": refused, "why": in_every_language(say)}
        self.problems.append(problem)


def _nothing(job: SheetImport, at: datetime) -> None:
    """Nobody waits for it."""


@dataclass(frozen=True)
class ImportKind:
    """One kind of sheet that may come in.

    `check` refuses and warns and gives each row its key; `take` makes records of rows, each by an act of its own or all
    by one; `touched` says how many records cannot be taken back; `undo` takes rows back and
    says of which records; `turned` hears of new states.
    """

    code: str
    label: Text
    columns: tuple[Column, ...]
    check: Callable[[SheetImport, list[Reading], datetime], None]
    take: Callable[[SheetImport, list[Reading], datetime], None]
    touched: Callable[[SheetImport], int]
    undo: Callable[[SheetImport, list[ImportRow], datetime], set[int]]
    turned: Callable[[SheetImport, datetime], None] = _nothing
    check_block: int = 500
    take_block: int = 50

    def column(self, key: str) -> Column | None:
        """The column of that key."""
        return next((one for one in self.columns if one.key == key), None)


kinds: dict[str, ImportKind] = {}


def declare(kind: ImportKind) -> ImportKind:
    """Declare a kind of sheet, once, when its app starts."""
    kinds[kind.code] = kind
    return kind


# ---- coming in ---------------------------------------------------------------------------------------------------------


@act
def upload(
    kind: str, content: BinaryIO, *, name: str, archive: BinaryIO | None = None, options: dict[str, Any], by: Any,
    at: datetime,
) -> SheetImport:  # fmt: skip
    """Keep a file; a worker reads it and tries every row. Raises CannotImport; KnownFile where it came before."""
    data = content.read(sheets.MOST_BYTES + 1)
    if len(data) > sheets.MOST_BYTES:
        raise CannotImport(_("檔案太大：最多 %(most)d MB。") % {"most": sheets.MOST_BYTES // 2**20})
    beside = archive.read(MOST_ARCHIVE + 1) if archive else b""
    if len(beside) > MOST_ARCHIVE:
        raise CannotImport(_("檔案太大：最多 %(most)d MB。") % {"most": MOST_ARCHIVE // 2**20})
    digest = hashlib.sha256(data + beside).hexdigest()
    same = SheetImport.objects.filter(kind=kind, digest=digest).exclude(state__in=DEAD)
    earlier = same.defer("content", "archive").first()
    if earlier:
        raise KnownFile(earlier)
    job = SheetImport.objects.create(
        kind=kinds[kind].code, name=name[-120:], digest=digest, size=len(data), content=data, archive=beside,
        options=options, uploaded_by=by, uploaded_at=at,
    )  # fmt: skip
    audit.record("files.import_uploaded", job, by=by, at=at, new={"kind": kind, "digest": digest})
    _go_on(job, at)
    return job


def _go_on(job: SheetImport, at: datetime) -> None:
    """Promise the next block."""
    given = {"job": job.pk, "state": str(job.state), "turn": job.turn, "position": job.position}
    key = f"{KEEPS}:{job.pk}:{job.state}:{job.turn}:{job.position}"
    outbox.promise(KEEPS, given, key=key, at=at)


def carry_on(payload: dict[str, Any], *, at: datetime) -> None:
    """Do one block: what a worker is called for. A block that is done already is left alone."""
    with unit.bulk():
        job = SheetImport.objects.select_for_update().defer("content", "archive").get(pk=payload["job"])
        if (job.state, job.turn, job.position) == (payload["state"], payload["turn"], payload["position"]):
            STEPS[ImportState(job.state)](job, kinds[job.kind], at)


def _turn(job: SheetImport, state: ImportState, at: datetime, *, goes_on: bool = False) -> None:
    """Go to the next state, from its beginning."""
    job.state, job.position, job.done = state, 0, 0
    job.save()
    kinds[job.kind].turned(job, at)
    if goes_on:
        _go_on(job, at)


def _read(job: SheetImport, kind: ImportKind, at: datetime) -> None:
    lines = _table(job)
    try:
        top = [line for _n, line in zip(range(LOOKED_FOR_HEADINGS), lines, strict=False)]
    except CannotReadSheet:
        top = []
    try:
        job.headings, rest = _headings(top, kind)
        _keep(job, rest, lines)
    except CannotReadSheet:
        job.rows.all().delete()
        job.why = in_every_language(lambda: _why_not(job))
        job.content = b""
        job.ended_at = at
        _turn(job, ImportState.UNREADABLE, at)
        return
    job.content = b""
    job.mapping = guess(job.headings, kind)
    lacks = missing(job)
    _turn(job, ImportState.MAPPING if lacks else ImportState.CHECKING, at, goes_on=not lacks)


def _table(job: SheetImport) -> Iterator[tuple[int, list[str]]]:
    return sheets.read_table(io.BytesIO(bytes(job.content)), most=MOST_ROWS)


def _why_not(job: SheetImport) -> str:
    try:
        if sum(1 for _line in _table(job)) < 2:
            raise CannotReadSheet(_("這個檔案是空的。請依範本填寫後再上傳。"))
    except CannotReadSheet as reason:
        return str(reason)
    return ""


def _headings(top: list[tuple[int, list[str]]], kind: ImportKind) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """The line of headings and what stands below it: the first with two known names, else the first of all."""
    for n, (_number, cells) in enumerate(top):
        if sum(map(bool, guess(cells, kind))) > 1:
            return cells, top[n + 1 :]
    if not top:
        raise CannotReadSheet("")
    return top[0][1], top[1:]


def _keep(job: SheetImport, first: Iterable[tuple[int, list[str]]], lines: Iterator[tuple[int, list[str]]]) -> None:
    batch: list[ImportRow] = []
    job.total = 0
    for source in (first, lines):
        for number, cells in source:
            storable = [cell.replace("\x00", "\ufffd") for cell in cells]  # PostgreSQL keeps no NUL
            batch.append(ImportRow(job=job, number=number, cells=storable))
            if len(batch) == READ_AHEAD:
                ImportRow.objects.bulk_create(batch)
                job.total, batch = job.total + len(batch), []
    ImportRow.objects.bulk_create(batch)
    job.total += len(batch)
    if not job.total:
        raise CannotReadSheet("")


def guess(headings: Sequence[str], kind: ImportKind) -> list[str]:
    """Which column each heading names; each column once."""
    by_name = {name: column.key for column in kind.columns for name in column.names()}
    found: list[str] = []
    for heading in headings:
        key = by_name.get(sheets.heading_key(heading), "")
        found.append("" if key in found else key)
    return found


def missing(job: SheetImport) -> list[Column]:
    """The columns that must be there and were not found."""
    return [one for one in kinds[job.kind].columns if one.required and one.key not in job.mapping]


# ---- trying ------------------------------------------------------------------------------------------------------------


def read_row(job: SheetImport, kind: ImportKind, row: ImportRow) -> Reading:
    """What the cells of a row say, with what is wrong with them."""
    found = Reading(row)
    cells = {key: cell for key, cell in zip(job.mapping, row.cells, strict=False) if key}
    for column in kind.columns:
        cell = cells.get(column.key, "")
        try:
            found.values[column.key] = sheets.read_cell(column, cell)
        except CellError:
            found.refuse(column.key, _refusal(column, cell), cell)
    return found


def _refusal(column: Column, cell: str) -> Say:
    def say() -> str:
        try:
            sheets.read_cell(column, cell)
        except CellError as reason:
            return str(reason)
        return ""

    return say


def _block(job: SheetImport, size: int, **wanted: Any) -> list[ImportRow]:
    return list(job.rows.filter(number__gt=job.position, **wanted).order_by("number")[:size])


def _check(job: SheetImport, kind: ImportKind, at: datetime) -> None:
    rows = _block(job, kind.check_block)
    if not rows:
        _turn(job, ImportState.READY, at)
        return
    readings = [read_row(job, kind, row) for row in rows]
    for row in rows:
        row.key = ""
    kind.check(job, readings, at)
    _refuse_twins(job, readings)
    for reading in readings:
        reading.row.state, reading.row.problems = reading.state, reading.problems
        match reading.state:
            case RowState.REFUSED:
                job.refused += 1
            case RowState.SAME:
                job.same += 1
            case RowState.WARNED:
                job.warned += 1
            case _:
                job.good += 1
    ImportRow.objects.bulk_update(rows, ["state", "problems", "key"], batch_size=100)
    _step(job, rows, at)


def _refuse_twins(job: SheetImport, readings: list[Reading]) -> None:
    """A row that is the same as one above it is refused, and told where that stands."""
    keys = {one.row.key for one in readings if one.row.key}
    above = job.rows.filter(key__in=keys, number__lte=job.position).values_list("key", "number")
    first: dict[str, int] = dict(above) if keys else {}
    for reading in readings:
        if not (key := reading.row.key):
            continue
        if key in first:
            number = first[key]
            reading.refuse("", lambda number=number: _("和第 %(n)d 列是同一件。") % {"n": number})  # type: ignore[misc]
        else:
            first[key] = reading.row.number


def _step(job: SheetImport, rows: Sequence[ImportRow], at: datetime) -> None:
    job.position, job.done = rows[-1].number, job.done + len(rows)
    job.save()
    _go_on(job, at)


# ---- deciding ----------------------------------------------------------------------------------------------------------


def _locked(job: SheetImport, *states: ImportState) -> SheetImport:
    fresh = SheetImport.objects.select_for_update().defer("content", "archive").get(pk=job.pk)
    if fresh.state not in states:
        raise CannotImport(_("這個匯入目前是「%(now)s」，請重新整理頁面。") % {"now": fresh.get_state_display()})
    return fresh


@act
def use(job: SheetImport, *, mapping: Sequence[str] | None = None, options: dict[str, Any] | None = None, by: Any, at: datetime) -> SheetImport:  # fmt: skip
    """Read the columns so, or the names in them, and try every row again. Raises CannotImport."""
    job = _locked(job, ImportState.MAPPING, ImportState.READY, ImportState.CHECKING)
    if mapping is not None:
        used = [key for key in mapping if key]
        if len(used) != len(set(used)) or len(mapping) != len(job.headings):
            raise CannotImport(_("每個欄位只能指定一次。"))
        job.mapping = list(mapping)
    if lacks := missing(job):
        raise CannotImport(_("缺少欄位：%(columns)s。") % {"columns": "、".join(str(one.label) for one in lacks)})
    if options is not None:
        job.options = options
    job.turn += 1
    job.good = job.warned = job.refused = job.same = 0
    _turn(job, ImportState.CHECKING, at, goes_on=True)
    audit.record("files.import_columns", job, by=by, at=at, new={"mapping": job.mapping})
    return job


@act
def start(job: SheetImport, *, by: Any, at: datetime) -> SheetImport:
    """Take in the rows that may be taken in. Raises CannotImport."""
    job = _locked(job, ImportState.READY)
    if not job.good + job.warned:
        raise CannotImport(_("沒有可以匯入的列。"))
    job.confirmed_by, job.confirmed_at = by, at
    _turn(job, ImportState.TAKING, at, goes_on=True)
    audit.record(
        "files.import_confirmed", job, by=by, at=at,
        new={"kind": job.kind, "digest": job.digest, "rows": job.good + job.warned},
    )  # fmt: skip
    return job


@act
def discard(job: SheetImport, *, by: Any, at: datetime) -> SheetImport:
    """Give it up before anything was taken in."""
    job = _locked(job, ImportState.READING, ImportState.MAPPING, ImportState.CHECKING, ImportState.READY)
    job.content, job.archive, job.ended_at = b"", b"", at
    job.turn += 1
    _turn(job, ImportState.DISCARDED, at)
    audit.record("files.import_discarded", job, by=by, at=at, new={"digest": job.digest})
    return job


@act
def undo(job: SheetImport, *, reason: str, by: Any, at: datetime) -> SheetImport:
    """Take the whole import back while nothing else was done to its records. Raises CannotImport."""
    job = _locked(job, ImportState.DONE)
    if not job.taken:
        raise CannotImport(_("這次匯入沒有收進任何一件。"))
    if job.forgotten_at:
        raise CannotImport(_("匯入太久了，不能整批收回。"))
    if touched := kinds[job.kind].touched(job):
        raise CannotImport(_("其中 %(n)d 件之後已有人處理，不能整批收回。") % {"n": touched})
    job.undone_by, job.undone_because = by, reason.strip()[:500]
    _turn(job, ImportState.UNDOING, at, goes_on=True)
    audit.record("files.import_undone", job, by=by, at=at, new={"digest": job.digest, "rows": job.taken}, note=reason)
    return job


# ---- taking in ---------------------------------------------------------------------------------------------------------


def _take(job: SheetImport, kind: ImportKind, at: datetime) -> None:
    rows = _block(job, kind.take_block, state__in=TO_TAKE)
    if not rows:
        job.archive, job.ended_at = b"", at
        _turn(job, ImportState.DONE, at)
        audit.record(
            "files.import_done", job, by=job.confirmed_by, at=at,
            new={"kind": job.kind, "digest": job.digest, "taken": job.taken, "refused": job.refused, "same": job.same},
        )  # fmt: skip
        return
    readings = [read_row(job, kind, row) for row in rows]
    kind.take(job, readings, at)
    for reading in readings:
        reading.row.state = reading.state
        if reading.state == RowState.TAKEN:
            job.taken += 1
        elif reading.state == RowState.SAME:
            job.same += 1
            reading.row.problems = reading.problems
        else:
            reading.row.state = RowState.REFUSED
            job.refused += 1
            reading.row.problems = reading.problems
    ImportRow.objects.bulk_update(rows, ["state", "problems", "about"], batch_size=100)
    _step(job, rows, at)


def _undo(job: SheetImport, kind: ImportKind, at: datetime) -> None:
    rows = _block(job, kind.take_block, state=RowState.TAKEN)
    if not rows:
        _turn(job, ImportState.UNDONE, at)
        return
    gone = kind.undo(job, rows, at)
    for row in rows:
        if row.about in gone:
            row.state = RowState.UNDONE
    ImportRow.objects.bulk_update(rows, ["state"], batch_size=100)
    job.undone += len(gone)
    _step(job, rows, at)


STEPS: dict[ImportState, Callable[[SheetImport, ImportKind, datetime], None]] = {
    ImportState.READING: _read,
    ImportState.CHECKING: _check,
    ImportState.TAKING: _take,
    ImportState.UNDOING: _undo,
}
RUNNING = tuple(STEPS)
"""A worker is at it."""


# ---- afterwards --------------------------------------------------------------------------------------------------------


@act
def forget(*, before: datetime, at: datetime) -> int:
    """Empty the cells of imports that ended before an instant: they hold people's words; the counts stay."""
    old = SheetImport.objects.filter(ended_at__lt=before, forgotten_at=None).filter(~Q(state__in=RUNNING))
    jobs = list(old.order_by("pk")[:20])
    ImportRow.objects.filter(job__in=jobs).update(cells=[], problems=[], key="")
    return SheetImport.objects.filter(pk__in=[job.pk for job in jobs]).update(forgotten_at=at, content=b"", archive=b"")


def reasons(row: ImportRow, kind: ImportKind, language: str) -> list[str]:
    """What is wrong with a row, in the reader's language: 收文日：看不懂這個日期……"""
    found, colon = [], "：" if language.startswith("zh") else ": "
    for one in row.problems:
        column = kind.column(one["column"])
        why = one["why"].get(language) or next(iter(one["why"].values()), "")
        found.append(f"{column.label}{colon}{why}" if column else why)
    return found


def to_mend(job: SheetImport, states: Sequence[str], language: str) -> Iterator[list[Any]]:
    """The rows of these states as they came, with their line and the reasons behind: to be mended and sent again."""
    kind, width = kinds[job.kind], len(job.headings)
    for row in job.rows.filter(state__in=states).order_by("number").iterator(chunk_size=1000):
        cells = [*row.cells[:width], *[""] * (width - len(row.cells))]
        yield [*cells, row.number, "\n".join(reasons(row, kind, language))]
