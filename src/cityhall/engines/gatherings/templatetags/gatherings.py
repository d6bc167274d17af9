"""How gatherings look: `{% load gatherings %}`."""

from __future__ import annotations

from datetime import date

from django import template

from cityhall.web import dates

from .. import queries
from ..models import Gathering, Outcome
from ..states import Presence, State, Verdict

register = template.Library()
TONES: dict[str, str] = {
    State.PLANNED: "grey", State.INVITED: "blue", State.HELD: "amber", State.CANCELLED: "red",
    Presence.DEPUTY: "amber", Presence.ABSENT: "grey",
    Verdict.WANTING: "red", Verdict.NOT_THERE: "grey",
}  # fmt: skip
DONE = {"RELEASED", "SELF_TRACKED"}


@register.filter
def tone(value: str) -> str:
    """The colour of a state's tag."""
    return TONES.get(value, "")


@register.filter
def outcome_tone(row: Outcome) -> str:
    """The colour of how a decision stands."""
    return "" if row.item.decided in DONE else "amber"


@register.filter
def is_late(row: Outcome, today: date) -> bool:
    """Whether its day is past and it is not done."""
    return row.item.decided not in DONE and row.due_on < today


@register.filter
def place(one: Gathering) -> str:
    """Where it is, in one line."""
    return "　".join(part for part in (one.venue, one.address) if part)


register.filter("clock_time", dates.as_time)
register.filter("leading", queries.lead_of)
