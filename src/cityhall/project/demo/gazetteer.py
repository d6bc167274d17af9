"""The places of the demo city: boundaries from the build, the gazetteer from demo/places, by the product's own imports."""

from __future__ import annotations

import csv
from collections import defaultdict
from datetime import datetime
from io import BytesIO, StringIO
from pathlib import Path

from cityhall.engines.places import services
from cityhall.engines.places.imports import SourceFile
from cityhall.engines.places.models import Layer, LayerVersion
from cityhall.engines.places.states import LayerKind, Level
from cityhall.project.boundaries import file_of, take_boundaries, take_layer

FOLDER = Path(__file__).parent / "places"
OURS = "示範資料：位置為約略繪製，門牌為虛構"

LAYERS = (
    ("national", Level.NATIONAL, "省道權管", "Provincial highways"),
    ("city", Level.CITY, "市府養護道路", "Roads kept by the city"),
    ("district", Level.DISTRICT, "區公所養護範圍", "Lanes kept by district offices"),
    ("private", Level.PRIVATE, "園區與社區道路", "Parks and private roads"),
)
"""The layers of managers: code, level, name, English name."""


def load(at: datetime) -> list[LayerVersion]:
    """Import everything and put it in force; what is in force already stays. Returns the new versions.

    Raises boundaries.NothingBuilt before the assets are built, services.CannotImport for a file that cannot be read.
    """
    made = take_boundaries(at=at)
    for kind, name in (
        (LayerKind.ROADS, "roads.csv"),
        (LayerKind.LANDMARKS, "landmarks.csv"),
        (LayerKind.PLATES, "plates.csv"),
    ):
        made += take_layer(services.standard_layer(kind), [file_of(FOLDER / name)], OURS, None, at)
    sheets = _managers()
    for code, level, name, name_en in LAYERS:
        layer = Layer.objects.filter(code=code).first() or services.add_layer(
            code=code, level=level, name=name, name_en=name_en, by=None, at=at
        )
        made += take_layer(layer, [SourceFile(f"managers-{code}.csv", sheets[code])], OURS, None, at)
    return made


def _managers() -> dict[str, BytesIO]:
    """A sheet for each layer, from the one file."""
    rows: defaultdict[str, list[list[str]]] = defaultdict(list)
    with (FOLDER / "managers.csv").open(encoding="utf-8", newline="") as file:
        heading, *body = csv.reader(file)
    for layer, *row in body:
        rows[layer].append(row)
    sheets = {}
    for layer, of_layer in rows.items():
        sheet = StringIO(newline="")
        csv.writer(sheet).writerows([heading[1:], *of_layer])
        sheets[layer] = BytesIO(sheet.getvalue().encode())
    return sheets
