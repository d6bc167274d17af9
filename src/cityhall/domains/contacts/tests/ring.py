"""An exchange for tests: it signs what it tells, as a real one must."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from django.test import Client as Browser

from cityhall.domains.contacts.signing import sign

SECRET = "-".join(["only", "for", "these", "tests"] * 2)
PATH = "/api/v1/hotline/events"


def tell(
    event: str, call: str = "1479-1", *, at: datetime, secret: str = SECRET, body: bytes | None = None, **more: Any
) -> Any:
    """Send one event signed at an instant."""
    raw = json.dumps({"event": event, "callId": call, **more}).encode() if body is None else body
    stamp = str(int(at.timestamp()))
    return send(raw, stamp, sign(secret, stamp, raw))


def send(raw: bytes, stamp: str, signature: str, content_type: str = "application/json") -> Any:
    """Send bytes with a stamp and a signature."""
    headers = {"X-CityHall-Timestamp": stamp, "X-CityHall-Signature": signature}
    return Browser().post(PATH, raw, content_type=content_type, headers={k: v for k, v in headers.items() if v})
