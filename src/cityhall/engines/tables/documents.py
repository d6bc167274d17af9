"""Sheets, JSON and XML to rows: nested data flattened by a declared rule, bombs refused before they unfold."""

from __future__ import annotations

import io
import json
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import ParseError, iterparse
from django.utils.translation import gettext_lazy as _

from cityhall.engines.files import sheets

from .delimited import decoded
from .report import CannotRead, Example, ProblemKind, RepairKind, Report
from .staging import Declared, Staged, check_width, stage_rows

MOST_BYTES = 200 * 2**20
MOST_RECORDS = 2_000_000
MOST_DEPTH = 40


def small_enough(source: Path, most: int = MOST_BYTES) -> None:
    """Raises CannotRead for a file that is read in one piece and too big for that."""
    if source.stat().st_size > most:
        raise CannotRead(
            ProblemKind.TOO_BIG, _("檔案太大：這種格式最多 %(most)d MB。請改用 CSV 或 Parquet。"), most=most // 2**20
        )


# Sheets


def read_book(source: Path, folder: Path, declared: Declared, report: Report) -> Staged:
    """Stage the first sheet of an XLSX or ODS. Formulas count by their result; one without result stops."""
    small_enough(source, sheets.MOST_BYTES)
    content = source.read_bytes()
    _formulas(content, report)
    try:
        lines = sheets.read_table(io.BytesIO(content), most=sheets.MOST_ROWS)
        header = next(lines, (0, []))[1]
        if not header:
            raise CannotRead(ProblemKind.FILE, _("這個檔案是空的。"))
        width = len(header)

        def rows() -> Iterator[tuple[int, list[str]]]:
            for number, cells in lines:
                if any(cells[width:]):
                    raise CannotRead(
                        ProblemKind.STRUCTURE, _("第 %(at)d 列的格數比標題多。請補上欄位名稱或刪除多出的格。"),
                        line=number, at=number,
                    )  # fmt: skip
                yield number, cells[:width]

        return stage_rows(folder / "staged.parquet", header, rows(), report)
    except sheets.CannotReadSheet as refused:
        raise CannotRead(ProblemKind.FILE, "%(why)s", why=str(refused)) from None


def _formulas(content: bytes, report: Report) -> None:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        if sum(one.file_size for one in archive.infolist()) > sheets.MOST_UNPACKED:
            raise CannotRead(ProblemKind.ARCHIVE, _("檔案解壓縮後太大，因此不讀取。"))
        pages = [name for name in archive.namelist() if name.startswith("xl/worksheets/") or name == "content.xml"]
        held = [archive.read(name) for name in pages[:1] if not name.endswith("/")]
    if any(b"table:formula=" in one for one in held):
        count = sum(one.count(b"table:formula=") for one in held)
        report.add(RepairKind.FORMULA, column="*", count=count)
    if not any(b"<f>" in one or b"<f " in one for one in held):
        return
    try:
        asked = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=False, keep_links=False)
        valued = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
    except Exception:  # openpyxl lets whatever a broken file provokes through; reading it says why
        return
    found: Counter[int] = Counter()
    examples: dict[int, list[Example]] = {}
    header: list[Any] = []
    pairs = zip(asked.worksheets[0].iter_rows(), valued.worksheets[0].iter_rows(values_only=True), strict=False)
    for line, (formulas, values) in enumerate(pairs, start=1):
        header = header or [value for value in values if value is not None] and list(values)
        for at, (cell, value) in enumerate(zip(formulas, values, strict=False)):
            if getattr(cell, "data_type", "") != "f":
                continue
            if value is None:
                raise CannotRead(
                    ProblemKind.FORMULA, _("第 %(at)d 列有公式還沒有計算結果。請用試算表開啟、存檔後再上傳，或改貼上值。"),
                    line=line, at=line,
                )  # fmt: skip
            found[at] += 1
            if len(examples.setdefault(at, [])) < 5:
                examples[at].append(Example(line, str(cell.value), str(value)))
    for at, count in found.items():
        name = str(header[at]) if at < len(header) and header[at] is not None else str(at + 1)
        report.add(RepairKind.FORMULA, name, count, examples[at])
    asked.close()
    valued.close()


# JSON


def load_json(source: Path, folder: Path, declared: Declared, report: Report, told: Callable[[int], None]) -> Any:
    """What a JSON file says. Raises CannotRead; NaN is not JSON, and a name twice in one object is not clear."""
    small_enough(source)
    text = decoded(source, folder / "decoded", declared, report, told).path.read_text("utf-8", "surrogatepass")

    def no_constant(name: str) -> Any:
        raise CannotRead(ProblemKind.VALUE, _("JSON 裡有 %(name)s，不是合法的數值。"), name=name)

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) != len(pairs):
            twice = Counter(name for name, _value in pairs).most_common(1)[0][0]
            raise CannotRead(ProblemKind.STRUCTURE, _("JSON 的同一個物件裡「%(name)s」出現兩次。"), name=twice)
        return found

    try:
        return json.loads(
            text.removeprefix("\ufeff"), parse_constant=no_constant, object_pairs_hook=once, parse_float=Decimal,
            parse_int=_whole,
        )  # fmt: skip
    except json.JSONDecodeError as wrong:
        raise CannotRead(
            ProblemKind.FILE, _("第 %(at)d 行不是合法的 JSON。"), line=wrong.lineno, at=wrong.lineno
        ) from None
    except RecursionError:
        raise CannotRead(ProblemKind.TOO_BIG, _("JSON 的層數太多，因此不讀取。")) from None


def _whole(text: str) -> Any:
    return int(text) if len(text) < 30 else Decimal(text)


def records_of(found: Any, path: str) -> list[Any]:
    """The list of records of a JSON document: itself, or where the path says, or its only list of objects."""
    for step in [one for one in path.split(".") if one]:
        if not isinstance(found, dict) or step not in found:
            raise CannotRead(ProblemKind.STRUCTURE, _("JSON 裡沒有「%(path)s」。"), path=path)
        found = found[step]
    for _level in range(4):
        if isinstance(found, list):
            break
        if not isinstance(found, dict):
            break
        lists = [value for value in found.values() if isinstance(value, list) and value and isinstance(value[0], dict)]
        inner = [value for value in found.values() if isinstance(value, dict)]
        if len(lists) == 1:
            found = lists[0]
        elif len(inner) == 1 and not lists:
            found = inner[0]
        else:
            break
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise CannotRead(
            ProblemKind.STRUCTURE, _("JSON 裡找不到由物件組成的清單。請說明清單在哪裡（例如 result.records）。")
        )
    return found


def cell_of(value: Any) -> str | None:
    """A JSON value as a cell."""
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal | int):
        return format(value, "f") if isinstance(value, Decimal) else str(value)
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, default=str)


def flat(record: dict[str, Any], how: str, nested: Counter[str], begin: str = "", depth: int = 0) -> dict[str, Any]:
    """A record without nesting: a.b for objects, JSON text for lists."""
    found: dict[str, Any] = {}
    for key, value in record.items():
        name = f"{begin}{key}"
        if isinstance(value, dict) and how == "dots" and value and depth < MOST_DEPTH:
            nested[begin.split(".")[0] or key] += 1
            found.update(flat(value, how, nested, f"{name}.", depth + 1))
        else:
            if isinstance(value, list | dict):
                nested[name] += 1
            found[name] = cell_of(value)
    return found


def read_records(records: list[Any], folder: Path, declared: Declared, report: Report) -> Staged:
    """Stage objects; every name that any of them has is a column."""
    nested: Counter[str] = Counter()
    rows = [flat(one, declared.nested, nested) for one in records]
    names = list(dict.fromkeys(name for row in rows for name in row))
    if not names:
        raise CannotRead(ProblemKind.FILE, _("這個檔案沒有資料。"))
    check_width(len(names))
    for name, count in nested.items():
        report.add(RepairKind.NESTED, name, count)
    lines = ((at, [row.get(name) for name in names]) for at, row in enumerate(rows, start=1))
    return stage_rows(folder / "staged.parquet", names, lines, report)


# XML


def check_xml(source: Path) -> Counter[tuple[str, ...]]:
    """How often each path of elements stands in the file, down to five levels. Raises CannotRead for bombs."""
    small_enough(source)
    counted: Counter[tuple[str, ...]] = Counter()
    path: list[str] = []
    try:
        for event, element in iterparse(source, events=("start", "end"), forbid_dtd=True):
            if event == "start":
                path.append(_tag(element))
                if len(path) > MOST_DEPTH:
                    raise CannotRead(ProblemKind.TOO_BIG, _("XML 的層數太多，因此不讀取。"))
                if len(path) <= 5:
                    counted[tuple(path)] += 1
            else:
                path.pop()
                element.clear()
    except DefusedXmlException:
        raise CannotRead(ProblemKind.FILE, _("檔案裡有不允許的 XML 宣告（DTD 或實體），因此不讀取。")) from None
    except ParseError as wrong:
        line = wrong.position[0]
        raise CannotRead(ProblemKind.FILE, _("第 %(at)d 行不是合法的 XML。"), line=line, at=line) from None
    except (LookupError, ValueError):
        raise CannotRead(ProblemKind.ENCODING, _("看不懂這個 XML 的文字編碼。請另存為 UTF-8。")) from None
    return counted


def _tag(element: Any) -> str:
    return str(element.tag).rsplit("}", 1)[-1]


def read_xml(source: Path, folder: Path, declared: Declared, report: Report) -> Staged:
    """Stage the element that repeats, or the declared one. Attributes and inner elements are columns."""
    counted = check_xml(source)
    wanted: list[tuple[str, ...]]
    if declared.path:
        wanted = [path for path in counted if path[-1] == declared.path or ".".join(path) == declared.path]
    else:
        repeated = [(n, -len(one), one) for one, n in counted.items() if n > 1 and _inner(one, counted)]
        first: list[tuple[str, ...]] = [one for one in counted if len(one) == 2]
        wanted = [max(repeated)[2]] if repeated else first[:1]
    if not wanted:
        raise CannotRead(ProblemKind.STRUCTURE, _("XML 裡找不到重複的元素，無法分出一筆一筆的資料。"))
    record, nested = wanted[0], Counter[str]()
    rows: list[dict[str, Any]] = []
    path: list[str] = []
    for event, element in iterparse(source, events=("start", "end"), forbid_dtd=True):
        if event == "start":
            path.append(_tag(element))
            continue
        if tuple(path) == record:
            rows.append(flat(_element(element), declared.nested, nested))
            if len(rows) > MOST_RECORDS:
                raise CannotRead(ProblemKind.TOO_BIG, _("資料超過 %(most)d 筆。請改用 CSV。"), most=MOST_RECORDS)
        path.pop()
        if len(path) < len(record):
            element.clear()
    return read_records(rows, folder, declared, report)


def _inner(path: tuple[str, ...], counted: Counter[tuple[str, ...]]) -> bool:
    """Whether the element holds others: a record, not a field."""
    return len(path) == 5 or any(one[: len(path)] == path and len(one) > len(path) for one in counted)


def _element(element: Any) -> dict[str, Any]:
    found: dict[str, Any] = {name.rsplit("}", 1)[-1]: value for name, value in element.attrib.items()}
    for child in element:
        value: Any = _element(child) if len(child) or child.attrib else (child.text or "").strip() or None
        name = _tag(child)
        if name in found:
            before = found[name]
            found[name] = [*before, value] if isinstance(before, list) else [before, value]
        else:
            found[name] = value
    if not len(element) and (element.text or "").strip():
        found["value"] = (element.text or "").strip()
    return found
