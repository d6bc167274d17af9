"""Words that insult: where they stand in a text, whatever is written between or around them. Pure.

Handlers read the petition without them, and that some were covered (note 01 §5.7: masked from handlers with a warning,
original kept). Facts are never covered: a word of the list may be part of an innocent one (靠北 of 靠北側), and the
names of the place are left alone whatever the list says.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from cityhall.engines.textsearch.rules import Span, fold, places_of

WIDE, NARROW = "＊", "*"
SHORTEST = 2  # one character is part of too many innocent words
LONGEST_AROUND = 80  # so far around a word its innocent neighbours are looked for
_BETWEEN = r"[\s.,\-_*~·・‧…+=|/\\^'\"`#@]{0,3}"
"""What may stand between two characters of a word without hiding it. Marks that end a sentence are not among it."""


class NotAWord(ValueError):
    """A line of the list that cannot be used; `line` is as it was written."""

    def __init__(self, line: str) -> None:
        super().__init__(line)
        self.line = line


@dataclass(frozen=True)
class Word:
    """A word that is covered, except where it is part of one of the others."""

    text: str
    but: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.text}｜{'、'.join(self.but)}" if self.but else self.text


def read(line: str) -> Word:
    """A line of the list: 靠北, or with what it may be part of: 靠北｜靠北側、靠北邊. Raises NotAWord."""
    text, _bar, rest = line.strip().replace("|", "｜").partition("｜")
    word = Word(text.strip(), tuple(one.strip() for one in re.split(r"[、,，]", rest) if one.strip()))
    bare = _bare(word.text)
    if len(bare) < SHORTEST or any(bare not in _bare(one) or _bare(one) == bare for one in word.but):
        raise NotAWord(line)
    return word


def _bare(text: str) -> str:
    return re.sub(_BETWEEN.replace("{0,3}", ""), "", fold(text))


def _pattern(text: str) -> str:
    """The word with anything small between its characters; in letters, as a whole."""
    bare = _bare(text)
    pattern = _BETWEEN.join(re.escape(character) for character in bare)
    return rf"(?<![a-z0-9]){pattern}(?![a-z0-9])" if bare.isascii() else pattern


@lru_cache(maxsize=8)
def _compiled(words: tuple[Word, ...]) -> Callable[[str], list[tuple[int, int]]]:
    """A search for all words at once; each is then held against what it may be part of."""
    longest_first = sorted(words, key=lambda word: -len(_bare(word.text)))
    finds = re.compile("|".join(f"(?P<w{n}>{_pattern(word.text)})" for n, word in enumerate(longest_first)) or r"(?!)")
    innocent = [re.compile("|".join(_pattern(one) for one in word.but)) if word.but else None for word in longest_first]

    def search(folded: str) -> list[tuple[int, int]]:
        found = []
        at = 0
        while match := finds.search(folded, at):
            first, last = match.span()
            inside = innocent[int(str(match.lastgroup)[1:])]
            around = inside.finditer(folded, max(0, first - LONGEST_AROUND), last + LONGEST_AROUND) if inside else ()
            if any(one.start() <= first and last <= one.end() for one in around):
                at = first + 1
                continue
            found.append((first, last))
            at = last
        return found

    return search


def spans_of(text: str, words: Sequence[Word], *, keep: Iterable[str] = ()) -> list[Span]:
    """Where the words stand in the text as it was written. `keep`: names of the place, never covered."""
    if not text or not words:
        return []
    folded = fold(text)
    found = _compiled(tuple(words))(folded)
    if not found:
        return []
    kept = [(m.start(), m.end()) for name in keep if name for m in re.finditer(re.escape(fold(name)), folded)]
    places = places_of(text)
    return [
        Span(places[first].start, places[last - 1].end)
        for first, last in found
        if not any(first < end and start < last for start, end in kept)
    ]


def covered(text: str, spans: Iterable[Span]) -> str:
    """The text with those stretches covered, each character where it stood, so that marks on other words still fit."""
    characters = list(text)
    for start, end in spans:
        for place in range(start, end):
            if not characters[place].isspace():
                characters[place] = NARROW if characters[place].isascii() else WIDE
    return "".join(characters)


def may_be_covered(*texts: str) -> bool:
    """Whether something may be covered in what is shown: a cheap look before the database is asked."""
    return any(WIDE in text or NARROW in text for text in texts)
