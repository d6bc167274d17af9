"""由檔案匯入議會案件: upload, what was found row by row, the go-ahead, and how far it is."""

from __future__ import annotations

import uuid
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from cityhall.engines.files import downloads, imports
from cityhall.engines.files.imports import CannotImport, KnownFile
from cityhall.engines.files.models import RowState, SheetImport
from cityhall.engines.idempotency.acting import act_page
from cityhall.engines.idempotency.views import form_once
from cityhall.web.access import requires

from . import forms, sheets
from .queries import CONTROL

JOBS = SheetImport.objects.filter(kind=sheets.CODE).defer("content", "archive")
BAD = (RowState.REFUSED, RowState.SAME)


@requires(CONTROL)
@form_once
def sheet(request: HttpRequest) -> HttpResponse:
    """Upload a sheet; nothing is listed before somebody has seen what was found."""
    form = forms.SheetForm(request.POST or None, request.FILES or None)
    earlier, status = None, 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            content = form.cleaned_data["sheet"]
            try:
                job = imports.upload(
                    sheets.CODE, content, name=content.name, options={}, by=request.user, at=timezone.now()
                )
            except KnownFile as known:
                earlier = known.earlier
                form.add_error("sheet", str(known))
            except CannotImport as refusal:
                form.add_error("sheet", str(refusal))
            else:
                return redirect("council:import", reference=job.reference)
    context = {"form": form, "columns": sheets.COLUMNS, "earlier": earlier, "jobs": JOBS.order_by("-uploaded_at")[:10]}
    return render(request, "council/sheet.html", context, status=status)


@requires(CONTROL)
def blank(request: HttpRequest, kind: str) -> HttpResponseBase:
    """An empty sheet to fill in."""
    return downloads.sheet(kind, f"council-items.{kind}", [str(one.label) for one in sheets.COLUMNS], [])


@requires(CONTROL)
def one(request: HttpRequest, reference: uuid.UUID) -> HttpResponse:
    """How far it is, and every row that is not taken, with its reasons."""
    job = get_object_or_404(JOBS, reference=reference)
    kind, language = imports.kinds[job.kind], get_language() or "zh-hant"
    page = Paginator(job.rows.filter(state__in=BAD).order_by("number"), 50).get_page(request.GET.get("page"))
    context = {
        "job": job, "page": page, "running": job.state in imports.RUNNING,
        "rows": [(row, imports.reasons(row, kind, language)) for row in page.object_list],
        "good": job.good + job.warned, "bad": job.refused + job.same,
        "missing": imports.missing(job) if job.state == "MAPPING" else [],
        "why": job.why.get(language) or job.why.get("zh-hant", ""),
        "percent": min(100, job.done * 100 // job.total) if job.total else 0,
    }  # fmt: skip
    return render(request, "council/import.html", context)


@requires(CONTROL)
def rows(request: HttpRequest, reference: uuid.UUID, kind: str) -> HttpResponseBase:
    """The rows that were not taken as they came, with the reasons behind: mend them and send the sheet again."""
    job = get_object_or_404(JOBS, reference=reference)
    headings = [*job.headings, _("原檔第幾列"), _("不能匯入的原因")]
    lines = imports.to_mend(job, BAD, get_language() or "zh-hant")
    return downloads.sheet(kind, f"refused-{job.pk}.{kind}", headings, lines)


def _act(request: HttpRequest, job: SheetImport, title: str, button: str, do: Any, **more: Any) -> HttpResponse:
    here = reverse("council:import", args=[job.reference])
    form = forms.NothingForm(request.POST if request.method == "POST" else None)
    return act_page(
        request, form=form, title=title, button=button, do=do, back=(here, job.name), to=here, refused=CannotImport,
        **more,
    )  # fmt: skip


@requires(CONTROL)
@form_once
def start(request: HttpRequest, reference: uuid.UUID) -> HttpResponse:
    """List what may be listed."""
    job = get_object_or_404(JOBS, reference=reference)

    def do(given: dict[str, Any]) -> str:
        imports.start(job, by=request.user, at=timezone.now())
        return _("開始匯入。離開這一頁也不會中斷。")

    return _act(
        request, job, _("匯入議會案件"), _("列管並請機關函復"), do,
        summary=[(_("可以匯入"), f"{job.good + job.warned:,}"), (_("不能匯入"), f"{job.refused + job.same:,}")],
        lead=_("每一列會立刻列管、編號，並請機關函復；不能整批收回。"),
    )  # fmt: skip


@requires(CONTROL)
@form_once
def discard(request: HttpRequest, reference: uuid.UUID) -> HttpResponse:
    """Give an upload up; nothing of it was listed."""
    job = get_object_or_404(JOBS, reference=reference)

    def do(given: dict[str, Any]) -> str:
        imports.discard(job, by=request.user, at=timezone.now())
        return _("已放棄這個檔案，沒有匯入任何一件。")

    return _act(request, job, _("放棄這個議會案件檔案"), _("放棄"), do)
