"""The catalogue for harvesters: DCAT page by page and of one dataset, and data.json."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404

from cityhall.engines.identity.api import problem

from .. import dcat, metadata, queries
from ..doors import door
from ..models import Dataset


@door(problem, "GET", "HEAD")
def catalogue(request: HttpRequest, ending: str) -> HttpResponse:
    """A page of the catalogue; the first without a number, the last for a number beyond it."""
    rows = queries.whole(Dataset.objects.published()).order_by("number")
    page = Paginator(rows, dcat.A_PAGE).get_page(request.GET.get("page"))
    paginator = page.paginator
    graph = dcat.page(
        page.object_list, number=page.number, pages=paginator.num_pages, all=paginator.count, ending=ending
    )
    return _written(graph, ending)


def _written(graph: dcat.Graph, ending: str) -> HttpResponse:
    form, kind = dcat.FORMATS[ending]
    return HttpResponse(graph.serialize(format=form, encoding="utf-8"), content_type=f"{kind}; charset=utf-8")


@door(problem, "GET", "HEAD")
def dataset(request: HttpRequest, name: str, ending: str) -> HttpResponse:
    """One dataset."""
    one = get_object_or_404(queries.whole(Dataset.objects.published()), identifier__iexact=name)
    return _written(dcat.of(one), ending)


@door(problem, "GET", "HEAD")
def data_json(request: HttpRequest) -> JsonResponse:
    """All datasets in one file."""
    rows = queries.whole(Dataset.objects.published()).order_by("number")
    body = {
        "@context": "https://project-open-data.cio.gov/v1.1/schema/catalog.jsonld", "@type": "dcat:Catalog",
        "conformsTo": "https://project-open-data.cio.gov/v1.1/schema",
        "describedBy": "https://project-open-data.cio.gov/v1.1/schema/catalog.json",
        "dataset": [metadata.project_open_data(one) for one in rows.iterator(chunk_size=500)],
    }  # fmt: skip
    return JsonResponse(body, json_dumps_params={"ensure_ascii": False})
