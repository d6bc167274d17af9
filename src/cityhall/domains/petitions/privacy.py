"""Texts without whoever reported: for headings that travel far, for strangers, and for officers who need not know."""

from __future__ import annotations

import re
from collections.abc import Sequence

from cityhall.engines.cases.models import Requester
from cityhall.engines.classify.reading import mask, private_spans

NAME = "○○○"
_PLAIN = {code: ord(chr(code - 0xFEE0).lower()) for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}
_PLAIN |= {code: ord(chr(code).lower()) for code in range(ord("A"), ord("Z") + 1)}


def words_of(requester: Requester | None, *, place: bool = False) -> tuple[str, ...]:
    """What names a reporter or leads to them, the longest first. One character is no name, a district no address.

    In a `place` their address stays: where they live may be where something is to be done.
    """
    if requester is None:
        return ()
    name, address = requester.name.strip(), requester.address.strip()
    found = {requester.email, name if len(name) > 1 else "", address if len(address) > 5 and not place else ""}
    if sum(char.isdigit() for char in requester.phone) > 5:
        found.add(requester.phone.strip())
    return tuple(sorted(found - {""}, key=len, reverse=True))


def _plain(text: str) -> str:
    """As long as before: full-width letters and digits narrow, ASCII in lower case."""
    return text.translate(_PLAIN)


def _pattern(word: str) -> str:
    """The word anywhere; in letters that are written with blanks between words, as a whole."""
    return rf"(?<![a-z0-9]){re.escape(word)}(?![a-z0-9])" if word.isascii() else re.escape(word)


def _spans(text: str, words: Sequence[str]) -> list[tuple[int, int]]:
    plain = _plain(text)
    # Most texts do not name their reporter: no pattern is made for what does not occur.
    there = [word for word in map(_plain, words) if word in plain]
    return [match.span() for word in there for match in re.finditer(_pattern(word), plain)]


def without_reporter(text: str, requester: Requester | None, *, place: bool = False) -> str:
    """The text without addresses and numbers of anybody, and without the reporter's name."""
    text = mask(text)
    pieces, done = [], 0
    for first, last in sorted(_spans(text, words_of(requester, place=place))):
        if first >= done:
            pieces += [text[done:first], NAME]
            done = last
    return "".join((*pieces, text[done:]))


def blanked(text: str, words: Sequence[str] | None) -> str:
    """The same with every letter covered where it stood, so that marks on other words still fit; None covers nothing.

    `words` are what `words_of` gives.
    """
    if words is None:
        return text
    covered = list(text)
    for first, last in [*_spans(text, words), *(span[:2] for span in private_spans(text))]:
        covered[first:last] = "○" * (last - first)
    return "".join(covered)


def for_others(text: str, requester: Requester | None) -> str:
    """A reply as it is told to others with the same matter: without whom it greets and what leads to them."""
    if requester is None:
        return text
    if name := requester.name.strip():
        text = re.sub(rf"{re.escape(name[0])}(?:先生／女士|先生/女士|先生|女士|小姐|君)", "您", text)
        text = text.replace("您您", "您")
    pieces, done = [], 0
    for first, last in sorted(_spans(text, words_of(requester))):
        if first >= done:
            pieces += [text[done:first], NAME]
            done = last
    return "".join((*pieces, text[done:]))
