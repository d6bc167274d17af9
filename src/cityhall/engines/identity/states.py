"""The words of identity: kinds of account and how sure we are who somebody is."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Kind(models.TextChoices):
    CITIZEN = "CITIZEN", _("民眾")
    OFFICER = "OFFICER", _("同仁")
    GUEST = "GUEST", _("府外機關")
    CLIENT = "CLIENT", _("介接系統")


class Assurance(models.TextChoices):
    """How a person proved who they are; each level includes the ones before it."""

    NONE = "NONE", _("尚未驗證")
    EMAIL = "EMAIL", _("電子郵件已驗證")
    PHONE = "PHONE", _("手機已驗證")
    STRONG = "STRONG", _("身分已確認")

    @property
    def rank(self) -> int:
        """The place in the order, lowest first."""
        return list(Assurance).index(self)
