"""The words of the FAQ base."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class State(models.TextChoices):
    """Where a version of an entry stands."""

    DRAFT = "DRAFT", pgettext_lazy("faq", "草稿")
    REVIEW = "REVIEW", _("等機關審核")
    PUBLISHED = "PUBLISHED", pgettext_lazy("faq", "已公布")
    DISCARDED = "DISCARDED", pgettext_lazy("faq", "已作廢")


class Step(models.TextChoices):
    """What somebody did with a version."""

    WRITTEN = "WRITTEN", pgettext_lazy("faq", "撰寫")
    REVISED = "REVISED", pgettext_lazy("faq", "修改草稿")
    SUBMITTED = "SUBMITTED", pgettext_lazy("faq", "送機關審核")
    SENT_BACK = "SENT_BACK", pgettext_lazy("faq", "退回修改")
    PUBLISHED = "PUBLISHED", pgettext_lazy("faq", "審核通過，公布")
    WITHDRAWN = "WITHDRAWN", pgettext_lazy("faq", "下架")
    BROUGHT_BACK = "BROUGHT_BACK", pgettext_lazy("faq", "重新上架")
    DISCARDED = "DISCARDED", pgettext_lazy("faq", "作廢草稿")
    CONFIRMED = "CONFIRMED", pgettext_lazy("faq", "確認內容還正確")


class Clash(models.TextChoices):
    """How two published entries contradict each other."""

    SAME = "SAME", _("問法相同")
    TERMS = "TERMS", _("問得相近，費用或天數不同")


class Channel(models.TextChoices):
    """Where somebody asked."""

    WEB = "WEB", _("網站")
    HOTLINE = "HOTLINE", _("1999話務")
    CHAT = "CHAT", _("文字客服")
    API = "API", _("程式介面")


class Fate(models.TextChoices):
    """What was decided of a proposal."""

    OPEN = "OPEN", pgettext_lazy("faq", "待決定")
    NEW = "NEW", pgettext_lazy("faq", "寫成新的問題")
    ALIAS = "ALIAS", pgettext_lazy("faq", "加成其他問法")
    DECLINED = "DECLINED", pgettext_lazy("faq", "不採用")
