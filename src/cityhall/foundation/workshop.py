"""A workshop: a database of one's own in memory, in which thousands of acts are carried out and from which they are
carried over in one go.

The acts are the product's own and do not know where they are. What they read of the city (people, rules, places, the
calendar) is a copy; what they write gets keys from a range that was kept free for it. Nobody waits for anybody: there
is no lock and no disk. At the end all new rows are written into the city's database in one transaction, as they are
(docs/adr/0017). What has an order of its own, as the audit trail, is left aside and takes its place when it is carried
over (`LeftAside`).

Used for much at once: the demo's full year, a migration. A workshop sees no other workshop's records, so what belongs
together (one person's petitions about one matter) goes into one.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Generic, TypeVar

from django.apps import apps
from django.db import connection, connections, transaction
from django.db.backends.sqlite3.base import DatabaseWrapper
from django.db.models import AutoField, Model
from django.db.models.options import Options

from . import unit

T = TypeVar("T")
Row = tuple[Any, ...]
BATCH = 2000
ROOM = 2_000_000
"""So many keys of each table are one workshop's: the lower half for records that acts insert one by one, the upper half
for the few that the database numbers itself."""


class LeftAside(Generic[T]):
    """What a workshop does not write itself: it is kept in order, and `take` gets it when all else was carried over."""

    every: list[LeftAside[Any]] = []

    def __init__(self, take: Callable[[list[T]], object]) -> None:
        self.take = take
        self.every.append(self)

    def put(self, rows: Iterable[T]) -> bool:
        """Leave rows aside; False outside of a workshop, where they have to be written at once."""
        if (shop := _current.get()) is None:
            return False
        shop.aside.setdefault(self, []).extend(rows)
        return True


@dataclass
class Carried:
    """What came out of a workshop: rows by table, and what was left aside."""

    rows: dict[type[Model], list[Row]] = field(default_factory=dict)
    aside: dict[LeftAside[Any], list[Any]] = field(default_factory=dict)

    @property
    def count(self) -> int:
        """How many rows that makes."""
        return sum(map(len, self.rows.values())) + sum(map(len, self.aside.values()))


@dataclass
class Shop:
    """An open workshop."""

    wrapper: DatabaseWrapper
    first: int
    aside: dict[LeftAside[Any], list[Any]] = field(default_factory=dict)
    keys: dict[type[Model], Iterator[int]] = field(default_factory=dict)

    def key(self, model: type[Model]) -> int:
        """The next key of a table."""
        if model not in self.keys:
            self.keys[model] = count(self.first)
        return next(self.keys[model])

    def done(self) -> Carried:
        """All that is new."""
        out = Carried(aside=self.aside)
        for model in _tables():
            options = model._meta
            if not _has_keys(options):
                continue
            columns = ", ".join(f'+"{column}"' for column in _columns(options))  # a plus: as it is stored
            key = options.pk.column
            # Names of our own tables, and a number.
            new = f'SELECT {columns} FROM "{options.db_table}" WHERE "{key}" >= {self.first} ORDER BY "{key}"'  # noqa: S608  # nosec B608
            found = self.wrapper.connection.execute(new).fetchall()  # nosemgrep: statements
            if found:
                out.rows[model] = found
        return out


_current: ContextVar[Shop | None] = ContextVar("workshop", default=None)


def current() -> Shop | None:
    """The workshop that is open here."""
    return _current.get()


def _tables() -> list[type[Model]]:
    """Every table that is Django's to make."""
    every = apps.get_models(include_auto_created=True)
    return [model for model in every if model._meta.managed and not model._meta.proxy]


def _key_field(options: Options[Any]) -> Any:
    """The field that gives a table its keys: its own, or that of the record that it belongs to, one to one."""
    found = options.pk
    while found is not None and found.remote_field is not None:
        found = found.remote_field.model._meta.pk
    return found


def _has_keys(options: Options[Any]) -> bool:
    return isinstance(_key_field(options), AutoField)  # AutoField says so of BigAutoField, too


def _columns(options: Options[Any]) -> list[str]:
    return [str(one.column) for one in options.local_concrete_fields]


def _empty() -> DatabaseWrapper:
    """A database in memory, with nothing in it."""
    given: dict[str, Any] = {
        "ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:", "OPTIONS": {}, "TIME_ZONE": None,
        **dict.fromkeys(("USER", "PASSWORD", "HOST", "PORT"), ""), "CONN_MAX_AGE": None, "CONN_HEALTH_CHECKS": False,
        "AUTOCOMMIT": True, "ATOMIC_REQUESTS": False, "TEST": {},
    }  # fmt: skip
    return DatabaseWrapper(given, "default")


@contextmanager
def _instead(wrapper: DatabaseWrapper) -> Iterator[None]:
    """For this thread that is the database."""
    before = connections["default"]
    connections["default"] = wrapper
    try:
        yield
    finally:
        connections["default"] = before
        if wrapper.connection is not None:
            wrapper.connection.close()
        unit.Setting.forget_copies()


def blueprint(first: int) -> bytes:
    """The city as every workshop finds it: all tables, and in them whatever has a key before the first one given.

    What is left aside and what has keys of its own kind (counters, sessions) is not copied.
    """
    rows: dict[type[Model], list[Model]] = {}
    for model in _tables():
        if _has_keys(model._meta):
            rows[model] = list(model._base_manager.filter(pk__lt=first).order_by("pk"))
    wrapper = _empty()
    with _instead(wrapper):
        with wrapper.schema_editor() as editor:
            for model in _tables():
                if not model._meta.auto_created:
                    editor.create_model(model)
        with transaction.atomic():
            for model, found in rows.items():
                model._base_manager.bulk_create(found, batch_size=BATCH)
        plain: sqlite3.Connection = wrapper.connection
        return plain.serialize()


@contextmanager
def workshop(city: bytes, *, first: int) -> Iterator[Shop]:
    """Open a workshop whose new rows get the keys from `first` on. All acts inside are kept, or none."""
    if unit.current() is not None:
        raise RuntimeError("a workshop cannot be part of an act")
    wrapper = _empty()
    with _instead(wrapper):
        wrapper.ensure_connection()
        plain: sqlite3.Connection = wrapper.connection
        plain.deserialize(city)
        plain.execute("PRAGMA foreign_keys=OFF")  # checked where the rows are carried to
        plain.execute("PRAGMA cache_size=-262144")
        known = {name for (name,) in plain.execute("SELECT name FROM sqlite_sequence")}
        for model in _tables():
            if isinstance(model._meta.pk, AutoField):
                table = model._meta.db_table
                said = (
                    "UPDATE sqlite_sequence SET seq = ? WHERE name = ?"
                    if table in known
                    else "INSERT INTO sqlite_sequence (seq, name) VALUES (?, ?)"
                )
                plain.execute(said, (first + ROOM // 2 - 1, table))
        shop = Shop(wrapper, first)
        token = _current.set(shop)
        try:
            yield shop
        finally:
            _current.reset(token)


def carry_over(made: Carried) -> int:
    """Write what came out of a workshop into the city's database; part of the caller's transaction. How many rows."""
    for model, rows in made.rows.items():
        _write(model, rows)
    for aside in LeftAside.every:
        if waiting := made.aside.get(aside):
            aside.take(waiting)
    return made.count


def _write(model: type[Model], rows: Sequence[Row]) -> None:
    table, columns = model._meta.db_table, ", ".join(f'"{one}"' for one in _columns(model._meta))
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f'COPY "{table}" ({columns}) FROM STDIN') as copy:  # its own reading of texts fits
                for row in rows:
                    copy.write_row(row)
            return
        places = ", ".join(["?"] * len(rows[0]))
        # Names of our own tables.
        insert = f'INSERT INTO "{table}" ({columns}) VALUES ({places})'  # noqa: S608  # nosec B608
        cursor.cursor.connection.executemany(insert, rows)  # nosemgrep: statements


def keep_free(until: int) -> None:
    """From now on everybody else's new rows get keys behind that one. Django's own tables (kinds of record, rights) go on
    as they were: a workshop makes none of those.
    """
    with connection.cursor() as cursor:
        for model in _tables():
            options = model._meta
            if not isinstance(options.pk, AutoField) or not model.__module__.startswith("cityhall."):
                continue
            if connection.vendor == "postgresql":
                sequence = "pg_get_serial_sequence(%s, %s)"
                cursor.execute(
                    f"SELECT setval({sequence}, GREATEST(%s, nextval({sequence})))",
                    [f'"{options.db_table}"', options.pk.column, until, f'"{options.db_table}"', options.pk.column],
                )
            else:
                cursor.execute(
                    "UPDATE sqlite_sequence SET seq = max(seq, %s) WHERE name = %s", [until, options.db_table]
                )
                if not cursor.rowcount:
                    cursor.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (%s, %s)", [options.db_table, until])
