"""Acts on accounts. Codes, clients, sessions and factors have modules of their own; this is the door to all of them."""

from collections.abc import Callable
from datetime import date, datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from cityhall.engines.audit import services as audit
from cityhall.engines.identity import notices, oidc, passwords, second_factor, sessions
from cityhall.engines.identity.clients import (
    CannotUseKey,
    authenticate_key,
    create_client,
    revoke_client,
    rotate_key,
)
from cityhall.engines.identity.codes import CannotIssueCode, CodeCheck, IssuedCode, check_code, check_link, issue_code
from cityhall.engines.identity.limits import limit
from cityhall.engines.identity.models import Account, AssuranceLevel, ProviderIdentity, Standing
from cityhall.engines.identity.rules import normalise_email
from cityhall.engines.identity.states import STAFF, Assurance, Kind, Method, Reason
from cityhall.foundation.clock import day_of
from cityhall.foundation.unit import act

__all__ = [
    "CannotChangeAccount",
    "CannotIssueCode",
    "CannotUseDesk",
    "CannotUseKey",
    "CodeCheck",
    "IssuedCode",
    "account_of_arrival",
    "authenticate_key",
    "before_disabling",
    "change_email",
    "change_password",
    "change_phone",
    "change_profile",
    "check_code",
    "check_link",
    "create_client",
    "create_officer",
    "disable",
    "disable_expired",
    "disable_idle",
    "enable",
    "issue_code",
    "let_administrator_back_in",
    "make_administrator",
    "open_administrator",
    "open_citizen_account",
    "remove_administrator",
    "require_second_factor",
    "reset_factors",
    "reset_password",
    "revoke_client",
    "rotate_key",
    "set_assurance",
    "set_expiry",
    "tell_factor_added",
]


class CannotChangeAccount(Exception):
    """An account cannot be made or changed like this; `sentence` says why and what to do."""

    def __init__(self, sentence: str | Promise) -> None:
        self.sentence = sentence
        super().__init__(str(sentence))


class CannotUseDesk(Exception):
    """A member of staff without a second factor."""

    sentence = _("請先設定雙因子驗證，再使用同仁工作區。")


TAKEN = _("這個電子郵件已經有帳號了，請改用原有帳號。")
LAST_ADMINISTRATOR = _("這是最後一位系統管理員，不能停用、到期或取消；請先指定另一位管理員。")

Guard = Callable[[Account, datetime], str | Promise | None]
_guards: list[Guard] = []


def before_disabling(guard: Guard) -> Guard:
    """Let another engine refuse that an account is disabled: it returns the sentence that says why, or None."""
    if guard not in _guards:
        _guards.append(guard)
    return guard


# --- opening ------------------------------------------------------------------------------------------------


@act
def open_citizen_account(*, email: str, at: datetime, language: str = "zh-hant", name: str = "") -> Account:
    """The citizen's account of a mailbox that was just proved by a code; made if there is none.

    An account of another kind is given back as it is: the caller decides what it may do here.
    """
    email = normalise_email(email)
    account = Account.objects.filter(email=email).first()
    if account is None:
        try:
            with transaction.atomic():
                account = Account.objects.create_user(email, name=name, language=language, joined_at=at)
        except IntegrityError:
            return Account.objects.get(email=email)
        _open(account, by=None, at=at)
    if account.kind == Kind.CITIZEN:
        set_assurance(account, Assurance.EMAIL, method=Method.EMAIL_CODE, by=None, at=at)
    return account


@act
def create_officer(
    *,
    email: str,
    name: str,
    password: str | None,
    at: datetime,
    by: Account | None = None,
    kind: str = Kind.OFFICER,
    phone: str = "",
    language: str = "zh-hant",
    expires_on: date | None = None,
    administrator: bool = False,
    must_change_password: bool = True,
    totp_secret: str | None = None,
) -> Account:
    """Make an account for an officer, or for a guest of an outside body (`kind=GUEST`).

    The initial password is changed at the first sign-in. Without a password the officer comes in by the city's own
    provider or a passkey only. `totp_secret` sets the authenticator app up beforehand (the demo city). Raises
    CannotChangeAccount when the mailbox has an account.
    """
    assert kind in STAFF
    if Account.objects.filter(email=email).exists():
        raise CannotChangeAccount(TAKEN)
    account = Account.objects.create_user(
        email, name=name, phone=phone, language=language, kind=kind, joined_at=at, expires_on=expires_on,
        is_staff=administrator, is_superuser=administrator,
    )  # fmt: skip
    if password is not None:
        passwords.set_password(account, password, at=at, must_change=must_change_password)
    _open(account, by=by, at=at)
    set_assurance(account, Assurance.STRONG, method=Method.OFFICE, by=by, at=at)
    if totp_secret is not None:
        second_factor.set_totp(account, totp_secret, by=by, at=at)
    return account


def _open(account: Account, *, by: Account | None, at: datetime) -> None:
    Standing.objects.create(account=account, active=True, reason=Reason.OPENED, since=at, by=by)
    audit.record("account.opened", account, by=by, at=at, new={"kind": account.kind})


@act
def set_assurance(account: Account, level: Assurance, *, method: Method, by: Account | None, at: datetime) -> None:
    """Note that a person reached a level of assurance; a lower one than they have changes nothing."""
    before = Assurance(account.assurance)
    if level.rank <= before.rank:
        return
    account.assurance = level
    account.save(update_fields=["assurance"])
    AssuranceLevel.objects.create(account=account, level=level, method=method, since=at, by=by)
    audit.record(
        "account.assurance_changed", account, by=by, at=at, old={"level": before.value}, new={"level": level.value}
    )


# --- standing -----------------------------------------------------------------------------------------------


@act
def disable(account: Account, *, by: Account | None, at: datetime, reason: str = Reason.DISABLED) -> None:
    """Stop an account: it signs in no more and its sessions end now. Its records stay.

    Raises CannotChangeAccount for the last administrator, or when another engine refuses (open work).
    """
    account.refresh_from_db(fields=["is_active", "is_superuser"])
    if not account.is_active:
        return
    _refuse_last_administrator(account, at)
    for guard in _guards:
        if sentence := guard(account, at):
            raise CannotChangeAccount(sentence)
    account.is_active = False
    account.save(update_fields=["is_active"])
    Standing.objects.create(account=account, active=False, reason=reason, since=at, by=by)
    sessions.end_all(account, by=by, at=at)
    audit.record("account.disabled", account, by=by, at=at, new={"reason": str(reason)})


@act
def enable(account: Account, *, by: Account, at: datetime) -> None:
    """Let an account be used again; a term that has passed is taken off."""
    account.refresh_from_db(fields=["is_active", "expires_on"])
    if account.is_active:
        return
    account.is_active = True
    if account.expires_on is not None and account.expires_on < day_of(at):
        account.expires_on = None
    account.save(update_fields=["is_active", "expires_on"])
    Standing.objects.create(account=account, active=True, reason=Reason.ENABLED, since=at, by=by)
    audit.record("account.enabled", account, by=by, at=at)


@act
def set_expiry(account: Account, expires_on: date | None, *, by: Account, at: datetime) -> None:
    """Set the last day on which an account may be used, or none."""
    if expires_on is not None:
        _refuse_last_administrator(account, at)
    before = account.expires_on
    account.expires_on = expires_on
    account.save(update_fields=["expires_on"])
    audit.record(
        "account.expiry_set", account, by=by, at=at,
        old={"expires_on": before.isoformat() if before else None},
        new={"expires_on": expires_on.isoformat() if expires_on else None},
    )  # fmt: skip


def disable_expired(*, at: datetime) -> int:
    """Stop the accounts whose last day has passed; how many."""
    over = Account.objects.filter(is_active=True, expires_on__lt=day_of(at)).order_by("pk")
    return sum(_disable_if_possible(account, Reason.EXPIRED, at) for account in over)


def disable_idle(*, at: datetime) -> int:
    """Stop the accounts of staff who have not signed in for 90 days (a dated limit); how many.

    資通系統防護基準, 帳號管理: idle accounts are disabled. Being enabled again starts the days anew. Citizens keep
    their accounts: they may need one once in three years.
    """
    since = at - timedelta(days=limit("idle_days", at))
    idle = (
        Account.objects.filter(kind__in=STAFF, is_active=True, joined_at__lt=since)
        .filter(Q(last_login__lt=since) | Q(last_login=None))
        .exclude(pk__in=Standing.objects.filter(reason=Reason.ENABLED, since__gte=since).values("account"))
        .order_by("pk")
    )
    return sum(_disable_if_possible(account, Reason.IDLE, at) for account in idle)


def _disable_if_possible(account: Account, reason: str, at: datetime) -> bool:
    """Disable and tell; the last administrator, and whoever another engine still needs, stay."""
    try:
        with transaction.atomic():
            disable(account, by=None, at=at, reason=reason)
            notices.tell(account, f"disabled_{reason.lower()}", key=f"account-{account.pk}-disabled-{at:%Y%m%d}", at=at)
    except CannotChangeAccount:
        return False
    return True


# --- administrators -----------------------------------------------------------------------------------------


@act
def open_administrator(*, email: str, name: str, at: datetime) -> tuple[Account, str]:
    """Make an administrator's account from the machine itself: the first one has nobody who could. Returns its password.

    Raises CannotChangeAccount when the mailbox has an account.
    """
    password = passwords.random_password()
    account = create_officer(email=email, name=name, password=password, at=at, administrator=True)
    audit.record("account.administrator_made", account, by=None, at=at)
    return account, password


@act
def let_administrator_back_in(account: Account, *, at: datetime) -> str:
    """Give an administrator who is locked out a new initial password and the chance to set up new factors."""
    second_factor.remove_all(account, by=None, at=at)
    return reset_password(account, by=None, at=at)


@act
def make_administrator(account: Account, *, by: Account, at: datetime) -> None:
    """Let an officer administer the system."""
    if account.kind != Kind.OFFICER:
        raise CannotChangeAccount(_("只有機關同仁可以當系統管理員。"))
    account.is_staff = account.is_superuser = True
    account.save(update_fields=["is_staff", "is_superuser"])
    audit.record("account.administrator_made", account, by=by, at=at)


@act
def remove_administrator(account: Account, *, by: Account, at: datetime) -> None:
    """Take the administration away. Raises CannotChangeAccount for the last administrator."""
    _refuse_last_administrator(account, at)
    account.is_staff = account.is_superuser = False
    account.save(update_fields=["is_staff", "is_superuser"])
    audit.record("account.administrator_removed", account, by=by, at=at)


def _refuse_last_administrator(account: Account, at: datetime) -> None:
    """One administrator always remains; the rows are locked, so that two cannot remove each other."""
    today = day_of(at)
    others = [
        one
        for one in Account.objects.select_for_update().filter(is_superuser=True, is_active=True).order_by("pk")
        if one.pk != account.pk and (one.expires_on is None or one.expires_on >= today)
    ]
    account.refresh_from_db(fields=["is_superuser"])
    if account.is_superuser and not others:
        raise CannotChangeAccount(LAST_ADMINISTRATOR)


# --- passwords and factors ----------------------------------------------------------------------------------


@act
def change_password(account: Account, password: str, *, at: datetime) -> None:
    """Take the password that its owner chose; all other sessions end. The form has checked the rules."""
    passwords.set_password(account, password, at=at, must_change=False)
    audit.record("account.password_changed", account, by=account, at=at)
    notices.tell(account, "password_changed", key=f"account-{account.pk}-password-{at.timestamp()}", at=at)


@act
def reset_password(account: Account, *, by: Account | None, at: datetime) -> str:
    """Give an officer a new initial password, to be handed over and changed at the next sign-in."""
    password = passwords.random_password()
    passwords.set_password(account, password, at=at, must_change=True)
    sessions.end_all(account, by=by, at=at)
    audit.record("account.password_reset", account, by=by, at=at)
    notices.tell(account, "password_reset", key=f"account-{account.pk}-reset-{at.timestamp()}", at=at)
    return password


@act
def reset_factors(account: Account, *, by: Account, at: datetime) -> None:
    """Take away the factors of an officer who lost them; the next sign-in sets up new ones."""
    second_factor.remove_all(account, by=by, at=at)
    sessions.end_all(account, by=by, at=at)
    notices.tell(account, "factors_reset", key=f"account-{account.pk}-factors-{at.timestamp()}", at=at)


@act
def account_of_arrival(arrival: oidc.Arrival, *, at: datetime) -> Account:
    """The account of somebody whom the city's provider vouches for.

    Found by the provider's own id; at the first time by an address that the provider has verified, and linked.
    Nobody gets an account by arriving: raises CannotChangeAccount.
    """
    known = ProviderIdentity.objects.select_related("account").filter(issuer=arrival.issuer, subject=arrival.subject)
    if identity := known.first():
        return identity.account
    account = Account.objects.filter(email=arrival.email).first() if arrival.email else None
    if account is None or not account.is_staff_member:
        raise CannotChangeAccount(_("您的帳號還沒有開通，請洽機關的系統管理員建立帳號。"))
    if account.provider_identities.filter(issuer=arrival.issuer).exists():
        raise CannotChangeAccount(_("這個帳號已經連結另一個單一簽入身分，請洽系統管理員。"))
    ProviderIdentity.objects.create(account=account, issuer=arrival.issuer, subject=arrival.subject, linked_at=at)
    audit.record("account.provider_linked", account, by=account, at=at)
    return account


def tell_factor_added(account: Account, *, at: datetime) -> None:
    """Tell people that their account got another way in."""
    notices.tell(account, "factor_added", key=f"account-{account.pk}-factor-{at.timestamp()}", at=at)


def require_second_factor(account: Account) -> None:
    """Raise CannotUseDesk for a member of staff who has no second factor. Signing in already sets one up."""
    if account.is_staff_member and not second_factor.has_factor(account):
        raise CannotUseDesk


# --- what people change themselves --------------------------------------------------------------------------


@act
def change_profile(
    account: Account, *, name: str, language: str, by: Account, at: datetime, phone: str | None = None
) -> None:
    """Take a person's name, language and, for staff, telephone. The trail notes which fields, not what is in them."""
    changed = {"name": name, "language": language} | ({"phone": phone} if phone is not None else {})
    fields = [field for field, value in changed.items() if getattr(account, field) != value]
    if not fields:
        return
    for field in fields:
        setattr(account, field, changed[field])
    account.save(update_fields=fields)
    audit.record("account.profile_changed", account, by=by, at=at, new={"fields": fields})


@act
def change_email(account: Account, email: str, *, by: Account, at: datetime) -> None:
    """Move an account to another mailbox that was just proved; the old one is told.

    Raises CannotChangeAccount when the mailbox has an account.
    """
    before = account.email
    try:
        with transaction.atomic():
            account.email = email
            account.save(update_fields=["email"])
    except IntegrityError:
        account.email = before
        raise CannotChangeAccount(TAKEN) from None
    audit.record("account.email_changed", account, by=by, at=at)
    if before:
        key = f"account-{account.pk}-email-{at.timestamp()}"
        notices.tell(account, "email_changed", key=key, at=at, email=before)


@act
def change_phone(account: Account, phone: str, *, at: datetime) -> None:
    """Take a telephone that was just proved by a text message."""
    account.phone = phone
    account.save(update_fields=["phone"])
    set_assurance(account, Assurance.PHONE, method=Method.PHONE_CODE, by=account, at=at)
    audit.record("account.profile_changed", account, by=account, at=at, new={"fields": ["phone"]})
