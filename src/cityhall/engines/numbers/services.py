"""Taking numbers. A series is a domain's word for what it numbers; a period is known by its first day.

A number is taken in the transaction of its act: whoever takes the next one waits for it, and an act that is refused gives
its number back.
"""

from __future__ import annotations

from collections import Counter as Tally
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.db import connection
from django.db.models import Max, QuerySet

from cityhall.foundation.workshop import LeftAside

from .models import Counter

ALWAYS = date(1, 1, 1)
"""The period of a series that never begins anew."""


def year(number: int) -> date:
    """The period that is a year."""
    return date(number, 1, 1)


def next_number(series: str, period: date) -> int:
    """The next number of a series in a period, from 1 on."""
    return next_numbers(series, [period])[0]


def next_numbers(series: str, periods: Sequence[date]) -> list[int]:
    """The next numbers of many at once, in the order given: one statement for all of them.

    The counters are locked in the order of their periods, as everybody does who takes more than one.
    """
    wanted = sorted(Tally(periods).items())
    if not wanted:
        return []
    rows = ", ".join(["(%s, %s, %s)"] * len(wanted))  # places only; the values are parameters
    with connection.cursor() as cursor:
        cursor.execute(  # nosemgrep: statements
            f"INSERT INTO numbers_counter (series, period, last) VALUES {rows} "  # noqa: S608  # nosec B608
            "ON CONFLICT (series, period) DO UPDATE SET last = numbers_counter.last + excluded.last "
            "RETURNING period, last",
            [value for period, times in wanted for value in (series, period, times)],
        )
        last = {str(period): int(number) for period, number in cursor.fetchall()}
    _of_workshop.put((series, period, last[period.isoformat()]) for period, _times in wanted)
    following = {period: last[period.isoformat()] - times for period, times in wanted}
    numbers = []
    for period in periods:
        following[period] += 1
        numbers.append(following[period])
    return numbers


def number_after(series: str, rows: QuerySet[Any]) -> int:
    """One more than the highest `number` of these rows; whoever else wants one of the series waits until the act ends."""
    next_number(series, ALWAYS)  # for its lock: rows that were there before the counter have their numbers
    return int(rows.aggregate(most=Max("number"))["most"] or 0) + 1


def begin_after(series: str, given: Mapping[date, int]) -> None:
    """In a workshop: in these periods so many numbers are given elsewhere; the first one here comes behind them."""
    Counter.objects.bulk_create(Counter(series=series, period=period, last=last) for period, last in given.items())


def _count(given: list[tuple[str, date, int]]) -> None:
    """Numbers that a workshop gave are given: those after them come behind."""
    for (series, period), last in {(series, period): last for series, period, last in sorted(given)}.items():
        counter, new = Counter.objects.get_or_create(series=series, period=period, defaults={"last": last})
        if not new and counter.last < last:
            Counter.objects.filter(series=series, period=period).update(last=last)


_of_workshop = LeftAside(_count)
