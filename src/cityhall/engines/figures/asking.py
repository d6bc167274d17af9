"""What a request asks of a figure, the same for page, download and API: period, dimension, parts, and who asks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

from cityhall.engines.figures import queries, registry
from cityhall.engines.figures.queries import CannotCount, Counted
from cityhall.engines.figures.rows import Dimension
from cityhall.foundation.clock import day_of
from cityhall.foundation.period import NotAPeriod, Period
from cityhall.web.access import allowed
from cityhall.web.charts import SHORT_MONTHS, month_name
from cityhall.web.context import language
from cityhall.web.dates import as_date

WITHOUT = "-"  # the part of a dimension that has no value, in an address
YEARS_TO_CHOOSE = 10
FIRST_YEAR, LAST_YEAR = 1912, 2199  # ROC year 1; what anybody may mean


class CannotReadPeriod(ValueError):
    """The period is not one; the sentence says how to write it."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


def period_of(first: str, last: str, *, at: datetime) -> Period:
    """The period that `from` and `to` name: days, months or years, both in; the running year where both are empty.

    Raises CannotReadPeriod.
    """
    first, last = first.strip(), last.strip()
    if not first and not last:
        return queries.running_year(at)
    try:
        period = Period.parse(f"{first}..{last}")
    except NotAPeriod:
        begins, ends = _day(first, ends=False), _day(last, ends=True)
        if begins and ends and begins > ends:
            raise CannotReadPeriod(_("開始的日子在結束的日子之後。請對調，或重新選擇。")) from None
        raise CannotReadPeriod(_("看不懂這段期間。請寫成 2016、2016-08 或 2016-08-01。")) from None
    days = [day for day in (period.first_day, period.last_day) if day]
    if any(not FIRST_YEAR <= day.year <= LAST_YEAR for day in days):
        raise CannotReadPeriod(_("年份要在民國元年（1912 年）到 2199 年之間。"))
    return period


def _day(text: str, *, ends: bool) -> date | None:
    try:
        period = Period.parse(text)
    except NotAPeriod:
        return None
    return period.last_day if ends else period.first_day


@dataclass(frozen=True)
class Asked:
    """A figure as somebody asked for it."""

    whole: Counted
    counted: Counted  # the whole, or the chosen parts of it
    chosen: tuple[tuple[Dimension, str], ...]
    account: Any | None  # somebody who may see more rows than the public
    at: datetime

    def visible(self) -> Any:
        """The rows that this reader may see; None where the figure has none to show."""
        view, found = self.counted.view, self.counted.rows
        return None if view is None or found is None else view.visible(found, account=self.account, at=self.at)


def ask(
    key: str,
    period: Period,
    parameters: Mapping[str, str],
    *,
    request: HttpRequest,
    at: datetime,
    as_public: bool = False,
) -> Asked:
    """Count what an address asks for. Raises UnknownFigure, CannotCount."""
    figure = registry.get(key)
    of = parameters.get("of", "")
    whole = queries.value(figure.key, period, of, at=at)
    view = whole.view
    chosen = tuple(
        (dimension, "" if parameters[dimension.key] == WITHOUT else parameters[dimension.key])
        for dimension in (view.dimensions if view else ())
        if parameters.get(dimension.key)
    )
    try:
        counted = queries.narrowed(whole, chosen) if chosen else whole
    except (ValueError, TypeError):  # a letter where the dimension's values are numbers
        raise CannotCount(_("沒有這個分項。")) from None
    account = request.user if not as_public and allowed(request, "figures.rows.read") else None
    return Asked(whole, counted, chosen, account, at)


@dataclass(frozen=True)
class Preset:
    """A period that many ask for, as one link."""

    label: str
    period: Period
    current: bool


def presets(period: Period, *, at: datetime) -> list[Preset]:
    """This year, last year, the last twelve whole months."""
    today = day_of(at)
    last_month = date.fromordinal(today.replace(day=1).toordinal() - 1)
    offered = [
        (_("今年"), Period.year(today.year)),
        (_("去年"), Period.year(today.year - 1)),
        (_("過去12個月"), Period(date(today.year - 1, today.month, 1), last_month)),
    ]
    return [Preset(label, one, one == period) for label, one in offered]


@dataclass(frozen=True)
class MonthChoice:
    """A month in the form; an exact day stands beside the months where the period begins or ends within one."""

    value: str
    label: str
    selected: bool


def month_choices(chosen: date | None, *, at: datetime, ends: bool) -> list[MonthChoice]:
    """Ten years of months to choose from, newest first, with the one that the period begins (or ends) with."""
    today = day_of(at).replace(day=1)
    last = max(today.replace(month=12), chosen.replace(day=1) if chosen else today)
    ten_years_ago = date(today.year - YEARS_TO_CHOOSE, 1, 1)
    first = min(ten_years_ago, chosen.replace(day=1)) if chosen else ten_years_ago
    months = [Period.month(year, month) for year in range(first.year, last.year + 1) for month in range(1, 13)]
    choices = []
    fits = False
    for month in reversed(months):
        assert month.first_day
        edge = month.last_day if ends else month.first_day
        fits = fits or edge == chosen
        if first <= month.first_day <= last:
            choices.append(MonthChoice(month.spec, _short(month.first_day), edge == chosen))
    if chosen and not fits:
        choices.insert(0, MonthChoice(chosen.isoformat(), as_date(chosen), True))
    return choices


def _short(month: date) -> str:
    """As narrow as a choice needs it: 105年8月, Aug 2016."""
    return f"{SHORT_MONTHS[month.month - 1]} {month.year}" if language() == "en" else month_name(month)
