"""The life of a model version."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class ModelState(models.TextChoices):
    """Watched, in use, or no longer in use."""

    SHADOW = "SHADOW", _("試行")
    LIVE = "LIVE", _("使用中")
    RETIRED = "RETIRED", _("已停用")
