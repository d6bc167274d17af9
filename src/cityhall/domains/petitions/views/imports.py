"""匯入案件: petitions that come by file, from upload to the last row; what was refused, and why."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from cityhall.engines.audit import services as audit
from cityhall.engines.files import downloads, imports
from cityhall.engines.files.imports import CannotImport, ImportKind, KnownFile
from cityhall.engines.files.models import ImportRow, ImportState, RowState, SheetImport
from cityhall.engines.idempotency.acting import act_page
from cityhall.engines.idempotency.views import form_once
from cityhall.foundation.clock import day_of
from cityhall.web.access import requires
from cityhall.web.forms import Form

from ..forms import imports as forms
from ..models import ImportedPetition
from ..services import central_files, old_system, referrals

ACT = "petitions.import"
KINDS = (central_files.CODE, old_system.CODE)
FORMS: dict[str, type[Form]] = {central_files.CODE: forms.CentralFileForm, old_system.CODE: forms.OldSystemForm}
WHAT_HAPPENS = {
    central_files.CODE: gettext_lazy(
        "每一件會立刻成案、派案、起算期限，民眾會收到成案通知。不能匯入的列不受影響，修正後可以另外上傳。"
    ),
    old_system.CODE: gettext_lazy(
        "每一件照舊系統的紀錄移入，保留舊案號，不寄任何通知；已經結束的不起算期限，還沒結束的自陳情日起算。"
    ),
}
TAKEN_BACK = {
    central_files.CODE: gettext_lazy(
        "只要還沒有人處理過其中任何一件，就可以整批收回。收回的案件會撤案，民眾會收到通知，理由寫在裡面；同一個案號可以再匯入。"
    ),
    old_system.CODE: gettext_lazy(
        "只要還沒有人處理過其中任何一件，就可以整批收回；移入的案件會刪除，同一個舊案號可以再移入。"
    ),
}
SHOWN = 50
LIGHT = SheetImport.objects.defer("content", "archive").select_related("uploaded_by__person")
GROUPS: dict[str, tuple[str, ...]] = {
    "refused": (RowState.REFUSED,),
    "warned": (RowState.WARNED,),
    "same": (RowState.SAME,),
    "good": (RowState.GOOD, RowState.WARNED),
    "taken": (RowState.TAKEN,),
}


def _kind(code: str) -> ImportKind:
    if code not in KINDS:
        raise Http404
    return imports.kinds[code]


def _job(reference: uuid.UUID) -> SheetImport:
    return get_object_or_404(LIGHT, reference=reference, kind__in=KINDS)


@requires(ACT)
def index(request: HttpRequest) -> HttpResponse:
    """What can be brought in, and every import with what came of it."""
    page = Paginator(LIGHT.filter(kind__in=KINDS), SHOWN).get_page(request.GET.get("page"))
    kinds = [imports.kinds[code] for code in KINDS]
    labels = {kind.code: kind.label for kind in kinds}
    return render(
        request, "petitions/desk/imports/list.html",
        {"page": page, "kinds": kinds, "rows": [(one, labels[one.kind]) for one in page.object_list]},
    )  # fmt: skip


@requires(ACT)
@form_once
def upload(request: HttpRequest, kind: str) -> HttpResponse:
    """Upload a sheet; nothing is brought in before somebody has seen what was found."""
    sheet_kind, now = _kind(kind), timezone.now()
    more = {"on": day_of(now)} if kind == central_files.CODE else {}
    form = FORMS[kind](request.POST or None, request.FILES or None, **more)
    earlier, status = None, 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            given = form.cleaned_data
            try:
                job = imports.upload(
                    kind, given["sheet"], name=given["sheet"].name, archive=given.get("archive"),
                    options=_options(given), by=request.user, at=now,
                )  # fmt: skip
            except KnownFile as known:
                earlier = known.earlier
                form.add_error("sheet", str(known))
            except CannotImport as refusal:
                form.add_error(None, str(refusal))
            else:
                return redirect("petitions:import", reference=job.reference)
    context = {"form": form, "kind": sheet_kind, "earlier": earlier}
    return render(request, "petitions/desk/imports/upload.html", context, status=status)


def _options(given: dict[str, Any]) -> dict[str, Any]:
    """Whose petitions they are. Raises CannotImport."""
    if "system" in given:
        return {"system": given["system"].strip()}
    if not referrals.answers_to(given["forwarder"]):
        raise CannotImport(_("這個機關沒有回復的地址，請先在「轉送來信的機關」填「回復寄到」。"))
    return {"forwarder": given["forwarder"].pk}


@requires(ACT)
def template(request: HttpRequest, kind: str, format: str) -> HttpResponseBase:
    """An empty sheet with the right headings."""
    found = _kind(kind)
    name = f"{found.code.rpartition('.')[2]}-template.{format}"
    return downloads.sheet(format, name, [str(column.label) for column in found.columns], [])


@requires(ACT)
def one(request: HttpRequest, reference: uuid.UUID) -> HttpResponse:
    """One import: how far it is, what was found, each refused row with its reason, and what can be done now."""
    job = _job(reference)
    kind = imports.kinds[job.kind]
    group = request.GET.get("rows", "")
    if group not in GROUPS:
        group = "refused" if job.refused else "taken" if job.taken else "good"
    rows = job.rows.filter(state__in=GROUPS[group]).order_by("number")
    page = Paginator(rows, SHOWN).get_page(request.GET.get("page"))
    if page.object_list:
        audit.looked_at(job, by=request.user, at=timezone.now(), what=f"import:{group}")
    used = [(heading, kind.column(key)) for heading, key in zip(job.headings, job.mapping, strict=False)]
    language = get_language() or "zh-hant"
    context = {
        "job": job, "kind": kind, "group": group, "page": page, "running": job.state in imports.RUNNING,
        "groups": _groups(job), "rows": list(_shown(page.object_list, kind, job, language)), "used": used,
        "missing": imports.missing(job) if job.state == ImportState.MAPPING else [],
        "why": job.why.get(language) or job.why.get("zh-hant", ""),
        "may_undo": job.state == ImportState.DONE and job.taken and not job.forgotten_at,
        "percent": min(100, job.done * 100 // job.total) if job.total else 0,
        "left": job.taken - job.undone, "names": job.kind == old_system.CODE and job.refused,
    }  # fmt: skip
    return render(request, "petitions/desk/imports/one.html", context)


def _groups(job: SheetImport) -> list[tuple[str, str, int]]:
    taken = job.state in (ImportState.TAKING, ImportState.DONE, ImportState.UNDOING, ImportState.UNDONE)
    found = [
        ("refused", _("不能匯入"), job.refused),
        ("warned", _("請留意"), job.warned),
        ("same", _("已經有了"), job.same),
        ("taken", _("已匯入"), job.taken - job.undone) if taken else ("good", _("可匯入"), job.good + job.warned),
    ]
    return [one for one in found if one[2]]


def _shown(rows: Any, kind: ImportKind, job: SheetImport, language: str) -> Iterator[dict[str, Any]]:
    """Rows as people look at them: the line, the first cells, the reasons or the case."""
    found = list(rows)
    cases = {
        one.petition_id: one.petition.case
        for one in ImportedPetition.objects.filter(petition__in=[row.about for row in found if row.about])
        .select_related("petition__case")
    }  # fmt: skip
    for row in found:
        yield {
            "row": row, "cells": _first_cells(row, job), "reasons": imports.reasons(row, kind, language),
            "case": cases.get(row.about),
        }  # fmt: skip


def _first_cells(row: ImportRow, job: SheetImport) -> str:
    """Number and subject of a row, so that people find it in their sheet."""
    cells = {key: cell for key, cell in zip(job.mapping, row.cells, strict=False) if key}
    return " ".join(filter(None, (cells.get("number", ""), (cells.get("title") or cells.get("text", ""))[:40])))


@requires(ACT)
def rows(request: HttpRequest, reference: uuid.UUID, format: str) -> HttpResponseBase:
    """The rows of a group as they came, with the reasons behind: mend them and upload the sheet again."""
    job = _job(reference)
    group = request.GET.get("rows", "refused")
    if group not in GROUPS:
        raise Http404
    now = timezone.now()
    audit.looked_at(job, by=request.user, at=now, what=f"import:{group}:{format}")
    headings = [*job.headings, _("原檔第幾列"), _("不能匯入的原因")]
    lines = imports.to_mend(job, GROUPS[group], get_language() or "zh-hant")
    return downloads.sheet(format, f"{group}-{job.pk}.{format}", headings, lines)


@requires(ACT)
@form_once
def columns(request: HttpRequest, reference: uuid.UUID) -> HttpResponse:
    """Say which column each heading is; every row is then tried again."""
    job, now = _job(reference), timezone.now()
    form = forms.ColumnsForm(
        _sent(request), kind=imports.kinds[job.kind], headings=job.headings,
        mapping=job.mapping,
    )  # fmt: skip

    def do(given: dict[str, Any]) -> str:
        imports.use(job, mapping=form.mapping(), by=request.user, at=now)
        return _("已依您指定的欄位重新檢查。")

    return _act(request, job, form, _("指定欄位"), _("依這些欄位重新檢查"), do)


@requires(ACT)
@form_once
def names(request: HttpRequest, reference: uuid.UUID) -> HttpResponse:
    """對照名稱: what the agencies and categories are that the directory and the catalogue do not know."""
    job, now = _job(reference), timezone.now()
    form = forms.NamesForm(_sent(request), unknown=old_system.unknown_names(job), on=day_of(now))
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            options = dict(job.options)
            for key, column in (("agencies", "agency"), ("categories", "category")):
                options[key] = {**options.get(key, {}), **form.said(column)}
            try:
                imports.use(job, options=options, by=request.user, at=now)
            except CannotImport as refusal:
                form.add_error(None, str(refusal))
            else:
                return redirect("petitions:import", reference=job.reference)
    return render(request, "petitions/desk/imports/names.html", {"form": form, "job": job}, status=status)


def _sent(request: HttpRequest) -> QueryDict | None:
    """What was sent, if it was only the press of a button."""
    return request.POST if request.method == "POST" else None


def _act(
    request: HttpRequest, job: SheetImport, form: Form, title: str, button: str, do: Any, **more: Any
) -> HttpResponse:
    back = reverse("petitions:import", args=[job.reference])
    return act_page(
        request, form=form, title=title, button=button, do=do, back=(back, job.name), to=back, refused=CannotImport,
        **more,
    )  # fmt: skip


@requires(ACT)
@form_once
def start(request: HttpRequest, reference: uuid.UUID) -> HttpResponse:
    """Bring in what may be brought in, after saying what that is."""
    job, now = _job(reference), timezone.now()

    def do(given: dict[str, Any]) -> str:
        imports.start(job, by=request.user, at=now)
        return _("開始匯入。離開這一頁也不會中斷。")

    summary = [
        (_("要匯入"), f"{job.good + job.warned:,}"), (_("不能匯入"), f"{job.refused:,}"), (_("已經有了"), f"{job.same:,}"),
    ]  # fmt: skip
    return _act(
        request, job, Form(_sent(request)), _("確認匯入"), _("匯入"), do, summary=summary,
        lead=str(WHAT_HAPPENS[job.kind]),
    )  # fmt: skip


@requires(ACT)
@form_once
def discard(request: HttpRequest, reference: uuid.UUID) -> HttpResponse:
    """Give an upload up; nothing of it has come in."""
    job, now = _job(reference), timezone.now()

    def do(given: dict[str, Any]) -> str:
        imports.discard(job, by=request.user, at=now)
        return _("已放棄這個檔案，沒有匯入任何一件。")

    return _act(request, job, Form(_sent(request)), _("放棄這個檔案"), _("放棄"), do)


@requires(ACT)
@form_once
def undo(request: HttpRequest, reference: uuid.UUID) -> HttpResponse:
    """Take the whole import back while nobody has worked on its petitions."""
    job, now = _job(reference), timezone.now()

    def do(given: dict[str, Any]) -> str:
        imports.undo(job, reason=given["reason"], by=request.user, at=now)
        return _("開始收回。")

    return _act(
        request, job, forms.TakeBackForm(_sent(request)), _("收回整批匯入"), _("收回"), do,
        summary=[(_("已匯入"), f"{job.taken:,}")],
        lead=str(TAKEN_BACK[job.kind]),
    )  # fmt: skip
