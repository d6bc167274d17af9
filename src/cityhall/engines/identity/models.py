"""Accounts: citizens, officers, guests of outside bodies, and programs."""

from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cityhall.engines.identity.fields import AddressField
from cityhall.engines.identity.states import Assurance, Kind


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

    def get_full_name(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return self.name
