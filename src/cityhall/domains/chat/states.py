"""The words of the text service: where a conversation stands, who speaks, what the bot did."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class State(models.TextChoices):
    """Where a conversation stands. Who may write by itself follows from it alone (`rules.AUTOMATIC`)."""

    BOT = "BOT", _("自動回答")
    WAITING = "WAITING", _("等候客服人員")
    PERSON = "PERSON", _("客服人員接談中")
    LEFT = "LEFT", _("已留言")
    CLOSED = "CLOSED", pgettext_lazy("chat", "已結束")


OPEN = (State.BOT, State.WAITING, State.PERSON)


class Speaker(models.TextChoices):
    """Who wrote a message."""

    CITIZEN = "CITIZEN", _("民眾")
    BOT = "BOT", _("自動回答")
    OPERATOR = "OPERATOR", _("客服人員")
    SYSTEM = "SYSTEM", _("系統訊息")


class Source(models.TextChoices):
    """Where a conversation came from."""

    WEB = "WEB", _("文字客服網頁")
    EMBEDDED = "EMBEDDED", _("其他網站")
    LINE = "LINE", "LINE"


class Outcome(models.TextChoices):
    """What the bot made of a message."""

    ANSWERED = "ANSWERED", pgettext_lazy("chat", "已回答")
    OFFERED = "OFFERED", _("列出選項")
    REFUSED = "REFUSED", _("說不知道")
    SMALL_TALK = "SMALL_TALK", _("寒暄")
    DANGER = "DANGER", _("緊急電話")
    GUIDED = "GUIDED", _("帶著辦")


ASKED = (Outcome.ANSWERED, Outcome.OFFERED, Outcome.REFUSED)
"""Outcomes of messages that asked something: what the bot's quality is counted over."""


class Ended(models.TextChoices):
    """Why a conversation is over."""

    CITIZEN = "CITIZEN", _("民眾結束")
    OPERATOR = "OPERATOR", _("客服人員結束")
    IDLE = "IDLE", _("太久沒有回應")
    LEFT = "LEFT", _("改為留言")


class Way(models.TextChoices):
    """How somebody who left a message wants to be answered."""

    MAIL = "MAIL", _("寄電子郵件給我")
    CALL = "CALL", _("打電話給我")
