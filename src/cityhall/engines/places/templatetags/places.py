"""Rows of layers as people read them in a list."""

from collections.abc import Mapping

from django import template

from cityhall.engines.places.models import Area, DoorPlate, Landmark, LayerFeature, Road

register = template.Library()
Row = Area | Road | Landmark | DoorPlate | LayerFeature


@register.filter
def place_name(row: Row) -> str:
    """A name, or a house's address without its district."""
    if not isinstance(row, DoorPlate):
        return str(row)
    parts = "".join(f"{value}{unit}" for value, unit in ((row.lane, "巷"), (row.alley, "弄")) if value)
    return f"{row.road}{parts}{row.number}號" + (f"之{row.sub}" if row.sub else "")


@register.filter
def place_cells(row: Row, districts: Mapping[str, str]) -> list[str]:
    """The rest of a row."""
    if isinstance(row, Area):
        return [row.code, row.get_kind_display(), str(row.parent) if row.parent else ""]
    if isinstance(row, LayerFeature):
        return [row.manager_code, row.geometry["type"]]
    where = districts.get(row.district_code, row.district_code)
    if isinstance(row, Road):
        return [where, row.route]
    if isinstance(row, Landmark):
        return [where, row.aliases, row.address]
    return [where, f"{row.lon}, {row.lat}"]
