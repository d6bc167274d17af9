"""Cases of an agency that another succeeds: many at once, by so many statements however many they are."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import F, QuerySet

from cityhall.engines.directory.models import Agency, Appointment
from cityhall.engines.directory.registry import Move
from cityhall.foundation.clock import day_of
from cityhall.foundation.unit import act, forget_all

from . import services
from .models import Assignment, Case
from .states import Part


@dataclass(frozen=True)
class Moved:
    """Cases that were moved, and those of them whose officer does not serve at the successor."""

    cases: list[Case]
    without_officer: list[Case]


def open_at(agency: Agency, kind: str) -> QuerySet[Case]:
    """The open cases of an agency."""
    return Case.objects.filter(kind=kind, agency=agency).open()


@act
def move_to_successor(kind: str, move: Move, most: int) -> Moved:
    """Give open cases to the successor, each with its event. They stay what they are: number, state, clocks, hops.

    The lead's time is cut: what was before is the old agency's, what comes is the successor's. A case that lies at the
    desk gets no lead. Whoever does not serve at the successor is taken off; the domain asks for another.
    """
    found = list(open_at(move.agency, kind).select_for_update().order_by("pk")[:most])
    if not found:
        return Moved([], [])
    keys = [case.pk for case in found]
    officers = {case.officer_id for case in found if case.officer_id is not None}
    serving = set(
        Appointment.objects.as_of(day_of(move.at))
        .filter(agency=move.successor, person__in=officers)
        .values_list("person_id", flat=True)
    )
    leads = Assignment.objects.filter(case__in=keys, part=Part.LEAD, ends_at=None)
    led = set(leads.values_list("case_id", flat=True))
    leads.update(ends_at=move.at)
    units = {case.unit_id for case in found if case.unit_id is not None}
    for case in found:
        case.agency, case.unit = move.successor, move.unit_for(case.unit_id)
    gone = [case for case in found if case.officer_id is not None and case.officer_id not in serving]
    for case in gone:
        case.officer = None
    Assignment.objects.bulk_create(
        Assignment(
            case=case, part=Part.LEAD, agency=move.successor, unit=case.unit, officer_id=case.officer_id,
            starts_at=move.at,
        )
        for case in found
        if case.pk in led
    )  # fmt: skip
    services.add_to_each(
        found, "succeeded", by=move.by, at=move.at, payload={"from": move.agency.code, "agency": move.successor.code}
    )
    rows = Case.objects.filter(pk__in=keys)
    rows.update(agency=move.successor, version=F("version") + 1)
    for unit in units:
        rows.filter(unit=unit).update(unit=move.unit_for(unit))
    if gone:
        rows.filter(pk__in=[case.pk for case in gone]).update(officer=None)
    forget_all(Case)
    forget_all(Assignment)
    return Moved(found, gone)


@act
def move_parts(kind: str, move: Move, most: int) -> int:
    """Give the old agency's part in cases of others (協辦, 副知) to the successor; a second one in the same case ends."""
    rows = open_parts(move.agency, kind).select_for_update(of=("self",)).order_by("pk")[:most]
    found = list(rows.values_list("pk", "case_id", "part"))
    theirs = set(
        Assignment.objects.filter(
            case__in=[case for _pk, case, _part in found], agency=move.successor, ends_at=None
        ).values_list("case_id", "part")
    )
    double = [pk for pk, case, part in found if (case, part) in theirs]
    Assignment.objects.filter(pk__in=double).update(ends_at=move.at)
    rest = [pk for pk, _case, _part in found if pk not in double]
    Assignment.objects.filter(pk__in=rest).update(agency=move.successor, unit=None)
    return len(found)


def open_parts(agency: Agency, kind: str) -> QuerySet[Assignment]:
    """What an agency helps with, or gets a copy of."""
    return Assignment.objects.filter(
        case__kind=kind, part__in=[Part.CO_HANDLER, Part.COPY], agency=agency, ends_at=None
    )
