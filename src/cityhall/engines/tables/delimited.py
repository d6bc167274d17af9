"""CSV and TSV of any encoding and line end. DuckDB reads what is well-formed; what is not is put right row by row."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from .duck import select
from .encodings import NAMES, CannotDecode, Decoded, agrees, decode_file
from .report import CannotRead, Example, ProblemKind, RepairKind, Report
from .staging import MOST_CELL, Declared, Staged, check_width, stage_rows

if TYPE_CHECKING:
    import duckdb

DELIMITERS = ",\t;|"
LONGEST_LINE = 10_000_000
SHOWN = {",": ",", "\t": "Tab", ";": ";", "|": "|"}
csv.field_size_limit(max(csv.field_size_limit(), MOST_CELL * 4))


def decoded(source: Path, made: Path, declared: Declared, report: Report, told: Callable[[int], None]) -> Decoded:
    """The file in UTF-8, and what was found of its encoding told. Raises CannotRead."""
    try:
        found = decode_file(source, made, told=told)
    except CannotDecode as wrong:
        raise CannotRead(
            ProblemKind.ENCODING,
            _("第 %(at)d 行附近的文字既不是 UTF-8 也不是 Big5，可能混用編碼或已損壞。請另存為 UTF-8 再上傳。"),
            line=wrong.line, at=wrong.line,
        ) from None  # fmt: skip
    name = NAMES.get(found.encoding, found.encoding)
    if found.encoding not in ("utf-8", "ascii"):
        report.add(RepairKind.ENCODING, after=name)
    if not agrees(declared.encoding, found.encoding):
        report.add(RepairKind.ENCODING_DIFFERS, before=declared.encoding, after=name)
    if found.own_characters:
        report.add(RepairKind.OWN_CHARACTERS, count=found.own_characters)
    if found.ends == "CR":
        report.add(RepairKind.LINE_ENDS, before="CR")
    return found


def _delimiter(head: str) -> str:
    """The sign that parts most of the first line's cells, the same number of times in the lines after it."""
    best, most = ",", (0, 0)
    for sign in DELIMITERS:
        try:
            rows = list(islice(csv.reader(io.StringIO(head, newline=""), delimiter=sign), 20))
        except csv.Error:
            continue
        if not rows:
            continue
        width = len(rows[0])
        alike = sum(len(row) == width for row in rows[:-1] or rows)
        if width > 1 and (alike, width) > most:
            best, most = sign, (alike, width)
    return best


def _reader(file: io.TextIOBase, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """The rows that hold anything, each with its line. Raises CannotRead."""
    reader = csv.reader(file, delimiter=delimiter, strict=True)
    line = 1
    try:
        for cells in reader:
            if cells:
                yield line, cells
            line = reader.line_num + 1
    except csv.Error as wrong:
        large = "field larger" in str(wrong)
        text = (
            _("第 %(at)d 行開始的一格太長，可能少了一個引號。")
            if large
            else _("第 %(at)d 行的引號不完整，無法分出欄位。請檢查這一行的雙引號。")
        )
        raise CannotRead(ProblemKind.STRUCTURE, text, line=line, at=line) from None


def read_delimited(
    source: Path, folder: Path, declared: Declared, report: Report, told: Callable[[int], None],
    con: duckdb.DuckDBPyConnection,
) -> Staged:  # fmt: skip
    """Stage a CSV or TSV. Raises CannotRead."""
    found = decoded(source, folder / "decoded", declared, report, told)
    with found.path.open(encoding="utf-8", newline="", errors="surrogatepass") as file:
        head = file.read(200_000)
    odd = sum(letter < " " and letter not in "\t\r\n" for letter in head)
    if "\x00" in head or odd > max(5, len(head) // 20):
        raise CannotRead(ProblemKind.FILE, _("這不是文字檔，也不是能讀的資料格式。"))
    if not head.strip():
        raise CannotRead(ProblemKind.FILE, _("這個檔案是空的。"))
    delimiter = declared.delimiter or _delimiter(head[:50_000] if len(head) > 50_000 else head)
    if delimiter != ",":
        report.add(RepairKind.DELIMITER, before=SHOWN.get(delimiter, delimiter))
    with found.path.open(encoding="utf-8", newline="", errors="surrogatepass") as file:
        header = next((row for _line, row in _reader(file, delimiter) if any(cell.strip() for cell in row)), [])
    check_width(len(header))
    fast = _fast(found, header, delimiter, con) if len(header) > 1 else None
    if fast is not None:
        return fast
    return _careful(found, header, delimiter, folder, report)


def _relation(columns: int, delimiter: str) -> str:
    names = ", ".join(f"'c{n}': 'VARCHAR'" for n in range(columns))
    sign = delimiter.replace("'", "''")
    return (
        f"read_csv(?, auto_detect=false, header=true, delim='{sign}', quote='\"', escape='\"', strict_mode=true,"
        f" null_padding=false, max_line_size={LONGEST_LINE}, buffer_size={4 * LONGEST_LINE}, columns={{{names}}})"
    )


def _fast(found: Decoded, header: list[str], delimiter: str, con: duckdb.DuckDBPyConnection) -> Staged | None:
    """The file as DuckDB reads it, if it does without complaint."""
    import duckdb

    with found.path.open(encoding="utf-8", newline="", errors="surrogatepass") as file:
        first = next(csv.reader(file, delimiter=delimiter), [])
    if first != header:  # empty lines or empty cells stand before the header
        return None
    relation = _relation(len(header), delimiter)
    try:
        lengths = ", ".join(f"coalesce(length(c{n}), 0)" for n in range(len(header)))
        question = select(f"count(*), max(greatest({lengths}, 0))", relation)
        rows, longest = con.execute(question, [str(found.path)]).fetchone() or (0, 0)
    except duckdb.Error:
        return None
    if (longest or 0) > MOST_CELL:
        return None
    even = found.lines + (not found.ends_plain) == rows + 1

    def lines(wanted: Sequence[int]) -> dict[int, int]:
        if even:
            return {row: row + 1 for row in wanted}
        return _lines_of(found.path, delimiter, wanted)

    return Staged(relation, [str(found.path)], header, lines)


def _lines_of(path: Path, delimiter: str, wanted: Sequence[int]) -> dict[int, int]:
    """The lines of some rows of a file whose rows span lines."""
    left, found = set(wanted), {}
    with path.open(encoding="utf-8", newline="", errors="surrogatepass") as file:
        for row, (line, _cells) in enumerate(_reader(file, delimiter)):
            if row in left:
                found[row] = line
                left.discard(row)
                if not left:
                    break
    return found


def _careful(found: Decoded, header: list[str], delimiter: str, folder: Path, report: Report) -> Staged:
    """The rows one by one: short ones are filled, empty cells too many are cut, anything else too many stops."""
    uneven: Counter[str] = Counter()
    examples: list[Example] = []
    width = len(header)

    def rows() -> Iterator[tuple[int, list[str]]]:
        begun = False
        with found.path.open(encoding="utf-8", newline="", errors="surrogatepass") as file:
            for line, cells in _reader(file, delimiter):
                if not begun:
                    begun = any(cell.strip() for cell in cells)
                    continue
                if len(cells) > width and any(cell.strip() for cell in cells[width:]):
                    raise CannotRead(
                        ProblemKind.STRUCTURE,
                        _("第 %(at)d 行有 %(cells)d 格，標題只有 %(width)d 格。請檢查這一行的逗號和引號。"),
                        line=line, at=line, cells=len(cells), width=width,
                    )  # fmt: skip
                if len(cells) != width:
                    uneven["rows"] += 1
                    if len(examples) < 5:
                        examples.append(Example(line, delimiter.join(cells), str(width)))
                yield line, cells[:width]

    staged = stage_rows(folder / "staged.parquet", header, rows(), report)
    if uneven["rows"]:
        report.add(RepairKind.SHORT_ROWS, count=uneven["rows"], examples=examples)
    return staged
