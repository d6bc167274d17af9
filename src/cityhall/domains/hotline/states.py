"""Words of the hotline: how a call ended, and what it was about."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from .queue_log import End


class Outcome(models.TextChoices):
    """How a call ended; the codes are those of the exchange's reading."""

    OPEN = End.OPEN.value, pgettext_lazy("call", "尚未結束")
    ANSWERED = End.ANSWERED.value, pgettext_lazy("call", "接聽")
    TRANSFERRED = End.TRANSFERRED.value, pgettext_lazy("call", "接聽後轉接")
    ABANDONED = End.ABANDONED.value, pgettext_lazy("call", "等候中掛斷")
    TIMED_OUT = End.TIMED_OUT.value, pgettext_lazy("call", "無人接聽")
    LEFT_BY_KEY = End.LEFT_BY_KEY.value, pgettext_lazy("call", "改按其他選項")
    MENU = End.MENU.value, pgettext_lazy("call", "語音查詢")


class Topic(models.TextChoices):
    """What an agent says that a call was about, when it is over."""

    ENQUIRY = "enquiry", pgettext_lazy("call topic", "市政諮詢")
    PETITION = "petition", pgettext_lazy("call topic", "陳情案件")
    TRANSFER = "transfer", pgettext_lazy("call topic", "電話轉接")
    OTHER = "other", pgettext_lazy("call topic", "其他服務")


class LogKind(models.TextChoices):
    """What a file of the exchange holds."""

    QUEUE_LOG = "QUEUE_LOG", _("等候紀錄")
    CDR = "CDR", _("通話明細")
    MENU = "MENU", _("語音選單紀錄")


class Fault(models.TextChoices):
    """Why a line of a file was refused."""

    UNREADABLE = "UNREADABLE", _("有不能讀的字元")
    SHORT = "SHORT", _("欄位不夠")
    TIME = "TIME", _("時間不對")
    EVENT = "EVENT", _("不是交換機的事件，或缺少這種事件的秒數")
    SECONDS = "SECONDS", _("秒數不對")
    TOPIC = "TOPIC", _("沒有這個服務項目")
    CALL = "CALL", _("通話或節點的編號不對")
    LEAVING = "LEAVING", _("離開節點的方式不對")


class Staffing(models.TextChoices):
    """What an agent did with their seat."""

    IN = "IN", pgettext_lazy("agent", "登入")
    OUT = "OUT", pgettext_lazy("agent", "登出")
    PAUSE = "PAUSE", pgettext_lazy("agent", "暫停")
    RESUME = "RESUME", pgettext_lazy("agent", "恢復")


class RatingAbout(models.TextChoices):
    """What a caller was asked about."""

    CALL = "CALL", pgettext_lazy("survey", "1999的服務")
    TRANSFER = "TRANSFER", pgettext_lazy("survey", "轉接後機關的處理")


class AnnouncementState(models.TextChoices):
    """How far an announcement is."""

    DRAFT = "DRAFT", pgettext_lazy("announcement", "草稿")
    PUBLISHED = "PUBLISHED", pgettext_lazy("announcement", "已發布")
    WITHDRAWN = "WITHDRAWN", pgettext_lazy("announcement", "已撤下")


class NodeKind(models.TextChoices):
    """What a node of the voice menu does."""

    CHOICE = "CHOICE", pgettext_lazy("voice menu", "請按鍵選擇")
    MESSAGE = "MESSAGE", pgettext_lazy("voice menu", "播放一段話")
    NEWS = "NEWS", pgettext_lazy("voice menu", "播放活動訊息")
    OPERATOR = "OPERATOR", pgettext_lazy("voice menu", "接話務人員")


class Leaving(models.TextChoices):
    """How a caller left a node; the codes are those of the documented file."""

    KEY = "key", pgettext_lazy("voice menu", "按鍵")
    QUEUE = "queue", pgettext_lazy("voice menu", "接話務人員")
    HANGUP = "hangup", pgettext_lazy("voice menu", "掛斷")
    TIMEOUT = "timeout", pgettext_lazy("voice menu", "沒有按鍵")
    END = "end", pgettext_lazy("voice menu", "聽完")


REACHED = (Outcome.ANSWERED, Outcome.TRANSFERRED)
