"""A sheet of entries comes in: what became of its rows, and every refused cell with its reason."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone

from cityhall.engines.files import downloads
from cityhall.engines.files.sheets import CannotReadSheet
from cityhall.engines.idempotency.views import done, form_once
from cityhall.web.access import requires

from .. import forms, importing, sheets
from ..queries import IMPORT


@requires(IMPORT)
@form_once
def bring(request: HttpRequest) -> HttpResponse:
    """Upload a sheet; the answer is the report."""
    posted = request.method == "POST"
    form = forms.SheetForm(request.POST if posted else None, request.FILES if posted else None)
    status = 200
    if posted:
        status = 422
        if form.is_valid():
            given = form.cleaned_data
            try:
                report = importing.take_in(
                    given["sheet"], publish=given["then"] == "published", basis=given["basis"].strip(), by=request.user,
                    at=timezone.now(),
                )  # fmt: skip
            except CannotReadSheet as refusal:
                form.add_error("sheet", str(refusal))
            else:
                context = {"report": report, "published": given["then"] == "published"}
                return done(render(request, "faq/desk/report.html", context))
    return render(request, "faq/desk/import.html", {"form": form}, status=status)


@requires(IMPORT)
def template(request: HttpRequest, kind: str) -> HttpResponseBase:
    """An empty sheet with the right headings."""
    return downloads.sheet(kind, f"faq-template.{kind}", [str(one.label) for one in sheets.COLUMNS], [])
