"""道安視導初評: the years with their agencies, sites and suggestions."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from cityhall.engines.directory.models import Agency
from cityhall.engines.directory.states import AgencyKind
from cityhall.engines.gatherings.models import Gathering, Outcome
from cityhall.engines.idempotency.acting import act_page
from cityhall.engines.idempotency.views import form_once
from cityhall.foundation.clock import day_of
from cityhall.web.access import allowed, requires

from . import forms, services
from .figures import MEETING, VISIT
from .models import Evaluation

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


@requires(MANAGE)
@form_once
def send(request: HttpRequest, year: int) -> HttpResponse:
    """送請備查."""
    evaluation, now = get_object_or_404(Evaluation, year=year), timezone.now()
    form = forms.SendForm(request.POST if request.method == "POST" else None, initial={"sent_on": day_of(now)})

    def do(given: dict[str, Any]) -> str:
        services.send_on(evaluation, by=request.user, at=now, **given)
        return _("已登錄送請備查。")

    here = reverse("road_safety:years")
    return act_page(
        request, form=form, title=_("%(year)s初評結果送請備查") % {"year": evaluation}, button=_("登錄"), do=do,
        back=(here, _("道安視導初評")), to=here, refused=services.CannotEvaluate,
    )  # fmt: skip
