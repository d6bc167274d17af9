"""The unit of work: what one transaction has in hand.

An act (`@act`) is one transaction. Acts that it calls belong to it and need no savepoint: when one of them refuses, the
whole act is undone. While it runs, the unit keeps

- rows that are only ever appended (events, audit entries, letters): they are written many at once at the end of the act,
  or as soon as a statement names their table, so that nobody in the transaction misses them;
- records that several steps of the act change: they are saved once, by the same rule;
- settings and locked records that it has read: what was read once in a transaction need not be read again;
- statements that answer nothing: PostgreSQL gets them in the message of the next one, as each message costs both sides
  more than most statements do.

`bulk` is one unit over many acts, each kept or refused by itself, all committed together (docs/adr/0010).
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache, wraps
from typing import Any, ClassVar, Generic, ParamSpec, TypeVar

from django.db import connection, transaction
from django.db.models import AutoField, Model
from django.db.models.signals import post_delete, post_save, pre_save

from . import rows as many_rows

P = ParamSpec("P")
R = TypeVar("R")
T = TypeVar("T")
M = TypeVar("M", bound=Model)

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

    def __init__(self, keys: Callable[[type[Model]], int] | None = None) -> None:
        self.keys = keys
        self.fresh: dict[type[Model], dict[Any, Model]] = {}
        self.changed_rows: dict[type[Model], dict[Any, Model]] = {}
        self.born: set[tuple[type[Model], Any]] = set()
        self.asked: set[Hashable] = set()
        self.kept: dict[Hashable, Any] = {}
        self.waiting: dict[Appendix[Any], list[Any]] = {}
        self.unsaved: dict[tuple[type[Model], Any], Model] = {}
        self.stored: dict[tuple[type[Model], Any], dict[str, Any]] = {}
        self.changed: set[Setting[Any]] = set()
        self.acting = False
        self.changes = 0
        self.along: list[str] = []
        self._saving = False
        self._savepoints: list[_Savepoint] = []

    def save(self) -> None:
        """Save the records that were changed, and those that are new."""
        if self.keys:
            for model in [*self.fresh, *self.changed_rows]:
                self._save_many(model)
        while self.unsaved:
            self._save(next(iter(self.unsaved)))

    def _save_many(self, model: type[Model]) -> None:
        """All records of a kind that are new or changed, by two statements."""
        fresh, changed = self.fresh.pop(model, {}), self.changed_rows.pop(model, {})
        if rest := [record for key, record in changed.items() if key not in fresh]:
            many_rows.update(model, rest)  # first, so that what has ended makes room for what takes its place
        if fresh:
            many_rows.insert(model, list(fresh.values()))

    def _save(self, key: tuple[type[Model], Any]) -> None:
        """Save what differs from what is stored; all of it where that is not known."""
        record, stored = self.unsaved.pop(key), self.stored.get(key)
        self._saving = True  # the statement names the table, of which others wait for their turn
        try:
            if stored is None:
                record.save()
                return
            now = stored_values(record)
            if changed := [name for name, value in now.items() if value != stored[name]]:
                many_rows.change(record, changed)
                _saved(record)
                self.stored[key] = now
        finally:
            self._saving = False

    def save_if(self, record: Model, wanted: dict[str, Any]) -> bool:
        """Save a record where it is as it was last saved here: nobody else writes where keys are given out."""
        model, key = type(record), (type(record), record.pk)
        if (known := self.stored.get(key)) is None:
            same = model._base_manager.filter(pk=record.pk, **wanted).exists()
        else:
            same = all(_fits(known, name, value) for name, value in wanted.items())
        if same:
            save_with_act(record)
            _saved(record)
            self.stored[key] = stored_values(record)
        return same

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
            self._make_way(sql)
        return (
            self._with_what_goes_along(execute, sql, params, many, context)
            if self.along
            else execute(sql, params, many, context)
        )

    def _make_way(self, sql: str) -> None:
        """Write what waits for the tables that a statement names."""
        for appendix in [one for one in self.waiting if one.table in sql]:
            self.write(appendix)
        if self.keys:
            for model in [*self.fresh, *self.changed_rows]:
                if model._meta.db_table in sql:
                    self._save_many(model)
        elif not self._saving:
            for key in [one for one in self.unsaved if one[0]._meta.db_table in sql]:
                if key in self.unsaved:  # saving the one before may have saved it
                    self._save(key)

    def take_along(self, sql: str, params: Sequence[Any]) -> None:
        """Keep a statement for the message of the next one."""
        self._make_way(sql)
        with connection.cursor() as cursor:
            # `rows` wrote it out, with its own parameters.
            self.along.append(cursor.mogrify(sql, params))  # nosemgrep: statements

    def _with_what_goes_along(
        self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any
    ) -> Any:
        cursor = context["cursor"]
        # What a server's own cursor declares is one statement by itself: `iterator` reads by such a one.
        if many or not hasattr(cursor.cursor, "mogrify") or hasattr(cursor.cursor, "name"):
            self.send_along()
            return execute(sql, params, many, context)
        before, self.along = self.along, []
        text = sql if params is None else cursor.mogrify(sql, params)
        answer = execute("; ".join([*before, text]), None, False, context)
        while cursor.nextset():  # whoever asked gets the answer to the last
            pass
        return answer

    def send_along(self) -> None:
        """Nothing follows: send what was kept."""
        if self.along:
            before, self.along = self.along, []
            with connection.cursor() as cursor:
                # Written out by `take_along`.
                cursor.execute("; ".join(before))  # nosemgrep: statements

    def _go_back(self, savepoint: str) -> None:
        """What was written since goes back with the savepoint; what waited then waits again.

        Records are read again. Settings and answers stay, unless they changed since.
        """
        before = next(one for one in reversed(self._savepoints) if one.name == savepoint)
        self.along.clear()  # a savepoint sends what was before it: this came after
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
        """One act of a bulk, with a savepoint of its own: refused, it leaves no trace.

        Where all acts stand or fall together there is none, and a record that many acts change is saved once.
        """
        try:
            self.acting = True
            if self.keys:
                yield
            else:
                with transaction.atomic():
                    yield
                    self.save()
        except BaseException:
            if self.keys:
                _spoil()
            raise
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
        if unit is None:
            with acting():
                return do(*args, **kwargs)
        if not unit.acting:
            with unit.one_of_many():
                return do(*args, **kwargs)
        try:
            return do(*args, **kwargs)
        except BaseException:
            _spoil()
            raise

    return doing


@contextmanager
def bulk(*, keys: Callable[[type[Model]], int] | None = None) -> Iterator[None]:
    """Many acts in one transaction. An act that refuses is undone alone; an error outside of acts undoes all.

    `keys` gives new records their keys where nobody else does, in a workshop: then they, too, wait to be written
    together, and no act is undone alone. One that refuses spoils all.
    """
    if _current.get() is not None:
        raise RuntimeError("a bulk cannot be part of an act")
    with transaction.atomic(), _begun(keys):
        yield


@contextmanager
def _begun(keys: Callable[[type[Model]], int] | None = None) -> Iterator[Unit]:
    unit = Unit(keys)
    token = _current.set(unit)
    along = many_rows.along.set(unit.take_along if connection.vendor == "postgresql" else None)
    if keys:
        pre_save.connect(_give_key)
    try:
        with connection.execute_wrapper(unit.watch):
            yield unit
            unit.save()
            unit.write()
            unit.send_along()
    finally:
        many_rows.along.reset(along)
        _current.reset(token)
        if keys:
            pre_save.disconnect(_give_key)


def _give_key(sender: type[Model], instance: Model, **_: Any) -> None:
    """A record that is saved by itself gets its key from the same hand as those that wait."""
    unit = _current.get()
    if unit and unit.keys and instance.pk is None and isinstance(sender._meta.pk, AutoField):
        instance.pk = unit.keys(sender)


def _fits(stored: dict[str, Any], name: str, wanted: Any) -> bool:
    field, _, how = name.partition("__")
    return bool(stored[field] in wanted if how == "in" else stored[field] == wanted)


@cache
def _columns(model: type[Model]) -> tuple[tuple[str, ...], Callable[[Model], tuple[Any, ...]]]:
    names = tuple(field.attname for field in model._meta.concrete_fields)
    return names, many_rows.reader(names)


def stored_values(record: Model) -> dict[str, Any]:
    """The values of a record's columns, by the names of their fields."""
    names, read = _columns(type(record))
    return dict(zip(names, read(record), strict=True))


def _saved(record: Model) -> None:
    post_save.send(type(record), instance=record, created=False, raw=False, using="default", update_fields=None)


def just_read(record: Model) -> None:
    """The record is as it is stored, and locked: the act saves only what it changes of it."""
    if unit := _current.get():
        unit.stored[type(record), record.pk] = stored_values(record)


def save_with_act(record: Model) -> None:
    """Save a record once at the end of the act, however often the act changes it; at once outside of acts."""
    unit = _current.get()
    if unit is None:
        record.save()
    elif unit.keys is not None:
        unit.changed_rows.setdefault(type(record), {})[record.pk] = record
    else:
        unit.unsaved[type(record), record.pk] = record


def save_if(record: Model, *fields: str, **stored: Any) -> bool:
    """Save these fields where the row is still stored so; else save nothing and say so.

    Of two acts that begin from the same state, one ends it: `save_if(reply, "state", state=ReplyState.IN_REVIEW)`.
    """
    model, values = type(record), {name: getattr(record, name) for name in fields}
    if (unit := _current.get()) and unit.keys is not None:
        return unit.save_if(record, stored)
    if not model._base_manager.filter(pk=record.pk, **stored).update(**values):
        return False
    post_save.send(
        model, instance=record, created=False, raw=False, using=connection.alias, update_fields=frozenset(fields)
    )
    return True


def save_at_once(record: Model, *fields: str) -> None:
    """Save a record now, all of it or these fields; where keys are given out, with all others.

    The act's own copy is saved with the act: nobody reads its table before.
    """
    unit, key = _current.get(), (type(record), record.pk)
    if unit and unit.keys is not None:
        save_with_act(record)
        unit.stored[key] = stored_values(record)
    elif unit and key in unit.stored and unit.kept.get(key) is record:
        save_with_act(record)
    else:
        record.save(update_fields=fields or None)


def insert(record: M) -> M:
    """Store a new record: at once, or with all others where keys are given out (`bulk`)."""
    unit = _current.get()
    model = type(record)
    if unit is None or unit.keys is None:
        many_rows.add(model, [record])
        post_save.send(model, instance=record, created=True, update_fields=None, raw=False, using="default")
        return record
    if (pk := record.pk) is None and isinstance(model._meta.pk, AutoField):
        record.pk = pk = unit.keys(model)
    record._state.adding, record._state.db = False, "default"
    unit.fresh.setdefault(model, {})[pk] = record
    unit.born.add((model, pk))
    post_save.send(model, instance=record, created=True, update_fields=None, raw=False, using="default")
    unit.stored[model, pk] = stored_values(record)
    return record


def insert_all(records: Sequence[Model]) -> None:
    """Store new records of one kind: by one statement, or with all others where keys are given out."""
    if not records:
        return
    if gives_keys():
        for record in records:
            insert(record)
    else:
        many_rows.add(type(records[0]), records)


def set_all(records: Sequence[Model], **values: Any) -> int:
    """Give records that the act holds these values, by one statement or together with what else is changed."""
    for record in records:
        for name, value in values.items():
            setattr(record, name, value)
    if not records:
        return 0
    unit, model = _current.get(), type(records[0])
    if unit is None or unit.keys is None:
        return model._base_manager.filter(pk__in=[one.pk for one in records]).update(**values)
    for record in records:
        save_with_act(record)
    return len(records)


def written_in_bulk(model: type[M]) -> Callable[[list[M]], object]:
    """How rows of a kind that are only appended are written; they learn no keys."""

    def write(new: list[M]) -> None:
        unit = _current.get()
        if unit is None or unit.keys is None:
            many_rows.add(model, new, keys=False)
            return
        for one in new:
            one.pk = unit.keys(model)
            one._state.adding, one._state.db = False, "default"
        many_rows.insert(model, new)

    return write


def write_what_waits() -> None:
    """Write what the act has appended so far, but for what goes last: before taking a lock for which others wait."""
    unit = _current.get()
    if unit is not None and unit.keys is None:
        for appendix in [one for one in unit.waiting if not one.last]:
            unit.write(appendix)


def gives_keys() -> bool:
    """Whether new records get their keys from the unit: nobody else writes here, and nothing was written before."""
    unit = _current.get()
    return unit is not None and unit.keys is not None


def remembered(key: tuple[type[Model], Hashable] | Setting[Any], read: Callable[[], T]) -> T:
    """What `read` says, asked once in an act; outside of acts it is asked each time."""
    unit = _current.get()
    if unit is None:
        return read()
    if key not in unit.kept:
        unit.kept[key] = read()
    found: T = unit.kept[key]
    return found


def remembered_of(
    owner: tuple[type[Model], Any], key: tuple[type[Model], Hashable], read: Callable[[], list[T]]
) -> list[T]:
    """The same for what belongs to a record: a record that this unit has just inserted has nothing yet."""
    unit = _current.get()
    if unit is None:
        return read()
    if key not in unit.kept:
        new = owner in unit.born and key not in unit.asked
        unit.asked.add(key)
        unit.kept[key] = [] if new else read()
    found: list[T] = unit.kept[key]
    return found


def belongs(owner: tuple[type[Model], Any], key: tuple[type[Model], Hashable], record: Model) -> None:
    """A new record is one of those that `remembered_of` keeps under that key, where they are known."""
    if (unit := _current.get()) is None:
        return
    if key in unit.kept:
        unit.kept[key].append(record)
    elif owner in unit.born and key not in unit.asked:
        unit.asked.add(key)
        unit.kept[key] = [record]


def waiting_for(appendix: Appendix[T]) -> list[T]:
    """The rows of this unit that are not written yet."""
    unit = _current.get()
    return unit.waiting.get(appendix, []) if unit else []


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

    @classmethod
    def forget_copies(cls) -> None:
        """Another database is in use: this process's copies are of the one before."""
        for setting in cls.everything:
            setting._copy = None

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
