"""Every question to counted use as an Ibis expression: the same for DuckDB, Spark, ClickHouse and Trino.

Days are the local ones that the events were stored with; nothing here cuts a day or a month out of an instant, because
engines do that in zones of their own. The module needs Ibis alone, so that another engine's environment can use it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

DIMENSIONS = ("day", "month", "hour", "source", "who", "act", "subject_kind", "subject", "place", "mark", "batch")
"""By what uses can be told apart. A month is a number: 201608."""


class NoSuchDimension(LookupError):
    """Uses cannot be told apart by this."""


@dataclass(frozen=True)
class Asked:
    """Which uses are asked about; what is empty is no condition. Robots and the like are left out unless asked for."""

    first: date | None = None
    last: date | None = None
    sources: Sequence[str] = ()
    acts: Sequence[str] = ()
    subject_kinds: Sequence[str] = ()
    subjects: Sequence[str] = ()
    places: Sequence[str] = ()
    who: Sequence[str] = ()
    marks: Sequence[str] = ("",)


def chosen(events: Any, asked: Asked) -> Any:
    """The events that are asked about."""
    conditions = []
    if asked.first is not None:
        conditions.append(events.day >= asked.first)
    if asked.last is not None:
        conditions.append(events.day <= asked.last)
    for column, values in (
        ("source", asked.sources), ("act", asked.acts), ("subject_kind", asked.subject_kinds), ("subject", asked.subjects),
        ("place", asked.places), ("who", asked.who), ("mark", asked.marks),
    ):  # fmt: skip
        if len(values) == 1:
            conditions.append(events[column] == values[0])
        elif values:
            conditions.append(events[column].isin(list(values)))
    return events.filter(conditions) if conditions else events


def _columns(dimensions: Sequence[str]) -> list[str]:
    """The columns that tell values of the dimensions apart; a month is told by its days."""
    if unknown := [name for name in dimensions if name not in DIMENSIONS]:
        raise NoSuchDimension(unknown[0])
    return list(dict.fromkeys("day" if name == "month" else name for name in dimensions))


def _key(events: Any, name: str) -> Any:
    if name == "month":
        return (events.day.year() * 100 + events.day.month()).cast("int32").name("month")
    return events[name]


def _counted(events: Any, dimensions: Sequence[str]) -> Any:
    """Uses for each value of the dimensions. Months are added up from days: to find one for each event takes longer."""
    found = events.group_by(_columns(dimensions)).aggregate(events.n.sum().name("n"))
    return found.group_by([_key(found, name) for name in dimensions]).aggregate(_uses(found))


def _uses(events: Any) -> Any:
    return events.n.sum().fill_null(0).cast("int64").name("uses")


def total(events: Any, asked: Asked) -> Any:
    """How many uses, as a table of one row: `uses`, and `rows` for the events."""
    found = chosen(events, asked)
    return found.aggregate([_uses(found), found.count().cast("int64").name("rows")])


def by(events: Any, asked: Asked, *dimensions: str) -> Any:
    """How many uses for each value of the dimensions, in their order."""
    return _counted(chosen(events, asked), dimensions).order_by(list(dimensions))


def top(events: Any, asked: Asked, dimension: str, most: int) -> Any:
    """The values with most uses; of equals the first by name."""
    counted = _counted(chosen(events, asked), [dimension])
    return counted.order_by([counted.uses.desc(), dimension]).limit(most)


def unique(events: Any, asked: Asked, *dimensions: str, of: str = "subject") -> Any:
    """How many different subjects (or other things) were used, all together or for each value of the dimensions."""
    found = chosen(events, asked)
    different = found.select(_columns([*dimensions, of])).distinct()
    number = _key(different, of).nunique().cast("int64").name("different")
    if not dimensions:
        return different.aggregate(number)
    keys = [_key(different, name) for name in dimensions]
    return different.group_by(keys).aggregate(number).order_by(list(dimensions))
