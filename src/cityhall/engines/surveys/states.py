"""The words of surveys."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Kind(models.TextChoices):
    """How a question is answered."""

    SINGLE = "SINGLE", _("單選")
    SEVERAL = "SEVERAL", _("複選")
    SCALE = "SCALE", _("滿意度（1到5分）")
    TEXT = "TEXT", pgettext_lazy("question", "寫一段話")


class Sampling(models.TextChoices):
    """How those who are asked were chosen."""

    RANDOM = "RANDOM", _("隨機抽樣")
    EVERYONE = "EVERYONE", _("全部邀請")
    VOLUNTARY = "VOLUNTARY", _("自由參加")


class Way(models.TextChoices):
    """How somebody is asked."""

    EMAIL = "EMAIL", _("電子郵件")
    SMS = "SMS", _("簡訊")
    KEYPAD = "KEYPAD", _("電話按鍵")
    SPOKEN = "SPOKEN", _("電話訪問")
