"""How many agents a coming day needs: the calls foreseen by half hour, and what Erlang C makes of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Count, Q, Sum

from cityhall.engines.rules.queries import parameter

from . import erlang, forecast
from .forecast import HALVES, Error, Way
from .models import Call
from .states import REACHED

WEEKS_BACK = 26
TRIED_DAYS = 56
USUAL_TALK = 180
"""Seconds, where no call has been answered yet."""


@dataclass(frozen=True)
class Wanted:
    """What the rulebook asks of a day."""

    within_s: int
    target_percent: int
    shrinkage_percent: int
    after_call_s: int

    @classmethod
    def on(cls, day: date) -> Wanted:
        """The parameters of a day."""
        names = ("answer_seconds", "service_target", "shrinkage_percent", "after_call_seconds")
        return cls(*(parameter(f"hotline.{name}", day).value for name in names))


@dataclass(frozen=True)
class Half:
    """A half hour: what is foreseen, and who is needed."""

    number: int
    calls: float
    load: float
    agents: int
    rostered: int
    level: float | None

    @property
    def clock(self) -> str:
        """09:30."""
        return f"{self.number // 2:02}:{self.number % 2 * 30:02}"


@dataclass(frozen=True)
class Advice:
    """A day with its half hours, and how far the forecast can be trusted."""

    day: date
    halves: tuple[Half, ...]
    handling_s: float
    wanted: Wanted
    way: Way
    errors: dict[Way, Error]

    @property
    def calls(self) -> float:
        """All that is foreseen of the day."""
        return sum(one.calls for one in self.halves)

    @property
    def hours(self) -> float:
        """Hours on the roster."""
        return sum(one.rostered for one in self.halves) / 2

    @property
    def busiest(self) -> Half | None:
        """The half hour with the most agents; None of a day without a forecast."""
        return max(self.halves, key=lambda one: (one.agents, one.calls)) if self.halves else None


@dataclass(frozen=True)
class History:
    """What is known of the days before a day."""

    counts: dict[date, list[int]]
    handling_s: float

    @property
    def tried(self) -> list[date]:
        """The days on which the forecast is tried: the last ones that are known."""
        return sorted(self.counts)[-TRIED_DAYS:]


def history(today: date, *, after_call_s: int) -> History:
    """Calls that asked for an operator by day and half hour, today left out since it is not over: two questions.

    A day without a call between others had none; before the first one nothing is known.
    """
    first = today - timedelta(weeks=WEEKS_BACK)
    asked = Call.objects.filter(entered_on__gte=first, entered_on__lt=today, again=False).operator().order_by()
    counts: dict[date, list[int]] = {}
    for day, half, n in asked.values_list("entered_on", "half_hour").annotate(n=Count("pk")):
        counts.setdefault(day, [0] * HALVES)[half] = n
    if counts:
        day = min(counts)
        while day < max(counts):
            counts.setdefault(day, [0] * HALVES)
            day += timedelta(days=1)
    talk = asked.aggregate(talked=Sum("talk_s"), n=Count("pk", filter=Q(outcome__in=REACHED)))
    return History(counts, (talk["talked"] / talk["n"] if talk["n"] else USUAL_TALK) + after_call_s)


def advice(days: Sequence[date], *, today: date) -> list[Advice]:
    """For each of these days, by what is known today."""
    past = history(today, after_call_s=Wanted.on(today).after_call_s)
    use, errors = forecast.better(past.counts, past.tried)
    found = []
    for day in days:
        wanted = Wanted.on(day)
        guess = forecast.foreseen(day, past.counts, use, before=today) or []
        halves = tuple(_half(n, calls, past.handling_s, wanted) for n, calls in enumerate(guess))
        found.append(Advice(day, halves, past.handling_s, wanted, use, errors))
    return found


def _half(number: int, calls: float, handling_s: float, wanted: Wanted) -> Half:
    load = erlang.load_of(calls, handling_s)
    agents = erlang.agents_needed(calls, handling_s, within_s=wanted.within_s, target=wanted.target_percent / 100)
    level = 100 * erlang.service_level(agents, load, handling_s, wanted.within_s) if calls else None
    return Half(number, calls, load, agents, erlang.scheduled(agents, wanted.shrinkage_percent / 100), level)
