"""The words of the FAQ base."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class State(models.TextChoices):
    """Where a version of an entry stands."""

    DRAFT = "DRAFT", pgettext_lazy("faq", "草稿")
    REVIEW = "REVIEW", _("等機關審核")
    PUBLISHED = "PUBLISHED", pgettext_lazy("faq", "已公布")


class Channel(models.TextChoices):
    """Where somebody asked."""

    WEB = "WEB", _("網站")
    HOTLINE = "HOTLINE", _("1999話務")
    CHAT = "CHAT", _("文字客服")
