"""交付圖資檔 at the desk: an agency hands in a file, sees what was read and repaired; the keepers check it and take it in."""

from __future__ import annotations

import uuid
from typing import Any

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from cityhall.engines.audit import services as audit
from cityhall.engines.files import downloads
from cityhall.engines.idempotency.acting import act_page
from cityhall.engines.idempotency.views import form_once
from cityhall.engines.identity.requests import account_of
from cityhall.engines.layers import memory
from cityhall.engines.layers.tabled import from_table
from cityhall.engines.tables import storing
from cityhall.foundation.clock import day_of
from cityhall.web.access import allowed, requires
from cityhall.web.context import language

from . import drawing, forms, handing_in
from .handing_in import HAND_IN
from .models import LayerFile
from .refusals import CannotList
from .states import FileState, Licence, Rights
from .views import MANAGE, agencies, people

PAGE = 25
SAMPLE = 10


def _filtered(request: HttpRequest) -> tuple[forms.FileFilter, QuerySet[LayerFile]]:
    rows = handing_in.seen(account_of(request), timezone.now())
    form = forms.FileFilter(request.GET or None)
    if form.is_bound and form.is_valid() and form.cleaned_data["state"]:
        rows = rows.filter(state=form.cleaned_data["state"])
    return form, rows


@requires(HAND_IN)
def file_list(request: HttpRequest) -> HttpResponse:
    """The files of the officer's agency; of all, for the keepers."""
    form, rows = _filtered(request)
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    return render(request, "spatial/files.html", {"form": form, "filtered": bool(request.GET), "page": page})


@requires(HAND_IN)
def export_files(request: HttpRequest, kind: str) -> HttpResponseBase:
    """The list as CSV, ODS or XLSX; written down."""
    _form, rows = _filtered(request)
    new = {"kind": kind, "rows": rows.count()}
    audit.record("spatial.files_exported", None, by=request.user, at=timezone.now(), new=new)
    columns = [
        _("圖資名稱"), _("提供機關"), _("檔名"), _("交付時間"), _("交付人"), _("筆數"), _("狀態"), _("理由"), _("收為圖資的代碼"),
        _("決定時間"),
    ]  # fmt: skip
    cells = (
        [
            one.title, one.agency.label, one.file_name, one.handed_at, str(one.handed_by.person) if one.handed_by else "", one.rows,
            one.get_state_display(), one.reason, one.layer.code if one.layer and one.state == FileState.TAKEN else "", one.decided_at,
        ]
        for one in rows.iterator(chunk_size=500)
    )  # fmt: skip
    return downloads.sheet(kind, f"layer-files.{kind}", columns, cells)


@requires(HAND_IN)
@form_once
def hand_in(request: HttpRequest) -> HttpResponse:
    """Hand in a file: a new layer, or the next content of one."""
    now = timezone.now()
    there = handing_in.agencies(account_of(request), now)
    layers = handing_in.renewable(there).select_related("agency")
    posted = request.method == "POST"
    form = forms.HandInForm(
        request.POST if posted else None, request.FILES if posted else None, agencies=there, layers=layers
    )
    if posted and form.is_valid():
        given = form.cleaned_data
        try:
            made = handing_in.hand_in(
                given["upload"], name=given["upload"].name, title=given["title"], note=given["note"],
                agency=form.agencies[given["agency"]], layer=form.layers.get(given["layer"]), by=account_of(request), at=now,
            )  # fmt: skip
        except CannotList as refusal:
            form.add_error("upload", refusal.sentence)
        else:
            return HttpResponseRedirect(reverse("spatial:file", args=[made.reference]))
    context = {
        "form": form, "title": _("交付圖資檔"), "button": _("交付"), "multipart": True, "back": (reverse("spatial:files"), _("交付的圖資檔")),
        "lead": _("檔案由系統讀取、研考會檢查後收為圖資；收進來以前，別人看不到。"),
    }  # fmt: skip
    return render(request, "idempotency/act.html", context, status=422 if posted else 200)


def _seen(request: HttpRequest, reference: uuid.UUID) -> LayerFile:
    return get_object_or_404(handing_in.seen(account_of(request), timezone.now()), reference=reference)


def _told(rows: list[dict[str, Any]]) -> list[tuple[int | None, str, list[list[Any]]]]:
    """Repairs or problems in the reader's language: the line, the sentence, examples."""
    said = language()
    return [
        (
            row.get("line"),
            row["sentence"].get(said) or next(iter(row["sentence"].values()), ""),
            row.get("examples", []),
        )
        for row in rows
    ]


@requires(HAND_IN)
def layer_file(request: HttpRequest, reference: uuid.UUID) -> HttpResponse:
    """One file: what was read and repaired, its columns and first rows, its drawing; the keepers decide."""
    one = _seen(request, reference)
    context: dict[str, Any] = {
        "one": one, "waiting": one.state == FileState.WAITING, "checks": one.state == FileState.READ and allowed(request, MANAGE),
        "problems": _told(one.report.get("problems", [])), "repairs": _told(one.report.get("repairs", [])),
    }  # fmt: skip
    if one.table:
        source = from_table(storing.load(one.table), code=f"file.{one.pk}", title=one.title)
        held = memory.held(source, one.table)
        about = _("地圖：%(layers)s") % {"layers": one.title}
        rows = zip(*(held.table[column.name][:SAMPLE].to_pylist() for column in source.columns), strict=True)
        context |= {
            "columns": source.columns, "rows": list(rows), "drawing": drawing.drawn([drawing.painted(held)], about=about),
            "lost": handing_in.lost_columns(one) if one.state == FileState.READ else [], "attribution": drawing.attribution(),
        }  # fmt: skip
    return render(request, "spatial/file.html", context)


@requires(HAND_IN)
@form_once
def withdraw(request: HttpRequest, reference: uuid.UUID) -> HttpResponse:
    """Say that a file is wanted no more."""
    one = _seen(request, reference)
    form = forms.SureForm(request.POST if request.method == "POST" else None)

    def do(given: dict[str, Any]) -> str:
        handing_in.withdraw(one, by=account_of(request), at=timezone.now())
        return _("已收回這份檔案。")

    here = reverse("spatial:file", args=[reference])
    return act_page(
        request, form=form, title=_("收回圖資檔"), button=_("收回圖資檔"), do=do, back=(here, str(one)), to=here, refused=CannotList,
        lead=_("收回的檔案不再檢查，也不能收為圖資；要再用時，請重新交付。"),
    )  # fmt: skip


@requires(MANAGE)
@form_once
def take_in(request: HttpRequest, reference: uuid.UUID) -> HttpResponse:
    """Make a checked file a layer, or the content of the layer that it is for."""
    one, now = _seen(request, reference), timezone.now()
    posted = request.POST if request.method == "POST" else None
    form: forms.Form
    if one.layer is None:
        first = {
            "title": one.title, "about": one.note, "agency": str(one.agency_id), "rights": Rights.GOVERNMENT,
            "licence": Licence.INTERNAL, "dated_on": day_of(one.handed_at),
        }  # fmt: skip
        form = new = forms.NewLayerForm(posted, dated=True, agencies=agencies(), people=people(), initial=first)
    else:
        form = forms.DatedForm(posted, initial={"dated_on": day_of(one.handed_at)})

    def do(given: dict[str, Any]) -> str:
        if one.layer is None:
            handing_in.take_in(one, given["code"], by=account_of(request), at=now, **new.given())
            return _("已登錄圖資。")
        handing_in.take_in_again(one, dated_on=given["dated_on"], by=account_of(request), at=now)
        return _("圖資已換成新版本。")

    here = reverse("spatial:file", args=[reference])
    return act_page(
        request, form=form, title=_("收為圖資"), button=_("收為圖資"), do=do, back=(here, str(one)), to=here, refused=CannotList,
        lead=_("收進來以後，有權限的人和系統馬上查得到。"),
    )  # fmt: skip


@requires(MANAGE)
@form_once
def send_back(request: HttpRequest, reference: uuid.UUID) -> HttpResponse:
    """Say what is to be mended."""
    one, now = _seen(request, reference), timezone.now()
    form = forms.ReasonForm(request.POST if request.method == "POST" else None)

    def do(given: dict[str, Any]) -> str:
        handing_in.send_back(one, reason=given["reason"], by=account_of(request), at=now)
        return _("已退回，機關看得到理由。")

    here = reverse("spatial:file", args=[reference])
    return act_page(
        request,
        form=form,
        title=_("退回圖資檔"),
        button=_("退回"),
        do=do,
        back=(here, str(one)),
        to=here,
        refused=CannotList,
    )
