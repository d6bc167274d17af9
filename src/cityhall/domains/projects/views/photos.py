"""進度照片 of a project, month by month, and the form for one more."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from cityhall.engines.idempotency.views import form_once
from cityhall.engines.milestones.refusals import CannotControl
from cityhall.engines.milestones.rules import first_of
from cityhall.foundation.clock import day_of
from cityhall.web.access import requires

from .. import forms, on_site, queries
from ..models import ProgressPhoto, Project
from ..queries import READ, REPORT
from . import finding


def by_month(one: Project) -> list[tuple[Any, list[ProgressPhoto]]]:
    """The photos of each month, the newest month first."""
    rows = one.photos.filter(file__removed_at=None).select_related("file").order_by("-taken_on", "-pk")
    return [(month, list(there)) for month, there in groupby(rows, lambda row: first_of(row.taken_on))]


@requires(READ)
@form_once
def photos(request: HttpRequest, number: str) -> HttpResponse:
    """Every photo, and the form for whoever reports."""
    now = timezone.now()
    one = finding.project_for(request, number, READ if request.method == "GET" else REPORT, now)
    may = queries.may(request.user, REPORT, one, now)
    posted = request.method == "POST"
    form = forms.PhotoForm(
        request.POST if posted else None, request.FILES if posted else None, initial={"taken_on": day_of(now)}
    )
    status = 200
    if posted:
        status = 422
        if form.is_valid():
            given = form.cleaned_data
            try:
                on_site.add_photo(
                    one, given["photo"].file, name=given["photo"].name, taken_on=given["taken_on"],
                    caption=given["caption"], by=request.user, at=now,
                )  # fmt: skip
            except CannotControl as refusal:
                form.add_error(refusal.field if refusal.field in form.fields else None, refusal.sentence)
            else:
                messages.success(request, _("照片已存。"))
                return HttpResponseRedirect(reverse("projects:photos", args=[one.number]))
    context = {"one": one, "plan": one.plan, "months": by_month(one), "form": form if may else None}
    return render(request, "projects/photos.html", context, status=status)
