"""Questions about the 收文簿: who sees which letters, which came before, what is found by a scanned number."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.urls import reverse

from cityhall.engines.cases.queries import normal_number
from cityhall.engines.directory import queries as directory
from cityhall.engines.identity.models import Account
from cityhall.engines.worklist.registry import Hit

from . import queries
from .models import ReceivedLetter
from .receiving import number_in, plain_registered

READ, KEEP = "petitions.letters.read", "petitions.letters.keep"


def visible_to(account: Account, at: datetime, right: str = READ) -> QuerySet[ReceivedLetter]:
    """The letters of the desks within somebody's reach."""
    reach = directory.reach(account, right, at)
    if reach.everywhere:
        return ReceivedLetter.objects.all()
    return ReceivedLetter.objects.filter(desk__in=reach.agencies) if reach else ReceivedLetter.objects.none()


def may_read(account: Account, letter: ReceivedLetter, at: datetime) -> bool:
    """The desk that received it, and whoever may know the reporter of the case that it went to."""
    if visible_to(account, at).filter(pk=letter.pk).exists():
        return True
    if letter.petition is None:
        return False
    seen = queries.visible_to(account, at).select_related(*queries.FULL).filter(pk=letter.petition_id).first()
    return bool(seen and queries.may_see_reporter(account, seen, at))


def may_see_scan(account: Any, letter: Any, request: Any) -> bool:
    """The right of a letter's files."""
    from django.utils import timezone

    return bool(account.is_authenticated) and may_read(account, letter, timezone.now())


def found(rows: QuerySet[ReceivedLetter], words: str) -> QuerySet[ReceivedLetter]:
    """By 收文號, the number of its case or the registered number: what a scanner reads, never a name."""
    if parts := number_in(words):
        return rows.filter(year=parts[0], serial=parts[1])
    return rows.filter(
        Q(petition__case__number=normal_number(words)) | Q(registered_number=plain_registered(words)[:30] or "-")
    )


def hits(account: Account, query: str, at: datetime, limit: int) -> list[Hit]:
    """What the search box finds: the paper original by its number."""
    if number_in(query) is None:
        return []
    return [
        Hit(
            title=letter.number,
            url=reverse("petitions:received_letter", args=[letter.reference]),
            detail=f"{letter.get_way_display()}　{letter.desk.label}",
            tag=str(letter.get_fate_display()),
            at=letter.received_at,
        )
        for letter in found(visible_to(account, at), query).select_related("desk")[:limit]
    ]


def twins(letter: ReceivedLetter) -> QuerySet[ReceivedLetter]:
    """Letters that may be the same one: equal first scan, or equal registered number."""
    same = Q()
    if letter.scan_digest:
        same |= Q(scan_digest=letter.scan_digest)
    if letter.registered_number:
        same |= Q(registered_number=letter.registered_number)
    if not same:
        return ReceivedLetter.objects.none()
    return ReceivedLetter.objects.filter(same).exclude(pk=letter.pk).order_by("pk")
