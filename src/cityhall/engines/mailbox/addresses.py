"""Our own addresses, and the signed one at which an answer to one letter is known: mail+1f3k.4b7c…@city.example.

The part behind the plus names the letter and is signed, so nobody reaches a record by counting. What is behind it in
the record is never told to whoever writes there.
"""

from __future__ import annotations

import re

from django.conf import settings
from django.utils.crypto import constant_time_compare, salted_hmac

from cityhall.engines.letters.models import Letter

from . import registry
from .rules import base, tag

_TAG = re.compile(r"^r([0-9a-z]{1,13})\.([0-9a-f]{20})$")


def box() -> str:
    """The address at which the city takes answers; empty while it takes none."""
    return settings.MAIL_BOX.lower()


def own() -> frozenset[str]:
    """The addresses that we write from: mail from them is our own that came back."""
    return frozenset(filter(None, {settings.MAIL_FROM.lower(), box()}))


def taken() -> frozenset[str]:
    """The addresses at which mail is taken."""
    return frozenset(filter(None, {box()})) | registry.further_addresses()


def is_taken(address: str) -> bool:
    """Whether mail to an address is ours."""
    return base(address) in taken()


def reply_address(letter: Letter) -> str:
    """The address for answers to a letter; empty while the city takes none, or for a letter about nothing."""
    local, _, host = box().rpartition("@")
    if not host or letter.pk is None or not letter.about_type:
        return ""
    return f"{local}+r{_short(letter.pk)}.{_sign(letter, settings.SECRET_KEY)}@{host}"


def letter_of(addresses: list[str]) -> Letter | None:
    """The letter whose signed address is among those; None where the signature is not ours."""
    for address in addresses:
        found = _TAG.match(tag(address.lower()))
        if not found or base(address) != box():
            continue
        letter = Letter.objects.filter(pk=int(found[1], 36)).first() if int(found[1], 36) < 2**63 else None
        if letter and any(
            constant_time_compare(_sign(letter, key), found[2])
            for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
        ):
            return letter
    return None


def _sign(letter: Letter, secret: str) -> str:
    signed = salted_hmac("mailbox.reply", letter.message_id, secret=secret, algorithm="sha256")
    return signed.hexdigest()[:20]


def _short(number: int) -> str:
    digits = ""
    while number:
        number, rest = divmod(number, 36)
        digits = "0123456789abcdefghijklmnopqrstuvwxyz"[rest] + digits
    return digits or "0"
