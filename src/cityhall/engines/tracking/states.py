"""The words of tracking: how an item goes on, where it stands, what an agency is asked and what came of it."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Verdict(models.TextChoices):
    """追蹤情形: how an item goes on."""

    RELEASED = "RELEASED", _("解除追蹤")
    SELF_TRACKED = "SELF_TRACKED", _("自行追蹤")
    TRACKED = "TRACKED", _("繼續追蹤")


class Decided(models.TextChoices):
    """What a dated row of an item says: a verdict, or that it was opened again."""

    RELEASED = "RELEASED", _("解除追蹤")
    SELF_TRACKED = "SELF_TRACKED", _("自行追蹤")
    TRACKED = "TRACKED", _("繼續追蹤")
    REOPENED = "REOPENED", pgettext_lazy("tracking", "重新列管")


class Stage(models.TextChoices):
    """What an item waits for."""

    ASKED = "ASKED", pgettext_lazy("tracking", "待機關函復")
    IN_REVIEW = "IN_REVIEW", pgettext_lazy("tracking", "待審核")
    TO_DECIDE = "TO_DECIDE", pgettext_lazy("tracking", "待列管決定")
    SETTLED = "SETTLED", pgettext_lazy("tracking", "已決定")


class Part(models.TextChoices):
    """An agency's part in an item."""

    LEAD = "LEAD", pgettext_lazy("tracking", "主辦")
    CO = "CO", pgettext_lazy("tracking", "協辦")


class Asking(models.TextChoices):
    """Why an agency is asked."""

    FIRST = "FIRST", pgettext_lazy("tracking", "列管後函復")
    AGAIN = "AGAIN", pgettext_lazy("tracking", "退回重新答復")
    REPORT = "REPORT", pgettext_lazy("tracking", "定期回報")
    REOPENED = "REOPENED", pgettext_lazy("tracking", "重新列管後函復")


class ReplyState(models.TextChoices):
    """Where a reply stands."""

    ASKED = "ASKED", pgettext_lazy("tracking", "待函復")
    ANSWERED = "ANSWERED", pgettext_lazy("tracking", "已函復，待審核")
    ACCEPTED = "ACCEPTED", pgettext_lazy("tracking", "審核通過")
    POOR = "POOR", pgettext_lazy("tracking", "退回重新答復")
    WITHDRAWN = "WITHDRAWN", pgettext_lazy("tracking", "不必再函復")


class Shortcoming(models.TextChoices):
    """What is wrong with a reply that is returned."""

    BESIDE_THE_QUESTION = "BESIDE_THE_QUESTION", pgettext_lazy("tracking", "答非所問")
    INCOMPLETE = "INCOMPLETE", pgettext_lazy("tracking", "內容不完整")
    UNDATED_PROMISE = "UNDATED_PROMISE", pgettext_lazy("tracking", "承諾沒有日期")


class Promise(models.TextChoices):
    """Whether a reply that promises something later says by when."""

    NONE = "NONE", pgettext_lazy("tracking", "沒有要另外辦理的事")
    DATED = "DATED", pgettext_lazy("tracking", "有，寫明完成日期")
    UNDATED = "UNDATED", pgettext_lazy("tracking", "有，沒有寫日期")
