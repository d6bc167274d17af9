"""A little city for tests: two districts side by side, villages, roads, landmarks, plates and managers."""

from __future__ import annotations

import io
import json
from datetime import datetime

from cityhall.engines.places import services
from cityhall.engines.places.imports import SourceFile
from cityhall.engines.places.models import Layer, LayerVersion
from cityhall.engines.places.states import LayerKind, Level

# 桃園區 lies west of 121.30, 中壢區 east of it; both from 24.95 to 25.00.
WEST, BORDER, EAST, SOUTH, NORTH = 121.25, 121.30, 121.35, 24.95, 25.00


def box(west: float, south: float, east: float, north: float) -> dict:
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {"type": "Polygon", "coordinates": [ring]}


def geojson(*features: tuple[dict, dict | None], **more: object) -> io.BytesIO:
    collection = {
        "type": "FeatureCollection",
        "features": [{"type": "Feature", "properties": said, "geometry": shape} for said, shape in features],
        **more,
    }
    return io.BytesIO(json.dumps(collection, ensure_ascii=False).encode())


def csv(*lines: str) -> io.BytesIO:
    return io.BytesIO("\n".join(lines).encode())


def take(layer: Layer, *files: io.BytesIO, at: datetime, in_force: bool = True, name: str = "a") -> LayerVersion:
    opened = [SourceFile(f"{name}{n}", file) for n, file in enumerate(files, start=1)]
    version = services.import_version(layer, opened, source="示範", by=None, at=at)
    if in_force:
        services.put_in_force(version, by=None, at=at)
    return version


def boundaries() -> io.BytesIO:
    return geojson(
        ({"code": "68000010", "name": "桃園區", "name_en": "Taoyuan District"}, box(WEST, SOUTH, BORDER, NORTH)),
        ({"code": "68000020", "name": "中壢區", "name_en": "Zhongli District"}, box(BORDER, SOUTH, EAST, NORTH)),
        ({"code": "v1", "name": "中平里", "district": "68000010"}, box(WEST, SOUTH, BORDER, 24.975)),
        ({"code": "v2", "name": "文昌里", "district": "68000020"}, box(BORDER, SOUTH, EAST, NORTH)),
    )


ROADS = (
    "路名,路線編號,行政區,圖形",
    '中山路,台1線,,"LINESTRING (121.26 24.97, 121.34 24.97)"',
    '民生路,,,"LINESTRING (121.28 24.955, 121.28 24.995)"',
)
PLATES = (
    "行政區,路名,巷,弄,號,之,經度,緯度",
    "桃園區,中山路,,,100,,121.270,24.9701",
    "桃園區,中山路,,,200,,121.290,24.9701",
    "桃園區,中山路,12,3,5,1,121.272,24.972",
    "中壢區,中山路,,,200,,121.320,24.9701",
)
LANDMARKS = ("名稱,別名,類別,地址,行政區,經度,緯度", "桃園火車站,桃園車站、火車站,車站,,桃園區,121.2855,24.9890")
MANAGERS = ("名稱,權管機關代碼,行政區,圖形", "中山路,highway,桃園區,")


def make(at: datetime) -> None:
    """Everything, in force."""
    take(services.standard_layer(LayerKind.BOUNDARIES), boundaries(), at=at)
    for kind, lines in ((LayerKind.ROADS, ROADS), (LayerKind.LANDMARKS, LANDMARKS), (LayerKind.PLATES, PLATES)):
        take(services.standard_layer(kind), csv(*lines), at=at)


def managers(code: str = "national", level: str = Level.NATIONAL, *, at: datetime) -> Layer:
    return services.add_layer(code=code, level=level, name=code, by=None, at=at)
