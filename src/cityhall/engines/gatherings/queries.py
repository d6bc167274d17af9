"""Questions about gatherings: who sees which, what a list shows, what a calendar holds."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Count, Exists, OuterRef, Prefetch, Q, QuerySet

from cityhall.engines.directory import queries as directory
from cityhall.engines.directory.models import Person
from cityhall.engines.identity.models import Account
from cityhall.engines.tracking.models import Duty
from cityhall.engines.tracking.states import Part as DutyPart
from cityhall.foundation.clock import day_of

from .models import DONE, Gathering, GatheringQuerySet, Outcome, Participant
from .rules import Entry
from .states import State

READ = "gatherings.read"
MANAGE = "gatherings.manage"
VISIT = "gatherings.visit"
ANSWER = "gatherings.answer"
CALENDAR = "gatherings.calendar"

DAYS_BACK, DAYS_AHEAD = timedelta(days=90), timedelta(days=400)
"""What a calendar holds, seen from today."""


def within_rights(account: Account | None, at: datetime, act: str = READ) -> Q:
    """The commission sees all; others what they are invited to, or host, from the day on which it was announced."""
    reach = directory.reach(account, act, at)
    if reach.everywhere:
        return Q()
    theirs = Q(agency__in=reach.agencies)
    if person := directory.person_of(account):
        theirs |= Q(person=person)
    invited = Participant.objects.filter(theirs, gathering=OuterRef("pk"), invited_at__isnull=False)
    return Q(host__in=reach.agencies) | Q(Exists(invited)) if reach else Q(pk__in=[])


def listed(rows: GatheringQuerySet) -> QuerySet[Gathering]:
    """With what a line of a list shows."""
    return rows.select_related("host").annotate(
        came_of_it=Count("outcomes"), still_open=Count("outcomes", filter=~Q(outcomes__item__decided__in=DONE))
    )


def outcomes(rows: QuerySet[Outcome]) -> list[Outcome]:
    """With their items, and the agencies that lead them."""
    lead = Duty.objects.filter(part=DutyPart.LEAD, ended_on=None).select_related("agency")
    return list(
        rows.select_related("item", "gathering", "point").prefetch_related(
            Prefetch("item__duties", queryset=lead, to_attr="leading")
        )
    )


def lead_of(row: Outcome) -> str:
    """The agency that has to do it; of rows that `outcomes` gave."""
    return "、".join(duty.agency.label for duty in getattr(row.item, "leading", []))


def invited_to(person: Person, at: datetime) -> QuerySet[Gathering]:
    """What belongs into somebody's calendar: where they, or the agency that they serve, are invited, or that they run."""
    serves = person.appointments.as_of(day_of(at)).values("agency")
    theirs = Q(person=person) | Q(person=None, agency__in=serves)
    invited = Participant.objects.filter(theirs, gathering=OuterRef("pk"), invited_at__isnull=False)
    rows = Gathering.objects.filter(starts_at__gte=at - DAYS_BACK, starts_at__lte=at + DAYS_AHEAD)
    return rows.filter(Q(owner=person) | Exists(invited)).order_by("starts_at", "pk")


def entry(row: Gathering, url: str) -> Entry:
    """One gathering as a calendar shows it."""
    host = settings.MAIL_FROM.rpartition("@")[2] or "localhost"
    place = "，".join(part for part in (row.venue, row.address) if part)
    return Entry(
        uid=f"{row.reference}@{host}", title=row.title, starts_at=row.starts_at, ends_at=row.ends_at,
        changed_at=row.changed_at, version=row.version, place=place, words=row.series_name, url=url,
        cancelled=row.state == State.CANCELLED,
    )  # fmt: skip
