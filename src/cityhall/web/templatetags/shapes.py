"""Tags that draw on the server: `{% load shapes %}`."""

from __future__ import annotations

from typing import Any

from django import template
from django.utils.safestring import SafeString

from cityhall.web import maps
from cityhall.web.markup import NOTHING

register = template.Library()


@register.simple_tag
def city_map(classes: str = "", spots: Any = ()) -> SafeString:
    """The city's districts as lines; `spots` are (lon, lat)."""
    return maps.city_map(classes, [maps.Spot(*spot[:2]) for spot in spots])


@register.simple_tag
def locator_map(
    lon: float,
    lat: float,
    about: str = "",
    village: str = "",
    metres: float = 1800,
    width: int = 284,
    height: int = 152,
) -> SafeString:
    """Where a place lies, drawn small: `{% locator_map place.lon place.lat about=place.label village=code %}`."""
    return maps.locator(
        maps.Spot(float(lon), float(lat)),
        about=about,
        village=village,
        metres=float(metres),
        width=width,
        height=height,
    )


@register.simple_tag
def city_bounds() -> str:
    """West, south, east, north of the city, for the live map."""
    return ",".join(str(edge) for edge in maps.city_box() or ())


@register.simple_tag
def chart_figure(chart: Any, subtitle: str = "", level: int = 2) -> SafeString:
    """A chart with its heading, unit, source and table: `{% chart_figure chart subtitle %}`."""
    return chart.figure(subtitle=subtitle, level=level) if chart else NOTHING
