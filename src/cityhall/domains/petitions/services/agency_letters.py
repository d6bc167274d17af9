"""Letters to those who work on petitions: the agency's 研考窗口 about a sheet, the officer and chiefs about a promise."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from cityhall.engines.directory import queries as directory
from cityhall.engines.directory.models import Person
from cityhall.engines.directory.states import Role
from cityhall.engines.letters import services as letters
from cityhall.engines.letters.services import Recipient
from cityhall.foundation.clock import day_of

from ..models import FollowUp, Petition, QualitySheet, YearReturn
from .letters import page


def _write(
    template: str, petition: Petition | None, people: Iterable[Person], *, key: str, at: datetime, **context: Any
) -> None:
    """One letter to each who has an address; a second with the same key is the first."""
    known = {"number": petition.case.number or "", "title": petition.case.title} if petition else {}
    for person in people:
        address = person.email or (person.account.email if person.account else "") or ""
        if address:
            letters.send(
                f"petitions.{template}",
                to=Recipient(email=address, name=person.name, language="zh-hant", account_id=person.account_id),
                context={**known, **context},
                about=petition.case if petition else None,
                key=f"{key}:{person.pk}",
                channel="email",
                at=at,
            )


def sheet(sheet: QualitySheet, template: str, *, at: datetime, **context: Any) -> None:
    """To the 研考窗口 of the agency: what was found, or decided, and where the whole sheet is."""
    people = directory.holders(Role.COORDINATOR, agency=sheet.agency, on=day_of(at)).select_related("account")
    _write(
        template, sheet.petition, people, key=f"sheet:{sheet.pk}:{template}:{at.isoformat()}", at=at,
        sheet=sheet.number, points=sheet.points, until=sheet.contest_until,
        url=page("petitions:quality_sheet", sheet.reference), **context,
    )  # fmt: skip


def year_return(row: YearReturn, *, late: bool, at: datetime) -> None:
    """To the 研考窗口, when it is late to the head as well: the year's numbers, what is asked, and by when."""
    roles = (Role.COORDINATOR, Role.AGENCY_HEAD) if late else (Role.COORDINATOR,)
    people = [
        person
        for role in roles
        for person in directory.holders(role, agency=row.agency, on=day_of(at)).select_related("account")
    ]
    _write(
        "year_return", None, people, key=f"year_return:{row.pk}:{row.times_chased}", at=at, year=row.year,
        agency=row.agency.label, due_on=row.due_on, late=late, url=page("petitions:year_return", row.pk),
    )  # fmt: skip


def promise(row: FollowUp, people: Iterable[Person], *, late: bool, at: datetime) -> None:
    """To whoever has to keep it: the promised day comes, or has passed."""
    _write(
        "promise_due", row.petition, people, key=f"promise:{row.pk}:{row.promised_on}:{'late' if late else 'soon'}",
        at=at, late=late, promised_on=row.promised_on, url=page("petitions:record", row.petition.case.reference),
    )  # fmt: skip
