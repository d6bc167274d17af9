"""免費無線上網 for everybody: find a hotspot near you, look at one, take the list along."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from cityhall.engines.files import downloads
from cityhall.engines.places import queries as places
from cityhall.engines.places.finding import Candidate
from cityhall.foundation.clock import day_of
from cityhall.web import maps
from cityhall.web.access import public
from cityhall.web.forms import Form, Select, Text

from . import listing, queries, rules
from .faults import KIND
from .models import Hotspot
from .queries import Found
from .states import SiteKind

METRES_OF_A_DOT = 71_000.0
"""What a dot of the live map is at its smallest scale, in our latitude."""
HALF_A_PHONE = 140
PAGE, NEIGHBOURS, MOST_PLACES = 10, 3, 8


class FindForm(Form):
    """Where somebody is, and what kind of place they look for."""

    place = forms.CharField(label=gettext_lazy("地址、路口或附近的店家"), max_length=100, required=False, widget=Text)
    district = forms.ChoiceField(label=gettext_lazy("行政區"), required=False, widget=Select)
    kind = forms.ChoiceField(label=gettext_lazy("場所類別"), required=False, widget=Select)
    lon = forms.FloatField(required=False, widget=forms.HiddenInput)
    lat = forms.FloatField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, districts: dict[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        everything = ("", _("全部"))
        self.fields["district"].choices = [everything, *districts.items()]
        self.fields["kind"].choices = [everything, *SiteKind.choices]


@dataclass
class Near:
    """The place that the list begins from; several where the words may mean more than one."""

    point: tuple[float, float] | None = None
    label: str = ""
    choices: list[Candidate] = field(default_factory=list)


def _near(form: FindForm, by_position: bool) -> Near:
    """Where to look around, by position or by words; what is wrong is said at the form's field."""
    given = form.cleaned_data
    words, lon, lat = given.get("place", "").strip(), given.get("lon"), given.get("lat")
    if lon is not None and lat is not None:
        if rules.can_be_meant(lon, lat):
            return Near((lon, lat), words if words and not by_position else _("您的位置"))
        form.add_error("place", _("這個位置不在臺灣。請寫地址、路口或附近的店家"))
    elif by_position:
        form.add_error("place", _("沒有拿到您的位置。請寫地址、路口或附近的店家"))
    elif words:
        found = places.find(words, limit=MOST_PLACES)
        if len(found) == 1:
            return Near((found[0].point.lon, found[0].point.lat), found[0].label)
        if not found:
            form.add_error("place", _("找不到「%(words)s」。請換個寫法，例如加上路名") % {"words": words[:24]})
        return Near(choices=found)
    return Near()


def _points(found: list[Found]) -> dict[str, Any]:
    """The hotspots for the live map."""
    return {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "geometry": {"type": "Point", "coordinates": [one.hotspot.lon, one.hotspot.lat]},
                "properties": {"url": reverse("wifi:hotspot", args=[one.hotspot.code])},
            }
            for one in found
        ],
    }


def _reach(shown: list[Found]) -> float:
    """So many metres around a place hold the nearest few."""
    return max(300.0, (shown[min(NEIGHBOURS, len(shown)) - 1].metres or 0.0) * 1.2)


def _zoom(reach: float) -> int:
    """How near the live map looks, so that these metres are seen on a phone."""
    return max(9, min(16, int(math.log2(METRES_OF_A_DOT * HALF_A_PHONE / reach))))


def _drawing(found: list[Found], near: Near, shown: list[Found]) -> Any:
    """The map without script: the city with all of them, or a place with those of the page around it."""
    if near.point is not None and shown:
        reach = _reach(shown)
        spots = [maps.Spot(one.hotspot.lon, one.hotspot.lat, one.hotspot.name) for one in shown]
        centre = maps.Spot(*near.point, near.label)
        return maps.scene(
            centre, spots, metres=min(reach, 20_000.0), about=_("地圖：%(place)s附近的熱點") % {"place": near.label}
        )
    marks = [maps.Mark([(one.hotspot.lon, one.hotspot.lat)], "none" if one.is_paused else "green") for one in found]
    return maps.marked(marks, about=_("地圖：免費無線上網熱點的位置")) if marks else maps.city_map()


@public
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """找熱點: all of them, or those near somebody, with a map beside the list."""
    today, names = day_of(timezone.now()), queries.districts()
    form = FindForm(request.GET or None, districts=names)
    near = _near(form, request.GET.get("near") == "gps") if form.is_bound and form.is_valid() else Near()
    given = form.cleaned_data if form.is_bound and hasattr(form, "cleaned_data") else {}
    found = queries.found(given, today, near=near.point)
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    kept = request.GET.copy()
    for name in ("page", "lon", "lat", "near"):
        kept.pop(name, None)
    context = {
        "form": form,
        "near": near,
        "page": page,
        "districts": names,
        "drawing": _drawing(found, near, list(page.object_list)),
        "points": _points(found),
        "zoom": _zoom(_reach(list(page.object_list))) if page.object_list else 12,
        "mbps": queries.mbps_of_city(today),
        "query": kept.urlencode(),
        "filtered": bool(given.get("district") or given.get("kind")),
    }
    return render(request, "wifi/portal/index.html", context)


@public
@require_safe
def hotspot(request: HttpRequest, code: str) -> HttpResponse:
    """One hotspot: where it is, whether it works, how to report that it does not."""
    today = day_of(timezone.now())
    one = get_object_or_404(Hotspot.objects.public(today).select_related("zone", "agency"), code=code)
    others = [row for row in queries.found({}, today, near=(one.lon, one.lat)) if row.hotspot.pk != one.pk]
    spot = maps.Spot(one.lon, one.lat, one.name)
    about = _("地圖：%(place)s") % {"place": one.name}
    context = {
        "one": one,
        "found": Found(one),
        "district": queries.districts().get(one.district, ""),
        "mbps": queries.mbps(one, today),
        "reports": len(queries.reports_of(one)),
        "out": one.outages.open().exists(),
        "report_url": reverse("petitions:about", args=[KIND, one.code]),
        "others": others[:NEIGHBOURS],
        "drawing": maps.locator(spot, about=about, metres=2400, width=560, height=400, small=False),
    }
    return render(request, "wifi/portal/hotspot.html", context)


@public
@require_safe
def export(request: HttpRequest, kind: str) -> HttpResponseBase:
    """The list of public hotspots as CSV, ODS or XLSX."""
    today = day_of(timezone.now())
    headings = [str(one) for one in listing.PUBLIC_HEADINGS]
    rows: Iterator[list[Any]] = listing.public_cells(queries.found({}, today), queries.districts())
    return downloads.sheet(kind, f"wifi.{kind}", headings, rows)
