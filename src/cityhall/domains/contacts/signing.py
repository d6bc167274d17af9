"""The signature of what the exchange sends: HMAC-SHA256 over time stamp and body, with a secret that both sides know."""

from __future__ import annotations

import hashlib
import hmac
from enum import StrEnum

WINDOW = 300
"""Seconds by which the sender's clock may differ from ours."""
VERSION = "v1"


class Fault(StrEnum):
    """Why a signature does not open the door."""

    MISSING = "missing"
    STALE = "stale"
    WRONG = "wrong"


class BadSignature(Exception):
    """The delivery is not signed as it must be."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault)
        self.fault = fault


def sign(secret: str, stamp: str, body: bytes) -> str:
    """`v1=…` for the header of the signature; the time stamp is the epoch in seconds."""
    return f"{VERSION}={hmac.new(secret.encode(), stamp.encode() + b'.' + body, hashlib.sha256).hexdigest()}"


def check(secret: str, stamp: str, signature: str, body: bytes, *, now: int) -> int:
    """The instant that was signed. Raises BadSignature; a wrong one is told before a stale one, so nobody learns our clock."""
    if not stamp or not signature:
        raise BadSignature(Fault.MISSING)
    expected = sign(secret, stamp, body).encode()
    if not hmac.compare_digest(expected, signature.encode("utf-8", "replace")):
        raise BadSignature(Fault.WRONG)
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) < 12) or abs(int(stamp) - now) > WINDOW:
        raise BadSignature(Fault.STALE)
    return int(stamp)
