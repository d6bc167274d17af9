"""Questions about calls: what the list is narrowed by, and what is counted side by side. Their number never grows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Q, Sum
from django.db.models.functions import TruncMonth

from cityhall.engines.rules.queries import parameter

from . import parameters
from .measures import Tally
from .models import CallQuerySet
from .states import REACHED, Outcome

READ = "hotline.calls.read"
STATISTICS = "hotline.statistics"
EXPORT = "hotline.export"
ANNOUNCEMENTS = "hotline.announcements.read"
ANNOUNCE = "hotline.announcements.manage"
MENU_READ = "hotline.menu.read"
MENU = "hotline.menu.manage"
STAFFING = "hotline.staffing"
TOPIC = "hotline.topic"
ASK = "hotline.survey.ask"
ANSWERED = Q(outcome__in=REACHED)


@dataclass(frozen=True)
class Limits:
    """Seconds of the rulebook: in time up to, short below."""

    within: int
    short: int


def limits(day: date | None) -> Limits:
    """Those of a day."""
    on = day or parameters.SINCE
    return Limits(parameter("hotline.answer_seconds", on).value, parameter("hotline.short_seconds", on).value)


def tally(calls: CallQuerySet, limit: Limits) -> Tally:
    """All that is counted of calls that asked for an operator, by one question."""
    abandoned = Q(outcome=Outcome.ABANDONED)
    found = calls.aggregate(
        offered=Count("pk"),
        answered=Count("pk", filter=ANSWERED),
        within=Count("pk", filter=ANSWERED & Q(wait_s__lte=limit.within)),
        abandoned=Count("pk", filter=abandoned),
        abandoned_within=Count("pk", filter=abandoned & Q(wait_s__lte=limit.within)),
        short=Count("pk", filter=abandoned & Q(wait_s__lt=limit.short)),
        waited=Sum("wait_s", filter=ANSWERED),
        talked=Sum("talk_s", filter=ANSWERED),
    )
    return Tally(**{name: value or 0 for name, value in found.items()})


@dataclass(frozen=True)
class Slice:
    """A half hour of the day, counted from midnight: how many asked, how many were answered in time."""

    number: int
    offered: int
    within: int

    @property
    def share(self) -> float | None:
        """In time of those who asked, in percent."""
        return 100 * self.within / self.offered if self.offered else None


def by_half_hour(calls: CallQuerySet, limit: Limits) -> list[Slice]:
    """All 48 of the day, those without a call too."""
    rows = {
        row["half_hour"]: row
        for row in calls.order_by()
        .values("half_hour")
        .annotate(n=Count("pk"), within=Count("pk", filter=ANSWERED & Q(wait_s__lte=limit.within)))
    }
    nothing = {"n": 0, "within": 0}
    return [Slice(number, row["n"], row["within"]) for number in range(48) for row in [rows.get(number, nothing)]]


def by_month(calls: CallQuerySet) -> list[tuple[date, int]]:
    """The first days of the months that have calls, in their order, and how many."""
    months = calls.order_by().values_list(TruncMonth("entered_on")).annotate(n=Count("pk"))
    return sorted(months)


def by_topic(calls: CallQuerySet) -> dict[str, int]:
    """How many were about what; those without a topic under an empty name."""
    return dict(calls.order_by().values_list("topic").annotate(n=Count("pk")))
