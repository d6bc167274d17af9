"""Petition dispatch as a client of the spatial platform: what it asks is counted, and told by month as of any system.

A question leaves a line in the journal of counted use and costs no question to the database. The night adds the lines of the
day before up for the client's statement.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.utils.translation import gettext_noop

from cityhall.engines.identity.clients import Quota
from cityhall.engines.tracking.queries import commission
from cityhall.engines.usage import journal
from cityhall.engines.usage import queries as usage
from cityhall.engines.usage.queries import Asked
from cityhall.foundation.clock import day_of
from cityhall.foundation.unit import act

from .models import Client, Layer, Use
from .services import add_client
from .states import ClientKind, Operation
from .use import SOURCE

OWN = WHO = "petitions"
LAYER = "villages"
"""Dispatch asks in which village a place lies."""
NAME, PURPOSE = gettext_noop("陳情派案"), gettext_noop("依案件地點判斷行政區、村里與道路權管機關")
QUOTA = Quota(6_000, 2_000_000)
LOOKED_BACK = 7
"""Days that are added up again each night: a worker may have been down."""


def note(at: datetime) -> None:
    """Dispatch asked for a place."""
    journal.record(source=SOURCE.key, act="point", subject=LAYER, subject_kind="layer", who=WHO, at=at)


@act
def client(at: datetime) -> Client | None:
    """The client of the kind system that dispatch is; made when it is first counted. None before there is a commission."""
    found = Client.objects.filter(own=OWN).first()
    office = commission(day_of(at))
    if found is not None or office is None:
        return found
    made, _key = add_client(
        kind=ClientKind.SYSTEM, name=NAME, agency=office, contact=None, purpose=PURPOSE, starts_on=day_of(at), ends_on=None,
        quota=QUOTA, own=OWN, by=None, at=at,
    )  # fmt: skip
    return made


@act
def add_up(at: datetime) -> int:
    """The statement's days until yesterday, as the events say; the same again changes nothing. Says how many questions."""
    last = day_of(at) - timedelta(days=1)
    first = last - timedelta(days=LOOKED_BACK - 1)
    asked = Asked(first, last, sources=[SOURCE.key], subjects=[LAYER], who=[WHO])
    found: dict[date, int] = {row["day"]: int(row["uses"]) for row in usage.by(asked, "day").to_pylist()}
    layer = Layer.objects.filter(code=LAYER).first()
    one = client(at) if found and layer is not None else None
    if one is None or layer is None:
        return 0
    for day, calls in found.items():
        Use.objects.update_or_create(
            client=one, layer=layer, day=day, operation=Operation.POINT, defaults={"calls": calls}
        )
    return sum(found.values())
