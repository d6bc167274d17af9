"""Rates of a year's subsidised projects, by number and by money, each with its denominator. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from cityhall.engines.milestones.rules import end_of, months_later
from cityhall.foundation.sentence import sentence
from cityhall.foundation.values import rounded


@dataclass(frozen=True)
class Stood:
    """A project as it stood on a day: in which group, its budget, what was carried out of it, what it had reached."""

    group: str
    budget: int
    executed: int = 0
    reached: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Rate:
    """A part of a whole."""

    part: int
    whole: int

    @property
    def share(self) -> Decimal | None:
        """In per cent, to two decimals; None of nothing."""
        return rounded(Decimal(self.part * 100) / self.whole, 2) if self.whole else None


@dataclass(frozen=True)
class Line:
    """The projects of a group together."""

    group: str
    projects: Sequence[Stood]

    @property
    def listed(self) -> int:
        """The denominator by number: all that were selected, whatever became of them."""
        return len(self.projects)

    @property
    def budget(self) -> int:
        """The denominator by money."""
        return sum(one.budget for one in self.projects)

    @property
    @sentence("1.1.2", "預算能於受補助年度內執行完畢")
    def execution(self) -> Rate:
        """Money carried out of the budget."""
        return Rate(sum(one.executed for one in self.projects), self.budget)

    def by_number(self, measure: str) -> Rate:
        """How many of the projects had reached it."""
        return Rate(sum(measure in one.reached for one in self.projects), self.listed)

    def by_money(self, measure: str) -> Rate:
        """How much of the budget belongs to projects that had reached it."""
        return Rate(sum(one.budget for one in self.projects if measure in one.reached), self.budget)


def grouped(projects: Iterable[Stood]) -> list[Line]:
    """A line for each group, the lowest execution first: those are looked at."""
    of: dict[str, list[Stood]] = {}
    for one in projects:
        of.setdefault(one.group, []).append(one)
    lines = [Line(group, rows) for group, rows in of.items()]
    return sorted(lines, key=lambda one: (one.execution.share or Decimal(0), one.group))


@sentence("1.1.2", "配合國家發展委員會列管時程")
def day_in(year: int, month_day: int) -> date:
    """A day of a year that is written as 315 for 15 March; the month's last day where it has no such day."""
    month, day = divmod(month_day, 100)
    return date(year, month, min(day, end_of(date(year, month, 1)).day))


def close_by(year: int, months: int) -> date:
    """The last day on which a year's projects are closed in time."""
    return end_of(months_later(date(year, 12, 1), months))
