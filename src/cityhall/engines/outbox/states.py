"""The states of a promise."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class State(models.TextChoices):
    PENDING = "PENDING", _("待處理")
    DONE = "DONE", _("已完成")
    DEAD = "DEAD", _("處理失敗，待人工處理")
