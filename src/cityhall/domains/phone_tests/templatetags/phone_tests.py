"""How tests look: `{% load phone_tests %}`."""

from __future__ import annotations

import re
from decimal import Decimal

from django import template

from cityhall.engines.scoring.models import ScoreMark
from cityhall.engines.scoring.templatetags.scoring import points
from cityhall.web import charts

from ..models import Improvement, PhoneTest
from ..states import CallState, ImprovementState

register = template.Library()
register.filter("month_name", charts.month_name)
register.filter("points", points)
TONES = {CallState.WAITING: "grey", CallState.FAILED: "red", CallState.UNANSWERED: "amber"}

IMPROVING = {ImprovementState.ASKED: "amber", ImprovementState.ANSWERED: "blue", ImprovementState.SENT_BACK: "grey"}


@register.filter
def improvement_tone(row: Improvement) -> str:
    """The colour of an improvement's tag."""
    return IMPROVING.get(ImprovementState(row.state), "")


@register.filter
def call_tone(test: PhoneTest) -> str:
    """The colour of a result's tag."""
    return TONES.get(CallState(test.state), "")


@register.filter
def earned(mark: ScoreMark, most: int) -> str:
    """The points that a mark brings."""
    return points(Decimal(mark.criterion.points * mark.value) / most)


@register.filter
def dialled(number: str) -> str:
    """A number as a telephone takes it: digits, plus sign and pauses for an extension."""
    return re.sub(r"[^0-9+,]", "", re.sub(r"(?i)(#|ext\.?|分機|轉)", ",", number))
