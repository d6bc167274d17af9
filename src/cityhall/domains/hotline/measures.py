"""What is measured of a queue's calls, by three definitions of the service level (research note 01 §4).

Seconds are counted "within" when they are at most the limit, as the exchange itself counts them. One log gives numbers
far apart by definition: which one is meant is always printed beside the number.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from cityhall.foundation.values import rounded

from .queue_log import Assembler, End, NotALine, QueueCall, columns_of, decoded, parse

WITHIN, SHORT = 20, 5
"""Seconds: those of the rulebook until a city sets others."""
ANSWERED = (End.ANSWERED, End.TRANSFERRED)


@dataclass
class Tally:
    """What is counted of calls that have ended."""

    offered: int = 0
    answered: int = 0
    within: int = 0
    abandoned: int = 0
    abandoned_within: int = 0
    short: int = 0  # abandoned sooner than anybody could answer
    waited: int = 0  # seconds, of those answered
    talked: int = 0

    def add(self, call: QueueCall, *, limit: int = WITHIN, short: int = SHORT) -> None:
        """Count one call."""
        self.offered += 1
        wait = call.wait or 0
        if call.end in ANSWERED:
            self.answered += 1
            self.within += wait <= limit
            self.waited += wait
            self.talked += call.talk or 0
        elif call.end is End.ABANDONED:
            self.abandoned += 1
            self.abandoned_within += wait <= limit
            self.short += wait < short

    @property
    def service_level(self) -> Decimal | None:
        """Answered in time of all answered: what exchanges show first."""
        return percent(self.within, self.answered)

    @property
    def service_level_2(self) -> Decimal | None:
        """Answered or given up in time, of all answered or given up."""
        return percent(self.within + self.abandoned_within, self.answered + self.abandoned)

    @property
    def city_service_level(self) -> Decimal | None:
        """Answered in time of all who asked: the city's."""
        return percent(self.within, self.offered)

    @property
    def city_service_level_without_short(self) -> Decimal | None:
        """The same without those who hung up at once."""
        return percent(self.within, self.offered - self.short)

    @property
    def abandon_rate(self) -> Decimal | None:
        """Given up, of all who asked."""
        return percent(self.abandoned, self.offered)

    @property
    def abandon_rate_without_short(self) -> Decimal | None:
        """The same without those who hung up at once."""
        return percent(self.abandoned - self.short, self.offered - self.short)

    @property
    def mean_answer_s(self) -> Decimal | None:
        """Seconds until an answer."""
        return mean(self.waited, self.answered)

    @property
    def mean_talk_s(self) -> Decimal | None:
        """Seconds of talk."""
        return mean(self.talked, self.answered)


MEASURES = (
    "offered", "answered", "within", "service_level", "service_level_2", "city_service_level",
    "city_service_level_without_short", "abandon_rate", "abandon_rate_without_short", "mean_answer_s", "mean_talk_s",
)  # fmt: skip


def percent(part: int, whole: int) -> Decimal | None:
    """A share in percent; None of nothing."""
    return Decimal(100) * part / whole if whole else None


def mean(total: int, of: int) -> Decimal | None:
    """A mean; None of nothing."""
    return Decimal(total) / of if of else None


def printed(tally: Tally) -> dict[str, int | float | None]:
    """All measures, shares and seconds to two digits."""
    values = {name: getattr(tally, name) for name in MEASURES}
    return {name: float(rounded(value, 2)) if isinstance(value, Decimal) else value for name, value in values.items()}


def measured(lines: Iterable[bytes], *, limit: int = WITHIN, short: int = SHORT) -> Tally:
    """The measures of a whole log. Calls that it leaves open are not counted, nor is what is no event."""
    tally, assembler, columns, first = Tally(), Assembler(), None, True
    for raw in lines:
        text = decoded(raw)
        if first:
            columns, first = columns_of(text), False
            if columns:
                continue
        try:
            ended = assembler.feed(parse(text, columns))
        except NotALine:
            continue
        if isinstance(ended, QueueCall):
            tally.add(ended, limit=limit, short=short)
    return tally
