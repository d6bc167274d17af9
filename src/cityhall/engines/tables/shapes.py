"""Files of places to rows with a geometry in degrees: Shapefile, KML, GeoJSON, GeoParquet.

The system of coordinates is read from the file or declared, never guessed; shapes are mended where the mending is
beyond doubt, and told.
"""

from __future__ import annotations

import codecs
import json
import re
import zipfile
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import shapely
from django.utils.translation import gettext_lazy as _

from .documents import MOST_BYTES, cell_of, check_xml, flat, small_enough
from .report import CannotRead, Example, ProblemKind, RepairKind, Report
from .rules import CRS, TAIWAN, Kind, crs_of
from .staging import Declared, Staged, Staging, check_width

if TYPE_CHECKING:
    import duckdb

MOST_UNPACKED = 600 * 2**20
MOST_RATIO = 300
MOST_FILES = 200
MOST_POINTS = 500_000
"""Corners of one shape."""
LARGEST = 40.0
"""Square degrees: Taiwan and its sea. A larger shape is an error."""
_TWD67 = (
    "+proj=tmerc +lat_0=0 +lon_0=121 +k=0.9999 +x_0=250000 +y_0=0 +ellps=aust_SA"
    " +towgs84=-752,-358,-179,-0.0000011698,0.0000018398,0.0000009822,0.00002329 +units=m +no_defs"
)
"""EPSG:3828 with the shift of some 800 m that Taiwan's surveyors use; PROJ's own data leave the datum as it is."""


def unpack(source: Path, folder: Path) -> Path:
    """The plain files of an archive in a folder of ours, without their paths. Raises CannotRead for bombs."""
    made = folder / "unpacked"
    made.mkdir()
    try:
        with zipfile.ZipFile(source) as archive:
            entries = [one for one in archive.infolist() if not one.is_dir()]
            size = sum(one.file_size for one in entries)
            if len(entries) > MOST_FILES or size > MOST_UNPACKED or size > MOST_RATIO * max(1, source.stat().st_size):
                raise CannotRead(ProblemKind.ARCHIVE, _("壓縮檔解開後太大或檔案太多，因此不讀取。"))
            left = MOST_UNPACKED
            for one in entries:
                name = re.split(r"[\\/]", one.filename)[-1]
                if one.flag_bits & 1:
                    raise CannotRead(ProblemKind.ARCHIVE, _("壓縮檔有密碼保護。請先移除密碼。"))
                if not name or name.startswith("."):
                    continue
                with archive.open(one) as packed, (made / name).open("wb") as out:
                    while block := packed.read(2**20):
                        left -= len(block)
                        if left < 0:
                            raise CannotRead(ProblemKind.ARCHIVE, _("壓縮檔解開後太大或檔案太多，因此不讀取。"))
                        out.write(block)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError):
        raise CannotRead(ProblemKind.ARCHIVE, _("壓縮檔已損壞，無法開啟。")) from None
    return made


# Coordinates


def _spatial() -> Path:
    """DuckDB's spatial part, which came with the program: nothing is fetched."""
    import duckdb
    import duckdb_extension_spatial

    return next(Path(duckdb_extension_spatial.__path__[0]).rglob(f"v{duckdb.__version__}/spatial.duckdb_extension"))


def to_degrees(shapes: Any, crs: int, con: duckdb.DuckDBPyConnection) -> Any:
    """Shapes of one of our systems, in longitude and latitude."""
    if crs in (4326, 3824):
        return shapes
    con.load_extension(str(_spatial()))
    points = shapely.get_coordinates(shapes)
    source = _TWD67 if crs == 3828 else f"EPSG:{crs}"
    con.register("points", pa.table({"x": points[:, 0], "y": points[:, 1]}))
    moved = con.execute(
        "SELECT ST_X(p) AS x, ST_Y(p) AS y FROM"
        " (SELECT ST_Transform(ST_Point(x, y), ?, 'EPSG:4326', always_xy := true) AS p FROM points)",
        [source],
    ).to_arrow_table()
    con.unregister("points")
    found = np.column_stack([moved["x"].to_numpy(), moved["y"].to_numpy()])
    return shapely.set_coordinates(shapes, found)


def checked(
    shapes: Any, lines: list[int], crs: int, declared: Declared, report: Report, con: duckdb.DuckDBPyConnection
) -> Any:
    """Shapes in degrees, mended where they must be; what cannot be mended stops. Raises CannotRead."""
    for at in map(int, np.flatnonzero(shapely.get_num_coordinates(shapes) > MOST_POINTS)):
        raise CannotRead(
            ProblemKind.GEOMETRY, _("第 %(at)d 筆的圖形有 %(points)d 個點，最多 %(most)d 個。請先簡化。"), line=lines[at],
            at=lines[at], points=int(shapely.get_num_coordinates(shapes[at])), most=MOST_POINTS,
        )  # fmt: skip
    high = int(np.count_nonzero(shapely.has_z(shapes)))
    if high:
        report.add(RepairKind.HEIGHTS, count=high)
    shapes = shapely.force_2d(shapes)
    points, of = shapely.get_coordinates(shapes, return_index=True)
    bad = np.flatnonzero(~np.isfinite(points).all(axis=1))
    if len(bad):
        line = lines[int(of[bad[0]])]
        raise CannotRead(ProblemKind.GEOMETRY, _("第 %(at)d 筆的坐標不是數字（NaN 或無限大）。"), line=line, at=line)
    if not len(points):
        return shapes
    if crs not in (4326, 3824):
        shapes = to_degrees(shapes, crs, con)
        report.add(RepairKind.REPROJECTED, before=f"EPSG:{crs}（{CRS[crs]}）", after="EPSG:4326（WGS 84）")
    else:
        shapes = _turned(shapes, lines, report)
    bounds = shapely.bounds(shapes)
    off = np.flatnonzero((np.abs(bounds[:, [0, 2]]) > 180).any(axis=1) | (np.abs(bounds[:, [1, 3]]) > 90).any(axis=1)
                         | (np.isnan(bounds).any(axis=1) & ~shapely.is_missing(shapes) & ~shapely.is_empty(shapes)))  # fmt: skip
    if len(off):
        line = lines[int(off[0])]
        raise CannotRead(
            ProblemKind.CRS, _("第 %(at)d 筆的坐標不是經緯度。檔案沒有寫明正確的坐標系統，請補上（例如 EPSG:3826）。"),
            line=line, at=line,
        )  # fmt: skip
    shapes = _mended(shapes, lines, report)
    large = np.flatnonzero(shapely.area(shapes) > LARGEST)
    if len(large):
        line = lines[int(large[0])]
        raise CannotRead(ProblemKind.GEOMETRY, _("第 %(at)d 筆的圖形比整個臺灣還大，請檢查坐標。"), line=line, at=line)
    _count_outside(shapes, lines, declared, report)
    return shapes


def _turned(shapes: Any, lines: list[int], report: Report) -> Any:
    """Longitude and latitude the right way round: Taiwan's cannot be taken for each other."""
    bounds = shapely.bounds(shapes)
    with np.errstate(invalid="ignore"):
        wrong = (bounds[:, 0] >= TAIWAN.south) & (bounds[:, 2] <= TAIWAN.north) & (
            bounds[:, 1] >= TAIWAN.west) & (bounds[:, 3] <= TAIWAN.east)  # fmt: skip
    which = np.flatnonzero(wrong)
    if not len(which):
        return shapes
    shapes = shapes.copy()
    before = shapes[which]
    shapes[which] = shapely.transform(before, lambda points: points[:, ::-1])
    examples = [
        Example(lines[int(at)], _point_of(old), _point_of(shapes[at]))
        for at, old in zip(which[:5], before[:5], strict=True)
    ]
    report.add(RepairKind.SWAPPED, count=len(which), examples=examples)
    return shapes


def _point_of(shape: Any) -> str:
    x, y = shapely.get_coordinates(shape)[0]
    return f"{x:.6f}, {y:.6f}"


def _mended(shapes: Any, lines: list[int], report: Report) -> Any:
    wrong = np.flatnonzero(~shapely.is_valid(shapes) & ~shapely.is_missing(shapes))
    if not len(wrong):
        return shapes
    shapes = shapes.copy()
    reasons = shapely.is_valid_reason(shapes[wrong])
    mended = shapely.make_valid(shapes[wrong], method="structure", keep_collapsed=False)
    for at, new in zip(wrong, mended, strict=True):
        if shapely.is_empty(new):
            line = lines[int(at)]
            raise CannotRead(
                ProblemKind.GEOMETRY, _("第 %(at)d 筆的圖形沒有面積或長度，無法修正。"), line=line, at=line
            )
    examples = [
        Example(lines[int(at)], str(reason), new.geom_type)
        for at, reason, new in zip(wrong[:5], reasons[:5], mended[:5], strict=True)
    ]
    shapes[wrong] = mended
    report.add(RepairKind.GEOMETRY, count=len(wrong), examples=examples)
    return shapes


def _count_outside(shapes: Any, lines: list[int], declared: Declared, report: Report) -> None:
    box = declared.box or TAIWAN
    bounds = shapely.bounds(shapes)
    with np.errstate(invalid="ignore"):
        out = (
            (bounds[:, 2] < box.west)
            | (bounds[:, 0] > box.east)
            | (bounds[:, 3] < box.south)
            | (bounds[:, 1] > box.north)
        )
    which = np.flatnonzero(out)
    if len(which):
        examples = [Example(lines[int(at)], _point_of(shapes[at]), "") for at in which[:5]]
        report.add(RepairKind.OUTSIDE, count=len(which), examples=examples)


def _crs(named: str, declared: Declared) -> int:
    """The system that the file names or that is declared. Raises CannotRead when there is none, or both differ."""
    found = crs_of(named)
    if named and found is None and declared.crs is None:
        raise CannotRead(
            ProblemKind.CRS,
            _("檔案的坐標系統（%(name)s）不在可讀的範圍：EPSG 3826、3828、4326、3857、3824。"),
            name=named[:80],
        )
    if found and declared.crs and found != declared.crs and {found, declared.crs} != {4326, 3824}:
        raise CannotRead(
            ProblemKind.CRS, _("檔案寫的坐標系統是 EPSG:%(found)d，詮釋資料寫的是 EPSG:%(declared)d。請確認哪一個正確。"),
            found=found, declared=declared.crs,
        )  # fmt: skip
    chosen = found or declared.crs
    if chosen is None:
        raise CannotRead(
            ProblemKind.CRS, _("檔案沒有寫明坐標系統（例如 Shapefile 缺少 .prj）。請補上，或在詮釋資料選擇坐標系統。")
        )
    if chosen not in CRS:
        raise CannotRead(ProblemKind.CRS, _("坐標系統要是 EPSG 3826、3828、4326、3857 或 3824。"))
    return chosen


# GeoJSON


def read_geojson(
    found: dict[str, Any], folder: Path, declared: Declared, report: Report, con: duckdb.DuckDBPyConnection
) -> Staged:
    """Stage the features of a collection."""
    features = found.get("features") if found.get("type") == "FeatureCollection" else [found]
    if not isinstance(features, list) or not all(
        isinstance(one, dict) and one.get("type") == "Feature" for one in features
    ):
        raise CannotRead(ProblemKind.STRUCTURE, _("這個 GeoJSON 不是圖徵的集合（FeatureCollection）。"))
    if not features:
        raise CannotRead(ProblemKind.FILE, _("這個檔案沒有資料。"))
    named = found.get("crs")
    name = str((named.get("properties") or {}).get("name", "")) if isinstance(named, dict) else ""
    crs = _crs(name or ("" if declared.crs else "OGC:CRS84"), declared)
    nested: Counter[str] = Counter()
    rows, shapes = [], []
    for line, one in enumerate(features, start=1):
        properties = one.get("properties") or {}
        if not isinstance(properties, dict):
            raise CannotRead(ProblemKind.STRUCTURE, _("第 %(at)d 筆的屬性不是物件。"), line=line, at=line)
        rows.append(flat(properties, declared.nested, nested))
        shapes.append(_shape(one.get("geometry"), line))
    for column, count in nested.items():
        report.add(RepairKind.NESTED, column, count)
    lines = list(range(1, len(features) + 1))
    made = checked(np.array(shapes, dtype=object), lines, crs, declared, report, con)
    return _staged(rows, lines, made, folder, crs)


def _shape(geometry: Any, line: int) -> Any:
    if geometry is None:
        return None
    try:
        return shapely.from_geojson(
            json.dumps(geometry, default=lambda n: float(n) if isinstance(n, Decimal) else None)
        )
    except (shapely.GEOSException, TypeError, ValueError, RecursionError):
        raise CannotRead(ProblemKind.GEOMETRY, _("第 %(at)d 筆的圖形寫法不完整或有誤。"), line=line, at=line) from None


def _staged(rows: list[dict[str, Any]], lines: list[int], shapes: Any, folder: Path, crs: int) -> Staged:
    names = list(dict.fromkeys(name for row in rows for name in row))
    check_width(len(names) + 1)
    place = len(names)
    staging = Staging(folder / "staged.parquet", place + 1, native={place: pa.binary()})
    for line, row, wkb in zip(lines, rows, shapely.to_wkb(shapes), strict=True):
        staging.add(line, [*((row.get(name) or None) for name in names), wkb])
    return staging.staged([*names, "geometry"], native={place: Kind.GEOMETRY}, geometry=place, crs=crs)


# Shapefile and KML


def read_archive(
    source: Path, folder: Path, declared: Declared, report: Report, con: duckdb.DuckDBPyConnection
) -> Staged:
    """Stage a zipped Shapefile or KML."""
    made = unpack(source, folder)
    shp = sorted(made.glob("*.[sS][hH][pP]"))
    kml = sorted(made.glob("*.[kK][mM][lL]"))
    if len(shp) == 1:
        return read_shapefile(shp[0], folder, declared, report, con)
    if len(kml) == 1 and not shp:
        return read_kml(kml[0], folder, declared, report, con)
    raise CannotRead(
        ProblemKind.ARCHIVE, _("壓縮檔裡要有一組 Shapefile（.shp、.shx、.dbf、.prj）或一個 KML；找到 %(count)d 組。"),
        count=len(shp) + len(kml),
    )  # fmt: skip


def _beside(path: Path, extension: str) -> Path | None:
    return next(
        (
            one
            for one in path.parent.iterdir()
            if one.stem.lower() == path.stem.lower() and one.suffix.lower() == extension
        ),
        None,
    )


def read_shapefile(
    path: Path, folder: Path, declared: Declared, report: Report, con: duckdb.DuckDBPyConnection
) -> Staged:
    """Stage a Shapefile by its .prj and .cpg; without .cpg the text's encoding is found."""
    missing = [extension for extension in (".dbf", ".shx") if _beside(path, extension) is None]
    if missing:
        raise CannotRead(ProblemKind.ARCHIVE, _("Shapefile 缺少 %(missing)s。"), missing="、".join(missing))
    prj = _beside(path, ".prj")
    crs = _crs(prj.read_text("utf-8", "replace") if prj else "", declared)
    encoding = _dbf_encoding(path, declared, report)
    return _by_gdal(path, folder, crs, declared, report, con, encoding=encoding)


def _dbf_encoding(path: Path, declared: Declared, report: Report) -> str:
    cpg = _beside(path, ".cpg")
    named = cpg.read_text("ascii", "ignore").strip() if cpg else declared.encoding
    data = (_beside(path, ".dbf") or path).read_bytes()
    body = data[32:]
    fits = [name for name in ("utf-8", "cp950") if _fits(body, name)]
    wanted = (
        "cp950"
        if re.search(r"big-?5|950", named, re.IGNORECASE)
        else "utf-8"
        if re.search("utf-?8|65001", named, re.IGNORECASE)
        else ""
    )
    found = wanted if wanted in fits else fits[0] if fits else ""
    if not found:
        raise CannotRead(ProblemKind.ENCODING, _("Shapefile 屬性的文字既不是 UTF-8 也不是 Big5。"))
    shown = "Big5" if found == "cp950" else "UTF-8"
    if named and found != wanted:
        report.add(RepairKind.ENCODING_DIFFERS, before=named, after=shown)
    elif found == "cp950":
        report.add(RepairKind.ENCODING, after=shown)
    return found


def _fits(body: bytes, encoding: str) -> bool:
    if body.isascii():
        return True
    try:  # fields are cut at a number of bytes, so a letter may be half
        codecs.decode(body, encoding, "strict")
        return True
    except UnicodeDecodeError:
        text = codecs.decode(body, encoding, "replace")
        return text.count("\ufffd") * 50 < sum(letter > "\x7f" for letter in text)


def read_kml(path: Path, folder: Path, declared: Declared, report: Report, con: duckdb.DuckDBPyConnection) -> Staged:
    """Stage the placemarks of a KML, whose coordinates are degrees by its standard."""
    small_enough(path)
    check_xml(path)
    if re.search(rb"<(?:\w+:)?NetworkLink\b", path.read_bytes()):
        raise CannotRead(ProblemKind.STRUCTURE, _("KML 指向別的網址（NetworkLink），請改上傳實際的圖徵。"))
    renamed = folder / "places.kml"
    renamed.write_bytes(path.read_bytes())
    return _by_gdal(renamed, folder, 4326, declared, report, con)


def _by_gdal(
    path: Path, folder: Path, crs: int, declared: Declared, report: Report, con: duckdb.DuckDBPyConnection,
    *, encoding: str | None = None,
) -> Staged:  # fmt: skip
    if path.stat().st_size > MOST_UNPACKED:
        raise CannotRead(
            ProblemKind.TOO_BIG,
            _("檔案太大：這種格式最多 %(most)d MB。請改用 CSV 或 Parquet。"),
            most=MOST_BYTES // 2**20,
        )
    import pyogrio  # heavy: GDAL is needed by those who read such files

    try:
        tables = [
            pyogrio.read_arrow(path, layer=layer, encoding=encoding, read_geometry=True)
            for layer, kind in pyogrio.list_layers(path)
        ]
    except Exception:  # GDAL's errors of every kind: the file is broken
        raise CannotRead(ProblemKind.FILE, _("檔案已損壞，讀不出圖徵。")) from None
    rows: list[dict[str, Any]] = []
    shapes: list[Any] = []
    for about, table in tables:
        geometry = about["geometry_name"] or "wkb_geometry"
        names = [name for name in table.column_names if name != geometry]
        columns = {name: table.column(name).to_pylist() for name in names}
        rows += [{name: _attribute(columns[name][at]) for name in names} for at in range(table.num_rows)]
        shapes += (
            list(_from_wkb(table.column(geometry).to_pylist()))
            if geometry in table.column_names
            else [None] * table.num_rows
        )
    if not rows:
        raise CannotRead(ProblemKind.FILE, _("這個檔案沒有資料。"))
    empty = {name for name in rows[0] if path.suffix == ".kml" and not any(row.get(name) for row in rows)}
    rows = [{name: value for name, value in row.items() if name not in empty} for row in rows]
    lines = list(range(1, len(rows) + 1))
    made = checked(np.array(shapes, dtype=object), lines, crs, declared, report, con)
    return _staged(rows, lines, made, folder, crs)


def _from_wkb(values: list[bytes | None]) -> Any:
    try:
        return shapely.from_wkb(np.array(values, dtype=object))
    except shapely.GEOSException:
        raise CannotRead(ProblemKind.GEOMETRY, _("檔案裡有無法讀取的圖形。")) from None


def _attribute(value: Any) -> str | None:
    if isinstance(value, float):
        return None if not np.isfinite(value) else format(Decimal(repr(value)), "f")
    if isinstance(value, bytes):
        return value.hex()
    if hasattr(value, "isoformat"):
        return str(value.isoformat())
    return cell_of(value)


# Parquet


def read_parquet(
    source: Path, folder: Path, declared: Declared, report: Report, con: duckdb.DuckDBPyConnection
) -> Staged:
    """Stage a Parquet file; with GeoParquet's description its geometry too."""
    try:
        file = pq.ParquetFile(source)
        schema = file.schema_arrow
    except (pa.ArrowException, OSError):
        raise CannotRead(ProblemKind.FILE, _("檔案已損壞，不是完整的 Parquet。")) from None
    about = _geo(schema.metadata or {})
    shape = about.get("primary_column", "") if about else ""
    names = [name for name in schema.names if not _covering(name, about)]
    check_width(len(names))
    unpacked = sum(file.metadata.row_group(n).total_byte_size for n in range(file.metadata.num_row_groups))
    if unpacked > 20 * 2**30:
        raise CannotRead(ProblemKind.ARCHIVE, _("檔案解壓縮後太大，因此不讀取。"))
    types = {n: _native(schema.field(name).type) for n, name in enumerate(names) if name != shape}
    kinds = {n: found[0] for n, found in types.items() if found is not None}
    arrow = {n: found[1] for n, found in types.items() if found is not None}
    crs, place = None, None
    if shape:
        place = names.index(shape)
        column = (about.get("columns") or {}).get(shape) or {}
        if column.get("encoding", "WKB") != "WKB":
            raise CannotRead(ProblemKind.GEOMETRY, _("GeoParquet 的圖形要以 WKB 編碼。"))
        crs = _crs(_geo_crs(column), declared)
        kinds[place], arrow[place] = Kind.GEOMETRY, pa.binary()
    staging = Staging(folder / "staged.parquet", len(names), native=arrow)
    done = 0
    gathered: Report = report
    for batch in file.iter_batches(batch_size=50_000, columns=names):
        lines = list(range(done + 1, done + batch.num_rows + 1))
        columns = [_ready(batch.column(batch.schema.get_field_index(name)), arrow.get(n), nested=name, report=gathered, first=not done)
                   if n != place else _ready_shapes(batch.column(batch.schema.get_field_index(name)), lines, crs or 0, declared, report, con)
                   for n, name in enumerate(names)]  # fmt: skip
        staging.add_table(pa.table([*columns, pa.array(lines, pa.int64())], names=staging.schema.names))
        done += batch.num_rows
    texts = frozenset(n for n, name in enumerate(names) if pa.types.is_string(schema.field(name).type))
    return staging.staged(names, native=kinds, geometry=place, crs=crs, texts=texts)


def _geo(metadata: dict[bytes, bytes]) -> dict[str, Any]:
    try:
        found = json.loads(metadata.get(b"geo", b"{}"))
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _covering(name: str, about: dict[str, Any]) -> bool:
    for column in (about.get("columns") or {}).values():
        bbox = ((column or {}).get("covering") or {}).get("bbox") or {}
        if any(isinstance(path, list) and path and path[0] == name for path in bbox.values()):
            return True
    return False


def _geo_crs(column: dict[str, Any]) -> str:
    if "crs" not in column:
        return "OGC:CRS84"  # the standard's default
    crs = column["crs"]
    if not isinstance(crs, dict):
        return ""
    known = crs.get("id") or {}
    return f"{known.get('authority', '')}:{known.get('code', '')}" if known else str(crs.get("name", ""))


def _native(given: pa.DataType) -> tuple[Kind, pa.DataType] | None:
    if pa.types.is_boolean(given):
        return Kind.BOOLEAN, pa.bool_()
    if pa.types.is_uint64(given):
        return None
    if pa.types.is_integer(given):
        return Kind.INTEGER, pa.int64()
    if pa.types.is_floating(given):
        return Kind.NUMBER, pa.float64()
    if pa.types.is_date(given):
        return Kind.DATE, pa.date32()
    if pa.types.is_timestamp(given):
        return Kind.TIME, pa.timestamp("us")
    return None


def _ready(column: pa.Array, wanted: pa.DataType | None, *, nested: str, report: Report, first: bool) -> pa.Array:
    if isinstance(column, pa.ChunkedArray):
        column = column.combine_chunks()
    if wanted is not None:
        if pa.types.is_timestamp(column.type) and column.type.tz:
            column = pa.compute.local_timestamp(column.cast(pa.timestamp("us", tz="Asia/Taipei")))
        return column.cast(wanted, safe=False)
    if pa.types.is_nested(column.type) or pa.types.is_binary(column.type) or pa.types.is_large_binary(column.type):
        if first:
            report.add(RepairKind.NESTED, nested, len(column))
        return pa.array([_attribute(value) for value in column.to_pylist()], pa.string())
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    return column.cast(pa.string())


def _ready_shapes(
    column: pa.Array, lines: list[int], crs: int, declared: Declared, report: Report, con: duckdb.DuckDBPyConnection
) -> pa.Array:
    if isinstance(column, pa.ExtensionArray):
        column = column.storage
    shapes = checked(_from_wkb(column.to_pylist()), lines, crs, declared, report, con)
    return pa.array(list(shapely.to_wkb(shapes)), pa.binary())
