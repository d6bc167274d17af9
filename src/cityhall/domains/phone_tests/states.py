"""The words of telephone tests: what a card asks about, when a call is made, what came of it."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Topic(models.TextChoices):
    """What a scenario card asks about (§1.2.4)."""

    QUESTION = "QUESTION", _("常見業務問答")
    ACTIVITY = "ACTIVITY", _("活動訊息")
    PROCEDURE = "PROCEDURE", _("申辦資訊")


class Window(models.TextChoices):
    """The part of the day in which a test is called; the lunch hour is a stratum of its own."""

    MORNING = "MORNING", pgettext_lazy("phone test", "上午")
    LUNCH = "LUNCH", pgettext_lazy("phone test", "午休時間")
    AFTERNOON = "AFTERNOON", pgettext_lazy("phone test", "下午")


class CallState(models.TextChoices):
    """Where a test stands. Without an answer there is no score: that is a finding of its own."""

    WAITING = "WAITING", pgettext_lazy("phone test", "待測")
    PASSED = "PASSED", pgettext_lazy("phone test", "合格")
    FAILED = "FAILED", pgettext_lazy("phone test", "未達標準")
    UNANSWERED = "UNANSWERED", pgettext_lazy("phone test", "無人接聽")


class Trouble(models.TextChoices):
    """Why nobody was reached."""

    NO_ANSWER = "NO_ANSWER", pgettext_lazy("phone test", "響了沒有人接")
    BUSY = "BUSY", pgettext_lazy("phone test", "一直忙線")


class ImprovementState(models.TextChoices):
    """Where the agency's answer to a failed or unanswered test stands."""

    ASKED = "ASKED", pgettext_lazy("phone test", "待機關回復")
    ANSWERED = "ANSWERED", pgettext_lazy("phone test", "已回復，待確認")
    ACCEPTED = "ACCEPTED", pgettext_lazy("phone test", "確認改善")
    SENT_BACK = "SENT_BACK", pgettext_lazy("phone test", "退請再回復")
