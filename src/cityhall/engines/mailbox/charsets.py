"""From bytes to text, whatever a mail program says of them, or does not say.

Mail from Taiwan is UTF-8 or Big5, often undeclared, mail from China GB; both two-byte sets decode as each other without
an error, so what decides is how many of the pairs lie where each set keeps its common letters.
"""

from __future__ import annotations

import codecs
from dataclasses import dataclass

from charset_normalizer import from_bytes

BIG5, GB, UTF8 = "cp950", "gb18030", "utf-8"
_FIRST = {
    "big5": BIG5, "big-5": BIG5, "cp950": BIG5, "x-x-big5": BIG5, "big5-eten": BIG5, "big5-hkscs": "big5hkscs",
    "gb2312": GB, "gbk": GB, "gb18030": GB, "x-gbk": GB, "cp936": GB, "hz-gb-2312": "hz", "utf8": UTF8,
    "utf-8": UTF8, "unicode-1-1-utf-8": UTF8, "ansi_x3.4-1968": "ascii", "us-ascii": "ascii",
}  # fmt: skip
VAGUE = frozenset({"", "ascii", "iso8859-1", "cp1252", "unknown-8bit", "x-unknown", "default_charset", "binary"})
"""What programs declare that know nothing of it."""
NO_SETS = frozenset({"undefined", "idna", "punycode"})
"""Codecs of Python's that are for something else than letters: they refuse bytes that they are told to replace."""
MOST_READ = 200_000  # bytes that are looked at to guess


@dataclass(frozen=True)
class Read:
    """Text with the character set by which it was read, and whether that had to be guessed."""

    text: str
    charset: str
    guessed: bool = False


def decoded(raw: bytes, declared: str = "") -> Read:
    """The text of bytes. Never raises: what no set explains keeps its letters and loses the broken bytes."""
    name = known(declared)
    if name not in VAGUE or (name == "ascii" and raw.isascii()):
        for one in (name, "big5hkscs") if name == BIG5 else (name,):
            if (text := _strict(raw, one)) is not None:
                return Read(text, one)
    if raw.isascii():
        return Read(raw.decode("ascii"), "ascii")
    guess = guessed(raw)
    if (text := _strict(raw, guess)) is not None:
        return Read(text, guess, guessed=True)
    # Some bytes are broken: what was declared wins where it says something.
    best = name if name not in VAGUE and name else guess
    return Read(raw.decode(best, errors="replace"), best, guessed=True)


def known(declared: str) -> str:
    """The codec of a declared name; empty where there is none."""
    plain = declared.strip(" \"'\t").lower()
    name = _FIRST.get(plain, plain)
    try:
        found = codecs.lookup(name)
    except (LookupError, ValueError, UnicodeError):
        return ""
    return found.name if getattr(found, "_is_text_encoding", True) and found.name not in NO_SETS else ""


def guessed(raw: bytes) -> str:
    """The set that explains undeclared bytes best."""
    head = raw[:MOST_READ]
    if _strict(_whole(head), UTF8) is not None:
        return UTF8
    big5, gb = _share(head, _common_in_big5), _share(head, _common_in_gb)
    if max(big5, gb) >= 0.6:
        return BIG5 if big5 >= gb else GB
    best = from_bytes(head).best()
    return (known(best.encoding) if best else "") or UTF8


def _whole(raw: bytes) -> bytes:
    """Without the letter that the cut at the end has broken."""
    for length in range(1, 4):
        if len(raw) >= length and raw[-length] >= 0xC0:
            return raw[:-length]
        if len(raw) < length or raw[-length] < 0x80:
            break
    return raw


def _strict(raw: bytes, name: str) -> str | None:
    try:
        return raw.decode(name)
    except (UnicodeError, LookupError, ValueError):
        return None


def _common_in_big5(lead: int, trail: int) -> bool:
    """Punctuation, and the 5,401 letters of daily use."""
    return (0xA1 <= lead <= 0xA3 or 0xA4 <= lead <= 0xC6) and (0x40 <= trail <= 0x7E or 0xA1 <= trail <= 0xFE)


def _common_in_gb(lead: int, trail: int) -> bool:
    """Punctuation, full-width forms, and the 3,755 letters of the first level."""
    return (0xA1 <= lead <= 0xA3 or 0xB0 <= lead <= 0xD7) and 0xA1 <= trail <= 0xFE


def _share(raw: bytes, common: object) -> float:
    """How many of the pairs lie in the common part of a set."""
    index = pairs = fine = 0
    while index < len(raw) - 1:
        if raw[index] < 0x80:
            index += 1
            continue
        pairs += 1
        fine += bool(common(raw[index], raw[index + 1]))  # type: ignore[operator]
        index += 2
    return fine / pairs if pairs else 0.0
