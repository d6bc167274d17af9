"""Where a city keeps its layers of places: what is in force, imports with every refused row, and a try-out."""

from __future__ import annotations

import re
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from cityhall.engines.files import sheets
from cityhall.engines.idempotency.acting import act_page
from cityhall.engines.idempotency.views import form_once
from cityhall.web.access import requires

from . import forms, imports, queries, services
from .imports import SourceFile
from .models import Area, DoorPlate, Landmark, Layer, LayerFeature, LayerVersion, Road, Term, Upload
from .rules import Point
from .states import AreaKind, LayerKind, Level, Method

MANAGE = "places.manage"
SHOWN = 50
MOST_REFUSALS_SHOWN = 200
BOUNDARY_METRES = 15
MOST_TRIED = 12
POINT = re.compile(r"\s*(-?\d{1,3}(?:\.\d+)?)\s*[,，\s]\s*(-?\d{1,3}(?:\.\d+)?)\s*")
ROWS: dict[str, type[Model]] = {
    LayerKind.BOUNDARIES: Area,
    LayerKind.ROADS: Road,
    LayerKind.LANDMARKS: Landmark,
    LayerKind.PLATES: DoorPlate,
    LayerKind.MANAGERS: LayerFeature,
}


def _layer_url(layer: Layer) -> str:
    return reverse("places:layer", args=[layer.code])


@requires(MANAGE)
def layers(request: HttpRequest) -> HttpResponse:
    """Every layer with the version in force, and what a place means by them."""
    for kind in services.STANDARD:
        services.standard_layer(kind)
    terms = {
        term.layer_id: term
        for term in Term.objects.filter(ends_at=None).select_related("version").order_by("starts_at")
    }
    rows = [(layer, terms.get(layer.pk)) for layer in Layer.objects.all()]
    form = forms.TryForm(request.GET if "place" in request.GET else None)
    context: dict[str, Any] = {"rows": rows, "form": form, "levels": Level.choices}
    if form.is_bound and form.is_valid():
        context["tried"] = _tried(form.cleaned_data["place"])
    return render(request, "places/layers.html", context)


def _tried(text: str) -> dict[str, Any]:
    """What the layers in force say of a text or a point."""
    if match := POINT.fullmatch(text):
        one, other = float(match[1]), float(match[2])
        lon, lat = (one, other) if abs(one) > abs(other) else (other, one)
        return {"rows": [(f"{lon}, {lat}", "", None, _spot(Point(lon, lat), ""))]}
    found = queries.find(text)
    rows = [
        (one.label, str(Method(one.method).label), one.accuracy_m, _spot(one.point, one.road))
        for one in found[:MOST_TRIED]
    ]
    districts = {one.district.code for one in found if one.district}
    return {"rows": rows, "ambiguous": len(districts) > 1}


def _spot(point: Point, road: str) -> dict[str, Any]:
    place = queries.area_of(point)
    return {
        "at": point,
        "place": place,
        "near_edge": place.inside_city and place.metres_to_edge <= BOUNDARY_METRES,
        "managers": [
            (hit, str(Level(hit.level).label))
            for hit in queries.managers_at(point, road or queries.road_at(point) or None)
        ][:3],
    }


@requires(MANAGE)
@form_once
def add_layer(request: HttpRequest) -> HttpResponse:
    """A layer of managers."""
    form = forms.LayerForm(request.POST or None)

    def do(given: dict[str, Any]) -> str:
        made = services.add_layer(**given, by=request.user, at=timezone.now())
        return _("已新增圖層「%(name)s」。接著請匯入資料。") % {"name": made}

    return act_page(
        request, form=form, title=_("新增權管圖層"), button=_("新增"), do=do, refused=services.CannotAddLayer,
        back=(reverse("places:layers"), _("地點圖層")), to=reverse("places:layers"),
        lead=_("說明哪條路、哪個範圍由誰管；派案時用來決定主辦機關。"),
    )  # fmt: skip


@requires(MANAGE)
def layer(request: HttpRequest, code: str) -> HttpResponse:
    """A layer's versions, when each was in force, and what is being read."""
    one = get_object_or_404(Layer, code=code)
    terms: dict[int, list[Term]] = {}
    for term in one.terms.all():
        terms.setdefault(term.version_id, []).append(term)
    uploads = list(one.uploads.filter(version=None).prefetch_related("files")[:10])
    context = {
        "layer": one,
        "versions": [(version, terms.get(version.pk, [])) for version in one.versions.select_related("imported_by")],
        "uploads": uploads,
        "reading": any(upload.read_at is None for upload in uploads),
        "columns": imports.COLUMNS[one.kind],
    }
    return render(request, "places/layer.html", context)


@requires(MANAGE)
@form_once
def upload(request: HttpRequest, code: str) -> HttpResponse:
    """Hand in files for a layer; the worker reads them."""
    one = get_object_or_404(Layer, code=code)
    form = forms.ImportForm(request.POST or None, request.FILES or None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            files = [SourceFile(file.name, file.file) for file in form.cleaned_data["files"]]
            try:
                kept = services.upload(
                    one, files, source=form.cleaned_data["source"], dated_on=form.cleaned_data["dated_on"],
                    by=request.user, at=timezone.now(),
                )  # fmt: skip
            except services.CannotImport as refusal:
                form.add_error("files", str(refusal))
            else:
                return HttpResponseRedirect(reverse("places:uploaded", args=[kept.pk]))
    context = {"layer": one, "form": form, "columns": imports.COLUMNS[one.kind]}
    return render(request, "places/upload.html", context, status=status)


@requires(MANAGE)
def uploaded(request: HttpRequest, pk: int) -> HttpResponse:
    """How far the reading is; then the version, or why there is none."""
    kept = get_object_or_404(Upload.objects.select_related("layer", "version"), pk=pk)
    if kept.version:
        return HttpResponseRedirect(kept.version.get_absolute_url())
    return render(request, "places/uploaded.html", {"upload": kept, "reading": kept.read_at is None})


@requires(MANAGE)
def template(request: HttpRequest, code: str) -> HttpResponse:
    """An empty sheet with the right headings."""
    one = get_object_or_404(Layer, code=code)
    headers = {"Content-Disposition": content_disposition_header(True, f"{one.code}.ods") or "attachment"}
    book = sheets.write_ods(imports.template(one.kind), [], title=str(one))
    return HttpResponse(book.read(), content_type="application/vnd.oasis.opendocument.spreadsheet", headers=headers)


def _rows_of(version: LayerVersion) -> QuerySet[Any]:
    return ROWS[version.layer.kind]._default_manager.filter(version=version)


@requires(MANAGE)
def version(request: HttpRequest, pk: int) -> HttpResponse:
    """What one import brought, every row that it refused, and how it differs from what is in force."""
    one = get_object_or_404(LayerVersion.objects.select_related("layer", "imported_by"), pk=pk)
    current = Term.objects.filter(layer=one.layer, ends_at=None).select_related("version").first()
    rows = _rows_of(one)
    if words := request.GET.get("q", "").strip()[:40]:
        rows = rows.filter(**{("road" if one.layer.kind == LayerKind.PLATES else "name") + "__icontains": words})
    if one.layer.kind == LayerKind.BOUNDARIES:
        rows = rows.select_related("parent")
    context = {
        "version": one,
        "layer": one.layer,
        "terms": one.terms.all(),
        "in_force": current is not None and current.version_id == one.pk,
        "current": current.version if current else None,
        "difference": one.rows - current.version.rows if current else 0,
        "refused": one.refused[:MOST_REFUSALS_SHOWN],
        "more": max(0, len(one.refused) - MOST_REFUSALS_SHOWN),
        "page": Paginator(rows, SHOWN).get_page(request.GET.get("page")),
        "q": words,
        "districts": {area.code: str(area) for area in queries.districts()},
        "villages": AreaKind.VILLAGE,
    }
    return render(request, "places/version.html", context)


@requires(MANAGE)
def refused(request: HttpRequest, pk: int) -> StreamingHttpResponse:
    """The refused rows as a sheet, to mend and to hand in again."""
    one = get_object_or_404(LayerVersion.objects.select_related("layer"), pk=pk)
    rows = [(row["file"], row["row"], row["column"], row["value"], row["why"]) for row in one.refused]
    headers = {
        "Content-Disposition": content_disposition_header(True, f"refused-{one.layer.code}-{one.number}.csv")
        or "attachment"
    }
    columns = [_("檔案"), _("列"), _("欄位"), _("內容"), _("原因")]
    return StreamingHttpResponse(
        sheets.write_csv(columns, rows), content_type="text/csv; charset=utf-8", headers=headers
    )


@requires(MANAGE)
@require_POST
@form_once
def put_in_force(request: HttpRequest, pk: int) -> HttpResponse:
    """Let a version decide from now on."""
    one = get_object_or_404(LayerVersion.objects.select_related("layer"), pk=pk)
    try:
        services.put_in_force(one, by=request.user, at=timezone.now())
        messages.success(
            request, _("第 %(n)d 版已生效，之後的派案照這一版；之前的決定仍記著原來的版次。") % {"n": one.number}
        )
    except services.CannotPutInForce as refusal:
        messages.error(request, str(refusal))
    return HttpResponseRedirect(_layer_url(one.layer))


@requires(MANAGE)
@require_POST
@form_once
def discard(request: HttpRequest, pk: int) -> HttpResponse:
    """Throw away a version that was never in force."""
    one = get_object_or_404(LayerVersion.objects.select_related("layer"), pk=pk)
    try:
        services.discard(one, by=request.user, at=timezone.now())
        messages.success(request, _("已刪除第 %(n)d 版。") % {"n": one.number})
    except services.CannotDiscard as refusal:
        messages.error(request, str(refusal))
    return HttpResponseRedirect(_layer_url(one.layer))
