"""Rows on their way in: text as it came, column by column, in a file that DuckDB reads."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from django.utils.translation import gettext_lazy as _

from .report import CannotRead, ProblemKind, Report
from .rules import EMPTY_MARKS, Box, Kind

MOST_COLUMNS = 300
MOST_CELL = 200_000
BATCH = 10_000


@dataclass(frozen=True)
class Declared:
    """What is known of a file beside its bytes. Nothing of it must be known."""

    encoding: str = ""
    delimiter: str = ""
    crs: int | None = None
    kinds: dict[str, Kind] = field(default_factory=dict)
    """The kind that a column must have; a cell that does not fit stops the file."""
    aliases: dict[str, str] = field(default_factory=dict)
    """Whole names for cut or old ones, such as those of a Shapefile."""
    empty: frozenset[str] = frozenset()
    """What stands for nothing in every column, text too."""
    empty_marks: frozenset[str] = EMPTY_MARKS
    """What stands for nothing in columns of numbers and dates."""
    path: str = ""
    """Where the list of records lies in a JSON file (`result.records`), or the element that is a record in XML."""
    nested: str = "dots"
    """How nested data is flattened: `dots` makes a.b of it, `json` keeps it as text."""
    box: Box | None = None
    """Where places should lie."""


@dataclass
class Staged:
    """A file's rows as a relation of DuckDB with columns c0, c1 …; cells as text, but for those of `native`."""

    relation: str
    parameters: list[Any]
    headers: list[str]
    lines: Callable[[Sequence[int]], dict[int, int]]
    """The lines in the file of some rows, counted from 1."""
    native: dict[int, Kind] = field(default_factory=dict)
    texts: frozenset[int] = frozenset()
    """Columns of which the file says that they are text: digits in them are no numbers."""
    geometry: int | None = None
    crs: int | None = None
    has_lines: bool = False


class Staging:
    """Writes rows of text to a Parquet file, with the line of each."""

    def __init__(self, path: Path, columns: int, *, native: dict[int, pa.DataType] | None = None) -> None:
        self.path, self.columns = path, columns
        types = native or {}
        self.schema = pa.schema(
            [pa.field(f"c{n}", types.get(n, pa.string())) for n in range(columns)] + [pa.field("_line", pa.int64())]
        )
        self.writer = pq.ParquetWriter(path, self.schema, compression="zstd", compression_level=1)
        self.waiting: list[list[Any]] = []
        self.rows = 0

    def add(self, line: int, cells: list[Any]) -> None:
        """One row; missing cells at its end are empty."""
        self.waiting.append([*cells, *[None] * (self.columns - len(cells)), line])
        if len(self.waiting) >= BATCH:
            self._write()

    def add_table(self, table: pa.Table) -> None:
        """Many rows at once."""
        self._write()
        self.writer.write_table(table.cast(self.schema))
        self.rows += table.num_rows

    def _write(self) -> None:
        if self.waiting:
            columns = list(zip(*self.waiting, strict=True))
            arrays = [pa.array(cells, type=one.type) for cells, one in zip(columns, self.schema, strict=True)]
            self.writer.write_batch(pa.record_batch(arrays, schema=self.schema))
            self.rows += len(self.waiting)
            self.waiting = []

    def staged(self, headers: list[str], **more: Any) -> Staged:
        """Done: the rows as a relation."""
        self._write()
        self.writer.close()
        return Staged("read_parquet(?)", [str(self.path)], headers, lambda rows: {}, has_lines=True, **more)


def check_width(columns: int) -> None:
    """Raises CannotRead for a table that is wider than anybody's."""
    if columns > MOST_COLUMNS:
        raise CannotRead(
            ProblemKind.STRUCTURE, _("有 %(columns)d 欄，最多 %(most)d 欄。請確認分隔符號，或拆成幾個檔案。"),
            line=1, columns=columns, most=MOST_COLUMNS,
        )  # fmt: skip


def stage_rows(path: Path, headers: list[str], rows: Iterable[tuple[int, list[Any]]], report: Report) -> Staged:
    """Stage rows of text under their headings."""
    check_width(len(headers))
    staging = Staging(path, len(headers))
    for line, cells in rows:
        for cell in cells:
            if cell is not None and len(cell) > MOST_CELL:
                raise CannotRead(
                    ProblemKind.TOO_BIG, _("第 %(at)d 列有一格超過 %(most)d 個字。"), line=line, at=line, most=MOST_CELL
                )
        staging.add(line, [cell or None for cell in cells])
    return staging.staged(headers)
