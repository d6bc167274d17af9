"""Words of the operator's desk: how a contact ended, what an operator does, what became of a transfer."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Channel(models.TextChoices):
    """How somebody came to us."""

    PHONE = "PHONE", pgettext_lazy("contact", "電話")
    TEXT = "TEXT", pgettext_lazy("contact", "文字服務")


class Outcome(models.TextChoices):
    """What came of a contact."""

    OPEN = "OPEN", pgettext_lazy("contact", "進行中")
    ANSWERED_BY_FAQ = "ANSWERED_BY_FAQ", _("以常見問題答復")
    ANSWERED = "ANSWERED", _("當場答復")
    CASE_OPENED = "CASE_OPENED", _("登錄陳情")
    TRANSFERRED = "TRANSFERRED", pgettext_lazy("contact", "轉接機關")
    CALL_BACK = "CALL_BACK", pgettext_lazy("contact", "約定回電")
    NUISANCE = "NUISANCE", _("騷擾電話")
    DROPPED = "DROPPED", pgettext_lazy("contact", "未接通或中斷")


class WrapUp(models.TextChoices):
    """話後碼: what a contact was about."""

    ENQUIRY = "enquiry", pgettext_lazy("call topic", "市政諮詢")
    PETITION = "petition", pgettext_lazy("call topic", "陳情案件")
    TRANSFER = "transfer", pgettext_lazy("call topic", "電話轉接")
    OTHER = "other", pgettext_lazy("call topic", "其他服務")


class Presence(models.TextChoices):
    """What an operator is doing."""

    READY = "READY", _("可接聽")
    TALKING = "TALKING", pgettext_lazy("operator", "通話中")
    WRAPPING = "WRAPPING", _("話後處理")
    BREAK = "BREAK", pgettext_lazy("operator", "休息")
    MEAL = "MEAL", pgettext_lazy("operator", "用餐")
    MEETING = "MEETING", pgettext_lazy("operator", "會議或訓練")
    OFF = "OFF", pgettext_lazy("operator", "下線")


CHOSEN = (Presence.READY, Presence.WRAPPING, Presence.BREAK, Presence.MEAL, Presence.MEETING, Presence.OFF)
"""What operators choose themselves; that they talk, the call says."""


class CallBackState(models.TextChoices):
    """How far a promised call is."""

    WAITING = "WAITING", pgettext_lazy("call back", "待回電")
    REACHED = "REACHED", pgettext_lazy("call back", "已回電")
    GIVEN_UP = "GIVEN_UP", pgettext_lazy("call back", "三次未接")
    STOPPED = "STOPPED", pgettext_lazy("call back", "不必回電")


class Nuisance(models.TextChoices):
    """What kind of nuisance a call was."""

    ABUSE = "ABUSE", pgettext_lazy("nuisance", "辱罵")
    HARASSMENT = "HARASSMENT", pgettext_lazy("nuisance", "騷擾")
    SILENT = "SILENT", pgettext_lazy("nuisance", "無聲")


class NuisanceVerdict(models.TextChoices):
    """What the supervisor found of it."""

    WAITING = "WAITING", pgettext_lazy("nuisance", "待督導複核")
    UPHELD = "UPHELD", pgettext_lazy("nuisance", "確認")
    DISMISSED = "DISMISSED", pgettext_lazy("nuisance", "不成立")


class TransferKind(models.TextChoices):
    """How a call was passed on."""

    WARM = "WARM", _("暖轉接")
    BLIND = "BLIND", _("盲轉接")


class TransferFate(models.TextChoices):
    """What became of it, from its second leg."""

    WAITING = "WAITING", pgettext_lazy("transfer", "還不知道")
    ANSWERED = "ANSWERED", pgettext_lazy("transfer", "機關接聽")
    BUSY = "BUSY", pgettext_lazy("transfer", "忙線")
    NO_ANSWER = "NO_ANSWER", pgettext_lazy("transfer", "無人接聽")


FAILED = (TransferFate.BUSY, TransferFate.NO_ANSWER)


class InterviewState(models.TextChoices):
    """How far a follow-up interview is."""

    WAITING = "WAITING", pgettext_lazy("interview", "待訪問")
    DONE = "DONE", pgettext_lazy("interview", "完成")
    REFUSED = "REFUSED", pgettext_lazy("interview", "拒訪")
    UNREACHED = "UNREACHED", pgettext_lazy("interview", "聯絡不到")


ASKED_FOR_GOOD = (InterviewState.DONE, InterviewState.REFUSED)
"""Somebody who could not be reached is tried again."""
