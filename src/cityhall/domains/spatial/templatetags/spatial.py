"""Cells of the tables that show layers."""

from __future__ import annotations

import math
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
def is_number(value: Any) -> bool:
    """Whether a cell stands at the right."""
    return isinstance(value, (int, float)) and not isinstance(value, bool)


@register.filter
def stands_right(place: int, rows: Any) -> bool:
    """Whether a column of these rows holds numbers, so that its heading stands above them."""
    cells = [row[place] for row in rows]
    return any(is_number(cell) for cell in cells) and all(cell is None or is_number(cell) for cell in cells)
