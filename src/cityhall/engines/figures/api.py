"""Figures in the JSON API, for anyone: every line of the report, and one figure with its public rows."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone, translation
from ninja import Query, Router, Schema

from cityhall.engines.figures import asking, catalogue, queries, registry
from cityhall.engines.figures.asking import Asked, CannotReadPeriod
from cityhall.engines.figures.queries import CannotCount, Listed
from cityhall.web import errors
from cityhall.web.access import public
from cityhall.web.problems import refusals

router = Router(tags=["figures"])

MOST_ON_PAGE = 100
MOST_LINES = 200
EDGE = r"^(\d{4}(-\d{2}(-\d{2})?)?)?$"


class Line(Schema):
    """A line of the report. `value` is null while its system is not built."""

    figure: str
    of: str
    section: str
    period: str
    value: float | int | str | None
    rows: int | None
    unit: str
    kind: str


class LinePage(Schema):
    items: list[Line]
    page: int
    pages: int
    total: int


class Issued(Schema):
    """A value as it was given out in a report."""

    period: str
    value: float | int | str | None
    rows: int | None
    issued_on: date
    title: str
    edition: int


class FigureOut(Schema):
    """A figure with its definition, its code and the rows that anyone may see."""

    figure: str
    of: str
    section: str
    name: str
    name_en: str
    period: str
    first_day: date | None
    last_day: date | None
    counted_until: date | None
    value: float | int | str | None
    exact: str | None
    unit: str
    kind: str
    counts: str
    leaves_out: str
    dated_by: str
    rule: str
    source: str
    phrase: str
    file: str
    line: int
    code_version: str
    rows: int | None
    rows_shown: int
    rows_withheld: int
    items: list[dict[str, str | int | None]]
    page: int
    pages: int
    issued: list[Issued]


@router.get("/figures", response={200: LinePage, **refusals(400, 422)}, operation_id="listFigures")
@public
def list_figures(
    request: HttpRequest,
    first: str = Query("", alias="from", pattern=EDGE, description="first day, month or year"),
    last: str = Query("", alias="to", pattern=EDGE, description="last day, month or year, included"),
    section: str = Query("", max_length=10),
    page: int = Query(1, ge=1, le=1_000_000),
) -> Any:
    """Every line of the report. Without a period each has the one that the old report speaks of."""
    at = timezone.now()
    try:
        period = asking.period_of(first, last, at=at) if first or last else None
    except CannotReadPeriod as refusal:
        return _refused(request, refusal.sentence)
    lines = [line for line in catalogue.lines() if not section or line.section == section]
    shown = lines[(page - 1) * MOST_ON_PAGE : page * MOST_ON_PAGE]
    found = queries.listed(period, at=at, lines=shown)
    return {"items": [_line(one) for one in found], "page": page, "pages": _pages(len(lines)), "total": len(lines)}


def _line(one: Listed) -> dict[str, Any]:
    return one.as_json | {"section": one.line.section, "unit": one.line.unit, "kind": one.line.kind}


def _pages(total: int) -> int:
    return max(1, -(-total // MOST_ON_PAGE))


@router.get("/figures/{key}", response={200: FigureOut, **refusals(400, 404, 422)}, operation_id="getFigure")
@public
def get_figure(
    request: HttpRequest,
    key: str,
    first: str = Query("", alias="from", pattern=EDGE, description="first day, month or year"),
    last: str = Query("", alias="to", pattern=EDGE, description="last day, month or year, included"),
    of: str = Query("", max_length=80, description="the dimension, where the figure has any"),
    page: int = Query(1, ge=1, le=1_000_000),
) -> Any:
    """One figure for a period, the running year if none is given, with its public rows a page at a time."""
    at = timezone.now()
    try:
        asked = asking.ask(
            key, asking.period_of(first, last, at=at), {"of": of}, request=request, at=at, as_public=True
        )
    except registry.UnknownFigure:
        raise Http404 from None
    except (CannotReadPeriod, CannotCount) as refusal:
        return _refused(request, refusal.sentence)
    return _figure(asked, page)


def _figure(asked: Asked, page: int) -> dict[str, Any]:
    counted = asked.counted
    figure, period, view, visible = counted.figure, counted.period, counted.view, asked.visible()
    shown = visible.count() if visible is not None else 0
    items: list[dict[str, Any]] = []
    if view and visible is not None:
        for row in view.part(visible, (page - 1) * MOST_ON_PAGE, page * MOST_ON_PAGE):
            items.append({column.key: _cell(column.value(row)) for column in view.columns})
    with translation.override("en"):
        name_en = str(figure.name)
    return {
        "figure": figure.key,
        "of": counted.of,
        "section": figure.section,
        "name": str(figure.name),
        "name_en": name_en,
        "period": period.spec,
        "first_day": period.first_day,
        "last_day": period.last_day,
        "counted_until": counted.covered.last_day,
        "value": queries.number(counted.rounded),
        "exact": None if counted.value is None else str(counted.value),
        "unit": str(figure.unit),
        "kind": str(figure.kind),
        "counts": str(figure.counts),
        "leaves_out": str(figure.leaves_out),
        "dated_by": str(figure.dated_by),
        "rule": str(figure.rule),
        "source": counted.source,
        "phrase": counted.sentence,
        "file": figure.path,
        "line": figure.line,
        "code_version": figure.code_version,
        "rows": counted.row_count,
        "rows_shown": shown,
        "rows_withheld": (counted.row_count or 0) - shown,
        "items": items,
        "page": page,
        "pages": _pages(shown),
        "issued": [
            {
                "period": one.period_spec,
                "value": queries.number(queries.as_counted(one).rounded),
                "rows": one.row_count,
                "issued_on": timezone.localtime(one.issue.issued_at).date(),
                "title": one.issue.title,
                "edition": one.issue.edition,
            }
            for one in queries.issued_values(figure.key, counted.of)[:MOST_LINES]
        ],
    }


def _cell(value: Any) -> str | int | None:
    if value is None or isinstance(value, int):
        return value
    return value.isoformat() if isinstance(value, date) else str(value)


def _refused(request: HttpRequest, sentence: str) -> HttpResponse:
    return errors.problem(request, 400, sentence)
