"""Petitions by month and category for the open data: counts alone, and none so small that somebody could be found out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from django.db.models import Count
from django.db.models.functions import TruncMonth

from cityhall.engines.rules.queries import parameter
from cityhall.foundation.clock import day_of
from cityhall.foundation.suppression import Node, hide_small

from .models import Category, Petition

MONTHS = 24


def rows(at: datetime) -> Iterator[list[Any]]:
    """Month, category and number of each whole month of two years; hidden numbers are empty.

    Every month is a tree of its own beneath the total: what is hidden cannot be worked out from what is not.
    """
    today = day_of(at)
    first = _months_before(today, MONTHS)
    counted = Petition.objects.opened_within(first, None).filter(case__opened_on__lt=today.replace(day=1)).order_by()
    found = (
        counted.annotate(month=TruncMonth("case__opened_on")).values_list("month", "category").annotate(n=Count("pk"))
    )
    by_month: defaultdict[date, list[Node]] = defaultdict(list)
    for month, category, n in found:
        by_month[month].append(Node(category, n))
    months = [Node(month, sum(one.count for one in parts), parts) for month, parts in sorted(by_month.items())]
    hide_small(
        Node(None, sum(one.count for one in months), months), least=int(parameter("usage.least_count", on=today).value)
    )
    names: dict[Any, str] = {one.pk: one.name for one in Category.objects.all()}
    for month in months:
        for part in sorted(month.parts, key=lambda one: names.get(one.key, "")):
            yield [f"{month.key:%Y-%m}", names.get(part.key, ""), "" if part.hidden else part.count]


def _months_before(day: date, months: int) -> date:
    """The first day of the month so many months before a day's."""
    whole = day.year * 12 + day.month - 1 - months
    return date(whole // 12, whole % 12 + 1, 1)
