"""道安視導初評: the years with their agencies, sites and suggestions."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from cityhall.engines.audit import services as audit
from cityhall.engines.directory.models import Agency
from cityhall.engines.directory.states import AgencyKind
from cityhall.engines.files import downloads
from cityhall.engines.gatherings.models import Gathering, Outcome
from cityhall.engines.idempotency.acting import act_page
from cityhall.engines.idempotency.views import form_once
from cityhall.engines.scoring import queries as scoring
from cityhall.foundation.clock import day_of
from cityhall.web import charts
from cityhall.web.access import allowed, requires

from . import forms, results, services
from .models import Evaluation
from .states import MEETING, VISIT

READ, MANAGE = "road_safety.read", "road_safety.manage"
KINDS = (AgencyKind.FIRST_LEVEL, AgencyKind.OUTSIDE_BODY)


@requires(READ)
def years(request: HttpRequest) -> HttpResponse:
    """Each year: who is looked at, where the committee was, how many suggestions are still open."""
    held = Gathering.objects.of(MEETING, VISIT).filter(held_on__isnull=False)
    visits = list(held.of(VISIT).values_list("year", flat=True))
    made = Outcome.objects.filter(gathering__in=held.values("pk"))
    suggested = list(made.values_list("gathering__year", flat=True))
    left = list(made.open().values_list("gathering__year", flat=True))
    rows = [
        (one, [row.agency.label for row in one.agencies.all()], visits.count(one.year), suggested.count(one.year),
         left.count(one.year))
        for one in Evaluation.objects.prefetch_related("agencies__agency")
    ]  # fmt: skip
    context = {"rows": rows, "may_manage": allowed(request, MANAGE), "meeting": MEETING, "visit": VISIT}
    return render(request, "road_safety/years.html", context)


@requires(MANAGE)
@form_once
def begin(request: HttpRequest) -> HttpResponse:
    """A new year with its agencies."""
    now = timezone.now()
    today = day_of(now)
    agencies = Agency.objects.as_of(today).filter(kind__in=KINDS).order_by("order", "code")
    last = Evaluation.objects.first()
    initial = {
        "year": today.year,
        "agencies": list(last.agencies.values_list("agency__code", flat=True)) if last else [],
    }
    form = forms.BeginForm(
        request.POST if request.method == "POST" else None, years=[today.year, today.year - 1], agencies=agencies,
        initial=initial,
    )  # fmt: skip

    def do(given: dict[str, Any]) -> str:
        wanted = list(agencies.filter(code__in=given["agencies"]))
        made = services.begin(year=given["year"], agencies=wanted, begun_on=today, by=request.user, at=now)
        return _("已開始%(year)s的初評。") % {"year": made}

    here = reverse("road_safety:years")
    return act_page(
        request, form=form, title=_("開始一個年度的初評"), button=_("開始"), do=do, back=(here, _("道安視導初評")), to=here,
        refused=services.CannotEvaluate,
    )  # fmt: skip


def _title(one: Evaluation) -> str:
    return _("%(year)s道安視導初評") % {"year": one}


@requires(READ)
def year(request: HttpRequest, year: int) -> HttpResponse:
    """One year: the committee's result, the ministry's beside it, and each agency's suggestions."""
    one = get_object_or_404(Evaluation, year=year)
    found, (made, still_open) = results.comparison(one), results.suggestions(year)
    scored = results.scored(year)
    closed = scored is not None and scored.closed_on is not None
    chart = None
    if closed:
        points = [(row.agency.label, compared.ours) for row, compared in found if compared.ours is not None]
        chart = charts.horizontal_bars(
            _("各機關的初評分數"), points, unit=_("分"), source=_("市政廳道安視導初評"), first_column=_("受評機關")
        )
    context = {
        "one": one,
        "title": _title(one),
        "rows": [(row.agency, compared, made[row.agency_id], still_open[row.agency_id]) for row, compared in found],
        "scored": scored,
        "step": scoring.running_step(scored) if scored else None,
        "closed": closed,
        "chart": chart,
        "may_manage": allowed(request, MANAGE),
        "begin": f"{reverse('scoring:begin')}?kind={results.KIND}&year={year}",
    }
    return render(request, "road_safety/year.html", context)


@requires(READ)
def export(request: HttpRequest, year: int, kind: str) -> HttpResponseBase:
    """The results as a file for the ministry; written down."""
    one = get_object_or_404(Evaluation, year=year)
    made, still_open = results.suggestions(year)
    headings = [
        _("受評機關"), _("類別"), _("初評分數"), _("初評名次"), _("複評分數"), _("複評名次"), _("相差"), _("委員建議"), _("還沒辦完"),
    ]  # fmt: skip
    rows = [
        [
            row.agency.name, row.agency.get_kind_display(), found.ours, found.place, found.theirs, found.their_place,
            found.apart, made[row.agency_id], still_open[row.agency_id],
        ]
        for row, found in results.comparison(one)
    ]  # fmt: skip
    audit.record("road_safety.exported", one, by=request.user, at=timezone.now(), new={"kind": kind})
    return downloads.sheet(kind, f"road-safety-{year}.{kind}", headings, rows)


@requires(MANAGE)
@form_once
def ministry(request: HttpRequest, year: int) -> HttpResponse:
    """登錄交通部複評."""
    evaluation, now = get_object_or_404(Evaluation, year=year), timezone.now()
    rows = evaluation.agencies.select_related("agency").order_by("agency__order", "pk")
    initial: dict[str, Any] = {f"points_{one.agency.code}": one.ministry_points for one in rows}
    form = forms.MinistryForm(
        request.POST if request.method == "POST" else None, agencies=[one.agency for one in rows],
        initial={"received_on": day_of(now), **initial},
    )  # fmt: skip

    def do(given: dict[str, Any]) -> str:
        services.record_ministry(
            evaluation, points=form.points, received_on=given["received_on"], document=given["document"], by=request.user,
            at=now,
        )  # fmt: skip
        return _("已登錄交通部的複評。")

    here = reverse("road_safety:year", args=[year])
    return act_page(
        request, form=form, title=_("登錄%(year)s交通部複評") % {"year": evaluation}, button=_("登錄"), do=do,
        back=(here, _title(evaluation)), to=here, refused=services.CannotEvaluate,
    )  # fmt: skip


@requires(MANAGE)
@form_once
def send(request: HttpRequest, year: int) -> HttpResponse:
    """送請備查."""
    evaluation, now = get_object_or_404(Evaluation, year=year), timezone.now()
    form = forms.SendForm(request.POST if request.method == "POST" else None, initial={"sent_on": day_of(now)})

    def do(given: dict[str, Any]) -> str:
        services.send_on(evaluation, by=request.user, at=now, **given)
        return _("已登錄送請備查。")

    here = reverse("road_safety:year", args=[year])
    return act_page(
        request, form=form, title=_("%(year)s初評結果送請備查") % {"year": evaluation}, button=_("登錄"), do=do,
        back=(here, _("道安視導初評")), to=here, refused=services.CannotEvaluate,
    )  # fmt: skip
