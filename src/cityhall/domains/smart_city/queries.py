"""Questions about the programme: its sub-projects, their indicators as of a day, and what each facet has come to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from django.db.models import Min
from django.db.models.fields.json import KT

from cityhall.domains.projects.public import Position, ProjectQuerySet
from cityhall.engines.rules.queries import parameter
from cityhall.foundation.period import Period

from . import rules
from .models import Indicator, IndicatorValue, SubProject
from .rules import Goal, Year
from .states import Facet, ValueKind


def years(on: date) -> range:
    """The years of the programme, by the rulebook of a day."""
    first, last = (int(parameter(f"smart_city.{name}_year", on=on).value) for name in ("first", "last"))
    return range(first, last + 1)


def subprojects(period: Period) -> ProjectQuerySet:
    """Sub-projects under control on some day of the period."""
    rows: ProjectQuerySet = SubProject.objects.all()
    return rows.listed_within(period.first_day, period.state_day or date.max)


def facets(period: Period) -> ProjectQuerySet:
    """One sub-project for each facet that has any: the first of each."""
    found = subprojects(period).order_by().values(choice=KT("facets__facet")).annotate(first=Min("pk"))
    rows: ProjectQuerySet = SubProject.objects.filter(pk__in=[one["first"] for one in found if one["choice"]])
    return rows


# ---- indicators ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Measured:
    """An indicator with its years as they were known on a day."""

    indicator: Indicator
    years: Sequence[Year]

    def due(self, year: int) -> Year | None:
        """What it is judged by in a year."""
        return rules.due(self.years, year)


def measured(projects: Iterable[int], span: range, day: date) -> dict[int, list[Measured]]:
    """The indicators of sub-projects by their keys, by two statements for all."""
    indicators = list(Indicator.objects.filter(project__in=list(projects)).order_by("project", "n"))
    values: dict[tuple[int, int, str], Decimal] = {}
    rows = IndicatorValue.objects.as_of(day).filter(indicator__in=[one.pk for one in indicators])
    for indicator, year, kind, value in rows.values_list("indicator", "year", "kind", "value"):
        values[indicator, year, kind] = value
    found: dict[int, list[Measured]] = {}
    for one in indicators:
        line = [
            Year(
                year, values.get((one.pk, year, ValueKind.PLANNED)), values.get((one.pk, year, ValueKind.REACHED)), one.lower
            )
            for year in span
        ]  # fmt: skip
        found.setdefault(one.project_id, []).append(Measured(one, line))
    return found


# ---- the programme by facet ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Line:
    """A sub-project on a day: where it stands, and its indicators as of the year."""

    position: Position
    project: SubProject
    due: Sequence[Year] = ()

    @property
    def met(self) -> int:
        """How many indicators are where they should be."""
        return sum(one.goal == Goal.MET for one in self.due)


@dataclass
class FacetLines:
    """A facet with its sub-projects."""

    facet: Facet
    lines: list[Line] = field(default_factory=list)

    @property
    def planned(self) -> Decimal | None:
        """The mean of the planned per cent."""
        return _mean([one.position.planned for one in self.lines])

    @property
    def actual(self) -> Decimal | None:
        """The mean of the reported per cent."""
        return _mean([one.position.actual for one in self.lines])

    @property
    def met(self) -> int:
        """Indicators that are where they should be."""
        return sum(one.met for one in self.lines)

    @property
    def due(self) -> int:
        """Indicators that have a planned value by now."""
        return sum(len(one.due) for one in self.lines)


def _mean(values: Sequence[Decimal | None]) -> Decimal | None:
    there = [value for value in values if value is not None]
    return (sum(there, Decimal(0)) / len(there)).quantize(Decimal("0.1")) if there else None


def by_facet(
    positions: Iterable[Position], projects: Mapping[int, SubProject], found: Mapping[int, list[Measured]], year: int
) -> list[FacetLines]:
    """The programme: each facet with its sub-projects, in the order of their numbers."""
    sides = {one: FacetLines(one) for one in Facet}
    for position in sorted(positions, key=lambda one: one.project.number):
        project = projects[position.project.pk]
        due = [line for one in found.get(project.pk, []) if (line := one.due(year)) is not None]
        if project.facet in Facet.values:
            sides[Facet(project.facet)].lines.append(Line(position, project, due))
    return list(sides.values())
