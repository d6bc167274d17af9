"""Text as people look for it: any width, any case, 台 and 臺 alike. The same for what is stored and what is asked."""

from __future__ import annotations

import unicodedata
from functools import cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from cityhall.engines.textsearch.rules import variants

SEPARATOR = "\x1f"
"""Between the columns of a row's folded text; in no cell, because control characters are replaced."""
MOST_REPLACED = 40
"""Letters that are replaced one after the other; where more are to be, all of the text is normalized at once."""


def folded(texts: pa.Array) -> pa.Array:
    """Many texts, folded. Most Chinese text needs but a few letters replaced, which is much faster than normalizing."""
    letters = _letters(texts)
    if letters is not None:
        changed = [letter for letter in letters if _alone(letter) != letter]
        if len(changed) <= MOST_REPLACED and not any(map(_joins, letters)):
            found = texts
            for letter in changed:
                found = pc.replace_substring(found, letter, _alone(letter))
            return pc.ascii_lower(found)
    found = pc.utf8_lower(pc.utf8_normalize(texts, form="NFKC"))
    for one, other in variants().items():
        found = pc.replace_substring(found, one, other)
    return found


@cache
def _alone(letter: str) -> str:
    """A letter, folded by itself."""
    plain = unicodedata.normalize("NFKC", letter).lower()
    return "".join(variants().get(one, one) for one in plain)


@cache
def _joins(letter: str) -> bool:
    """Whether a letter may become one with those beside it: marks, and the parts of Korean syllables."""
    parts = letter + unicodedata.normalize("NFKC", letter)
    return any(unicodedata.category(one).startswith("M") or "\u1100" <= one <= "\u11ff" for one in parts)


def _letters(texts: pa.Array) -> list[str] | None:
    """The letters of three bytes that stand in some texts, which Chinese ones are; None where there are others than these and ASCII."""
    data = texts.buffers()[2]
    if data is None or not len(texts):
        return []
    offsets = np.frombuffer(texts.buffers()[1], np.int32)[texts.offset : texts.offset + len(texts) + 1]
    bytes_ = np.frombuffer(data, np.uint8)[offsets[0] : offsets[-1]]
    heads = np.flatnonzero(bytes_ >= 0xC0)
    leads = bytes_[heads]
    if len(leads) and (leads.min() < 0xE0 or leads.max() >= 0xF0):
        return None
    first = (leads.astype(np.uint32) & 0x0F) << 12
    second = (bytes_[heads + 1].astype(np.uint32) & 0x3F) << 6
    there = np.zeros(0x10000, bool)
    there[first | second | (bytes_[heads + 2] & 0x3F)] = True
    return [chr(code) for code in np.flatnonzero(there)]


def folded_one(text: str) -> str:
    """One text, folded."""
    return str(folded(pa.array([text], pa.string()))[0].as_py())
