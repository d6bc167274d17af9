"""Programs that call our APIs: named, with scopes, quotas and keys that can be told apart and changed without a gap."""

import hashlib
import hmac
import secrets
from collections.abc import Iterable
from contextlib import suppress
from copy import copy
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from cityhall.engines.audit import services as audit
from cityhall.engines.identity.limits import limit
from cityhall.engines.identity.models import Account, Client, ClientKey
from cityhall.engines.identity.states import Kind
from cityhall.foundation.clock import TAIPEI, day_of, end_of_day
from cityhall.foundation.disk import LATER, may_wait_later
from cityhall.foundation.unit import act

FOUND = "found_client_key"
COUNTED = "counted_call"
MARK = "ch"  # ch_PREFIX_SECRET: scanners for leaked secrets can look for it

NOT_YET = object()

scopes: dict[str, str | Promise] = {}
"""What a client can be allowed, with the sentence that administrators read."""


def declare_scope(scope: str, label: str | Promise) -> None:
    """Declare a scope; the app that owns the API does it when the program starts."""
    scopes[scope] = label


def in_words(scope: str) -> str:
    """A scope for people: its sentence and its name."""
    return gettext("%(label)s（%(scope)s）") % {"label": scopes[scope], "scope": scope} if scope in scopes else scope


@dataclass(frozen=True)
class Quota:
    """How many calls a client may make."""

    per_minute: int = 60
    per_day: int = 10_000


class CannotMakeClient(Exception):
    """The name is taken."""

    sentence = _("已經有同名的介接系統，請換一個名稱。")


class CannotUseKey(Exception):
    """Why a call with a key is refused: the status, a sentence, and when to come again."""

    def __init__(self, status: int, sentence: str | Promise, retry_after: int | None = None) -> None:
        self.status = status
        self.sentence = sentence
        self.retry_after = retry_after
        super().__init__(str(sentence))

    @classmethod
    def missing(cls) -> "CannotUseKey":
        """No key at all where one is needed."""
        return cls(401, _("這個服務需要金鑰，請在 Authorization 標頭帶上金鑰。"))


# --- making and changing ------------------------------------------------------------------------------------


@act
def create_client(
    *,
    name: str,
    scopes: Iterable[str],
    quota: Quota,
    by: Account | None,
    at: datetime,
    purpose: str = "",
    contact: str | None = None,
) -> tuple[Client, str]:
    """Make a client and its first key; the key is readable here and never again. Raises CannotMakeClient."""
    try:
        with transaction.atomic():
            account = Account.objects.create_user(None, kind=Kind.CLIENT, name=name, joined_at=at)
            client = Client.objects.create(
                account=account, name=name, purpose=purpose, contact=contact, scopes=sorted(scopes),
                per_minute=quota.per_minute, per_day=quota.per_day, created_at=at, created_by=by,
            )  # fmt: skip
    except IntegrityError:
        raise CannotMakeClient from None
    plain = _add_key(client, at)
    audit.record("client.created", client, by=by, at=at, new={"scopes": client.scopes, "quota": _quota(client)})
    return client, plain


@act
def change_client(
    client: Client, *, scopes: Iterable[str], quota: Quota, purpose: str, contact: str | None, by: Account, at: datetime
) -> None:
    """Change what a client may do and how often."""
    old = {"scopes": client.scopes, "quota": _quota(client)}
    client.scopes, client.purpose, client.contact = sorted(scopes), purpose, contact
    client.per_minute, client.per_day = quota.per_minute, quota.per_day
    client.save(update_fields=["scopes", "purpose", "contact", "per_minute", "per_day"])
    audit.record(
        "client.changed", client, by=by, at=at, old=old, new={"scopes": client.scopes, "quota": _quota(client)}
    )


@act
def rotate_key(client: Client, *, by: Account | None, at: datetime) -> str:
    """Give a client a new key; the old ones work on for some days, so that nobody has to change in one moment."""
    until = at + timedelta(days=limit("key_overlap_days", at))
    client.keys.filter(revoked_at=None).filter(Q(expires_at__gt=until) | Q(expires_at=None)).update(expires_at=until)
    plain = _add_key(client, at)
    audit.record("client.key_rotated", client, by=by, at=at, new={"old_keys_until": until.isoformat()})
    return plain


@act
def revoke_key(key: ClientKey, *, by: Account, at: datetime) -> None:
    """End one key now: it leaked, or nobody uses it any more."""
    if ClientKey.objects.filter(pk=key.pk, revoked_at=None).update(revoked_at=at):
        audit.record("client.key_revoked", key.client, by=by, at=at, old={"prefix": key.prefix})


@act
def revoke_client(client: Client, *, by: Account, at: datetime) -> None:
    """End a client with all its keys; its past stays readable."""
    if not Client.objects.filter(pk=client.pk, revoked_at=None).update(revoked_at=at):
        return
    client.refresh_from_db(fields=["revoked_at"])
    client.keys.filter(revoked_at=None).update(revoked_at=at)
    Account.objects.filter(pk=client.account_id).update(is_active=False)
    audit.record("client.revoked", client, by=by, at=at)


def _add_key(client: Client, at: datetime) -> str:
    prefix = secrets.token_hex(4)
    secret = secrets.token_urlsafe(32).replace("_", "-")
    plain = f"{MARK}_{prefix}_{secret}"
    expires_at = at + timedelta(days=limit("key_days", at))
    ClientKey.objects.create(client=client, prefix=prefix, digest=_digest(plain), created_at=at, expires_at=expires_at)
    return plain


def _digest(plain: str) -> str:
    # A key has 256 random bits: one fast hash is enough. A slow one costs 0.65 s a call (research note 05 §7).
    return hashlib.sha256(plain.encode()).hexdigest()


def _quota(client: Client) -> dict[str, int]:
    return {"per_minute": client.per_minute, "per_day": client.per_day}


# --- calling ------------------------------------------------------------------------------------------------


def key_in(request: HttpRequest, parameter: str | None = None) -> str | None:
    """The key that a call brings: `Authorization: Bearer …`, `X-API-Key`, or the parameter that a protocol names.

    Clients of CKAN send it as `Authorization: KEY`, without a scheme; ours are known by their mark.

    Open311 sends `api_key` as a parameter; other APIs do not take it there, because addresses end up in logs.
    """
    scheme, _space, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer" and token.strip():
        return token.strip()
    if not token and scheme.startswith(f"{MARK}_"):
        return scheme
    if key := request.headers.get("X-API-Key"):
        return key.strip()
    if parameter is not None:
        return request.POST.get(parameter) or request.GET.get(parameter) or None
    return None


def authenticate_key(
    request: HttpRequest, *, scope: str | None = None, parameter: str | None = None, at: datetime | None = None
) -> Client | None:
    """Whose key a call brings; None if it brings none. Counts the call against the client's quota.

    Raises CannotUseKey with the status to answer: 401 for a key that opens nothing, 403 for a client without the
    scope, 429 over the quota.
    """
    plain = key_in(request, parameter)
    if plain is None:
        return None
    at = at or timezone.now()
    key = getattr(request, FOUND, None) or _found(plain, at)
    client = key.client
    refusal: Any = getattr(request, COUNTED, NOT_YET)
    if refusal is NOT_YET:
        _count(client, at)
    elif refusal is not None:
        raise refusal
    if scope is not None and not client.has(scope):
        raise CannotUseKey(403, _("這把金鑰沒有使用這個服務的權限，請洽系統管理員。"))
    if key.last_used_at is None or key.last_used_at < at - timedelta(minutes=1):
        ClientKey.objects.filter(pk=key.pk).update(last_used_at=at)
    return client


def look_up_key(request: HttpRequest) -> None:
    """Find the key of a call before a transaction begins, which need not wait for that; what is wrong with it is said later.

    Where many write at once the call is counted here, too: inside the transaction, the program's row would be locked
    until its end, and all calls of one program would be done one after the other.
    """
    if plain := key_in(request):
        with suppress(CannotUseKey):
            at = timezone.now()
            key = _found(plain, at)
            setattr(request, FOUND, key)
            if connection.features.has_select_for_update and not connection.in_atomic_block:
                setattr(request, COUNTED, _refusal(key.client, at))


def _refusal(client: Client, at: datetime) -> CannotUseKey | None:
    try:
        _count(client, at)
    except CannotUseKey as refusal:
        return refusal
    return None


_known: dict[str, tuple[tuple[Any, ...], ClientKey]] = {}
_STAMP = """
    SELECT k.digest, k.expires_at, k.revoked_at, k.last_used_at, c.name, c.scopes, c.per_minute, c.per_day, c.revoked_at,
           c.account_id, a.name, a.is_active
    FROM identity_clientkey k JOIN identity_client c ON c.id = k.client_id JOIN identity_account a ON a.id = c.account_id
    WHERE k.prefix = %s
"""


def _key(prefix: str) -> ClientKey | None:
    """The key with its client and account: a copy of the one that this process knows, where nothing of it has changed.

    Asked for by each call of a program; making the three records anew costs as much as the rest of finding them.
    """
    with connection.cursor() as cursor:
        # The statement stands above as it is.
        cursor.execute(_STAMP, [prefix])  # nosemgrep: statements
        stamp = cursor.fetchone()
    if stamp is None:
        return None
    known = _known.get(prefix)
    if known is None or known[0] != stamp:
        key = ClientKey.objects.select_related("client__account").filter(prefix=prefix).first()
        if key is None:
            return None
        _known[prefix] = known = stamp, key
    mine = copy(known[1])
    mine.client = copy(known[1].client)
    return mine


def _found(plain: str, at: datetime) -> ClientKey:
    mark, _underscore, rest = plain.partition("_")
    key = _key(rest.partition("_")[0][:16]) if mark == MARK else None
    same = hmac.compare_digest(key.digest if key else _digest(""), _digest(plain))
    if key is None or not same or not key.valid(at) or key.client.revoked_at is not None:
        raise CannotUseKey(401, _("這把金鑰無效、已過期或已撤銷，請洽系統管理員。"))
    return key


_COUNTING = """
    UPDATE identity_client SET
      minute_count = CASE WHEN minute = %(minute)s THEN minute_count + 1 ELSE 1 END,
      day_count = CASE WHEN day = %(day)s THEN day_count + 1 ELSE 1 END,
      minute = %(minute)s, day = %(day)s, last_used_at = %(at)s
    WHERE id = %(client)s
      AND (minute IS NULL OR minute <> %(minute)s OR minute_count < per_minute)
      AND (day IS NULL OR day <> %(day)s OR day_count < per_day)
"""
_COUNTING_LATER = f"{_COUNTING} AND {LATER} IS NOT NULL"
"""A crash may lose the count of some milliseconds' calls; all calls of a program need not wait for the disk in turn."""


def _count(client: Client, at: datetime) -> None:
    """Count a call by one statement: however many workers count at once, none lets one call too many pass."""
    minute, day = at.replace(second=0, microsecond=0), day_of(at)
    instant: Any = connection.ops.adapt_datetimefield_value
    with connection.cursor() as cursor:  # written out: every call of a program passes here
        # Both statements stand above as they are.
        cursor.execute(  # nosemgrep: statements
            _COUNTING_LATER if may_wait_later() else _COUNTING,
            {
                "minute": instant(minute), "day": connection.ops.adapt_datefield_value(day), "at": instant(at),
                "client": client.pk,
            },
        )  # fmt: skip
        counted = cursor.rowcount
    if counted:
        return
    client.refresh_from_db(fields=["day", "day_count", "per_day"])
    if client.day == day and client.day_count >= client.per_day:
        wait = end_of_day(day) - at.astimezone(TAIPEI)
        sentence = _("今天的呼叫次數已用完，請明天再試，或洽系統管理員提高上限。")
    else:
        wait = minute + timedelta(minutes=1) - at
        sentence = _("呼叫太頻繁，請稍候再試。")
    raise CannotUseKey(429, sentence, retry_after=max(int(wait.total_seconds()) + 1, 1))
