"""How the programme looks: `{% load smart_city %}`."""

from __future__ import annotations

from decimal import Decimal

from django import template
from django.utils.translation import gettext as _

from cityhall.web import charts

from ..models import AwardResult
from ..rules import Goal

register = template.Library()
register.filter("year_name", charts.year_name)
TONES = {Goal.MET: "", Goal.SHORT: "amber", Goal.UNKNOWN: "grey"}


@register.filter
def goal_name(goal: Goal) -> str:
    """Whether an indicator is where it should be."""
    return {Goal.MET: _("達成"), Goal.SHORT: _("未達成"), Goal.UNKNOWN: _("還沒登錄")}[goal]


@register.filter
def goal_tone(goal: Goal) -> str:
    """The colour of its tag; its word says the same."""
    return TONES[goal]


@register.filter
def plain(value: Decimal | None) -> str:
    """A number without zeros behind it, or a dash."""
    return "—" if value is None else f"{value.normalize():,f}"


@register.filter
def percent(value: Decimal | None) -> str:
    """12.5%, or a dash."""
    return "—" if value is None else f"{value.normalize():f}%"


@register.filter
def result_tone(result: AwardResult) -> str:
    """The colour of a round's tag."""
    return "" if result.won else "grey"
