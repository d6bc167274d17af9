"""The bytes of a text file to UTF-8: marks, UTF-16, Big5 with the characters that offices made for themselves."""

from __future__ import annotations

import codecs
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

BLOCK = 4 * 2**20
MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
NAMES = {"utf-8": "UTF-8", "utf-8-sig": "UTF-8 BOM", "utf-16": "UTF-16", "utf-16-le": "UTF-16", "utf-16-be": "UTF-16",
         "utf-32": "UTF-32", "cp950-own": "Big5", "ascii": "ASCII"}  # fmt: skip


class CannotDecode(Exception):
    """No encoding fits; the number of the line where the last one failed."""

    def __init__(self, line: int) -> None:
        super().__init__(line)
        self.line = line


# Microsoft's rows for characters of one's own, and where Unicode's private area holds them.
_OWN_ROWS = ((0xFA40, 0xFEFE, 0xE000), (0x8E40, 0xA0FE, 0xE311), (0x8140, 0x8DFE, 0xEEB8), (0xC6A1, 0xC8FE, 0xF6B1))


def _cell(code: int) -> int:
    """The place of a code in rows of 157 cells."""
    lead, trail = divmod(code, 256)
    return lead * 157 + (trail - 0x40 if trail < 0x7F else trail - 0xA1 + 63)


def own_character(code: int) -> str | None:
    """The private character of a two-byte code that Big5 leaves to its users."""
    trail = code & 0xFF
    if not (0x40 <= trail <= 0x7E or 0xA1 <= trail <= 0xFE):
        return None
    for first, last, start in _OWN_ROWS:
        if first <= code <= last:
            return chr(start + _cell(code) - _cell(first))
    return None


def _keep_own(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    pair = error.object[error.start : error.start + 2]
    found = own_character(int.from_bytes(pair, "big")) if len(pair) == 2 else None
    if found is None:
        raise error
    return found, error.start + 2


OWN_CHARACTERS = "cityhall-own-characters"
"""What to do where cp950 has no character: `data.decode("cp950", OWN_CHARACTERS)`."""
codecs.register_error(OWN_CHARACTERS, _keep_own)


@dataclass(frozen=True)
class Decoded:
    """A file of UTF-8 without mark, and what was found on the way."""

    path: Path
    encoding: str
    own_characters: int
    lines: int
    ends: str
    """How lines end: LF, CRLF or CR."""
    ends_plain: bool
    """Whether its last line has an end of its own."""


def decode_file(
    source: Path, made: Path, *, told: Callable[[int], None] = lambda done: None, ends: bool = True
) -> Decoded:
    """Decode a file; what is UTF-8 already is only looked through. `told` hears how many bytes are done.

    Raises CannotDecode.
    """
    with source.open("rb") as file:
        head = file.read(BLOCK)
    for mark, encoding in MARKS:
        if head.startswith(mark):
            return _recoded(source, made, encoding, told, ends)
    guess = _wide(head)
    if guess:
        return _recoded(source, made, guess, told, ends)
    try:
        return _looked_through(source, made, told, ends)
    except CannotDecode as not_utf8:
        try:
            return _recoded(source, made, "cp950-own", told, ends)
        except CannotDecode as not_big5:  # the encoding that went further is the one that was meant
            raise CannotDecode(max(not_utf8.line, not_big5.line)) from None


def _wide(head: bytes) -> str:
    """UTF-16 without a mark: the bytes that are nothing all stand at even places, or all at odd ones."""
    even, odd = head[::2].count(0), head[1::2].count(0)
    if even == odd or (even and odd):
        return ""
    return "utf-16-be" if even else "utf-16-le"


def _looked_through(source: Path, made: Path, told: Callable[[int], None], ends: bool) -> Decoded:
    decoder = codecs.getincrementaldecoder("utf-8")()
    feeds = returns = pairs = done = 0
    last = b""
    plain = True
    with source.open("rb") as file:
        while block := file.read(BLOCK):
            try:
                decoder.decode(block)
            except UnicodeDecodeError as wrong:
                raise CannotDecode(feeds + 1 + wrong.object[: wrong.start].count(b"\n")) from None
            plain = plain and block.isascii()
            feeds += block.count(b"\n")
            returns += block.count(b"\r")
            pairs += block.count(b"\r\n") + (last.endswith(b"\r") and block.startswith(b"\n"))
            last = block[-1:]
            done += len(block)
            told(done)
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        raise CannotDecode(feeds + 1) from None
    name = "ascii" if plain else "utf-8"
    if ends and returns and not feeds:
        return _recoded(source, made, "utf-8", told, ends)
    return Decoded(source, name, 0, feeds + returns - pairs, "CRLF" if pairs else "LF", last in (b"\n", b"\r"))


def _recoded(source: Path, made: Path, encoding: str, told: Callable[[int], None], ends: bool) -> Decoded:
    errors = OWN_CHARACTERS if encoding == "cp950-own" else "strict"
    decoder = codecs.getincrementaldecoder("cp950" if encoding == "cp950-own" else encoding)(errors)
    feeds = returns = pairs = own = done = 0
    last, only_returns, first = "", False, True
    with source.open("rb") as file, made.open("wb") as out:
        while True:
            block = file.read(BLOCK)
            try:
                text = decoder.decode(block, final=not block)
            except UnicodeDecodeError as wrong:
                raise CannotDecode(max(feeds, returns) + 1 + wrong.object[: wrong.start].count(b"\n")) from None
            if encoding == "cp950-own":
                own += sum(map(text.count, {letter for letter in set(text) if "\ue000" <= letter <= "\uf848"}))
            feeds += text.count("\n")
            returns += text.count("\r")
            pairs += text.count("\r\n") + (last == "\r" and text.startswith("\n"))
            last = text[-1:] or last
            if first:
                only_returns, first = ends and "\r" in text and "\n" not in text, False
            if only_returns:
                text = text.replace("\r", "\n")
            out.write(text.encode("utf-8", "surrogatepass"))
            done += len(block)
            told(done)
            if not block:
                break
    kind = "CRLF" if pairs else ("CR" if only_returns else "LF")
    return Decoded(made, encoding, own, feeds + returns - pairs, kind, last in ("\n", "\r"))


def agrees(declared: str, found: str) -> bool:
    """Whether a declared encoding is the one found; ASCII is every one of them."""
    name = declared.strip().lower().replace("_", "-")
    if found == "ascii" or not name:
        return True
    big5 = name in {"big5", "cp950", "ms950", "big-5", "big5-eten"}
    wide = name in {"utf-16", "utf16", "unicode", "ucs-2", "utf-16le", "utf-16be"}
    utf8 = name in {"utf-8", "utf8", "utf-8-sig", "utf-8 bom"}
    return (
        (big5 and found == "cp950-own") or (wide and found.startswith("utf-16")) or (utf8 and found.startswith("utf-8"))
    )
