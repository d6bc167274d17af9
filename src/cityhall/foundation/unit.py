"""The unit of work: what one transaction has in hand.

An act (`@act`) is one transaction. Acts that it calls belong to it and need no savepoint: when one of them refuses, the
whole act is undone. While it runs, the unit keeps

- rows that are only ever appended (events, audit entries, letters): they are written many at once at the end of the act,
  or as soon as a statement names their table, so that nobody in the transaction misses them;
- records that several steps of the act change: they are saved once, by the same rule;
- settings and locked records that it has read: what was read once in a transaction need not be read again.

`bulk` is one unit over many acts, each kept or refused by itself, all committed together (docs/adr/0010).
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import wraps
from typing import Any, ClassVar, Generic, ParamSpec, TypeVar

from django.db import connection, transaction
from django.db.models import Model
from django.db.models.signals import post_delete, post_save

P = ParamSpec("P")
R = TypeVar("R")
T = TypeVar("T")

MOST_WAITING = 1000
"""So many rows of a bulk wait at most; then they are written after the act that is running."""


class Appendix(Generic[T]):
    """A table to which rows are only appended, and how to write many of them.

    `last` tables are written after all others: the audit trail, whose head everybody locks.
    """

    def __init__(self, table: str, write: Callable[[list[T]], object], *, last: bool = False) -> None:
        self.table, self.write, self.last = table, write, last

    @staticmethod
    def unwritten(rows: list[T]) -> None:
        """The rows were written, and that was undone: they will be written again."""
        for row in rows:
            if isinstance(row, Model):
                row.pk, row._state.adding = None, True

    def append(self, row: T) -> T:
        """Have the row written before anybody can read its table. Only within an act."""
        unit = current()
        if unit is None:
            raise RuntimeError(f"a row of {self.table} is appended outside of an act")
        unit.waiting.setdefault(self, []).append(row)
        return row


@dataclass(frozen=True)
class _Savepoint:
    """What there was when a savepoint was made."""

    name: str
    waiting: dict[Appendix[Any], list[Any]]
    changes: int


class Unit:
    """One transaction's rows to append, records to save, and what it has read."""

    def __init__(self) -> None:
        self.kept: dict[Hashable, Any] = {}
        self.waiting: dict[Appendix[Any], list[Any]] = {}
        self.unsaved: dict[tuple[type[Model], Any], Model] = {}
        self.stored: dict[tuple[type[Model], Any], dict[str, Any]] = {}
        self.changed: set[Setting[Any]] = set()
        self.acting = False
        self.changes = 0
        self._savepoints: list[_Savepoint] = []

    def save(self) -> None:
        """Save the records that were changed."""
        while self.unsaved:
            self._save(next(iter(self.unsaved)))

    def _save(self, key: tuple[type[Model], Any]) -> None:
        """Save what differs from what is stored; all of it where that is not known."""
        record, stored = self.unsaved.pop(key), self.stored.get(key)
        if stored is None:
            record.save()
            return
        now = stored_values(record)
        if changed := [name for name, value in now.items() if value != stored[name]]:
            record.save(update_fields=changed)
            self.stored[key] = now

    def write(self, only: Appendix[Any] | None = None) -> None:
        """Write what waits, of one table or of all; what that appends in turn is written too."""
        while self.waiting:
            appendix = only or min(self.waiting, key=lambda one: one.last)
            if rows := self.waiting.pop(appendix, None):
                appendix.write(rows)
            if only:
                return

    def watch(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        """Stand before every statement: nobody reads a table while something for it waits.

        A savepoint remembers what waited; going back to it undoes what came after it and nothing else.
        """
        if sql.startswith("SAVEPOINT"):
            self.save()
            waiting = {one: list(rows) for one, rows in self.waiting.items()}
            self._savepoints.append(_Savepoint(sql.split()[-1], waiting, self.changes))
        elif sql.startswith("RELEASE"):
            while self._savepoints and self._savepoints.pop().name != sql.split()[-1]:
                pass
        elif sql.startswith("ROLLBACK TO"):
            self._go_back(sql.split()[-1])
        else:
            for appendix in [one for one in self.waiting if one.table in sql]:
                self.write(appendix)
            for key in [one for one in self.unsaved if one[0]._meta.db_table in sql]:
                if key in self.unsaved:  # saving the one before may have saved it
                    self._save(key)
        return execute(sql, params, many, context)

    def _go_back(self, savepoint: str) -> None:
        """What was written since goes back with the savepoint; what waited then waits again.

        Records are read again. Settings and answers stay, unless they changed since.
        """
        before = next(one for one in reversed(self._savepoints) if one.name == savepoint)
        self.waiting = {appendix: list(rows) for appendix, rows in before.waiting.items()}
        for appendix, rows in self.waiting.items():
            appendix.unwritten(rows)
        self.unsaved.clear()
        self.stored.clear()
        if self.changes != before.changes:
            self.kept.clear()
        else:
            self.kept = {key: value for key, value in self.kept.items() if not isinstance(key, tuple)}

    @contextmanager
    def one_of_many(self) -> Iterator[None]:
        """One act of a bulk, with a savepoint of its own: refused, it leaves no trace."""
        try:
            with transaction.atomic():
                self.acting = True
                yield
                self.save()
        finally:
            self.acting = False
        if sum(map(len, self.waiting.values())) >= MOST_WAITING:
            self.write()


_current: ContextVar[Unit | None] = ContextVar("unit", default=None)


def current() -> Unit | None:
    """The unit of the act that is running; None outside of acts."""
    return _current.get()


@contextmanager
def acting() -> Iterator[None]:
    """Everything inside is one act: kept together or not at all."""
    unit = _current.get()
    if unit is None:
        with transaction.atomic(), _begun() as unit:
            unit.acting = True
            yield
    elif not unit.acting:
        with unit.one_of_many():
            yield
    else:
        try:
            yield
        except BaseException:
            _spoil()
            raise


def _spoil() -> None:
    """Whoever catches a refusal inside the outer act cannot go on: half of an act is no act."""
    if connection.in_atomic_block:
        connection.needs_rollback = True


def act(do: Callable[P, R]) -> Callable[P, R]:
    """Declare an act: see `acting`."""

    @wraps(do)
    def doing(*args: P.args, **kwargs: P.kwargs) -> R:
        unit = _current.get()
        if unit is None or not unit.acting:
            with acting():
                return do(*args, **kwargs)
        try:
            return do(*args, **kwargs)
        except BaseException:
            _spoil()
            raise

    return doing


@contextmanager
def bulk() -> Iterator[None]:
    """Many acts in one transaction. An act that refuses is undone alone; an error outside of acts undoes all."""
    if _current.get() is not None:
        raise RuntimeError("a bulk cannot be part of an act")
    with transaction.atomic(), _begun():
        yield


@contextmanager
def _begun() -> Iterator[Unit]:
    unit = Unit()
    token = _current.set(unit)
    try:
        with connection.execute_wrapper(unit.watch):
            yield unit
            unit.save()
            unit.write()
    finally:
        _current.reset(token)


def stored_values(record: Model) -> dict[str, Any]:
    """The values of a record's columns, by the names of their fields."""
    return {field.attname: getattr(record, field.attname) for field in record._meta.concrete_fields}


def just_read(record: Model) -> None:
    """The record is as it is stored, and locked: the act saves only what it changes of it."""
    if unit := _current.get():
        unit.stored[type(record), record.pk] = stored_values(record)


def save_with_act(record: Model) -> None:
    """Save a record once at the end of the act, however often the act changes it; at once outside of acts."""
    unit = _current.get()
    if unit is None:
        record.save()
    else:
        unit.unsaved[type(record), record.pk] = record


def save_if(record: Model, *fields: str, **stored: Any) -> bool:
    """Save these fields where the row is still stored so; else save nothing and say so.

    Of two acts that begin from the same state, one ends it: `save_if(reply, "state", state=ReplyState.IN_REVIEW)`.
    """
    model, values = type(record), {name: getattr(record, name) for name in fields}
    if not model._base_manager.filter(pk=record.pk, **stored).update(**values):
        return False
    post_save.send(
        model, instance=record, created=False, raw=False, using=connection.alias, update_fields=frozenset(fields)
    )
    return True


def remembered(key: tuple[type[Model], Hashable] | Setting[Any], read: Callable[[], T]) -> T:
    """What `read` says, asked once in an act; outside of acts it is asked each time."""
    unit = _current.get()
    if unit is None:
        return read()
    if key not in unit.kept:
        unit.kept[key] = read()
    found: T = unit.kept[key]
    return found


def remember(key: tuple[type[Model], Hashable], value: object) -> None:
    """Keep something for the rest of the unit."""
    if unit := _current.get():
        unit.kept[key] = value


def forget(key: Hashable) -> None:
    """It has changed: ask again."""
    if unit := _current.get():
        unit.changes += 1
        unit.kept.pop(key, None)


def forget_all(model: type[Model]) -> None:
    """Records of that kind were changed by one statement: read again what is kept of them."""
    if unit := _current.get():
        for key in [key for key in unit.kept if isinstance(key, tuple) and key[0] is model]:
            unit.kept.pop(key)


def recalled(*models: type[Model]) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Declare a question that acts ask again and again; within an act its answers are kept.

    They are forgotten when a row of these models is saved or deleted. What is changed in another way (`update`,
    `bulk_create`) is forgotten by `forget(question)`. Arguments are hashable, and records among them are saved ones.
    """

    def declare(question: Callable[P, R]) -> Callable[P, R]:
        @wraps(question)
        def ask(*args: P.args, **kwargs: P.kwargs) -> R:
            unit = _current.get()
            if unit is None:
                return question(*args, **kwargs)
            answers = unit.kept.setdefault(ask, {})
            key = args, tuple(sorted(kwargs.items()))
            if key not in answers:
                answers[key] = question(*args, **kwargs)
            answer: R = answers[key]
            return answer

        _on_change(models, lambda: forget(ask))
        return ask

    return declare


def one_copy(model: type[Model], key: Callable[[Any], Hashable]) -> None:
    """Let acts keep the copies that they locked, under `(model, key(record))`: one record, or a list of records.

    When another copy of one of them is saved, what is kept under its key is read again.
    """

    def saved(instance: Model, **_: Any) -> None:
        if (unit := _current.get()) is None:
            return
        unit.stored.pop((model, instance.pk), None)
        held = unit.kept.get((model, key(instance)))
        if held is not None and not any(one is instance for one in (held if isinstance(held, list) else [held])):
            unit.kept.pop((model, key(instance)))

    for signal in (post_save, post_delete):
        signal.connect(saved, sender=model, weak=False)


class Setting(Generic[T]):
    """Something that changes rarely and is asked often. A process keeps its copy while the stamp stands.

    `stamp` is one cheap question whose answer changes with the setting, in whatever process it was changed; it is asked
    once in an act. A saved or deleted row of the models is noticed at once.
    """

    everything: ClassVar[list[Setting[Any]]] = []

    def __init__(self, *models: type[Model], stamp: Callable[[], Hashable], read: Callable[[], T]) -> None:
        self.stamp, self.read = stamp, read
        self._copy: tuple[Hashable, T] | None = None
        self.everything.append(self)
        _on_change(models, self.forget)

    def now(self) -> T:
        """The setting as it stands."""
        return remembered(self, self._fresh)

    def _fresh(self) -> T:
        unit = _current.get()
        if unit and self in unit.changed:  # by this very transaction, which may still be undone
            return self.read()
        stamp, copy = self.stamp(), self._copy
        if copy is None or copy[0] != stamp:
            self._copy = copy = stamp, self.read()
        return copy[1]

    def forget(self) -> None:
        """It has changed: ask again."""
        self._copy = None
        if unit := _current.get():
            unit.changed.add(self)
            unit.changes += 1
            unit.kept.pop(self, None)


def _on_change(models: tuple[type[Model], ...], forget: Callable[[], None]) -> None:
    for model in models:
        for signal in (post_save, post_delete):
            signal.connect(lambda **_: forget(), sender=model, weak=False)
