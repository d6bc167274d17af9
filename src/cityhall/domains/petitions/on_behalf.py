"""Questions about what was filed on behalf: an intermediary's own petitions, and who reported for a citizen."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q, QuerySet

from cityhall.engines.cases.models import Case
from cityhall.engines.cases.queries import normal_number
from cityhall.engines.cases.states import ENDED, Channel, ReplyState
from cityhall.engines.directory import queries as directory
from cityhall.engines.identity.models import Account
from cityhall.foundation.clock import day_of

from .models import Consent

READ = "petitions.on_behalf.read"


def of(account: Account) -> QuerySet[Consent]:
    """What somebody reported for citizens who still let them see it, the newest first."""
    return (
        Consent.objects.filter(intermediary=account, withdrawn_at=None)
        .select_related("petition__case__requester", "petition__case__place", "petition__case__agency")
        .order_by("-recorded_at", "-pk")
    )


def narrowed(rows: QuerySet[Consent], *, number: str = "", state: str = "") -> QuerySet[Consent]:
    """By number, and by whether it still goes on."""
    if number:
        rows = rows.filter(petition__case__number=normal_number(number))
    ended = Q(petition__case__status__in=ENDED)
    waiting = Q(petition__case__confirmed_at=None)
    return {
        "waiting": rows.filter(waiting & ~ended), "open": rows.exclude(ended | waiting), "ended": rows.filter(ended),
    }.get(state, rows)  # fmt: skip


def replies(case: Case) -> list[str]:
    """What was answered so far, the oldest first."""
    return list(
        case.replies.filter(state__in=[ReplyState.SENT, ReplyState.RECALLED])
        .order_by("sent_at")
        .values_list("text", flat=True)
    )


def intermediary_of(case: Case) -> str:
    """Who reported it for the citizen, with their office; empty where nobody did."""
    if case.channel != Channel.ON_BEHALF or case.filed_by is None:
        return ""
    return words_for(case.filed_by, case.received_at)


def words_for(account: Account, at: datetime) -> str:
    """桃園區公所里長王大明: office, title and name."""
    person = directory.person_of(account)
    if person is None:
        return account.name
    seat = directory.appointments_of(account, day_of(at)).select_related("agency").first()
    return f"{seat.agency.label if seat else ''}{person.title_label}{person.label}"
