"""What bot and system say. Short, polite, never blaming; each line says what can be done next."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _

from .rules import Service
from .smalltalk import Talk


def greeting() -> str:
    """The first line of every conversation."""
    return _(
        "您好，這裡是1999文字客服。請用平常說話的方式問，我會從市府的常見問題找答案；找不到會老實說，也可以請客服人員接談。"
    )


def small_talk(kind: Talk) -> str:
    """A short line for whoever asks nothing of the city."""
    return {
        Talk.GREETING: _("您好，請問想問什麼？"),
        Talk.THANKS: _("不客氣，很高興能幫上忙。"),
        Talk.BYE: _("謝謝您，有需要隨時再來。"),
        Talk.WHO: _("我是自動回答的程式，不是真人。市政的問題可以問我；要找真人，請按「請客服人員接談」。"),
        Talk.HOW: _("謝謝關心。請問市政上有什麼可以幫您？"),
        Talk.PRAISE: _("謝謝您的鼓勵。"),
        Talk.SCOLD: _("很抱歉沒有幫上忙。您可以換個說法，或請客服人員接談。"),
        Talk.YES: _("好的。還有想問的，請直接寫在下面。"),
        Talk.NOISE: _("我沒有看懂這一則，請寫下想問的事，例如「垃圾車幾點來」。"),
        Talk.CHAT: _("這個我不太會聊，不過市政的問題可以問我。"),
    }[kind]


def danger(numbers: Sequence[str]) -> str:
    """Whom to call at once."""
    lines = {
        "119": _("火災、受傷或有人需要救護：請立刻打119。"),
        "110": _("有人正在傷害您或別人：請立刻打110。"),
        "113": _("家庭暴力、性侵害、兒童或老人受虐：請打113保護專線，24小時有人接。"),
        "1925": _("如果您很難受、想傷害自己，請打1925安心專線，24小時有人陪您談；情況緊急請打119。"),
    }
    return "\n".join([*(lines[one] for one in numbers), _("打字比打電話慢，請先打電話。")])


def answered() -> str:
    """Before an entry that is the answer."""
    return _("找到了：")


def offered() -> str:
    """Before entries of which one may be the answer."""
    return _("我不確定您問的是哪一個，請選最接近的：")


def refused() -> str:
    """Nothing is known."""
    return _("這個問題我不知道答案，不想亂答。您可以換個說法再問，或選下面的方式。")


def waiting() -> str:
    """A person was asked for and will come."""
    return _("已經為您通知客服人員，請稍候。前面談過的內容，客服人員都看得到。")


def nobody(service: Service, *, first: str, last: str) -> str:
    """Why no person can come now, and what can be done."""
    if service is Service.CLOSED:
        return _(
            "現在不是客服人員的服務時間（工作天%(first)s到%(last)s）。您可以留言，我們上班後回復；急的話請打1999。"
        ) % {
            "first": first,
            "last": last,
        }
    return _("客服人員現在都不在線上。您可以留言，我們會回復；急的話請打1999。")


def gone_while_waiting() -> str:
    """Nobody came in the end."""
    return _("抱歉讓您久等，客服人員現在沒辦法接談。您可以留言，我們會回復；也可以繼續等，或打1999。")


def left(*, days: int) -> str:
    """A message was left."""
    return _("留言已收到，我們會在%(days)s個工作天內回復。") % {"days": days}


def closed_idle(*, minutes: int) -> str:
    """Silence ended it."""
    return _("%(minutes)s分鐘沒有收到您的訊息，先結束這次對談。要接著談，請按「接著談」。") % {"minutes": minutes}


def closed() -> str:
    """Somebody ended it."""
    return _("對談已結束，謝謝您。")


def joined() -> str:
    """A person is there."""
    return _("客服人員已經加入。")


def handed_over() -> str:
    """Another person goes on."""
    return _("由另一位客服人員接著為您服務，前面談過的都看得到。")


def reopened() -> str:
    """The citizen goes on."""
    return _("接著談。")
