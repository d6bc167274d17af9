"""The life of a case on one page: every state, and the one table of allowed moves (research note 01 §5.2)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Status(models.TextChoices):
    """Where a case stands. The officer's word; citizens read `public_words`.

    A word that also names an act (併案) is marked with its context, for in English the two differ: joined, join.
    """

    AWAITING_CONFIRMATION = "AWAITING_CONFIRMATION", _("待驗證")
    EXPIRED_UNCONFIRMED = "EXPIRED_UNCONFIRMED", _("逾期未驗證")
    RECEIVED = "RECEIVED", _("成案")
    DISPATCHING = "DISPATCHING", _("待派案")
    ASSIGNED = "ASSIGNED", _("待分辦")
    RETURNED = "RETURNED", pgettext_lazy("state", "退回改分")
    ACCEPTED = "ACCEPTED", _("承辦中")
    FIRST_REPLIED = "FIRST_REPLIED", _("已初步回復")
    IN_PROGRESS = "IN_PROGRESS", _("辦理中")
    AWAITING_CITIZEN = "AWAITING_CITIZEN", _("待民眾補正")
    FINAL_REVIEW = "FINAL_REVIEW", _("待核定")
    REPLIED = "REPLIED", _("已回復")
    CLOSED = "CLOSED", _("結案")
    REOPENED = "REOPENED", _("重新處理")
    WITHDRAWN = "WITHDRAWN", _("撤案")
    MERGED = "MERGED", pgettext_lazy("state", "併案")
    TRANSFERRED_OUTSIDE = "TRANSFERRED_OUTSIDE", pgettext_lazy("state", "移送府外機關")
    NOT_PROCESSED = "NOT_PROCESSED", _("不予處理")
    SPLIT = "SPLIT", pgettext_lazy("state", "拆案")
    REJOINED = "REJOINED", _("併回原案")


# A case in one of these waits for nobody in the city.
ENDED = frozenset(
    {
        Status.EXPIRED_UNCONFIRMED,
        Status.REPLIED,
        Status.CLOSED,
        Status.WITHDRAWN,
        Status.MERGED,
        Status.TRANSFERRED_OUTSIDE,
        Status.NOT_PROCESSED,
        Status.SPLIT,
        Status.REJOINED,
    }
)
# What counts in no figure of received cases: not taken up, or counted by its parts, or by the whole that it went back to.
COUNTED_ELSEWHERE = frozenset({Status.NOT_PROCESSED, Status.SPLIT, Status.REJOINED})
# These have no number, count in no figure, and are seen by nobody outside.
UNCONFIRMED = frozenset({Status.AWAITING_CONFIRMATION, Status.EXPIRED_UNCONFIRMED})
# An agency's officer has it in hand.
IN_HAND = frozenset(
    {Status.ACCEPTED, Status.FIRST_REPLIED, Status.IN_PROGRESS, Status.AWAITING_CITIZEN, Status.FINAL_REVIEW}
)
# It lies with an agency, assigned or not.
AT_AGENCY = IN_HAND | {Status.ASSIGNED, Status.REOPENED}


@dataclass(frozen=True)
class Move:
    """One allowed step: its name in the timeline, what must be given, who may take it (an act of roles.csv)."""

    event: str
    needs: tuple[str, ...] = ()
    act: str = ""  # empty: the machine, or the citizen whose case it is

    def lacks(self, given: Mapping[str, Any]) -> list[str]:
        """What the step needs and was not given, or given empty."""
        return [name for name in self.needs if given.get(name) in (None, "", [])]


_S = Status
# One answer may end many cases of one matter, wherever each of them stands.
_TOGETHER = Move("replied", ("reply",))
_RETURN = Move("returned", ("reason", "proposed_agency"), "petitions.redispatch")
_OUT = {
    _S.WITHDRAWN: Move("withdrawn", ("reason",)),
    _S.MERGED: Move("merged", ("parent",), "petitions.dispatch"),
    _S.TRANSFERRED_OUTSIDE: Move("transferred", ("agency", "reason"), "petitions.dispatch"),
    _S.NOT_PROCESSED: Move("not_processed", ("ground", "reason"), "petitions.filter"),
}
# Before the first answer, one that tells of several matters can be split; what nobody has worked on goes back together.
_SPLIT = {_S.SPLIT: Move("split", ("children", "reason"), "petitions.dispatch")}
_REJOIN = {_S.REJOINED: Move("rejoined", ("parent", "reason"), "petitions.dispatch")}
_WORK = {
    _S.AWAITING_CITIZEN: Move("asked_citizen", ("question",), "petitions.handle"),
    _S.FINAL_REVIEW: Move("submitted", ("reply",), "petitions.handle"),
    _S.RETURNED: _RETURN,
    _S.DISPATCHING: Move("recalled", ("reason",), "petitions.dispatch"),
    _S.ASSIGNED: Move("handed_back", ("reason",), "petitions.assign"),
}

MOVES: dict[Status, dict[Status, Move]] = {
    _S.AWAITING_CONFIRMATION: {
        _S.RECEIVED: Move("confirmed", ("how",)),
        _S.EXPIRED_UNCONFIRMED: Move("expired"),
        _S.WITHDRAWN: Move("withdrawn", ("reason",)),
    },
    _S.EXPIRED_UNCONFIRMED: {},
    _S.RECEIVED: {
        _S.DISPATCHING: Move("sent_to_desk", ("reasons",)),
        _S.ASSIGNED: Move("dispatched", ("agency",)),
        **_OUT,
    },
    _S.DISPATCHING: {
        _S.ASSIGNED: Move("dispatched", ("agency",), "petitions.dispatch"),
        _S.REPLIED: _TOGETHER,
        **_OUT,
        **_SPLIT,
    },
    _S.RETURNED: {
        _S.ASSIGNED: Move("dispatched", ("agency",), "petitions.dispatch"),
        _S.REPLIED: _TOGETHER,
        **_OUT,
        **_SPLIT,
    },
    _S.ASSIGNED: {
        _S.ACCEPTED: Move("accepted", ("officer",), "petitions.assign"),
        _S.RETURNED: _RETURN,
        _S.DISPATCHING: Move("recalled", ("reason",), "petitions.dispatch"),
        _S.REPLIED: _TOGETHER,
        **_OUT,
        **_SPLIT,
        **_REJOIN,
    },
    _S.ACCEPTED: {
        **_WORK,
        _S.FIRST_REPLIED: Move("first_replied", ("reply",)),
        _S.REPLIED: Move("replied", ("reply",)),
        **_OUT,
        **_SPLIT,
    },
    _S.FIRST_REPLIED: {
        **_WORK,
        _S.IN_PROGRESS: Move("work_started", (), "petitions.handle"),
        _S.REPLIED: Move("replied", ("reply",)),
        **_OUT,
    },
    _S.IN_PROGRESS: {**_WORK, _S.REPLIED: Move("replied", ("reply",)), **_OUT},
    _S.AWAITING_CITIZEN: {
        _S.ACCEPTED: Move("citizen_answered"),
        _S.FIRST_REPLIED: Move("citizen_answered"),
        _S.IN_PROGRESS: Move("citizen_answered"),
        _S.REPLIED: _TOGETHER,
        **_OUT,
    },
    _S.FINAL_REVIEW: {
        _S.REPLIED: Move("replied", ("reply",)),
        _S.IN_PROGRESS: Move("reply_sent_back", ("reason",), "petitions.approve"),
        _S.WITHDRAWN: _OUT[_S.WITHDRAWN],
        _S.MERGED: _OUT[_S.MERGED],
    },
    _S.REPLIED: {_S.CLOSED: Move("closed"), _S.REOPENED: Move("reopened", ("reason",), "petitions.assign")},
    _S.CLOSED: {_S.REOPENED: Move("reopened", ("reason",), "petitions.assign")},
    _S.REOPENED: {
        _S.ACCEPTED: Move("accepted", ("officer",), "petitions.assign"),
        _S.RETURNED: _RETURN,
        _S.DISPATCHING: Move("recalled", ("reason",), "petitions.dispatch"),
        _S.REPLIED: _TOGETHER,
        **_OUT,
    },
    _S.WITHDRAWN: {},
    _S.MERGED: {_S.DISPATCHING: Move("unmerged", ("reason",), "petitions.dispatch")},
    _S.TRANSFERRED_OUTSIDE: {_S.DISPATCHING: Move("came_back", ("reason",), "petitions.dispatch")},
    _S.NOT_PROCESSED: {_S.DISPATCHING: Move("taken_up", ("reason",), "petitions.filter")},
    _S.SPLIT: {_S.DISPATCHING: Move("unsplit", ("reason",), "petitions.dispatch")},
    _S.REJOINED: {},
}


class Channel(models.TextChoices):
    """How it reached the city; whatever the channel, one record."""

    WEB = "WEB", _("市政信箱")
    DEFECT = "DEFECT", _("市容查報")
    PHONE = "PHONE", _("1999 專線")
    CHAT = "CHAT", _("文字客服")
    APP = "APP", _("市民卡 APP")
    EMAIL = "EMAIL", _("電子郵件")
    LETTER = "LETTER", _("書面")
    COUNTER = "COUNTER", _("臨櫃")
    AGENCY_BOX = "AGENCY_BOX", _("機關意見信箱")
    FORWARDED = "FORWARDED", _("中央轉發")
    OPEN311 = "OPEN311", _("Open311 介接")
    API = "API", _("介接系統")
    ON_BEHALF = "ON_BEHALF", _("里長或服務處代提")


class Part(models.TextChoices):
    """What an agency has to do with a case."""

    LEAD = "LEAD", _("主辦")
    CO_HANDLER = "CO_HANDLER", pgettext_lazy("state", "協辦")
    COPY = "COPY", _("副知")


class ReplyState(models.TextChoices):
    DRAFT = "DRAFT", _("草稿")
    IN_REVIEW = "IN_REVIEW", _("陳核中")
    SENT_BACK = "SENT_BACK", pgettext_lazy("state", "退回修改")
    APPROVED = "APPROVED", _("已核定")
    SENT = "SENT", _("已送出")
    RECALLED = "RECALLED", _("已更正")


class PlaceMethod(models.TextChoices):
    PIN = "PIN", _("地圖圖釘")
    GPS = "GPS", _("手機定位")
    PHOTO = "PHOTO", _("照片位置")
    PLATE = "PLATE", _("門牌")
    INTERPOLATED = "INTERPOLATED", _("由門牌推算")
    ROAD = "ROAD", _("路段")
    JUNCTION = "JUNCTION", _("路口")
    LANDMARK = "LANDMARK", _("地標")
    TEXT = "TEXT", _("文字描述")
    NONE = "NONE", _("沒有固定地點")
