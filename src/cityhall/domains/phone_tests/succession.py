"""What of telephone tests names an agency when another agency carries on its work."""

from __future__ import annotations

from datetime import date

from django.db.models import QuerySet

from cityhall.engines.directory.models import Agency
from cityhall.engines.directory.registry import Move

from .models import PhoneTest, ScenarioCard
from .states import CallState


def cards(agency: Agency, on: date) -> QuerySet[ScenarioCard]:
    """The cards in use that only this agency is asked."""
    return ScenarioCard.objects.on(on).filter(agency=agency)


def move_cards(move: Move, most: int) -> int:
    """They ask the successor from now on."""
    keys = list(cards(move.agency, move.succession.on).order_by("pk").values_list("pk", flat=True)[:most])
    return ScenarioCard.objects.filter(pk__in=keys).update(agency=move.successor)


def tests(agency: Agency, on: date) -> QuerySet[PhoneTest]:
    """The calls that are still to be made to an agency."""
    return PhoneTest.objects.filter(agency=agency, state=CallState.WAITING).select_related("plan")
