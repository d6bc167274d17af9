"""免費無線上網 at the desk: the list with its checks, a hotspot with its states, lists taken in."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from cityhall.domains.petitions.public import standing
from cityhall.engines.audit import services as audit
from cityhall.engines.directory import queries as directory
from cityhall.engines.directory.models import Agency
from cityhall.engines.files import downloads
from cityhall.engines.files.sheets import CannotReadSheet
from cityhall.engines.idempotency.acting import act_page
from cityhall.engines.idempotency.views import form_once
from cityhall.foundation.clock import day_of
from cityhall.web import charts, maps
from cityhall.web.access import allowed, requires

from . import forms, listing, queries, rules, services
from .models import Hotspot, Outage
from .queries import READ, Line
from .refusals import CannotRecord
from .states import Builder, HotspotState

MANAGE, MEND = "wifi.manage", "wifi.mend"
PAGE = 50


def _agencies() -> QuerySet[Agency]:
    return Agency.objects.filter(closed_on=None).order_by("order", "code")


def _narrowed(request: HttpRequest) -> tuple[forms.HotspotFilter, list[Line]]:
    today = day_of(timezone.now())
    form = forms.HotspotFilter(request.GET or None, districts=queries.districts())
    given = form.cleaned_data if form.is_bound and form.is_valid() else {}
    return form, queries.lines(queries.narrowed(given, today), today, only=given.get("found", ""))


def _map(lines: list[Line]) -> Any:
    """The hotspots on the city; those with findings lie on top, larger and red."""
    kinds = [
        (line, "red" if line.findings else "green" if line.hotspot.builder == Builder.CITY else "none")
        for line in lines
    ]
    marks = [
        maps.Mark([(line.hotspot.lon, line.hotspot.lat)], kind)
        for wanted in ("none", "green", "red")
        for line, kind in kinds
        if kind == wanted
    ]
    return maps.marked(marks, about=_("地圖：無線上網熱點的位置")) if marks else ""


def _by_district(lines: list[Line], names: dict[str, str]) -> charts.Chart | None:
    many = {name: sum(line.hotspot.district == code for line in lines) for code, name in names.items()}
    points = [charts.Point(name, value) for name, value in sorted(many.items(), key=lambda one: -one[1]) if value]
    if len(points) < 2:
        return None
    return charts.horizontal_bars(
        _("各行政區的熱點數"), points, unit=_("個"), source=_("市政廳無線上網熱點"), first_column=_("行政區")
    )


@requires(READ)
def index(request: HttpRequest) -> HttpResponse:
    """The hotspots, with what the checks find."""
    form, lines = _narrowed(request)
    names = queries.districts()
    kept = request.GET.copy()
    kept.pop("page", None)
    context = {
        "form": form,
        "filtered": bool(kept),
        "page": Paginator(lines, PAGE).get_page(request.GET.get("page")),
        "wrong": sum(bool(line.findings) for line in lines),
        "out": Outage.objects.open().count(),
        "districts": names,
        "chart": _by_district(lines, names),
        "map": _map(lines),
        "query": kept.urlencode(),
        "manages": allowed(request, MANAGE),
    }
    return render(request, "wifi/index.html", context)


@requires(READ)
def export(request: HttpRequest, kind: str) -> HttpResponseBase:
    """The filtered hotspots as CSV, ODS or XLSX; written down."""
    _form, lines = _narrowed(request)
    audit.record("wifi.exported", None, by=request.user, at=timezone.now(), new={"rows": len(lines), "kind": kind})
    headings = [str(one) for one in listing.HEADINGS]
    return downloads.sheet(kind, f"wifi-hotspots.{kind}", headings, listing.cells(lines, queries.districts()))


def _hotspot(code: str) -> Any:
    rows = Hotspot.objects.stating(day_of(timezone.now())).select_related("agency", "zone")
    return get_object_or_404(rows, code=code)


@requires(READ)
def hotspot(request: HttpRequest, code: str) -> HttpResponse:
    """A hotspot: where it stands, its contract, its states, what the checks find."""
    one, today = _hotspot(code), day_of(timezone.now())
    names = queries.districts()
    spot = maps.Spot(one.lon, one.lat, one.name)
    about = _("地圖：%(place)s") % {"place": one.name}
    context = {
        "one": one,
        "line": queries.lines([one], today)[0],
        "district": names.get(one.district, ""),
        "named": names.get(one.named, ""),
        "mbps": queries.mbps(one, today),
        "reports": [(row, standing(row.case, to_citizen=False)) for row in queries.reports_of(one)],
        "steps": one.steps.all(),
        "outages": one.outages.all()[:10],
        "mends": directory.reach(request.user, MEND, timezone.now()).covers(agency=one.agency),
        "map": maps.district(one.district, spot=spot, about=about) if one.district else "",
        "manages": allowed(request, MANAGE),
    }
    return render(request, "wifi/hotspot.html", context)


@requires(MANAGE)
@form_once
def add(request: HttpRequest) -> HttpResponse:
    """登錄 another hotspot."""
    now = timezone.now()
    posted = request.POST if request.method == "POST" else None
    form = forms.NewHotspotForm(
        posted, agencies=_agencies(), initial={"since": day_of(now), "builder": Builder.CITY.value}
    )

    def do(given: dict[str, Any]) -> str:
        made = services.add_hotspot(**form.values(), by=request.user, at=now)
        return _("已登錄熱點%(code)s。") % {"code": made.code}

    here = reverse("wifi_desk:index")
    return act_page(
        request, form=form, title=_("登錄無線上網熱點"), button=_("登錄"), do=do, back=(here, _("無線上網")), to=here,
        refused=CannotRecord,
    )  # fmt: skip


@requires(MANAGE)
@form_once
def change(request: HttpRequest, code: str) -> HttpResponse:
    """Change what is known of a hotspot."""
    one = _hotspot(code)
    initial = {name: getattr(one, name) for name in services.FIELDS}
    initial |= {"agency": one.agency.code if one.agency else "", "zone": one.zone.name if one.zone else ""}
    posted = request.POST if request.method == "POST" else None
    form = forms.HotspotForm(posted, agencies=_agencies(), initial=initial)

    def do(given: dict[str, Any]) -> str:
        changed = services.change_hotspot(one, **form.values(), by=request.user, at=timezone.now())
        return _("已修改熱點。") if changed else _("內容相同，沒有修改。")

    return _hotspot_page(request, one, form=form, title=_("修改無線上網熱點"), button=_("儲存"), do=do)


def _hotspot_page(request: HttpRequest, one: Hotspot, **given: Any) -> HttpResponse:
    here = reverse("wifi_desk:hotspot", args=[one.code])
    return act_page(request, back=(here, one.name), to=here, refused=CannotRecord, **given)


@requires(MANAGE)
@form_once
def state(request: HttpRequest, code: str) -> HttpResponse:
    """Open, pause or take away a hotspot from a day on."""
    one, now = _hotspot(code), timezone.now()
    states = [state for state in HotspotState if rules.may_follow(state, one.state_then or "")]
    posted = request.POST if request.method == "POST" else None
    form = forms.StateForm(posted, states=states, initial={"since": day_of(now)})

    def do(given: dict[str, Any]) -> str:
        services.record_state(one, **given, by=request.user, at=now)
        return _("已登錄熱點的狀態。")

    return _hotspot_page(request, one, form=form, title=_("登錄熱點狀態"), button=_("登錄"), do=do)


@requires(MANAGE)
@form_once
def bring(request: HttpRequest) -> HttpResponse:
    """Take in a list, and say what became of each row."""
    form = forms.ListForm(request.POST or None, request.FILES or None)
    outcome, status = None, 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                outcome = listing.import_list(form.cleaned_data["upload"], by=request.user, at=timezone.now())
                status = 200
            except CannotReadSheet as refusal:
                form.add_error("upload", str(refusal))
    return render(request, "wifi/import.html", {"form": form, "outcome": outcome}, status=status)
