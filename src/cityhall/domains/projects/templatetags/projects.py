"""How projects look: `{% load projects %}`."""

from __future__ import annotations

from decimal import Decimal

from django import template

from cityhall.engines.milestones.rules import Light, Standing
from cityhall.engines.milestones.states import LightName, StandingName
from cityhall.web import charts

from ..figures import kind_name
from ..models import Application, Candidacy
from ..states import ApplicationState, Decision

register = template.Library()
register.filter("month_name", charts.month_name)
register.filter("kind_name", kind_name)
LIGHTS = {Light.RED: "red", Light.AMBER: "amber", Light.GREEN: ""}
DECISIONS = {Decision.WAITING: "amber", Decision.SELF_MANAGED: "grey"}
STATES = {ApplicationState.ASKED: "amber", ApplicationState.REFUSED: "grey"}


@register.filter
def light_tone(light: Light | None) -> str:
    """The colour of a light's tag; its word says the same."""
    return LIGHTS[light] if light is not None else "grey"


@register.filter
def light_name(light: Light) -> str:
    """紅燈, 黃燈, 綠燈."""
    return str(LightName(light.value).label)


@register.filter
def standing_name(standing: Standing) -> str:
    """Where a project stands."""
    return str(StandingName(standing.value).label)


@register.filter
def decision_tone(row: Candidacy) -> str:
    """The colour of a decision's tag."""
    return DECISIONS.get(Decision(row.decision), "")


@register.filter
def application_tone(row: Application) -> str:
    """The colour of an application's tag."""
    return STATES.get(ApplicationState(row.state), "")


@register.filter
def share(value: Decimal | None) -> str:
    """12.5%, or a dash where there is nothing."""
    return "—" if value is None else f"{value.normalize():f}%"


@register.filter
def or_dash(value: object) -> object:
    """A dash where there is nothing."""
    return "—" if value is None or value == "" else value


@register.filter
def roc(year: int) -> str:
    """A year as the reader counts: 106, or 2017."""
    return charts.year_name(year).removesuffix("年")
