"""What of the FAQ base names an agency when another agency carries on its work."""

from __future__ import annotations

from datetime import date

from django.db.models import Q, QuerySet

from cityhall.engines.directory.models import Agency
from cityhall.engines.directory.registry import Move

from .models import Entry, Version


def entries(agency: Agency, on: date) -> QuerySet[Entry]:
    """The entries that an agency answers for."""
    return Entry.objects.filter(agency=agency)


def move_entries(move: Move, most: int) -> int:
    """The successor answers for them, and is asked to look at what they say: names and counters have changed."""
    keys = list(Entry.objects.filter(agency=move.agency).order_by("pk").values_list("pk", flat=True)[:most])
    on = move.succession.on
    later = Q(review_by=None) | Q(review_by__gt=on)
    Version.objects.standing().filter(later, entry__in=keys).update(review_by=on)
    return Entry.objects.filter(pk__in=keys).update(agency=move.successor)
