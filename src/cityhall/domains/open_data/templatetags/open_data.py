"""How datasets look: `{% load open_data %}`."""

from __future__ import annotations

from django import template
from django.utils.translation import gettext as _

from cityhall.web.context import language

from ..models import Dataset
from ..rules import Field, fields

register = template.Library()
UNITS = ("B", "KB", "MB", "GB")


@register.filter
def size(many: int) -> str:
    """1.4 MB: how long a download takes, for people."""
    value, unit = float(many), 0
    while value >= 1024 and unit < len(UNITS) - 1:
        value, unit = value / 1024, unit + 1
    return f"{value:.0f} {UNITS[unit]}" if unit == 0 or value >= 10 else f"{value:.1f} {UNITS[unit]}"


@register.filter
def said(sentence: dict[str, str]) -> str:
    """A sentence that was kept in both languages, in the reader's."""
    return sentence.get(language()) or next(iter(sentence.values()), "")


@register.filter
def columns(dataset: Dataset) -> list[Field]:
    """The columns of the data with what they say."""
    return fields(dataset.fields_text)


@register.simple_tag
def cite(dataset: Dataset, here: str, year: int) -> str:
    """How to cite a dataset, as its licence asks: agency, year, title, licence, address."""
    return _("%(agency)s／%(year)s年［%(title)s］，依%(licence)s提供，網址：%(here)s") % {
        "agency": dataset.agency.full_label, "year": year, "title": dataset.label,
        "licence": dataset.licence.label if dataset.licence else "", "here": here,
    }  # fmt: skip
