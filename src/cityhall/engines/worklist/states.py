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
