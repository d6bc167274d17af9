"""Accounts: citizens, officers, guests of outside bodies, and programs."""

from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.utils.translation import gettext_lazy as _


class Kind(models.TextChoices):
    CITIZEN = "CITIZEN", _("民眾")
    OFFICER = "OFFICER", _("同仁")
    GUEST = "GUEST", _("府外機關")
    CLIENT = "CLIENT", _("介接系統")


class AccountManager(BaseUserManager["Account"]):
    def create_user(self, email: str | None, password: str | None = None, **fields: Any) -> "Account":
        account = self.model(email=self.normalize_email(email).lower() if email else None, **fields)
        account.set_password(password)
        account.save(using=self._db)
        return account

    def get_by_natural_key(self, username: str | None) -> "Account":
        return self.get(email__iexact=username)


class Account(AbstractBaseUser, PermissionsMixin):
    """Somebody, or some program, that acts."""

    kind = models.CharField(max_length=10, choices=Kind, default=Kind.CITIZEN)
    email = models.EmailField(_("電子郵件"), max_length=254, unique=True, null=True, blank=True)
    name = models.CharField(_("姓名"), max_length=100, blank=True)
    phone = models.CharField(_("電話"), max_length=30, blank=True)
    language = models.CharField(max_length=10, default="zh-hant")
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False)

    USERNAME_FIELD = "email"
    objects = AccountManager()

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"
