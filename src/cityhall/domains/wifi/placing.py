"""設點建議 at the desk: the villages that should get a hotspot, each with its reasons; the people who live there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from cityhall.engines.audit import services as audit
from cityhall.engines.files import downloads
from cityhall.engines.files.sheets import CannotReadSheet
from cityhall.engines.idempotency.views import form_once
from cityhall.engines.places import queries as places
from cityhall.foundation.clock import day_of
from cityhall.web import charts, maps
from cityhall.web.access import allowed, requires

from . import forms, placement, queries
from .placement import Advice
from .queries import READ
from .rules import Proposal
from .views import MANAGE

PAGE, DRAWN, BARS = 20, 20, 10


def _narrowed(request: HttpRequest) -> tuple[forms.PlaceFilter, Advice, list[Proposal]]:
    names = queries.districts()
    form = forms.PlaceFilter(request.GET or None, districts=names)
    advice = placement.advice(day_of(timezone.now()))
    wanted = form.cleaned_data["district"] if form.is_bound and form.is_valid() else ""
    there = {one.code for one in places.villages(wanted)} if wanted else set(advice.middles)
    return form, advice, [one for one in advice.proposals if one.village.code in there]


def _names() -> dict[str, str]:
    """What each village is called, with its district."""
    return {
        one.code: f"{district}{one}" if str(one) == one.name else f"{one}, {district}"
        for district in places.districts()
        for one in places.villages(district.code)
    }


@requires(READ)
def index(request: HttpRequest) -> HttpResponse:
    """The proposals, those that need a hotspot most first, with a map and what they rest on."""
    form, advice, found = _narrowed(request)
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    names, kept = _names(), request.GET.copy()
    kept.pop("page", None)
    marks = [maps.Mark([advice.middles[one.village.code]], "amber") for one in reversed(found[:DRAWN])]
    context = {
        "form": form,
        "advice": advice,
        "page": page,
        "rows": [
            (page.start_index() + n, one, names.get(one.village.code, one.village.code), placement.reasons(one, advice))
            for n, one in enumerate(page.object_list)
        ],
        "map": maps.marked(marks, about=_("地圖：最需要熱點的村里")) if marks else "",
        "chart": _scores(found[:BARS], names),
        "drawn": min(DRAWN, len(found)),
        "query": kept.urlencode(),
        "filtered": bool(kept),
        "manages": allowed(request, MANAGE),
    }
    return render(request, "wifi/placement.html", context)


def _scores(found: list[Proposal], names: dict[str, str]) -> charts.Chart | None:
    if len(found) < 2:
        return None
    points = [charts.Point(names.get(one.village.code, one.village.code), one.score) for one in found]
    return charts.horizontal_bars(
        _("分數最高的村里"), points, unit=_("分"), source=_("市政廳無線上網熱點"), first_column=_("村里"), places=1
    )


HEADINGS = (
    gettext_lazy("順序"), gettext_lazy("村里代碼"), gettext_lazy("村里"), gettext_lazy("分數"), gettext_lazy("人口"),
    gettext_lazy("每臺基地臺的人次"), gettext_lazy("反映件數"), gettext_lazy("最近的熱點（公尺）"), pgettext_lazy("proposal", "理由"),
)  # fmt: skip


@requires(READ)
def export(request: HttpRequest, kind: str) -> HttpResponseBase:
    """The proposals with their reasons as CSV, ODS or XLSX; written down."""
    _form, advice, found = _narrowed(request)
    audit.record("wifi.proposals_exported", None, by=request.user, at=timezone.now(), new={"rows": len(found)})
    names = _names()

    def cells() -> Iterator[list[Any]]:
        for n, one in enumerate(found, start=1):
            village = one.village
            metres = round(village.metres) if village.metres is not None else ""
            yield [
                n, village.code, names.get(village.code, ""), one.score, village.people, village.visits, village.requests,
                metres, "".join(placement.reasons(one, advice)),
            ]  # fmt: skip

    return downloads.sheet(kind, f"wifi-placement.{kind}", [str(one) for one in HEADINGS], cells())


@requires(MANAGE)
@form_once
def bring_people(request: HttpRequest) -> HttpResponse:
    """Take in how many people live in each village."""
    form = forms.PeopleForm(request.POST or None, request.FILES or None)
    outcome, status = None, 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            who: Any = request.user
            try:
                outcome = placement.import_people(form.cleaned_data["upload"], by=who, at=timezone.now())
                status = 200
            except CannotReadSheet as refusal:
                form.add_error("upload", str(refusal))
    return render(request, "wifi/people_import.html", {"form": form, "outcome": outcome}, status=status)
