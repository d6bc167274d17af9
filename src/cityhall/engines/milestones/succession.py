"""What of controlled plans names an agency when another agency carries on its work."""

from __future__ import annotations

from datetime import date

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cityhall.engines.directory import registry as directory
from cityhall.engines.directory.models import Agency
from cityhall.engines.directory.registry import Move, Named
from cityhall.engines.directory.states import Fate

from .models import Plan, PlanQuerySet


def plans(agency: Agency, on: date) -> PlanQuerySet:
    """The agency's plans that go on after a day, and those that are only proposed."""
    return Plan.objects.filter(Q(ended_on__isnull=True) | Q(ended_on__gt=on), agency=agency)


def move_plans(move: Move, most: int) -> int:
    """They are the successor's, each with the unit that takes the place of the old one."""
    rows = list(plans(move.agency, move.succession.on).select_for_update().order_by("pk")[:most])
    for row in rows:
        row.agency, row.unit = move.successor, move.unit_for(row.unit_id)
        row.save(update_fields=["agency", "unit"])
    return len(rows)


def install() -> None:
    """Tell the directory."""
    directory.names_agency(
        "milestones_plans",
        _("列管中或已提報的計畫"),
        columns=["milestones.Plan.agency"],
        fate=Fate.MOVES,
        words=_("列管中與已提報的計畫由承接機關接著辦；已結束列管的留在原機關，作為紀錄。"),
        rows=plans,
        show=lambda row: Named(row.name),
        move=move_plans,
    )
    directory.names_agency_for_ever({"milestones.CoordinationRequest.asked_of": _("當時請哪個機關協調，是紀錄。")})
