"""How hotspots look: `{% load wifi %}`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from django import template
from django.utils.translation import gettext as _

from cityhall.web.charts import month_name

from .. import rules
from ..states import HotspotState

register = template.Library()
TONES = {HotspotState.OPEN: "", HotspotState.PLANNED: "grey", HotspotState.PAUSED: "amber", HotspotState.CLOSED: "grey"}


@register.filter
def state_tone(state: str) -> str:
    """The colour of a state's tag; its word says the same."""
    return TONES[HotspotState(state)] if state else "grey"


@register.filter
def from_names(code: str, names: Mapping[str, str]) -> str:
    """The name of a code, or a dash."""
    return names.get(code, "—")


@register.filter
def walked(metres: float) -> str:
    """A distance as people say it."""
    near, far = rules.as_walked(metres)
    return _("約%(n)d公尺") % {"n": near} if near else _("約%(n)s公里") % {"n": f"{far:,.1f}"}


@register.filter
def month_of(day: date) -> str:
    """The month of a day: 106年2月."""
    return month_name(day)
