"""From journals to events: read on where the last reading ended, write files, and count them in one transaction.

At whatever step this is interrupted, a line becomes an event once: the files count with the row that says how far the
journal was read, and only if nobody else has read it meanwhile; a journal goes after its row says that all was read.
"""

from __future__ import annotations

import fcntl
import json
import logging
import re
import time
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from django.db.models import Count, F

from cityhall.foundation.unit import act

from . import journal, store
from .models import Batch, JournalMark, Part, Tally
from .states import BatchState, Mode

log = logging.getLogger("cityhall.usage")

MOST_AT_ONCE = 16 * 2**20
"""Bytes of a journal that become events together."""
MOST_FILES = 30
"""Files of a running day: each minute leaves one."""
SOURCE = re.compile(r"[a-z0-9][a-z0-9_.\-]{0,39}")

Event = dict[str, Any]


class _ReadMeanwhile(Exception):
    """Another worker has read this piece of the journal: what this one wrote is left."""


def fold(at: datetime) -> int:
    """Make events of what the journals hold; return how many lines were read."""
    lines = 0
    for path in sorted(journal.home().glob("*.jsonl")):
        while found := _fold_some(path, at):
            lines += found
        _forget_if_done(path)
    for mark in JournalMark.objects.all():
        if not (journal.home() / mark.name).exists():
            mark.delete()
    return lines


def _fold_some(path: Path, at: datetime) -> int:
    """Make events of the next lines of a journal; 0 when there are none."""
    known = JournalMark.objects.filter(name=path.name).first()
    begin = known.read if known else 0
    with path.open("rb") as file:
        file.seek(begin)
        piece = file.read(MOST_AT_ONCE)
    whole = piece[: piece.rfind(b"\n") + 1]  # the last line may still be being written
    if not whole:
        return 0
    groups, broken = parsed(whole.splitlines())
    written: list[tuple[str, date, list[Event], str]] = []
    for (source, day), found in sorted(groups.items()):
        fresh = _once_a_visitor(source, day, found)
        if fresh:
            batch = _batch(source, day, at)
            name = store.new_name(source, day)
            store.write(name, _table(fresh, batch.pk, name))
            written.append((source, day, fresh, name))
    try:
        _count(path.name, begin, begin + len(whole), broken, written, at)
    except _ReadMeanwhile:
        log.info("journal %s was read by another worker", path.name)
    return whole.count(b"\n")


def parsed(lines: Iterable[bytes]) -> tuple[Mapping[tuple[str, date], list[Event]], int]:
    """Lines as events by source and day, and how many lines are none."""
    groups: dict[tuple[str, date], list[Event]] = defaultdict(list)
    broken = 0
    for line in lines:
        if not line:
            continue
        try:
            event = dict(zip(journal.FIELDS, json.loads(line), strict=True))
            event["day"] = date.fromisoformat(event["day"])
            event["n"], event["hour"] = int(event["n"]), int(event["hour"])
            if not SOURCE.fullmatch(event["source"]) or event["n"] < 0 or not 0 <= event["hour"] <= 23:
                raise ValueError
        except (ValueError, TypeError, AttributeError):
            broken += 1
            continue
        groups[event["source"], event["day"]].append(event)
    return groups, broken


def _same(event: Mapping[str, Any]) -> tuple[Any, ...]:
    return event["act"], event["subject_kind"], event["subject"], event["visitor"]


def _once_a_visitor(source: str, day: date, found: Sequence[Event]) -> list[Event]:
    """Of what a visitor fetched in pieces, each thing once a day, however often its beginning was asked for."""
    if not any(event["partial"] and event["visitor"] for event in found):
        return list(found)
    seen = set()
    for name in Part.objects.filter(source=source, day=day, batch__mode=Mode.OWN).values_list("name", flat=True):
        rows = store.read(
            name, "act", "subject_kind", "subject", "visitor", condition=pc.field("partial") == pa.scalar(True)
        )
        seen |= {_same(row) for row in rows.to_pylist()}
    fresh = []
    for event in found:
        if event["partial"] and event["visitor"]:
            if _same(event) in seen:
                continue
            seen.add(_same(event))
        fresh.append(event)
    return fresh


def _table(found: Sequence[Event], batch: int, name: str) -> pa.Table:
    columns: dict[str, Sequence[Any]] = {key: [event[key] for event in found] for key in journal.FIELDS}
    for key in ("network", "visitor"):
        columns[key] = [value or None for value in columns[key]]
    return store.table_of({**columns, "batch": [batch] * len(found), "part": [name] * len(found)})


@act
def _batch(source: str, day: date, at: datetime) -> Batch:
    """What the program itself counted of a source in a day."""
    return Batch.objects.get_or_create(
        source=source,
        key=f"own {day.isoformat()}",
        defaults={
            "mode": Mode.OWN, "state": BatchState.COUNTS, "first_day": day, "last_day": day, "received_at": at,
            "finished_at": at,
        },
    )[0]  # fmt: skip


@act
def _count(
    journal_name: str,
    begin: int,
    end: int,
    broken: int,
    written: Sequence[tuple[str, date, list[Event], str]],
    at: datetime,
) -> None:
    """The files count from now on, and the journal is read so far: both or neither. Raises _ReadMeanwhile."""
    JournalMark.objects.get_or_create(name=journal_name)
    moved = JournalMark.objects.filter(name=journal_name, read=begin).update(read=end, broken=F("broken") + broken)
    if not moved:
        raise _ReadMeanwhile
    for source, day, found, name in written:
        batch = Batch.objects.select_for_update().get(source=source, key=f"own {day.isoformat()}")
        addresses = any(event["network"] or event["visitor"] for event in found)
        Part.objects.create(batch=batch, source=source, day=day, name=name, rows=len(found), has_addresses=addresses)
        sums: dict[tuple[str, str, str], list[int]] = defaultdict(lambda: [0, 0])
        for event in found:
            one = sums[event["act"], event["subject_kind"], event["mark"]]
            one[0] += 1
            one[1] += event["n"]
        for (what, kind, mark), (rows, counted) in sums.items():
            tally = Tally.objects.get_or_create(
                batch=batch, day=day, act=what, subject_kind=kind, mark=mark,
                defaults={"source": source, "rows": 0, "counted": 0},
            )[0]  # fmt: skip
            Tally.objects.filter(pk=tally.pk).update(rows=F("rows") + rows, counted=F("counted") + counted)
        batch.rows += len(found)
        batch.counted += sum(event["n"] for event in found)
        batch.finished_at = at
        batch.save(update_fields=["rows", "counted", "finished_at"])


def _forget_if_done(path: Path) -> None:
    """Delete a journal that nobody writes to any more and that was read to its end; its row goes after it.

    It stays for an hour, so that a backup that is being made finds the lines that its copy of the tables does not know.
    """
    if path.stat().st_mtime > time.time() - store.GRACE:
        return
    with path.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return  # its process is alive
        rest = path.stat().st_size
        known = JournalMark.objects.filter(name=path.name).first()
        read = known.read if known else 0
        file.seek(read)
        if rest - read and b"\n" in file.read():
            return
        # What stays unread is a line whose writing was interrupted: it was never counted.
        path.unlink(missing_ok=True)
    JournalMark.objects.filter(name=path.name).delete()


@act
def _swap(old: Sequence[Part], name: str, rows: int, *, has_addresses: bool) -> bool:
    """One file in the place of others of the same batch and day; False where they are not there any more."""
    locked = list(Part.objects.select_for_update().filter(pk__in=[one.pk for one in old]))
    if len(locked) != len(old):
        return False
    first = locked[0]
    Part.objects.filter(pk__in=[one.pk for one in locked]).delete()
    Part.objects.create(
        batch_id=first.batch_id, source=first.source, day=first.day, name=name, rows=rows, has_addresses=has_addresses
    )
    return True


def rewrite(old: Sequence[Part], *, addresses: bool) -> None:
    """Write the events of some files of a batch's day as one, with or without what tells visitors apart."""
    first = old[0]
    name = store.new_name(first.source, first.day)
    rows = pa.concat_tables([store.read(one.name) for one in old])
    rows = store.named(rows, name) if addresses else store.without_addresses(rows, name)
    store.write(name, rows)
    has_addresses = addresses and any(one.has_addresses for one in old)
    _swap(old, name, rows.num_rows, has_addresses=has_addresses)
    store.leave([one.name for one in old])


def merge(today: date) -> int:
    """One file for each day before this one of what the program counted, in the place of the many that its folding left.

    A day that is not over yet is put together whenever it has more than so many.
    """
    found = Part.objects.filter(batch__mode=Mode.OWN).order_by().values_list("batch", "day").annotate(many=Count("pk"))
    groups = [(batch, day) for batch, day, many in found.filter(many__gt=1) if day < today or many > MOST_FILES]
    for batch, day in groups:
        rewrite(list(Part.objects.filter(batch=batch, day=day).order_by("pk")), addresses=True)
    return len(groups)


def drop_addresses(before: date) -> int:
    """Take what tells visitors apart out of the events of days before one."""
    parts = list(Part.objects.filter(has_addresses=True, day__lt=before).order_by("pk"))
    for part in parts:
        rewrite([part], addresses=False)
    return len(parts)
