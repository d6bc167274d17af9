"""The FAQ base as the operator's desk asks it: the search that serves everybody, with a key for each entry."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.utils.translation import get_language

from cityhall.domains.faq import public as faq
from cityhall.engines.retrieval.reading import shared
from cityhall.foundation.clock import day_of

MOST = 7
CHANNEL = "HOTLINE"


@dataclass(frozen=True)
class Row:
    """An entry that fits, in its place of the list: the key that answers by it, and the letters that fitted."""

    n: int
    code: str
    title: str
    text: str
    agency: str
    spans: tuple[tuple[int, int], ...]


def find(words: str, *, at: datetime) -> list[Row]:
    """The entries that answer what the caller says, best first, as `faq.public.find` ranks them."""
    found = faq.find(words, language=get_language() or "zh-hant", channel=CHANNEL, at=at, limit=MOST)
    return [
        Row(n, hit.entry, hit.question, hit.answer, hit.agency, tuple(shared(hit.question, words)))
        for n, hit in enumerate(found.hits, start=1)
    ]


def in_vain(words: str, *, talk: str, at: datetime) -> bool:
    """Note a whole question for which the search finds nothing, once a talk; whether there was nothing."""
    if not words or find(words, at=at):
        return False
    faq.record_unanswered(words, channel=CHANNEL, talk=talk, at=at)
    return True


def version_of(code: str, *, at: datetime) -> int:
    """The version of an entry that is read now. Raises LookupError where there is none."""
    version = faq.published(day_of(at)).filter(entry__code=code).first()
    if version is None:
        raise LookupError(code)
    return int(version.number)


def used(code: str, *, at: datetime) -> None:
    """Count that a published entry answered somebody."""
    faq.used(code, channel=CHANNEL, solved=True, at=at)


def titles(codes: Sequence[str], *, on: date) -> dict[str, str]:
    """The questions of entries that are still published, in the reader's language."""
    rows = faq.published(on).filter(entry__code__in=codes)
    return {version.entry.code: version.title for version in rows}


def questions(codes: Sequence[str], *, on: date) -> dict[str, tuple[str, str]]:
    """The same in Chinese and English; the English is empty where nobody has written it."""
    rows = faq.published(on).filter(entry__code__in=codes)
    return {version.entry.code: (version.question, version.question_en) for version in rows}
