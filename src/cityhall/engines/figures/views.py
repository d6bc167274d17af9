"""Every figure as a page: its value, its definition, its rows, its rule and its code."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.core.paginator import EmptyPage, Page, PageNotAnInteger, Paginator
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseRedirect,
    StreamingHttpResponse,
)
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from cityhall.engines.audit import services as audit
from cityhall.engines.figures import asking, catalogue, queries, registry
from cityhall.engines.figures.asking import WITHOUT, Asked, CannotReadPeriod
from cityhall.engines.figures.drawing import chart_of
from cityhall.engines.figures.queries import CannotCount, Counted
from cityhall.engines.figures.rows import RowView
from cityhall.engines.files.sheets import write_csv
from cityhall.web.access import public

ROWS_ON_A_PAGE = 20
MOST_ISSUED = 12


@public
def index(request: HttpRequest) -> HttpResponse:
    """Every figure of the report by section: those that are built with this year's value, the others named."""
    at = timezone.now()
    query = request.GET.get("q", "").strip()[:100]
    found = [line for line in catalogue.lines() if _speaks_of(line, query)] if query else list(catalogue.lines())
    names = registry.section_names()
    listed = queries.listed(queries.running_year(at), at=at, lines=found)
    later: dict[str, dict[str, Any]] = {}
    for one in listed:
        if one.counted is None:
            number = one.line.section
            later.setdefault(number, {"number": number, "name": names.get(number, ""), "lines": []})["lines"].append(
                one
            )
    context = {
        "query": query,
        "counted": [one for one in listed if one.counted],
        "later": list(later.values()),
        "found": len(found),
        "all": len(catalogue.lines()),
        "built": sum(1 for _line in catalogue.built()),
        "period": queries.running_year(at),
        "crumbs": [(_("市政數字"), "")],
    }
    return render(request, "figures/index.html", context)


def _speaks_of(line: catalogue.Line, query: str) -> bool:
    found = line.declared
    names = []
    if found:
        for language, _name in settings.LANGUAGES:
            with translation.override(language):
                names.append(str(found.name))
    words = _folded(" ".join([line.figure, line.of, line.section, line.text, line.how, *names]))
    return all(part in words for part in _folded(query, keep_spaces=True).split())


def _folded(text: str, *, keep_spaces: bool = False) -> str:
    lowered = text.casefold()
    return lowered if keep_spaces else "".join(lowered.split())


@public
def detail(request: HttpRequest, key: str) -> HttpResponse:
    """One figure for a period. A period that cannot be read is named, and the running year shown."""
    if key not in registry.figures:
        return _not_built(request, key)
    at = timezone.now()
    try:
        return render(request, "figures/figure.html", _context(request, _asked(request, key, at=at)))
    except (CannotReadPeriod, CannotCount) as refusal:
        asked = asking.ask(key, queries.running_year(at), {}, request=request, at=at)
        return render(request, "figures/figure.html", _context(request, asked, refusal.sentence), status=400)


def _asked(request: HttpRequest, key: str, *, at: datetime) -> Asked:
    """What the address asks for. Raises CannotReadPeriod, CannotCount, and Http404 for what no domain declares."""
    try:
        period = asking.period_of(request.GET.get("from", ""), request.GET.get("to", ""), at=at)
        return asking.ask(key, period, request.GET.dict(), request=request, at=at)
    except registry.UnknownFigure:
        raise Http404 from None


def _context(request: HttpRequest, asked: Asked, problem: str = "") -> dict[str, Any]:
    counted, view = asked.counted, asked.counted.view
    figure, period = counted.figure, counted.period
    course = queries.course(counted)
    issued = list(queries.issued_values(figure.key, counted.of)[:MOST_ISSUED])
    return {
        "asked": asked,
        "counted": counted,
        "figure": figure,
        "problem": problem,
        "crumbs": [(_("市政數字"), reverse("figures:index")), (figure.name, "")],
        "presets": asking.presets(period, at=asked.at),
        "from_choices": asking.month_choices(period.first_day, at=asked.at, ends=False),
        "to_choices": asking.month_choices(period.last_day, at=asked.at, ends=True),
        "kept": [(name, value) for name, value in request.GET.items() if name not in ("from", "to", "page")],
        "chart": _chart(request, counted, course) if course else None,
        "parts": _parts(request, asked, view) if view else None,
        "issued": [(one, _drift(one, asked.whole)) for one in issued],
        "related": [
            found for one in figure.related if (found := queries.value_or_none(one, period, at=asked.at)) is not None
        ],
        "uses": registry.uses_of(figure),
        "of_names": [(of, figure.phrase_of(of)) for of in figure.of],
        **(_rows(request, asked, view) if view else {"page": None}),
    }


def _chart(request: HttpRequest, counted: Counted, course: queries.Course) -> str:
    drawn = reverse("figures:chart", args=[counted.figure.key])
    return chart_of(counted, course).figure(links=[(_("下載圖（SVG）"), f"{drawn}?{request.GET.urlencode()}")])


def _drift(issued: Any, now: Counted) -> Any:
    """What the records give today for an issued value of the page's period, where it is another; else None."""
    same = issued.period_spec == now.period.spec and issued.value is not None and now.value is not None
    return now if same and now.figure.rounded(issued.value) != now.rounded else None


def _parts(request: HttpRequest, asked: Asked, view: RowView) -> dict[str, Any] | None:
    free = [one for one in view.dimensions if one.key not in {dimension.key for dimension, _part in asked.chosen}]
    if not free:
        return None
    by = next((one for one in free if one.key == request.GET.get("by")), free[0])
    found = queries.breakdown(asked.counted, by)
    return {
        "by": by,
        "dimensions": free,
        "lines": [(part, part.value or WITHOUT) for part in found],
        "most": max((part.count for part in found), default=0),
        "total": sum(part.count for part in found),
    }


def _chosen_names(asked: Asked) -> list[tuple[Any, str]]:
    names = []
    for dimension, part in asked.chosen:
        known = {str(key): name for key, name in dimension.names([part]).items()} if part else {}
        names.append((dimension, known.get(part, part) if part else str(dimension.without)))
    return names


def _rows(request: HttpRequest, asked: Asked, view: RowView) -> dict[str, Any]:
    visible = asked.visible()
    shown = visible.count() if view.public else asked.counted.row_count or 0
    page = _page(Paginator(range(shown), ROWS_ON_A_PAGE), request.GET.get("page", "1"))
    rows = view.part(visible, page.start_index() - 1, page.end_index()) if shown else []
    columns = [*view.columns, *(view.officer_columns if asked.account else ())]
    public_only = asked.account is None
    lines = []
    for row in rows:
        cells = [column.value(row) for column in columns]
        link = view.link(row) if view.link and not public_only else ""
        lines.append((link, [(cell, isinstance(cell, date)) for cell in cells]))
    return {
        "page": page,
        "columns": columns,
        "lines": lines,
        "shown": shown,
        "withheld": (asked.counted.row_count or 0) - shown,
        "chosen": _chosen_names(asked),
        "page_noun": view.noun,
    }


def _page(paginator: Paginator[Any], number: str) -> Page[Any]:
    try:
        return paginator.page(number)
    except PageNotAnInteger:
        return paginator.page(1)
    except EmptyPage:
        return paginator.page(paginator.num_pages)


def _not_built(request: HttpRequest, key: str) -> HttpResponse:
    lines = catalogue.lines_of(key)
    if not lines:
        raise Http404
    context = {
        "key": key,
        "lines": lines,
        "section": lines[0].section,
        "section_name": registry.section_names().get(lines[0].section, ""),
        "crumbs": [(_("市政數字"), reverse("figures:index")), (key, "")],
    }
    return render(request, "figures/not_built.html", context)


@public
def with_slash(request: HttpRequest, key: str) -> HttpResponse:
    """The same page under an address with a slash at its end."""
    query = request.GET.urlencode()
    return HttpResponseRedirect(reverse("figures:detail", args=[key]) + (f"?{query}" if query else ""))


@public
def rows_csv(request: HttpRequest, key: str) -> HttpResponseBase:
    """The rows behind a figure that this reader may see, as CSV that no spreadsheet takes for a formula."""
    at = timezone.now()
    try:
        asked = _asked(request, key, at=at)
    except (CannotReadPeriod, CannotCount) as refusal:
        return HttpResponse(refusal.sentence, status=400, content_type="text/plain; charset=utf-8")
    view, visible = asked.counted.view, asked.visible()
    if view is None or visible is None:
        raise Http404
    period = asked.counted.period
    if asked.account is not None:
        audit.record("figures.rows_exported", None, by=asked.account, at=at, new={"figure": key, "period": period.spec})
    columns = [*view.columns, *(view.officer_columns if asked.account else ())]
    language = translation.get_language()

    def written() -> Iterator[bytes]:
        with translation.override(language):
            rows = view.listed(visible).iterator(chunk_size=2000)
            yield from write_csv(
                [str(column.label) for column in columns], ([column.value(row) for column in columns] for row in rows)
            )

    response = StreamingHttpResponse(written(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{key}_{_file_period(period.spec)}.csv"'
    return response


def _file_period(spec: str) -> str:
    return spec.replace("..", "_").replace(" as of ", "_as_of_")


@public
def chart_svg(request: HttpRequest, key: str) -> HttpResponse:
    """The chart as a file of its own."""
    try:
        counted = _asked(request, key, at=timezone.now()).counted
    except (CannotReadPeriod, CannotCount):
        raise Http404 from None
    course = queries.course(counted)
    if course is None:
        raise Http404
    response = HttpResponse(chart_of(counted, course).standalone, content_type="image/svg+xml; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{key}_{_file_period(counted.period.spec)}.svg"'
    return response
