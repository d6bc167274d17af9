"""What of gatherings names an agency when another agency carries on its work."""

from __future__ import annotations

from datetime import date

from django.db.models import QuerySet

from cityhall.engines.directory.models import Agency
from cityhall.engines.directory.registry import Move

from .models import Gathering, Participant
from .states import State

COMING = (State.PLANNED, State.INVITED)


def hosted(agency: Agency, on: date) -> QuerySet[Gathering]:
    """What the agency hosts and is still to come."""
    return Gathering.objects.filter(host=agency, state__in=COMING)


def move_hosted(move: Move, most: int) -> int:
    """The successor hosts it."""
    keys = list(hosted(move.agency, move.succession.on).order_by("pk").values_list("pk", flat=True)[:most])
    return Gathering.objects.filter(pk__in=keys).update(host=move.successor)


def invited(agency: Agency, on: date) -> QuerySet[Participant]:
    """Its places on the lists of what is still to come."""
    return Participant.objects.filter(agency=agency, gathering__state__in=COMING).select_related("gathering")


def move_invited(move: Move, most: int) -> int:
    """The successor comes; where it is on the list already, once."""
    rows = list(invited(move.agency, move.succession.on).order_by("pk")[:most])
    there = set(
        Participant.objects.filter(agency=move.successor, gathering__in={row.gathering_id for row in rows}).values_list(
            "gathering_id", "part"
        )
    )
    double = [row.pk for row in rows if (row.gathering_id, row.part) in there]
    Participant.objects.filter(pk__in=double).delete()
    Participant.objects.filter(pk__in=[row.pk for row in rows if row.pk not in double]).update(agency=move.successor)
    return len(rows)
