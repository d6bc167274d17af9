"""派案協調: agencies disagree about whose a petition is; the desk brings them together and writes down what was decided."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from cityhall.engines.audit import services as audit
from cityhall.engines.cases import services as cases
from cityhall.engines.cases.models import Assignment, Case
from cityhall.engines.cases.services import CannotAct
from cityhall.engines.cases.states import Part, Status
from cityhall.engines.directory.models import Agency
from cityhall.engines.identity.models import Account
from cityhall.foundation.unit import act

from .. import hops
from ..hops import Held
from ..models import CaseConference, Petition


class NeedsConference(CannotAct):
    """Agencies disagree: what was agreed must be written down before it is dispatched."""


def held_of(leads: Sequence[Assignment], returns: Iterable[Any]) -> list[Held]:
    """Who had it, with whom each return named; `returns` are the case's events of sending back, oldest first."""
    named = [event.payload.get("proposed_agency", "") for event in returns]
    found = []
    for lead in leads:
        proposed = named.pop(0) if lead.ended_by_return and named else ""
        found.append(Held(lead.agency.code, lead.starts_at, lead.ends_at, lead.ended_by_return, proposed))
    return found


def of_case(case: Case) -> list[Held]:
    """The same, asked of the database."""
    leads = case.assignments.filter(part=Part.LEAD).select_related("agency").order_by("starts_at", "pk")
    return held_of(list(leads), case.events.filter(status=Status.RETURNED).order_by("n"))


def waiting(petition: Petition) -> CaseConference | None:
    """The conference that was not held yet."""
    if petition.case.assigned_at is None:  # no agency had it yet, so none has sent it back
        return None
    return petition.conferences.filter(held_at=None).first()


@act
def ask_if_they_disagree(petition: Petition, *, by: Account, at: datetime) -> CaseConference | None:
    """An agency sent it back: where another had named that very agency, the desk has to bring them together."""
    held = of_case(petition.case)
    if not hops.disagree(held):
        return None
    conference, new = CaseConference.objects.get_or_create(
        petition=petition, held_at=None,
        defaults={"asked_at": at, "asked_by": by, "agencies": list(hops.concerned(held))},
    )  # fmt: skip
    if new:
        cases.add_event(
            petition.case, "conference_asked", by=by, at=at, payload={"agencies": conference.agencies}, public=False
        )
        audit.record("petition.conference_asked", petition.case, by=by, at=at, new={"agencies": conference.agencies})
    return conference


@act
def hold(petition: Petition, *, note: str, agency: Agency, by: Account | None, at: datetime) -> CaseConference | None:
    """What the desk and the agencies agreed on; where one is needed, no dispatch without it."""
    conference = waiting(petition)
    if conference is None:
        return None
    if not note.strip():
        raise NeedsConference(_("機關看法不同，請先協調，並寫下協調的結果：和誰談、為什麼由這個機關辦理。"))
    conference.held_at, conference.held_by, conference.note, conference.agency = at, by, note.strip()[:1000], agency
    conference.save()
    cases.add_event(
        petition.case, "conference_held", by=by, at=at, payload={"agency": agency.code, "text": conference.note},
        public=False,
    )  # fmt: skip
    audit.record("petition.conference_held", petition.case, by=by, at=at, new={"agency": agency.code})
    return conference
