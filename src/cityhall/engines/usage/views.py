"""使用紀錄 at the desk: what outside systems sent, what became of it, every refused row, and how much was used lately."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pyarrow.parquet as pq
from django.core.paginator import Paginator
from django.db.models import Sum
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from cityhall.engines.files import downloads
from cityhall.engines.idempotency.acting import act_page
from cityhall.engines.idempotency.views import form_once
from cityhall.foundation.clock import day_of
from cityhall.web import charts
from cityhall.web.access import allowed, requires

from . import forms, imports, queries, services, store
from .models import Batch
from .states import BatchState, Mode, Why

READ, IMPORT = "usage.read", "usage.import"
SHOWN = 25
LATELY = 30
MOST_REFUSED_SHOWN = 20
MOST_DAYS_SHOWN = 31


@requires(READ)
def batches(request: HttpRequest) -> HttpResponse:
    """Every batch, the newest first, and how much of each source was used in the last thirty days."""
    names = queries.sources()
    form, rows = forms.BatchFilter(request.GET or None, sources=names), queries.batches()
    if form.is_bound and form.is_valid():
        wanted = form.cleaned_data
        rows = rows.filter(source=wanted["source"]) if wanted["source"] else rows
        rows = rows.filter(state=wanted["state"]) if wanted["state"] else rows
    page = Paginator(rows, SHOWN).get_page(request.GET.get("page"))
    context = {
        "form": form,
        "filtered": bool(request.GET),
        "page": page,
        "rows": [(one, names.get(one.source, one.source)) for one in page],
        "chart": _lately(names),
        "imports": allowed(request, IMPORT),
    }
    return render(request, "usage/batches.html", context)


def _lately(names: dict[str, Any]) -> charts.Chart | None:
    since = day_of(timezone.now()) - timedelta(days=LATELY - 1)
    rows = queries.recent(since).filter(mark="").order_by().values_list("source").annotate(n=Sum("counted"))
    points = [charts.Point(str(names.get(source, source)), n) for source, n in sorted(rows, key=lambda one: -one[1])]
    if not points:
        return None
    return charts.horizontal_bars(
        _("最近30天，各資料來源的使用次數"),
        points,
        unit=_("次"),
        source=_("市政廳使用紀錄"),
        first_column=_("資料來源"),
    )


@requires(IMPORT)
@form_once
def upload(request: HttpRequest) -> HttpResponse:
    """Hand in a file of an outside system; the worker reads it, the page of the batch says how far it is."""
    form = forms.UploadForm(request.POST or None, request.FILES or None, sources=queries.outside())
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            given = form.cleaned_data
            try:
                kept = services.upload(
                    given["file"].file, source=given["source"], name=given["file"].name, first=given["first"],
                    last=given["last"], addition=given["mode"] == Mode.ADDITION, by=request.user, at=timezone.now(),
                )  # fmt: skip
            except services.CannotReceive as refusal:
                form.add_error(None, refusal.sentence)
            else:
                return HttpResponseRedirect(reverse("usage:batch", args=[kept.pk]))
    columns = [(label, key in imports.REQUIRED) for key, (label, _aliases) in imports.COLUMNS.items()]
    return render(request, "usage/upload.html", {"form": form, "columns": columns}, status=status)


@requires(IMPORT)
@form_once
def add_system(request: HttpRequest) -> HttpResponse:
    """A system of somebody else that will send batches."""
    form = forms.SystemForm(request.POST if request.method == "POST" else None)

    def do(given: dict[str, Any]) -> str:
        made = services.add_system(**given, by=request.user, at=timezone.now())
        return _("已新增外部系統「%(name)s」。") % {"name": made}

    here = reverse("usage:batches")
    return act_page(
        request, form=form, title=_("新增外部系統"), button=_("新增"), do=do, back=(here, _("使用紀錄")), to=here,
        refused=services.CannotAdd,
    )  # fmt: skip


@requires(READ)
def batch(request: HttpRequest, pk: int) -> HttpResponse:
    """A batch: how far its reading is, what it holds, what it corrects, the days that it changed."""
    one = get_object_or_404(Batch.objects.select_related("received_by", "replaced_by"), pk=pk)
    changed = queries.changed_days(one) if one.late or one.replaces.exists() else []
    context = {
        "one": one,
        "name": queries.sources().get(one.source, one.source),
        "reading": one.state == BatchState.READING,
        "percent": min(100, 100 * one.rows // one.to_write) if one.to_write else 0,
        "replaces": one.replaces.all(),
        "changed": changed[:MOST_DAYS_SHOWN],
        "more_days": max(0, len(changed) - MOST_DAYS_SHOWN),
        "refused": [_words(row) for row in _refused(one, MOST_REFUSED_SHOWN)],
        "kinds": list(
            one.tallies.order_by("act", "subject_kind").values("act", "subject_kind").annotate(n=Sum("counted"))
        ),
    }
    return render(request, "usage/batch.html", context)


def _refused(one: Batch, most: int | None = None) -> Iterator[dict[str, Any]]:
    """The refused rows of a batch, in the order of the file."""
    path = store.refused() / f"{one.pk}.parquet"
    if not path.exists():
        return
    given = 0
    for block in pq.ParquetFile(path).iter_batches(1000):
        for row in block.to_pylist():
            if most is not None and given >= most:
                return
            given += 1
            yield row


def _words(row: dict[str, Any]) -> tuple[int, str, str, str]:
    """The number of the row in the file, the column, the cell, and the reason in the reader's language."""
    column = imports.COLUMNS.get(row["column"])
    return row["row"], str(column[0]) if column else "", row["value"], str(Why(row["why"]).label)


@requires(READ)
def refused(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Every refused row with its reason, to mend and to send again."""
    one = get_object_or_404(Batch, pk=pk)
    if not (store.refused() / f"{one.pk}.parquet").exists():
        raise Http404
    headings = [_("列"), _("欄位"), _("內容"), _("原因")]
    return downloads.sheet(
        "csv", f"refused-{one.source}-{one.pk}.csv", headings, (_words(row) for row in _refused(one))
    )
