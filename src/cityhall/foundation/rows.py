"""Rows of one table by one statement: without the questions and answers that a single record's saving takes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextvars import ContextVar
from datetime import UTC, datetime
from functools import cache
from operator import attrgetter
from typing import Any, TypeVar

from django.db import connection, models, transaction
from django.db.models import Model
from django.db.models.base import ModelState

Value = tuple[frozenset[type[Any]], Callable[[Any], Any]]
"""Of which types a field's values are handed to the database as they are, and how all others are."""
M = TypeVar("M", bound=Model)
AS_THEY_ARE: frozenset[type[Any]] = frozenset({str, int, float, bool, type(None)})
NOTHING: frozenset[type[Any]] = frozenset({type(None)})


def _instant(value: datetime) -> str:
    # The offset, always the same six characters, is left out: in SQLite every instant is one of UTC.
    return (value if value.tzinfo is UTC else value.astimezone(UTC)).isoformat(" ")[:-6]


def _value(field: models.Field[Any, Any]) -> Value:
    """How a field's values are handed to the database."""

    def by_the_field(value: Any) -> Any:
        return field.get_db_prep_save(value, connection)

    if connection.vendor == "sqlite" and type(field) is models.DateTimeField:
        return NOTHING, _instant
    simple = (models.CharField, models.TextField, models.IntegerField, models.BooleanField, models.ForeignKey,
              models.AutoField)  # fmt: skip
    ours = not type(field).__module__.startswith("django.db.models")
    return AS_THEY_ARE if isinstance(field, simple) and not ours else frozenset(), by_the_field


@cache
def _plain(
    model: type[Model],
) -> tuple[dict[str, Any], list[tuple[str, Callable[[], Any]]], dict[str, tuple[str, str]]]:
    """What a record of that kind begins with: constants, what is made anew each time, and who belongs where."""
    constant, made, relations = {}, [], {}
    for one in model._meta.concrete_fields:
        if one.has_default() and callable(one.default):  # what says "no default" can be called, too
            made.append((one.attname, one.get_default))
        else:
            constant[one.attname] = one.get_default()
        if isinstance(one, models.ForeignKey):
            relations[one.name] = one.attname, one.target_field.attname
    return constant, made, relations


def new(model: type[M], **values: Any) -> M:
    """A record with those values, as `model(…)` makes it, at a third of the cost: for tables with a row a step.

    For plain tables: no inheritance, nobody listens to what is made, and no record has only one of them.
    """
    record = model.__new__(model)
    record._state = ModelState()
    constant, made, relations = _plain(model)
    own = record.__dict__
    own.update(constant)
    for name, make in made:
        own[name] = None if name in values else make()
    for name, value in values.items():
        if (relation := relations.get(name)) is not None:
            own[relation[0]] = None if value is None else getattr(value, relation[1])
            record._state.fields_cache[name] = value
        elif name in own:
            own[name] = value
        else:
            raise TypeError(f"{model.__name__} has no field {name}")
    return record


def reader(names: Sequence[str]) -> Callable[[Any], tuple[Any, ...]]:
    """How these attributes of a record are read, all at once and in this order."""
    read = attrgetter(*names)
    return read if len(names) > 1 else lambda record: (read(record),)


@cache
def _adding(model: type[Model], vendor: str, keyed: bool) -> tuple[Callable[[Any], Any], tuple[Value, ...], str, str]:
    """How a table's new rows are read from records, the statement, and a row's place in it."""
    fields = [one for one in model._meta.local_concrete_fields if keyed or not one.primary_key]
    columns = ", ".join(f'"{one.column}"' for one in fields)
    place = f"({', '.join(['%s'] * len(fields))})"
    # Names of our own tables and columns; the values are parameters.
    insert = f'INSERT INTO "{model._meta.db_table}" ({columns}) VALUES '  # noqa: S608  # nosec B608
    return reader([one.attname for one in fields]), tuple(map(_value, fields)), insert, place


@cache
def _updating(model: type[Model]) -> str:
    key = model._meta.pk.column
    columns = ", ".join(f'"{one.column}" = %s' for one in model._meta.local_concrete_fields)
    # Names of our own tables and columns; the values are parameters.
    return f'UPDATE "{model._meta.db_table}" SET {columns} WHERE "{key}" = %s'  # noqa: S608  # nosec B608


def _rows(model: type[Model], records: Iterable[Model]) -> list[list[Any]]:
    read, values, _insert, _place = _adding(model, connection.vendor, keyed=True)
    return [_values(record, read, values) for record in records]


def _values(record: Any, read: Callable[[Any], Any], values: tuple[Value, ...]) -> list[Any]:
    if (complete := getattr(record, "before_saving", None)) is not None:
        complete()
    return _as_stored(read(record), values)


def _as_stored(given: Sequence[Any], values: tuple[Value, ...]) -> list[Any]:
    return [one if type(one) in plain else value(one) for (plain, value), one in zip(values, given, strict=True)]


def insert(model: type[Model], records: Sequence[Model]) -> None:
    """New rows, with the keys that they have."""
    _read, _values, begin, place = _adding(model, connection.vendor, keyed=True)
    statement = begin + place
    with connection.cursor() as cursor:
        cursor.executemany(statement, _rows(model, records))


def update(model: type[Model], records: Sequence[Model]) -> None:
    """All columns of rows that are there."""
    keys = [record.pk for record in records]
    changed = [[*row, key] for row, key in zip(_rows(model, records), keys, strict=True)]
    with connection.cursor() as cursor:
        cursor.executemany(_updating(model), changed)


along: ContextVar[Callable[[str, Sequence[Any]], None] | None] = ContextVar("along", default=None)
"""Who takes a statement along that answers nothing, to send it in the message of the next one (see `unit`)."""


def _say(statement: str, values: Sequence[Any]) -> None:
    if (take := along.get()) is not None:
        take(statement, values)
        return
    with transaction.mark_for_rollback_on_error(using=connection.alias), connection.cursor() as cursor:
        # Names of our own tables and columns; the values are parameters.
        cursor.execute(statement, values)  # nosemgrep: statements


@cache
def _changing(model: type[Model], names: tuple[str, ...], vendor: str) -> tuple[str, tuple[Value, ...]]:
    key = model._meta.pk
    fields = [next(one for one in model._meta.local_concrete_fields if one.attname == name) for name in names]
    columns = ", ".join(f'"{one.column}" = %s' for one in fields)
    # Names of our own tables and columns; the values are parameters.
    statement = f'UPDATE "{model._meta.db_table}" SET {columns} WHERE "{key.column}" = %s'  # noqa: S608  # nosec B608
    return statement, tuple(map(_value, [*fields, key]))


def change(record: Model, names: Sequence[str]) -> None:
    """These attributes of a row that is there and that the transaction has locked; nobody asks how many were met."""
    statement, values = _changing(type(record), tuple(names), connection.vendor)
    _say(statement, _as_stored(reader([*names, record._meta.pk.attname])(record), values))


MOST_VALUES = 30_000
"""SQLite takes 32,766 in a statement."""


def _instead(model: type[Model], unique: str, names: Sequence[str]) -> str:
    columns = {one.name: one.column for one in model._meta.local_concrete_fields}
    taken = ", ".join(f'"{columns[name]}" = EXCLUDED."{columns[name]}"' for name in names)
    # Names of our own columns.
    return f' ON CONFLICT ("{columns[unique]}") DO UPDATE SET {taken}'  # nosec B608


def add(
    model: type[Model],
    records: Sequence[Model],
    *,
    unless_there: bool = False,
    instead: tuple[str, Sequence[str]] | None = None,
    keys: bool = True,
    then: tuple[str, list[Any]] | None = None,
) -> None:
    """New rows; where they have no key the database gives them one. As `bulk_create`, at a third of the cost.

    Without `keys` the records do not learn theirs; neither do they with `unless_there`, by which rows that meet one that
    is there are left out, and with `instead`, the name of a unique field and others that a row which is there by it takes
    from the new one. Then the rows may go along with the act's next statement. `then` is a statement that follows the
    rows at once, in the same message where the database takes more than one.
    """
    if not records:
        return
    keyed = not isinstance(model._meta.pk, models.AutoField) or records[0].pk is not None
    read, values, insert, place = _adding(model, connection.vendor, keyed)
    most = MOST_VALUES // len(values)
    silent = keyed or unless_there or instead is not None or not keys
    met = " ON CONFLICT DO NOTHING" if unless_there else _instead(model, *instead) if instead else ""
    with transaction.mark_for_rollback_on_error(using=connection.alias), connection.cursor() as cursor:
        for first in range(0, len(records), most):
            lot = records[first : first + most]
            given = [one for record in lot for one in _values(record, read, values)]
            statement = insert + ", ".join([place] * len(lot)) + met
            if not silent:
                statement += f' RETURNING "{model._meta.pk.column}"'
            if then and connection.vendor == "postgresql" and lot[-1] is records[-1]:
                statement, given, then = f"{statement}; {then[0]}", [*given, *then[1]], None
            if silent:
                _say(statement, given)
                continue
            # Names of our own tables and columns; the values are parameters.
            cursor.execute(statement, given)  # nosemgrep: statements
            for record, (key,) in zip(lot, cursor.fetchall(), strict=True):
                record.pk = key
        if then:
            # What the caller wrote out, with its own parameters.
            cursor.execute(*then)  # nosemgrep: statements
    for record in records:
        record._state.adding, record._state.db = False, connection.alias
