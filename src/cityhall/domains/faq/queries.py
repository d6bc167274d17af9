"""Questions to the FAQ base: what answers a question, how many entries there are on a day."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Count, F, Max, Q, QuerySet

from cityhall.engines.directory import queries as directory
from cityhall.engines.identity.models import Account
from cityhall.engines.retrieval.keeping import Kept
from cityhall.engines.retrieval.ranking import Answer as Ranked
from cityhall.engines.retrieval.ranking import Entry as Text
from cityhall.engines.retrieval.ranking import Hit, Index, Verdict
from cityhall.foundation.clock import start_of_day
from cityhall.foundation.period import Period
from cityhall.web.context import language

from .models import Entry, Topic, Use, Version
from .states import State

READ, WRITE, REVIEW, WITHDRAW = "faq.read", "faq.write", "faq.review", "faq.withdraw"
EXPORT, IMPORT = "faq.export", "faq.import"
"""What officers may do with entries: each is asked for the entry's agency."""
RELATED, LOOKED_AT = 3, 20


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
    return ask(question, on=on, most=most)[0]


def ask(question: str, *, on: date, most: int = 5) -> tuple[Answer, tuple[int, ...]]:
    """The same, and the versions that the index was made of, in its order: by them it can be built again."""
    asked = index()
    answer = asked.find(question, most=most * 2)
    return _shown(answer, published(on).in_bulk([hit.key for hit in answer.hits]), most), tuple(asked.keys)


def search_in(question: str, keys: Sequence[int], *, on: date, most: int = 5) -> Answer:
    """What `search` said on a day when the index was made of these versions, which never change."""
    versions = Version.objects.select_related("entry__agency").in_bulk(keys)
    made_of = [versions[key] for key in keys if key in versions]
    again = Index(Text(one.pk, one.wordings, f"{one.answer}\n{one.steps}") for one in made_of)
    valid = {
        one.pk: one for one in made_of if one.valid_from <= on and (one.valid_until is None or one.valid_until >= on)
    }
    return _shown(again.find(question, most=most * 2), valid, most)


def _shown(answer: Ranked, shown: Mapping[int, Version], most: int) -> Answer:
    """What may be read of what was found; the verdict falls where the best of it may not."""
    found = [Found(shown[hit.key], hit) for hit in answer.hits if hit.key in shown][:most]
    known = answer.verdict if found and found[0].hit == answer.hits[0] else Verdict.UNKNOWN
    if known is Verdict.UNKNOWN and found and answer.verdict is not Verdict.UNKNOWN:
        known = Verdict.SEVERAL
    return Answer(known, found)


def related(version: Version, *, on: date) -> list[Version]:
    """Other published entries on the same topic, those asked in like words first."""
    topic = version.entry.topic_id
    if topic is None:
        return []
    found = [one.version for one in search(version.question, on=on, most=LOOKED_AT).found]
    alike = [one for one in found if one.entry.topic_id == topic and one.entry_id != version.entry_id][:RELATED]
    there = [version.entry_id, *(one.entry_id for one in alike)]
    others = published(on).filter(entry__topic=topic).exclude(entry__in=there).order_by("entry__code")
    return [*alike, *others[: RELATED - len(alike)]]


# ---- what is asked most ----------------------------------------------------------------------------------------------


def asked(period: Period, channel: str) -> QuerySet[Use]:
    """The answers given by entries with a topic in a period, by one channel."""
    rows = Use.objects.filter(channel=channel, entry__topic__isnull=False)
    if period.first_day:
        rows = rows.filter(at__gte=start_of_day(period.first_day))
    return rows.filter(at__lt=start_of_day(period.last_day + timedelta(days=1))) if period.last_day else rows


def most_asked(rows: QuerySet[Use], most: int) -> list[str]:
    """The names of the topics of these answers, the most asked first."""
    counted = rows.order_by().values("entry__topic__name").annotate(n=Count("pk"))
    return list(
        counted.order_by(F("n").desc(), "entry__topic__code").values_list("entry__topic__name", flat=True)[:most]
    )


def topic_label(name: str) -> str:
    """What a topic is called in the reader's language."""
    if language() != "en":
        return name
    topic = Topic.objects.filter(name=name).first()
    return topic.label if topic else name


# ---- at the desk -----------------------------------------------------------------------------------------------------


def within(account: Account | None, act: str, at: datetime) -> Q:
    """The entries for which somebody may do an act, as a condition on versions."""
    return directory.reach(account, act, at).within(agency="entry__agency", unit="", person="")


def may(account: Account | None, act: str, entry: Entry, at: datetime) -> bool:
    """Whether somebody may do an act with an entry."""
    return directory.reach(account, act, at).covers(agency=entry.agency)


def newest(account: Account | None, at: datetime) -> QuerySet[Version]:
    """The last version of each entry that somebody may read at the desk."""
    rows = Version.objects.newest().filter(within(account, READ, at))
    return rows.select_related("entry__agency", "entry__topic")
