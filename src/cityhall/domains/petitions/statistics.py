"""How petitions go: counted by agency, category, district, channel or month, each cell a condition on petitions.

A cell says what it counts and of how many; it opens the very petitions that it counts. Petitions belong to the month of
their 成案 and to the agency that has them now. The two stages are counted apart: a petition whose first answer came late
and whose final answer came in time is late in one column and in time in the other.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from math import ceil
from typing import Any, cast

from django.contrib.contenttypes.models import ContentType
from django.db.models import Count, DateField, Exists, F, Min, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce, TruncMonth
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from cityhall.engines.cases.models import Assignment, Case, Place, Rating, ReopenRequest, Reply
from cityhall.engines.cases.states import Channel, ReplyState
from cityhall.engines.deadlines.models import Clock, State
from cityhall.engines.directory.models import Agency
from cityhall.foundation.period import NotAPeriod, Period
from cityhall.web.charts import month_name

from .models import Category, Petition, PetitionQuerySet
from .services.clocks import FINAL, FIRST
from .states import Group

NOTHING = "-"
"""The part of those that have no value of the dimension: not dispatched yet, no place."""


@dataclass(frozen=True)
class Measure:
    """A column: which petitions it counts (`having`), of which (`of`)."""

    code: str
    label: Any
    having: Q
    of: Q | None = None
    of_label: Any = ""
    about: Any = ""


RECEIVED = Measure("received", gettext_lazy("成案"), Q(), about=gettext_lazy("驗證完成的反映，依成案日。"))
MEASURES = (
    RECEIVED,
    Measure(
        "replied", gettext_lazy("已正式回復"), Q(replied=True), Q(), gettext_lazy("成案的"),
        gettext_lazy("已送出正式回復的。"),
    ),
    Measure(
        "first_in_time", gettext_lazy("初步回復準時"), Q(first_met=True), Q(first_met=True) | Q(first_late=True),
        gettext_lazy("該初步回復的"), gettext_lazy("急迫類別在第一階段期限內回復的；期限還沒到的不算。"),
    ),
    Measure(
        "final_in_time", gettext_lazy("正式回復準時"), Q(final_met=True), Q(final_met=True) | Q(final_late=True),
        gettext_lazy("該正式回復的"), gettext_lazy("在該類別期限內正式回復的；期限還沒到的不算。"),
    ),
    Measure(
        "overdue", gettext_lazy("逾期未回復"), Q(overdue=True), Q(), gettext_lazy("成案的"),
        gettext_lazy("初步或正式回復的期限已經過了，還沒有回復。"),
    ),
    Measure(
        "returned", gettext_lazy("改分過"), Q(returned=True), Q(), gettext_lazy("成案的"),
        gettext_lazy("曾有機關退回改分。"),
    ),
    Measure(
        "reopened", gettext_lazy("重新處理"), Q(reopened=True), Q(replied=True), gettext_lazy("已正式回復的"),
        gettext_lazy("回復之後又重新處理的。"),
    ),
    Measure(
        "satisfied", gettext_lazy("民眾滿意"), Q(satisfied=True), Q(rated=True), gettext_lazy("有評分的"),
        gettext_lazy("民眾給4分或5分。"),
    ),
)  # fmt: skip
BY_CODE = {measure.code: measure for measure in MEASURES}


@dataclass(frozen=True)
class Dimension:
    """What the rows of the table are."""

    code: str
    label: Any
    field: str
    nothing: Any


DIMENSIONS = {
    one.code: one
    for one in (
        Dimension("agency", gettext_lazy("主辦機關"), "case__agency__code", gettext_lazy("還沒有派案")),
        Dimension("category", gettext_lazy("類別"), "category__code", gettext_lazy("還沒有分類")),
        Dimension("group", gettext_lazy("主題"), "category__group", gettext_lazy("還沒有分類")),
        Dimension("district", gettext_lazy("行政區"), "case__place__district_code", gettext_lazy("沒有地點")),
        Dimension("channel", gettext_lazy("管道"), "case__channel", ""),
        Dimension("month", pgettext_lazy("statistics", "月份"), "month", ""),
    )
}


@dataclass(frozen=True)
class Cell:
    """So many of so many; `whole` is None where the measure is a number only."""

    measure: Measure
    number: int
    whole: int | None
    part: str

    @property
    def share(self) -> float | None:
        """In per cent; None where there is nothing to be a share of."""
        return self.number * 100 / self.whole if self.whole else None


@dataclass(frozen=True)
class Line:
    """A row of the table, or its total (`part` is empty)."""

    part: str
    label: str
    cells: Sequence[Cell]
    days: tuple[float, float] | None  # median and P90, calendar days from 成案 to the final reply


@dataclass(frozen=True)
class Table:
    """A period's petitions by a dimension, the most first; months in their order."""

    period: Period
    dimension: Dimension
    lines: Sequence[Line]
    total: Line


# ---- counting --------------------------------------------------------------------------------------------------------


def observed(petitions: QuerySet[Petition], period: Period, *, at: datetime) -> QuerySet[Petition]:
    """The petitions opened in a period, with what the measures look at."""
    opened = cast(PetitionQuerySet, petitions).opened_within(period.first_day, period.last_day)
    late = Q(state=State.MET_LATE) | Q(state=State.RUNNING, due_at__lt=at)
    return opened.alias(
        month=TruncMonth("case__opened_on", output_field=DateField()),
        replied=Exists(_replies()),
        first_met=Exists(_clocks(FIRST).filter(state=State.MET)) & ~Exists(_clocks(FIRST).filter(late)),
        first_late=Exists(_clocks(FIRST).filter(late)),
        final_met=Exists(_clocks(FINAL).filter(state=State.MET)) & ~Exists(_clocks(FINAL).filter(late)),
        final_late=Exists(_clocks(FINAL).filter(late)),
        overdue=Exists(_clocks(FIRST, FINAL).filter(state=State.RUNNING, due_at__lt=at)),
        returned=Exists(Assignment.objects.filter(case=OuterRef("case"), ended_by_return=True)),
        # At the citizen's request; what the monthly check returned for redo is counted there.
        reopened=Exists(ReopenRequest.objects.filter(case=OuterRef("case"), granted=True)),
        rated=Exists(Rating.objects.filter(case=OuterRef("case"))),
        satisfied=Exists(Rating.objects.filter(case=OuterRef("case"), score__gte=4)),
    )


def _clocks(*stages: str) -> QuerySet[Clock]:
    of_cases = ContentType.objects.get_for_model(Case)
    return Clock.objects.filter(subject_type=of_cases, subject_id=OuterRef("case_id"), stage__in=stages)


def _replies() -> QuerySet[Reply]:
    return Reply.objects.filter(case=OuterRef("case"), stage=2, state__in=[ReplyState.SENT, ReplyState.RECALLED])


def table(petitions: QuerySet[Petition], period: Period, by: str, *, at: datetime) -> Table:
    """Count every measure by a dimension: three queries, however many petitions there are."""
    dimension = DIMENSIONS[by]
    found = observed(petitions, period, at=at).order_by()
    counts: dict[str, Any] = {}
    for measure in MEASURES:
        counts[f"n_{measure.code}"] = Count("pk", filter=measure.having)
        if measure.of is not None:
            counts[f"of_{measure.code}"] = Count("pk", filter=measure.of)
    days = _days(found, dimension)
    grouped: Any = found.values(part=F(dimension.field)).annotate(**counts)
    rows: dict[str, dict[str, int]] = defaultdict(lambda: dict.fromkeys(counts, 0))
    for row in grouped:
        sums = rows[part_of(row["part"])]  # no place and a place without a district are one part
        for name in counts:
            sums[name] += row[name]
    names = _names(dimension, rows)
    lines = [_line(part, names[part], sums, days.get(part, [])) for part, sums in rows.items()]
    if by == "month":
        lines.sort(key=lambda line: line.part)
    else:
        lines.sort(key=lambda line: (line.part == NOTHING, -line.cells[0].number, line.label))
    sums = {name: sum(row[name] for row in rows.values()) for name in counts}
    total = _line("", _("合計"), sums, [one for group in days.values() for one in group])
    return Table(period, dimension, lines, total)


def _line(part: str, label: str, sums: dict[str, int], days: list[float]) -> Line:
    cells = [
        Cell(one, sums[f"n_{one.code}"], None if one.of is None else sums[f"of_{one.code}"], part) for one in MEASURES
    ]
    return Line(part, label, cells, middle_and_slow(days))


def middle_and_slow(days: Iterable[float]) -> tuple[float, float] | None:
    """The median and the 90th percentile (nearest rank); None where there is nothing."""
    ordered = sorted(days)
    if not ordered:
        return None
    half = len(ordered) // 2
    median = ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2
    return median, ordered[ceil(len(ordered) * 0.9) - 1]


def _days(found: QuerySet[Petition], dimension: Dimension) -> dict[str, list[float]]:
    """Calendar days from 成案 to the first final reply, by part."""
    sent = Subquery(_replies().order_by().values("case").annotate(first=Min("sent_at")).values("first"))
    days: dict[str, list[float]] = defaultdict(list)
    rows: Any = found.filter(Q(replied=True)).values_list(F(dimension.field), "case__confirmed_at", sent)
    for part, opened_at, sent_at in rows.iterator(chunk_size=5000):
        if sent_at:
            days[part_of(part)].append((sent_at - opened_at).total_seconds() / 86400)
    return days


def part_of(value: Any) -> str:
    """How a value of a dimension is written in addresses."""
    if isinstance(value, date):
        return f"{value:%Y-%m}"
    return str(value) if value else NOTHING


def names_of(dimension: str, parts: Iterable[str]) -> dict[str, str]:
    """What readers call the parts of a dimension."""
    return _names(DIMENSIONS[dimension], parts)


def _names(dimension: Dimension, parts: Iterable[str]) -> dict[str, str]:
    """What readers call the parts."""
    codes = [part for part in parts if part != NOTHING]
    names: dict[str, str] = {NOTHING: str(dimension.nothing), **{code: code for code in codes}}
    match dimension.code:
        case "agency":
            names |= {one.code: one.label for one in Agency.objects.filter(code__in=codes)}
        case "category":
            names |= {one.code: one.label for one in Category.objects.filter(code__in=codes)}
        case "group":
            names |= {code: str(Group(code).label) for code in codes}
        case "channel":
            names |= {code: str(Channel(code).label) for code in codes}
        case "district":
            names |= dict(
                Place.objects.filter(district_code__in=codes).values_list("district_code", "district_name").distinct()
            )
        case "month":
            names |= {code: month_name(date.fromisoformat(f"{code}-01")) for code in codes}
    return names


# ---- the petitions behind a cell -------------------------------------------------------------------------------------


class NoSuchCell(ValueError):
    """The address names no cell."""


@dataclass(frozen=True)
class Chosen:
    """A cell as an address names it: measure, period, part."""

    measure: Measure
    period: Period
    dimension: Dimension | None
    part: str

    @property
    def label(self) -> str:
        """主辦機關：養護工程處，逾期未回復."""
        if self.dimension is None:
            return str(self.measure.label)
        name = _names(self.dimension, [self.part])[self.part]
        return _("%(dimension)s：%(name)s，%(measure)s") % {
            "dimension": self.dimension.label, "name": name, "measure": self.measure.label,
        }  # fmt: skip


def chosen(measure: str, opened: str, by: str, part: str) -> Chosen:
    """Read an address. Raises NoSuchCell."""
    try:
        dimension = DIMENSIONS[by] if part else None
        if dimension and dimension.code == "month":
            Period.parse(part)
        return Chosen(BY_CODE[measure], Period.parse(opened), dimension, part)
    except (KeyError, NotAPeriod) as error:
        raise NoSuchCell(measure) from error


def behind(petitions: QuerySet[Petition], cell: Chosen, *, at: datetime) -> QuerySet[Petition]:
    """The petitions that a cell counts."""
    found = observed(petitions, cell.period, at=at).filter(cell.measure.having)
    if cell.dimension is None:
        return found
    if cell.part == NOTHING:
        return found.alias(part_of=Coalesce(cell.dimension.field, Value(""))).filter(part_of="")
    value = date.fromisoformat(f"{cell.part}-01") if cell.dimension.code == "month" else cell.part
    return found.filter(**{cell.dimension.field: value})
