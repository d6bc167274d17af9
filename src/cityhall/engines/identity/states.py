"""The words of identity: kinds of account, how sure we are who somebody is, why an account stands as it does."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Kind(models.TextChoices):
    CITIZEN = "CITIZEN", _("民眾")
    OFFICER = "OFFICER", _("同仁")
    GUEST = "GUEST", _("府外機關")
    CLIENT = "CLIENT", _("介接系統")


STAFF = frozenset({Kind.OFFICER, Kind.GUEST})
"""Who signs in with two factors: officers, and people of outside bodies who work with us."""


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


class Method(models.TextChoices):
    """By what a level of assurance was reached."""

    EMAIL_CODE = "EMAIL_CODE", _("電子郵件驗證碼")
    PHONE_CODE = "PHONE_CODE", _("簡訊驗證碼")
    COUNTER = "COUNTER", _("臨櫃核對證件")
    OFFICE = "OFFICE", _("機關建立帳號")
    PROVIDER = "PROVIDER", _("單一簽入")


class Reason(models.TextChoices):
    """Why an account may or may not be used from a moment on."""

    OPENED = "OPENED", pgettext_lazy("帳號狀態的原因", "建立帳號")
    ENABLED = "ENABLED", pgettext_lazy("帳號狀態的原因", "重新啟用")
    DISABLED = "DISABLED", _("管理員停用")
    IDLE = "IDLE", _("太久沒有登入")
    EXPIRED = "EXPIRED", _("使用期限已到")


class Proof(models.TextChoices):
    """What a person has shown in the sign-in that is under way, and what a session was opened with."""

    PASSWORD = "PASSWORD", _("密碼")
    TOTP = "TOTP", _("驗證器App")
    RECOVERY_CODE = "RECOVERY_CODE", _("救援碼")
    PASSKEY = "PASSKEY", _("通行金鑰")
    EMAIL_CODE = "EMAIL_CODE", _("電子郵件驗證碼")
    PROVIDER = "PROVIDER", _("單一簽入")
    PROVIDER_STRONG = "PROVIDER_STRONG", _("單一簽入（雙因子）")


class Step(models.TextChoices):
    """What a sign-in asks for next."""

    SECOND_FACTOR = "SECOND_FACTOR"
    CHANGE_PASSWORD = "CHANGE_PASSWORD"  # noqa: S105  # nosec B105  (the name of a step)
    SET_UP = "SET_UP"
    KEEP_CODES = "KEEP_CODES"
    DONE = "DONE"


ACCOUNT_ACTS = ("disable", "enable", "password", "factors", "make_administrator", "remove_administrator")
"""What an administrator can do to an account with one button; part of the address of each."""
