"""Text to tokens, for search that is right in Chinese: pure functions, the same for both databases.

A text is folded (width, case, variant characters) and cut into overlapping pairs of characters. A word is found where
its pairs stand one after the other, so a search answers exactly what a substring search over the folded text would:
words of one character, digits inside a number, Latin inside a word, `58車` (research note 07 §5, R8). No dictionary,
no parser of the database, no locale.

    路燈不亮 3天  →  路燈 燈不 不亮 亮 3天 天
"""

from __future__ import annotations

import csv
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

VERSION = 1
"""Raised with every change of what tokens a text has: an index of another version must be rebuilt."""

LONGEST_PART = 7_900
"""Characters of a part. PostgreSQL numbers at most 16,383 places in a text (note 07 §5.6: parts of ≤ 8,000 tokens)."""
MOST_REPEATS = 250
"""How often one pair may occur in a part: PostgreSQL remembers 255 places of a lexeme."""
LONGEST_WORD = 100
"""Characters of one word of a query; parts overlap by as much, so no word falls between two."""
MOST_WORDS = 12


class Span(NamedTuple):
    """A stretch of the original text, half-open."""

    start: int
    end: int


# Folding


@cache
def variants() -> dict[str, str]:
    """Characters that mean the same in Taiwanese writing (台 and 臺), from variants.csv."""
    with (Path(__file__).parent / "variants.csv").open(encoding="utf-8", newline="") as file:
        return {row["variant"]: row["as"] for row in csv.DictReader(file)}


def _fold_cluster(cluster: str) -> str:
    """One character with its combining marks, folded; nothing for invisible ones, a space for what separates."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", cluster).casefold())
    return "".join(_fold_character(character) for character in folded)


def _fold_character(character: str) -> str:
    if character.isspace() or unicodedata.category(character) in {"Cc", "Cs", "Zs", "Zl", "Zp"}:
        return " "
    if unicodedata.category(character) == "Cf" or _selects_a_variant(character):
        return ""
    return variants().get(character, character)


def _selects_a_variant(character: str) -> bool:
    """Variation selectors: they choose among the shapes of a character and mean nothing in a search."""
    return "\ufe00" <= character <= "\ufe0f" or "\U000e0100" <= character <= "\U000e01ef"


@cache
def _joining() -> frozenset[str]:
    """Characters that belong to the one before: combining marks, the later parts of a Hangul syllable."""
    marks = (chr(code) for code in (*range(0x300, 0x3400), *range(0xA000, 0xAC00), *range(0xD7A4, 0x20000)))
    return frozenset(mark for mark in marks if unicodedata.combining(mark) or "\u1160" <= mark <= "\u11ff")


def _clusters(text: str) -> Iterator[tuple[int, int]]:
    joining, start = _joining(), 0
    for position in range(1, len(text) + 1):
        if position == len(text) or text[position] not in joining:
            yield start, position
            start = position


class _FoldTable(dict[int, str]):
    """`str.translate` in one pass, each character folded once in the life of the process."""

    def __init__(self) -> None:
        super().__init__()
        self.uneven: set[str] = set()
        """Characters met so far that become none or several."""

    def __missing__(self, code: int) -> str:
        self[code] = folded = _fold_cluster(chr(code))
        if len(folded) != 1:
            self.uneven.add(chr(code))
        return folded


_FOLDS = _FoldTable()


def fold(text: str) -> str:
    """The text as it is compared: full-width as half-width, small letters, one character of each family of variants."""
    if _joining().isdisjoint(text):
        return text.translate(_FOLDS)
    return "".join(_fold_cluster(text[start:end]) for start, end in _clusters(text))


def places_of(text: str) -> Sequence[Span]:
    """For each character of the folded text, the stretch of the original that it came from."""
    if _joining().isdisjoint(text):
        fold(text)  # so that every character has been met
        if _FOLDS.uneven.isdisjoint(text):
            return _OneForOne(len(text))
    return [Span(start, end) for start, end in _clusters(text) for _folded in _fold_cluster(text[start:end])]


class _OneForOne(Sequence[Span]):
    """The places of a text whose every character stays one character: nearly all texts, so nothing is stored."""

    def __init__(self, length: int) -> None:
        self.places = range(length)

    def __len__(self) -> int:
        return len(self.places)

    def __getitem__(self, at: Any) -> Any:
        place = self.places[at]
        return Span(place, place + 1)


# Tokens

# Marks of ASCII become their full-width forms, so that no token means anything to FTS5 or to a tsvector literal.
_OPAQUE = {code: chr(code + 0xFEE0) for code in range(0x21, 0x7F) if not chr(code).isalnum()}


def tokens(folded: str) -> Iterator[str]:
    """Pairs of neighbours in each run without a space, then the run's last character alone: it keeps runs apart."""
    for run in folded.translate(_OPAQUE).split(" "):
        if run:
            yield from map("".join, zip(run, run[1:], strict=False))
            yield run[-1]


def characters(folded: str) -> list[str]:
    """Every character once, in order: words of one character are looked for here."""
    return sorted(set(folded.translate(_OPAQUE).replace(" ", "")))


def parts(folded: str) -> list[str]:
    """The text in pieces that either database can number; neighbours share the length of the longest word."""
    found = []
    start = 0
    while True:
        end = _end_of_part(folded, start)
        found.append(folded[start:end])
        if end == len(folded):
            return found
        start = max(end - LONGEST_WORD, start + 1)


def _end_of_part(folded: str, start: int) -> int:
    end = min(len(folded), start + LONGEST_PART)
    if end - start <= MOST_REPEATS:
        return end
    seen: Counter[str] = Counter()
    for position in range(start, end - 1):
        pair = folded[position : position + 2]
        seen[pair] += 1
        if seen[pair] == MOST_REPEATS:
            return position + 2
    return end


# Queries


@dataclass(frozen=True)
class Word:
    """One word of a query, folded: its pairs must stand in a row; a single character must be there."""

    text: str

    @property
    def is_character(self) -> bool:
        """Whether it is one character only."""
        return len(self.text) == 1

    @property
    def tokens(self) -> list[str]:
        """The tokens of the phrase."""
        opaque = self.text.translate(_OPAQUE)
        return [*map("".join, zip(opaque, opaque[1:], strict=False))] or [opaque]


def words(query: str) -> list[Word]:
    """The words of a query, each once, at most twelve; all must be found. A very long word is sought in pieces."""
    found: dict[str, Word] = {}
    for word in fold(query).split(" "):
        for start in range(0, len(word), LONGEST_WORD):
            piece = word[start : start + LONGEST_WORD]
            found.setdefault(piece, Word(piece))
    return list(found.values())[:MOST_WORDS]


def contains(text: str, query: str) -> bool:
    """What a search means, said without an index: every word of the query is a part of the folded text."""
    folded = fold(text)
    return all(word.text in folded for word in words(query))


def spans(text: str, query: str) -> list[Span]:
    """Where the words of a query stand in the original text, in order, overlapping ones joined."""
    folded = fold(text)
    found = [word for word in words(query) if word.text in folded]
    places = places_of(text) if found else ()
    hits = []
    for word in found:
        at = folded.find(word.text)
        while at >= 0:
            hits.append(Span(places[at].start, places[at + len(word.text) - 1].end))
            at = folded.find(word.text, at + 1)
    joined: list[Span] = []
    for hit in sorted(hits):
        if joined and hit.start <= joined[-1].end:
            joined[-1] = Span(joined[-1].start, max(joined[-1].end, hit.end))
        else:
            joined.append(hit)
    return joined
