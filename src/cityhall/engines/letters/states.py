"""The words of letters."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Channel(models.TextChoices):
    EMAIL = "email", _("電子郵件")
    SMS = "sms", _("簡訊")
    PUSH = "push", _("推播")
    PAPER = "paper", _("紙本")


class State(models.TextChoices):
    WAITING = "WAITING", _("等待寄出")
    SENT = "SENT", _("已寄達對方伺服器")
    REFUSED = "REFUSED", _("對方拒收")
    FAILED = "FAILED", _("多次重試仍未寄出")
    RETURNED = "RETURNED", _("寄出後被退回")


class Outcome(models.TextChoices):
    """How one attempt ended. STARTED and OFFERED are the steps of an attempt that is going on, or whose worker died."""

    STARTED = "STARTED", _("寄送中")
    OFFERED = "OFFERED", _("已送出內容，等待對方伺服器答覆")
    ACCEPTED = "ACCEPTED", _("對方伺服器已收下")
    REFUSED = "REFUSED", _("對方伺服器拒收")
    FAILED = "FAILED", _("未寄出，將再寄一次")
    BROKEN_OFF = "BROKEN_OFF", _("寄送中斷，未寄出，將再寄一次")
    UNKNOWN = "UNKNOWN", _("對方伺服器是否收下不明，將再寄一次")
    RETURNED = "RETURNED", _("收下後又退回")
