"""Guided services: report a defect, which becomes a petition, and look up how one stands. One question at a time.

What reaches beyond the conversation (a petition, a code that is tried) is done before the conversation is locked: it
keeps its own account of tries, and its refusal is an answer and undoes nothing here.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from cityhall.domains.petitions import public as petitions
from cityhall.engines.cases.states import Channel, PlaceMethod
from cityhall.engines.files.models import StoredFile
from cityhall.engines.identity.codes import CannotIssueCode
from cityhall.engines.identity.throttle import CannotTryNow
from cityhall.engines.letters.services import CannotSend
from cityhall.engines.places import queries as places

from .models import Conversation
from .states import Source

REPORT, PROGRESS = "report", "progress"
_STARTS = {
    REPORT: re.compile(r"(?:我要|我想|想要)?(?:反映|通報|報修|檢舉|陳情)(?:一件事|問題|案件)?|(?:i want to )?report(?: a)?(?: problem| defect)?", re.I),
    PROGRESS: re.compile(r"(?:我要|我想|想要)?查(?:詢)?(?:案件)?(?:的)?進度|(?:look up|check|follow)(?: my| a)?(?: case| progress)", re.I),
}  # fmt: skip
MOST_PLACES = 4


@dataclass
class Step:
    """What the guide says, where it stands after it, and answers to press."""

    text: str
    guide: Mapping[str, Any] = field(default_factory=dict)
    presses: list[str] = field(default_factory=list)
    case: int | None = None


def cancels(text: str) -> bool:
    """Whether somebody wants out."""
    return text.strip().lower() in (_("取消").lower(), "取消", "cancel")


def service_asked(text: str) -> str:
    """The guided service that a message begins; empty for any other."""
    return next((name for name, pattern in _STARTS.items() if pattern.fullmatch(text.strip(" 。.!！?？"))), "")


def begin(service: str) -> Step:
    """The first question."""
    if service == REPORT:
        return Step(
            _("好的，一步一步來，隨時可以寫「取消」。請問發生什麼事？例如：路燈不亮、路面破洞。"),
            {"service": REPORT, "step": "what"},
        )
    return Step(_("請寫案件編號，信裡有，例如 115-000123。"), {"service": PROGRESS, "step": "number"})


def goes_on(conversation: Conversation, text: str, *, network: str, language: str, at: datetime) -> Step:
    """The next question, by what was answered to the last."""
    guide = dict(conversation.guide)
    if cancels(text):
        return Step(_("已取消。還有想問的，請直接寫在下面。"))
    return _STEPS[guide["service"], guide["step"]](conversation, guide, text.strip(), network, language, at)


def _what(
    conversation: Conversation, guide: dict[str, Any], text: str, network: str, language: str, at: datetime
) -> Step:
    return Step(_("在哪裡？請寫地址、路口或地標，例如：中山路200號。"), {**guide, "what": text[:1500], "step": "where"})


def _where(
    conversation: Conversation, guide: dict[str, Any], text: str, network: str, language: str, at: datetime
) -> Step:
    if guide.get("found") and (chosen := next((one for one in guide["found"] if one["label"] == text), None)):
        return _photo_asked(conversation, {**guide, "where": chosen})
    if guide.get("found") and text == _("都不是，用我寫的"):
        return _photo_asked(conversation, {**guide, "where": {"label": guide["words"]}})
    found = [
        {"label": str(one.label), "lon": one.point.lon, "lat": one.point.lat}
        for one in places.find(text[:200], limit=MOST_PLACES)
        if one.point is not None
    ]
    if not found:
        return _photo_asked(conversation, {**guide, "where": {"label": text[:200]}})
    presses = [*dict.fromkeys(str(one["label"]) for one in found), _("都不是，用我寫的")]
    return Step(_("是這裡嗎？請選一個，或換個寫法。"), {**guide, "found": found, "words": text[:200]}, presses)


def _photo_asked(conversation: Conversation, guide: dict[str, Any]) -> Step:
    kept = {key: value for key, value in guide.items() if key not in ("found", "words")}
    words = (
        _("有照片更清楚，請直接傳到這裡，傳完按「照片傳好了」；沒有就按「沒有照片」。")
        if conversation.source == Source.LINE
        else _("有照片更清楚。請用下面的「傳檔案」傳，傳完按「照片傳好了」；沒有就按「沒有照片」。")
    )
    return Step(words, {**kept, "step": "photo"}, [_("照片傳好了"), _("沒有照片")])


def photo_came(conversation: Conversation) -> Step:
    """How many photos there are by now."""
    words = _("收到%(n)s張照片。還有就接著傳，沒有了請按「照片傳好了」。") % {"n": len(_photos(conversation))}
    return Step(words, conversation.guide, [_("照片傳好了")])


def _photo(
    conversation: Conversation, guide: dict[str, Any], text: str, network: str, language: str, at: datetime
) -> Step:
    return Step(_("請留電子郵件，我們寄驗證碼和回復給您。"), {**guide, "step": "email"})


def _email(
    conversation: Conversation, guide: dict[str, Any], text: str, network: str, language: str, at: datetime
) -> Step:
    try:
        validate_email(text)
    except ValidationError:
        return Step(_("電子郵件的格式不對，請再寫一次，例如 name@example.com。"), guide)
    lines = _("請看一下：\n發生什麼事：%(what)s\n在哪裡：%(where)s\n照片：%(photos)s張\n電子郵件：%(email)s") % {
        "what": guide["what"], "where": guide["where"]["label"], "photos": len(_photos(conversation)), "email": text,
    }  # fmt: skip
    return Step(lines, {**guide, "email": text[:254], "step": "check"}, [_("送出這件反映"), _("取消")])


def _photos(conversation: Conversation) -> list[StoredFile]:
    keys = [row["file"] for row in conversation.messages.filter(data__has_key="file").values_list("data", flat=True)]
    return list(StoredFile.objects.filter(reference__in=keys, removed_at=None, stored_by=None).order_by("pk"))


def _check(
    conversation: Conversation, guide: dict[str, Any], text: str, network: str, language: str, at: datetime
) -> Step:
    if text != _("送出這件反映"):
        return Step(_("請按「送出這件反映」，或寫「取消」。"), guide, [_("送出這件反映"), _("取消")])
    reference = uuid.uuid5(conversation.key, f"report:{conversation.turn}:{guide['what']}")
    petition = petitions.of_reference(reference)
    if petition is None:
        where = guide["where"]
        submission = petitions.Submission(
            text=guide["what"], channel=Channel.CHAT, who=petitions.Who(email=guide["email"]), language=language,
            reference=reference,
            where=petitions.Where(
                method=PlaceMethod.PIN if "lon" in where else PlaceMethod.TEXT, lon=where.get("lon"), lat=where.get("lat"),
                words=where["label"], label=where["label"],
            ),
        )  # fmt: skip
        photos = [ContentFile(one.path.read_bytes(), name=one.name) for one in _photos(conversation)]
        try:
            petition = petitions.file(submission, photos=photos, at=at)
        except (petitions.CannotAct, CannotIssueCode, CannotSend) as refusal:
            sentence = getattr(refusal, "sentence", "") or str(refusal)
            return Step(sentence, guide, [_("送出這件反映"), _("取消")])
    text = _("已收到。為了確認是您本人，請看 %(email)s 的信，把6位數驗證碼寫在下面；驗證完成才會成案。")
    return Step(
        text % {"email": guide["email"]}, {"service": REPORT, "step": "code", "reference": str(reference)}, case=petition.case_id
    )  # fmt: skip


def _code(
    conversation: Conversation, guide: dict[str, Any], text: str, network: str, language: str, at: datetime
) -> Step:
    petition = petitions.of_reference(uuid.UUID(guide["reference"]))
    if petition is None:
        return Step(_("這件反映已經失效，請重新反映。"))
    try:
        petition = petitions.confirm_by_code(petition, code="".join(text.split()), at=at)
    except petitions.CannotAct as refusal:
        if petition.case.is_confirmed:
            return Step(_("這件已經成案，案件編號和查詢碼在信裡。"), case=petition.case_id)
        return Step(_("%(why)s請再寫一次驗證碼，或寫「取消」。") % {"why": str(refusal)}, guide)
    petition.case.refresh_from_db()
    words = _("成案了。案件編號 %(number)s，查詢碼 %(code)s；信裡也有。我們會用電子郵件告訴您進度。")
    return Step(words % {"number": petition.case.number, "code": petition.case.tracking_code}, case=petition.case_id)


def _number(
    conversation: Conversation, guide: dict[str, Any], text: str, network: str, language: str, at: datetime
) -> Step:
    return Step(_("請寫查詢碼，和編號在同一封信裡。"), {**guide, "number": text[:40], "step": "key"})


def _key(
    conversation: Conversation, guide: dict[str, Any], text: str, network: str, language: str, at: datetime
) -> Step:
    try:
        case = petitions.followed_from(network or str(conversation.key), guide["number"], text[:40], at=at)
    except CannotTryNow as locked:
        return Step(locked.sentence)
    if case is None:
        return Step(
            _("編號和查詢碼對不起來。請再寫一次案件編號，或寫「取消」。"), {"service": PROGRESS, "step": "number"}
        )
    now, then = petitions.stands(case, at=at)
    return Step(_("%(number)s：%(now)s。\n%(then)s") % {"number": case.number, "now": now, "then": then})


_STEPS = {
    (REPORT, "what"): _what, (REPORT, "where"): _where, (REPORT, "photo"): _photo, (REPORT, "email"): _email,
    (REPORT, "check"): _check, (REPORT, "code"): _code, (PROGRESS, "number"): _number, (PROGRESS, "key"): _key,
}  # fmt: skip
