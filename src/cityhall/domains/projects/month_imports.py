"""A large sheet of months, taken in block by block by a worker, so that its page can say how far it is.

Each row is an act of its own kind: what can be written is written, and every refused cell keeps its reason.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cityhall.engines.files import imports
from cityhall.engines.files.imports import CannotImport, ImportKind, Reading
from cityhall.engines.files.models import ImportRow, ImportState, SheetImport
from cityhall.engines.milestones import services as plans
from cityhall.engines.milestones.models import MonthReport
from cityhall.engines.milestones.rules import Reported
from cityhall.engines.milestones.services import Line

from . import queries, services
from .models import Project
from .sheets import FILLED_LATER

CODE = "projects.months"
FROM_ROWS = 200
"""Sheets below this many rows are answered at once."""


@dataclass(frozen=True)
class Known:
    """A row that says a month of a project of whoever uploaded."""

    reading: Reading
    line: Line


def _known(job: SheetImport, readings: list[Reading], at: datetime) -> list[Known]:
    """The rows that can be reported, in the order of their months; the others are told why not."""
    mine = Project.objects.filter(queries.within_rights(job.uploaded_by, queries.REPORT, at))
    numbers = {one.values.get("number") for one in readings}
    there = {one.number: one for one in mine.filter(number__in=numbers).select_related("plan")}
    found = []
    for one in readings:
        given = one.values
        if one.problems:
            continue
        if given["percent"] is None:
            one.same(lambda: _("實際進度空白，沒有動。"))
        elif given["number"] not in there:
            one.refuse("number", lambda: _("沒有這個計畫，或不是您的機關主辦的。"), given["number"])
        else:
            reported = Reported(
                given["percent"], given["paid"], given["unpaid"], given["retained"], given["surplus"], given["reason"],
                given["measure"],
            )  # fmt: skip
            found.append(Known(one, Line(there[given["number"]].plan, given["month"], reported, given["help_needed"])))
    return sorted(found, key=lambda one: (one.line.month, one.reading.row.number))


def check(job: SheetImport, readings: list[Reading], at: datetime) -> None:
    """Whose projects they are, and that no month is there twice."""
    for one in _known(job, readings, at):
        one.reading.row.key = f"{one.line.plan.pk} {one.line.month:%Y-%m}"


def take(job: SheetImport, readings: list[Reading], at: datetime) -> None:
    """Report a block; a month that says the same as the one before changes nothing."""
    known = _known(job, readings, at)
    lines = [one.line for one in known]
    made, refused = services.report_months(lines, by=job.uploaded_by, at=at)
    written = {
        (plan, month): pk
        for plan, month, pk in MonthReport.objects.filter(
            plan__in=[one.plan.pk for one in lines], recorded_at=at, recorded_by=job.uploaded_by
        ).values_list("plan", "month", "pk")
    }
    assert made <= len(written), "each that was written is found again"
    for place, one in enumerate(known):
        key = one.line.plan.pk, one.line.month
        if place in refused:
            for fault in refused[place]:
                one.reading.refuse(fault.field, _why(one.line, fault.field, at), one.reading.values[fault.field])
        elif key in written:
            one.reading.took(written[key])
        else:
            one.reading.same(lambda: _("和原來填的一樣，沒有改變。"))


def _why(line: Line, field: str, at: datetime) -> Callable[[], str]:
    """The reason, asked again in each language."""

    def say() -> str:
        return next((one.sentence for one in plans.faults_of(line, at=at) if one.field == field), "")

    return say


def turned(job: SheetImport, at: datetime) -> None:
    """Nobody has to confirm a report: once every row was tried, what can be written is written."""
    if job.state == ImportState.READY and job.good:
        imports.start(job, by=job.uploaded_by, at=at)


def touched(job: SheetImport) -> int:
    """A report is corrected, never taken back."""
    return job.taken


def undo(job: SheetImport, rows: list[ImportRow], at: datetime) -> set[int]:
    """Never asked for: see `touched`."""
    raise CannotImport(_("填報的月份不能整批收回，請更正各個月。"))


def percent_done(job: SheetImport) -> int:
    """How far the whole is: trying the rows is the first half, writing them the second."""
    if not job.total:
        return 0
    share = min(50, job.done * 50 // job.total)
    return {ImportState.CHECKING: share, ImportState.TAKING: 50 + share}.get(ImportState(job.state), 0)


KIND = ImportKind(
    code=CODE, label=gettext_lazy("計畫月進度"), columns=FILLED_LATER, check=check, take=take, touched=touched, undo=undo,
    turned=turned, check_block=400, take_block=120,
)  # fmt: skip


def install() -> None:
    """Declare the sheet."""
    imports.declare(KIND)
