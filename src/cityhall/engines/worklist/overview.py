"""What is late in the whole city, of every kind: by agency, by age, week by week. Its number of questions does not grow."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from django.db.models import Count, F, Q

from cityhall.engines.directory.models import Agency

from . import registry
from .models import Todo, TodoQuerySet, folded
from .rules import AGES, Watch, age_edges, weeks_back

SOON = timedelta(days=7)


def late(at: datetime) -> TodoQuerySet:
    """Everything that waits beyond its limit, the longest first."""
    return Todo.objects.open().filter(due_at__lt=at).by_due()


def watched(todos: TodoQuerySet, asked: Watch, at: datetime) -> TodoQuerySet:
    """The part that was asked for."""
    if asked.agency:
        todos = todos.filter(agency__code=asked.agency)
    if asked.kind:
        todos = todos.filter(kind=asked.kind)
    if asked.urgent:
        todos = todos.filter(urgent=True)
    if asked.age:
        todos = todos.filter(_between(*age_edges(at)[asked.age]))
    for word in folded(asked.text).split():
        todos = todos.filter(words__contains=word)
    return todos


def _between(since: datetime | None, until: datetime) -> Q:
    return Q(due_at__lte=until) & (Q(due_at__gt=since) if since else Q())


@dataclass(frozen=True)
class Cell:
    """How much of one kind is late at one agency: by age, and how much of it is urgent."""

    agency: int
    kind: str
    ages: Mapping[str, int]
    urgent: int

    @property
    def number(self) -> int:
        """All ages."""
        return sum(self.ages.values())


def cells(todos: TodoQuerySet, at: datetime) -> list[Cell]:
    """What is late by agency and kind, in one question."""
    counts: dict[str, Any] = {key: Count("pk", filter=_between(*edges)) for key, edges in age_edges(at).items()}
    rows: Any = (
        todos.order_by().values("agency_id", "kind").annotate(**counts, hurry=Count("pk", filter=Q(urgent=True)))
    )
    return [
        Cell(row["agency_id"], row["kind"], {key: row[key] for key, _from, _before in AGES}, row["hurry"])
        for row in rows
    ]


@dataclass(frozen=True)
class Line:
    """One agency's row of the table: what is late of each kind, and together."""

    agency: Agency
    numbers: Sequence[tuple[str, int]]
    total: int


class Overview:
    """What stands on the page; each part is asked for once, when it is shown."""

    def __init__(self, asked: Watch, at: datetime) -> None:
        self.asked, self.at = asked, at

    @cached_property
    def cells(self) -> list[Cell]:
        """All that is late, whatever is asked for."""
        return cells(late(self.at), self.at)

    @cached_property
    def agencies(self) -> dict[int, Agency]:
        """Those with something late."""
        return Agency.objects.in_bulk({cell.agency for cell in self.cells})

    @property
    def total(self) -> int:
        """How much is late."""
        return sum(cell.number for cell in self.cells)

    @property
    def urgent(self) -> int:
        """How much of it is urgent."""
        return sum(cell.urgent for cell in self.cells)

    @cached_property
    def ages(self) -> dict[str, int]:
        """How much is late for how long."""
        return {key: sum(cell.ages[key] for cell in self.cells) for key, _from, _before in AGES}

    @cached_property
    def kinds(self) -> list[tuple[str, Any, int]]:
        """Kinds of which something is late, the most first."""
        counts: Counter[str] = Counter()
        for cell in self.cells:
            counts[cell.kind] += cell.number
        return [(code, registry.kind_of(code).label, number) for code, number in counts.most_common()]

    @cached_property
    def lines(self) -> list[Line]:
        """The table agency by kind, whoever has most first."""
        of_agency: dict[int, Counter[str]] = {}
        for cell in self.cells:
            of_agency.setdefault(cell.agency, Counter())[cell.kind] += cell.number
        lines = [
            Line(
                self.agencies[agency],
                [(code, counts[code]) for code, _label, _n in self.kinds],
                sum(counts.values()),
            )
            for agency, counts in of_agency.items()
        ]
        return sorted(lines, key=lambda line: (-line.total, line.agency.order, line.agency.code))

    @cached_property
    def number(self) -> int:
        """How many rows the list has, told from what is counted already; -1 where words are searched."""
        if self.asked.text:
            return -1
        found = 0
        for cell in self.cells:
            if self.asked.agency not in ("", self.agencies[cell.agency].code) or self.asked.kind not in ("", cell.kind):
                continue
            if self.asked.urgent:
                return -1
            found += cell.ages[self.asked.age] if self.asked.age else cell.number
        return found

    @property
    def rows(self) -> TodoQuerySet:
        """The list, the longest late first."""
        return watched(late(self.at), self.asked, self.at)

    @cached_property
    def soon(self) -> int:
        """How much is due within a week."""
        return Todo.objects.open().filter(due_at__gte=self.at, due_at__lt=self.at + SOON).count()

    @cached_property
    def weeks(self) -> list[tuple[datetime, int]]:
        """How much was late at the end of each of the last weeks, by limits as they are now: two questions."""
        ends = weeks_back(self.at)
        still = Todo.objects.open().filter(due_at__lt=self.at)
        done = Todo.objects.filter(closed_at__gt=F("due_at")).filter(closed_at__gt=ends[0])
        open_now = still.aggregate(**{f"w{n}": Count("pk", filter=Q(due_at__lt=end)) for n, end in enumerate(ends)})
        was_open = done.aggregate(
            **{f"w{n}": Count("pk", filter=Q(due_at__lt=end, closed_at__gt=end)) for n, end in enumerate(ends)}
        )
        return [(end, open_now[f"w{n}"] + was_open[f"w{n}"]) for n, end in enumerate(ends)]
