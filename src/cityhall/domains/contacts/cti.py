"""What a telephone exchange tells while a call goes on, in the shape that many send (research note 01 §3.2 g):

{event newCall|answer|hangup, from, to, direction in|out, callId, user[], queue, cause, answeringNumber}, form or JSON.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from urllib.parse import parse_qsl

LONGEST_BODY = 16 * 1024
_CALL_ID = re.compile(r"[!-~]{1,64}")
_SEAT = re.compile(r"[\w./@+-]{1,80}")


class Kind(StrEnum):
    """The three things that happen to a call."""

    NEW_CALL = "newCall"
    ANSWER = "answer"
    HANGUP = "hangup"


class NotAnEvent(ValueError):
    """The body is none of these; `field` names what is wrong with it."""

    def __init__(self, wrong: str) -> None:
        super().__init__(wrong)
        self.field = wrong


@dataclass(frozen=True)
class Event:
    """One of them. The caller's number is never shown."""

    kind: Kind
    call_id: str
    caller: str = field(default="", repr=False)
    to: str = field(default="", repr=False)
    inbound: bool = True
    seat: str = ""
    queue: str = ""
    cause: str = ""


def read(body: bytes, content_type: str) -> Event:
    """The event of a body. Raises NotAnEvent."""
    if len(body) > LONGEST_BODY:
        raise NotAnEvent("body")
    given = _json(body) if "json" in content_type else _form(body)
    try:
        kind = Kind(_text(given, "event", 20))
    except ValueError:
        raise NotAnEvent("event") from None
    call_id = _text(given, "callId", 64)
    if not _CALL_ID.fullmatch(call_id):
        raise NotAnEvent("callId")
    direction = _text(given, "direction", 3) or "in"
    if direction not in ("in", "out"):
        raise NotAnEvent("direction")
    seat = _text(given, "answeringNumber", 80) or _first(given.get("user", given.get("user[]", "")))
    if seat and not _SEAT.fullmatch(seat):
        raise NotAnEvent("answeringNumber")
    return Event(
        kind, call_id, caller=_text(given, "from", 80), to=_text(given, "to", 80), inbound=direction == "in", seat=seat,
        queue=_text(given, "queue", 60), cause=_text(given, "cause", 40),
    )  # fmt: skip


def _json(body: bytes) -> dict[str, Any]:
    try:
        given = json.loads(body)
    except (ValueError, RecursionError):
        raise NotAnEvent("body") from None
    if not isinstance(given, dict):
        raise NotAnEvent("body")
    return given


def _form(body: bytes) -> dict[str, Any]:
    try:
        pairs = parse_qsl(body.decode("utf-8"), keep_blank_values=True, max_num_fields=50)
    except ValueError:
        raise NotAnEvent("body") from None
    return dict(reversed(pairs))


def _first(value: Any) -> str:
    one = value[0] if isinstance(value, list) and value else value
    return one if isinstance(one, str) else ""


def _text(given: dict[str, Any], name: str, longest: int) -> str:
    value = given.get(name) or ""
    if not isinstance(value, str) or len(value) > longest:
        raise NotAnEvent(name)
    if any(ord(char) < 32 or "\ud800" <= char <= "\udfff" for char in value):
        raise NotAnEvent(name)
    return value.strip()
