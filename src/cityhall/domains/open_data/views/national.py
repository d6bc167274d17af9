"""共通性資料存取: the national rules of 2015 for reading a portal, with their error codes; and the v2 metadata."""

from __future__ import annotations

import tempfile
import zipfile
from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from cityhall.engines.identity.clients import CannotUseKey
from cityhall.engines.tables.asking import ask
from cityhall.engines.tables.querying import BadQuery, NoSuchColumn
from cityhall.foundation.clock import TAIPEI

from .. import metadata, quality, queries, row_store, use
from ..doors import door, reference_in
from ..models import Category, Dataset, DatasetTag, Publisher, Resource, versions
from ..states import State

MOST_LISTED = 10_000


class Refused(Exception):
    """The rules' error: a code and a sentence."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code, self.sentence = code, sentence


def _failed(code: str, sentence: str, status: int) -> HttpResponse:
    return _json({"success": False, "error": {"message": sentence, "type": code}}, status)


def _json(body: dict[str, Any], status: int = 200) -> JsonResponse:
    return JsonResponse(body, status=status, json_dumps_params={"ensure_ascii": False})


def _no_key(request: HttpRequest, refusal: CannotUseKey) -> HttpResponse:
    return _failed("ER0500", str(refusal.sentence), refusal.status)


def _known(request: HttpRequest, names: Collection[str]) -> None:
    """Raises Refused for an argument that the rules do not know."""
    for name in request.GET:
        if name not in {*names, "format"}:
            raise Refused("ER0200", _("輸入的參數名稱錯誤：%(name)s") % {"name": name})


def _whole(request: HttpRequest, name: str, usual: int, most: int) -> int:
    text = request.GET.get(name, str(usual))
    if not (text.isascii() and text.isdecimal() and len(text) < 10):
        raise Refused("ER0210", _("輸入的參數內容格式錯誤：%(name)s") % {"name": name})
    return min(int(text), most)


def _page(request: HttpRequest, rows: Any) -> list[Any]:
    first = _whole(request, "offset", 0, 10**9)
    return list(rows[first : first + _whole(request, "limit", MOST_LISTED, MOST_LISTED)])


def _answer(view: Any) -> Any:
    """Answer with the result, or with the rules' error."""

    @door(_no_key, "GET", "HEAD")
    def answered(request: HttpRequest, **kwargs: str) -> HttpResponseBase:
        try:
            found = view(request, **kwargs)
        except Refused as refusal:
            return _failed(refusal.code, refusal.sentence, 404 if refusal.code == "ER0100" else 400)
        use.note(request, "api", _about(kwargs))
        return found if isinstance(found, HttpResponseBase) else _json({"success": True, "result": found})

    answered.__doc__, answered.__name__ = view.__doc__, view.__name__
    return answered


def _about(kwargs: dict[str, str]) -> Dataset | None:
    """The dataset that a call was about."""
    rows = Dataset.objects.published()
    if "identifier" in kwargs:
        return rows.filter(identifier__iexact=kwargs["identifier"]).first()
    return _resource(kwargs["key"]).dataset if "key" in kwargs else None


def _missing() -> Refused:
    return Refused("ER0100", _("找不到Resource資料。"))


# ---- metadata --------------------------------------------------------------------------------------------------------


@_answer
def datasets(request: HttpRequest) -> Any:
    """Identifiers of datasets, all or those whose metadata changed since a moment."""
    _known(request, ("modified", "limit", "offset"))
    rows = Dataset.objects.published().order_by("identifier")
    if since := request.GET.get("modified", ""):
        rows = rows.filter(modified_at__gte=_moment(since))
    return _page(request, rows.values_list("identifier", flat=True))


def _moment(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text.strip().replace(" ", "T", 1) if "+" not in text[10:] else text.strip())
    except ValueError:
        raise Refused("ER0210", _("輸入的參數內容格式錯誤：%(name)s") % {"name": "modified"}) from None
    return found if timezone.is_aware(found) else found.replace(tzinfo=TAIPEI)


def _one(identifier: str) -> Dataset:
    found = queries.whole(Dataset.objects.published()).filter(identifier__iexact=identifier).first()
    if found is None:
        raise _missing()
    return found


@_answer
def dataset(request: HttpRequest, identifier: str) -> Any:
    """What is said of a dataset."""
    _known(request, ())
    return metadata.national(_one(identifier))


@_answer
def dataset_v2(request: HttpRequest, identifier: str) -> Any:
    """What is said of a dataset, in the exchange's second form."""
    _known(request, ())
    return metadata.national_v2(_one(identifier))


@_answer
def quality_of(request: HttpRequest, oid: str) -> Any:
    """What the six checks found of an agency's datasets, by its code or OID: 1 passed, 0 not, null not asked."""
    _known(request, ("limit", "offset"))
    publisher = Publisher.objects.filter(Q(code=oid) | Q(oid=oid)).first()
    if publisher is None:
        raise _missing()
    rows = quality.results().filter(dataset__agency=publisher.agency_id).select_related("dataset")
    return [
        {
            "datasetid": row.dataset.identifier, "checkDate": row.checked_at.astimezone(TAIPEI).strftime("%Y-%m-%d %H:%M:%S"),
            **{check.value: None if verdict is None else int(verdict) for check, verdict in row.verdicts.items()},
        }
        for row in _page(request, rows.order_by("dataset__identifier"))
    ]  # fmt: skip


@_answer
def groups(request: HttpRequest) -> Any:
    """Codes of the categories."""
    _known(request, ("limit", "offset"))
    return _page(request, Category.objects.values_list("code", flat=True))


@_answer
def group(request: HttpRequest, code: str) -> Any:
    """A category with its datasets."""
    _known(request, ())
    one = Category.objects.filter(code__iexact=code).first()
    if one is None:
        raise _missing()
    rows = Dataset.objects.published().filter(category=one).order_by("created_at", "pk")
    names = list(rows.values_list("identifier", flat=True))
    first = rows.first()
    return {
        "categoryCode": one.code, "display_name": one.name, "description": one.name_en, "package_count": len(names),
        "created": first.created_at.astimezone(TAIPEI).strftime("%Y-%m-%d %H:%M:%S") if first else "", "packages": names,
    }  # fmt: skip


@_answer
def tags(request: HttpRequest) -> Any:
    """Tags in use."""
    _known(request, ("limit", "offset"))
    return _page(request, queries.tags_in_use().values_list("name", flat=True))


@_answer
def tag(request: HttpRequest, name: str) -> Any:
    """Identifiers of the datasets that have a tag."""
    _known(request, ("limit", "offset"))
    uses = DatasetTag.objects.filter(tag__name=name, dataset__state=State.PUBLISHED).order_by("dataset__identifier")
    return _page(request, uses.values_list("dataset__identifier", flat=True))


# ---- rows ------------------------------------------------------------------------------------------------------------


def _resource(key: str) -> Resource:
    """A resource by the rules' number or by ours."""
    rows = Resource.objects.filter(removed_on=None, dataset__state=State.PUBLISHED)
    rows = rows.select_related("dataset__agency").prefetch_related(versions())
    identifier, _dash, n = key.rpartition("-")
    reference = reference_in(key)
    found = rows.filter(reference=reference).first() if reference else None
    if found is None and n.isascii() and n.isdecimal() and len(n) < 5:
        found = rows.filter(dataset__identifier__iexact=identifier, n=int(n)).first()
    if found is None:
        raise _missing()
    return found


@_answer
def rows(request: HttpRequest, key: str) -> Any:
    """Rows of a resource."""
    _known(request, ("filters", "q", "sort", "fields", "limit", "offset"))
    one = _resource(key)
    limit = _whole(request, "limit", row_store.USUAL_ROWS, row_store.MOST_ROWS)
    offset = _whole(request, "offset", 0, 10**9)
    asked = {name: request.GET.get(name, "") for name in ("filters", "q", "sort", "fields")}
    try:
        store = row_store.table_of(one, at=timezone.now())
        found = ask(store, row_store.question(store, {**asked, "limit": limit, "offset": offset}))
    except row_store.NoRows:
        raise _missing() from None
    except NoSuchColumn as unknown:
        raise Refused("ER0220", _("輸入的參數內容中，欄位名稱不存在：%(name)s") % {"name": unknown.name[:80]}) from None
    except BadQuery as bad:
        raise Refused(
            "ER0210", f"{_('輸入的參數內容格式錯誤：%(name)s') % {'name': bad.part}} {bad.sentence}"
        ) from None
    return {
        "resource_id": metadata.resource_id(one.dataset, one), "limit": limit, "offset": offset, "total": found.total,
        "fields": [{"id": column.name, "type": row_store.TYPES[column.kind]} for column in found.columns],
        "records": [
            {column.name: row_store.cell(column, value) for column, value in zip(found.columns, row, strict=True)}
            for row in found.rows
        ],
    }  # fmt: skip


@_answer
def dump(request: HttpRequest, key: str) -> Any:
    """A whole resource in one format, packed as ZIP as the rules want it."""
    _known(request, ())
    one, format = _resource(key), request.GET.get("format", "")
    if format not in ("json", "csv", "xml"):
        raise Refused("ER0210", _("輸入的參數內容格式錯誤：%(name)s") % {"name": "format"})
    name = metadata.resource_id(one.dataset, one)
    out = tempfile.TemporaryFile()  # noqa: SIM115  (the answer closes it)
    try:
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package, package.open(f"{name}.{format}", "w") as file:
            for piece in row_store.dump(one, format, at=timezone.now()):
                file.write(piece)
    except row_store.NoRows:
        out.close()
        raise _missing() from None
    out.seek(0)
    return FileResponse(out, as_attachment=True, filename=f"{name}.zip", content_type="application/zip")
