"""The desk's pages of sheets: upload, look at the check, take in, see how far it is; and write out."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from cityhall.engines.files import sheets
from cityhall.engines.idempotency.views import form_once
from cityhall.foundation.clock import day_of
from cityhall.web.access import requires

from .. import exchange, forms, queries
from ..models import Import
from .agencies import _by, parse_date_or

READING_ACTS = (
    "directory.agencies.manage",
    "directory.units.manage",
    "directory.people.manage",
    "directory.duty.manage",
    "directory.approval.manage",
)
MIME = {
    "csv": "text/csv; charset=utf-8",
    "ods": "application/vnd.oasis.opendocument.spreadsheet",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
MOST_REFUSALS_SHOWN = 200


def _kind(key: str) -> exchange.SheetKind:
    if key not in exchange.KINDS:
        raise Http404(key)
    return exchange.KINDS[key]


def _kinds_for(request: HttpRequest) -> list[exchange.SheetKind]:
    now = timezone.now()
    return [kind for kind in exchange.KINDS.values() if queries.may(_by(request), kind.act, on=now)]


@requires(*READING_ACTS)
def index(request: HttpRequest) -> HttpResponse:
    """What can be taken in, and the last uploads."""
    mine = Import.objects.filter(uploaded_by=_by(request)).defer("content")[:20]
    return render(request, "directory/desk/imports.html", {"kinds": _kinds_for(request), "uploads": mine})


@requires(*READING_ACTS)
@form_once
def upload(request: HttpRequest, key: str) -> HttpResponse:
    """Upload a sheet; it is checked and shown before anything is taken in."""
    kind = _kind(key)
    if not queries.may(_by(request), kind.act, on=timezone.now()):
        raise PermissionDenied(kind.act)
    form = forms.UploadForm(request.POST or None, request.FILES or None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            file = form.cleaned_data["file"]
            try:
                job = exchange.upload(
                    kind=key, file_name=file.name, content=file.file, by=_by(request), at=timezone.now()
                )
            except (sheets.CannotReadSheet, exchange.CannotImport) as refusal:
                form.add_error("file", str(refusal))
            else:
                return redirect("directory:import", pk=job.pk)
    context = {"form": form, "kind": kind}
    return render(request, "directory/desk/upload.html", context, status=status)


@requires(*READING_ACTS)
def template(request: HttpRequest, key: str) -> HttpResponse:
    """An empty sheet with the right headings."""
    kind = _kind(key)
    headers = {"Content-Disposition": content_disposition_header(True, f"{kind.label}.ods") or "attachment"}
    book = sheets.write_ods(kind.headings, [], title=kind.label)
    return HttpResponse(book.read(), content_type=MIME["ods"], headers=headers)


def _upload(request: HttpRequest, pk: int) -> Import:
    return get_object_or_404(Import.objects.filter(uploaded_by=_by(request)).defer("content"), pk=pk)


@requires(*READING_ACTS)
def show(request: HttpRequest, pk: int) -> HttpResponse:
    """An upload: its check, how far the worker is, and every refused cell."""
    job = _upload(request, pk)
    context = {
        "job": job,
        "kind": _kind(job.kind),
        "refused": job.refused[:MOST_REFUSALS_SHOWN],
        "more": max(0, len(job.refused) - MOST_REFUSALS_SHOWN),
        "running": job.started_at is not None and job.finished_at is None,
    }
    return render(request, "directory/desk/import.html", context)


@requires(*READING_ACTS)
def refusals(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Every refused cell as a sheet."""
    job = _upload(request, pk)
    rows = [(cell["row"], cell["column"], cell["value"], cell["why"]) for cell in job.refused]
    headers = {"Content-Disposition": content_disposition_header(True, f"refused-{job.pk}.csv") or "attachment"}
    columns = [_("列"), _("欄位"), _("內容"), _("原因")]
    return StreamingHttpResponse(sheets.write_csv(columns, rows), content_type=MIME["csv"], headers=headers)


@requires(*READING_ACTS)
@require_POST
@form_once
def start(request: HttpRequest, pk: int) -> HttpResponse:
    """Take the good rows in."""
    job = _upload(request, pk)
    if not queries.may(_by(request), _kind(job.kind).act, on=timezone.now()):
        raise PermissionDenied(_kind(job.kind).act)
    exchange.start(job, by=_by(request), at=timezone.now())
    return redirect("directory:import", pk=job.pk)


@requires("directory.export")
def export(request: HttpRequest, file_format: str) -> HttpResponseBase:
    """The sheets as of a day: ODS holds all that are asked for, CSV and XLSX one."""
    if file_format not in MIME:
        raise Http404(file_format)
    now = timezone.now()
    asked = [key for key in request.GET.getlist("sheet") if key in exchange.KINDS] or list(exchange.KINDS)
    if file_format != "ods":
        asked = asked[:1]
    day = parse_date_or(request.GET.get("on", ""), day_of(now))
    pages = exchange.write_out(asked, day=day, account=_by(request), at=now)
    name = f"{pages[0].title if len(pages) == 1 else _('通訊錄')}-{day:%Y%m%d}.{file_format}"
    headers = {"Content-Disposition": content_disposition_header(True, name) or "attachment"}
    if file_format == "csv":
        content: Any = sheets.write_csv(pages[0].columns, pages[0].rows)
        return StreamingHttpResponse(content, content_type=MIME["csv"], headers=headers)
    if file_format == "xlsx":
        book = sheets.write_xlsx(pages[0].columns, pages[0].rows, title=pages[0].title)
    else:
        book = sheets.write_ods_book(pages)
    return FileResponse(book, content_type=MIME[file_format], headers=headers)
