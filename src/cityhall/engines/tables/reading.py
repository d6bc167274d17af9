"""A file of open data to a table: `read` finds what its columns hold, repairs what is beyond doubt, and tells both.

Types are found on a sample and then asked of every row. DuckDB asks for the plain form of a kind; the distinct cells
that do not have it are read by `rules.read_value`. A cell that does not fit makes its column text; where the kind was
declared it stops the file. Nothing is lost either way.
"""

from __future__ import annotations

import shutil
import tempfile
import weakref
import zipfile
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import shapely
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from . import documents, shapes
from .delimited import read_delimited
from .duck import reading_connection, select
from .folding import SEPARATOR, folded
from .report import CannotRead, Example, Problem, ProblemKind, RepairKind, Report
from .rules import TAIWAN, Kind, Mark, Named, degrees_pair, is_code, likely_kind, metres_pair, name_columns, read_value
from .staging import Declared, Staged

if TYPE_CHECKING:
    import duckdb

SAMPLE = 5_000
MOST_FORMS = 1_000_000
MOST_BYTES = 8 * 2**30
BATCH = 20_000
KIND_NAMES = {
    Kind.TEXT: _("文字"), Kind.INTEGER: _("整數"), Kind.NUMBER: pgettext_lazy("column", "數值"), Kind.DATE: _("日期"), Kind.MONTH: _("年月"),
    Kind.TIME: _("日期時間"), Kind.BOOLEAN: _("是非"), Kind.GEOMETRY: _("圖形"),
}  # fmt: skip
ARROW = {
    Kind.TEXT: pa.string(), Kind.INTEGER: pa.int64(), Kind.NUMBER: pa.float64(), Kind.DATE: pa.date32(),
    Kind.MONTH: pa.string(), Kind.TIME: pa.timestamp("us"), Kind.BOOLEAN: pa.bool_(), Kind.GEOMETRY: pa.binary(),
}  # fmt: skip
SQL = {Kind.TEXT: "VARCHAR", Kind.INTEGER: "BIGINT", Kind.NUMBER: "DOUBLE", Kind.DATE: "DATE", Kind.MONTH: "VARCHAR",
       Kind.TIME: "TIMESTAMP", Kind.BOOLEAN: "BOOLEAN"}  # fmt: skip
_PLAIN = {
    Kind.INTEGER: "regexp_full_match({c}, '0|-?[1-9][0-9]{{0,17}}')",
    Kind.NUMBER: "(length({c}) <= 15 AND regexp_full_match({c}, '-?(0|[1-9][0-9]*)(\\.[0-9]+)?'))",
    Kind.DATE: "(regexp_full_match({c}, '[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}') AND TRY_CAST({c} AS DATE) IS NOT NULL)",
    Kind.MONTH: "regexp_full_match({c}, '[0-9]{{4}}-(0[1-9]|1[0-2])')",
    Kind.TIME: "(regexp_full_match({c}, '[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}} [0-9]{{2}}:[0-9]{{2}}:[0-9]{{2}}')"
               " AND TRY_CAST({c} AS TIMESTAMP) IS NOT NULL)",
    Kind.BOOLEAN: "{c} IN ('true', 'false')",
}  # fmt: skip
"""Whether a cell has the plain form of a kind, which DuckDB casts without loss."""
_CONTROL = "[\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\x7f]"
MARK_REPAIRS = {
    Mark.WIDTH: RepairKind.WIDTH, Mark.SPACE: RepairKind.SPACE, Mark.THOUSANDS: RepairKind.THOUSANDS,
    Mark.ROC: RepairKind.ROC, Mark.FORM: RepairKind.FORM, Mark.ZONE: RepairKind.ZONE, Mark.EMPTY: RepairKind.EMPTY,
}  # fmt: skip
Told = Callable[[str, float], None]
"""Hears which step is being done, and how far it is from 0 to 1."""


def _silent(step: str, share: float) -> None:
    """Nobody listens."""


@dataclass(frozen=True)
class Column:
    """A column of a table: its name, the heading it had, and what it holds."""

    name: str
    header: str
    kind: Kind


@dataclass
class Reading:
    """A file that was read, not stored yet. Leave it (`with`), and its working files are gone."""

    name: str
    columns: list[Column] = field(default_factory=list)
    report: Report = field(default_factory=Report)
    rows: int = 0
    format: str = ""
    pair: tuple[str, str] | None = None
    """The columns of longitude and latitude in degrees."""
    geometry: str | None = None
    crs: int | None = None
    """The system in which the file had its places; the table has degrees."""
    _staged: Staged | None = None
    _forms: dict[int, dict[str, str | None]] = field(default_factory=dict)
    _clean: set[int] = field(default_factory=set)
    _empty: frozenset[str] = frozenset()
    _swap: bool = False
    _plane: tuple[int, int] | None = None
    _con: duckdb.DuckDBPyConnection | None = None
    _folder: Path | None = None

    def __enter__(self) -> Reading:
        return self

    def __exit__(self, *_of: object) -> None:
        self.close()

    def close(self) -> None:
        """Done with it."""
        if self._con is not None:
            self._con.close()
            self._con = None
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None

    @property
    def schema(self) -> list[Column]:
        """The columns as they will be stored: with the points that were made of columns in metres."""
        return [*self.columns, Column("geometry", "", Kind.GEOMETRY)] if self._plane else self.columns

    @property
    def stopped(self) -> bool:
        """Whether something stands in the way of storing it."""
        return self.report.stopped

    def batches(self, *, size: int = BATCH, search: bool = False) -> Iterator[pa.RecordBatch]:
        """The rows as they will be stored, `_id` first; with `search` their folded text is the last column."""
        if self._staged is None or self._con is None:
            return
        asked = ["CAST(row_number() OVER () AS BIGINT) AS _id"]
        for n, column in enumerate(self.columns):
            asked.append(f"{self._expression(n, column)} AS c{n}")
        question = select(", ".join(asked), f"({self._source()})")
        reader = self._con.execute(question, self._staged.parameters).to_arrow_reader(size)
        names = ["_id", *(column.name for column in self.columns)]
        texts = [n for n, column in enumerate(self.columns) if column.kind in (Kind.TEXT, Kind.MONTH)]
        for batch in reader:
            arrays = [batch.column(0)]
            for n, column in enumerate(self.columns):
                arrays.append(self._converted(n, column, batch.column(n + 1)))
            if self._swap and self.pair:
                self._turn(arrays)
            found = pa.record_batch(arrays, names=names)
            if self._plane:
                found = found.append_column("geometry", self._points(*(arrays[n + 1] for n in self._plane)))
            if search:
                found = found.append_column("_search", _searched([arrays[n + 1] for n in texts], found.num_rows))
            yield found

    def _turn(self, arrays: list[pa.Array]) -> None:
        """Longitude and latitude the right way round, row by row."""
        order = [column.name for column in self.columns]
        at, to = (order.index(name) + 1 for name in self.pair or ())
        lon, lat = arrays[at], arrays[to]
        wrong = pc.fill_null(
            pc.and_(
                pc.and_(pc.greater_equal(lon, TAIWAN.south), pc.less_equal(lon, TAIWAN.north)),
                pc.and_(pc.greater_equal(lat, TAIWAN.west), pc.less_equal(lat, TAIWAN.east)),
            ),
            False,
        )
        arrays[at], arrays[to] = pc.if_else(wrong, lat, lon), pc.if_else(wrong, lon, lat)

    def _points(self, east: pa.Array, north: pa.Array) -> pa.Array:
        """Points in degrees of columns in metres."""
        import duckdb

        x = east.cast(pa.float64()).to_numpy(zero_copy_only=False)
        y = north.cast(pa.float64()).to_numpy(zero_copy_only=False)
        there = np.isfinite(x) & np.isfinite(y)
        made = np.full(len(x), None, dtype=object)
        if there.any() and self.crs:
            with duckdb.connect() as con:
                made[there] = shapely.to_wkb(shapes.to_degrees(shapely.points(x[there], y[there]), self.crs, con))
        return pa.array(list(made), pa.binary())

    def _source(self) -> str:
        """The rows that hold anything."""
        staged = self._staged
        filled = " OR ".join(f"c{n} IS NOT NULL" for n in range(len(self.columns)))
        return select("*", staged.relation, f"WHERE {filled}") if staged else ""

    def _expression(self, n: int, column: Column) -> str:
        staged = self._staged
        if column.kind is Kind.GEOMETRY or (staged and n in staged.native) or n in self._forms:
            if column.kind is Kind.NUMBER and staged and n in staged.native:
                return f"CASE WHEN isfinite(c{n}) THEN c{n} END"
            return f"c{n}"
        if column.kind is Kind.TEXT:
            return f"regexp_replace(c{n}, '{_CONTROL}', ' ', 'g')" if n in self._clean else f"c{n}"
        return f"CAST(c{n} AS {SQL[column.kind]})"

    def _converted(self, n: int, column: Column, cells: pa.Array) -> pa.Array:
        """Cells that were not all plain, by the forms that were found; texts without declared empty ones."""
        if n in self._forms:
            forms = self._forms[n]
            coded = pc.dictionary_encode(cells)
            texts = [forms.get(one, one) for one in coded.dictionary.to_pylist()]
            known = _cast(pa.array(texts, pa.string()), column.kind)
            return known.take(coded.indices)
        if column.kind is Kind.TEXT and self._empty:
            return pc.if_else(
                pc.is_in(cells, value_set=pa.array(sorted(self._empty))), pa.scalar(None, pa.string()), cells
            )
        return cells.cast(ARROW[column.kind]) if cells.type != ARROW[column.kind] else cells


def _cast(texts: pa.Array, kind: Kind) -> pa.Array:
    if kind is Kind.BOOLEAN:
        return pc.equal(texts, "true")
    return texts.cast(ARROW[kind])


def _searched(texts: list[pa.Array], rows: int) -> pa.Array:
    if not texts:
        return pa.array([""] * rows, pa.string())
    joined = pc.binary_join_element_wise(*[pc.fill_null(one, "") for one in texts], SEPARATOR)
    return folded(joined)


def read(
    file: Path, *, name: str, declared: Declared | None = None, told: Told = _silent, workplace: Path | None = None
) -> Reading:
    """Read a file of open data, whatever it is; its bytes decide, not its name.

    Never raises for what is in the file: `reading.report` has the problems, and `write` refuses a reading that has any.
    """
    import duckdb

    declared = declared or Declared()
    folder = Path(tempfile.mkdtemp(prefix="cityhall-table-", dir=workplace))
    reading = Reading(name=name, _folder=folder, _empty=declared.empty)
    weakref.finalize(reading, shutil.rmtree, folder, ignore_errors=True)
    try:
        reading._con = con = reading_connection(folder)
        staged, reading.format = _staged(file, folder, declared, reading.report, told, con)
        _typed(reading, staged, declared, told)
    except CannotRead as stopped:
        reading.report.stop(stopped.problem)
    except duckdb.OutOfMemoryException:
        reading.report.stop(Problem(ProblemKind.TOO_BIG, _("檔案太大，這部機器無法讀取。請分成幾個檔案。")))
    except duckdb.Error:
        reading.report.stop(Problem(ProblemKind.STRUCTURE, _("檔案的欄位無法分清楚。請檢查分隔符號和引號。")))
    return reading


def _staged(
    file: Path, folder: Path, declared: Declared, report: Report, told: Told, con: duckdb.DuckDBPyConnection
) -> tuple[Staged, str]:
    size = file.stat().st_size
    if not size:
        raise CannotRead(ProblemKind.FILE, _("這個檔案是空的。"))
    if size > MOST_BYTES:
        raise CannotRead(ProblemKind.TOO_BIG, _("檔案太大：最多 %(most)d GB。"), most=MOST_BYTES // 2**30)

    def bytes_done(done: int) -> None:
        told("decode", done / size)

    with file.open("rb") as opened:
        head = opened.read(4096)
    if head.startswith(b"PAR1"):
        return shapes.read_parquet(file, folder, declared, report, con), "PARQUET"
    if head.startswith(b"PK"):
        return _archive(file, folder, declared, report, con)
    if head.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        raise CannotRead(ProblemKind.FILE, _("這是舊的 Excel 檔（.xls）。請另存為 .ods、.xlsx 或 .csv。"))
    first = _first_letter(head)
    if first == "<":
        if b"opengis.net/kml" in head or b"<kml" in head:
            return shapes.read_kml(file, folder, declared, report, con), "KML"
        return documents.read_xml(file, folder, declared, report), "XML"
    if first in "{[":
        found = documents.load_json(file, folder, declared, report, bytes_done)
        if isinstance(found, dict) and found.get("type") in ("FeatureCollection", "Feature"):
            return shapes.read_geojson(found, folder, declared, report, con), "GEOJSON"
        return documents.read_records(documents.records_of(found, declared.path), folder, declared, report), "JSON"
    return read_delimited(file, folder, declared, report, bytes_done, con), "CSV"


def _first_letter(head: bytes) -> str:
    for mark, encoding in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if head.startswith(mark):
            return head.decode(encoding, "ignore").lstrip("\ufeff \t\r\n")[:1] or " "
    return head.lstrip(b" \t\r\n\x00")[:1].decode("ascii", "replace") or " "


def _archive(
    file: Path, folder: Path, declared: Declared, report: Report, con: duckdb.DuckDBPyConnection
) -> tuple[Staged, str]:
    try:
        with zipfile.ZipFile(file) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, OSError, ValueError):
        raise CannotRead(ProblemKind.ARCHIVE, _("壓縮檔已損壞，無法開啟。")) from None
    if "content.xml" in names:
        return documents.read_book(file, folder, declared, report), "ODS"
    if "xl/workbook.xml" in names:
        return documents.read_book(file, folder, declared, report), "XLSX"
    kml = any(name.lower().endswith(".kml") for name in names)
    return shapes.read_archive(file, folder, declared, report, con), "KML" if kml else "SHP"


# What the columns hold


def _named(staged: Staged, declared: Declared, report: Report) -> list[Named]:
    named = name_columns(staged.headers, declared.aliases)
    changed = [one for one in named if one.name != one.header.strip()]
    mapped = [one for one in changed if one.header.strip() in declared.aliases]
    for kind, which in (
        (RepairKind.CUT_NAME, mapped),
        (RepairKind.HEADER, [one for one in changed if one not in mapped]),
    ):
        if which:
            report.add(kind, count=len(which), examples=[Example(1, one.header, one.name) for one in which])
    for wanted in declared.kinds:
        if wanted not in {one.name for one in named}:
            report.stop(Problem(ProblemKind.HEADER, _("缺少欄位「%(column)s」。"), 1, wanted, {"column": wanted}))
    return named


def _typed(reading: Reading, staged: Staged, declared: Declared, told: Told) -> None:
    con = reading._con
    assert con is not None
    reading._staged = staged
    named = _named(staged, declared, reading.report)
    if not named:
        raise CannotRead(ProblemKind.HEADER, _("第一列要是欄位名稱。"), line=1)
    places = [n for n in range(len(named)) if n not in staged.native]
    first = select(", ".join(f"c{n}" for n in range(len(named))), staged.relation, f"LIMIT {SAMPLE}")
    sample = con.execute(first, staged.parameters).fetchall()
    kinds: list[Kind] = []
    for n, one in enumerate(named):
        if n in staged.native:
            kinds.append(staged.native[n])
        elif one.name in declared.kinds:
            kinds.append(declared.kinds[one.name])
        else:
            cells = [row[n] for row in sample if row[n] is not None and row[n] not in declared.empty]
            kind = likely_kind(cells, hint=one.header, empty=declared.empty_marks)
            written = n in staged.texts and kind not in (Kind.DATE, Kind.MONTH, Kind.TIME)
            kinds.append(Kind.TEXT if written else kind)
    reading.columns = [Column(one.name, one.header, kind) for one, kind in zip(named, kinds, strict=True)]
    odd = _asked(reading, staged, places, told)
    for n in odd:
        _read_forms(reading, staged, declared, n)
    _numbers_finite(reading, staged)
    reading.geometry = named[staged.geometry].name if staged.geometry is not None else None
    reading.crs = staged.crs
    if reading.geometry is None:
        _find_pair(reading, staged, declared)
    told("check", 1.0)


def _asked(reading: Reading, staged: Staged, places: list[int], told: Told) -> list[int]:
    """Ask every row: how many rows there are, and in which columns cells are not in the plain form of their kind."""
    con = reading._con
    assert con is not None
    asks = ["count(*)", f"count(*) FILTER ({' OR '.join(f'c{n} IS NOT NULL' for n in range(len(reading.columns)))})"]
    for n in places:
        kind = reading.columns[n].kind
        test = f"regexp_matches(c{n}, '{_CONTROL}')" if kind is Kind.TEXT else f"NOT {_PLAIN[kind].format(c=f'c{n}')}"
        asks.append(f"count(*) FILTER (c{n} IS NOT NULL AND {test})")
    with _followed(con, told, "check"):
        found = con.execute(select(", ".join(asks), staged.relation), staged.parameters).fetchone()
    assert found is not None
    reading.rows = found[1]
    if found[0] > found[1]:
        reading.report.add(RepairKind.EMPTY_ROWS, count=found[0] - found[1])
    odd = []
    for n, count in zip(places, found[2:], strict=True):
        if not count:
            continue
        if reading.columns[n].kind is Kind.TEXT:
            reading._clean.add(n)
            reading.report.add(RepairKind.CONTROL, reading.columns[n].name, count)
        else:
            odd.append(n)
    return odd


def _read_forms(reading: Reading, staged: Staged, declared: Declared, n: int) -> None:
    """Read the cells of a column that are not plain; where one does not fit, the column is text or the file stops."""
    con, column = reading._con, reading.columns[n]
    assert con is not None
    line = ", min(_line)" if staged.has_lines else ""
    plain = _PLAIN[column.kind].format(c=f"c{n}")
    rest = f"WHERE c{n} IS NOT NULL AND NOT {plain} GROUP BY c{n} ORDER BY min(_row) LIMIT {MOST_FORMS + 1}"
    asked = select(f"c{n}, count(*), min(_row){line}", _numbered(staged), rest)
    odd = con.execute(asked, staged.parameters).fetchall()
    read_as, kind = _forms(odd, column, column.kind, declared)
    if read_as is None and column.kind is Kind.INTEGER and column.name not in declared.kinds:
        read_as, kind = _forms(odd, column, Kind.NUMBER, declared)
    if read_as is None:
        _not_all(reading, staged, declared, n, odd)
        return
    reading.columns[n] = Column(column.name, column.header, kind)
    forms, marks, examples = read_as
    reading._forms[n] = forms
    lines = _lines(staged, [row for rows in examples.values() for row in rows])
    for mark, rows in examples.items():
        first = [Example(lines.get(row[2], row[2] + 1), row[0], forms[row[0]] or "") for row in rows]
        reading.report.add(MARK_REPAIRS[mark], column.name, marks[mark], first)


Forms = tuple[dict[str, str | None], Counter[Mark], dict[Mark, list[Any]]]


def _forms(odd: list[Any], column: Column, kind: Kind, declared: Declared) -> tuple[Forms | None, Kind]:
    forms: dict[str, str | None] = {}
    marks: Counter[Mark] = Counter()
    examples: dict[Mark, list[Any]] = defaultdict(list)
    if len(odd) > MOST_FORMS:
        return None, kind
    empty = declared.empty_marks | declared.empty
    for row in odd:
        value = read_value(kind, row[0], hint=column.header, empty=empty)
        if value is None:
            return None, kind
        forms[row[0]] = value.text
        for mark in value.marks:
            if mark is Mark.EMPTY and not row[0].strip():
                continue
            marks[mark] += row[1]
            if len(examples[mark]) < 5:
                examples[mark].append(row)
    return (forms, marks, {mark: rows for mark, rows in examples.items() if rows}), kind


def _lines(staged: Staged, rows: list[Any]) -> dict[int, int]:
    if staged.has_lines:
        return {row[2]: row[3] for row in rows}
    return staged.lines([row[2] for row in rows])


def _not_all(reading: Reading, staged: Staged, declared: Declared, n: int, odd: list[Any]) -> None:
    column = reading.columns[n]
    empty = declared.empty_marks | declared.empty
    wrong = [row for row in odd if read_value(column.kind, row[0], hint=column.header, empty=empty) is None] or odd
    lines = _lines(staged, wrong[:20])
    if column.name in declared.kinds:
        for row in wrong[:20]:
            line = lines.get(row[2], row[2] + 1)
            values = {"at": line, "column": column.name, "value": row[0][:60], "kind": KIND_NAMES[column.kind]}
            text = _("第 %(at)d 行「%(column)s」的「%(value)s」不是%(kind)s。")
            reading.report.stop(Problem(ProblemKind.VALUE, text, line, column.name, values))
        return
    reading.columns[n] = Column(column.name, column.header, Kind.TEXT)
    examples = [Example(lines.get(row[2], row[2] + 1), row[0], row[0]) for row in wrong[:5]]
    count = sum(row[1] for row in wrong)
    codes = [row for row in wrong if is_code(row[0])]
    if codes:
        reading.report.add(RepairKind.CODES, column.name, sum(row[1] for row in codes), examples)
    else:
        reading.report.add(RepairKind.MIXED, column.name, count, examples, kind=KIND_NAMES[column.kind])
    if any(chr(code) in row[0] for row in odd for code in (*range(9), 11, 12, *range(14, 32), 127)):
        reading._clean.add(n)
        reading.report.add(RepairKind.CONTROL, column.name, len(odd))


def _numbers_finite(reading: Reading, staged: Staged) -> None:
    con = reading._con
    assert con is not None
    for n, kind in staged.native.items():
        if kind is not Kind.NUMBER:
            continue
        question = select(f"count(*) FILTER (c{n} IS NOT NULL AND NOT isfinite(c{n}))", staged.relation)
        (count,) = con.execute(question, staged.parameters).fetchone() or (0,)
        if count:
            reading.report.add(RepairKind.NOT_FINITE, reading.columns[n].name, count)


def _find_pair(reading: Reading, staged: Staged, declared: Declared) -> None:
    """The columns of coordinates by name and by what they hold; swapped ones are turned round and told."""
    numbers = [column.name for column in reading.columns if column.kind in (Kind.NUMBER, Kind.INTEGER)]
    pair = degrees_pair(numbers)
    if pair is None:
        if plane := metres_pair(numbers):
            _in_the_plane(reading, staged, declared, plane)
        return
    at = _places(reading, pair)
    lon, lat = (_number(reading, n) for n in at)
    box = declared.box or TAIWAN
    turned = f"({lon} BETWEEN {TAIWAN.south} AND {TAIWAN.north} AND {lat} BETWEEN {TAIWAN.west} AND {TAIWAN.east})"
    inside = f"({lon} BETWEEN {box.west} AND {box.east} AND {lat} BETWEEN {box.south} AND {box.north})"
    inside_turned = f"({lat} BETWEEN {box.west} AND {box.east} AND {lon} BETWEEN {box.south} AND {box.north})"
    outside = f"(NOT {inside} AND NOT ({turned} AND {inside_turned}))"
    both, swapped, degrees, out = _counts(
        reading, staged, f"({lon} IS NOT NULL AND {lat} IS NOT NULL)", turned,
        f"((abs({lon}) <= 180 AND abs({lat}) <= 90) OR {turned})", outside,
    )  # fmt: skip
    if not both:
        return
    if degrees < both:
        reading.report.add(RepairKind.NO_CRS, "、".join(pair))
        return
    reading.pair = pair
    if swapped:
        reading._swap = True
        for n in at:
            reading.columns[n] = Column(reading.columns[n].name, reading.columns[n].header, Kind.NUMBER)
        rows = _first(reading, staged, at, turned)
        examples = [Example(line, f"{one}, {other}", f"{other}, {one}") for line, one, other in rows]
        reading.report.add(RepairKind.SWAPPED, count=swapped, examples=examples)
    if out:
        rows = _first(reading, staged, at, outside)
        examples = [Example(line, f"{one}, {other}", "") for line, one, other in rows]
        reading.report.add(RepairKind.OUTSIDE, count=out, examples=examples)


_PLANE = {3826: (-100_000, 2_200_000, 600_000, 3_000_000), 3828: (-100_000, 2_200_000, 600_000, 3_000_000),
          3857: (13_100_000, 2_300_000, 13_850_000, 3_100_000)}  # fmt: skip
"""Where Taiwan and its sea lie in metres."""


def _in_the_plane(reading: Reading, staged: Staged, declared: Declared, plane: tuple[str, str]) -> None:
    """Columns in metres become points where their system is declared; without it they stay numbers."""
    if declared.crs not in _PLANE or "geometry" in {column.name.casefold() for column in reading.columns}:
        reading.report.add(RepairKind.NO_CRS, "、".join(plane))
        return
    at = _places(reading, plane)
    east, north = (_number(reading, n) for n in at)
    west, south, most_east, most_north = _PLANE[declared.crs]
    outside = f"NOT ({east} BETWEEN {west} AND {most_east} AND {north} BETWEEN {south} AND {most_north})"
    (out,) = _counts(reading, staged, outside)
    if out:
        rows = _first(reading, staged, at, outside)
        examples = [Example(line, f"{one}, {other}", "") for line, one, other in rows]
        reading.report.add(RepairKind.OUTSIDE, count=out, examples=examples)
    reading.geometry, reading.crs, reading._plane = "geometry", declared.crs, at
    shown = f"EPSG:{declared.crs}"
    reading.report.add(RepairKind.REPROJECTED, before=shown, after="EPSG:4326")


def _places(reading: Reading, names: tuple[str, str]) -> tuple[int, int]:
    order = [column.name for column in reading.columns]
    return order.index(names[0]), order.index(names[1])


def _counts(reading: Reading, staged: Staged, *conditions: str) -> tuple[int, ...]:
    con = reading._con
    assert con is not None
    asks = ", ".join(f"count(*) FILTER (WHERE {one})" for one in conditions)
    return con.execute(select(asks, staged.relation), staged.parameters).fetchone() or ()


def _first(reading: Reading, staged: Staged, at: tuple[int, int], condition: str) -> list[tuple[int, Any, Any]]:
    """Line and both cells of the first rows that meet a condition."""
    con = reading._con
    assert con is not None
    line = "_line" if staged.has_lines else "_row"
    asked = select(f"{line}, c{at[0]}, c{at[1]}", _numbered(staged), f"WHERE {condition} ORDER BY _row LIMIT 5")
    rows = con.execute(asked, staged.parameters).fetchall()
    lines = {row[0]: row[0] for row in rows} if staged.has_lines else staged.lines([row[0] for row in rows])
    return [(lines.get(row[0], row[0] + 1), row[1], row[2]) for row in rows]


def _numbered(staged: Staged) -> str:
    return f"({select('*, row_number() OVER () AS _row', staged.relation)})"


def _number(reading: Reading, n: int) -> str:
    return (
        f"TRY_CAST(c{n} AS DOUBLE)" if n not in reading._forms else f"TRY_CAST(replace(trim(c{n}), ',', '') AS DOUBLE)"
    )


class _followed:
    """Tell how far DuckDB is with a question while it is at it."""

    def __init__(self, con: duckdb.DuckDBPyConnection, told: Told, step: str) -> None:
        self.con, self.told, self.step, self.done = con, told, step, Event()

    def __enter__(self) -> None:
        if self.told is not _silent:
            Thread(target=self._look, daemon=True).start()

    def __exit__(self, *_of: object) -> None:
        self.done.set()

    def _look(self) -> None:
        while not self.done.wait(0.5):
            share = self.con.query_progress()
            if share > 0:
                self.told(self.step, min(1.0, share / 100))
