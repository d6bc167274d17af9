"""Second factors and passkeys: our door to django-allauth's `mfa` app, the only module that knows its inside.

allauth brings the table of authenticators, the arithmetic of TOTP and recovery codes and the WebAuthn ceremonies
(python-fido2). Three things are ours: seeds are encrypted, a TOTP code opens once (kept beside the seed, not in a
cache that a restart empties), and staff never lose their last factor (docs/adr).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from allauth.core.internal.cryptokit import compare_user_code
from allauth.mfa import app_settings as mfa_settings
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal import auth as totp
from allauth.mfa.webauthn.internal import auth as webauthn
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from cityhall.engines.audit import services as audit
from cityhall.engines.identity.models import Account
from cityhall.engines.identity.states import Proof
from cityhall.foundation.unit import act

TYPE = Authenticator.Type
FACTORS = (TYPE.TOTP, TYPE.WEBAUTHN)


class CannotUsePasskey(Exception):
    """The browser's answer does not prove a passkey of ours."""

    sentence = _("這把通行金鑰沒有通過驗證，請再試一次，或改用其他方式登入。")


class CannotRemoveFactor(Exception):
    """Staff keep at least one second factor; another one is added before this one goes."""

    sentence = _("這是您最後一種雙因子驗證方式，請先加上另一種，再移除這一種。")


# --- what an account has ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Passkey:
    """A passkey as its owner sees it."""

    pk: int
    name: str
    added_at: datetime
    used_at: datetime | None


def has_factor(account: Account) -> bool:
    """Whether the account has a second factor (recovery codes alone are none)."""
    return Authenticator.objects.filter(user=account, type__in=FACTORS).exists()


def has_totp(account: Account) -> bool:
    """Whether an authenticator app is set up."""
    return Authenticator.objects.filter(user=account, type=TYPE.TOTP).exists()


def passkeys(account: Account) -> list[Passkey]:
    """The account's passkeys, oldest first."""
    rows = Authenticator.objects.filter(user=account, type=TYPE.WEBAUTHN).order_by("created_at", "pk")
    return [Passkey(row.pk, row.wrap().name, row.created_at, row.last_used_at) for row in rows]


def recovery_codes_left(account: Account) -> int:
    """How many recovery codes are unused."""
    row = Authenticator.objects.filter(user=account, type=TYPE.RECOVERY_CODES).first()
    return len(row.wrap().get_unused_codes()) if row else 0


# --- authenticator app --------------------------------------------------------------------------------------


def new_totp_secret() -> str:
    """A seed for an authenticator app, in base 32."""
    return totp.generate_totp_secret()


@act
def set_totp(account: Account, secret: str, *, by: Account | None, at: datetime) -> None:
    """Give the account an authenticator app with this seed, in place of the one it had."""
    Authenticator.objects.filter(user=account, type=TYPE.TOTP).delete()
    totp.TOTP.activate(account, secret)
    audit.record("account.factor_added", account, by=by, at=at, new={"factor": TYPE.TOTP})


def totp_code(secret: str, *, at: datetime) -> str:
    """The code that an app shows at a moment."""
    return totp.format_hotp_value(totp.hotp_value(secret, _counter(at)))


def totp_matches(secret: str, code: str, *, at: datetime) -> int | None:
    """The step of time whose code this is, one step of a slow or fast clock allowed; None if of none."""
    now = _counter(at)
    for counter in (now, now - 1, now + 1):
        if compare_user_code(actual=code, expected=totp.format_hotp_value(totp.hotp_value(secret, counter))):
            return counter
    return None


@act
def check_code(account: Account, code: str, *, at: datetime) -> Proof | None:
    """What a typed code proves: the app's code or a recovery code, each accepted once; None if it is neither."""
    rows = Authenticator.objects.select_for_update().filter(user=account, type__in=(TYPE.TOTP, TYPE.RECOVERY_CODES))
    by_type = {row.type: row for row in rows}
    if app := by_type.get(TYPE.TOTP):
        counter = totp_matches(totp.decrypt(app.data["secret"]), code, at=at)
        if counter is not None and counter > app.data.get("last_counter", -1):
            app.data["last_counter"] = counter
            app.last_used_at = at
            app.save(update_fields=["data", "last_used_at"])
            return Proof.TOTP
    if (codes := by_type.get(TYPE.RECOVERY_CODES)) and RecoveryCodes(codes).validate_code(code):
        Authenticator.objects.filter(pk=codes.pk).update(last_used_at=at)
        return Proof.RECOVERY_CODE
    return None


@act
def new_recovery_codes(account: Account, *, by: Account | None, at: datetime) -> list[str]:
    """Ten fresh recovery codes; the old ones open nothing any more. Shown once."""
    Authenticator.objects.filter(user=account, type=TYPE.RECOVERY_CODES).delete()
    codes: list[str] = RecoveryCodes.activate(account).generate_codes()
    audit.record("account.recovery_codes_made", account, by=by, at=at)
    return codes


def _counter(at: datetime) -> int:
    return int(at.timestamp()) // mfa_settings.TOTP_PERIOD


# --- passkeys -----------------------------------------------------------------------------------------------
#
# allauth keeps the challenge in the session of the request under way (its middleware knows the request).


def begin_adding_passkey(account: Account) -> dict[str, Any]:
    """What the browser needs to make a passkey that signs in by itself."""
    return webauthn.begin_registration(account, passwordless=True)


@act
def add_passkey(account: Account, credential: Any, *, name: str, by: Account | None, at: datetime) -> Passkey:
    """Keep the passkey that the browser made. Raises CannotUsePasskey."""
    try:
        webauthn.parse_registration_response(credential)
        made = webauthn.complete_registration(credential)
    except (ValidationError, ValueError, KeyError, TypeError) as error:
        raise CannotUsePasskey from error
    if not made.is_user_verified():
        raise CannotUsePasskey
    row = webauthn.WebAuthn.add(account, name, credential).instance
    audit.record("account.factor_added", account, by=by, at=at, new={"factor": TYPE.WEBAUTHN, "id": row.pk})
    return Passkey(row.pk, name, row.created_at, None)


def begin_using_passkey(account: Account | None = None) -> dict[str, Any]:
    """What the browser needs to use a passkey: any of this site, or one of the account."""
    options: dict[str, Any] = webauthn.begin_authentication(account)
    return options


def use_passkey(credential: Any, *, account: Account | None = None, at: datetime) -> Account:
    """Whose passkey the browser just used. Raises CannotUsePasskey."""
    try:
        parsed = webauthn.parse_authentication_response(credential)
        owner = account or webauthn.extract_user_from_response(credential)
        row = webauthn.complete_authentication(owner, credential)
    except (ValidationError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise CannotUsePasskey from error
    if not parsed.response.authenticator_data.is_user_verified():
        raise CannotUsePasskey
    Authenticator.objects.filter(pk=row.pk).update(last_used_at=at)
    return owner


@act
def rename_passkey(account: Account, pk: int, name: str) -> None:
    """Give a passkey another name."""
    row = Authenticator.objects.select_for_update().get(user=account, type=TYPE.WEBAUTHN, pk=pk)
    row.wrap().name = name
    row.save(update_fields=["data"])


@act
def remove_passkey(account: Account, pk: int, *, by: Account | None, at: datetime) -> None:
    """Forget a passkey. Raises CannotRemoveFactor for the last factor of a member of staff."""
    row = _all(account).get(type=TYPE.WEBAUTHN, pk=pk)
    _refuse_last(account, [row.pk])
    row.delete()
    audit.record("account.factor_removed", account, by=by, at=at, old={"factor": TYPE.WEBAUTHN, "id": pk})


@act
def remove_totp(account: Account, *, by: Account | None, at: datetime) -> None:
    """Forget the authenticator app. Raises CannotRemoveFactor for the last factor of a member of staff."""
    rows = list(_all(account).filter(type=TYPE.TOTP))
    _refuse_last(account, [row.pk for row in rows])
    for row in rows:
        row.delete()
        audit.record("account.factor_removed", account, by=by, at=at, old={"factor": TYPE.TOTP})


@act
def remove_all(account: Account, *, by: Account | None, at: datetime) -> None:
    """Forget all factors of somebody who lost them; the next sign-in sets up new ones."""
    if _all(account).delete()[0]:
        audit.record("account.factors_reset", account, by=by, at=at)


def _all(account: Account) -> Any:
    return Authenticator.objects.select_for_update().filter(user=account)


def _refuse_last(account: Account, going: Iterable[int]) -> None:
    others = _all(account).filter(type__in=FACTORS).exclude(pk__in=list(going))
    if account.is_staff_member and not others.exists():
        raise CannotRemoveFactor
