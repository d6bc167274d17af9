"""The whole city in one file, and back: rows, attachments and the other files of the data folder.

The form belongs to no database: rows are JSON lines, told by the tables of the migrations that had been applied, so a
city that began on SQLite is restored onto PostgreSQL, and an old backup into a newer program. What can be made from
the rows (the search index) is left out and made again. The secret key is left out too: a stolen backup does not open
what the key has sealed.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import sqlite3
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path, PurePosixPath
from typing import IO, Any

from django.apps import apps
from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.core.management.color import no_style
from django.db import DEFAULT_DB_ALIAS, connection, connections, transaction
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import Field, Model
from django.db.models.sql import InsertQuery
from django.utils.encoding import is_protected_type

from cityhall.engines.audit import queries as trail
from cityhall.engines.audit import services as audit
from cityhall.engines.files.models import StoredFile, path_of
from cityhall.engines.textsearch import services as textsearch
from cityhall.foundation.clock import TAIPEI
from cityhall.foundation.patience import no_limits
from cityhall.project.migrating import quickly

FORMAT = 1
MANIFEST = "manifest.json"
SNAPSHOT = "snapshot"
UNSEALED = b"-" * 64  # the place of the SHA-256 with which a backup ends
BATCH = 500
CHUNK = 2**20
DERIVED = frozenset({"textsearch_document", "likeness_print"})  # made again from the rows, the second by the night
TRANSIENT = (
    "secret-key", "metrics", "backups", "serve-*", "standins*", "demo-accounts.json", "*.draft", "*.tmp", "*.new", "aside",
)  # fmt: skip


class CannotBackUp(Exception):
    """The backup was not made; nothing is left behind."""


class CannotRestore(Exception):
    """The backup was not taken in; the database is as it was."""


@dataclass(frozen=True)
class Done:
    """What went into a backup, or came out of it."""

    path: Path
    rows: int
    files: int
    missing: tuple[str, ...] = ()  # attachments whose bytes are not there, or not those that were stored
    audit_rows: int = 0


Tell = Callable[[str], None]


def quiet(_line: str) -> None:
    """Nobody listens."""


def fingerprint() -> str:
    """Names the secret key without telling it."""
    return hmac.new(settings.SECRET_KEY.encode(), b"cityhall backup", hashlib.sha256).hexdigest()[:16]


def _known_fingerprints() -> set[str]:
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return {hmac.new(key.encode(), b"cityhall backup", hashlib.sha256).hexdigest()[:16] for key in keys}


# ---- making one ------------------------------------------------------------------------------------------------------


@contextmanager
def _snapshot(folder: Path) -> Iterator[str]:
    """The name of a connection that sees the database as it is now, whatever is written meanwhile.

    Nobody waits for it: SQLite is copied page by page by its own backup, PostgreSQL keeps a snapshot for the reader.
    """
    if connection.vendor == "sqlite":
        copy = folder / "snapshot.sqlite3"
        source, target = sqlite3.connect(connection.settings_dict["NAME"]), sqlite3.connect(copy)
        try:
            source.backup(target)
        finally:
            target.close()
            source.close()
        reader = connections.create_connection(DEFAULT_DB_ALIAS)
        reader.settings_dict = {**reader.settings_dict, "NAME": str(copy), "OPTIONS": {}}
    else:
        reader = connections.create_connection(DEFAULT_DB_ALIAS)
    reader.alias = SNAPSHOT
    connections[SNAPSHOT] = reader
    try:
        with transaction.atomic(using=SNAPSHOT):
            if reader.vendor == "postgresql":
                with reader.cursor() as cursor:
                    cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
                    cursor.execute("SET LOCAL statement_timeout = 0")
                    cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
            yield SNAPSHOT
    finally:
        reader.close()
        del connections[SNAPSHOT]


class _Archive:
    """A zip that remembers the size and SHA-256 of everything written into it."""

    def __init__(self, path: Path) -> None:
        self.zip = zipfile.ZipFile(path, "w", compression=zipfile.ZIP_DEFLATED, compresslevel=6)
        self.members: dict[str, dict[str, Any]] = {}

    def add(self, name: str, chunks: Iterable[bytes], *, packed: bool = True) -> str:
        """Write a member piece by piece; returns its SHA-256."""
        about = zipfile.ZipInfo(name)
        about.compress_type = zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED
        digest, size = hashlib.sha256(), 0
        with self.zip.open(about, "w", force_zip64=True) as member:
            for chunk in chunks:
                member.write(chunk)
                digest.update(chunk)
                size += len(chunk)
        self.members[name] = {"size": size, "sha256": digest.hexdigest()}
        return digest.hexdigest()


def default_path(at: datetime) -> Path:
    """Where a backup goes when nobody says where."""
    return Path(settings.DATA_DIR) / "backups" / f"cityhall-{at.astimezone(TAIPEI):%Y%m%d-%H%M%S}.zip"


def back_up(path: Path, *, at: datetime, tell: Tell = quiet) -> Done:
    """Write the whole city into one file, which is there only when it is whole.

    Raises CannotBackUp when the file exists or cannot be written.
    """
    if path.exists():
        raise CannotBackUp(f"{path} exists: choose another name")
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".backup-", dir=path.parent) as folder:
        draft = Path(folder) / "draft.zip"
        descriptor = os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        os.close(descriptor)
        done = _write(draft, Path(folder), at=at, tell=tell)
        seal(draft)
        draft.replace(path)
    _sync_folder(path.parent)
    audit.record("project.backed_up", None, by=None, at=at, new={"rows": done.rows, "files": done.files})
    return Done(path, done.rows, done.files, done.missing, done.audit_rows)


def seal(draft: Path) -> None:
    """End the file with the SHA-256 of all that stands before it, in the comment of the zip, and see it to the disk."""
    with draft.open("rb+") as file:
        body = _body_digest(file)
        file.write(body.encode("ascii"))
        file.flush()
        os.fsync(file.fileno())


def _body_digest(file: IO[bytes]) -> str:
    """The SHA-256 of an open backup up to its seal; leaves the file at the seal."""
    digest = hashlib.sha256()
    left = max(file.seek(0, os.SEEK_END) - len(UNSEALED), 0)
    file.seek(0)
    while left and (chunk := file.read(min(left, CHUNK))):
        digest.update(chunk)
        left -= len(chunk)
    return digest.hexdigest()


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _write(draft: Path, folder: Path, *, at: datetime, tell: Tell) -> Done:
    archive = _Archive(draft)
    tables: dict[str, int] = {}
    with archive.zip:
        with _snapshot(folder) as alias:
            migrations = sorted(MigrationRecorder(connections[alias]).applied_migrations())
            for model in _tables(apps.get_models(include_auto_created=True)):
                name = model._meta.db_table
                counted = _Counted(_lines(model, alias))
                archive.add(f"tables/{name}.jsonl", counted)
                tables[name] = counted.rows
                tell(f"{name}: {counted.rows} rows")
            wanted = _attachments(alias)
            head = trail.Head.objects.using(alias).filter(pk=1).values("seq", "hash").first() or {"seq": 0, "hash": ""}
        missing = []
        for number, digest in enumerate(sorted(wanted), start=1):
            place = path_of(digest)
            if not place.is_file() or archive.add(f"files/{digest}", _chunks(place), packed=False) != digest:
                missing.append(digest)
            if number % 1000 == 0:
                tell(f"{number} of {len(wanted)} attachments")
        for place in _other_files():
            archive.add(f"data/{place.relative_to(settings.DATA_DIR).as_posix()}", _chunks(place))
        manifest = {
            "format": FORMAT,
            "made_at": at.isoformat(),
            "database": connection.vendor,
            "key": fingerprint(),
            "migrations": migrations,
            "tables": tables,
            "audit": head,
            "missing": missing,
            "members": archive.members,
        }
        archive.zip.writestr(MANIFEST, json.dumps(manifest, ensure_ascii=False))
        archive.zip.comment = UNSEALED
    rows = sum(tables.values())
    return Done(draft, rows, len(wanted) - len(missing), tuple(missing), int(head["seq"]))


class _Counted:
    """Rows as they pass by."""

    def __init__(self, lines: Iterator[bytes]) -> None:
        self.lines, self.rows = lines, 0

    def __iter__(self) -> Iterator[bytes]:
        for line in self.lines:
            self.rows += 1
            yield line


def _tables(models: Iterable[type[Model]]) -> list[type[Model]]:
    """The tables that are kept, each once."""
    kept = {
        model._meta.db_table: model
        for model in models
        if model._meta.managed and not model._meta.proxy and model._meta.db_table not in DERIVED
    }
    return [kept[name] for name in sorted(kept)]


def _columns(model: type[Model]) -> list[Field[Any, Any]]:
    return [field for field in model._meta.local_concrete_fields if not getattr(field, "generated", False)]


def _lines(model: type[Model], alias: str) -> Iterator[bytes]:
    """First the columns, then the rows."""
    columns = _columns(model)
    names = [field.attname for field in columns]
    rows = model._base_manager.using(alias).order_by("pk").values_list(*names)
    for row in rows.iterator(chunk_size=2000):
        values = {name: _plain(field, value) for name, field, value in zip(names, columns, row, strict=True)}
        yield (json.dumps(values, ensure_ascii=False, separators=(",", ":")) + "\n").encode("utf-8", "surrogatepass")


def _plain(field: Field[Any, Any], value: Any) -> Any:
    """A value as JSON knows it. Instants keep their microseconds: the audit chain is counted from them."""
    if value is None or isinstance(value, bool | int | str | float | list | dict):
        return value
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, memoryview | bytes):
        return bytes(value).hex()
    if hasattr(value, "isoformat"):
        return value.isoformat()
    holder = field.model()
    setattr(holder, field.attname, value)
    return str(value) if is_protected_type(value) else field.value_to_string(holder)


def _value(field: Field[Any, Any], plain: Any) -> Any:
    if plain is not None and field.get_internal_type() == "BinaryField":
        return bytes.fromhex(plain)
    if field.get_internal_type() == "JSONField" or plain is None:
        return plain
    return field.to_python(plain)


def _attachments(alias: str) -> set[str]:
    rows = StoredFile.objects.using(alias).filter(removed_at=None).values_list("digest", "thumbnail_digest")
    return {digest for pair in rows for digest in pair if digest}


def _other_files() -> Iterator[Path]:
    """What else lies in the data folder, apart from databases, attachments, keys and what the next start makes anew."""
    home, files = Path(settings.DATA_DIR), Path(settings.FILES_DIR)
    for place in sorted(home.rglob("*")):
        parts = [PurePosixPath(part) for part in place.relative_to(home).parts]
        if files == place or files in place.parents or ".sqlite3" in place.name:
            continue
        if any(part.match(pattern) for part in parts for pattern in TRANSIENT) or place.name.startswith(".backup-"):
            continue
        if place.is_file() and not place.is_symlink() and not any(str(part).startswith(".backup-") for part in parts):
            yield place


def _chunks(place: Path) -> Iterator[bytes]:
    with place.open("rb") as file:
        while chunk := file.read(CHUNK):
            yield chunk


def keep_newest(folder: Path, number: int) -> list[Path]:
    """Delete all but so many of the backups that have our own names; returns those that went."""
    ours = sorted(folder.glob("cityhall-????????-??????.zip"), reverse=True)
    for old in ours[number:]:
        old.unlink()
    return ours[number:]


# ---- taking one in ---------------------------------------------------------------------------------------------------


def checked(path: Path, *, tell: Tell = quiet) -> dict[str, Any]:
    """The manifest of a backup of which every byte is as it was written. Raises CannotRestore."""
    try:
        with path.open("rb") as file:
            if _body_digest(file).encode("ascii") != file.read():
                raise CannotRestore("the backup is cut off or damaged (its last line does not fit the rest)")
        with zipfile.ZipFile(path) as archive:
            manifest = json.loads(archive.read(MANIFEST))
            if manifest.get("format") != FORMAT:
                raise CannotRestore(f"a backup of format {manifest.get('format')}; this program reads {FORMAT}")
            members: Mapping[str, Mapping[str, Any]] = manifest["members"]
            if set(archive.namelist()) != {*members, MANIFEST} or len(archive.namelist()) != len(members) + 1:
                raise CannotRestore("the backup does not hold what it says it holds")
            for name, about in members.items():
                _refuse_ways_out(name)
                digest, size = hashlib.sha256(), 0
                with archive.open(name) as member:
                    while chunk := member.read(CHUNK):
                        digest.update(chunk)
                        size += len(chunk)
                if (size, digest.hexdigest()) != (about["size"], about["sha256"]):
                    raise CannotRestore(f"{name} is not as it was written")
    except FileNotFoundError:
        raise CannotRestore(f"{path} is not there") from None
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, KeyError, ValueError, RuntimeError) as fault:
        raise CannotRestore(f"the backup is cut off or damaged ({fault})") from fault
    tell(f"checked: {len(members)} parts are as they were written")
    return dict(manifest)


def _refuse_ways_out(name: str) -> None:
    place = PurePosixPath(name)
    if place.is_absolute() or ".." in place.parts or "\\" in name:
        raise CannotRestore(f"{name} would be written outside of the data folder")


def restore(path: Path, *, at: datetime, other_key: bool = False, tell: Tell = quiet) -> Done:
    """Take a backup into an empty database: all of it or nothing.

    Raises CannotRestore, also after all was taken in when the audit trail in it was tampered with.
    """
    manifest = checked(path, tell=tell)
    if manifest["key"] not in _known_fingerprints() and not other_key:
        raise CannotRestore(
            "it was made under another secret key, and what that key sealed (second factors, sessions) cannot be "
            "opened with this one: set CITYHALL_SECRET_KEY to it, or add --other-key to go on without"
        )
    _refuse_a_city()
    executor = _migrated(manifest["migrations"])
    tell("tables are as in the backup")
    then = executor.loader.project_state(_leaves(executor, manifest["migrations"])).apps
    with zipfile.ZipFile(path) as archive:
        with transaction.atomic():
            rows = _take_rows(archive, manifest["tables"], _tables(then.get_models(include_auto_created=True)), tell)
        files = _take_files(archive, manifest, at=at)
    ContentType.objects.clear_cache()
    call_command("migrate", interactive=False, verbosity=0)
    tell("tables are up to date")
    for model, done in textsearch.rebuild():
        tell(f"search index: {done} of {model._meta.verbose_name}")
    verdict = trail.verify()
    if not verdict.ok or verdict.rows != manifest["audit"]["seq"]:
        raise CannotRestore(
            "everything came in as it was in the backup, but the audit trail does not hold together: "
            f"first bad row {verdict.first_bad_seq}"
        )
    audit.record("project.restored", None, by=None, at=at, new={"made_at": manifest["made_at"], "rows": rows})
    return Done(path, rows, files, tuple(manifest["missing"]), verdict.rows)


def _refuse_a_city() -> None:
    """Refuse a database that somebody uses: a restore never mixes two cities."""
    tables = set(connection.introspection.table_names())
    for model in ("identity.Account", "audit.Entry", "cases.Case"):
        rows = apps.get_model(model)._base_manager
        if rows.model._meta.db_table in tables and rows.exists():
            raise CannotRestore(
                "the database holds a city already: give an empty one by CITYHALL_DATABASE_URL (and an empty "
                "folder by CITYHALL_DATA_DIR)"
            )


def _leaves(executor: MigrationExecutor, names: Iterable[Iterable[str]]) -> list[tuple[str, str]]:
    """The last of those migrations in every app."""
    applied = {(str(app), str(name)) for app, name in names}
    if unknown := sorted(applied - set(executor.loader.graph.nodes)):
        raise CannotRestore(
            f"the backup is of a newer program (it knows {unknown[0][0]} {unknown[0][1]}): update this one first"
        )
    nodes = executor.loader.graph.node_map
    return sorted(
        node for node in applied if not any(c.key[0] == node[0] and c.key in applied for c in nodes[node].children)
    )


def _migrated(names: Iterable[Iterable[str]]) -> MigrationExecutor:
    """Make the tables as they were when the backup was made."""
    executor = MigrationExecutor(connection)
    leaves = _leaves(executor, names)
    if set(executor.loader.applied_migrations) - {(str(app), str(name)) for app, name in names}:
        raise CannotRestore("the database has newer tables than the backup: give one without any tables")
    with quickly():
        executor.migrate(leaves)
    return MigrationExecutor(connection)


def _take_rows(
    archive: zipfile.ZipFile, counted: Mapping[str, int], models: list[type[Model]], tell: Tell
) -> int:  # fmt: skip
    known = {model._meta.db_table: model for model in models}
    if strange := set(counted) - set(known):
        raise CannotRestore(f"no place for the table {sorted(strange)[0]}")
    no_limits()
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA defer_foreign_keys = ON")
        for table, model in known.items():  # what migrations wrote comes back with the rows
            if model._base_manager.exists():
                # The name is a table's of ours, quoted; model.delete() would follow the keys and touch other tables.
                cursor.execute(f"DELETE FROM {connection.ops.quote_name(table)}")  # noqa: S608  # nosec B608  # nosemgrep: statements
    total = 0
    for name, model in known.items():
        rows = 0
        if name in counted:
            with archive.open(f"tables/{name}.jsonl") as lines:
                rows = _insert(model, lines)
        if rows != counted.get(name, 0):
            raise CannotRestore(f"{name} has {rows} rows, the backup says {counted.get(name, 0)}")
        tell(f"{name}: {rows} rows")
        total += rows
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), models):
            cursor.execute(statement)
    return total


def _insert(model: type[Model], lines: IO[bytes]) -> int:
    """Write rows as they were, past everything that fills in fields by itself."""
    columns = _columns(model)
    expected = {field.attname for field in columns}
    batch: list[Model] = []
    total = 0
    limit = connection.ops.bulk_batch_size(columns, [None] * BATCH) if connection.vendor == "sqlite" else BATCH

    def flush() -> None:
        if batch:
            query = InsertQuery(model)
            query.insert_values(columns, batch, raw=True)
            query.get_compiler(connection=connection).execute_sql()
            batch.clear()

    for line in lines:
        values = json.loads(line.decode("utf-8", "surrogatepass"))
        if set(values) != expected:
            raise CannotRestore(f"the columns of {model._meta.db_table} are not those of its migrations")
        row = model()
        for field in columns:
            setattr(row, field.attname, _value(field, values[field.attname]))
        batch.append(row)
        total += 1
        if len(batch) >= min(limit, BATCH):
            flush()
    flush()
    return total


def _take_files(archive: zipfile.ZipFile, manifest: Mapping[str, Any], *, at: datetime) -> int:
    attachments = 0
    for name in manifest["members"]:
        kind, _slash, rest = name.partition("/")
        if kind == "files" and rest not in manifest["missing"]:
            attachments += 1
            place = path_of(rest)
        elif kind == "data":
            place = Path(settings.DATA_DIR) / rest
            if place.exists() and rest == audit.anchor_file().name:
                # The anchors of what was here before are evidence: put aside, never overwritten.
                place.rename(place.with_name(f"{place.stem}.before-{at.astimezone(TAIPEI):%Y%m%d-%H%M%S}.jsonl"))
        else:
            continue
        if place.exists():
            continue
        place.parent.mkdir(parents=True, exist_ok=True)
        draft = place.with_name(f"{place.name}.tmp")
        with archive.open(name) as member, draft.open("wb") as file:
            while chunk := member.read(CHUNK):
                file.write(chunk)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(place)
    return attachments
