"""The report's time: meetings of the smart-city programme until February 2017, and two visits of the Control Yuan."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from datetime import date, datetime

from cityhall.domains.control_yuan import services as control_yuan
from cityhall.engines.deadlines import queries as deadlines
from cityhall.engines.deadlines.rules import Calendar
from cityhall.engines.directory import queries as directory
from cityhall.engines.directory.models import Agency
from cityhall.engines.directory.states import Role
from cityhall.engines.gatherings.models import Gathering
from cityhall.foundation import unit
from cityhall.foundation.clock import at as instant
from cityhall.foundation.clock import day_of

from .gatherings import COMMITTEE, GROUP, GROUPS, Season, bilingual_meeting, regular_meeting, visit_of_members

BEGINS = date(2016, 1, 4)
ROUNDS = 10
BILINGUAL_DAYS = (date(2017, 1, 20), date(2017, 3, 20))
VISITS = ((date(2016, 12, 12), 2016, 4), (date(2017, 3, 21), 2016, 1))
"""The day, the year whose visit it is, and how many petitioners were received."""


class Year:
    """Acts in the order of their instants."""

    def __init__(self, start: datetime, end: datetime) -> None:
        self.start, self.end = start, end
        self._waiting: list[tuple[datetime, int, Callable[[datetime], None]]] = []
        self._count = 0

    @property
    def calendar(self) -> Calendar:
        """The city's."""
        return deadlines.calendar()

    def later(self, at: datetime, act: Callable[[datetime], None], /) -> None:
        """An act at an instant."""
        self._count += 1
        heapq.heappush(self._waiting, (at, self._count, act))

    def run(self) -> None:
        """Everything until the end."""
        while self._waiting and self._waiting[0][0] <= self.end:
            at, _n, do = heapq.heappop(self._waiting)
            do(at)


def live_year(now: datetime, share: float = 1.0, *, say: Callable[[str], None]) -> int:
    """Plan, hold and minute them, unless they are there. Says how many took place."""
    if Gathering.objects.of(COMMITTEE, GROUP, control_yuan.VISIT).exists():
        return 0
    with unit.bulk():
        year = Year(instant(BEGINS), now)
        office = directory.holders(Role.COMMISSION, on=BEGINS).select_related("account").first()
        assert office is not None
        season = Season(year, office, {one.code: one for one in Agency.objects.as_of(BEGINS)})
        for days in (90, 330)[: max(1, round(2 * share))]:
            regular_meeting(season, COMMITTEE, "智慧城市推動委員會", days, "", 3)
        for n in range(max(1, round(ROUNDS * share))):
            for k, group in enumerate(GROUPS):
                regular_meeting(season, GROUP, f"{group}分組工作會議", 30 + 38 * n + 4 * k, group, 1)
        for day in BILINGUAL_DAYS:
            bilingual_meeting(season, (day - BEGINS).days)
        for day, of, petitioners in VISITS:
            visit_of_members(season, instant(day, 10), year=of, petitioners=petitioners)
        year.run()
    held = Gathering.objects.held_within(None, day_of(now)).count()
    say(f"會議與巡察 {held} 場")
    return held
