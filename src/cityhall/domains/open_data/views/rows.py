"""A resource's rows for everybody: a table to filter, sort and turn over, its chart and map, and files of what was found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from cityhall.engines.tables import exports
from cityhall.engines.tables.asking import ask
from cityhall.engines.tables.profiling import ColumnProfile, Profile, profile
from cityhall.engines.tables.querying import BadQuery, Query, parse
from cityhall.engines.tables.rules import Kind
from cityhall.engines.tables.storing import Stored
from cityhall.web.access import public

from .. import live, pictures, queries, row_store, use
from ..models import Dataset, Resource
from ..states import ResourceKind, State

A_PAGE = 50
MOST_FIELDS = 12
"""Columns that have a field of their own in the form; every column is taken from an address."""
STRETCHED = (Kind.INTEGER, Kind.NUMBER, Kind.DATE, Kind.MONTH, Kind.TIME)
FORMATS = {"csv": "CSV", "json": "JSON", "xlsx": "XLSX", "ods": "ODS", "parquet": "Parquet", "geojson": "GeoJSON"}


def resource_of(name: str, reference: Any) -> tuple[Dataset, Resource]:
    """A published dataset and one of its resources. Raises Http404."""
    rows = Dataset.objects.filter(identifier__iexact=name, state=State.PUBLISHED)
    one = get_object_or_404(queries.whole(rows))
    found = next((row for row in one.standing if row.reference == reference), None)
    if found is None:
        raise Http404
    return one, found


def _chosen(one: ColumnProfile) -> bool:
    """Whether a column's values are few enough to choose from."""
    return bool(one.top) and one.distinct <= len(one.top) and one.column.kind in (Kind.TEXT, Kind.BOOLEAN)


def _filters(given: Mapping[str, str], about: Profile) -> dict[str, Any]:
    """The conditions of the form: `is.欄位`, `has.欄位`, `from.欄位`, `to.欄位`; what is empty is none."""
    found: dict[str, Any] = {}
    names = {one.column.name for one in about.columns}
    for key, value in given.items():
        how, dot, name = key.partition(".")
        if not (dot and value.strip() and name in names):
            continue
        if how == "is":
            found[name] = value
        elif how == "has":
            found[name] = {"contains": value}
        elif how in ("from", "to"):
            ends = found.get(name)
            found[name] = {**(ends if isinstance(ends, dict) else {}), how: value}
    return found


def question(request: HttpRequest, store: Stored, about: Profile) -> Query:
    """What the page's address asks. Raises BadQuery."""
    given = request.GET.dict()
    asked = {"filters": _filters(given, about), "q": given.get("q", ""), "sort": given.get("sort", ""), "limit": A_PAGE}
    return parse(asked, store)


def kept_conditions(request: HttpRequest) -> list[tuple[str, str]]:
    """The conditions of an address, as those of charts take them along."""
    return [
        (key, value) for key, value in request.GET.items()
        if value.strip() and (key == "q" or key.partition(".")[0] in ("is", "has", "from", "to"))
    ]  # fmt: skip


@dataclass
class _Found:
    """The rows of a question, as pages take them."""

    store: Stored
    query: Query

    def count(self) -> int:
        return ask(self.store, replace(self.query, limit=0)).total or 0

    def __getitem__(self, part: slice) -> list[tuple[Any, ...]]:
        asked = replace(self.query, offset=part.start, limit=part.stop - part.start, total=False)
        return ask(self.store, asked).rows


def _fields(given: Mapping[str, str], about: Profile) -> list[dict[str, Any]]:
    """The form's fields: a choice, two ends, or a part of a word."""
    made: list[dict[str, Any]] = []
    for one in about.columns:
        if one.column.kind is Kind.GEOMETRY or len(made) == MOST_FIELDS:
            continue
        name = one.column.name
        if _chosen(one):
            choices = [
                ("true" if value is True else "false" if value is False else str(value)) for value, _n in one.top
            ]
            made.append({"name": name, "choices": choices, "value": given.get(f"is.{name}", "")})
        elif one.column.kind in STRETCHED:
            made.append(
                {"name": name, "ends": True, "from": given.get(f"from.{name}", ""), "to": given.get(f"to.{name}", "")}
            )
        else:
            made.append({"name": name, "value": given.get(f"has.{name}", "")})
    return made


def _heads(request: HttpRequest, store: Stored, query: Query | None) -> list[dict[str, Any]]:
    """The columns with the address that sorts by each, and how they are sorted now."""
    now = query.sort[0] if query and query.sort else None
    heads = []
    for one in store.columns:
        if one.kind is Kind.GEOMETRY:
            continue
        mine = now is not None and now.column == one.name
        down = mine and now is not None and not now.descending
        given = request.GET.copy()
        given.pop("page", None)
        given["sort"] = f"{one.name} {'desc' if down else 'asc'}"
        way = ("descending" if now and now.descending else "ascending") if mine else "none"
        heads.append({
            "name": one.name, "url": f"?{given.urlencode()}", "way": way, "numeric": one.kind in (Kind.INTEGER, Kind.NUMBER),
        })  # fmt: skip
    return heads


@public
@require_safe
def resource(request: HttpRequest, name: str, reference: Any) -> HttpResponse:
    """A resource: its rows as they are filtered, a first chart, a map where it has places, what was put right in it."""
    one, row = resource_of(name, reference)
    use.note(request, "view", one)
    now = timezone.now()
    context: dict[str, Any] = {"one": one, "resource": row, "version": row.newest}
    if row.kind == ResourceKind.LIVE:
        said = live.look(row, at=now)
        context |= {"live": True, "said": said, "trouble": said.words(row.label) if said else ""}
    try:
        store = row_store.table_of(row, at=now)
    except row_store.NoRows:
        return render(request, "open_data/resource.html", context)
    about = profile(store)
    context |= {"store": store, "fields": _fields(request.GET.dict(), about), "asked": request.GET}
    try:
        query = question(request, store, about)
        found: Paginator[Any] = Paginator(_Found(store, query), A_PAGE)  # type: ignore[arg-type]
        page = found.get_page(request.GET.get("page"))
        rows = [[(_shown(value), _is_number(value)) for value in cells] for cells in page.object_list]
    except BadQuery as bad:
        context |= {"refused": bad.sentence, "heads": _heads(request, store, None)}
        return render(request, "open_data/resource.html", context, status=400)
    picture = pictures.drawn(store, query, about)
    context |= {
        "heads": _heads(request, store, query), "page": page, "rows": rows, "map": picture, "kept": urlencode(kept_conditions(request)),
        "filtered": bool(query.filters or query.q), "downloads": _downloads(request, store, one, row),
        "chart": pictures.chart(store, query, about, source=one.agency.label),
    }  # fmt: skip
    return render(request, "open_data/resource.html", context)


def _is_number(value: Any) -> bool:
    """Whether a cell stands under the others by its last figure."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def _shown(value: Any) -> str:
    """A cell as the table shows it: the value as the data have it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:,}" if isinstance(value, float) else str(value)


def _downloads(request: HttpRequest, store: Stored, one: Dataset, row: Resource) -> list[tuple[str, str]]:
    """The formats with their addresses, for what is filtered."""
    given = {key: value for key, value in request.GET.items() if key != "page" and value}
    asked = f"?{urlencode(given)}" if given else ""
    return [
        (label, reverse("open_data:rows", args=[one.name, row.reference, format]) + asked)
        for format, label in FORMATS.items() if format != "geojson" or store.placed
    ]  # fmt: skip


@public
@require_safe
def download(request: HttpRequest, name: str, reference: Any, kind: str) -> HttpResponse | StreamingHttpResponse:
    """What the same filters find, as a file."""
    one, row = resource_of(name, reference)
    if kind not in FORMATS:
        raise Http404
    now = timezone.now()
    try:
        store = row_store.table_of(row, at=now)
        query = question(request, store, profile(store))
        made = exports.export(store, replace(query, limit=0), kind, title=row.name[:30])
    except row_store.NoRows:
        raise Http404 from None
    except BadQuery as bad:
        return HttpResponse(bad.sentence, status=400, content_type="text/plain; charset=utf-8")
    use.note(request, "download", one)
    answer = StreamingHttpResponse(made.pieces, content_type=made.media_type)
    answer["Content-Disposition"] = f'attachment; filename="{one.name}-{row.n}.{kind}"'
    answer["Access-Control-Allow-Origin"] = "*"
    return answer
