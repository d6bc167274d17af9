"""監委巡察: petitioners are received, and their matters become petitions."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Max
from django.utils.translation import gettext as _

from cityhall.domains.petitions.public import numbered
from cityhall.engines.audit import services as audit
from cityhall.engines.directory.models import Agency
from cityhall.engines.gatherings.models import Gathering
from cityhall.engines.gatherings.states import TAKEN_PLACE
from cityhall.engines.identity.models import Account
from cityhall.foundation.sentence import sentence
from cityhall.foundation.unit import act

from .models import Petitioner

VISIT = "control_yuan.visit"


class CannotReceive(Exception):
    """The step is not possible; the sentence says why."""


def _known(petition: str) -> str:
    """The number of a petition of ours, or nothing."""
    wanted = petition.strip().upper()
    if wanted and numbered(wanted) is None:
        raise CannotReceive(_("沒有這個編號的陳情案件。"))
    return wanted


@sentence("1.2.8", "並受理民眾陳情")
@act
def receive(
    visit: Gathering, *, matter: str, agency: Agency | None = None, petition: str = "", by: Account | None, at: datetime
) -> Petitioner:
    """受理陳情 at a visit that took place: one person, by the matter; the name stands in the petition alone."""
    visit = Gathering.objects.select_for_update().get(pk=visit.pk)
    if visit.profile != VISIT or visit.state not in TAKEN_PLACE:
        raise CannotReceive(_("巡察辦理以後，才能登錄受理的陳情。"))
    if not matter.strip():
        raise CannotReceive(_("請寫陳情事由。"))
    most = Petitioner.objects.filter(visit=visit).aggregate(most=Max("n"))["most"] or 0
    made = Petitioner.objects.create(
        visit=visit, n=most + 1, matter=matter.strip()[:300], agency=agency, petition=_known(petition)
    )
    audit.record("control_yuan.received", made, by=by, at=at, new={"n": made.n, "petition": made.petition})
    return made


@act
def link(petitioner: Petitioner, *, petition: str, by: Account, at: datetime) -> Petitioner:
    """The matter has become a petition: its number from now on."""
    petitioner = Petitioner.objects.select_for_update().get(pk=petitioner.pk)
    if not petition.strip():
        raise CannotReceive(_("請填案件編號。"))
    old, petitioner.petition = petitioner.petition, _known(petition)
    petitioner.save(update_fields=["petition"])
    audit.record(
        "control_yuan.linked", petitioner, by=by, at=at, old={"petition": old}, new={"petition": petitioner.petition}
    )
    return petitioner
