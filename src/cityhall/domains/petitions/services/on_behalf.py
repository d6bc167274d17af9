"""代為反映: a 里長 or a councillor's office files for a citizen who agreed; the citizen confirms and is answered."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _

from cityhall.engines.audit import services as audit
from cityhall.engines.cases import services as cases
from cityhall.engines.cases.services import CannotAct
from cityhall.engines.cases.states import Channel
from cityhall.engines.identity.models import Account
from cityhall.engines.rules.queries import parameter
from cityhall.foundation.clock import day_of
from cityhall.foundation.unit import act

from ..consenting import Fault, consent_fault
from ..models import Consent, Petition
from . import filing
from .filing import Submission


@dataclass(frozen=True)
class Given:
    """A citizen's consent, as the intermediary states it."""

    how: str
    obtained_on: date
    shares: str


def fault_words(obtained_on: date, *, at: datetime) -> str:
    """Why a consent of that day does not hold, in a sentence; empty where it does."""
    days = int(parameter("petitions.consent_days", on=day_of(at)).value)
    return {
        None: "",
        Fault.LATER: _("這一天還沒到，請填民眾實際同意的日子"),
        Fault.OLD: _("超過 %(days)s 天了，請再問民眾一次") % {"days": days},
    }[consent_fault(obtained_on, today=day_of(at), days=days)]


@act
def file(submission: Submission, *, consent: Given, photos: Iterable[Any] = (), by: Account, at: datetime) -> Petition:
    """Register what somebody reports for a citizen. It becomes a petition when the citizen says that it is theirs.

    Raises CannotAct for a consent that does not hold, and what `filing.file` raises.
    """
    if fault := fault_words(consent.obtained_on, at=at):
        raise CannotAct(fault)
    submission = replace(submission, channel=Channel.ON_BEHALF, filed_by=by)
    petition = filing.file(submission, photos=photos, at=at)
    Consent.objects.create(
        petition=petition, intermediary=by, how=consent.how, obtained_on=consent.obtained_on, shares=consent.shares,
        recorded_at=at,
    )  # fmt: skip
    given = {"how": consent.how, "on": consent.obtained_on.isoformat(), "shares": consent.shares}
    cases.add_event(petition.case, "consent_recorded", by=by, at=at, payload=given, public=False)
    audit.record("petition.consent_recorded", petition.case, by=by, at=at, new=given)
    return petition


@act
def withdraw(petition: Petition, *, by: Account | None, at: datetime) -> None:
    """The citizen lets the intermediary see no more; withdrawing twice is the same act."""
    petition.case = case = cases.lock(petition.case)
    found = Consent.objects.select_for_update().filter(petition=petition, withdrawn_at=None).first()
    if found is None:
        return
    found.withdrawn_at = at
    found.save(update_fields=["withdrawn_at"])
    cases.add_event(case, "consent_withdrawn", by=by, at=at, public=False)
    audit.record("petition.consent_withdrawn", case, by=by, at=at)
