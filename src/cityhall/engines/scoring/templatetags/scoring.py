"""How scores look: `{% load scoring %}`."""

from __future__ import annotations

from decimal import Decimal

from django import template

from ..models import Scheme

register = template.Library()


@register.filter
def points(value: Decimal | None) -> str:
    """84, 84.5 or a dash: without zeros that say nothing."""
    return "—" if value is None else f"{value.normalize():f}"


@register.filter
def measures(scheme: Scheme) -> bool:
    """Whether formulas measure some of it."""
    return any(one.formula for one in scheme.criteria.all())


@register.filter
def grade_of(scheme: Scheme, points: Decimal | None) -> str:
    """What points are called by a version of a scheme."""
    return scheme.grade_of(points)


@register.filter
def award_of(scheme: Scheme, points: Decimal | None) -> str:
    """What is proposed for points by a version of a scheme."""
    return scheme.award_of(points)
