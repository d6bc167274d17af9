"""CKAN's action API over the catalogue, so that a client that people already have works as it is.

Each function below is an action. A client posts JSON to `/api/action/NAME`; others ask `/api/3/action/NAME?…`. A name that
nobody knows, a dataset that is not published and an argument that is wrong are CKAN's own errors.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils import timezone

from cityhall.engines.directory.models import Agency
from cityhall.engines.identity.clients import CannotUseKey
from cityhall.engines.tables.asking import ask
from cityhall.engines.tables.querying import BadQuery
from cityhall.engines.tables.reading import Column
from cityhall.engines.tables.storing import Stored
from cityhall.web.context import city_name

from .. import metadata, queries, row_store, rules, use
from ..doors import door, reference_in
from ..models import Category, Dataset, Licence, Resource, Tag, versions
from ..row_store import TYPES, USUAL_ROWS
from ..states import State

Arguments = Mapping[str, Any]
MOST_ROWS = 1_000
MOST_LISTED = 10_000


class NotFound(Exception):
    """404: CKAN's Not Found Error."""


class Invalid(Exception):
    """409: CKAN's Validation Error, by the argument that is wrong."""

    def __init__(self, **errors: str) -> None:
        super().__init__(str(errors))
        self.errors = {name: [text] for name, text in errors.items()}


# ---- arguments -------------------------------------------------------------------------------------------------------


def _whole(given: Arguments, name: str, usual: int, most: int) -> int:
    try:
        found = int(str(given.get(name, usual)))
    except ValueError:
        raise Invalid(**{name: "Invalid integer"}) from None
    if found < 0:
        raise Invalid(**{name: "Must be a natural number"})
    return min(found, most)


def _yes(given: Arguments, name: str, usual: bool = False) -> bool:
    value = given.get(name, usual)
    return value if isinstance(value, bool) else str(value).lower() in ("true", "1", "yes", "on")


def _text(given: Arguments, name: str) -> str:
    value = given.get(name)
    return "" if value is None else str(value).replace("\x00", "")


def _needed(given: Arguments, name: str) -> str:
    if not (value := _text(given, name)):
        raise Invalid(**{name: "Missing value"})
    return value


def _parsed(value: Any, name: str) -> Any:
    """A list or an object: as JSON brings it, or written as JSON in an address."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        raise Invalid(**{name: "Cannot be read as JSON"}) from None


# ---- actions ---------------------------------------------------------------------------------------------------------


def status_show(given: Arguments) -> Any:
    """What this site is."""
    return {
        "ckan_version": "2.10.0", "site_url": settings.SITE_URL, "site_title": f"{city_name('zh-hant')}開放資料",
        "site_description": "", "error_emails_to": None, "locale_default": "zh_Hant_TW", "extensions": ["datastore"],
    }  # fmt: skip


def site_read(given: Arguments) -> Any:
    """Whether anybody may read."""
    return True


def package_list(given: Arguments) -> Any:
    """The names of all datasets."""
    rows = Dataset.objects.published().order_by("identifier").values_list("identifier", flat=True)
    first = _whole(given, "offset", 0, 10**9)
    return [name.lower() for name in rows[first : first + _whole(given, "limit", MOST_LISTED, MOST_LISTED)]]


def package_show(given: Arguments) -> Any:
    """A dataset."""
    return metadata.package(_dataset(_needed(given, "id")))


def _dataset(key: str) -> Dataset:
    rows = queries.whole(Dataset.objects.published())
    found = rows.filter(identifier__iexact=key).first()
    if found is None and (reference := reference_in(key)):
        found = rows.filter(reference=reference).first()
    if found is None:
        raise NotFound
    return found


FACETS = {
    "organization": "agency",
    "groups": "category",
    "tags": "tag",
    "res_format": "format",
    "license_id": "licence",
}
SORTS = {
    "score": "relevance",
    "metadata_modified": "newest",
    "metadata_created": "created",
    "title": "title",
    "title_string": "title",
    "name": "title",
}


def package_search(given: Arguments) -> Any:
    """Datasets with words, narrowed and spread; `start` past the end is an empty page."""
    asked = _asked(given)
    rows = queries.found(asked)
    first, most = _whole(given, "start", 0, 10**9), _whole(given, "rows", 10, MOST_ROWS)
    keys = [one.pk for one in rows[first : first + most]]
    there = {one.pk: one for one in queries.whole(Dataset.objects.filter(pk__in=keys))}
    wanted = _parsed(given.get("facet.field") or [], "facet.field")
    if not isinstance(wanted, list) or any(name not in FACETS for name in wanted):
        raise Invalid(**{"facet.field": f"Known fields: {', '.join(FACETS)}"})
    spread = {one.name: one for one in queries.facets(rows, asked)} if wanted else {}
    items = {
        name: [
            {"name": _key(name, choice.value), "display_name": choice.label, "count": choice.many}
            for choice in spread[FACETS[name]].choices
        ]
        for name in wanted
    }
    return {
        "count": rows.count(), "sort": _text(given, "sort") or "score desc, metadata_modified desc",
        "facets": {name: {one["name"]: one["count"] for one in values} for name, values in items.items()},
        "search_facets": {name: {"title": name, "items": values} for name, values in items.items()},
        "results": [metadata.package(there[key]) for key in keys],
    }  # fmt: skip


def _key(name: str, value: str) -> str:
    return value.lower() if name == "groups" else value


def _asked(given: Arguments) -> queries.Asked:
    """A search by CKAN's arguments: `q` are words or *:*, `fq` are fields with a value each."""
    q = _text(given, "q")
    asked = {"q": "" if q.strip() in ("*:*", "*") else q}
    for name, value in _filters(_text(given, "fq")):
        if name not in FACETS:
            raise Invalid(fq=f"Unknown field {name}; known fields: {', '.join(FACETS)}")
        asked[FACETS[name]] = value.upper() if name in ("groups", "res_format") else value
    sort = _text(given, "sort").split(",")[0].split()
    if sort and sort[0] not in SORTS:
        raise Invalid(sort=f"Known fields: {', '.join(SORTS)}")
    return queries.asked({**asked, "sort": SORTS[sort[0]] if sort else ""})


def _filters(text: str) -> list[tuple[str, str]]:
    """The fields of `organization:transport AND tags:"停車"`. Raises Invalid for what is none."""
    found, rest = [], text.strip()
    while rest:
        rest = rest.removeprefix("AND ").lstrip(" +(")
        name, colon, rest = rest.partition(":")
        if not colon:
            raise Invalid(fq='Write field:value or field:"value"')
        if rest.startswith('"'):
            value, quote, rest = rest[1:].partition('"')
            if not quote:
                raise Invalid(fq="A quotation mark is missing")
        else:
            value, _space, rest = rest.partition(" ")
        found.append((name.strip(), value.strip(")")))
        rest = rest.lstrip(" )")
    return found


def organization_list(given: Arguments) -> Any:
    """Agencies that published anything."""
    many = queries.many_of()
    rows = list(queries.agencies())
    if not _yes(given, "all_fields"):
        return [one.code for one in rows]
    return [{**metadata.organization(one), "package_count": many.get(one.pk, 0)} for one in rows]


def organization_show(given: Arguments) -> Any:
    """An agency."""
    one = Agency.objects.filter(code=_needed(given, "id")).first()
    if one is None or one.pk not in (many := queries.many_of()):
        raise NotFound
    shown = {**metadata.organization(one), "package_count": many[one.pk]}
    if _yes(given, "include_datasets"):
        rows = queries.whole(Dataset.objects.published().filter(agency=one)).order_by("identifier")
        shown["packages"] = [metadata.package(row) for row in rows[:MOST_ROWS]]
    return shown


def group_list(given: Arguments) -> Any:
    """The service categories."""
    rows = list(Category.objects.all())
    if not _yes(given, "all_fields"):
        return [one.code.lower() for one in rows]
    return [{**metadata.group(one), "package_count": _in(one).count()} for one in rows]


def _in(category: Category) -> Any:
    return Dataset.objects.published().filter(category=category)


def group_show(given: Arguments) -> Any:
    """A service category."""
    one = Category.objects.filter(code__iexact=_needed(given, "id")).first()
    if one is None:
        raise NotFound
    shown = {**metadata.group(one), "package_count": _in(one).count()}
    if _yes(given, "include_datasets"):
        shown["packages"] = [
            metadata.package(row) for row in queries.whole(_in(one)).order_by("identifier")[:MOST_ROWS]
        ]
    return shown


def tag_list(given: Arguments) -> Any:
    """Tags in use, those with some words or all."""
    rows = queries.tags_in_use()
    if words := _text(given, "query"):
        rows = rows.filter(name__icontains=words)
    return [metadata.tag(one) if _yes(given, "all_fields") else one.name for one in rows]


def tag_show(given: Arguments) -> Any:
    """A tag."""
    one = Tag.objects.filter(name=_needed(given, "id")).first()
    if one is None:
        raise NotFound
    return metadata.tag(one)


def license_list(given: Arguments) -> Any:
    """The licences."""
    return [metadata.licence(one) for one in Licence.objects.all()]


def _resource(given: Arguments, name: str) -> Resource:
    reference = reference_in(_needed(given, name))
    rows = Resource.objects.filter(removed_on=None, dataset__state=State.PUBLISHED)
    rows = rows.select_related("dataset__agency").prefetch_related(versions())
    found = rows.filter(reference=reference).first() if reference else None
    if found is None:
        raise NotFound
    return found


def resource_show(given: Arguments) -> Any:
    """A resource."""
    one = _resource(given, "id")
    return metadata.resource(one.dataset, one, one.n - 1)


def datastore_info(given: Arguments) -> Any:
    """The columns of a resource's table, with what its agency says of them."""
    one = _resource(given, "id")
    store = _table(one)
    said = {field.name: field.description for field in rules.fields(one.dataset.fields_text)}
    return {
        "meta": {"id": str(one.reference), "count": store.rows, "size": store.size, "table_type": "BASE TABLE"},
        "fields": [
            {"id": column.name, "type": TYPES[column.kind], "info": {"label": column.name, "notes": said.get(column.name, "")}}
            for column in store.columns
        ],
    }  # fmt: skip


def _table(one: Resource) -> Stored:
    try:
        return row_store.table_of(one, at=timezone.now())
    except row_store.NoRows:
        raise NotFound from None


def _lists(columns: Sequence[Column], rows: Sequence[Sequence[Any]]) -> list[list[Any]]:
    return [[row_store.cell(column, value) for column, value in zip(columns, row, strict=True)] for row in rows]


def _objects(columns: Sequence[Column], rows: Sequence[Sequence[Any]]) -> list[dict[str, Any]]:
    names = [column.name for column in columns]
    return [dict(zip(names, row, strict=True)) for row in _lists(columns, rows)]


def _lines(delimiter: str) -> Callable[[Sequence[Column], Sequence[Sequence[Any]]], str]:
    def written(columns: Sequence[Column], rows: Sequence[Sequence[Any]]) -> str:
        out = io.StringIO(newline="")
        csv.writer(out, delimiter=delimiter, lineterminator="\n").writerows(
            [json.dumps(value, ensure_ascii=False) if isinstance(value, dict | bool) else value for value in row]
            for row in _lists(columns, rows)
        )
        return out.getvalue()

    return written


RECORDS = {"objects": _objects, "lists": _lists, "csv": _lines(","), "tsv": _lines("\t")}
"""How rows are written, by CKAN's `records_format`."""


def datastore_search(given: Arguments) -> Any:
    """Rows of a resource's table: filters, words, columns, order, a page; as objects, lists, csv or tsv."""
    one = _resource(given, "resource_id" if given.get("resource_id") else "id")
    form = _text(given, "records_format") or "objects"
    if form not in RECORDS:
        raise Invalid(records_format=f"Value must be one of: {', '.join(RECORDS)}")
    limit, offset = _whole(given, "limit", USUAL_ROWS, row_store.MOST_ROWS), _whole(given, "offset", 0, 10**9)
    wants_total = _yes(given, "include_total", True)
    words = given.get("q")
    asked = {
        "filters": given.get("filters") or {}, "q": _words(words) if isinstance(words, str) else words,
        "fields": given.get("fields") or [], "sort": given.get("sort") or "", "limit": limit, "offset": offset,
        "total": wants_total,
    }  # fmt: skip
    store = _table(one)
    try:
        found = ask(store, row_store.question(store, asked))
    except BadQuery as bad:
        raise Invalid(**{bad.part: bad.sentence}) from None
    shown: dict[str, Any] = {
        "resource_id": str(one.reference), "include_total": wants_total, "records_format": form,
        "fields": [{"id": column.name, "type": TYPES[column.kind]} for column in found.columns],
        "records": RECORDS[form](found.columns, found.rows), "limit": limit, "offset": offset,
        "total_was_estimated": False, "total_estimation_threshold": None, "_links": _links(given, one, limit, offset),
    }  # fmt: skip
    return {**shown, "total": found.total} if wants_total else shown


def _words(text: str) -> Any:
    """Words for the whole row, or an object of columns and words that was written as JSON."""
    if text.lstrip().startswith("{"):
        try:
            found = json.loads(text)
        except (ValueError, RecursionError):
            return text
        return found if isinstance(found, dict) else text
    return text


def _links(given: Arguments, one: Resource, limit: int, offset: int) -> dict[str, str]:
    """Where the first page, the next and the one before are: the same question with another offset."""
    kept = {
        name: value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        for name, value in given.items()
        if name not in ("resource_id", "id", "offset", "limit")
    }

    def link(start: int) -> str:
        page = {"resource_id": str(one.reference), **kept, "limit": limit, **({"offset": start} if start else {})}
        return f"/api/3/action/datastore_search?{urlencode(page)}"

    before = {"prev": link(max(0, offset - limit))} if offset else {}
    return {"start": link(0), **before, "next": link(offset + limit)}


def help_show(given: Arguments) -> Any:
    """What an action does."""
    action = ACTIONS.get(_needed(given, "name"))
    if action is None:
        raise NotFound
    return action.__doc__


ACTIONS: dict[str, Callable[[Arguments], Any]] = {
    one.__name__: one
    for one in (
        status_show, site_read, package_list, package_show, package_search, organization_list, organization_show,
        group_list, group_show, tag_list, tag_show, license_list, resource_show, datastore_info, datastore_search, help_show,
    )
}  # fmt: skip


# ---- the door --------------------------------------------------------------------------------------------------------


def _refused(request: HttpRequest, refusal: CannotUseKey) -> HttpResponse:
    kind = "Authorization Error" if refusal.status in (401, 403) else "Too Many Requests"
    status = 403 if refusal.status == 401 else refusal.status
    return _failed(request, status, {"__type": kind, "message": str(refusal.sentence)})


def _failed(request: HttpRequest, status: int, error: dict[str, Any]) -> JsonResponse:
    return _json({"help": _help(request), "success": False, "error": error}, status)


def _json(body: dict[str, Any], status: int = 200) -> JsonResponse:
    return JsonResponse(body, status=status, json_dumps_params={"ensure_ascii": False})


def _help(request: HttpRequest) -> str:
    name = request.path.rstrip("/").rpartition("/")[2]
    return f"{settings.SITE_URL}{reverse('open_data_doors:action3', args=['help_show'])}?name={name}"


def _given(request: HttpRequest) -> Arguments:
    """The arguments of a call. Raises Invalid for a body that cannot be read."""
    given: dict[str, Any] = {name: request.GET[name] for name in request.GET}
    if request.method == "POST":
        if request.content_type in ("application/x-www-form-urlencoded", "multipart/form-data") and request.POST:
            given |= {name: request.POST[name] for name in request.POST}
        elif request.body.strip():
            body = _parsed(request.body.decode("utf-8", "replace"), "message")
            if not isinstance(body, dict):
                raise Invalid(message="Write a JSON object")
            given |= body
    return given


@door(_refused, "GET", "HEAD", "POST")
def action(request: HttpRequest, name: str) -> HttpResponse:
    """An action by its name."""
    act = ACTIONS.get(name)
    if act is None:
        return _failed(request, 404, {"__type": "Not Found Error", "message": f"Action name not known: {name}"})
    try:
        given = _given(request)
        result = act(given)
    except NotFound:
        return _failed(request, 404, {"__type": "Not Found Error", "message": "Not found"})
    except Invalid as wrong:
        return _failed(request, 409, {"__type": "Validation Error", **wrong.errors})
    use.note(request, "api", _about(given))
    return _json({"help": _help(request), "success": True, "result": result})


def _about(given: Arguments) -> Dataset | None:
    """The dataset that a call was about, by its name or by one of its resources."""
    key = _text(given, "resource_id") or _text(given, "id")
    if not key:
        return None
    rows = Dataset.objects.published()
    if reference := reference_in(key):
        return rows.filter(Q(reference=reference) | Q(resources__reference=reference)).first()
    return rows.filter(identifier__iexact=key).first()
