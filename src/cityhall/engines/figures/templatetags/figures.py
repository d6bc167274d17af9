"""Tags of figures: `{% load figures %}`."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Any

from django import template
from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.safestring import SafeString

from cityhall.engines.figures.models import IssuedValue
from cityhall.engines.figures.queries import as_counted
from cityhall.foundation.clock import day_of
from cityhall.foundation.numerals import unspaced as without_typed_spaces
from cityhall.foundation.period import Period
from cityhall.web.context import language
from cityhall.web.markup import tag, together

register = template.Library()


@register.filter
def unspaced(words: str) -> str:
    """The report's words without the spaces that it types between Chinese and digits."""
    return without_typed_spaces(str(words))


@register.filter
def breakable(key: str) -> SafeString:
    """A figure's key, which may be broken where its words meet: petitions.<wbr>received_<wbr>monthly."""
    return together(re.split(r"(?<=[._])", key), between=tag("wbr"))


@register.filter
def period(value: Period) -> str:
    """A period in the reader's language."""
    return value.label(language())


def period_query(value: Period, **more: str) -> str:
    """The query string of a period: `?from=2016-01-01&to=2016-12-31`."""
    days = {"from": value.first_day, "to": value.last_day}
    return "?" + urlencode({key: day.isoformat() for key, day in days.items() if day} | more)


@register.simple_tag
def figure_url(counted: Any, name: str = "detail", period: Period | None = None) -> str:
    """The page behind a value, for its period or for another one: `{% figure_url counted %}`."""
    more = {"of": counted.of} if counted.of else {}
    return reverse(f"figures:{name}", args=[counted.figure.key]) + period_query(period or counted.period, **more)


@register.simple_tag
def api_path(counted: Any) -> str:
    """Where a program fetches the value."""
    more = {"of": counted.of} if counted.of else {}
    return f"/api/v1/figures/{counted.figure.key}{period_query(counted.period, **more)}"


@register.filter
def date_of(instant: datetime) -> date:
    """The day in Taipei."""
    return day_of(instant)


@register.filter
def issued_plain(issued: IssuedValue) -> str:
    """An issued value as pages show numbers."""
    return as_counted(issued).plain


@register.simple_tag(takes_context=True)
def part_query(context: template.Context, key: str, part: str = "") -> str:
    """This page's query string with one part of a dimension chosen, or with none of it chosen any more."""
    request: HttpRequest = context["request"]
    parameters = request.GET.copy()
    for name in ("page", "by", key):
        parameters.pop(name, None)
    if part:
        parameters[key] = part
    return f"?{parameters.urlencode()}"
