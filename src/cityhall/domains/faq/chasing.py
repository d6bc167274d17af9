"""What is chased each night: entries to be looked at again, those about to end, those that contradict each other."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.contrib.contenttypes.models import ContentType
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from cityhall.engines.audit import services as audit
from cityhall.engines.directory.states import Role
from cityhall.engines.identity.models import Account
from cityhall.engines.retrieval.reading import folded
from cityhall.engines.rules.queries import parameter
from cityhall.engines.worklist import services as worklist
from cityhall.engines.worklist.models import Todo
from cityhall.foundation.clock import day_of, end_of_day
from cityhall.foundation.unit import act

from . import queries
from .models import Contradiction, Entry, Version
from .rules import Told, asks, other_terms, same_wording
from .services import CHECK, CLASH, ENDING, CannotPublish, page_of
from .states import Clash

NEAR = 0.75
"""So much of one question must stand in another entry for their fees and days to be compared."""


def overdue(at: datetime) -> QuerySet[Version]:
    """Published entries that nobody has looked at by their day."""
    rows = queries.published(day_of(at)).filter(superseded_on=None)
    return rows.filter(review_by__lt=day_of(at)).order_by("review_by", "entry__code")


def ending(at: datetime) -> QuerySet[Version]:
    """Published entries whose last day is near."""
    today = day_of(at)
    last = today + timedelta(days=parameter("faq.ending_days", on=today).value)
    rows = queries.published(today).filter(superseded_on=None)
    return rows.filter(valid_until__range=(today, last)).order_by("valid_until", "entry__code")


def contradictions() -> QuerySet[Contradiction]:
    """Pairs that nobody has settled and that still stand."""
    rows = Contradiction.objects.filter(ended_at=None, settled_at=None).order_by("-found_at", "pk")
    return rows.select_related("first__agency", "second__agency")


@act
def chase(*, at: datetime) -> int:
    """Bring the lists of things to do up to date; how many new ones there are. Twice in a day changes nothing."""
    opened = _remind(CHECK, overdue(at), at) + _remind(ENDING, ending(at), at)
    compare_all(at=at)
    standing: set[int] = set()
    for pair in contradictions():
        for one, other in ((pair.first, pair.second), (pair.second, pair.first)):
            if one.pk in standing:
                continue
            standing.add(one.pk)
            opened += _open(CLASH, one, title=_("和「%(code)s」矛盾") % {"code": other.code}, at=at)
    _close_others(CLASH, standing, at)
    return opened


def _remind(kind: str, rows: QuerySet[Version], at: datetime) -> int:
    opened, there = 0, set()
    for row in rows.select_related("entry__agency"):
        there.add(row.entry_id)
        due = row.review_by if kind == CHECK else row.valid_until
        opened += _open(kind, row.entry, title=row.question, at=at, due_at=end_of_day(due) if due else None)
    _close_others(kind, there, at)
    return opened


def _open_ones(kind: str) -> QuerySet[Todo]:
    return Todo.objects.open().filter(kind=kind, content_type=ContentType.objects.get_for_model(Entry))


def _open(kind: str, entry: Entry, *, title: str, at: datetime, due_at: datetime | None = None) -> int:
    known = _open_ones(kind).filter(object_id=entry.pk).exists()
    worklist.open_todo(
        kind, entry, title=title, reference=entry.code, agency=entry.agency, role=Role.COORDINATOR, due_at=due_at,
        url=page_of(entry), at=at,
    )  # fmt: skip
    return int(not known)


def _close_others(kind: str, still: set[int], at: datetime) -> None:
    gone = _open_ones(kind).exclude(object_id__in=still).values("object_id")
    for entry in Entry.objects.filter(pk__in=gone):
        worklist.close_todo(kind, entry, at=at)


# ---- contradictions --------------------------------------------------------------------------------------------------


def compare_all(*, at: datetime) -> int:
    """Find the pairs that contradict each other now, end those that do not any more; how many are new."""
    rows = {one.pk: one for one in queries.published(day_of(at))}
    told = {
        one.entry_id: Told(
            one.entry_id, frozenset(asks(words, folded) for words in one.wordings), one.fee.strip(), one.days
        )
        for one in rows.values()
    }
    found = {(*pair, Clash.SAME): words for pair, words in same_wording(told.values()).items()}
    for row in rows.values():
        if row.fee or row.days is not None:
            for other in _near(row, rows):
                pair = (min(row.entry_id, other.entry_id), max(row.entry_id, other.entry_id))
                if other_terms(told[row.entry_id], told[other.entry_id]) and (*pair, Clash.SAME) not in found:
                    found.setdefault((*pair, Clash.TERMS), row.question)
    known = {(one.first_id, one.second_id, Clash(one.clash)): one for one in Contradiction.objects.all()}
    for key, one in known.items():
        if key not in found and one.ended_at is None:
            one.ended_at = at
            one.save(update_fields=["ended_at"])
        elif key in found and one.ended_at is not None:
            one.ended_at, one.found_at, one.settled_at, one.settled_by, one.reason = None, at, None, None, ""
            one.save()
    fresh = [
        Contradiction(first_id=first, second_id=second, clash=clash, words=words[:300], found_at=at)
        for (first, second, clash), words in found.items() if (first, second, clash) not in known
    ]  # fmt: skip
    Contradiction.objects.bulk_create(fresh)
    return len(fresh)


def _near(row: Version, rows: dict[int, Version]) -> list[Version]:
    hits = queries.index().find(row.question, most=6).hits
    return [rows[hit.key] for hit in hits if hit.key in rows and hit.key != row.pk and hit.share >= NEAR]


@act
def settle(pair: Contradiction, *, reason: str, by: Account, at: datetime) -> Contradiction:
    """Somebody says why the two do not contradict each other."""
    if not reason.strip():
        raise CannotPublish(_("請寫明為什麼不算矛盾。"))
    pair = Contradiction.objects.select_for_update().select_related(None).get(pk=pair.pk)
    if pair.settled_at or pair.ended_at:
        raise CannotPublish(_("這一組已經處理過了。"))
    pair.reason, pair.settled_by, pair.settled_at = reason.strip()[:500], by, at
    pair.save()
    audit.record("faq.contradiction_settled", pair, by=by, at=at, new={"reason": pair.reason})
    for entry in Entry.objects.filter(pk__in=[pair.first_id, pair.second_id]):
        if not contradictions().filter(Q(first=entry) | Q(second=entry)).exists():
            worklist.close_todo(CLASH, entry, at=at)
    return pair
