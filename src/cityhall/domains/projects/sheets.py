"""The columns of a sheet of months: the same go out and come in, so that agencies can fill them offline."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, BinaryIO

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cityhall.engines.audit import services as audit
from cityhall.engines.files.sheets import CellError, Column, Refusal, Row, Sheet, integer, read_sheet, text
from cityhall.engines.files.sheets import decimal as number
from cityhall.engines.identity.models import Account
from cityhall.engines.milestones.models import MonthReport
from cityhall.engines.milestones.rules import Reported
from cityhall.engines.milestones.services import Line
from cityhall.foundation.unit import act

from . import queries, services
from .models import Project

MONTH = re.compile(r"(\d{2,4})\s*[年/.-]\s*(\d{1,2})\s*月?|(\d{3})(\d{2})")


def month(cell: str) -> date | None:
    """A month: 105/3, 10503 or 2016-03."""
    if not cell:
        return None
    folded = unicodedata.normalize("NFKC", cell).strip()
    if day := re.fullmatch(r"(\d{4})-(\d{2})-01(?:[T ]00:00(?::00)?)?", folded):  # a spreadsheet made a day of it
        return date(int(day[1]), int(day[2]), 1)
    match = MONTH.fullmatch(folded)
    if match is None:
        raise CellError(_("看不懂這個月份。請寫成 105/3 或 2016-03。"))
    year, of_year = int(match[1] or match[3]), int(match[2] or match[4])
    try:
        return date(year if year >= 1000 else year + 1911, of_year, 1)
    except ValueError:
        raise CellError(_("沒有這個月份。")) from None


def percent(cell: str) -> Decimal | None:
    """A share of the whole, with or without its sign."""
    found = number(cell.strip().removesuffix("%").removesuffix("％"))
    if found is not None and found != found.quantize(Decimal("0.01")):
        raise CellError(_("最多兩位小數。"))
    if found is not None and not 0 <= found <= 100:
        raise CellError(_("要在0到100之間。"))
    return found


def money(cell: str) -> int:
    """Whole dollars; empty is nothing."""
    found = integer(cell)
    if found is not None and not 0 <= found < 10**13:
        raise CellError(_("金額要是0以上的整數。"))
    return found or 0


COLUMNS = (
    Column("number", gettext_lazy("計畫編號"), text(20), required=True),
    Column("name", gettext_lazy("計畫名稱"), text(200)),
    Column("month", gettext_lazy("月份"), month, required=True),
    Column("planned", gettext_lazy("預定進度"), text(20)),
    Column("percent", gettext_lazy("實際進度"), percent, required=True),
    Column("paid", gettext_lazy("實支數"), money),
    Column("unpaid", gettext_lazy("已估驗未付款"), money),
    Column("retained", gettext_lazy("估驗保留款"), money),
    Column("surplus", gettext_lazy("節餘款"), money),
    Column("reason", gettext_lazy("落後原因"), text(1000)),
    Column("measure", gettext_lazy("因應對策"), text(1000)),
    Column("help_needed", gettext_lazy("需要協助的事"), text(1000)),
)
"""`name` and `planned` are only told."""
BY_KEY = {one.key: one for one in COLUMNS}


def _optional(column: Column) -> Column:
    """A row whose per cent is empty has not been filled in yet."""
    return Column(column.key, column.label, column.parse) if column.key == "percent" else column


FILLED_LATER = tuple(_optional(one) for one in COLUMNS)


@dataclass
class Report:
    """What became of the rows, and every refused cell."""

    taken: int = 0
    same: int = 0
    refused: list[Refusal] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)

    @property
    def refused_rows(self) -> int:
        """How many rows were refused; one may have several faults."""
        return len({one.row for one in self.refused})


@act
def take_in(content: BinaryIO, *, by: Account, at: datetime) -> Report:
    """Read a sheet and report what can be reported; rows without a per cent are left out. The same again changes nothing.

    Raises CannotReadSheet.
    """
    sheet = read_sheet(content, FILLED_LATER)
    rows = [row for row in sheet.rows if row["percent"] is not None]
    lines = _lines(sheet, rows, by, at)
    made, refused = services.report_months([line for _row, line in lines], by=by, at=at)
    for place, faults in refused.items():
        row = lines[place][0]
        for fault in faults:
            sheet.refuse(row, BY_KEY[fault.field], _written(row, fault.field), fault.sentence)
    report = Report(made, len(lines) - made - len(refused))
    report.refused, report.unknown = sorted(sheet.refused, key=lambda one: one.row), sheet.unknown
    audit.record(
        "projects.months_imported", None, by=by, at=at,
        new={"taken": report.taken, "same": report.same, "refused": report.refused_rows},
    )  # fmt: skip
    return report


def _written(row: Row, key: str) -> str:
    found = row[key]
    return f"{found:%Y-%m}" if isinstance(found, date) else str(found or "")


def _lines(sheet: Sheet, rows: list[Row], by: Account, at: datetime) -> list[tuple[Row, Line]]:
    """The rows that speak of projects of whoever uploads, in the order of their months."""
    mine = Project.objects.filter(queries.within_rights(by, queries.REPORT, at))
    known = {one.number: one for one in mine.filter(number__in={row["number"] for row in rows}).select_related("plan")}
    found: list[tuple[Row, Line]] = []
    seen: dict[tuple[str, date], int] = {}
    for row in sorted(rows, key=lambda one: (one["month"], one.number)):
        key = row["number"], row["month"]
        if row["number"] not in known:
            sheet.refuse(row, BY_KEY["number"], row["number"], _("沒有這個計畫，或不是您的機關主辦的。"))
        elif key in seen:
            sheet.refuse(
                row,
                BY_KEY["month"],
                _written(row, "month"),
                _("和第%(n)s列是同一個計畫的同一個月。") % {"n": seen[key]},
            )
        else:
            seen[key] = row.number
            given = Reported(
                row["percent"],
                row["paid"],
                row["unpaid"],
                row["retained"],
                row["surplus"],
                row["reason"],
                row["measure"],
            )
            found.append((row, Line(known[row["number"]].plan, row["month"], given, row["help_needed"])))
    return found


def cells(
    projects: Iterable[Project], months: Iterable[date], planned: dict[tuple[int, date], Decimal]
) -> Iterator[list[Any]]:
    """A row for each project and month that is due, with what was reported last."""
    there, wanted = list(projects), list(months)
    reports = {
        (row.plan_id, row.month): row
        for row in MonthReport.objects.filter(plan__in=[one.plan_id for one in there], month__in=wanted).order_by("n")
    }
    for one in there:
        for day in wanted:
            if (one.plan_id, day) not in planned:
                continue
            row = reports.get((one.plan_id, day))
            written = [row.percent, row.paid, row.unpaid, row.retained, row.surplus, row.reason, row.measure, row.help_needed] if row else [""] * 8  # fmt: skip
            yield [one.number, one.plan.name, f"{day.year - 1911}/{day.month}", planned[one.plan_id, day], *written]
