"""The exchange's files as they were read: how far, and which of their lines were refused."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cityhall.engines.audit import services as audit
from cityhall.engines.files import downloads
from cityhall.web.access import requires
from cityhall.web.forms import Form, Select

from .. import refusing
from ..models import LogFile, RefusedLine
from ..queries import EXPORT
from ..states import LogKind


class FileFilter(Form):
    """What the files can be narrowed by."""

    kind = forms.ChoiceField(
        label=gettext_lazy("檔案種類"),
        required=False,
        widget=Select,
        choices=[("", gettext_lazy("全部")), *LogKind.choices],
    )
    lines = forms.ChoiceField(
        label=gettext_lazy("退回的列"), required=False, widget=Select,
        choices=[("", gettext_lazy("全部")), ("refused", gettext_lazy("有退回的")), ("fine", gettext_lazy("沒有退回的"))],
    )  # fmt: skip


@requires(EXPORT)
def index(request: HttpRequest) -> HttpResponse:
    """The files that were read, the newest reading first."""
    form, rows = FileFilter(request.GET or None), LogFile.objects.order_by("-last_read_at", "-pk")
    if form.is_bound and form.is_valid():
        wanted = form.cleaned_data
        if wanted["kind"]:
            rows = rows.filter(kind=wanted["kind"])
        if wanted["lines"]:
            rows = rows.filter(refused__gt=0) if wanted["lines"] == "refused" else rows.filter(refused=0)
    context = {
        "form": form, "filtered": bool(request.GET), "page": Paginator(rows, 50).get_page(request.GET.get("page")),
    }  # fmt: skip
    return render(request, "hotline/files.html", context, status=422 if form.is_bound and form.errors else 200)


@requires(EXPORT)
def one(request: HttpRequest, pk: int) -> HttpResponse:
    """A file: how far it was read, and its refused lines with their reasons."""
    log = get_object_or_404(LogFile, pk=pk)
    page = Paginator(log.refused_lines.order_by("number"), 50).get_page(request.GET.get("page"))
    context = {"one": log, "page": page, "more": max(0, log.refused - page.paginator.count), "most": refusing.MOST}
    return render(request, "hotline/file.html", context)


@requires(EXPORT)
def refused(request: HttpRequest, pk: int, kind: str) -> HttpResponseBase:
    """The refused lines as a sheet. Written down."""
    log, now = get_object_or_404(LogFile, pk=pk), timezone.now()
    audit.record("hotline.refused_exported", log, by=request.user, at=now, new={"kind": kind})
    return downloads.sheet(kind, f"refused-{log.pk}.{kind}", [_("列"), _("開頭"), _("原因")], _cells(log))


def _cells(log: LogFile) -> Iterator[list[Any]]:
    rows = RefusedLine.objects.filter(log=log).order_by("number")
    for row in rows.iterator(chunk_size=1000):
        yield [row.number, row.begins, row.get_fault_display()]
