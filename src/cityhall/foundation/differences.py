"""What differs between two texts, piece by piece, for people to read."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import SequenceMatcher


@dataclass(frozen=True)
class Piece:
    """Some words that stand in both texts, only in the first (gone) or only in the second (new)."""

    text: str
    kind: str  # same, gone, new


def words_of(text: str) -> list[str]:
    """Latin words and numbers whole, everything else a character at a time."""
    return re.findall(r"[A-Za-z0-9]+|\s+|.", text, re.DOTALL)


def difference(first: str, second: str) -> list[Piece]:
    """How the second text came out of the first; nothing where they are the same."""
    if first == second:
        return []
    before, after = words_of(first), words_of(second)
    pieces = []
    for step, a, b, c, d in SequenceMatcher(a=before, b=after, autojunk=False).get_opcodes():
        if step == "equal":
            pieces.append(Piece("".join(before[a:b]), "same"))
            continue
        if a < b:
            pieces.append(Piece("".join(before[a:b]), "gone"))
        if c < d:
            pieces.append(Piece("".join(after[c:d]), "new"))
    return pieces
