"""What `/ogc` says of itself and of its layers: landing page, conformance, collections, queryables, tile sets, OpenAPI.

OGC API Features Part 1 (17-069r4), Part 2 (18-058r1), queryables and filter of Part 3 (19-079r2), Tiles (20-057).
"""

from __future__ import annotations

import math
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from cityhall.engines.layers import crs, tiles
from cityhall.engines.layers.memory import Held
from cityhall.engines.layers.registry import Column
from cityhall.engines.layers.selecting import MOST

from .queries import Shown
from .states import Licence

JSON, GEOJSON, HTML = "application/json", "application/geo+json", "text/html"
SCHEMA, OPENAPI, MVT = (
    "application/schema+json",
    "application/vnd.oai.openapi+json;version=3.0",
    "application/vnd.mapbox-vector-tile",
)
DEFAULT_LIMIT = 100
OPEN_LICENCE = "https://data.gov.tw/license"
REL = "http://www.opengis.net/def/rel/ogc/1.0/"
QUAD = "WebMercatorQuad"
QUAD_URI = f"http://www.opengis.net/def/tilematrixset/OGC/1.0/{QUAD}"
_FEATURES = "http://www.opengis.net/spec/ogcapi-features-"
_CQL = "http://www.opengis.net/spec/cql2/1.0/conf/"
_TILES = "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/"
CONFORMS = [
    *(f"{_FEATURES}1/1.0/conf/{name}" for name in ("core", "oas30", "html", "geojson")),
    f"{_FEATURES}2/1.0/conf/crs",
    *(f"{_FEATURES}3/1.0/conf/{name}" for name in ("queryables", "queryables-query-parameters", "filter", "features-filter")),
    *(f"{_CQL}{name}" for name in ("cql2-text", "basic-cql2", "advanced-comparison-operators", "basic-spatial-functions")),
    *(f"{_TILES}{name}" for name in ("core", "tileset", "tilesets-list", "mvt", "oas30")),
]  # fmt: skip
TYPES: dict[str, dict[str, Any]] = {
    "string": {"type": "string"}, "integer": {"type": "integer"}, "number": {"type": "number"}, "boolean": {"type": "boolean"},
    "date": {"type": "string", "format": "date"}, "datetime": {"type": "string", "format": "date-time"},
}  # fmt: skip


def link(href: str, rel: str, kind: str, title: str = "", **more: Any) -> dict[str, Any]:
    """A link; without a title it has none."""
    return {"href": href, "rel": rel, "type": kind, **({"title": title} if title else {}), **more}


def both(href: str, kind: str = JSON, *, asked: str = "json") -> list[dict[str, Any]]:
    """A document and its other form."""
    plain = link(f"{href}?f=json", "self" if asked == "json" else "alternate", kind, _("這份文件的 JSON"))
    page = link(f"{href}?f=html", "self" if asked == "html" else "alternate", HTML, _("這份文件的網頁"))
    return [plain, page]


def landing(base: str, asked: str) -> dict[str, Any]:
    """The first page."""
    return {
        "title": _("%(city)s空間圖資服務") % {"city": _city()},
        "description": _("各機關的空間圖資，依 OGC API Features 與 Tiles 提供查詢與圖磚。"),
        "attribution": _("行政區與里界線：內政部（政府資料開放授權條款第1版）。"),
        "links": [
            *both(f"{base}/", asked=asked),
            link(f"{base}/api", "service-desc", OPENAPI, _("這個服務的 OpenAPI 文件")),
            link(f"{base}/api?f=html", "service-doc", HTML, _("這個服務的說明")),
            link(f"{base}/conformance", "conformance", JSON, _("符合哪些標準")),
            link(f"{base}/collections", "data", JSON, _("圖資目錄")),
            link(f"{base}/tileMatrixSets", f"{REL}tiling-schemes", JSON, _("圖磚的切法")),
        ],
    }


def _city() -> str:
    from cityhall.web.context import language

    return str(settings.CITY_NAME[language()])


def collection(base: str, one: Shown, layer: Held | None, asked: str) -> dict[str, Any]:
    """A layer; where it lies and when it holds only where that is known without reading it."""
    layer_, href = one.layer, f"{base}/collections/{one.layer.code}"
    said: dict[str, Any] = {
        "id": layer_.code,
        "title": str(layer_),
        "description": layer_.about or str(one.source.about),
        "keywords": [str(layer_.get_theme_display())],
        "attribution": layer_.agency.label,
        "itemType": "feature",
        "updated": layer_.dated_on.isoformat(),
        "accrualPeriodicity": str(layer_.get_upkeep_display()),
        "crs": list(crs.SYSTEMS),
        "storageCrs": crs.CRS84.uri,
        "links": [
            *both(href, asked=asked),
            link(f"{href}/items", "items", GEOJSON, _("圖徵")),
            link(f"{href}/items?f=html", "items", HTML, _("圖徵的網頁")),
            link(f"{href}/queryables", f"{REL}queryables", SCHEMA, _("可以查詢的欄位")),
            link(f"{href}/schema", f"{REL}schema", SCHEMA, _("欄位說明")),
            link(f"{href}/tiles", f"{REL}tilesets-vector", JSON, _("向量圖磚")),
            link(f"{href}/tiles.pmtiles", "enclosure", "application/vnd.pmtiles", _("整包圖磚（PMTiles）")),
        ],
    }
    if layer_.scale:
        said["scaleDenominator"] = layer_.scale
    if layer_.licence == Licence.OPEN:
        said["links"].append(link(OPEN_LICENCE, "license", HTML, str(Licence.OPEN.label)))
    if layer is not None and layer.box is not None:
        said["extent"] = {"spatial": {"bbox": [list(layer.box)], "crs": crs.CRS84.uri}}
        if span := layer.span():
            said["extent"]["temporal"] = {"interval": [[_instant(end) for end in span]]}
    return said


def _instant(text: str) -> str:
    return f"{text}T00:00:00Z" if len(text) == 10 else text


def queryables(href: str, one: Shown) -> dict[str, Any]:
    """By what a layer can be asked."""
    properties: dict[str, Any] = {column.name: _property(column) for column in one.source.columns}
    properties["geometry"] = {"format": "geometry-any", "x-ogc-role": "primary-geometry"}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": href,
        "type": "object",
        "title": str(one.layer),
        "properties": properties,
        "additionalProperties": False,
    }


def schema(href: str, one: Shown) -> dict[str, Any]:
    """What a feature of a layer holds."""
    said = queryables(href, one)
    identity = {**TYPES["integer" if one.source.numbered else "string"], "x-ogc-role": "id"}
    said["properties"] = {"id": identity, **said["properties"]}
    if one.source.time:
        said["properties"][one.source.time]["x-ogc-role"] = "primary-instant"
    return said


def _property(column: Column) -> dict[str, Any]:
    return {"title": str(column.title or column.name), **TYPES[column.kind]}


# ---- tiles -----------------------------------------------------------------------------------------------------------


def tile_matrix_sets(base: str) -> dict[str, Any]:
    """The ways in which tiles are cut: one."""
    return {
        "tileMatrixSets": [
            {"id": QUAD, "uri": QUAD_URI, "links": [link(f"{base}/tileMatrixSets/{QUAD}", "self", JSON)]},
        ]
    }


def tile_matrix_set() -> dict[str, Any]:
    """Web Mercator in squares, each level twice as fine."""
    edge = crs.MERCATOR_EDGE
    return {
        "id": QUAD,
        "title": "Google Maps Compatible for the World",
        "uri": QUAD_URI,
        "crs": "http://www.opengis.net/def/crs/EPSG/0/3857",
        "orderedAxes": ["X", "Y"],
        "wellKnownScaleSet": "http://www.opengis.net/def/wkss/OGC/1.0/GoogleMapsCompatible",
        "tileMatrices": [
            {
                "id": str(z), "scaleDenominator": 2 * edge / 256 / 2**z / 0.00028, "cellSize": 2 * edge / 256 / 2**z,
                "pointOfOrigin": [-edge, edge], "tileWidth": 256, "tileHeight": 256, "matrixWidth": 2**z, "matrixHeight": 2**z,
            }
            for z in range(tiles.HIGHEST + 1)
        ],
    }  # fmt: skip


def tilesets(base: str, one: Shown) -> dict[str, Any]:
    """The tile sets of a layer: one."""
    href = f"{base}/collections/{one.layer.code}/tiles"
    return {
        "links": [link(href, "self", JSON)],
        "tilesets": [
            {
                "title": str(one.layer), "dataType": "vector", "crs": "http://www.opengis.net/def/crs/EPSG/0/3857",
                "tileMatrixSetURI": QUAD_URI,
                "links": [
                    link(f"{href}/{QUAD}", "self", JSON),
                    link(f"{base}/tileMatrixSets/{QUAD}", f"{REL}tiling-scheme", JSON),
                    _tile_link(href),
                ],
            }
        ],
    }  # fmt: skip


def _tile_link(href: str) -> dict[str, Any]:
    return link(f"{href}/{QUAD}/{{tileMatrix}}/{{tileRow}}/{{tileCol}}", "item", MVT, templated=True)


def tileset(base: str, one: Shown, layer: Held) -> dict[str, Any]:
    """The tile set of a layer: levels and rows that hold something."""
    href = f"{base}/collections/{one.layer.code}/tiles"
    said: dict[str, Any] = {
        "title": str(one.layer),
        "dataType": "vector",
        "crs": "http://www.opengis.net/def/crs/EPSG/0/3857",
        "tileMatrixSetURI": QUAD_URI,
        "layers": [{"id": one.layer.code, "dataType": "vector", "title": str(one.layer)}],
        "links": [
            link(f"{href}/{QUAD}", "self", JSON),
            link(f"{base}/tileMatrixSets/{QUAD}", f"{REL}tiling-scheme", JSON),
            _tile_link(href),
        ],
    }
    if layer.box is not None:
        said["boundingBox"] = {"lowerLeft": layer.box[:2], "upperRight": layer.box[2:], "crs": crs.CRS84.uri}
        said["tileMatrixSetLimits"] = [_limits(layer.box, z) for z in range(tiles.LOWEST, tiles.HIGHEST + 1)]
    return said


def _limits(box: tuple[float, float, float, float], z: int) -> dict[str, Any]:
    west, south, east, north = box
    return {
        "tileMatrix": str(z),
        "minTileCol": _column(west, z),
        "maxTileCol": _column(east, z),
        "minTileRow": _row(north, z),
        "maxTileRow": _row(south, z),
    }


def _column(lon: float, z: int) -> int:
    return min(max(int((lon + 180) / 360 * 2**z), 0), 2**z - 1)


def _row(lat: float, z: int) -> int:
    at = (1 - math.asinh(math.tan(math.radians(min(max(lat, -85.05), 85.05)))) / math.pi) / 2
    return min(max(int(at * 2**z), 0), 2**z - 1)


# ---- OpenAPI ---------------------------------------------------------------------------------------------------------

_PARAMETERS: dict[str, tuple[str, dict[str, Any]]] = {
    "f": ("query", {"type": "string", "enum": ["json", "html"]}),
    "lang": ("query", {"type": "string", "enum": ["zh-hant", "en"]}),
    "limit": ("query", {"type": "integer", "minimum": 1, "maximum": MOST, "default": DEFAULT_LIMIT}),
    "bbox": ("query", {"type": "array", "minItems": 4, "maxItems": 6, "items": {"type": "number"}}),
    "bbox-crs": ("query", {"type": "string", "format": "uri", "default": crs.CRS84.uri}),
    "crs": ("query", {"type": "string", "format": "uri", "default": crs.CRS84.uri}),
    "datetime": ("query", {"type": "string"}),
    "filter": ("query", {"type": "string"}),
    "filter-lang": ("query", {"type": "string", "enum": ["cql2-text"], "default": "cql2-text"}),
    "filter-crs": ("query", {"type": "string", "format": "uri", "default": crs.CRS84.uri}),
    "after": ("query", {"type": "string"}),
    "collectionId": ("path", {"type": "string"}),
    "featureId": ("path", {"type": "string"}),
    "tileMatrix": ("path", {"type": "integer", "minimum": 0}),
    "tileRow": ("path", {"type": "integer", "minimum": 0}),
    "tileCol": ("path", {"type": "integer", "minimum": 0}),
}
ITEMS = ("f", "lang", "limit", "bbox", "bbox-crs", "crs", "datetime", "filter", "filter-lang", "filter-crs", "after")
"""Parameters of a page of features, besides the layer's own columns."""


def _paths() -> dict[str, tuple[str, str, tuple[str, ...], str]]:
    """Path → name of the operation, what it does, its query parameters, what it answers."""
    one = "/collections/{collectionId}"
    return {
        "/": ("landing", _("服務的首頁"), ("f", "lang"), JSON),
        "/conformance": ("conformance", _("符合哪些標準"), ("f", "lang"), JSON),
        "/api": ("api", _("這份 OpenAPI 文件"), ("f", "lang"), OPENAPI),
        "/collections": ("collections", _("圖資目錄"), ("f", "lang"), JSON),
        one: ("collection", _("一種圖資的說明"), ("f", "lang"), JSON),
        f"{one}/queryables": ("queryables", _("可以查詢的欄位"), ("f", "lang"), SCHEMA),
        f"{one}/schema": ("schema", _("欄位說明"), ("f", "lang"), SCHEMA),
        f"{one}/items": ("items", _("圖徵；欄位名稱也可以當參數"), ITEMS, GEOJSON),
        f"{one}/items/{{featureId}}": ("item", _("一個圖徵"), ("f", "lang", "crs"), GEOJSON),
        f"{one}/tiles": ("tilesets", _("向量圖磚"), ("f", "lang"), JSON),
        f"{one}/tiles/{QUAD}": ("tileset", _("一組圖磚的說明"), ("f", "lang"), JSON),
        f"{one}/tiles/{QUAD}/{{tileMatrix}}/{{tileRow}}/{{tileCol}}": ("tile", _("一張圖磚"), (), MVT),
        f"{one}/tiles.pmtiles": ("archive", _("整包圖磚（PMTiles），可以分段讀"), (), "application/vnd.pmtiles"),
        "/tileMatrixSets": ("tileMatrixSets", _("圖磚的切法"), ("f", "lang"), JSON),
        f"/tileMatrixSets/{QUAD}": ("tileMatrixSet", _("圖磚的一種切法"), ("f", "lang"), JSON),
    }  # fmt: skip


def _points() -> dict[str, Any]:
    """Places to areas and attributes: asked by POST, since places may be somebody's."""
    number, text = {"type": "number"}, {"type": "string"}
    place = {"type": "object", "properties": {"lon": number, "lat": number, "address": text}}
    asked = {
        "type": "object", "required": ["points"],
        "properties": {
            "points": {"type": "array", "minItems": 1, "maxItems": 1000, "items": place},
            "layers": {"type": "array", "maxItems": 5, "items": text},
        },
    }  # fmt: skip
    summary = str(_("點或地址所在的村里、行政區與圖資的內容"))
    return {
        "operationId": "points",
        "summary": summary,
        "tags": [_("點位")],
        "requestBody": {"required": True, "content": {JSON: {"schema": asked}}},
        "responses": {
            "200": {"description": summary, "content": {JSON: {"schema": {"type": "object"}}}},
            **{code: {"$ref": "#/components/responses/Problem"} for code in ("400", "401", "403", "404", "429")},
        },
    }


def openapi(base: str) -> dict[str, Any]:
    """The whole service as one OpenAPI document."""
    paths: dict[str, Any] = {}
    for path, (name, summary, query, kind) in _paths().items():
        inside = [part[1:-1] for part in path.split("/") if part.startswith("{")]
        answers: dict[str, Any] = {
            "200": {"description": summary, "content": {kind: {"schema": _body(kind)}}},
            "304": {"description": _("沒有改變")},
            "400": {"$ref": "#/components/responses/Problem"},
        }
        if "f" in query:  # the same as a page
            answers["200"]["content"]["text/html"] = {"schema": {"type": "string"}}
        if "{collectionId}" in path:
            answers |= {
                code: {"$ref": "#/components/responses/Problem"} for code in ("401", "403", "404", "429", "503")
            }
        if name == "tile":
            answers["204"] = {"description": _("這張圖磚裡沒有東西")}
        if name == "archive":
            answers |= {"206": {"description": _("檔案的一段")}, "416": {"description": _("檔案沒有這一段")}}
        if name == "items":
            answers["200"]["headers"] = {"Content-Crs": {"schema": {"type": "string"}}}
        paths[path] = {
            "get": {
                "operationId": name,
                "summary": summary,
                "tags": [_("圖磚") if "ile" in name or name == "archive" else _("圖徵")],
                "parameters": [{"$ref": f"#/components/parameters/{one}"} for one in (*inside, *query)],
                "responses": answers,
            }
        }
    paths["/points"] = {"post": _points()}
    return {
        "openapi": "3.0.3",
        "info": {
            "title": _("%(city)s空間圖資服務") % {"city": _city()},
            "version": "1.0.0",
            "description": _("不公開的圖資要有金鑰；超過配額會回 429，並用 Retry-After 說明幾秒後再試。"),
            "license": {"name": str(Licence.OPEN.label), "url": OPEN_LICENCE},
        },
        "servers": [{"url": base}],
        "security": [{}, {"key": []}],
        "paths": paths,
        "components": {
            "parameters": {
                name: {
                    "name": name, "in": place, "required": place == "path", "schema": kind,
                    **({"style": "form", "explode": False} if kind["type"] == "array" else {}),
                }
                for name, (place, kind) in _PARAMETERS.items()
            },
            "responses": {
                "Problem": {
                    "description": _("為什麼不能回答（RFC 9457）"),
                    "content": {
                        "application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}},
                        "text/html": {"schema": {"type": "string"}},
                    },
                }
            },
            "schemas": {
                "Problem": {
                    "type": "object",
                    "properties": {
                        "title": {"type": "string"}, "status": {"type": "integer"}, "detail": {"type": "string"},
                    },
                }
            },
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}},
        },
    }  # fmt: skip


def _body(kind: str) -> dict[str, Any]:
    return {"type": "string", "format": "binary"} if kind in (MVT, "application/vnd.pmtiles") else {"type": "object"}
