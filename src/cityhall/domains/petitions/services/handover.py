"""Open petitions pass on: to a colleague in one act, or to the agency that takes an agency's place."""

from __future__ import annotations

from datetime import datetime

from cityhall.engines.audit import services as audit
from cityhall.engines.cases import services as cases
from cityhall.engines.cases.models import Assignment, Case, Reply
from cityhall.engines.cases.states import Part, ReplyState
from cityhall.engines.directory.models import Person
from cityhall.engines.directory.registry import Move
from cityhall.engines.identity.models import Account
from cityhall.foundation import unit

from ..models import QualitySheet, Restriction, YearReturn
from ..quality import MOVES
from ..repeats import OVER
from . import quality


def pass_on(from_person: Person, to_person: Person, by: Account | None, at: datetime) -> int:
    """移交: every open petition of a person becomes a colleague's, with an event each; drafts and approvals too."""
    moved = 0
    for case in Case.objects.filter(kind="petition", officer=from_person).open().order_by("pk"):
        case = cases.lock(case)
        case.officer = to_person
        case.assignments.filter(part=Part.LEAD, ends_at=None).update(officer=to_person)
        cases.add_event(
            case, "handed_over", by=by, at=at, payload={"from": from_person.pk, "officer": to_person.pk}, public=False
        )
        moved += 1
    Reply.objects.filter(case__kind="petition", state=ReplyState.IN_REVIEW, approver=from_person).update(
        approver=to_person
    )
    unit.forget_all(Reply)
    moved += quality.take_over(from_person, to_person, at=at)
    if moved:
        audit.record(
            "petition.handed_over", None, by=by, at=at, new={"from": from_person.pk, "to": to_person.pk, "count": moved}
        )
    return moved


def to_successor(move: Move) -> int:
    """An agency is succeeded: its open petitions go on at the successor, clocks untouched, with an event each."""
    moved = 0
    cases_there = Case.objects.filter(kind="petition", agency=move.agency).open().order_by("pk")
    for case in cases_there:
        division = move.unit_for(case.unit_id)
        case = cases.lock(case)
        case.agency, case.unit = move.successor, division
        lead = case.assignments.filter(part=Part.LEAD, ends_at=None)
        officer = case.officer
        lead.update(ends_at=move.at)
        case.assignments.create(
            part=Part.LEAD, agency=move.successor, unit=division, officer=officer, starts_at=move.at
        )
        cases.add_event(
            case, "succeeded", by=move.by, at=move.at, payload={"from": move.agency.code, "agency": move.successor.code}
        )
        moved += 1
    there = Restriction.objects.filter(agency=move.agency).exclude(state__in=[str(one) for one in OVER])
    for row in there.order_by("pk"):
        row.agency, row.unit = move.successor, move.unit_for(row.unit_id)
        row.save(update_fields=["agency", "unit"])
    _checks_to_successor(move)
    helping = Assignment.objects.filter(part__in=[Part.CO_HANDLER, Part.COPY], agency=move.agency, ends_at=None)
    helping.update(agency=move.successor, unit=None)
    return moved


def _checks_to_successor(move: Move) -> None:
    """Sheets that are not over and analyses not handed in go on at the successor, as its to-dos do."""
    for sheet in QualitySheet.objects.filter(agency=move.agency).exclude(state__in=SETTLED).order_by("pk"):
        sheet.agency, sheet.unit = move.successor, move.unit_for(sheet.unit_id)
        sheet.save(update_fields=["agency", "unit"])
    own = YearReturn.objects.filter(agency=move.successor).values("year")
    asked = YearReturn.objects.filter(agency=move.agency, returned_at=None).exclude(year__in=own)
    asked.update(agency=move.successor)


SETTLED = [stand.value for stand, onward in MOVES.items() if not onward]
