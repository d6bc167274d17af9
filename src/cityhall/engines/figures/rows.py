"""How the rows behind figures are shown: declared once for each kind of record by the domain that owns it.

The public sees number, day, category and district of the rows that are not withheld, and how many are; an officer also
sees the rows within their rights, with a link to the record.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Aggregate, Count, Model, Q, QuerySet, Sum

Text = Any  # a str or a lazy translation
Label = Callable[[Iterable[Any]], Mapping[Any, str]]


@dataclass(frozen=True)
class Column:
    """One column: its key for programs, its heading for people, and what a row says in it."""

    key: str
    label: Text
    value: Callable[[Any], Any]


@dataclass(frozen=True)
class Dimension:
    """A way to break a figure down: the field that holds the value, and the values' names."""

    key: str
    label: Text
    field: str
    names: Label
    without: Text = ""  # what rows without a value are called: 沒有地點


@dataclass(frozen=True)
class RowView:
    """How rows of one model are shown beneath a figure."""

    model: type[Model]
    noun: Text  # what one row is: 案件
    unit: Text  # how they are counted: 件
    source: Text  # where they are kept: 市政廳陳情紀錄
    columns: tuple[Column, ...]
    order: tuple[str, ...]
    day: str = ""  # the date field by which rows belong to a month; empty where they belong to none
    amount: str = ""  # the field that says how many a row stands for, as of sums of a day; empty where a row is one
    public: Q = field(default_factory=Q)  # the rows that anyone may see
    within: Callable[[Any, datetime], Q] | None = None  # the rows that an account may see besides
    officer_columns: tuple[Column, ...] = ()  # shown besides to those who may see more than the public
    link: Callable[[Any], str] | None = None  # an officer's way to the record
    related: tuple[str, ...] = ()  # select_related
    only: tuple[str, ...] = ()  # the fields that the columns read; empty for all
    dimensions: tuple[Dimension, ...] = ()

    @property
    def many(self) -> Aggregate:
        """How many a group of rows stands for."""
        return Sum(self.amount) if self.amount else Count("pk")

    def visible(self, rows: QuerySet[Any], *, account: Any | None, at: datetime) -> QuerySet[Any]:
        """The rows that this reader may see; without an account the public's."""
        condition = self.public
        if account is not None and self.within is not None and self.public:
            more = self.within(account, at)
            # An empty condition means every row; or-ed to another, Django would drop it and show fewer.
            condition = condition | more if more else Q()
        return rows.filter(condition) if condition else rows

    def listed(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        """The rows in the order of the page, newest first, with what their columns need."""
        ordered = rows.order_by(*self.order)
        if self.related:
            ordered = ordered.select_related(*self.related)
        return ordered.only(*self.only) if self.only else ordered

    def part(self, rows: QuerySet[Any], first: int, last: int) -> list[Any]:
        """Some of the listed rows. Their ids are sorted first: to sort whole rows takes ten times as long."""
        ids = list(rows.order_by(*self.order).values_list("pk", flat=True)[first:last])
        found = {row.pk: row for row in self.listed(self.model._default_manager.filter(pk__in=ids))}
        return [found[pk] for pk in ids if pk in found]

    def dimension(self, key: str) -> Dimension | None:
        """The dimension of that key."""
        return next((one for one in self.dimensions if one.key == key), None)


_views: dict[type[Model], RowView] = {}


def show_rows(view: RowView) -> RowView:
    """Declare how rows of a model are shown."""
    _views[view.model] = view
    return view


def view_of(rows: Any) -> RowView | None:
    """The declared view of a queryset's model; None for rows that nobody declared, or that are no queryset."""
    return _views.get(rows.model) if isinstance(rows, QuerySet) else None
