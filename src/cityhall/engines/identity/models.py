"""Accounts and what belongs to them: levels, standings, codes, sessions, clients and their keys."""

import uuid
from datetime import datetime
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from cityhall.engines.identity.fields import AddressField
from cityhall.engines.identity.states import STAFF, Assurance, Kind, Method, Proof, Reason


class AccountManager(BaseUserManager["Account"]):
    def create_user(self, email: str | None, password: str | None = None, **fields: Any) -> "Account":
        """Make an account; without a password it can only sign in by code, passkey or the city's own provider."""
        account = self.model(email=email, **fields)
        account.set_password(password)
        account.save(using=self._db)
        return account

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "Account":
        """Make an administrator: an officer who may also open /admin/."""
        fields = {"kind": Kind.OFFICER, **fields, "is_staff": True, "is_superuser": True}
        return self.create_user(email, password, **fields)

    def get_by_natural_key(self, username: str | None) -> "Account":
        return self.get(email=username)


class Account(AbstractBaseUser, PermissionsMixin):
    """Somebody, or some program, that acts.

    What an officer may do is not written here: the directory knows posts and roles. `is_superuser` marks the system
    administrators, of whom one always remains. The assurance level is the latest of its dated rows.
    """

    kind = models.CharField(max_length=10, choices=Kind, default=Kind.CITIZEN)
    email = AddressField(_("電子郵件"), max_length=254, unique=True, null=True, blank=True)
    name = models.CharField(_("姓名"), max_length=100, blank=True)
    phone = models.CharField(_("電話"), max_length=30, blank=True)
    language = models.CharField(_("語言"), max_length=10, default="zh-hant")
    assurance = models.CharField(max_length=10, choices=Assurance, default=Assurance.NONE)
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False)
    joined_at = models.DateTimeField(default=timezone.now)
    expires_on = models.DateField(_("使用期限"), null=True, blank=True)
    must_change_password = models.BooleanField(default=False)

    USERNAME_FIELD = "email"
    objects = AccountManager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(email=Lower("email")), name="identity_account_email_is_normal"),
        ]

    def __str__(self) -> str:
        # Never the name or address: this form reaches log lines.
        return f"{self.kind} {self.pk}"

    @property
    def is_staff_member(self) -> bool:
        """Whether this is an officer or a guest of an outside body: two factors, shorter sessions, the desk."""
        return self.kind in STAFF

    def get_full_name(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return self.name


class AssuranceLevel(models.Model):
    """The level of assurance of an account from a moment on, and how it was reached."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="assurance_levels")
    level = models.CharField(max_length=10, choices=Assurance)
    method = models.CharField(max_length=20, choices=Method)
    since = models.DateTimeField()
    by = models.ForeignKey(Account, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["since", "pk"]

    def __str__(self) -> str:
        return f"{self.account_id}: {self.level}"


class Standing(models.Model):
    """Whether an account may be used from a moment on, and why."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="standings")
    active = models.BooleanField()
    reason = models.CharField(max_length=10, choices=Reason)
    since = models.DateTimeField()
    by = models.ForeignKey(Account, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["since", "pk"]

    def __str__(self) -> str:
        return f"{self.account_id}: {self.reason}"


class PastPassword(models.Model):
    """A password that an account has or had, as its hash: the last three are not taken again."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="past_passwords")
    encoded = models.CharField(max_length=128)
    set_at = models.DateTimeField()

    class Meta:
        ordering = ["-set_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.account_id}: {self.set_at:%Y-%m-%d}"


class Tries(models.Model):
    """Failures counted for one key (an address, an account, a network), shared by all workers."""

    scope = models.CharField(max_length=20)
    key = models.CharField(max_length=64)
    failures = models.PositiveIntegerField(default=0)
    began_at = models.DateTimeField(null=True)
    locked_until = models.DateTimeField(null=True)
    touched_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["scope", "key"], name="identity_tries_once")]
        indexes = [models.Index(fields=["touched_at"], name="identity_tries_age")]

    def __str__(self) -> str:
        return f"{self.scope}: {self.failures}"


class Code(models.Model):
    """A code that was sent to an address for one purpose; only keyed digests of address, code and link are kept."""

    purpose = models.CharField(max_length=40)
    address_key = models.CharField(max_length=64)
    about = models.CharField(max_length=100, blank=True)
    digest = models.CharField(max_length=64)
    link_digest = models.CharField(max_length=64, unique=True)
    issued_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    tries_left = models.PositiveSmallIntegerField()
    used_at = models.DateTimeField(null=True)
    replaced_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["purpose", "address_key", "issued_at"], name="identity_code_found")]

    def __str__(self) -> str:
        return f"{self.purpose} {self.pk}"


class Session(AbstractBaseSession):
    """A browser's session; one of a signed-in account can be listed and ended."""

    account = models.ForeignKey(Account, null=True, on_delete=models.CASCADE, related_name="sessions")
    number = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    started_at = models.DateTimeField(null=True)
    seen_at = models.DateTimeField(null=True)
    idle_seconds = models.PositiveIntegerField(null=True)
    device = models.CharField(max_length=60, blank=True)
    place = models.CharField(max_length=60, blank=True)
    proofs = models.CharField(max_length=60, blank=True)

    class Meta(AbstractBaseSession.Meta):
        abstract = False
        ordering = ["-seen_at"]

    @classmethod
    def get_session_store_class(cls) -> type[SessionBase]:
        from cityhall.engines.identity.sessions import SessionStore

        return SessionStore

    @property
    def opened_by(self) -> str:
        """By what it was opened, in the reader's words; empty where that is not known."""
        ways = [str(Proof(one).label) for one in self.proofs.split() if one in Proof]
        return gettext("以%(ways)s登入") % {"ways": gettext("、").join(ways)} if ways else ""


class Client(models.Model):
    """A program that calls our APIs under a name: what it may do, how often, until when."""

    account = models.OneToOneField(Account, on_delete=models.PROTECT, related_name="client")
    name = models.CharField(_("名稱"), max_length=100, unique=True)
    purpose = models.CharField(_("用途"), max_length=200, blank=True)
    contact = AddressField(_("聯絡信箱"), max_length=254, null=True, blank=True)
    scopes = models.JSONField(default=list)
    per_minute = models.PositiveIntegerField(_("每分鐘上限"))
    per_day = models.PositiveIntegerField(_("每日上限"))
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(Account, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    minute = models.DateTimeField(null=True, blank=True)
    minute_count = models.PositiveIntegerField(default=0)
    day = models.DateField(null=True, blank=True)
    day_count = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def has(self, scope: str) -> bool:
        """Whether the client was given a scope."""
        return scope in self.scopes


class ClientKey(models.Model):
    """One key of a client. The prefix is shown so that people can tell keys apart; the key itself is not kept."""

    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="keys")
    prefix = models.CharField(max_length=16, unique=True)
    digest = models.CharField(max_length=64)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at", "-pk"]

    def __str__(self) -> str:
        return self.prefix

    def valid(self, at: datetime) -> bool:
        """Whether the key opens anything at this moment."""
        return self.revoked_at is None and (self.expires_at is None or at < self.expires_at)


class ProviderIdentity(models.Model):
    """Who an account is at the city's own sign-in provider."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="provider_identities")
    issuer = models.CharField(max_length=255)
    subject = models.CharField(max_length=255)
    linked_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["issuer", "subject"], name="identity_subject_once")]

    def __str__(self) -> str:
        return f"{self.account_id} at {self.issuer}"
