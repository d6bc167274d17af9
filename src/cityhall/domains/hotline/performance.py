"""Questions about how well calls are answered: who calls again, what was solved at once, who was there. Their number
never grows with the calls.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db.models import Count, Exists, OuterRef, Q

from cityhall.engines.rules.queries import parameter
from cityhall.foundation.clock import end_of_day, start_of_day
from cityhall.foundation.period import Period

from . import parameters
from .measures import percent
from .models import Call, CallQuerySet, StaffEvent
from .presence import LONGEST, Mark, Presence, spans, summed
from .states import REACHED, Outcome


@dataclass(frozen=True)
class Part:
    """So many of so many."""

    part: int
    of: int

    @property
    def percent(self) -> Decimal | None:
        """None of nothing."""
        return percent(self.part, self.of)


@dataclass(frozen=True)
class Performance:
    """What the statistics page sets beside the service levels."""

    repeated: Part
    resolved: Part
    transferred: Part
    talked: int
    presence: Presence
    days: int

    @property
    def occupancy(self) -> Decimal | None:
        """Talk, of the time in which agents were there and not paused."""
        return percent(self.talked, self.presence.available)

    @property
    def talked_hours(self) -> float:
        """Hours of talk."""
        return self.talked / 3600

    @property
    def there_hours(self) -> float:
        """Hours logged in."""
        return self.presence.there / 3600

    @property
    def paused_hours(self) -> float:
        """Of these, hours paused."""
        return self.presence.paused / 3600

    @property
    def agents_by_half_hour(self) -> list[float]:
        """How many agents were available on an average day, by its half hours."""
        return [seconds / 1800 / self.days for seconds in self.presence.by_half_hour] if self.days else []


def of_period(asked: CallQuerySet, period: Period, *, talked: int, now: datetime) -> Performance:
    """All of it for the calls of a period that asked for an operator."""
    day = period.state_day or parameters.SINCE
    hours, days = parameter("hotline.repeat_hours", day).value, parameter("hotline.resolved_days", day).value
    known = asked.exclude(caller_key="")
    same = Call.objects.filter(caller_key=OuterRef("caller_key"), again=False).exclude(outcome=Outcome.MENU)
    before = same.filter(
        entered_at__lt=OuterRef("entered_at"), entered_at__gte=OuterRef("entered_at") - timedelta(hours=hours)
    )
    after = same.filter(
        entered_at__gt=OuterRef("entered_at"), entered_at__lte=OuterRef("entered_at") + timedelta(days=days)
    )
    answered = Q(outcome__in=REACHED)
    old = known.filter(answered, entered_at__lte=now - timedelta(days=days))
    moved = asked.aggregate(of=Count("pk", filter=answered), part=Count("pk", filter=Q(outcome=Outcome.TRANSFERRED)))
    seen = presence_of(period, now=now)
    return Performance(
        Part(known.filter(Exists(before)).count(), known.count()),
        Part(old.filter(~Exists(after), outcome=Outcome.ANSWERED).count(), old.count()),
        Part(moved["part"], moved["of"]), talked, seen[0], seen[1],
    )  # fmt: skip


def presence_of(period: Period, *, now: datetime) -> tuple[Presence, int]:
    """Who was there in a period, and on how many of its days anybody was."""
    if period.first_day is None or period.last_day is None:
        return Presence(), 0
    first, end = start_of_day(period.first_day), min(end_of_day(period.last_day), now)
    marks = list(_marks(first - timedelta(seconds=LONGEST), end))
    total = summed(
        spans(marks, int(end.timestamp())), int(first.timestamp()), int(end.timestamp()),
        midnight=int(first.timestamp()),
    )  # fmt: skip
    days: set[date] = set()
    beginning = int(first.timestamp())
    for one in marks:
        if one.at >= beginning:
            days.add(period.first_day + timedelta(days=(one.at - beginning) // 86400))
    return total, len(days)


def _marks(first: datetime, end: datetime) -> Iterator[Mark]:
    rows = StaffEvent.objects.filter(at__gte=first, at__lte=end).order_by("at", "pk")
    for at, agent, what, queue in rows.values_list("at", "agent__code", "what", "queue").iterator(5000):
        yield Mark(int(at.timestamp()), agent, what, queue)
