"""Questions to the FAQ base: what answers a question, how many entries there are on a day."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Max, QuerySet

from cityhall.engines.retrieval.keeping import Kept
from cityhall.engines.retrieval.ranking import Entry as Text
from cityhall.engines.retrieval.ranking import Hit, Index, Verdict

from .models import Version
from .states import State


def published(day: date) -> QuerySet[Version]:
    """What the public may read on a day."""
    return Version.objects.published(day).select_related("entry__agency")


def count(day: date) -> int:
    """How many entries were published on a day."""
    return Version.objects.published(day).count()


@dataclass(frozen=True)
class Found:
    """A version that answers a question, and why."""

    version: Version
    hit: Hit


@dataclass(frozen=True)
class Answer:
    """How sure it is, and the versions that fit, best first."""

    verdict: Verdict
    found: list[Found]


def _stamp() -> Hashable:
    """Changes with every version that is published or gives way."""
    rows = Version.objects.filter(state=State.PUBLISHED)
    return tuple(rows.aggregate(Max("pk"), Count("pk"), Max("published_on"), Count("superseded_on")).values())


def _load() -> Iterator[Text]:
    rows = Version.objects.filter(state=State.PUBLISHED, superseded_on=None).order_by("pk")
    for one in rows.iterator(chunk_size=1000):
        yield Text(one.pk, one.wordings, f"{one.answer}\n{one.steps}")


_KEPT = Kept(_stamp, _load)


def index() -> Index:
    """The index of this process, as of now."""
    return _KEPT.index()


def search(question: str, *, on: date, most: int = 5) -> Answer:
    """The published entries that answer a question; the same for the public page, the hotline's desk and the bot."""
    answer = index().find(question, most=most * 2)
    shown = published(on).in_bulk([hit.key for hit in answer.hits])
    found = [Found(shown[hit.key], hit) for hit in answer.hits if hit.key in shown][:most]
    known = answer.verdict if found and found[0].hit == answer.hits[0] else Verdict.UNKNOWN
    if known is Verdict.UNKNOWN and found and answer.verdict is not Verdict.UNKNOWN:
        known = Verdict.SEVERAL
    return Answer(known, found)
