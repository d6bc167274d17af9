"""What of the hotspots names an agency when another agency carries on its work."""

from __future__ import annotations

from datetime import date

from django.db.models import QuerySet

from cityhall.engines.directory.models import Agency
from cityhall.engines.directory.registry import Move

from .models import Hotspot


def hotspots(agency: Agency, on: date) -> QuerySet[Hotspot]:
    """The hotspots that an agency maintains."""
    return Hotspot.objects.filter(agency=agency)


def move_hotspots(move: Move, most: int) -> int:
    """The successor maintains them; who is named as the operator stays as the lists have it."""
    keys = list(Hotspot.objects.filter(agency=move.agency).order_by("pk").values_list("pk", flat=True)[:most])
    return Hotspot.objects.filter(pk__in=keys).update(agency=move.successor)
