"""What makes two requests the same one. Pure."""

import hashlib
import re
from collections.abc import Iterable

KEPT_DAYS = 7
"""How long an answer can be had again (research 08 §5)."""

_KEY = re.compile(r"[\x21-\x7e]{8,200}")


def well_formed(key: str) -> bool:
    """Whether a key can serve: 8 to 200 visible ASCII characters; a UUID is best, a counter would meet others'."""
    return bool(_KEY.fullmatch(key))


def name_of(actor: str, key: str) -> str:
    """The name under which an answer is kept: it tells neither actor nor key."""
    return _hash([actor.encode(), key.encode()])


def fingerprint(method: str, path: str, parts: Iterable[bytes]) -> str:
    """What was asked: the same method, address and content give the same fingerprint."""
    return _hash([method.encode(), path.encode("utf-8", "surrogateescape"), *parts])


def _hash(parts: Iterable[bytes]) -> str:
    total = hashlib.sha256()
    for part in parts:
        total.update(len(part).to_bytes(8, "big"))
        total.update(part)
    return total.hexdigest()
