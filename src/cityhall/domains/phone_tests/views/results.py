"""What came of the tests: the list, shares by agency, time of day and month, a year's statistics, the download."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from cityhall.engines.audit import services as audit
from cityhall.engines.directory import queries as directory
from cityhall.engines.files import downloads
from cityhall.foundation.clock import day_of
from cityhall.web import charts
from cityhall.web.access import allowed, requires
from cityhall.web.charts import year_name

from .. import forms, queries
from .. import results as found_in
from ..models import Improvement, PhoneTest
from ..queries import PLAN, READ, SETTLED
from ..states import ImprovementState

NUMBER = re.compile(r"T?(\d{2,3})-(\d{2})-0*(\d{1,6})", re.IGNORECASE)
FEWEST_TO_COMPARE = 5
"""Shares of fewer calls are chance: they stand in the table, not in the chart."""


def _filtered(request: HttpRequest, at: datetime) -> tuple[forms.ResultFilter, QuerySet[PhoneTest]]:
    """The settled tests that somebody may see, as narrowed by the form; the newest year where none is asked for."""
    everything = PhoneTest.objects.filter(queries.within_rights(request.user, at) & SETTLED)
    years = found_in.years(everything)
    newest = {"year": str(years[0])} if years and not request.GET else {}
    form = forms.ResultFilter(request.GET or newest or None, rows=everything, years=years)
    rows = everything
    if form.is_bound and form.is_valid():
        rows = _narrowed(rows, form.cleaned_data, at)
    return form, rows


def _narrowed(rows: QuerySet[PhoneTest], wanted: dict[str, Any], at: datetime) -> QuerySet[PhoneTest]:
    if wanted["q"]:
        number = NUMBER.fullmatch(wanted["q"].strip())
        rows = (
            rows.filter(plan__month__year=int(number[1]) + 1911, plan__month__month=int(number[2]), n=int(number[3]))
            if number
            else rows.none()
        )
    for name, field in (
        ("year", "called_on__year"),
        ("agency", "agency__code"),
        ("state", "state"),
        ("window", "window"),
    ):
        if wanted[name]:
            rows = rows.filter(**{field: wanted[name]})
    if wanted["place"]:
        rows = rows.filter(first_line=wanted["place"] == "yes")
    if wanted["improvement"]:
        late = Q(state=ImprovementState.ASKED, due_on__lt=day_of(at))
        newest = Improvement.objects.filter(test=OuterRef("pk")).exclude(state=ImprovementState.SENT_BACK)
        if wanted["improvement"] == ImprovementState.SENT_BACK:
            newest = Improvement.objects.filter(test=OuterRef("pk"))
        rows = rows.filter(
            Exists(newest.filter(late if wanted["improvement"] == "late" else Q(state=wanted["improvement"])))
        )
    return rows


@requires(READ)
def results(request: HttpRequest) -> HttpResponse:
    """The results of a year, or of all; each filter is a link."""
    now = timezone.now()
    form, rows = _filtered(request, now)
    year = form.cleaned_data["year"] if form.is_bound and form.is_valid() else ""
    groups, months = found_in.by_agency(rows), found_in.by_month(rows)
    context = {
        "form": form,
        "filtered": bool(request.GET),
        "year": year_name(int(year)) if year else "",
        "total": found_in.total(rows),
        "groups": groups,
        "windows": found_in.by_window(rows),
        "places": found_in.by_place(rows),
        "criteria": found_in.by_criterion(rows),
        "charts": _charts(groups, months),
        "page": Paginator(queries.with_everything(rows).order_by("-called_on", "-pk"), 50).get_page(
            request.GET.get("page")
        ),
        "everywhere": directory.reach(request.user, READ, now).everywhere,
        "plans": allowed(request, PLAN),
    }
    return render(request, "phone_tests/results.html", context)


def _charts(groups: list[tuple[str, list[found_in.Line]]], months: list[Any]) -> list[charts.Chart]:
    """How the share goes from month to month, and the agencies with enough calls to compare."""
    source, drawn = _("市政廳電話測試，依通話日計"), []
    shares = [(day, round(one.percent, 1)) for day, one in months if one.percent is not None][-24:]
    if len(shares) > 1:
        drawn.append(charts.line(_("各月合格的比率"), shares, unit="%", source=source, places=1))
    named = [
        charts.Point(one.label, round(one.percent, 1))
        for _label, lines in groups
        for one in lines
        if one.percent is not None and one.scored >= FEWEST_TO_COMPARE
    ]
    if len(named) > 1:
        named = sorted(named, key=lambda one: float(one.value))[:15]
        drawn.append(
            charts.horizontal_bars(
                _("合格比率最低的機關，測過5通以上的"), named, unit="%", source=source, first_column=_("受測機關")
            )
        )
    return drawn


COLUMNS = (
    gettext_lazy("測試編號"), gettext_lazy("通話日"), gettext_lazy("時段"), gettext_lazy("受測機關"), gettext_lazy("受測單位"),
    gettext_lazy("第一線服務單位"), gettext_lazy("主題"), pgettext_lazy("phone test", "結果"), gettext_lazy("分數"),
    gettext_lazy("及格分數"),
)  # fmt: skip


@requires(READ)
def export(request: HttpRequest, kind: str) -> HttpResponseBase:
    """The filtered results as CSV, ODS or XLSX, without testers; written down."""
    now = timezone.now()
    _form, rows = _filtered(request, now)
    audit.record("phone_test.exported", None, by=request.user, at=now, new={"rows": rows.count(), "kind": kind})
    return downloads.sheet(kind, f"phone-tests.{kind}", [str(one) for one in COLUMNS], _cells(rows))


def _cells(rows: QuerySet[PhoneTest]) -> Iterator[list[Any]]:
    ordered = rows.select_related("plan", "agency", "unit", "card").order_by("called_on", "pk")
    for row in ordered.iterator(chunk_size=500):
        yield [
            row.number, row.called_on, row.get_window_display(), row.agency.label, row.unit.label if row.unit else "",
            row.first_line, row.card.get_topic_display(), row.get_state_display(), row.points, row.pass_mark,
        ]  # fmt: skip
