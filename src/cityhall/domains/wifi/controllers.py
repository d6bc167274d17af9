"""Use and availability as wireless controllers report them: a row for a hotspot and a day, or a month.

Such a file becomes a batch of `engines/usage`: each number of a row is an event, whose act says what it counts. The
engine knows the same file again, and puts a whole report of the same months in the place of the one before.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from calendar import monthrange
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cityhall.engines.files import sheets
from cityhall.engines.files.sheets import CannotReadSheet, CellError, Column, Refusal
from cityhall.engines.identity.models import Account
from cityhall.engines.usage import services as usage
from cityhall.engines.usage.models import Batch
from cityhall.foundation.clock import day_of

from .figures import SOURCE
from .models import Hotspot
from .refusals import CannotRecord
from .states import Measure

MINUTES = 24 * 60
MOST = 1_000_000_000


@dataclass(frozen=True)
class Span:
    """The day of a row, or its month."""

    first: date
    days: int

    @property
    def minutes(self) -> int:
        """How many minutes it has."""
        return self.days * MINUTES


def span(cell: str) -> Span | None:
    """A day as sheets know it, or a month: 2017-02, 106/2, 106年2月."""
    if not cell:
        return None
    folded = unicodedata.normalize("NFKC", cell).strip()
    match = re.fullmatch(r"(\d{2,4})\s*(?:[-/.]|年)\s*(\d{1,2})\s*月?", folded)
    if match is None:
        found = sheets.day(cell)
        return Span(found, 1) if found else None
    year, month = int(match[1]) + (1911 if int(match[1]) < 1000 else 0), int(match[2])
    if not 1 <= month <= 12:
        raise CellError(_("沒有這個月份。請寫成 106/2 或 2017-02。"))
    return Span(date(year, month, 1), monthrange(year, month)[1])


def count(cell: str) -> int | None:
    """How many of something: none is less than zero."""
    found = sheets.integer(cell)
    if found is not None and not 0 <= found <= MOST:
        raise CellError(_("這裡要填0或以上的整數。"))
    return found


COLUMNS = (
    Column("span", gettext_lazy("日期或月份"), span, required=True, aliases=("日期", "月份", "day", "month")),
    Column("code", gettext_lazy("熱點代碼"), sheets.text(20), required=True, aliases=("hotspot",)),
    Column("session", Measure.SESSION.label, count, required=True, aliases=("sessions",)),
    Column("user", Measure.USER.label, count, aliases=("users",)),
    Column("megabyte", Measure.MEGABYTE.label, count, aliases=("流量", "megabytes")),
    Column("minute_up", Measure.UP.label, count, aliases=("minutes_up",)),
)


@dataclass
class Report:
    """What a file says, and which of its rows it may not say."""

    rows: list[tuple[date, str, str, str, int]] = field(default_factory=list)  # day, act, kind, hotspot, how many
    refused: list[Refusal] = field(default_factory=list)
    first: date = date.max
    last: date = date.min
    batch: Batch | None = None

    @property
    def hotspots(self) -> int:
        """Of how many hotspots it speaks."""
        return len({code for _day, _act, _kind, code, _n in self.rows})

    def take(self, found: Span) -> None:
        """A row of these days is in it; its period is of whole months, so that a month sent again is a correction."""
        self.first = min(self.first, found.first.replace(day=1))
        length = monthrange(found.first.year, found.first.month)[1]
        self.last = max(self.last, found.first.replace(day=length))


def _as_csv(data: bytes) -> bytes:
    """A Parquet file as the CSV that says the same; anything else as it is. Raises CannotReadSheet."""
    if data[:4] != b"PAR1":
        return data
    try:
        file = pq.ParquetFile(io.BytesIO(data))
        if file.metadata.num_rows > sheets.MOST_ROWS or file.metadata.num_columns > sheets.MOST_COLUMNS:
            raise CannotReadSheet(_("檔案太大。請按月分成幾個檔案。"))
        table = file.read()
    except pa.ArrowException as problem:
        raise CannotReadSheet(_("檔案讀不下去：%(why)s") % {"why": str(problem)[:200]}) from None
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(table.column_names)
    writer.writerows([["" if cell is None else str(cell) for cell in row.values()] for row in table.to_pylist()])
    return out.getvalue().encode()


def read(content: BinaryIO, *, today: date) -> Report:
    """Read a controllers' file; a refused row is told with its cell. Raises CannotReadSheet."""
    sheet = sheets.read_sheet(io.BytesIO(_as_csv(content.read(sheets.MOST_BYTES + 1))), COLUMNS)
    kinds = dict(Hotspot.objects.values_list("code", "builder"))
    report = Report()
    seen: dict[tuple[str, date], int] = {}
    for row in sheet.rows:
        try:
            for one in _facts(row.values, kinds, seen, today):
                report.rows.append(one)
            report.take(row["span"])
        except CannotRecord as refusal:
            sheet.refuse(row, _("整列"), row["code"], refusal.sentence)
    report.rows.sort()
    report.refused = sorted(sheet.refused, key=lambda one: one.row)
    return report


def _facts(
    values: Mapping[str, Any], kinds: Mapping[str, str], seen: dict[tuple[str, date], int], today: date
) -> Iterator[tuple[date, str, str, str, int]]:
    """A row as events. Raises CannotRecord."""
    found, code = values["span"], values["code"]
    if code not in kinds:
        raise CannotRecord(_("沒有這個代碼的熱點。"))
    if found.first > today:
        raise CannotRecord(_("日期在今天之後。"))
    month = (code, found.first.replace(day=1))
    if (code, found.first) in seen or seen.get(month, found.days) != found.days:
        raise CannotRecord(_("同一個熱點、同一天在這份檔案裡有兩列。"))
    if (values["minute_up"] or 0) > found.minutes:
        raise CannotRecord(_("可用分鐘超過這段時間的分鐘數。"))
    seen[month] = seen[code, found.first] = found.days
    told = found.minutes if values["minute_up"] is not None else None
    for name, many in (
        *((one.value, values.get(one.value)) for one in Measure if one != Measure.TOLD),
        ("minute_told", told),
    ):
        if many is not None:
            yield found.first, name, kinds[code], code, many


def as_batch(report: Report) -> bytes:
    """The events as the file that `engines/usage` takes in; the same report gives the same bytes."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["day", "act", "subject_kind", "subject", "n"])
    writer.writerows(report.rows)
    return out.getvalue().encode()


def take_in(content: BinaryIO, *, name: str, by: Account | None, at: datetime) -> Report:
    """Take in a controllers' file as a batch that the worker reads. Raises CannotReadSheet, CannotRecord."""
    report = read(content, today=day_of(at))
    if not report.rows:
        return report
    try:
        report.batch = usage.upload(
            io.BytesIO(as_batch(report)), source=SOURCE, name=name, first=report.first, last=report.last, by=by, at=at
        )
    except usage.CannotReceive as refusal:
        raise CannotRecord(refusal.sentence) from refusal
    return report
