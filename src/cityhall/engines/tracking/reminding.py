"""Reminders: one letter a day to an agency's 研考窗口 with everything that is due soon or late, on working days."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime

from django.conf import settings
from django.urls import reverse

from cityhall.engines.deadlines import queries as clocks
from cityhall.engines.directory import queries as directory
from cityhall.engines.directory.models import Agency
from cityhall.engines.directory.states import Role
from cityhall.engines.letters import services as letters
from cityhall.engines.letters.services import Recipient
from cityhall.engines.letters.states import Channel
from cityhall.engines.rules.queries import parameter
from cityhall.foundation.clock import day_of
from cityhall.foundation.unit import act

from . import queries
from .models import Reply

MOST_NAMED = 30
"""So many are named in a letter; of the rest it says how many there are."""


@act
def remind(at: datetime) -> int:
    """Write the letters of a day; a second run writes none. Answers how many agencies were told."""
    today = day_of(at)
    if not clocks.calendar().is_working(today):
        return 0
    of_agency: dict[Agency, list[Reply]] = defaultdict(list)
    for row in queries.owed(today, parameter("tracking.remind_days", on=today).value):
        of_agency[row.duty.agency].append(row)
    for agency, rows in of_agency.items():
        _tell(agency, rows, at=at)
    return len(of_agency)


def _tell(agency: Agency, rows: list[Reply], *, at: datetime) -> None:
    today = day_of(at)
    late = sum(row.due_on < today for row in rows)
    lines = [
        {"number": row.item.number, "title": row.item.title, "until": row.due_on, "late": row.due_on < today}
        for row in rows[:MOST_NAMED]
    ]
    there, _unit = directory.carried_on(agency, None, on=today)
    for person in directory.who_holds(Role.COORDINATOR, there, on=today):
        address = person.email or (person.account.email if person.account else "") or ""
        to = Recipient(email=address, name=person.name, language="zh-hant", account_id=person.account_id)
        if letters.can_reach(to, Channel.EMAIL):
            letters.send(
                "tracking.reminder", to=to, about=agency, key=f"tracking:{agency.pk}:{person.pk}:{today.isoformat()}",
                channel=Channel.EMAIL, at=at,
                context={
                    "agency": agency.short_name, "many": len(rows), "late": late, "lines": lines,
                    "more": len(rows) - len(lines), "url": f"{settings.SITE_URL}{reverse('worklist:list')}",
                },
            )  # fmt: skip
