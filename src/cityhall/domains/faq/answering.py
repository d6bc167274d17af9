"""The one question that the public search, the operator's desk, the bot and the API ask, and what came of its answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils import translation

from cityhall.engines.retrieval.ranking import Verdict
from cityhall.foundation.clock import day_of

from . import queries, services
from .models import Use, Version
from .states import Channel


@dataclass(frozen=True)
class Hit:
    """An entry that fits: its code, the number of the version that is read now, what it says, whose it is, how well it fits."""

    entry: str
    version: int
    question: str
    answer: str
    agency: str
    score: float


@dataclass(frozen=True)
class Found:
    """How sure the base is, and what fits, best first."""

    verdict: Verdict
    hits: tuple[Hit, ...]


TYPED = {Channel.HOTLINE}
"""Here the search runs while somebody types: half a question that finds nothing is no gap in the base."""


def find(words: str, *, language: str, channel: str, at: datetime, limit: int = 5) -> Found:
    """The published entries that answer what somebody asks, in the words of their language.

    A whole question that nothing is known of is noted without personal data; the desk notes it by `record_unanswered`
    when the operator has found nothing.
    """
    answer = queries.search(words, on=day_of(at), most=limit)
    if answer.verdict is Verdict.UNKNOWN and words.strip() and channel not in TYPED:
        services.record_unanswered(words, channel=channel, at=at)
    with translation.override(language):
        hits = tuple(
            Hit(
                one.version.entry.code,
                one.version.number,
                one.version.title,
                one.version.text,
                str(one.version.entry.agency.label),
                one.hit.score,
            )
            for one in answer.found
        )
    return Found(answer.verdict, hits)


def used(entry: str, *, channel: str, solved: bool | None, at: datetime) -> Use | None:
    """Count that an entry was given as an answer and whether that solved it; None where it is not published now."""
    version = Version.objects.published(day_of(at)).filter(entry__code=entry).first()
    return services.record_use(version, channel=channel, helped=solved, at=at) if version else None
