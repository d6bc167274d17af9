"""Questions about contacts: which one an operator works on, what a caller asked before, what joins to one."""

from __future__ import annotations

import re
from datetime import datetime

from django.db.models import Q, QuerySet

from cityhall.engines.directory.models import Person
from cityhall.engines.surveys.services import given_in_all
from cityhall.foundation.clock import day_of
from cityhall.foundation.period import Period
from cityhall.foundation.roc import roc_year

from .models import CallBack, ContactMoment, ContactQuerySet, NuisanceReport, Transfer
from .states import ASKED_FOR_GOOD, FAILED, CallBackState, NuisanceVerdict, Outcome

DESK = "contacts.desk"
READ = "contacts.read"
EXPORT = "contacts.export"
SUPERVISE = "contacts.supervise"
TRANSFERS = "contacts.transfers.read"
ANSWER = "contacts.transfers.answer"
RECENT = 5
_NUMBER = re.compile(r"[Cc](\d{2,3})-(\d{1,12})")


def with_everything(rows: ContactQuerySet) -> QuerySet[ContactMoment]:
    """With what a line of a list shows."""
    return rows.select_related("operator", "case")


def by_number(rows: ContactQuerySet, number: str) -> QuerySet[ContactMoment]:
    """The contact that people call by this number; none for what is no number of ours."""
    found = _NUMBER.fullmatch(number.strip())
    if found is None:
        return rows.none()
    rows_of = rows.filter(pk=int(found[2]))
    return rows_of if [one for one in rows_of if roc_year(one.started_on) == int(found[1])] else rows.none()


def in_hand(person: Person) -> ContactMoment | None:
    """What an operator works on: their newest contact that is not wrapped up."""
    return (
        ContactMoment.objects.filter(operator=person, wrap_up="")
        .exclude(outcome=Outcome.DROPPED)
        .order_by("-started_at", "-pk")
        .first()
    )


def recent(contact: ContactMoment) -> list[ContactMoment]:
    """The caller's contacts before this one, by the digest of the number: a hint, never proof of who calls."""
    if not contact.caller_key:
        return []
    rows = ContactMoment.objects.filter(caller_key=contact.caller_key, started_at__lte=contact.started_at)
    return list(rows.exclude(pk=contact.pk).select_related("case").order_by("-started_at", "-pk")[:RECENT])


def warned_of(contact: ContactMoment, at: datetime) -> NuisanceReport | None:
    """A nuisance from this number that was upheld and still warns."""
    if not contact.caller_key:
        return None
    rows = NuisanceReport.objects.filter(
        contact__caller_key=contact.caller_key, verdict=NuisanceVerdict.UPHELD, listed_until__gte=day_of(at)
    )
    return rows.exclude(contact=contact).order_by("-reported_at").first()


def call_backs(state: str = "") -> QuerySet[CallBack]:
    """Promised calls, the most urgent first."""
    rows = CallBack.objects.filter(Q(state=state) if state else Q()).select_related("contact")
    return rows.order_by("due_at", "pk") if state == CallBackState.WAITING else rows.order_by("-due_at", "-pk")


def transfers_of(contact: ContactMoment) -> list[Transfer]:
    """The transfers of a contact in their order, each with its interview (`asked`), its points, and whether to ask."""
    rows = list(contact.transfers.select_related("agency", "interview__response").order_by("at", "pk"))
    asked = {row.pk: getattr(row, "interview", None) for row in rows}
    answers = given_in_all([one.response for one in asked.values() if one and one.response])
    for row in rows:
        row.asked = found = asked[row.pk]
        row.points = answers.get(found.response_id) if found and found.response_id else None
        row.may_ask = found is None or found.state not in ASKED_FOR_GOOD
    return rows


def reviewed(period: Period) -> QuerySet[Transfer]:
    """Transfers of a period that met a busy line or no answer and stand in a letter to their agency."""
    rows = Transfer.objects.filter(letter__isnull=False, fate__in=FAILED)
    if period.first_day:
        rows = rows.filter(on__gte=period.first_day)
    return rows.filter(on__lte=period.last_day) if period.last_day else rows
