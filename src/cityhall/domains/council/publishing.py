"""What anybody may know of council items: number, kind, matter, session, who asked, who leads, how it goes on.

Neither the words of a question nor those of a reply, which may speak of people. Names of fields are those of OParl 1.1
where they fit; the others begin with `cityhall:`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.urls import reverse

from cityhall.engines.tracking import queries as tracking

from . import queries
from .models import CouncilItem, CouncilSession

OPARL = "https://schema.oparl.org/1.1/"
BLOCK = 500


def items() -> QuerySet[CouncilItem]:
    """All of them, the newest first."""
    return queries.with_everything(CouncilItem.objects.all()).order_by("-tracked__listed_on", "-pk")


def shown(rows: list[CouncilItem]) -> list[dict[str, Any]]:
    """Items as papers, by a few questions for all."""
    duties = tracking.duties_of([one.tracked for one in rows])
    return [_paper(one, duties[one.tracked_id]) for one in rows]


def _paper(one: CouncilItem, duties: list[Any]) -> dict[str, Any]:
    item = one.tracked
    return {
        "id": _address("one_council_item", item.number),
        "type": f"{OPARL}Paper",
        "reference": item.number,
        "name": item.title,
        "paperType": one.kind,
        "date": one.raised_on,
        "created": item.listed_at,
        "cityhall:listedOn": item.listed_on,
        "cityhall:session": _address("one_council_session", str(one.session)) if one.session else None,
        "originatorPerson": [who.name for who in one.askers.all()],
        "underDirectionOf": [duty.agency.name for duty in duties if duty.part == "LEAD"],
        "cityhall:coAgencies": [duty.agency.name for duty in duties if duty.part == "CO"],
        "cityhall:district": one.district or None,
        "cityhall:stage": item.stage,
        "cityhall:verdict": item.decided or None,
        "cityhall:verdictOn": item.decided_on,
    }


def session_shown(one: CouncilSession, many: int) -> dict[str, Any]:
    """A session as a meeting, with how many items it has."""
    return {
        "id": _address("one_council_session", str(one)),
        "type": f"{OPARL}Meeting",
        "reference": str(one),
        "name": one.label,
        "start": one.starts_on,
        "end": one.ends_on,
        "cityhall:items": many,
    }


def _address(name: str, number: str) -> str:
    return f"{settings.SITE_URL}{reverse(f'api:{name}', args=[number])}"


COLUMNS = (
    "reference", "name", "paperType", "date", "listedOn", "session", "originatorPerson", "underDirectionOf", "coAgencies",
    "district", "stage", "verdict", "verdictOn",
)  # fmt: skip


def lines() -> Iterator[list[Any]]:
    """All items as rows of a table, by a few questions a block."""
    rows = items()
    for first in range(0, rows.count(), BLOCK):
        block = list(rows[first : first + BLOCK])
        for one, paper in zip(block, shown(block), strict=True):
            found = {key.removeprefix("cityhall:"): value for key, value in paper.items()}
            found["session"] = str(one.session) if one.session else ""
            yield ["、".join(value) if isinstance(value, list) else value for value in map(found.get, COLUMNS)]
