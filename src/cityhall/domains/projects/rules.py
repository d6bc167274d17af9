"""Which projects can be listed, and how a portfolio is counted: A = B + C + D + E. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from cityhall.engines.milestones.rules import BEHIND, Milestone, Standing, dense_ranks, end_of, months_later
from cityhall.foundation.sentence import sentence
from cityhall.foundation.values import rounded


@dataclass(frozen=True)
class Limits:
    """From which total budget on a project can be listed."""

    works: int
    other: int


@sentence("1.1.1", "非工程類計畫達 1,000 萬元以上之案件")
def reaches(total_budget: int, *, works: bool, limits: Limits) -> bool:
    """Whether a project is large enough: works and others each by its own threshold, which itself is enough."""
    return total_budget >= (limits.works if works else limits.other)


def withdrawable(today: date, plan_ends: date, months: int) -> bool:
    """Whether a withdrawal is asked in time: so many calendar months before the plan ends."""
    return months_later(today, months) <= plan_ends


# ---- places ----------------------------------------------------------------------------------------------------------

Point = tuple[float, float]
"""Longitude and latitude."""
TAIWAN = (118.0, 20.0, 124.0, 27.0)
"""West, south, east, north of what a point can be."""


def point_of(words: Sequence[str]) -> Point | None:
    """Longitude and latitude in either order, as people copy them from maps; None where they cannot be a place here."""
    try:
        first, second = (float(one) for one in words)
    except ValueError:
        return None
    west, south, east, north = TAIWAN
    for lon, lat in ((first, second), (second, first)):
        if west <= lon <= east and south <= lat <= north:
            return lon, lat
    return None


def middle_of(points: Sequence[Point]) -> Point:
    """The point that stands for a line: the one in its middle."""
    return points[len(points) // 2]


# ---- the table of a portfolio ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Row:
    """One project in the table: whose it is, and where it stands."""

    agency: str
    standing: Standing


@dataclass(frozen=True)
class Line:
    """An agency: A listed = B closed + C on time or ahead + D behind + E withdrawn, and D by where it is behind."""

    agency: str
    closed: int = 0
    on_time: int = 0
    d1: int = 0
    d2: int = 0
    d3: int = 0
    withdrawn: int = 0
    rank_count: int | None = None
    rank_share: int | None = None

    @property
    def behind(self) -> int:
        """D."""
        return self.d1 + self.d2 + self.d3

    @property
    def listed(self) -> int:
        """A."""
        return self.closed + self.on_time + self.behind + self.withdrawn

    def share(self, part: int) -> Decimal | None:
        """A part of A in per cent, to one decimal; None of nothing."""
        return rounded(Decimal(part * 100) / self.listed, 1) if self.listed else None

    @property
    def rank_sum(self) -> int | None:
        """F1 and F2 added."""
        return None if self.rank_count is None or self.rank_share is None else self.rank_count + self.rank_share

    @property
    def shares(self) -> tuple[Decimal | None, ...]:
        """B, C, D and E of A."""
        return tuple(self.share(one) for one in (self.closed, self.on_time, self.behind, self.withdrawn))


def counted(rows: Iterable[Row]) -> list[Line]:
    """A line for each agency, with dense ranks by D (F1) and by D of A (F2), the worst first.

    Bureaus and district offices are counted apart: whoever calls gives those of one kind.
    """
    many: dict[str, dict[Standing, int]] = {}
    for row in rows:
        of = many.setdefault(row.agency, {})
        of[row.standing] = of.get(row.standing, 0) + 1
    lines = {agency: _line(agency, of) for agency, of in many.items()}
    by_count = dense_ranks({agency: one.behind for agency, one in lines.items()})
    by_share = dense_ranks({agency: Decimal(one.behind) / one.listed for agency, one in lines.items()})
    ranked = [_line(agency, many[agency], by_count[agency], by_share[agency]) for agency in lines]
    return sorted(ranked, key=lambda one: (one.rank_sum, -one.behind, one.agency))


def _line(agency: str, of: dict[Standing, int], count: int | None = None, share: int | None = None) -> Line:
    return Line(
        agency,
        of.get(Standing.CLOSED, 0),
        of.get(Standing.ON_TIME, 0),
        of.get(Standing.BEFORE, 0),
        of.get(Standing.WORKS, 0),
        of.get(Standing.AFTER, 0),
        of.get(Standing.WITHDRAWN, 0),
        count,
        share,
    )


def total(lines: Sequence[Line], label: str = "") -> Line:
    """All lines in one; a total has no rank."""
    names = ("closed", "on_time", "d1", "d2", "d3", "withdrawn")
    return Line(label, *(sum(getattr(one, name) for one in lines) for name in names))


def is_behind(standing: Standing) -> bool:
    """Whether a project counts as D."""
    return standing in BEHIND


# ---- year-end evaluation ---------------------------------------------------------------------------------------------


@sentence("1.1.1", "於每年度終了 3 個月內")
def year_end_due(year: int, months: int) -> date:
    """The last day for a year's results: the end of the month so many months after the year."""
    return end_of(months_later(date(year, 12, 1), months))


@dataclass(frozen=True)
class StoodMonth:
    """A month that was due, as it stood when it was locked; without a report nothing was there by then."""

    month: date
    planned: Decimal
    actual: Decimal | None


def months_on_plan(months: Sequence[StoodMonth]) -> tuple[int, int]:
    """In how many of the months progress was as planned or ahead; one without a report was not."""
    return sum(one.actual is not None and one.actual >= one.planned for one in months), len(months)


def months_reported(months: Sequence[StoodMonth]) -> tuple[int, int]:
    """How many of the months were reported before they were locked."""
    return sum(one.actual is not None for one in months), len(months)


def checkpoints_on_time(milestones: Sequence[Milestone]) -> tuple[int, int]:
    """How many checkpoints were reached by their day; the day itself is in time, one that was never reached is not."""
    return sum(one.met_on is not None and one.met_on <= one.planned_on for one in milestones), len(milestones)


def share(part: int, whole: int) -> Decimal | None:
    """A part in per cent, to two decimals; None of nothing."""
    return rounded(Decimal(part * 100) / whole, 2) if whole else None
