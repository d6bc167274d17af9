"""The words of subscriptions."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Rhythm(models.TextChoices):
    """How often somebody is told."""

    DAILY = "DAILY", pgettext_lazy("subscription", "每天")
    WEEKLY = "WEEKLY", pgettext_lazy("subscription", "每星期一")


class End(models.TextChoices):
    """Why it ended."""

    LEFT = "LEFT", _("自行取消")
    BOUNCED = "BOUNCED", _("信箱退信")
    GONE = "GONE", _("訂閱的內容已經結束")
