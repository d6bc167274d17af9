"""Sheets in and out: CSV, ODS and XLSX, with a report of every cell that was refused.

Reading trusts nothing: the kind is told by content and not by name, archives are measured before they are unpacked and
while they are, XML entities are refused, and every cell passes the parser of its column. Writing makes no cell that a
spreadsheet program would take for a formula.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
import unicodedata
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import IO, Any, BinaryIO
from xml.sax.saxutils import escape

import openpyxl
from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import iterparse
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from cityhall.foundation.clock import TAIPEI
from cityhall.foundation.roc import parse_roc

Text = str | Promise

MOST_BYTES = 20 * 2**20
MOST_UNPACKED = 100 * 2**20
MOST_ROWS = 200_000
MOST_COLUMNS = 200
MOST_CELL = 10_000
MOST_ELEMENTS = 4_000_000
MOST_DEPTH = 60
MACROS = ("Basic/", "Scripts/", "xl/vbaProject", "xl/macrosheets/")
"""Where a workbook keeps its programs."""


class CannotReadSheet(Exception):
    """The file as a whole cannot be read; the message says why and what to do."""


class NoSuchSheet(CannotReadSheet):
    """The workbook has no sheet of that name."""


class CellError(ValueError):
    """One cell is refused; the message says what is expected."""


# Columns and their parsers


@dataclass(frozen=True)
class Column:
    """One column: its key in code, its heading for people, and how a cell of it is read."""

    key: str
    label: Text
    parse: Callable[[str], Any] = str
    required: bool = False
    aliases: tuple[str, ...] = ()

    def names(self) -> set[str]:
        """Every heading by which the column is recognised."""
        return {_folded(name) for name in (self.key, *in_every_language(self.label), *self.aliases)}


def in_every_language(text: Text) -> set[str]:
    """A label in each language: a sheet may have been made by somebody who reads another one."""
    found = set()
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            found.add(str(text))
    return found


def text(most: int = 200) -> Callable[[str], str]:
    """Text of at most so many characters."""

    def parse(cell: str) -> str:
        if len(cell) > most:
            raise CellError(_("太長了：最多 %(most)d 個字。") % {"most": most})
        return cell

    return parse


def code(cell: str) -> str:
    """A code: small letters, digits, hyphen and underscore."""
    folded = unicodedata.normalize("NFKC", cell).strip()
    if folded and not re.fullmatch(r"[A-Za-z0-9_-]{1,50}", folded):
        raise CellError(_("代碼只能用英文字母、數字、- 和 _，最多 50 個字。"))
    return folded


def day(cell: str) -> date | None:
    """A day: 106/3/20, 1060320, 2017-03-20 or 2017/3/20."""
    if not cell:
        return None
    folded = unicodedata.normalize("NFKC", cell).strip()
    if match := re.fullmatch(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[T ]00:00(?::00)?)?", folded):
        try:
            return date(int(match[1]), int(match[2]), int(match[3]))
        except ValueError:
            raise CellError(_("沒有這一天。")) from None
    try:
        return parse_roc(folded)
    except ValueError:
        raise CellError(_("看不懂這個日期。請寫成 106/3/20 或 2017-03-20。")) from None


def instant(cell: str) -> datetime | None:
    """A day and a time of the day in Taipei: 106/3/20 17:30 or 2017-03-20 17:30."""
    if not cell:
        return None
    folded = unicodedata.normalize("NFKC", cell).strip().replace("T", " ")
    match = re.fullmatch(r"(\S+)\s+(\d{1,2}):(\d{2})(?::\d{2})?", folded)
    if not match:
        raise CellError(_("請寫日期和時間，例如 106/3/20 17:30。"))
    on = day(match[1])
    hour, minute = int(match[2]), int(match[3])
    if hour > 23 or minute > 59 or on is None:
        raise CellError(_("沒有這個時間。請用 00:00 到 23:59。"))
    return datetime.combine(on, time(hour, minute), TAIPEI)


def integer(cell: str) -> int | None:
    """A whole number, grouped or not."""
    if not cell:
        return None
    folded = unicodedata.normalize("NFKC", cell).replace(",", "").strip()
    if not re.fullmatch(r"-?\d{1,15}(?:\.0+)?", folded):
        raise CellError(_("這裡要填整數。"))
    return int(Decimal(folded))


def decimal(cell: str) -> Decimal | None:
    """A number, grouped or not."""
    if not cell:
        return None
    try:
        number = Decimal(unicodedata.normalize("NFKC", cell).replace(",", "").strip())
    except InvalidOperation:
        raise CellError(_("這裡要填數字。")) from None
    if not number.is_finite():
        raise CellError(_("這裡要填數字。"))
    return number


def email(cell: str) -> str:
    """An e-mail address."""
    if cell:
        try:
            validate_email(cell)
        except ValidationError:
            raise CellError(_("這不是電子郵件地址。")) from None
    return cell


def yes_or_no(cell: str) -> bool:
    """是、否, yes, no, 1, 0; empty is no."""
    folded = _folded(cell)
    if folded in {"是", "y", "yes", "true", "1", "v"}:
        return True
    if folded in {"", "否", "n", "no", "false", "0"}:
        return False
    raise CellError(_("請填「是」或「否」。"))


def choice(values: Mapping[str, Text] | Iterable[tuple[str, Text]]) -> Callable[[str], str]:
    """One of the choices, by its code or by its label."""
    pairs = list(values.items() if isinstance(values, Mapping) else values)

    def parse(cell: str) -> str:
        known = {_folded(name): code for code, label in pairs for name in (code, *in_every_language(label))}
        if cell and _folded(cell) not in known:
            raise CellError(_("只能填：%(choices)s。") % {"choices": "、".join(str(label) for _code, label in pairs)})
        return known[_folded(cell)] if cell else ""

    return parse


def heading_key(cell: str) -> str:
    """How headings are compared: width and case do not matter."""
    return _folded(cell)


def _folded(name: str) -> str:
    return unicodedata.normalize("NFKC", name).strip().casefold()


# What reading answers


@dataclass(frozen=True)
class Row:
    """A row whose cells were all read; `number` is its line in the sheet, from 1."""

    number: int
    values: Mapping[str, Any]

    def __getitem__(self, key: str) -> Any:
        return self.values[key]


@dataclass(frozen=True)
class Refusal:
    """A cell that was refused: where it stands, what was in it, and what is expected."""

    row: int
    column: str
    value: str
    why: str


@dataclass
class Sheet:
    """What was read: the good rows, and every refused cell. A row with a refused cell is not among the good ones."""

    rows: list[Row] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)

    def refuse(self, row: Row | int, column: Column | str, value: object, why: str) -> None:
        """Add a refusal that only the records could tell, such as a code that does not exist."""
        number = row.number if isinstance(row, Row) else row
        label = str(column.label) if isinstance(column, Column) else column
        self.refused.append(Refusal(number, label, str(value), why))


def read_sheet(content: BinaryIO, columns: Sequence[Column], *, sheet: str = "") -> Sheet:
    """Read the named sheet (else the first) of a CSV, ODS or XLSX file by its columns.

    The first row that holds a known heading is the heading row; columns may stand in any order, unknown ones are named
    in the answer. Raises CannotReadSheet when it is none of these files, too big, or lacks a required column.
    """
    lines = _lines(content, sheet)
    found = Sheet()
    heading: list[Column | None] | None = None
    filled = 0
    for number, cells in lines:
        if not any(cells):
            continue
        filled += 1
        if filled > MOST_ROWS:
            raise CannotReadSheet(_("這個檔案超過 %(most)d 列。請分成幾個檔案。") % {"most": MOST_ROWS})
        if heading is None:
            heading = _heading(cells, columns, found)
            continue
        _read_row(number, cells, heading, columns, found)
    if heading is None:
        raise CannotReadSheet(_("這個檔案是空的。請依範本填寫後再上傳。"))
    return found


def read_table(content: BinaryIO, *, most: int = MOST_ROWS) -> Iterator[tuple[int, list[str]]]:
    """The filled lines of a sheet as they stand, each with its number, for whoever reads headings and cells themselves.

    Raises CannotReadSheet, as `read_sheet` does, and when the lines hold more than anybody would unpack.
    """
    filled = letters = 0
    for number, cells in _lines(content, ""):
        if not any(cells):
            continue
        filled += 1
        letters += sum(map(len, cells))
        if filled > most + 1:
            raise CannotReadSheet(_("這個檔案超過 %(most)d 列。請分成幾個檔案。") % {"most": most})
        if letters > MOST_UNPACKED:
            raise CannotReadSheet(_("檔案解壓縮後太大，因此不讀取。"))
        yield number, cells


def read_cell(column: Column, cell: str) -> Any:
    """What a cell of a column says. Raises CellError."""
    if column.required and not cell:
        raise CellError(_("這一格必須填寫。"))
    if any(unicodedata.category(letter) in {"Cc", "Cs"} and letter not in "\n\t" for letter in cell):
        raise CellError(_("含有看不見的控制字元。請重新輸入這一格。"))
    if len(cell) > MOST_CELL:
        raise CellError(_("太長了：最多 %(most)d 個字。") % {"most": MOST_CELL})
    return column.parse(cell)


def _heading(cells: Sequence[str], columns: Sequence[Column], found: Sheet) -> list[Column | None]:
    by_name = {name: column for column in columns for name in column.names()}
    heading = [by_name.get(_folded(cell)) for cell in cells]
    if not any(heading):
        raise CannotReadSheet(
            _("第一列要是欄位名稱：%(columns)s。") % {"columns": "、".join(str(column.label) for column in columns)}
        )
    known = [column for column in heading if column is not None]
    if twice := {str(column.label) for column in known if known.count(column) > 1}:
        raise CannotReadSheet(_("欄位「%(columns)s」出現兩次。") % {"columns": "、".join(sorted(twice))})
    if missing := [str(column.label) for column in columns if column.required and column not in known]:
        raise CannotReadSheet(_("缺少欄位：%(columns)s。") % {"columns": "、".join(missing)})
    found.unknown = [cell for cell, column in zip(cells, heading, strict=True) if column is None and cell]
    return heading


def _read_row(
    number: int, cells: Sequence[str], heading: Sequence[Column | None], columns: Sequence[Column], found: Sheet
) -> None:
    raw = {column.key: cell for column, cell in zip(heading, cells, strict=False) if column is not None}
    values: dict[str, Any] = {}
    good = True
    for column in columns:
        cell = raw.get(column.key, "")
        try:
            values[column.key] = read_cell(column, cell)
        except CellError as refusal:
            good = False
            found.refuse(number, column, cell[:200], str(refusal))
    if good:
        found.rows.append(Row(number, values))


def _lines(content: BinaryIO, sheet: str) -> Iterator[tuple[int, list[str]]]:
    """Row number and cells, whatever the file is."""
    data = content.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise CannotReadSheet(_("檔案太大：最多 %(most)d MB。") % {"most": MOST_BYTES // 2**20})
    if not data.strip():
        raise CannotReadSheet(_("這個檔案是空的。請依範本填寫後再上傳。"))
    if data[:4] == b"PK\x03\x04":
        yield from _archive_lines(data, sheet)
    elif data[:8] == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
        raise CannotReadSheet(_("這是舊的 Excel 檔（.xls）。請另存為 .ods、.xlsx 或 .csv。"))
    else:
        yield from _csv_lines(data)


# CSV

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def decode(data: bytes) -> str:
    """The text of a file in UTF-8 or UTF-16 with or without mark, or in the Big5 of older systems."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            try:
                return data.decode(encoding)
            except UnicodeDecodeError:
                raise CannotReadSheet(_("檔案的文字編碼已損壞。請另存為 UTF-8 再上傳。")) from None
    for encoding in ("utf-8", "cp950", "big5hkscs"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise CannotReadSheet(_("看不懂這個檔案的文字編碼。請另存為 UTF-8 的 CSV，或 .ods、.xlsx。"))


def _csv_lines(data: bytes) -> Iterator[tuple[int, list[str]]]:
    content = decode(data)
    if "\x00" in content:
        raise CannotReadSheet(_("這不是 CSV、ODS 或 XLSX 檔案。"))
    first = next((line for line in content.splitlines() if line.strip()), "")
    delimiter = max(",;\t", key=first.count)
    reader = csv.reader(io.StringIO(content, newline=""), delimiter=delimiter, strict=True)
    try:
        for number, cells in enumerate(reader, start=1):
            if len(cells) > MOST_COLUMNS:
                raise CannotReadSheet(_("超過 %(most)d 欄。") % {"most": MOST_COLUMNS})
            yield number, [_unguarded(cell).strip() for cell in cells]
    except csv.Error:
        raise CannotReadSheet(_("第 %(line)d 行的引號或欄位不完整，無法讀取。") % {"line": reader.line_num}) from None


# ODS and XLSX


def _archive_lines(data: bytes, sheet: str) -> Iterator[tuple[int, list[str]]]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            _measure(archive)
            names = set(archive.namelist())
            if any(name.startswith(MACROS) for name in names):
                raise CannotReadSheet(_("檔案裡有巨集，因此不讀取。請另存為沒有巨集的 .ods 或 .xlsx。"))
            if "content.xml" in names:
                yield from _ods_lines(archive, sheet)
            elif "xl/workbook.xml" in names:
                yield from _xlsx_lines(data, sheet)
            else:
                raise CannotReadSheet(_("這不是 CSV、ODS 或 XLSX 檔案。"))
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError):
        raise CannotReadSheet(_("檔案已損壞或有密碼，無法開啟。")) from None
    except DefusedXmlException:
        raise CannotReadSheet(_("檔案裡有不允許的 XML 宣告，因此不讀取。")) from None


def _measure(archive: zipfile.ZipFile) -> None:
    """Refuse what would unpack to more than we are willing to hold. The reader's own bound guards against lies."""
    entries = archive.infolist()
    if len(entries) > 2000 or sum(entry.file_size for entry in entries) > MOST_UNPACKED:
        raise CannotReadSheet(_("檔案解壓縮後太大，因此不讀取。"))
    if any(entry.flag_bits & 0x1 for entry in entries):
        raise CannotReadSheet(_("檔案有密碼保護。請先移除密碼。"))


_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"


def _ods_lines(archive: zipfile.ZipFile, sheet: str) -> Iterator[tuple[int, list[str]]]:
    with archive.open("content.xml") as stream:
        yield from _ods_rows(stream, sheet)


def _ods_rows(stream: IO[bytes], sheet: str) -> Iterator[tuple[int, list[str]]]:
    number, inside, seen, elements, depth = 0, False, False, 0, 0
    try:
        for event, element in iterparse(stream, events=("start", "end"), forbid_dtd=True):
            depth += 1 if event == "start" else -1
            if event == "start":
                elements += 1
                if elements > MOST_ELEMENTS or depth > MOST_DEPTH:
                    raise CannotReadSheet(_("檔案解壓縮後太大，因此不讀取。"))
                if element.tag == f"{_TABLE}table":
                    name = element.get(f"{_TABLE}name", "")
                    inside = not seen and (not sheet or name == sheet)
                    seen = seen or inside
                continue
            if element.tag == f"{_TABLE}table":
                inside = False
                element.clear()
            elif element.tag == f"{_TABLE}table-row":
                if inside:
                    cells = _ods_cells(element)
                    times = _times(element, "number-rows-repeated")
                    if any(cells) and times > MOST_ROWS:
                        raise CannotReadSheet(_("這個檔案超過 %(most)d 列。請分成幾個檔案。") % {"most": MOST_ROWS})
                    for step in range(times if any(cells) else 1):
                        yield number + step + 1, cells
                    number += times
                element.clear()
    except SyntaxError:  # ElementTree's ParseError
        raise CannotReadSheet(_("檔案已損壞，無法開啟。")) from None
    if not seen:
        raise NoSuchSheet(_("檔案裡沒有工作表「%(sheet)s」。") % {"sheet": sheet})


def _times(element: Any, name: str) -> int:
    value = element.get(f"{_TABLE}{name}", "1")
    return max(1, int(value)) if value.isdigit() and len(value) < 10 else 1


def _ods_cells(row: Any) -> list[str]:
    cells: list[str] = []
    for cell in row:
        if cell.tag not in {f"{_TABLE}table-cell", f"{_TABLE}covered-table-cell"}:
            continue
        value = _ods_value(cell)
        times = _times(cell, "number-columns-repeated")
        if value and len(cells) + times > MOST_COLUMNS:
            raise CannotReadSheet(_("超過 %(most)d 欄。") % {"most": MOST_COLUMNS})
        cells += [value] * min(times, MOST_COLUMNS - len(cells))
    while cells and not cells[-1]:
        cells.pop()
    return cells


def _ods_value(cell: Any) -> str:
    kind = cell.get(f"{_OFFICE}value-type", "")
    if kind == "date":
        return _plain_instant(cell.get(f"{_OFFICE}date-value", ""))
    if kind in {"float", "currency", "percentage"}:
        return _plain_number(cell.get(f"{_OFFICE}value", ""))
    if kind == "boolean":
        return "1" if cell.get(f"{_OFFICE}boolean-value") == "true" else "0"
    paragraphs = ["".join(_ods_text(part)) for part in cell if part.tag == f"{_TEXT}p"]
    return "\n".join(paragraphs).strip()


def _ods_text(element: Any) -> Iterator[str]:
    yield element.text or ""
    for child in element:
        if child.tag == f"{_TEXT}s":
            count = child.get(f"{_TEXT}c", "1")
            yield " " * (min(int(count), 100) if count.isdigit() else 1)
        elif child.tag in {f"{_TEXT}tab", f"{_TEXT}line-break"}:
            yield "\t" if child.tag.endswith("tab") else "\n"
        elif child.tag != f"{_OFFICE}annotation":
            yield from _ods_text(child)
        yield child.tail or ""


def _xlsx_lines(data: bytes, sheet: str) -> Iterator[tuple[int, list[str]]]:
    try:
        book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
    except (CannotReadSheet, DefusedXmlException):
        raise
    except Exception:  # openpyxl lets whatever a broken file provokes through
        raise CannotReadSheet(_("檔案已損壞或有密碼，無法開啟。")) from None
    try:
        if sheet and sheet not in book.sheetnames:
            raise NoSuchSheet(_("檔案裡沒有工作表「%(sheet)s」。") % {"sheet": sheet})
        page = book[sheet] if sheet else book.worksheets[0]
        page.reset_dimensions()
        for number, cells in enumerate(page.iter_rows(values_only=True), start=1):
            values = [_xlsx_value(cell) for cell in cells[: MOST_COLUMNS + 1]]
            while values and not values[-1]:
                values.pop()
            if len(values) > MOST_COLUMNS:
                raise CannotReadSheet(_("超過 %(most)d 欄。") % {"most": MOST_COLUMNS})
            yield number, values
    finally:
        book.close()


def _xlsx_value(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, datetime):
        return _plain_instant(value.isoformat())
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, int | float):
        return _plain_number(repr(value))
    return str(value).strip()


def _plain_number(value: str) -> str:
    try:
        number = Decimal(value)
    except InvalidOperation:
        return value
    if not number.is_finite():
        return value
    return str(int(number)) if number == number.to_integral_value() and abs(number) < 10**15 else str(number)


def _plain_instant(value: str) -> str:
    """2017-03-20T17:30:00 → 2017-03-20 17:30; Excel knows no day without a time, so midnight stays."""
    on, _separator, clock = value.partition("T")
    seconds = clock[5:8] if clock[5:8] not in ("", ":00") else ""
    return f"{on} {clock[:5]}{seconds}" if clock else on


# Writing

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def _guarded(cell: str) -> str:
    """A cell that a spreadsheet program would take for a formula gets an apostrophe, which it shows as text."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def _unguarded(cell: str) -> str:
    """What `_guarded` wrote is read back as it was."""
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(_FORMULA) else cell


Cell = str | int | Decimal | date | datetime | bool | Promise | None


def _shown(cell: Cell) -> str:
    """A cell as text: days and instants in ISO form, Taipei's time."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return _("是") if cell else _("否")
    if isinstance(cell, datetime):
        return cell.astimezone(TAIPEI).strftime("%Y-%m-%d %H:%M")
    if isinstance(cell, date):
        return cell.isoformat()
    return str(cell)


class _Line:
    """Takes what csv.writer writes and gives it on."""

    def write(self, line: str) -> str:
        return line


def write_csv(columns: Sequence[Text], rows: Iterable[Sequence[Cell]]) -> Iterator[bytes]:
    """CSV line by line, in UTF-8 with the mark by which Excel knows it; nothing is held in memory."""
    writer = csv.writer(_Line(), lineterminator="\r\n")
    yield codecs.BOM_UTF8
    yield writer.writerow([_guarded(str(column)) for column in columns]).encode()
    for row in rows:
        cells = [str(cell) if isinstance(cell, int | Decimal) and not isinstance(cell, bool) else _guarded(_shown(cell))
                 for cell in row]  # fmt: skip
        yield writer.writerow(cells).encode("utf-8", "replace")


def write_xlsx(columns: Sequence[Text], rows: Iterable[Sequence[Cell]], *, title: Text = "") -> io.BytesIO:
    """An XLSX file, open at its beginning."""
    book = openpyxl.Workbook(write_only=True)
    page = book.create_sheet(_tab_name(title))
    page.freeze_panes = "A2"
    page.append([_xlsx_cell(page, str(column)) for column in columns])
    for row in rows:
        page.append([_xlsx_cell(page, cell) for cell in row])
    file = io.BytesIO()
    book.save(file)
    file.seek(0)
    return file


_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def _xlsx_cell(page: Any, cell: Cell) -> Any:
    if isinstance(cell, int | Decimal) and not isinstance(cell, bool):
        return cell
    if isinstance(cell, datetime):
        return cell.astimezone(TAIPEI).replace(tzinfo=None)
    if isinstance(cell, date):
        return cell
    made = openpyxl.cell.WriteOnlyCell(page, value=_CONTROL.sub("\ufffd", _shown(cell)))
    made.data_type = "s"  # text, also where it begins with =
    return made


def _tab_name(title: Text) -> str:
    return re.sub(r"[\\/*?:\[\]]", " ", str(title))[:31].strip() or "1"


_ODS_HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>'
    '<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"'
    ' xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"'
    ' xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"'
    ' xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0"'
    ' xmlns:number="urn:oasis:names:tc:opendocument:xmlns:datastyle:1.0"'
    ' xmlns:fo="urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0" office:version="1.3">'
    "<office:automatic-styles>"
    '<number:date-style style:name="D"><number:year number:style="long"/><number:text>-</number:text>'
    '<number:month number:style="long"/><number:text>-</number:text><number:day number:style="long"/>'
    "</number:date-style>"
    '<number:date-style style:name="T"><number:year number:style="long"/><number:text>-</number:text>'
    '<number:month number:style="long"/><number:text>-</number:text><number:day number:style="long"/>'
    '<number:text> </number:text><number:hours number:style="long"/><number:text>:</number:text>'
    '<number:minutes number:style="long"/></number:date-style>'
    '<style:style style:name="day" style:family="table-cell" style:data-style-name="D"/>'
    '<style:style style:name="time" style:family="table-cell" style:data-style-name="T"/>'
    '<style:style style:name="head" style:family="table-cell"><style:text-properties fo:font-weight="bold"/>'
    "</style:style></office:automatic-styles><office:body><office:spreadsheet>"
)
_ODS_TAIL = "</office:spreadsheet></office:body></office:document-content>"
_ODS_TYPE = "application/vnd.oasis.opendocument.spreadsheet"
_ODS_MANIFEST = (
    '<?xml version="1.0" encoding="UTF-8"?>'
    '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0" manifest:version="1.3">'
    f'<manifest:file-entry manifest:full-path="/" manifest:version="1.3" manifest:media-type="{_ODS_TYPE}"/>'
    '<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/></manifest:manifest>'
)


@dataclass(frozen=True)
class Page:
    """One sheet of a workbook to write."""

    title: Text
    columns: Sequence[Text]
    rows: Iterable[Sequence[Cell]]


def write_ods(columns: Sequence[Text], rows: Iterable[Sequence[Cell]], *, title: Text = "") -> io.BytesIO:
    """An OpenDocument sheet, open at its beginning; written row by row."""
    return write_ods_book([Page(title, columns, rows)])


def write_ods_book(pages: Iterable[Page]) -> io.BytesIO:
    """An OpenDocument workbook of several sheets, open at its beginning."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo("mimetype"), _ODS_TYPE, zipfile.ZIP_STORED)
        archive.writestr("META-INF/manifest.xml", _ODS_MANIFEST)
        with archive.open("content.xml", "w", force_zip64=True) as stream:
            stream.write(_ODS_HEAD.encode())
            for page in pages:
                _write_ods_page(stream, page)
            stream.write(_ODS_TAIL.encode())
    file.seek(0)
    return file


def _write_ods_page(stream: IO[bytes], page: Page) -> None:
    name = escape(_tab_name(page.title), {'"': "&quot;"})
    stream.write(f'<table:table table:name="{name}">'.encode())
    stream.write(
        f'<table:table-column table:number-columns-repeated="{max(1, len(page.columns))}"/>'
        "<table:table-header-rows><table:table-row>".encode()
    )
    for column in page.columns:
        stream.write(_ods_string(str(column), ' table:style-name="head"').encode())
    stream.write(b"</table:table-row></table:table-header-rows>")
    for row in page.rows:
        stream.write(b"<table:table-row>" + "".join(map(_ods_cell, row)).encode() + b"</table:table-row>")
    stream.write(b"</table:table>")


def _ods_cell(cell: Cell) -> str:
    if cell is None or cell == "":
        return "<table:table-cell/>"
    if isinstance(cell, int | Decimal) and not isinstance(cell, bool):
        start = f'<table:table-cell office:value-type="float" office:value="{cell}">'
        return f"{start}<text:p>{cell}</text:p></table:table-cell>"
    if isinstance(cell, date):  # a datetime is a date too
        style, value = "day", cell.isoformat()
        if isinstance(cell, datetime):
            style, value = "time", cell.astimezone(TAIPEI).strftime("%Y-%m-%dT%H:%M:%S")
        return (
            f'<table:table-cell table:style-name="{style}" office:value-type="date" office:date-value="{value}">'
            f"<text:p>{_shown(cell)}</text:p></table:table-cell>"
        )
    return _ods_string(_shown(cell))


def _ods_string(value: str, style: str = "") -> str:
    lines = "".join(f"<text:p>{_ods_spaces(line)}</text:p>" for line in _CONTROL.sub("\ufffd", value).split("\n"))
    return f'<table:table-cell{style} office:value-type="string">{lines}</table:table-cell>'


def _ods_spaces(line: str) -> str:
    """XML folds runs of spaces; OpenDocument counts them."""
    escaped = escape(line).replace("\t", "<text:tab/>").replace("\r", "")
    return re.sub(" {2,}| $|^ ", lambda run: f'<text:s text:c="{len(run[0])}"/>', escaped)
