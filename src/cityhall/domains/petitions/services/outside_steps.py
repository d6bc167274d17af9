"""What every act on something that lies outside shares: its row locked, its steps, what the body may be told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from cityhall.engines.audit import services as audit
from cityhall.engines.cases import services as cases
from cityhall.engines.identity.models import Account

from ..models import PassedOn, PassedOnStep, Petition
from ..privacy import without_reporter


def step(row: PassedOn, type: str, *, by: Account | None, at: datetime, text: str = "") -> None:
    """One more line of what happened, here and in the trail."""
    PassedOnStep.objects.create(passed_on=row, n=row.steps.count() + 1, type=type, at=at, by=by, text=text[:2000])
    audit.record(f"petition.outside_{type}", row.petition.case, by=by, at=at, new={"agency": row.agency.code})


def locked(row: PassedOn) -> PassedOn:
    """What lies outside as it is now, locked after its case."""
    case = cases.lock(row.petition.case)
    found = (
        PassedOn.objects.select_for_update(of=("self",)).select_related("petition__category", "agency").get(pk=row.pk)
    )
    found.petition.case = case
    return found


def is_secret(petition: Petition) -> bool:
    """Whether the body must not learn who asks."""
    case = petition.case
    return case.keep_identity_secret or case.confidential or case.requester is None


@dataclass(frozen=True)
class May:
    """What a body may be told of a petition: the one rule for letters and for Open311."""

    text: str  # to be read by the body alone
    public_text: str  # to be read by anybody: bodies publish what came by Open311
    place: str
    name: str = ""
    phone: str = ""
    email: str = ""
    address: str = ""

    @property
    def sender(self) -> list[str]:
        """Who asks, line by line; nothing where that is kept from the body."""
        return [one for one in (self.name, self.phone, self.email, self.address) if one]


def may_be_told(row: PassedOn) -> May:
    """The body answers whoever asks, so it is told who that is, unless they keep it secret; then no word names them."""
    case = row.petition.case
    requester, place = case.requester, case.place
    where = f"{place.district_name}{place.village_name} {place.label or place.words}".strip() if place else ""
    hidden = without_reporter(f"{case.title}\n{case.text}" if case.title not in case.text else case.text, requester)
    if requester is None or not row.with_sender:
        return May(without_reporter(case.text, requester), hidden, where)
    return May(
        case.text, hidden, where, requester.name, requester.phone, requester.email, requester.address
    )  # fmt: skip
