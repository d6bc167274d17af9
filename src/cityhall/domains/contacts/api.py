"""The door of the telephone exchange: what happens to a call, while it happens, signed."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Header, Router, Schema
from ninja.decorators import decorate_view

from cityhall.engines.idempotency.views import api_once
from cityhall.web import errors
from cityhall.web.problems import refusals

from . import cti, services, signing
from .refusals import CannotTakeEvent
from .signing import Fault

router = Router(tags=["contacts"])

_TEXT = {"type": "string"}
EVENT: dict[str, Any] = {
    "type": "object",
    "required": ["event", "callId"],
    "properties": {
        "event": {"type": "string", "enum": [one.value for one in cti.Kind]},
        "callId": {"type": "string", "maxLength": 64},
        "from": _TEXT,
        "to": _TEXT,
        "direction": {"type": "string", "enum": ["in", "out"]},
        "user": {"type": "array", "items": _TEXT},
        "queue": _TEXT,
        "cause": _TEXT,
        "answeringNumber": _TEXT,
    },
}
BODY = {
    "requestBody": {
        "required": True,
        "content": dict.fromkeys(["application/json", "application/x-www-form-urlencoded"], {"schema": EVENT}),
    }
}


class Taken(Schema):
    """The contact of the call: the number that operators see; `again` where the same was told before."""

    number: str
    again: bool


def _said(fault: Fault) -> str:
    return {
        Fault.MISSING: _("請附上 X-CityHall-Timestamp 與 X-CityHall-Signature 兩個標頭。"),
        Fault.WRONG: _("簽章不符；請檢查密鑰，並以送出的原始內容計算。"),
        Fault.STALE: _("時間戳記與現在相差太多；請校正時鐘後重新簽章再送。"),
    }[fault]


@router.post(
    "/hotline/events", response={200: Taken, **refusals(400, 401, 403, 409, 413, 422)}, openapi_extra=BODY,
    summary="A call rings, is answered, ends (signed by the exchange)",
)  # fmt: skip
@decorate_view(api_once)
def take(
    request: HttpRequest,
    x_cityhall_timestamp: str = Header("", alias="X-CityHall-Timestamp"),  # type: ignore[type-arg]
    x_cityhall_signature: str = Header("", alias="X-CityHall-Signature"),  # type: ignore[type-arg]
) -> Any:
    """`X-CityHall-Signature: v1=` and the HMAC-SHA256, in hex, of time stamp, full stop and body."""
    if not settings.CTI_SECRET:
        return errors.problem(request, 403, _("這個系統沒有接電話交換機。"))
    now = timezone.now()
    try:
        body = request.body
    except RequestDataTooBig:
        return errors.problem(request, 413, _("送來的內容太大。"))
    try:
        told_at = signing.check(
            settings.CTI_SECRET, x_cityhall_timestamp, x_cityhall_signature, body, now=int(now.timestamp())
        )
        event = cti.read(body, request.content_type or "")
        contact, again = services.take_event(event, signature=x_cityhall_signature, told_at=told_at, at=now)
    except signing.BadSignature as refusal:
        return errors.problem(request, 401, _said(refusal.fault))
    except cti.NotAnEvent as refusal:
        found = [{"field": refusal.field, "message": _("格式不對")}]
        return errors.problem(request, 422, _("這不是電話事件，請看 errors。"), errors=found)
    except CannotTakeEvent as refusal:
        return errors.problem(request, refusal.status, str(refusal))
    return {"number": contact.number, "again": again}
