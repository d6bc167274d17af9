"""What the bot knows: the FAQ base, asked in this one place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from cityhall.domains.faq import public as faq
from cityhall.engines.retrieval.ranking import Verdict
from cityhall.foundation.clock import day_of

CHANNEL = "CHAT"
MOST = 5


@dataclass(frozen=True)
class Known:
    """One entry that fits, as it stood when it was found, and how well it fits."""

    code: str
    version: int
    number: int
    score: float
    share: float
    evidence: float
    likely: bool = True

    @property
    def kept(self) -> dict[str, Any]:
        """What is kept of it with the bot's answer."""
        return {
            "code": self.code, "version": self.version, "number": self.number, "score": round(self.score, 4),
            "share": round(self.share, 4), "evidence": round(self.evidence, 4),
        }  # fmt: skip


@dataclass(frozen=True)
class Found:
    """How sure the base is, what fits, and the index that found it: its keys, by which it can be built again."""

    verdict: Verdict
    entries: tuple[Known, ...]
    keys: tuple[int, ...]
    wordings: dict[int, Any]


def find(words: str, *, at: datetime) -> Found:
    """The published entries that answer a message."""
    return _found(*faq.ask(words, on=day_of(at), most=MOST))


def find_again(words: str, *, on: date, keys: tuple[int, ...]) -> Found:
    """The same with the entries that an index of the past was made of."""
    return _found(faq.search_in(words, keys, on=on, most=MOST), keys)


def _found(answer: faq.Answer, keys: tuple[int, ...]) -> Found:
    entries = tuple(
        Known(
            one.version.entry.code,
            one.version.pk,
            one.version.number,
            one.hit.score,
            one.hit.share,
            one.hit.evidence,
            one.hit.is_likely,
        )
        for one in answer.found
    )
    return Found(answer.verdict, entries, keys, {one.version.pk: one.version for one in answer.found})


def entry(code: str, *, at: datetime) -> Any | None:
    """The entry's version that is published now."""
    return faq.published(day_of(at)).filter(entry__code=code).first()


def titled(entries: Sequence[dict[str, Any]], *, at: datetime) -> list[dict[str, Any]]:
    """What is kept of entries, with what they are called now, in one question; those no longer published by their code."""
    published = faq.published(day_of(at)).filter(entry__code__in={one["code"] for one in entries})
    titles = {one.entry.code: one.title for one in published}
    return [{**one, "title": titles.get(one["code"], one["code"])} for one in entries]


def given(version: Any, *, at: datetime, helped: bool | None = None) -> None:
    """Count that an entry was given as an answer."""
    faq.record_use(version, channel=CHANNEL, helped=helped, at=at)


def unknown(words: str, *, at: datetime) -> None:
    """Note what nobody could answer, without personal data."""
    faq.record_unanswered(words, channel=CHANNEL, at=at)
