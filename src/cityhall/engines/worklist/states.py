"""The words of the to-do list."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Part(models.TextChoices):
    """What somebody is expected to do with a to-do; a filter of the list."""

    HANDLE = "handle", _("辦理")
    DISPATCH = "dispatch", _("派案")
    APPROVE = "approve", _("核定")
    CO_HANDLE = "co_handle", _("協辦")
    WAITING = "waiting", _("待補正")
    FOLLOW_UP = "follow_up", _("後續追蹤")


class Age(models.TextChoices):
    """For how long something is late."""

    WEEK = "week", _("未滿7天")
    MONTH = "month", _("7天至未滿30天")
    QUARTER = "quarter", _("30天至未滿90天")
    LONGER = "longer", _("90天以上")


class Rhythm(models.TextChoices):
    """When somebody has the daily letter."""

    DAILY = "DAILY", _("每天，連放假日")
    WORKING = "WORKING", _("只在上班日")
    OFF = "OFF", _("不要寄")
