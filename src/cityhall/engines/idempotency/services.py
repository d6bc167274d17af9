"""Acts: do a piece of work once for a key, and give its answer again to whoever asks again."""

import base64
import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from cryptography.fernet import Fernet
from django.conf import settings
from django.db import OperationalError, connection

from cityhall.engines.idempotency import rules
from cityhall.engines.idempotency.models import Kept
from cityhall.foundation.disk import LATER, durable_together, may_wait_later
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
    later = may_wait_later()
    with durable_together(later):
        if not _write_down(name, fingerprint, at, later):
            _meet(name, wait)
            if kept := Kept.objects.filter(name=name).first():
                if kept.fingerprint != fingerprint:
                    raise KeyMeansAnother
                return _opened(bytes(kept.answer), actor, key)
            _write_down(name, fingerprint, at, later)  # the one before was refused while we waited for it
        answer = work()
        if answer.final:
            _keep(name, _sealed(answer, actor, key))
        else:
            Kept.objects.filter(name=name).delete()
    return answer


_WRITE_DOWN = """
    INSERT INTO idempotency_kept (name, fingerprint, at, answer) VALUES (%s, %s, %s, %s) ON CONFLICT (name) DO NOTHING
"""
_WRITE_DOWN_ALONE = """
    WITH met AS MATERIALIZED (SELECT pg_try_advisory_xact_lock(%s) AS alone)
    INSERT INTO idempotency_kept (name, fingerprint, at, answer)
    SELECT %s, %s, %s, %s FROM met WHERE alone ON CONFLICT (name) DO NOTHING
"""
_WRITE_DOWN_LATER = _WRITE_DOWN_ALONE.replace("SELECT pg_try", f"SELECT {LATER}, pg_try", 1)


def _write_down(name: str, fingerprint: str, at: datetime, later: bool) -> bool:
    """Write the key down; False if somebody did before, or is doing the work right now.

    One statement, by hand, as every write of a program passes here: a savepoint would be three. Where many write at
    once, it takes the lock of the key, by which one request with it is let in at a time; it waits for nobody.
    """
    statement = _WRITE_DOWN
    given: list[Any] = [name, fingerprint, connection.ops.adapt_datetimefield_value(at), b""]
    if connection.vendor == "postgresql":
        statement, given = _WRITE_DOWN_LATER if later else _WRITE_DOWN_ALONE, [_lock_of(name), *given]
    with connection.cursor() as cursor:
        # All three statements stand above as they are.
        cursor.execute(statement, given)  # nosemgrep: statements
        return bool(cursor.rowcount)


def _lock_of(name: str) -> int:
    return int.from_bytes(bytes.fromhex(name[:16]), "big", signed=True)


def _meet(name: str, wait: bool) -> None:
    """Hold the lock of the key, after whoever has it; raise StillWorking where they take longer than we wait."""
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        if wait:
            try:
                cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_lock_of(name)])
            except OperationalError as error:
                if getattr(error.__cause__, "sqlstate", "") == "55P03":  # lock_timeout
                    raise StillWorking from error
                raise
        else:
            cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_lock_of(name)])
            if not cursor.fetchone()[0]:
                raise StillWorking


def _keep(name: str, sealed: bytes) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE idempotency_kept SET answer = %s WHERE name = %s", [sealed, name])


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
