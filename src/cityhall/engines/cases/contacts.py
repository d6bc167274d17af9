"""A caller's number: its one form, and the keyed digest by which it is recognised without being told.

Research note 01 §5.3 and §5.8: a number is a hint and never proof of who calls.
"""

from __future__ import annotations

import re

from cityhall.engines.identity.digests import keyed, keyed_by_any
from cityhall.engines.letters.rules import phone_number

USE = "cases.phone"
# A number may be followed by "#", its full-width form, or the words for "transfer to" and "extension".
_EXTENSION = re.compile(r"(?:[#\uff03\u8f49]|\u5206\u6a5f|ext).*$", re.IGNORECASE | re.DOTALL)
_OURS = re.compile(r"^(?:\+|00|002)?886(?=[1-9])")


def one_form(typed: str) -> str:
    """0912345678 for 0912-345-678, +886 912 345 678 and full-width digits, without an extension; empty for no number."""
    return _OURS.sub("0", phone_number(_EXTENSION.sub("", typed)) or "")


def phone_key(typed: str) -> str:
    """What is kept beside a number so that it is found again, however it is typed; empty for no number."""
    number = one_form(typed)
    return keyed(USE, number) if number else ""


def phone_keys(typed: str) -> frozenset[str]:
    """The same by every key that still counts: what is looked for."""
    number = one_form(typed)
    return keyed_by_any(USE, number) if number else frozenset()
