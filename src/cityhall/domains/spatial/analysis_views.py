"""空間分析: the list, a form for each tool, and the result's own page, which can be cited."""

from __future__ import annotations

import json
from typing import Any, cast

from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from cityhall.engines.audit import services as audit
from cityhall.engines.files import downloads
from cityhall.engines.idempotency.views import form_once
from cityhall.engines.identity.models import Account
from cityhall.engines.layers import memory, tiles
from cityhall.engines.tables import published
from cityhall.foundation.clock import day_of
from cityhall.web.access import allowed, public, requires
from cityhall.web.context import language
from cityhall.web.documents import CannotMake

from . import analyses, classing, drawing, open_tables, printing, queries, rules
from .analysis_forms import ABOUT, FORMS, AnalysisFilter, Offered, OpenTableForm
from .documents import MVT
from .forms import WordsForm
from .measuring import result_held
from .models import Analysis
from .refusals import CannotAnalyse
from .states import AnalysisState, Tool
from .views import READ

PAGE = 50
MOST_FOUND = 50
MOST_CODES = 100
HOW = {classing.QUANTILE, classing.EQUAL, classing.NATURAL}


def _narrowed(request: HttpRequest) -> tuple[AnalysisFilter, QuerySet[Analysis]]:
    rows = Analysis.objects.select_related("made_by__person")
    form = AnalysisFilter(request.GET or None)
    if form.is_bound and form.is_valid():
        given = form.cleaned_data
        if words := given["q"].strip():
            rows = rows.filter(Q(title__icontains=words) | Q(number__icontains=words))
        rows = rows.filter(tool=given["tool"]) if given["tool"] else rows
        rows = rows.filter(made_by=request.user.pk) if given["mine"] else rows
    return form, rows


@requires(READ)
def analysis_list(request: HttpRequest) -> HttpResponse:
    """The tools, and the analyses that were made."""
    form, rows = _narrowed(request)
    context = {
        "form": form, "filtered": bool(request.GET), "tools": [(each, each.label, ABOUT[each]) for each in Tool],
        "page": Paginator(rows, PAGE).get_page(request.GET.get("page")), "query": request.GET.urlencode(),
    }  # fmt: skip
    return render(request, "spatial/analyses.html", context)


@requires(READ)
def analysis_export(request: HttpRequest, kind: str) -> HttpResponseBase:
    """The narrowed list as CSV, ODS or XLSX; written down."""
    _form, rows = _narrowed(request)
    found = [
        [one.number, one.title, str(one.get_tool_display()), str(one.get_state_display()), str(one.get_rights_display()),
         day_of(one.asked_at), one.rows]
        for one in rows
    ]  # fmt: skip
    audit.record("spatial.exported", None, by=request.user, at=timezone.now(), new={"rows": len(found), "kind": kind})
    headings = [_("分析編號"), _("分析名稱"), _("分析方法"), _("狀態"), _("使用權限"), _("日期"), _("筆數")]
    return downloads.sheet(kind, f"spatial-analyses.{kind}", headings, found)


@requires(READ)
@form_once
def new_analysis(request: HttpRequest, tool: str) -> HttpResponse:
    """Ask for an analysis by a tool."""
    if tool not in Tool.values:
        raise Http404
    chosen, now = Tool(tool), timezone.now()
    posted = request.method == "POST"
    form = FORMS[chosen](request.POST if posted else None, request.FILES if posted else None, offered=Offered())
    if posted and form.is_valid():
        try:
            made = analyses.ask(
                chosen, form.cleaned_data["title"], form.asked(), by=cast("Account", request.user), at=now
            )
        except CannotAnalyse as refusal:
            form.add_error(None, refusal.sentence)
        else:
            return HttpResponseRedirect(reverse("map:result", args=[made.number]))
    context = {
        "form": form, "title": chosen.label, "lead": ABOUT[chosen], "button": _("開始計算"), "multipart": form.is_multipart(),
        "back": (reverse("spatial:analyses"), _("空間分析")),
    }  # fmt: skip
    return render(request, "idempotency/act.html", context, status=422 if posted else 200)


@requires(READ)
def choose_table(request: HttpRequest) -> HttpResponse:
    """Published tables, to draw a map straight from one."""
    form = WordsForm(request.GET or None)
    words = form.cleaned_data["q"].strip() if form.is_bound and form.is_valid() else ""
    context = {"form": form, "filtered": bool(words), "rows": published.find(words, MOST_FOUND), "most": MOST_FOUND}
    return render(request, "spatial/open_tables.html", context)


@requires(READ)
@form_once
def open_table(request: HttpRequest, key: str) -> HttpResponse:
    """Which column names the areas, which numbers are told; the result is an analysis as the others."""
    one = published.get(key)
    if one is None:
        raise Http404
    back = (reverse("spatial:choose_table"), _("從開放資料畫地圖"))
    try:
        table = open_tables.offered(one)
    except CannotAnalyse as refusal:
        return render(request, "spatial/no_areas.html", {"one": one, "why": refusal.sentence, "back": back}, status=422)
    if not table.areas:
        return render(request, "spatial/no_areas.html", {"one": one, "back": back})
    posted = request.method == "POST"
    area = table.areas[0]
    first = {"title": one.label[:80], "area": area.column.name, "level": open_tables.level_of(area)}
    if table.measures:
        first["number"] = table.measures[0].column.name
    form = OpenTableForm(request.POST if posted else None, table=table, initial=first)
    if posted and form.is_valid():
        made = analyses.ask(
            Tool.CHOROPLETH, form.cleaned_data["title"], form.asked(), by=cast("Account", request.user), at=timezone.now()
        )  # fmt: skip
        return HttpResponseRedirect(reverse("map:result", args=[made.number]))
    context = {
        "form": form, "title": _("把「%(name)s」畫成地圖") % {"name": one.label}, "button": _("開始計算"), "back": back,
    }  # fmt: skip
    return render(request, "idempotency/act.html", context, status=422 if posted else 200)


@requires(READ)
@form_once
def analysis_again(request: HttpRequest, number: str) -> HttpResponse:
    """The same question of today's data."""
    one = get_object_or_404(Analysis, number=number)
    if request.method != "POST":
        return HttpResponseRedirect(reverse("map:result", args=[number]))
    made = analyses.ask_again(one, by=cast("Account", request.user), at=timezone.now())
    return HttpResponseRedirect(reverse("map:result", args=[made.number]))


# ---- the result, for everybody who may see all that it was made of --------------------------------------------------------


def _visible(request: HttpRequest, number: str) -> Analysis:
    one = get_object_or_404(Analysis.objects.select_related("made_by__person"), number=number)
    officer = allowed(request, READ)
    done = one.state == AnalysisState.DONE
    if not (officer if not done else rules.may_see(one.rights, officer=officer, granted=False)):
        raise Http404
    return one


def _headings(one: Analysis) -> dict[str, str]:
    said = "en" if language() == "en" else "zh"
    return {column["name"]: column[said] for column in one.columns}


def _rows(one: Analysis, held: memory.Held) -> tuple[list[str], list[list[Any]]]:
    """Headings and rows as people read them."""
    headings = _headings(one)
    columns = [held.table[name].to_pylist() for name in headings]
    names = drawing.heat_names()
    if "heat" in headings:
        place = list(headings).index("heat")
        columns[place] = [names.get(value or "", "") for value in columns[place]]
    return list(headings.values()), [list(row) for row in zip(*columns, strict=True)]


@public
def result(request: HttpRequest, number: str) -> HttpResponse:
    """A result: its map, its table, its method, what it was made of, how to cite it."""
    one = _visible(request, number)
    context: dict[str, Any] = {
        "one": one, "officer": allowed(request, READ), "tool": Tool(one.tool).label,
        "waiting": one.state == AnalysisState.WAITING, "refused": one.state == AnalysisState.REFUSED,
    }  # fmt: skip
    if one.state != AnalysisState.DONE:
        return render(request, "spatial/result.html", context)
    held = result_held(one)
    how = request.GET.get("how", "")
    how = how if how in HOW else classing.NATURAL
    shown = request.GET.get("by", "")
    shown = shown if shown in {column["name"] for column in one.columns} else one.shown
    painted = drawing.painted(held, shown, how)
    headings = _headings(one)
    columns, rows = _rows(one, held)
    if words := request.GET.get("q", "").strip()[:40]:
        rows = [row for row in rows if any(words in str(cell) for cell in row[:4])]
    about = _("地圖：%(title)s，依%(column)s著色") % {"title": one.title, "column": headings.get(shown, "")}
    tiled = drawing.is_tiled(held)
    url = reverse("map:result_features", args=[number])
    if tiled:
        url = f"{reverse('map:result', args=[number])}tiles/{{z}}/{{x}}/{{y}}.mvt"
    tiling = tiled and not drawing.tiles_there(held, at=timezone.now())
    context |= {
        "columns": columns, "page": Paginator(rows, PAGE).get_page(request.GET.get("page")), "legend": painted.legend,
        "drawing": drawing.drawn([painted], about=about), "shown": headings.get(shown, ""), "by": shown, "how": how,
        "choices": [(name, title) for name, title in headings.items()],
        "ways": [(classing.QUANTILE, _("每級數量相等")), (classing.EQUAL, _("等距")), (classing.NATURAL, _("自然斷點"))],
        "overlays": [] if tiling else [drawing.overlay(number, one.title, painted, url, tiled=tiled) | {
            "columns": [[name, title] for name, title in headings.items()],
        }], "tiling": tiling,
        "mapped": sorted(one.mapped.items())[:MOST_CODES], "more_mapped": max(0, len(one.mapped) - MOST_CODES),
        "unknown": one.unknown[:MOST_CODES], "more_unknown": max(0, len(one.unknown) - MOST_CODES),
        "inputs": one.inputs.select_related("layer", "result", "release__statistic"), "q": words,
        "cited": analyses.cited(one, request.build_absolute_uri(request.path), day_of(timezone.now())),
        "attribution": drawing.attribution(), "kinds": ("pdf", "csv", "ods", "xlsx", "geojson", "parquet"),
    }  # fmt: skip
    return render(request, "spatial/result.html", context)


def _done(request: HttpRequest, number: str) -> Analysis:
    one = _visible(request, number)
    if one.state != AnalysisState.DONE:
        raise Http404
    return one


@public
def result_download(request: HttpRequest, number: str, kind: str) -> HttpResponseBase:
    """The result as CSV, ODS, XLSX, GeoJSON or GeoParquet."""
    one = _done(request, number)
    name = f"{number}.{kind}"
    if kind == "geojson":
        return _features(one, download=name)
    if kind == "parquet":
        headers = {"Content-Disposition": content_disposition_header(True, name) or "attachment"}
        return HttpResponse(one.path.read_bytes(), content_type="application/vnd.apache.parquet", headers=headers)
    headings, rows = _rows(one, result_held(one))
    if kind == "pdf":
        return _paper(request, one, headings, rows)
    return downloads.sheet(kind, name, headings, rows)


def _paper(request: HttpRequest, one: Analysis, headings: list[str], rows: list[list[Any]]) -> HttpResponse:
    painted = drawing.painted(result_held(one), one.shown, classing.NATURAL)
    shown, now = _headings(one).get(one.shown, ""), timezone.now()
    about = _("地圖：%(title)s，依%(column)s著色") % {"title": one.title, "column": shown}
    address = request.build_absolute_uri(reverse("map:result", args=[one.number]))
    try:
        made = printing.pdf(
            title=one.title, subtitle=f"{one.number}　{Tool(one.tool).label}", about=about, layers=[(shown, painted)],
            drawing=str(drawing.drawn([painted], about=about)), table=pgettext("analysis", "結果"), columns=headings, rows=rows, at=now,
            parts=[
                (pgettext("analysis", "方法"), one.method_told), (_("輸入資料"), "、".join(str(each) for each in one.inputs.all())),
                (_("引用"), analyses.cited(one, address, day_of(now))),
            ],
        )  # fmt: skip
    except CannotMake:
        raise Http404 from None
    headers = {"Content-Disposition": content_disposition_header(True, f"{one.number}.pdf") or "attachment"}
    return HttpResponse(made, content_type="application/pdf", headers=headers)


@public
def result_features(request: HttpRequest, number: str) -> HttpResponseBase:
    """The result for the live map; it never changes."""
    return _features(_done(request, number))


def _features(one: Analysis, download: str = "") -> HttpResponse:
    held = result_held(one)
    said = {"title": one.title, "number": one.number, "method": one.method_told, "rights": one.rights}
    about = json.dumps(said, ensure_ascii=False)
    body = b'{"type":"FeatureCollection","metadata":' + about.encode() + b',"features":['
    body += b",".join(held.features(range(len(held)))) + b"]}"
    response = HttpResponse(body, content_type="application/geo+json")
    response["Cache-Control"] = "private, no-cache"
    if download:
        response["Content-Disposition"] = content_disposition_header(True, download) or "attachment"
    return response


@public
def result_tile(request: HttpRequest, number: str, z: int, x: int, y: int) -> HttpResponse:
    """A tile of a large result for the live map; nothing (204) where nothing of it lies, 503 until the worker has made them."""
    one = _done(request, number)
    if z > tiles.HIGHEST or x >= 2**z or y >= 2**z:
        raise Http404
    path = tiles.archive(queries.result_source(one))
    if path is None:
        return HttpResponse(status=503, headers={"Retry-After": "10"})
    data = tiles.tile(path, z, x, y)
    if data is None:
        return HttpResponse(status=204)
    headers = {"Content-Encoding": "gzip", "Cache-Control": "private, max-age=3600"}
    return HttpResponse(data, content_type=MVT, headers=headers)
