"""Files of places to rows: CSV, ODS, XLSX and GeoJSON, with the reason for every row that is refused.

Coordinates may be degrees or TWD97 metres (EPSG:3826). What lies outside the city, was written the wrong way round or
contradicts its own district is refused and not repaired by guessing (research note 03 §7); a GeoJSON file that names a
coordinate system other than these two is refused as a whole.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, BinaryIO

import numpy as np
import shapely
from django.db.models import Model
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from shapely.geometry import mapping, shape
from shapely.geometry.base import BaseGeometry

from cityhall.engines.files import sheets
from cityhall.engines.files.sheets import CannotReadSheet, CellError, Column, Refusal
from cityhall.engines.places import geodesy, memory, rules
from cityhall.engines.places.memory import AreaName
from cityhall.engines.places.models import Area, DoorPlate, Landmark, LayerFeature, Road
from cityhall.engines.places.rules import Point
from cityhall.engines.places.states import AreaKind, LayerKind

MOST_FEATURES = 200_000
TAIWAN = shapely.box(119.0, 21.0, 123.0, 26.5)
SHORTEST_PIECE = 5.0
"""Metres of a road that it must have in a district to count as a road of it."""


class CannotImport(Exception):
    """The files cannot be taken in as a whole; the message says why and what to do."""


class RowRefused(Exception):
    """One row cannot be taken in: in which column, and why."""

    def __init__(self, column: str, why: str) -> None:
        super().__init__(why)
        self.column, self.why = column, why


@dataclass(frozen=True)
class SourceFile:
    """A file to import, with the name that people know it by."""

    name: str
    content: BinaryIO


@dataclass(frozen=True)
class Record:
    """A row of a sheet or a feature of a GeoJSON file, before the city's own records were asked."""

    number: int
    values: Mapping[str, Any]
    geometry: BaseGeometry | None = None
    properties: Mapping[str, Any] = field(default_factory=dict)
    """What a feature says of itself, as it stands."""


@dataclass
class Reading:
    """What files brought: rows ready to be stored but for their version, and what was refused, by file."""

    rows: list[Model] = field(default_factory=list)
    refused: list[tuple[str, Refusal]] = field(default_factory=list)

    @property
    def refused_rows(self) -> int:
        """How many rows were refused; one row may have several bad cells."""
        return len({(name, refusal.row) for name, refusal in self.refused})

    def report(self, most: int) -> list[dict[str, Any]]:
        """The refusals as data, the first so many."""
        return [
            {"file": name, "row": one.row, "column": one.column, "value": one.value[:60], "why": one.why}
            for name, one in self.refused[:most]
        ]


# Columns


def _small(cell: str) -> int:
    """A house number's part, with or without its unit: 200, 200號, ２００巷; empty is 0."""
    folded = rules.key(cell).lstrip("之").rstrip("號巷弄")
    if not folded:
        return 0
    if not re.fullmatch(r"\d{1,6}", folded):
        raise CellError(_("這裡要填號碼，例如 200。"))
    return int(folded)


def _number(cell: str) -> float | None:
    value = sheets.decimal(cell)
    return None if value is None else float(value)


def _geometry(cell: str) -> BaseGeometry | None:
    if not cell:
        return None
    try:
        return shapely.from_wkt(cell)
    except shapely.GEOSException:
        raise CellError(_("看不懂這個圖形。請寫成 WKT，例如 LINESTRING (121.30 24.99, 121.31 24.98)。")) from None


DISTRICT = Column("district", gettext_lazy("行政區"), sheets.text(20), aliases=("區", "鄉鎮市區", "行政區域", "區別"))
GEOMETRY = Column("geometry", gettext_lazy("圖形"), _geometry, aliases=("wkt", "geom", "線形"))
POINT = (
    Column("lon", gettext_lazy("經度"), _number, aliases=("lng", "longitude", "經度wgs84")),
    Column("lat", gettext_lazy("緯度"), _number, aliases=("latitude", "緯度wgs84")),
    Column("east", gettext_lazy("橫坐標"), _number, aliases=("橫座標", "x", "twd97x", "x坐標", "x座標")),
    Column("north", gettext_lazy("縱坐標"), _number, aliases=("縱座標", "y", "twd97y", "y坐標", "y座標")),
)
COLUMNS: dict[str, tuple[Column, ...]] = {
    LayerKind.BOUNDARIES: (
        Column("code", gettext_lazy("代碼"), sheets.text(20), required=True, aliases=("villcode", "towncode")),
        Column("name", gettext_lazy("名稱"), sheets.text(40), required=True, aliases=("villname", "townname")),
        Column("name_en", gettext_lazy("英文名稱"), sheets.text(80), aliases=("villeng", "towneng")),
        Column("district", gettext_lazy("所屬行政區代碼"), sheets.text(20)),
    ),
    LayerKind.ROADS: (
        Column("name", gettext_lazy("路名"), sheets.text(40), required=True, aliases=("道路名稱", "名稱")),
        Column("route", gettext_lazy("路線編號"), sheets.text(20), aliases=("ref",)),
        DISTRICT,
        GEOMETRY,
    ),
    LayerKind.LANDMARKS: (
        Column("name", gettext_lazy("名稱"), sheets.text(60), required=True, aliases=("地標名稱",)),
        Column("aliases", gettext_lazy("別名"), sheets.text(200)),
        Column("kind", gettext_lazy("類別"), sheets.text(20)),
        Column("address", gettext_lazy("地址"), sheets.text(120)),
        DISTRICT,
        *POINT,
    ),
    LayerKind.PLATES: (
        DISTRICT,
        Column("road", gettext_lazy("路名"), sheets.text(40), required=True, aliases=("街路段", "街、路段", "路街")),
        Column("lane", gettext_lazy("巷"), _small),
        Column("alley", gettext_lazy("弄"), _small),
        Column("number", gettext_lazy("號"), str, required=True, aliases=("門牌號", "號碼")),
        Column("sub", gettext_lazy("之"), _small),
        *POINT,
    ),
    LayerKind.MANAGERS: (
        Column("name", gettext_lazy("名稱"), sheets.text(60), required=True, aliases=("路名", "道路名稱")),
        Column("manager", gettext_lazy("權管機關代碼"), sheets.code, required=True, aliases=("manager_code",)),
        DISTRICT,
        GEOMETRY,
    ),
}  # fmt: skip


def template(kind: str) -> list[str]:
    """The headings of a sheet of this kind, for people to fill."""
    return [str(column.label) for column in COLUMNS[kind]]


# Reading a file


def records_of(file: SourceFile, kind: str) -> tuple[list[Record], list[Refusal]]:
    """The rows of a file by their columns. Raises CannotImport when it cannot be read at all."""
    columns = COLUMNS[kind]
    head = file.content.read(4096)
    file.content.seek(0)
    if head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
        return _features(file.content, columns)
    if kind == LayerKind.BOUNDARIES:
        raise CannotImport(_("行政區界線要用 GeoJSON 檔。"))
    try:
        sheet = sheets.read_sheet(file.content, columns)
    except CannotReadSheet as problem:
        raise CannotImport(f"{file.name}：{problem}") from None
    rows = [Record(row.number, row.values, _shape_of(row.values)) for row in sheet.rows]
    return rows, sheet.refused


def _shape_of(values: Mapping[str, Any]) -> BaseGeometry | None:
    """The geometry that a row of a sheet gives: a shape, degrees, or metres of TWD97."""
    if values.get("geometry") is not None:
        geometry: BaseGeometry = values["geometry"]
        return geometry
    if values.get("lon") is not None and values.get("lat") is not None:
        return shapely.Point(values["lon"], values["lat"])
    if values.get("east") is not None and values.get("north") is not None:
        return _in_degrees(shapely.Point(values["east"], values["north"]))
    return None


def _in_degrees(geometry: BaseGeometry) -> BaseGeometry:
    return shapely.transform(geometry, lambda at: np.column_stack(geodesy.to_degrees(at[:, 0], at[:, 1])))


_DEGREES = re.compile(r"(?:CRS84|EPSG:{1,2}(?:\d*:)?(?:4326|3824))$", re.IGNORECASE)
_TWD97 = re.compile(r"EPSG:{1,2}(?:\d*:)?3826$", re.IGNORECASE)


def _features(content: BinaryIO, columns: Sequence[Column]) -> tuple[list[Record], list[Refusal]]:
    data = content.read(sheets.MOST_BYTES + 1)
    if len(data) > sheets.MOST_BYTES:
        raise CannotImport(_("檔案太大：最多 %(most)d MB。") % {"most": sheets.MOST_BYTES // 2**20})
    try:
        collection = json.loads(data.decode("utf-8-sig"))
    except (UnicodeDecodeError, ValueError, RecursionError):
        raise CannotImport(_("這不是正確的 GeoJSON 檔。")) from None
    features = collection.get("features") if isinstance(collection, dict) else None
    if not isinstance(features, list) or collection.get("type") != "FeatureCollection":
        raise CannotImport(_("GeoJSON 檔要是一個 FeatureCollection。"))
    if len(features) > MOST_FEATURES:
        raise CannotImport(_("這個檔案超過 %(most)d 筆。請分成幾個檔案。") % {"most": MOST_FEATURES})
    in_metres = _is_in_metres(collection)
    found: list[Record] = []
    refused: list[Refusal] = []
    by_name = {name: column for column in columns for name in column.names()}
    for number, feature in enumerate(features, start=1):
        try:
            found.append(_feature(number, feature, by_name, columns, in_metres))
        except RowRefused as problem:
            refused.append(Refusal(number, problem.column, "", problem.why))
    return found, refused


def _is_in_metres(collection: Mapping[str, Any]) -> bool:
    """Whether the file's coordinates are TWD97 metres; a file that says nothing is in degrees (RFC 7946 §4)."""
    named = collection.get("crs")
    if named is None:
        return False
    properties = named.get("properties") if isinstance(named, dict) else None
    name = str(properties.get("name", "") if isinstance(properties, dict) else "")
    if _TWD97.search(name):
        return True
    if _DEGREES.search(name):
        return False
    raise CannotImport(
        _("檔案的坐標系統是「%(name)s」。請先轉成 WGS84 經緯度或 TWD97（EPSG:3826）。") % {"name": name[:80]}
    )


def _feature(
    number: int, feature: Any, by_name: Mapping[str, Column], columns: Sequence[Column], in_metres: bool
) -> Record:
    if not isinstance(feature, dict) or feature.get("type") != "Feature":
        raise RowRefused("", _("這不是一個 Feature。"))
    properties = feature.get("properties")
    properties = properties if isinstance(properties, dict) else {}
    values: dict[str, Any] = {column.key: "" for column in columns}
    for name, value in properties.items():
        column = by_name.get(rules.key(name)) or by_name.get(str(name).strip().casefold())
        if column is not None and value is not None and not values[column.key]:
            values[column.key] = str(value).strip()
    for column in columns:
        if column.required and not values[column.key]:
            raise RowRefused(str(column.label), _("這一格必須填寫。"))
        try:
            values[column.key] = column.parse(values[column.key])
        except CellError as problem:
            raise RowRefused(str(column.label), str(problem)) from None
    if feature.get("geometry") is None:
        return Record(number, values)
    try:
        geometry = shape(feature["geometry"])
        if geometry.is_empty or not np.isfinite(shapely.get_coordinates(geometry)).all():
            raise ValueError
    except (TypeError, ValueError, KeyError, AttributeError, IndexError, shapely.GEOSException):
        raise RowRefused(_("圖形"), _("圖形不正確。")) from None
    return Record(number, values, _in_degrees(geometry) if in_metres else geometry, properties)


# Placing a row in the city


@dataclass
class City:
    """The boundaries that everything else is placed by."""

    places: memory.Boundaries

    def district(self, name: str) -> AreaName | None:
        """The district that a cell names; none for an empty cell."""
        if not name:
            return None
        found = self.places.district(name)
        if found is None:
            raise RowRefused(_("行政區"), _("沒有「%(name)s」這個行政區。") % {"name": name})
        return found

    def point(self, record: Record) -> tuple[Point, AreaName]:
        """The point of a row with the district that it lies in; it must be the one that the row names."""
        geometry = record.geometry
        if geometry is None or geometry.geom_type != "Point":
            raise RowRefused(_("經度"), _("請填經度和緯度，或 TWD97 的橫坐標和縱坐標。"))
        _check_in_taiwan(geometry)
        at = Point(round(geometry.x, 6), round(geometry.y, 6))
        place = self.places.districts.at(memory.point_in_metres(at))
        if place is None:
            raise RowRefused(_("經度"), _("這個位置不在本市範圍內。"))
        lies_in, said = self.places.districts.names[place], self.district(record.values.get("district", ""))
        if said and said.code != lies_in.code:
            raise RowRefused(
                _("行政區"),
                _("位置在%(lies_in)s，和填寫的%(said)s不同。") % {"lies_in": lies_in.name, "said": said.name},
            )
        return at, lies_in

    def pieces(self, record: Record) -> list[tuple[AreaName, BaseGeometry]]:
        """A line cut at the borders of districts; only the part in the named district where the row names one."""
        geometry = record.geometry
        if geometry is None or geometry.geom_type not in {"LineString", "MultiLineString"}:
            raise RowRefused(_("圖形"), _("道路要是線：LINESTRING 或 MULTILINESTRING。"))
        _check_in_taiwan(geometry)
        plane, said = memory.in_metres(geometry), self.district(record.values.get("district", ""))
        found = []
        for place in sorted(self.places.districts.tree.query(plane, predicate="intersects")):
            area = self.places.districts.names[place]
            if said and area.code != said.code:
                continue
            piece = _only_lines(plane.intersection(self.places.districts.shapes[place]))
            if piece.length >= SHORTEST_PIECE:
                found.append((area, piece))
        if not found:
            raise RowRefused(_("圖形"), _("這條道路不在本市或填寫的行政區範圍內。"))
        if said and sum(piece.length for _area, piece in found) < plane.length / 2:
            raise RowRefused(
                _("行政區"), _("這條道路一半以上不在%(said)s。請改填行政區，或留白由系統分段。") % {"said": said.name}
            )
        return [(area, rounded(_in_degrees(piece))) for area, piece in found]


def _check_in_taiwan(geometry: BaseGeometry) -> None:
    west, south, east, north = geometry.bounds
    if TAIWAN.contains(shapely.box(west, south, east, north)):
        return
    if TAIWAN.contains(shapely.box(south, west, north, east)):
        raise RowRefused(_("經度"), _("經度和緯度好像寫反了。"))
    raise RowRefused(_("經度"), _("這個位置不在臺灣。"))


def _only_lines(geometry: BaseGeometry) -> BaseGeometry:
    parts = [one for one in getattr(geometry, "geoms", [geometry]) if one.geom_type == "LineString"]
    return shapely.line_merge(shapely.MultiLineString(parts))


def _only_areas(geometry: BaseGeometry) -> BaseGeometry:
    whole = shapely.make_valid(geometry)
    parts = [one for one in shapely.get_parts(shapely.get_parts(whole)) if one.geom_type == "Polygon" and one.area > 0]
    return parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts)


def rounded(geometry: BaseGeometry) -> BaseGeometry:
    """Six decimals: a decimetre."""
    return shapely.transform(geometry, lambda at: np.round(at, 6))


def _json(geometry: BaseGeometry) -> dict[str, Any]:
    return dict(mapping(geometry))


# Rows of each kind


def _road(city: City, record: Record) -> list[Model]:
    name = rules.key(record.values["name"])
    key, section = rules.split_section(name)
    return [
        Road(
            name=record.values["name"], key=key, section=section, route=record.values["route"],
            district_code=area.code, geometry=_json(piece),
        )
        for area, piece in city.pieces(record)
    ]  # fmt: skip


def _landmark(city: City, record: Record) -> list[Model]:
    at, area = city.point(record)
    values = {name: record.values[name] for name in ("name", "aliases", "kind", "address")}
    return [Landmark(**values, district_code=area.code, lon=at.lon, lat=at.lat)]


def _plate(city: City, record: Record) -> list[Model]:
    at, area = city.point(record)
    key, section = rules.split_section(record.values["road"])
    house = re.fullmatch(r"0*(\d{1,5})(?:[之\-]0*(\d{1,4}))?號?(?:之0*(\d{1,4}))?", rules.key(record.values["number"]))
    if not house or int(house[1]) == 0:
        raise RowRefused(_("號"), _("這裡要填號碼，例如 200 或 200之1。"))
    return [
        DoorPlate(
            district_code=area.code, road=record.values["road"], key=key, section=section,
            lane=record.values["lane"], alley=record.values["alley"], number=int(house[1]),
            sub=int(house[2] or house[3] or 0) or record.values["sub"], lon=at.lon, lat=at.lat,
        )
    ]  # fmt: skip


@dataclass
class Managers:
    """Rows of a layer of managers: a shape of their own, or that of a district or of a road by name."""

    city: City
    roads: memory.Gazetteer
    known: Callable[[str], bool]

    def __call__(self, city: City, record: Record) -> list[Model]:
        name, manager = record.values["name"], record.values["manager"]
        if not self.known(manager):
            raise RowRefused(_("權管機關代碼"), _("沒有代碼「%(code)s」的機關。") % {"code": manager})
        return [
            LayerFeature(name=name, manager_code=manager, geometry=_json(geometry)) for geometry in self._shapes(record)
        ]

    def _shapes(self, record: Record) -> Iterable[BaseGeometry]:
        name, said = record.values["name"], self.city.district(record.values.get("district", ""))
        if record.geometry is not None:
            return [self._own_shape(record.geometry)]
        if area := self.city.places.district(name):
            place = self.city.places.districts.by_code[area.code]
            return [rounded(_in_degrees(self.city.places.districts.shapes[place]))]
        key, section = rules.split_section(name)
        lines = [
            road.line
            for road in self.roads.by_key.get(key, [])
            if (not said or road.district_code == said.code) and (not section or road.section == section)
        ]
        if not lines:
            raise RowRefused(_("名稱"), _("請附圖形，或填寫道路圖層裡有的路名、行政區名稱。"))
        return [rounded(_in_degrees(line)) for line in lines]

    def _own_shape(self, geometry: BaseGeometry) -> BaseGeometry:
        _check_in_taiwan(geometry)
        if geometry.geom_type in {"Polygon", "MultiPolygon"}:
            geometry = _only_areas(geometry)
        elif geometry.geom_type not in {"LineString", "MultiLineString"}:
            raise RowRefused(_("圖形"), _("權管範圍要是線或面。"))
        if not len(self.city.places.districts.tree.query(memory.in_metres(geometry), predicate="intersects")):
            raise RowRefused(_("圖形"), _("這個位置不在本市範圍內。"))
        return rounded(geometry)


# Boundaries


def _boundaries(files: Sequence[SourceFile]) -> Reading:
    """Districts, then villages, from one file or two. What holds a district code of another area is a village."""
    reading = Reading()
    districts: dict[str, Area] = {}
    villages: list[tuple[str, Record, Area, str]] = []
    for file in files:
        found, refused = records_of(file, LayerKind.BOUNDARIES)
        reading.refused += [(file.name, one) for one in refused]
        for record in found:
            try:
                area, district = _area(record)
            except RowRefused as problem:
                reading.refused.append((file.name, Refusal(record.number, problem.column, "", problem.why)))
                continue
            if district:
                villages.append((file.name, record, area, district))
            elif area.code in districts:
                again = _("代碼「%(code)s」出現兩次。") % {"code": area.code}
                reading.refused.append((file.name, Refusal(record.number, _("代碼"), area.code, again)))
            else:
                districts[area.code] = area
    reading.rows += districts.values()
    codes: set[str] = set(districts)
    for name, record, area, district in villages:
        why = ""
        if district not in districts:
            why = _("沒有代碼「%(code)s」的行政區。") % {"code": district}
        elif area.code in codes:
            why = _("代碼「%(code)s」出現兩次。") % {"code": area.code}
        if why:
            reading.refused.append((name, Refusal(record.number, _("代碼"), area.code, why)))
            continue
        codes.add(area.code)
        area.parent = districts[district]
        reading.rows.append(area)
    if not districts:
        raise CannotImport(_("檔案裡沒有任何行政區（區）。請一起上傳區和里的界線檔。"))
    return reading


def _area(record: Record) -> tuple[Area, str]:
    """An area and, for a village, the code of its district."""
    said = {str(name).casefold(): value for name, value in record.properties.items()}
    code, name, name_en = (record.values[name] for name in ("code", "name", "name_en"))
    district = record.values["district"]
    if said.get("villcode"):  # the Ministry's own names: a village has both its code and its town's
        code, name, district = str(said["villcode"]), str(said.get("villname") or ""), str(said.get("towncode") or "")
        name_en = str(said.get("villeng") or "")
    geometry = record.geometry
    if not name:
        raise RowRefused(_("名稱"), _("這一格必須填寫。"))
    if geometry is None or geometry.geom_type not in {"Polygon", "MultiPolygon"}:
        raise RowRefused(_("圖形"), _("界線要是面：Polygon 或 MultiPolygon。"))
    _check_in_taiwan(geometry)
    areas = _only_areas(geometry)
    if areas.is_empty:
        raise RowRefused(_("圖形"), _("圖形不正確。"))
    kind = AreaKind.VILLAGE if district else AreaKind.DISTRICT
    return Area(kind=kind, code=code, name=name, name_en=name_en, geometry=_json(rounded(areas))), district


# The door of this module


def read(kind: str, files: Sequence[SourceFile], *, manager_is_known: Callable[[str], bool]) -> Reading:
    """Read files of one kind of layer. Raises CannotImport when they cannot be taken in as a whole."""
    if kind == LayerKind.BOUNDARIES:
        return _boundaries(files)
    city = City(memory.boundaries())
    if not city.places.districts.names:
        raise CannotImport(_("請先匯入行政區界線，才能檢查位置。"))
    rows_of: dict[str, Callable[[City, Record], list[Model]]] = {
        LayerKind.ROADS: _road,
        LayerKind.LANDMARKS: _landmark,
        LayerKind.PLATES: _plate,
    }
    take = rows_of.get(kind) or Managers(city, memory.gazetteer(), manager_is_known)
    reading = Reading()
    seen: dict[tuple[Any, ...], int] = {}
    for file in files:
        found, refused = records_of(file, kind)
        reading.refused += [(file.name, one) for one in refused]
        for record in found:
            try:
                rows = take(city, record)
                _refuse_twice(rows, record, seen)
            except RowRefused as problem:
                value = str(record.values.get("name") or record.values.get("road") or "")
                reading.refused.append((file.name, Refusal(record.number, problem.column, value, problem.why)))
            else:
                reading.rows += rows
    return reading


def _refuse_twice(rows: Sequence[Model], record: Record, seen: dict[tuple[Any, ...], int]) -> None:
    """A house has one plate."""
    for row in rows:
        if isinstance(row, DoorPlate):
            house = (row.district_code, row.key, row.section, row.lane, row.alley, row.number, row.sub)
            if house in seen:
                raise RowRefused(_("號"), _("這個門牌在第 %(row)d 列已經有了。") % {"row": seen[house]})
            seen[house] = record.number
