"""LINE's Messaging API: its signature, reply, push, and what somebody sent. Protocol only; off without secret and token."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any

from django.conf import settings

from cityhall.engines.outbox import calls
from cityhall.engines.outbox.calls import Answer

REPLY, PUSH = "/v2/bot/message/reply", "/v2/bot/message/push"
MOST_OBJECTS = 5
"""Message objects of one request."""


def is_on() -> bool:
    """Whether this installation has a channel."""
    return bool(settings.LINE["secret"] and settings.LINE["token"])


def signature(body: bytes) -> str:
    """The signature of a body, by the secret of the channel."""
    digest = hmac.new(settings.LINE["secret"].encode(), body, hashlib.sha256).digest()
    return base64.b64encode(digest).decode("ascii")


def is_signed(body: bytes, given: str) -> bool:
    """Whether LINE, and nobody else, wrote a body; over its bytes as they came."""
    return is_on() and hmac.compare_digest(signature(body).encode(), given.encode("utf-8", "replace"))


def reply(token: str, objects: list[dict[str, Any]]) -> Answer:
    """Answer an event by its token: once, within a minute, and without a retry key, which LINE does not take here."""
    return _post(REPLY, {"replyToken": token, "messages": objects}, {})


def push(to: str, objects: list[dict[str, Any]], *, key: str) -> Answer:
    """Send without an event. The same key again is the same sending: LINE answers 409 and delivers nothing."""
    return _post(PUSH, {"to": to, "messages": objects}, {"X-Line-Retry-Key": key})


def content(message: str) -> Answer:
    """The picture that somebody sent."""
    return calls.call(
        "GET", f"{settings.LINE['data_url']}/v2/bot/message/{message}/content", headers=_bearer(),
        loopback=settings.CALLS_LOOPBACK, largest=10 * 1024 * 1024, whole=settings.CALLS_SECONDS,
    )  # fmt: skip


def _post(path: str, body: dict[str, Any], headers: dict[str, str]) -> Answer:
    return calls.call(
        "POST", settings.LINE["url"] + path, content=json.dumps(body, ensure_ascii=False).encode(),
        headers={**_bearer(), "Content-Type": "application/json", **headers}, loopback=settings.CALLS_LOOPBACK,
        whole=settings.CALLS_SECONDS,
    )  # fmt: skip


def _bearer() -> dict[str, str]:
    return {"Authorization": f"Bearer {settings.LINE['token']}"}
