"""Texts before anything looks at them: private data masked, spelling folded, every character traced to its origin."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

# Full-width Latin, digits and marks, one for one: what people type on a Chinese keyboard.
_NARROW = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}
_DASH = r"[ \t]?[-‐‑–—－.]?[ \t]?"

# Lengths are bounded everywhere, so that no text can make the search slow.
_PRIVATE = re.compile(
    "|".join(
        (
            r"(?P<mail>[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,6})",
            # 國民身分證, and both kinds of 居留證.
            r"(?P<identity>(?<![A-Za-z0-9])[A-Za-z][A-Da-d1289]\d{8}(?![A-Za-z0-9]))",
            rf"(?P<phone>(?<![\d.])(?:0\d{{1,3}}|\(0\d{{1,3}}\)|\+886{_DASH}\(?0?\d{{1,3}}\)?)"
            rf"{_DASH}\d{{3,4}}{_DASH}\d{{3,4}}(?!\d))",
            r"(?P<plate>(?<![A-Za-z0-9-])(?:[A-Za-z]{2,3}-\d{3,4}|\d{3,4}-[A-Za-z]{2,3}"
            r"|[A-Za-z]\d-\d{4}|\d[A-Za-z]-\d{4}|[A-Za-z]{3}\d{4})(?![A-Za-z0-9-]))",
            r"(?P<masked>[［\[](?:信箱|證號|電話|車牌)[］\]])",
        )
    )
)
_WORDS = {"mail": "［信箱］", "identity": "［證號］", "phone": "［電話］", "plate": "［車牌］"}
# In the model's reading each kind of mask is one character of the private use area.
_SIGNS = {"［信箱］": "\ue000", "［證號］": "\ue001", "［電話］": "\ue002", "［車牌］": "\ue003"}
_SHEET_BREAK = re.compile(r"_x000[dD]_")  # a carriage return as some spreadsheets export it


def private_spans(text: str) -> Iterator[tuple[int, int, str]]:
    narrow = text.translate(_NARROW)
    for found in _PRIVATE.finditer(narrow):
        kind = found.lastgroup or ""
        words = _WORDS.get(kind) or "［" + text[found.start() + 1 : found.end() - 1] + "］"
        yield found.start(), found.end(), words


def mask(text: str) -> str:
    """The text without mail addresses, identity numbers, telephone numbers and plates.

    Masking twice is masking once.
    """
    pieces, done = [], 0
    for start, end, words in private_spans(text):
        pieces += [text[done:start], words]
        done = end
    return "".join((*pieces, text[done:]))


@dataclass(frozen=True)
class Reading:
    """A text as the model reads it: code points, and for each the half-open stretch of the original it stands for."""

    codes: NDArray[np.int64]
    starts: NDArray[np.int64]
    ends: NDArray[np.int64]

    @property
    def text(self) -> str:
        """The reading as a string."""
        return "".join(map(chr, self.codes.tolist()))


@lru_cache(maxsize=65536)
def _folded(cluster: str) -> str:
    """Compatible forms as one, lower case; what cannot be seen is a space."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", cluster).lower())
    return "".join(" " if _unseen(char) else char for char in folded)


def _unseen(char: str) -> bool:
    return char.isspace() or (unicodedata.category(char)[0] == "C" and char not in _SIGNS.values())


class _Folding(dict[int, str]):
    """What each character folds to, for `str.translate`."""

    def __missing__(self, code: int) -> str:
        self[code] = folded = _folded(chr(code))
        return folded


_FOLDING = _Folding()


def _clusters(text: str) -> Iterator[tuple[int, int]]:
    """A character with the marks that combine with it."""
    start = 0
    for at in range(1, len(text) + 1):
        if at == len(text) or not unicodedata.combining(text[at]):
            yield start, at
            start = at


def read(text: str) -> Reading:
    """NFKC, lower case, one space for any white space, private data as one sign each (note 07 §6.1)."""
    codes: list[NDArray[np.int64]] = []
    starts: list[NDArray[np.int64]] = []
    ends: list[NDArray[np.int64]] = []

    def take(start: int, end: int, folded: str) -> None:
        codes.append(_codes(folded))
        starts.append(np.full(len(folded), start, dtype=np.int64))
        ends.append(np.full(len(folded), end, dtype=np.int64))

    def take_plain(start: int, end: int) -> None:
        if end <= start:
            return
        part = text[start:end]
        if not part.isascii() and any(map(unicodedata.combining, part)):
            for first, last in _clusters(part):
                take(start + first, start + last, _folded(part[first:last]))
            return
        folded, every = part.translate(_FOLDING), np.arange(start, end)
        if len(folded) > len(part):  # some characters fold to several, none to none
            every = np.repeat(every, [len(_FOLDING[ord(char)]) for char in part])
        codes.append(_codes(folded))
        starts.append(every)
        ends.append(every + 1)

    cuts = [(start, end, _SIGNS[words]) for start, end, words in private_spans(text)]
    cuts += [(found.start(), found.end(), " ") for found in _SHEET_BREAK.finditer(text)]
    done = 0
    for start, end, sign in sorted(cuts):
        if start < done:
            continue
        take_plain(done, start)
        take(start, end, sign)
        done = end
    take_plain(done, len(text))

    if not codes:
        nothing = np.zeros(0, dtype=np.int64)
        return Reading(nothing, nothing, nothing)
    read_codes = np.concatenate(codes)
    space = read_codes == 0x20
    keep = ~(space & np.concatenate(([True], space[:-1])))
    if keep.any():
        last = int(np.flatnonzero(keep)[-1])
        keep[last] = not space[last]
    return Reading(read_codes[keep], np.concatenate(starts)[keep], np.concatenate(ends)[keep])


def _codes(text: str) -> NDArray[np.int64]:
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32).astype(np.int64)


_UNKNOWN, _OTHER, _LETTER, _NUMBER = range(4)
_kinds = np.zeros(0x110000, dtype=np.uint8)  # of every character met so far


def _kinds_of(codes: NDArray[np.int64]) -> NDArray[np.uint8]:
    found = _kinds[codes]
    if (found == _UNKNOWN).any():
        for code in np.unique(codes[found == _UNKNOWN]).tolist():
            _kinds[code] = {"L": _LETTER, "N": _NUMBER}.get(unicodedata.category(chr(code))[0], _OTHER)
        found = _kinds[codes]
    return found


def letters(codes: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which characters are letters of any script; digits, marks, emoji and masks are none."""
    return np.asarray(_kinds_of(codes) == _LETTER)


def word_characters(codes: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which characters are letters or digits."""
    return np.asarray(_kinds_of(codes) >= _LETTER)
