"""保存期限: who came as a guest is forgotten when the days are over; that somebody came, and how many, stays."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Q

from cityhall.engines.audit import services as audit
from cityhall.engines.letters import services as letters
from cityhall.engines.letters.models import Letter
from cityhall.engines.rules.queries import parameter
from cityhall.foundation.clock import day_of, start_of_day
from cityhall.foundation.unit import act

from .models import Gathering, Participant
from .states import Part

NOBODY = "—"
"""What stands for a guest whose name has gone."""


@act
def forget_guests(at: datetime, *, most: int = 500) -> int:
    """Remove the names and addresses of guests of old gatherings, and to whom their letters went. How many guests.

    Officers and chairs stay: they came in office, and who sat in whose place is counted.
    """
    today = day_of(at)
    before = start_of_day(today - timedelta(days=int(parameter("gatherings.guest_days", on=today).value)))
    guests = Participant.objects.filter(agency=None, person=None, gathering__ends_at__lt=before).exclude(
        part=Part.CHAIR
    )
    named = guests.filter(~Q(name=NOBODY) | ~Q(email="") | ~Q(deputy="") | ~Q(reason=""))
    found = list(named.select_for_update(of=("self",)).order_by("pk")[:most])
    if not found:
        return 0
    for row in found:
        row.name, row.email, row.deputy, row.reason = NOBODY, "", "", ""
    Participant.objects.bulk_update(found, ["name", "email", "deputy", "reason"])
    about = {str(row.gathering_id) for row in found}
    told = Letter.objects.filter(about_type=Gathering._meta.label_lower, about_id__in=about, account_id=None)
    for letter in told.filter(forgotten_at=None):
        letters.forget(letter, at=at)
    audit.record("gathering.guests_forgotten", None, by=None, at=at, new={"rows": len(found)})
    return len(found)
