"""Values that remember the rows they were counted from."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Protocol


class Rows(Protocol):
    """What a value can be clicked down to: a queryset, or anything that counts itself."""

    def count(self) -> int: ...


class Value(Protocol):
    """A figure's value; `value` is None where nothing can be said, as the share of no rows."""

    @property
    def value(self) -> Any: ...
    @property
    def rows(self) -> Any: ...


@dataclass(frozen=True)
class Count:
    """How many rows."""

    rows: Any

    @property
    def value(self) -> int:
        return int(self.rows.count())


@dataclass(frozen=True)
class Average:
    """Rows per month, days of part months counted as their share."""

    rows: Any
    months: Decimal

    @property
    def value(self) -> Decimal | None:
        return Decimal(self.rows.count()) / self.months if self.months else None


@dataclass(frozen=True)
class Share:
    """Part of a whole, in percent; both are rows, and the whole is the denominator that the page states."""

    part: Any
    whole: Any

    @property
    def rows(self) -> Any:
        return self.part

    @property
    def value(self) -> Decimal | None:
        whole = self.whole.count()
        return Decimal(100) * self.part.count() / whole if whole else None


@dataclass(frozen=True)
class Total:
    """The sum of what one column of the rows says, as of budgets."""

    rows: Any
    column: str

    @property
    def value(self) -> Decimal:
        return self.value_of(self.rows)

    def value_of(self, rows: Any) -> Decimal:
        """The same of fewer rows."""
        return Decimal(sum(rows.values_list(self.column, flat=True)))


@dataclass(frozen=True)
class MonthlyTotal:
    """The sum of what one column of the rows says, per month, days of part months counted as their share."""

    rows: Any
    column: str
    months: Decimal

    @property
    def value(self) -> Decimal | None:
        return self.value_of(self.rows)

    def value_of(self, rows: Any) -> Decimal | None:
        """The same of fewer rows."""
        return Total(rows, self.column).value / self.months if self.months else None


@dataclass(frozen=True)
class Portion:
    """What one column of the rows adds up to, in percent of another: money carried out of the budget."""

    rows: Any
    part: str
    whole: str

    @property
    def value(self) -> Decimal | None:
        return self.value_of(self.rows)

    def value_of(self, rows: Any) -> Decimal | None:
        """The same of fewer rows."""
        pairs = list(rows.values_list(self.part, self.whole))
        whole = sum(one for _part, one in pairs)
        return Decimal(100) * sum(part or 0 for part, _one in pairs) / whole if whole else None


@dataclass(frozen=True)
class Kinds:
    """How many different things one column of the rows says."""

    rows: Any
    column: str

    @property
    def value(self) -> int:
        return self.value_of(self.rows)

    def value_of(self, rows: Any) -> int:
        """The same of fewer rows."""
        return len(set(rows.values_list(self.column, flat=True)))


LIST_MARK = "、"


@dataclass(frozen=True)
class Ranking:
    """Names in their order, the most counted first; `value` is None where there is nothing to rank."""

    rows: Any
    names_of: Callable[[Any], Sequence[str]]

    @property
    def value(self) -> str | None:
        return self.value_of(self.rows)

    def value_of(self, rows: Any) -> str | None:
        """The same of fewer rows."""
        return LIST_MARK.join(self.names_of(rows)) or None


CHANGE_MARK = " -> "


@dataclass(frozen=True)
class Change:
    """A dated parameter before and after it was changed, with where that stands and since when; None before any change."""

    before: Any
    after: Any
    source: str
    valid_from: date
    rows: Any = None

    @property
    def value(self) -> str | None:
        return None if self.before == self.after else f"{self.before}{CHANGE_MARK}{self.after}"


@dataclass(frozen=True)
class RuleValue:
    """A dated parameter, with where it stands and since when."""

    value: Any
    source: str
    valid_from: date
    rows: Any = None


def rounded(value: Decimal | int | float, digits: int = 0) -> Decimal:
    """Round half up, as the report does."""
    return Decimal(str(value)).quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_UP)
