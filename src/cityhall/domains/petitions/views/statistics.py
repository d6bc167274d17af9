"""How petitions go, on one page: a table of which every cell opens its petitions, and two charts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from cityhall.engines.audit import services as audit
from cityhall.engines.directory import queries as directory
from cityhall.engines.figures import asking
from cityhall.engines.files import downloads
from cityhall.engines.identity.requests import account_of
from cityhall.foundation.clock import day_of
from cityhall.foundation.period import Period
from cityhall.web import charts, maps
from cityhall.web.access import allowed, requires

from .. import queries
from .. import statistics as counting
from ..models import FrozenMonth


@requires("petitions.read")
def statistics(request: HttpRequest) -> HttpResponse:
    """The table by the dimension asked for, and how the months went."""
    now = timezone.now()
    period, problem = period_asked(request, now)
    by = request.GET.get("by", "")
    by = by if by in counting.DIMENSIONS else "agency"
    petitions = queries.visible_to(account_of(request), now)
    table = counting.table(petitions, period, by, at=now)
    months = table if by == "month" else counting.table(petitions, period, "month", at=now)
    return render(
        request,
        "petitions/desk/statistics.html",
        {
            "table": table,
            "problem": problem,
            "measures": counting.MEASURES,
            "dimensions": counting.DIMENSIONS.values(),
            "rows": [_row(line, table) for line in table.lines],
            "total": _row(table.total, table),
            "charts": _charts(months),
            "map": _map(table) if by == "district" and len(table.lines) > 1 else "",
            "presets": asking.presets(period, at=now),
            "from_choices": asking.month_choices(period.first_day, at=now, ends=False),
            "to_choices": asking.month_choices(period.last_day, at=now, ends=True),
            "may_export": bool(directory.reach(account_of(request), "petitions.export", now)),
            "frozen": _frozen(period) if allowed(request, "petitions.statistics") else None,
            "may_hops": allowed(request, "petitions.statistics"),
            "everywhere": directory.reach(account_of(request), "petitions.read", now).everywhere,
        },
        status=400 if problem else 200,
    )


def _frozen(period: Period) -> FrozenMonth | None:
    """The printed edition of the very month that is looked at."""
    first = period.first_day
    if first is None or Period.parse(f"{first:%Y-%m}") != period:
        return None
    return FrozenMonth.objects.filter(month=first).first()


def period_asked(request: HttpRequest, now: datetime) -> tuple[Period, str]:
    """The period asked for, up to today; the last twelve months where nothing is asked, with the problem if unreadable."""
    today = day_of(now)
    usual = Period(today.replace(year=today.year - 1, day=1), today)
    first, last = request.GET.get("from", ""), request.GET.get("to", "")
    if not first and not last:
        return usual, ""
    try:
        period = asking.period_of(first, last, at=now)
    except asking.CannotReadPeriod as refused:
        return usual, refused.sentence
    return period.until(today), ""


def _row(line: counting.Line, table: counting.Table) -> dict[str, Any]:
    return {"line": line, "cells": [(cell, _behind(cell, table)) for cell in line.cells]}


def _behind(cell: counting.Cell, table: counting.Table) -> str:
    """The list of the petitions that a cell counts."""
    asked = {"measure": cell.measure.code, "opened": table.period.spec}
    if cell.part:
        asked |= {"by": table.dimension.code, "part": cell.part}
    return f"{reverse('petitions:list')}?{urlencode(asked)}"


def _charts(months: counting.Table) -> list[charts.Chart]:
    """How many were opened each month, and which share was answered in time."""
    lines = [(Period.parse(line.part), line) for line in months.lines]
    if len(lines) < 2:
        return []
    source = _("市政廳陳情紀錄，依成案日")
    received = [(period.first_day, line.cells[0].number) for period, line in lines if period.first_day]
    in_time = {
        line.part: cell for _period, line in lines for cell in line.cells if cell.measure.code == "final_in_time"
    }
    shares = [
        (period.first_day, round(share, 1))
        for period, line in lines
        if period.first_day and (share := in_time[line.part].share) is not None
    ]
    drawn = [charts.bar_by_month(_("每月成案"), received, unit=_("件"), source=source, average=False)]
    if len(shares) > 1:
        drawn.append(charts.line(_("正式回復準時的比率"), shares, unit="%", source=source, places=1))
    return drawn


def _map(table: counting.Table) -> str:
    """How many were opened in each district."""
    numbers = {line.part: float(line.cells[0].number) for line in table.lines if line.part != counting.NOTHING}
    most = max(table.lines, key=lambda line: line.cells[0].number)
    about = _("各行政區成案件數的地圖，%(district)s最多，%(number)s件") % {
        "district": most.label, "number": f"{most.cells[0].number:,}",
    }  # fmt: skip
    return maps.shaded(numbers, about=about)


@requires("petitions.export")
def download(request: HttpRequest, kind: str) -> HttpResponseBase:
    """The table as CSV, ODS or XLSX, numbers and what they are of; that it left is written down."""
    now = timezone.now()
    period, _problem = period_asked(request, now)
    by = request.GET.get("by", "")
    by = by if by in counting.DIMENSIONS else "agency"
    petitions = queries.visible_to(account_of(request), now)
    petitions = petitions.filter(queries.within(account_of(request), "petitions.export", now))
    table = counting.table(petitions, period, by, at=now)
    audit.record(
        "petition.statistics_exported", None, by=request.user, at=now,
        new={"by": by, "period": period.spec, "kind": kind},
    )  # fmt: skip
    headings = [str(table.dimension.label)]
    for measure in counting.MEASURES:
        headings.append(str(measure.label))
        if measure.of is not None:
            headings.append(_("%(measure)s：%(of)s") % {"measure": measure.label, "of": measure.of_label})
    headings += [_("天數中位數"), _("天數P90")]
    return downloads.sheet(kind, f"petitions-{by}-{period.spec}.{kind}", headings, _lines(table))


def _lines(table: counting.Table) -> Iterator[list[Any]]:
    for line in (*table.lines, table.total):
        cells: list[Any] = [line.label]
        for cell in line.cells:
            cells += [cell.number] if cell.whole is None else [cell.number, cell.whole]
        yield [*cells, *(round(one, 1) for one in line.days or ())]
