"""Text to runs of one and two characters, the same for traditional and simplified writing. Pure.

Search by whole words finds nothing for whoever says it otherwise; single characters and pairs carry the words of
Chinese without a dictionary, and find more than words do (field note 07 §4). No run reaches across marks or spaces.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable
from functools import cache, lru_cache
from hashlib import blake2b
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cityhall.engines.textsearch.rules import Span, fold, places_of

Codes = NDArray[np.int64]

_SHIFT = 21  # a character has fewer bits, so a pair is the first's number moved past the second's
_FIRST_OF_PAIR = 1 << _SHIFT
SEPARATOR = 0


@cache
def _to_simplified() -> dict[int, str]:
    """Traditional characters and the simplified one each becomes (from OpenCC, Apache License 2.0)."""
    with (Path(__file__).parent / "simplified.csv").open(encoding="utf-8", newline="") as file:
        return {ord(row["traditional"]): row["simplified"] for row in csv.DictReader(file)}


def folded(text: str) -> str:
    """As texts are compared: width, case and variants of `textsearch`, and 點 as 点. One letter stays one letter."""
    return fold(text).translate(_to_simplified())


class _Words(dict[int, bool]):
    """Which characters are letters or digits, each asked once in the life of the process."""

    def __missing__(self, code: int) -> bool:
        self[code] = found = chr(code).isalnum()
        return found


_WORDS = _Words()


def codes(text: str) -> Codes:
    """The characters of a folded text as numbers; what is no letter or digit is a separator."""
    found = np.frombuffer(folded(text).encode("utf-32-le", "ignore"), dtype="<u4").astype(np.int64)
    kinds, which = np.unique(found, return_inverse=True)
    is_word = np.fromiter((_WORDS[code] for code in kinds.tolist()), dtype=np.bool_, count=len(kinds))
    return np.where(is_word[which], found, SEPARATOR) if len(found) else found


def runs(characters: Codes) -> Codes:
    """Every character and every pair of neighbours, each as one number, as often as it stands there."""
    singles = characters[characters != SEPARATOR]
    first, second = characters[:-1], characters[1:]
    both = (first != SEPARATOR) & (second != SEPARATOR)
    return np.concatenate((singles, (first[both] << _SHIFT) | second[both]))


def terms(characters: Codes) -> Codes:
    """What a text is found by: runs of its characters, and whole words where it is written in Latin letters.

    Any two English sentences share most of their letters and many pairs; only their words say what they are about.
    """
    latin = (characters >= ord("a")) & (characters <= ord("z"))
    if not latin.any():
        return runs(characters)
    edges = np.diff(np.concatenate(([False], latin, [False])).astype(np.int8))
    spans = zip(np.flatnonzero(edges == 1).tolist(), np.flatnonzero(edges == -1).tolist(), strict=True)
    words = [_word(characters[a:b].astype(np.uint8).tobytes().decode("ascii")) for a, b in spans]
    found = np.array([word for word in words if word], dtype=np.int64)
    rest = runs(np.where(latin, SEPARATOR, characters))
    return np.concatenate((rest, found, found | _SECOND, found | _THIRD))


def are_joined(found: Codes) -> NDArray[np.bool_]:
    """Which of them are more than a single character."""
    return found >= _FIRST_OF_PAIR


_EMPTY_WORDS = """
a about all am an and any are as at be been but by can could d did do does for from get had has have he her him his how i if in
into is it its ll m may me more must my no not of on or our please s shall she should so some t tell than that the their them
there they this to too up us ve was we were what when where which who whom why will with would you your
"""
_EMPTY = frozenset(_EMPTY_WORDS.split())
"""English words that ask nothing by themselves."""
_SECOND, _THIRD = 1 << 57, 1 << 58
"""A word counts three times, as a Chinese one of two characters does with their pair."""
_ENDINGS = ("ing", "ed", "es", "s")


@lru_cache(100_000)
def _word(word: str) -> int:
    """A Latin word as one number above those of all pairs, the same for its plainest endings; 0 for an empty one."""
    if word in _EMPTY:
        return 0
    ending = next((one for one in _ENDINGS if word.endswith(one) and len(word) - len(one) >= 3), "")
    stem = word.removesuffix(ending).removesuffix("e")
    return (1 << 60) | int.from_bytes(blake2b(stem.encode(), digest_size=7).digest())


def shared(text: str, query: str) -> list[Span]:
    """Where a text says what the query says: its pairs that stand in the query; single letters only for want of any."""
    asked = set(runs(codes(query)).tolist())
    characters = codes(text).tolist()
    at = [
        place
        for place, pair in enumerate(zip(characters, characters[1:], strict=False))
        if SEPARATOR not in pair and (pair[0] << _SHIFT) | pair[1] in asked
    ]
    covered = sorted({place for first in at for place in (first, first + 1)})
    if not covered:
        covered = [place for place, code in enumerate(characters) if code != SEPARATOR and code in asked]
    return _joined(covered, text)


def _joined(covered: Iterable[int], text: str) -> list[Span]:
    places = places_of(text)
    found: list[Span] = []
    for place in covered:
        span = places[place]
        if found and span.start <= found[-1].end:
            found[-1] = Span(found[-1].start, max(found[-1].end, span.end))
        else:
            found.append(Span(span.start, span.end))
    return found
