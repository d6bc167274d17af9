"""改分統計: how often petitions change agencies, whose time that is, and which rules and models began it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from cityhall.engines.audit import services as audit
from cityhall.engines.figures import asking
from cityhall.engines.files import downloads
from cityhall.web import charts
from cityhall.web.access import allowed, requires

from .. import hop_statistics as counting
from .. import queries
from .statistics import period_asked


@requires("petitions.statistics")
def hops(request: HttpRequest) -> HttpResponse:
    """The page: how many hops, hours by agency, and what began them."""
    now = timezone.now()
    period, problem = period_asked(request, now)
    found = counting.count(queries.visible_to(request.user, now), period, at=now)
    context = {
        "found": found,
        "period": period,
        "problem": problem,
        "charts": _charts(found),
        "presets": asking.presets(period, at=now),
        "from_choices": asking.month_choices(period.first_day, at=now, ends=False),
        "to_choices": asking.month_choices(period.last_day, at=now, ends=True),
        "may_export": allowed(request, "petitions.export"),
        "may_watch": allowed(request, "petitions.automatic.read"),
        "may_rules": allowed(request, "petitions.rules.manage"),
    }
    return render(request, "petitions/desk/automatic/hops.html", context, status=400 if problem else 200)


def _charts(found: counting.Found) -> list[charts.Chart]:
    source = _("市政廳陳情紀錄，改分過的案件")
    rows = [(line.label, round(line.hours, 1)) for line in found.agencies if line.hours][:10]
    if not rows:
        return []
    return [
        charts.horizontal_bars(
            _("改分過的案件，時間算在誰身上"), rows, unit=_("小時"), source=source, first_column=_("機關")
        )
    ]  # fmt: skip


@requires("petitions.export")
def export(request: HttpRequest, kind: str) -> HttpResponseBase:
    """Hours and returns by agency as CSV, ODS or XLSX; that it left is written down."""
    now = timezone.now()
    period, _problem = period_asked(request, now)
    visible = queries.visible_to(request.user, now).filter(queries.within(request.user, "petitions.export", now))
    found = counting.count(visible, period, at=now)
    audit.record("petition.hops_exported", None, by=request.user, at=now, new={"period": period.spec, "kind": kind})
    headings = [_("機關"), _("退回改分件數"), _("算在它身上的小時"), _("每件中位數（小時）")]

    def cells() -> Iterator[list[Any]]:
        for line in found.agencies:
            yield [line.label, line.returned, round(line.hours, 1), round(line.median, 1)]

    return downloads.sheet(kind, f"petitions-hops-{period.spec}.{kind}", headings, cells())
