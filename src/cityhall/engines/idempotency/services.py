"""Acts: do a piece of work once for a key, and give its answer again to whoever asks again."""

import base64
import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import datetime

from cryptography.fernet import Fernet
from django.conf import settings
from django.db import OperationalError, connection, transaction

from cityhall.engines.idempotency import rules
from cityhall.engines.idempotency.models import Kept
from cityhall.foundation.unit import act


class KeyMeansAnother(Exception):
    """The key was used before, for a request with another content."""


class StillWorking(Exception):
    """The first request with this key has not been answered yet."""


@dataclass(frozen=True)
class Answer:
    """An answer as it is kept. `final` says that the work is done, so that a repeat gets this answer."""

    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    final: bool = True
    replayed: bool = False


def answer_once(
    *, actor: str, key: str, fingerprint: str, at: datetime, work: Callable[[], Answer], wait: bool = False
) -> Answer:
    """Do the work and keep its answer, in one transaction that begins with writing down the key.

    A repeat gets the kept answer. When the work raises, or the process dies, nothing was done and nothing is kept. An
    answer that is not final (a refusal) is given and not kept, so the asker may correct the request and use the key
    again; what such work wrote (a counted wrong code) stays written.

    While the first request is still being worked on, a repeat on PostgreSQL raises StillWorking at once, or waits a
    little for it with `wait`. On SQLite, where one writes at a time, a repeat always waits and gets the answer.

    Raises KeyMeansAnother when the key was used for another content.
    """
    name = rules.name_of(actor, key)
    with transaction.atomic():
        _meet(name, wait)
        if not _write_down(name, fingerprint, at):
            kept = Kept.objects.get(name=name)
            if kept.fingerprint != fingerprint:
                raise KeyMeansAnother
            return _opened(bytes(kept.answer), actor, key)
        answer = work()
        mine = Kept.objects.filter(name=name)
        if answer.final:
            mine.update(answer=_sealed(answer, actor, key))
        else:
            mine.delete()
    return answer


def _write_down(name: str, fingerprint: str, at: datetime) -> bool:
    """Write the key down; False if somebody did before. One statement: a savepoint would be three."""
    table, instant = Kept._meta.db_table, connection.ops.adapt_datetimefield_value(at)
    with connection.cursor() as cursor:
        # The name of our own table.
        cursor.execute(  # nosemgrep: statements
            f"INSERT INTO {table} (name, fingerprint, at, answer) VALUES (%s, %s, %s, %s)"  # noqa: S608  # nosec B608
            " ON CONFLICT (name) DO NOTHING",
            [name, fingerprint, instant, b""],
        )
        return bool(cursor.rowcount)


def _meet(name: str, wait: bool) -> None:
    """Let one request with this key in at a time."""
    if connection.vendor != "postgresql":
        return
    number = int.from_bytes(bytes.fromhex(name[:16]), "big", signed=True)
    with connection.cursor() as cursor:
        if wait:
            try:
                cursor.execute("SELECT pg_advisory_xact_lock(%s)", [number])
            except OperationalError as error:
                if getattr(error.__cause__, "sqlstate", "") == "55P03":  # lock_timeout
                    raise StillWorking from error
                raise
        else:
            cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [number])
            if not cursor.fetchone()[0]:
                raise StillWorking


def _cipher(actor: str, key: str) -> Fernet:
    material = hashlib.sha256("\x00".join(["idempotency", settings.SECRET_KEY, actor, key]).encode()).digest()
    return Fernet(base64.urlsafe_b64encode(material))


def _sealed(answer: Answer, actor: str, key: str) -> bytes:
    plain = asdict(answer) | {"body": base64.b64encode(answer.body).decode()}
    return _cipher(actor, key).encrypt(json.dumps(plain).encode())


def _opened(sealed: bytes, actor: str, key: str) -> Answer:
    plain = json.loads(_cipher(actor, key).decrypt(sealed))
    return Answer(plain["status"], base64.b64decode(plain["body"]), plain["headers"], replayed=True)


@act
def forget(*, before: datetime, chunk: int = 5000) -> int:
    """Delete answers that were given before an instant, a few thousand at a time."""
    old = Kept.objects.filter(at__lt=before).order_by("at").values_list("pk", flat=True)[:chunk]
    return Kept.objects.filter(pk__in=list(old)).delete()[0]
