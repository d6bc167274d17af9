"""Council items as open data: all that is public of them, as one file."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponseBase, JsonResponse
from django.views.decorators.http import require_safe

from cityhall.engines.files import downloads
from cityhall.web.access import public

from . import publishing


@public
@require_safe
def items(request: HttpRequest, kind: str) -> HttpResponseBase:
    """CSV (with a mark for spreadsheets) or JSON."""
    if kind == "csv":
        response = downloads.sheet("csv", "council-items.csv", list(publishing.COLUMNS), publishing.lines())
    elif kind == "json":
        rows = [dict(zip(publishing.COLUMNS, line, strict=True)) for line in publishing.lines()]
        response = JsonResponse(rows, safe=False, json_dumps_params={"ensure_ascii": False})
    else:
        raise Http404
    response["Access-Control-Allow-Origin"] = "*"
    return response
