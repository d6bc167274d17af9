"""Cells of the tables that show layers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date
from typing import Any

from django import template
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from cityhall.web.dates import as_date
from cityhall.web.markup import tag

register = template.Library()


@register.filter
def cell(value: Any) -> str | SafeString:
    """A value as people read it: a pair is a link, nothing is a dash."""
    if isinstance(value, tuple):
        return tag("a", value[0], class_="govuk-link", href=value[1])
    if isinstance(value, date):
        return as_date(value)
    return "—" if value is None or value == "" else str(value)


@register.filter
def amount(value: Any) -> str:
    """A number with its thousands apart and two decimals at most; 不列 where it is not told or not known."""
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return _("不列")
    if isinstance(value, date):
        return as_date(value)
    if isinstance(value, float):
        return f"{value:,.2f}".rstrip("0").rstrip(".")
    return f"{value:,}" if isinstance(value, int) else str(value)


@register.filter
def right_columns(rows: Sequence[Sequence[Any]]) -> frozenset[int]:
    """The places of the columns that hold numbers and nothing else: they stand at the right, with their headings."""
    columns = enumerate(zip(*rows, strict=True))
    return frozenset(place for place, cells in columns if any(map(_is_number, cells)) and all(map(_fits, cells)))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _fits(value: Any) -> bool:
    return value is None or _is_number(value)
