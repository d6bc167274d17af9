"""A resource's rows as a chart that readers put together: the page, the same in somebody's frame, and its numbers as files."""

from __future__ import annotations

import json
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from csp.decorators import csp_replace
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape
from django.utils.translation import gettext as _
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.http import require_safe

from cityhall.engines.files import sheets
from cityhall.engines.tables.profiling import profile
from cityhall.engines.tables.querying import BadQuery
from cityhall.web.access import public
from cityhall.web.plots import Plot

from .. import charting, row_store, use
from ..forms import ChartForm
from ..models import Dataset, Resource
from .rows import kept_conditions, question, resource_of

KINDS = ("csv", "json")
MOST_SHOWN = 500
"""Lines of the table below a chart; the rest is in its file."""


@dataclass
class _Asked:
    """What an address asks to be drawn, and what came of it: a plot, or a form that says what is wrong."""

    dataset: Dataset
    resource: Resource
    form: ChartForm
    made: charting.Made | None
    refused: str = ""
    """What is wrong with the conditions, which are no part of this form."""

    @property
    def plot(self) -> Plot | None:
        return self.made.plot if self.made else None


def _asked(request: HttpRequest, name: str, reference: Any) -> _Asked:
    """Raises Http404 where the resource has no table, or none with columns that can be drawn."""
    one, row = resource_of(name, reference)
    try:
        store = row_store.table_of(row, at=timezone.now())
    except row_store.NoRows:
        raise Http404 from None
    columns, about = charting.drawable(store), profile(store)
    if not columns:
        raise Http404
    given = request.GET.dict()
    usual = charting.first(store, about) if "axis" not in given else {"kind": "bars", "how": "count"}
    form = ChartForm({"most": str(charting.USUAL_NAMES), **usual, **given}, columns=columns)
    asked = _Asked(one, row, form, None)
    if not form.is_valid():
        return asked
    try:
        query = question(request, store, about)
    except BadQuery as bad:
        asked.refused = bad.sentence
        return asked
    try:
        asked.made = charting.make(store, query, form.wanted, about, source=one.agency.label)
    except BadQuery as bad:
        form.add_error(bad.part if bad.part in form.fields else None, bad.sentence)
    return asked


def _address(request: HttpRequest, asked: _Asked, name: str, *more: str) -> str:
    """The address of another way to have the same chart."""
    whole = f"?{request.GET.urlencode()}" if request.GET else ""
    return reverse(name, args=[asked.dataset.name, asked.resource.reference, *more]) + whole


def _context(request: HttpRequest, asked: _Asked) -> dict[str, Any]:
    plot = asked.plot
    return {
        "one": asked.dataset, "resource": asked.resource, "form": asked.form, "refused": asked.refused, "plot": plot,
        "notes": asked.made.notes if asked.made else (), "picture": plot.picture() if plot else None,
        "spec": plot.spec() if plot and plot.spots else None, "rows": plot.rows[:MOST_SHOWN] if plot else [],
        "here": _address(request, asked, "open_data:chart"),
    }  # fmt: skip


@public
@require_safe
def chart(request: HttpRequest, name: str, reference: Any) -> HttpResponse:
    """The form and what it draws."""
    asked = _asked(request, name, reference)
    use.note(request, "view", asked.dataset)
    embedded = request.build_absolute_uri(_address(request, asked, "open_data:embedded_chart"))
    title = asked.plot.title if asked.plot else ""
    context = _context(request, asked) | {
        "kept": kept_conditions(request),
        "conditions": _conditions(request), "rows_url": f"{reverse('open_data:resource', args=[name, reference])}?{urlencode(kept_conditions(request))}",
        "files": [(kind, _address(request, asked, "open_data:chart_file", kind)) for kind in KINDS],
        "snippet": f'<iframe src="{escape(embedded)}" title="{escape(title)}" width="100%" height="520" loading="lazy"></iframe>',
    }  # fmt: skip
    return render(request, "open_data/chart.html", context, status=200 if asked.plot else 400)


@public
@xframe_options_exempt
@csp_replace({"frame-ancestors": ["*"]})
@require_safe
def embedded(request: HttpRequest, name: str, reference: Any) -> HttpResponse:
    """The chart alone, for the frame of any site: it holds nothing that is signed in or sent."""
    asked = _asked(request, name, reference)
    use.note(request, "view", asked.dataset)
    return render(request, "open_data/chart_embedded.html", _context(request, asked), status=200 if asked.plot else 400)


@public
@require_safe
def download(request: HttpRequest, name: str, reference: Any, kind: str) -> HttpResponse:
    """The numbers of a chart as CSV, or the chart in Vega-Lite."""
    if kind not in KINDS:
        raise Http404
    asked = _asked(request, name, reference)
    plot = asked.plot
    if plot is None:
        words = asked.refused or "\n".join(text for found in asked.form.errors.values() for text in found)
        return HttpResponse(words, status=400, content_type="text/plain; charset=utf-8")
    use.note(request, "download", asked.dataset)
    if kind == "json":
        content = json.dumps(plot.spec(), ensure_ascii=False, allow_nan=False)
        response = HttpResponse(content, content_type="application/json; charset=utf-8")
    else:
        rows = [[Decimal(repr(cell)) if isinstance(cell, float) else cell for cell in row] for row in plot.data]
        response = HttpResponse(b"".join(sheets.write_csv(plot.columns, rows)), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{asked.dataset.name}-{asked.resource.n}-chart.{kind}"'
    response["Access-Control-Allow-Origin"] = "*"
    return response


def _conditions(request: HttpRequest) -> list[str]:
    """The conditions in words."""
    words = {
        "is": _("%(name)s是「%(value)s」"), "has": _("%(name)s含有「%(value)s」"), "from": _("%(name)s從「%(value)s」起"),
        "to": _("%(name)s到「%(value)s」為止"),
    }  # fmt: skip
    found = []
    for key, value in request.GET.items():
        how, _dot, name = key.partition(".")
        if key == "q" and value.strip():
            found.append(_("任何欄位含有「%(value)s」") % {"value": value})
        elif how in words and name and value.strip():
            found.append(words[how] % {"name": name, "value": value})
    return found
