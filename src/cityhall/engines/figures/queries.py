"""Questions to the figures: a value with its rows, its course by months, its parts, what was issued."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Count as CountRows
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from cityhall.engines.figures import catalogue, registry, rows
from cityhall.engines.figures.models import Issue, IssuedValue
from cityhall.engines.figures.registry import AVERAGE, FLOW, RULE, Figure
from cityhall.engines.figures.rows import Dimension, RowView
from cityhall.foundation.clock import day_of
from cityhall.foundation.numerals import changed, plain
from cityhall.foundation.period import Period
from cityhall.foundation.values import CHANGE_MARK, LIST_MARK, Count


class CannotCount(Exception):
    """The figure has no value for such a period; the sentence says why."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


@dataclass(frozen=True)
class Counted:
    """A figure's value for a period. `covered` is the part of the period that has come; `value` is not yet rounded."""

    figure: Figure
    of: str
    period: Period
    covered: Period
    value: Decimal | str | None
    row_count: int | None
    rows: QuerySet[Any] | None = None
    source: str = ""
    valid_from: date | None = None
    issued: IssuedValue | None = None
    ranked: Callable[[Any], Any] | None = None  # of what is more than a count of its rows: the value of fewer rows

    @property
    def rounded(self) -> Decimal | str | None:
        """The value to the digits that the report prints."""
        return None if self.value is None else self.figure.rounded(self.value, self.of)

    @property
    def plain(self) -> str:
        """The number as pages show it: 105,046; names in the reader's language; a dash where nothing can be said."""
        value = self.rounded
        if isinstance(value, str):
            if CHANGE_MARK in value:
                return changed(value)
            return _("、").join(self.figure.named(one) for one in value.split(LIST_MARK))
        return "—" if value is None else plain(value, max(0, -int(value.as_tuple().exponent)))

    @property
    def is_names(self) -> bool:
        """Whether it is no number but names in their order."""
        return isinstance(self.value, str) and CHANGE_MARK not in self.value

    @property
    def in_report_style(self) -> str:
        """The number as the report writes it: 10 萬 5,046."""
        return "—" if self.value is None else self.figure.in_report_style(self.value, self.of)

    @property
    def sentence(self) -> str:
        """The report's phrase for this value and period."""
        if self.value is None:
            return ""
        return self.figure.sentence(self.value, self.covered, self.of, rows=self.row_count)

    @property
    def is_running(self) -> bool:
        """Whether the period goes on after today."""
        return self.covered != self.period

    @property
    def view(self) -> RowView | None:
        """How its rows are shown; for an issued value, how those of today are."""
        found = self.rows
        if found is None and self.issued is not None:
            found = self.figure.count(self.period, self.of).rows
        return rows.view_of(found)


def running_year(at: datetime) -> Period:
    """The year of that instant: what pages show unless another period is asked for."""
    return Period.year(day_of(at).year)


def value(key: str, period: Period | None = None, of: str = "", *, at: datetime) -> Counted:
    """Count a figure for a period (the running year if none is given), as the records say at this instant.

    Days that have not come yet are left out, so that an average of the running year is one of the days so far.
    Raises registry.UnknownFigure, and CannotCount for a period that the figure cannot speak of.
    """
    figure = registry.get(key)
    period = period or running_year(at)
    if period.as_of and figure.kind in (FLOW, AVERAGE):
        raise CannotCount(_("這個數字依期間累計，不能指定「截至某日的狀態」。"))
    covered = period if figure.kind == RULE else period.until(day_of(at))
    if figure.kind == AVERAGE and not (covered.first_day and covered.last_day):
        raise CannotCount(_("平均數需要起日與迄日。"))
    counted = figure.count(covered, of)
    found = counted.rows if isinstance(counted.rows, QuerySet) else None
    result = counted.value
    number = int(result) if isinstance(counted, Count) else found.count() if found is not None else None
    amount = result if result is None or isinstance(result, str) else Decimal(result)
    return Counted(
        figure, of, period, covered, amount, number, found, str(getattr(counted, "source", "") or ""),
        getattr(counted, "valid_from", None), None, getattr(counted, "value_of", None),
    )  # fmt: skip


# --- every line of the specification ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Listed:
    """A line of the specification with its value for a period; `counted` is None while it is not built."""

    line: catalogue.Line
    period: Period
    counted: Counted | None

    @property
    def as_json(self) -> dict[str, Any]:
        """The line as `cityhall figures list --format json` and the report's JSON give it."""
        counted = self.counted
        return {
            "figure": self.line.figure,
            "of": self.line.of,
            "period": self.period.spec,
            "value": number(counted.rounded) if counted else None,
            "rows": counted.row_count if counted else None,
        }


def number(amount: Decimal | str | None) -> int | float | str | None:
    """A value as JSON writes it."""
    if amount is None or isinstance(amount, str):
        return amount
    return int(amount) if amount == amount.to_integral_value() else float(amount)


def listed(
    period: Period | None, *, at: datetime, issue: Issue | None = None, lines: Iterable[catalogue.Line] | None = None
) -> list[Listed]:
    """Every line with its value: for one period, else each for the period that the old report speaks of.

    With an issue, the values are those that were issued.
    """
    frozen = {(one.figure, one.of, one.period_spec): one for one in issue.values.all()} if issue else None
    known: dict[tuple[str, str, str], Counted | None] = {}

    def ask(line: catalogue.Line, asked: Period) -> Counted | None:
        key = (line.figure, line.of, asked.spec)
        if key not in known:
            if frozen is not None:
                known[key] = as_counted(frozen[key]) if key in frozen and line.declared else None
            else:
                known[key] = value_or_none(line.figure, asked, line.of, at=at)
        return known[key]

    found = []
    for line in catalogue.lines() if lines is None else lines:
        asked = period or line.period
        found.append(Listed(line, asked, ask(line, asked)))
    return found


def value_or_none(key: str, period: Period, of: str = "", *, at: datetime) -> Counted | None:
    """The same as `value`; None for a figure that is not built, or cannot speak of such a period."""
    try:
        return value(key, period, of, at=at)
    except (registry.UnknownFigure, CannotCount):
        return None


# --- the course of a figure -------------------------------------------------------------------------------------------

MOST_STEPS = 36


@dataclass(frozen=True)
class Step:
    """One bar of a chart: a day, a month or a year, and how many rows fell into it."""

    period: Period
    value: int


@dataclass(frozen=True)
class Course:
    """How a figure came about over its period."""

    unit: str  # "day", "month" or "year"
    steps: Sequence[Step]
    average: Decimal  # rows a step, a month that has only begun counted as the part that it is
    since: date | None = None  # the first record there is, where the period began before anything was recorded

    @property
    def highest(self) -> Step:
        """The step with most rows, the first of equals."""
        return max(self.steps, key=lambda step: step.value)

    @property
    def lowest(self) -> Step:
        """The step with fewest rows, the first of equals; one that is only a part of its month or year is left out."""
        return min(filter(self._is_whole, self.steps), key=lambda step: step.value, default=self.steps[0])

    def _is_whole(self, step: Step) -> bool:
        first = step.period.first_day
        if first is None or self.unit == "day":
            return True
        whole = Period.month(first.year, first.month) if self.unit == "month" else Period.year(first.year)
        return step.period == whole and not (self.since and self.since > first)


def course(counted: Counted) -> Course | None:
    """The rows by month (by day within a month, by year beyond three years).

    It begins with the first record where nothing is older. None where rows belong to no day, or where there is but one step.
    """
    view, found = counted.view, counted.rows
    if view is None or found is None or not view.day or counted.figure.kind not in (FLOW, AVERAGE):
        return None
    by_day: dict[date, int] = dict(
        found.order_by().values_list(view.day).annotate(n=view.many).values_list(view.day, "n")
    )
    first = counted.covered.first_day or min(by_day, default=None)
    last = counted.covered.last_day or max(by_day, default=None)
    if first is None or last is None or first > last:
        return None
    unit, periods = steps_of(Period(first, last))
    if len(periods) < 2:
        return None
    sums: Counter[date | None] = Counter()
    for day, n in by_day.items():
        sums[_start(day, unit, first)] += n
    length = Period(first, last).months if unit == "month" else Decimal(len(periods))
    steps = [Step(one, sums[one.first_day]) for one in periods]
    since = _since(counted, first, by_day) if steps[0].value == 0 else None
    if since:
        known = [step for step in steps if step.period.last_day and step.period.last_day >= since]
        steps = known if len(known) > 1 else steps
    return Course(unit, steps, sum(sums.values()) / length, since)


def _since(counted: Counted, first: date, by_day: Mapping[date, int]) -> date | None:
    """The day of the first record, where nothing was recorded before the period: months without records are not zero."""
    if not by_day:
        return None
    ten_years = Period(date(first.year - 10, 1, 1), first - timedelta(days=1))
    earlier = counted.figure.count(ten_years, counted.of).rows
    return None if earlier is not None and earlier.exists() else min(by_day)


def steps_of(period: Period) -> tuple[str, list[Period]]:
    """The unit of a chart over this period, and its bars."""
    months = period.month_periods()
    if len(months) == 1 and period.first_day and period.last_day:
        first = period.first_day
        return "day", [Period(day, day) for day in _days(first, period.last_day)]
    if len(months) <= MOST_STEPS:
        return "month", months
    years: dict[int, list[Period]] = {}
    for month in months:
        assert month.first_day
        years.setdefault(month.first_day.year, []).append(month)
    return "year", [Period(parts[0].first_day, parts[-1].last_day) for parts in years.values()]


def _days(first: date, last: date) -> Iterable[date]:
    return (date.fromordinal(number) for number in range(first.toordinal(), last.toordinal() + 1))


def _start(day: date, unit: str, first: date) -> date:
    start = day if unit == "day" else day.replace(day=1) if unit == "month" else day.replace(month=1, day=1)
    return max(start, first)


# --- its parts --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Part:
    """One line of a breakdown."""

    value: str
    label: str
    count: int
    percent: Decimal


def narrowed(counted: Counted, chosen: Iterable[tuple[Dimension, str]]) -> Counted:
    """The same figure within parts of it: one district, one channel."""
    found = counted.rows
    if found is None:
        return counted
    for dimension, wanted in chosen:
        found = found.filter(**{dimension.field: wanted} if wanted else {f"{dimension.field}__isnull": True})
    total = found.count()
    if counted.ranked is not None:
        return replace(counted, rows=found, row_count=total, value=counted.ranked(found))
    months = counted.covered.months if counted.figure.kind == AVERAGE else Decimal(1)
    return replace(counted, rows=found, row_count=total, value=Decimal(total) / months)


def breakdown(counted: Counted, dimension: Dimension) -> list[Part]:
    """How many rows fall to each value of a dimension, most first; those without a value last."""
    if counted.rows is None:
        return []
    found: Counter[str] = Counter()
    many = counted.view.many if counted.view else CountRows("pk")
    for key, n in (
        counted.rows.order_by().values_list(dimension.field).annotate(n=many).values_list(dimension.field, "n")
    ):
        found["" if key is None else str(key)] += n
    total = sum(found.values())
    names = {str(key): name for key, name in dimension.names([key for key in found if key]).items()}
    parts = [
        Part(key, names.get(key, key) if key else str(dimension.without), n, Decimal(100 * n) / total)
        for key, n in found.items()
    ]
    return sorted(parts, key=lambda part: (part.value == "", -part.count, part.value))


# --- what was issued --------------------------------------------------------------------------------------------------


def as_counted(issued: IssuedValue) -> Counted:
    """An issued value as pages and the report show values. It has no rows to open: those of today may be others."""
    return Counted(
        registry.get(issued.figure), issued.of, issued.period, issued.period, issued.value, issued.row_count, None,
        issued.source, issued.valid_from, issued,
    )  # fmt: skip


def issued_values(key: str, of: str = "") -> QuerySet[IssuedValue]:
    """What was ever issued of a figure, newest first."""
    return (
        IssuedValue.objects.filter(figure=key, of=of)
        .select_related("issue", "issue__issued_by")
        .defer("packed_rows")
        .order_by("-issue__issued_at", "-pk")
    )


@dataclass(frozen=True)
class Difference:
    """An issued value that the records no longer give: which rows came, which left."""

    issued: IssuedValue
    now: Counted
    added: Sequence[str]
    left: Sequence[str]

    @property
    def code_changed(self) -> bool:
        """Whether the function that counts it has been changed since."""
        return self.issued.code_version != self.now.figure.code_version


def difference(issued: IssuedValue, *, at: datetime) -> Difference | None:
    """What has changed since a value was issued; None while it is as issued, or where its figure is gone."""
    try:
        now = value(issued.figure, issued.period, issued.of, at=at)
    except (registry.UnknownFigure, CannotCount):
        return None
    then = issued.row_ids
    today = [str(pk) for pk in now.rows.order_by("pk").values_list("pk", flat=True)] if now.rows is not None else []
    before, after = set(then), set(today)
    added = [pk for pk in today if pk not in before]
    left = [pk for pk in then if pk not in after]
    if now.value == issued.value and not added and not left:
        return None
    return Difference(issued, now, added, left)


def differences(issue: Issue, *, at: datetime) -> list[Difference]:
    """Everything that has changed since a report was issued."""
    return [found for issued in issue.values.all() if (found := difference(issued, at=at))]
