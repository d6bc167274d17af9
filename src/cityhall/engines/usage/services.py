"""Acts on counted use: receive a batch, read it to its end, add an outside system, and keep the rules of retention.

A batch is read in slices of days. Each is written and noted by itself, none counts before the last is there; then all of
them count in one transaction, in the place of what the batch corrects. Interrupted at any point, the same file goes on.
"""

from __future__ import annotations

import fcntl
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from django.db import IntegrityError, transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from cityhall.engines.audit import services as audit
from cityhall.engines.outbox import services as outbox
from cityhall.engines.rules.queries import parameter
from cityhall.foundation.clock import day_of
from cityhall.foundation.patience import no_limits
from cityhall.foundation.unit import act, insert_all

from . import folding, imports, registry, rules, store
from .imports import CannotRead
from .models import Batch, OutsideSystem, Part, Tally
from .rules import Days, Relation
from .states import BatchState, Mode

if TYPE_CHECKING:
    from cityhall.engines.identity.models import Account

__all__ = [
    "CannotAdd",
    "CannotRead",
    "CannotReceive",
    "add_system",
    "keep_rules",
    "read",
    "receive",
    "take_in",
    "upload",
]

Tell = Callable[[Batch], None]


class CannotReceive(Exception):
    """The batch is not taken; the sentence says why."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class CannotAdd(CannotReceive):
    """The outside system is not added."""


class ReadElsewhere(Exception):
    """Somebody else is reading this batch right now."""


def quiet(_batch: Batch) -> None:
    """Nobody looks."""


# ---- outside systems -------------------------------------------------------------------------------------------------


@act
def add_system(*, key: str, name: str, by: Account | None, at: datetime) -> OutsideSystem:
    """Add a system of somebody else that will send batches. Raises CannotAdd."""
    key, name = key.strip(), name.strip()
    if not key or slugify(key) != key or len(key) > 40:
        raise CannotAdd(_("代碼只能用小寫英文字母、數字和 -。"))
    if not name:
        raise CannotAdd(_("請填名稱。"))
    if key in registry.sources or OutsideSystem.objects.filter(key=key).exists():
        raise CannotAdd(_("已經有代碼「%(code)s」的資料來源。") % {"code": key})
    made = OutsideSystem.objects.create(key=key, name=name[:60], added_at=at, added_by=by)
    audit.record("usage.system_added", made, by=by, at=at, new={"key": key, "name": made.name})
    return made


def _acts(source: str) -> list[str]:
    """What can be done with a source's subjects; none: any word. Raises CannotReceive for a source that takes no batch."""
    declared = registry.sources.get(source)
    if declared is not None and declared.outside:
        return list(declared.acts)
    if declared is None and OutsideSystem.objects.filter(key=source).exists():
        return []
    raise CannotReceive(_("沒有「%(source)s」這個可以匯入的資料來源。") % {"source": source})


# ---- receiving -------------------------------------------------------------------------------------------------------


@act
def receive(
    *,
    source: str,
    digest: str,
    name: str,
    size: int,
    first: date | None = None,
    last: date | None = None,
    addition: bool = False,
    by: Account | None,
    at: datetime,
) -> Batch:
    """Note a file of a source; the same file again is the batch that it was. Raises CannotReceive.

    The period is what the sender says; without one it is from the first to the last day in the file.
    """
    _acts(source)
    if bool(first) != bool(last) or (first and last and first > last):
        raise CannotReceive(_("期間要有起日和迄日，起日不能在迄日之後。"))
    mode = Mode.ADDITION if addition else Mode.REPORT
    known = Batch.objects.select_for_update(of=("self",)).filter(source=source, key=digest).first()
    if known is not None:
        if known.state == BatchState.REFUSED:  # nothing of it was kept: it is tried anew, as it is sent now
            known.state, known.refusal, known.mode = BatchState.READING, "", mode
            known.first_day, known.last_day, known.received_at, known.received_by = first, last, at, by
            known.save()
        return known
    try:
        with transaction.atomic():
            batch = Batch.objects.create(
                source=source, key=digest, mode=mode, name=name[:200], size=size, first_day=first,
                last_day=last, received_at=at, received_by=by,
            )  # fmt: skip
    except IntegrityError:
        return Batch.objects.get(source=source, key=digest)
    audit.record("usage.batch_received", batch, by=by, at=at, new={"source": source, "name": batch.name, "size": size})
    return batch


def upload(
    content: BinaryIO,
    *,
    source: str,
    name: str,
    first: date | None = None,
    last: date | None = None,
    addition: bool = False,
    by: Account | None,
    at: datetime,
) -> Batch:
    """Keep a file that somebody handed in at the desk, and promise to read it. Raises CannotReceive."""
    content.seek(0)
    digest = imports.digest_of(content)
    content.seek(0)
    kept = store.incoming() / digest
    if not kept.exists():
        written = kept.with_suffix(".tmp")
        with written.open("wb") as file:
            shutil.copyfileobj(content, file, imports.PIECE)
        store.keep(written, kept)
    return _promised(
        source=source, digest=digest, name=name, size=kept.stat().st_size, first=first, last=last, addition=addition,
        by=by, at=at,
    )  # fmt: skip


@act
def _promised(**said: Any) -> Batch:
    batch = receive(**said)
    if batch.state == BatchState.READING:
        outbox.promise(
            "usage.read", {"batch": batch.pk}, key=f"usage.read {batch.pk} {said['at'].isoformat()}", at=said["at"]
        )
    return batch


def take_in(
    path: Path,
    *,
    source: str,
    first: date | None = None,
    last: date | None = None,
    addition: bool = False,
    by: Account | None,
    at: datetime,
    tell: Tell = quiet,
) -> Batch:
    """Receive a file of this machine and read it at once, or go on reading it. Raises CannotReceive, ReadElsewhere."""
    with path.open("rb") as file:
        digest = imports.digest_of(file)
    batch = receive(
        source=source, digest=digest, name=path.name, size=path.stat().st_size, first=first, last=last,
        addition=addition, by=by, at=at,
    )  # fmt: skip
    if batch.state == BatchState.READING:
        read(batch, path, at=at, tell=tell)
        batch.refresh_from_db()
    return batch


# ---- reading ---------------------------------------------------------------------------------------------------------


@contextmanager
def _alone(batch: Batch) -> Iterator[Path]:
    """The folder in which a batch is prepared, for one process at a time."""
    folder = store.aside() / str(batch.pk)
    folder.mkdir(exist_ok=True)
    with (folder / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise ReadElsewhere(batch) from None
        yield folder


def read(batch: Batch, path: Path, *, at: datetime, tell: Tell = quiet) -> None:
    """Read a batch to its end from where it was left; then it counts, or says why it does not. Raises ReadElsewhere."""
    with _alone(batch) as folder:
        batch.refresh_from_db()
        if batch.state != BatchState.READING:
            return
        try:
            _read(batch, path, folder, at=at, tell=tell)
        except (CannotRead, CannotReceive) as refusal:
            _refuse(batch, refusal.sentence, at=at)
        shutil.rmtree(folder, ignore_errors=True)


def _read(batch: Batch, path: Path, folder: Path, *, at: datetime, tell: Tell) -> None:
    check = imports.Check(day_of(at), batch.first_day, batch.last_day, _acts(batch.source))
    with imports.reading(path, folder, check) as (found, torn):
        days = found.days()
        report = store.refused() / f"{batch.pk}.parquet"
        refused = found.refused(torn, report)
        if not refused:
            report.unlink(missing_ok=True)
        if not days:
            _note(batch, refused_rows=refused)
            raise CannotRead(_("沒有任何一筆可以匯入。請下載退回的資料，看每一筆的原因。"))
        first, last = batch.first_day or min(days), batch.last_day or max(days)
        _note(batch, refused_rows=refused, to_write=sum(days.values()), first_day=first, last_day=last)
        _related(batch)
        tell(batch)
        runs = [one for one in rules.slices(days, imports.AT_ONCE) if one[0].isoformat() not in batch.slices]
        for begin, end in runs:
            _keep_slice(batch, begin, found.write(batch.source, batch.pk, begin, end))
            tell(batch)
    _count(batch, at=at)


@act
def _note(batch: Batch, **values: Any) -> None:
    for name, value in values.items():
        setattr(batch, name, value)
    batch.save(update_fields=list(values))


@act
def _keep_slice(batch: Batch, begin: date, written: list[imports.Written]) -> None:
    """A slice is there; it does not count yet."""
    no_limits()
    locked = Batch.objects.select_for_update().get(pk=batch.pk)
    insert_all([Part(batch=locked, source=locked.source, day=one.day, name=one.name, rows=one.rows) for one in written])
    insert_all(
        [
            Tally(batch=locked, source=locked.source, day=one.day, act=what, subject_kind=kind, rows=rows, counted=counted)
            for one in written for what, kind, rows, counted in one.sums
        ]
    )  # fmt: skip
    locked.slices = [*locked.slices, begin.isoformat()]
    locked.rows += sum(one.rows for one in written)
    locked.counted += sum(counted for one in written for _what, _kind, _rows, counted in one.sums)
    locked.save(update_fields=["slices", "rows", "counted"])
    batch.slices, batch.rows, batch.counted = locked.slices, locked.rows, locked.counted


def _related(batch: Batch) -> Batch | None:
    """The batch that this one corrects, if any. Raises CannotReceive where it would count days twice."""
    assert batch.first_day
    assert batch.last_day
    whole = Batch.objects.filter(source=batch.source, state=BatchState.COUNTS, mode=Mode.REPORT).exclude(pk=batch.pk)
    others = {one.pk: one for one in whole}
    days = {pk: Days(one.first_day, one.last_day) for pk, one in others.items() if one.first_day and one.last_day}
    found, other = rules.relation(
        Days(batch.first_day, batch.last_day), addition=batch.mode == Mode.ADDITION, others=days
    )
    if found == Relation.CLASHES and other is not None:
        raise CannotReceive(
            _(
                "和「%(name)s」（%(first)s 到 %(last)s）的期間部分重疊，同一天會算兩次。"
                "更正請用相同的期間；只補送漏掉的資料，請選「補送資料」。"
            )
            % {"name": others[other], "first": others[other].first_day, "last": others[other].last_day}
        )
    return others[other] if other is not None else None


@act
def _count(batch: Batch, *, at: datetime) -> None:
    """From now on the batch counts, and what it corrects does not. Raises CannotReceive."""
    no_limits()
    list(Batch.objects.select_for_update().filter(source=batch.source, mode=Mode.REPORT).order_by("pk"))
    batch = Batch.objects.select_for_update().get(pk=batch.pk)
    replaced = _related(batch)
    assert batch.last_day
    late = int(parameter("usage.late_days", on=day_of(at)).value)
    batch.state, batch.finished_at = BatchState.COUNTS, at
    batch.late = rules.is_late(batch.last_day, received=day_of(batch.received_at), days=late)
    batch.save(update_fields=["state", "finished_at", "late"])
    new: dict[str, Any] = {"source": batch.source, "rows": batch.rows, "counted": batch.counted}
    if replaced is not None:
        Batch.objects.filter(pk=replaced.pk).update(state=BatchState.REPLACED, replaced_by=batch)
        new["replaces"] = replaced.pk
    audit.record("usage.batch_counted", batch, by=batch.received_by, at=at, new=new)


@act
def _refuse(batch: Batch, sentence: str, *, at: datetime) -> None:
    """Nothing of the batch is kept but what it was and why it was refused."""
    batch = Batch.objects.select_for_update().get(pk=batch.pk)
    names = list(batch.parts.values_list("name", flat=True))
    batch.parts.all().delete()
    batch.tallies.all().delete()
    batch.state, batch.refusal, batch.finished_at = BatchState.REFUSED, sentence[:500], at
    batch.rows, batch.counted, batch.to_write, batch.slices = 0, 0, 0, []
    batch.save(update_fields=["state", "refusal", "finished_at", "rows", "counted", "to_write", "slices"])
    audit.record("usage.batch_refused", batch, by=batch.received_by, at=at, new={"source": batch.source})
    store.leave(names)


# ---- retention -------------------------------------------------------------------------------------------------------


def keep_rules(at: datetime) -> dict[str, int]:
    """The night's work: one file a day, addresses and old details gone by the dated rules, what nobody needs deleted."""
    today = day_of(at)

    def days(name: str) -> timedelta:
        return timedelta(days=int(parameter(f"usage.{name}_days", on=today).value))

    done = {"merged": folding.merge(today), "addresses": folding.drop_addresses(today - days("address"))}
    old = Batch.objects.filter(details_gone_on=None, last_day__lt=today - days("keep")).exclude(
        state=BatchState.READING
    )
    replaced = Batch.objects.filter(
        details_gone_on=None, state=BatchState.REPLACED, replaced_by__finished_at__lt=at - days("replaced")
    )
    done["details"] = sum(_remove_details(batch, at=at) for batch in [*old, *replaced])
    done["swept"] = store.sweep() + _sweep_incoming()
    return done


@act
def _remove_details(batch: Batch, *, at: datetime) -> int:
    """The events of a batch go; its days in sums stay for good."""
    names = list(batch.parts.values_list("name", flat=True))
    batch.parts.all().delete()
    Batch.objects.filter(pk=batch.pk).update(details_gone_on=day_of(at))
    if names:
        audit.record("usage.details_removed", batch, by=None, at=at, new={"source": batch.source, "files": len(names)})
    store.leave(names)
    (store.refused() / f"{batch.pk}.parquet").unlink(missing_ok=True)
    return len(names)


def _sweep_incoming() -> int:
    """Uploaded files go when no batch that is still being read needs them."""
    needed = set(Batch.objects.filter(state=BatchState.READING).values_list("key", flat=True))
    gone = 0
    for path in store.incoming().iterdir():
        if path.name not in needed and path.stat().st_mtime < time.time() - store.GRACE:
            path.unlink(missing_ok=True)
            gone += 1
    return gone
