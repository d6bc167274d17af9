"""How hotspots ran, at the desk: the month with its use and availability, outages, what controllers sent."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

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

from . import controllers, forms, outages, queries, use
from .models import Hotspot, Outage
from .queries import READ
from .refusals import CannotRecord
from .states import Cause
from .views import MANAGE, MEND

PAGE, WORST, IDLE = 50, 10, 20
SOURCE = gettext_lazy("市政廳無線上網熱點")


def _who(request: HttpRequest) -> Any:
    """Whoever is signed in: every page here asks for an act."""
    return request.user


# ---- the month -------------------------------------------------------------------------------------------------------


def _agencies() -> QuerySet[Agency]:
    kept = Hotspot.objects.filter(agency__isnull=False).order_by().values("agency")
    return Agency.objects.filter(pk__in=kept).order_by("order", "code")


def _asked(request: HttpRequest, months: list[date]) -> tuple[forms.MonthFilter, date | None, dict[str, str]]:
    form = forms.MonthFilter(request.GET or None, months=months, agencies=_agencies(), districts=queries.districts())
    given = form.cleaned_data if form.is_bound and form.is_valid() else {}
    wanted = given.get("month") or ""
    month = next((one for one in months if f"{one:%Y-%m}" == wanted), months[0] if months else None)
    return form, month, {name: given.get(name) or "" for name in ("agency", "district")}


@requires(READ)
def month(request: HttpRequest) -> HttpResponse:
    """Use and availability of a month, by agency and district, the worst ones, those that hardly anybody uses."""
    months = use.months()
    form, shown, narrowed = _asked(request, months)
    context: dict[str, Any] = {"form": form, "month": shown, "manages": allowed(request, MANAGE)}
    if shown is not None:
        names = queries.districts()
        rows = use.ran(shown, **narrowed)
        idle = use.idle(rows, shown)
        context |= {
            "rows": rows,
            "all": use.together(rows),
            "short": sum(row.falls_short for row in rows),
            "worst": use.worst(rows, WORST),
            "idle": idle[:IDLE],
            "idle_n": len(idle),
            "by_district": use.grouped(rows, lambda one: names.get(one.district, _("市外"))),
            "by_agency": use.grouped(rows, lambda one: one.agency.label if one.agency else one.operator),
            "chart": _course(shown),
            "map": _map(rows),
            "query": request.GET.urlencode(),
            "districts": names,
        }
    return render(request, "wifi/month.html", context)


def _course(month: date) -> charts.Chart | None:
    found = use.course(month)
    if len(found) < 2:
        return None
    return charts.bar_by_month(_("每月連線人次"), list(found.items()), unit=_("人次"), source=str(SOURCE))


def _map(rows: list[use.Ran]) -> Any:
    sums: dict[str, float] = {}
    for row in rows:
        if row.hotspot.district:
            sums[row.hotspot.district] = sums.get(row.hotspot.district, 0) + row.use.session
    return maps.shaded(sums, about=_("地圖：各行政區的連線人次")) if sums else ""


HEADINGS = (
    gettext_lazy("月份"), gettext_lazy("熱點代碼"), gettext_lazy("熱點名稱"), gettext_lazy("主管機關名稱"), gettext_lazy("行政區"),
    gettext_lazy("連線人次"), gettext_lazy("使用人數"), gettext_lazy("流量（MB）"), gettext_lazy("可用率（%）"),
    gettext_lazy("約定可用率"), gettext_lazy("低於約定"),
)  # fmt: skip


@requires(READ)
def export_month(request: HttpRequest, kind: str) -> HttpResponseBase:
    """The hotspots of the month as CSV, ODS or XLSX; written down."""
    _form, shown, narrowed = _asked(request, use.months())
    rows = use.ran(shown, **narrowed) if shown else []
    names = queries.districts()
    audit.record("wifi.exported", None, by=_who(request), at=timezone.now(), new={"rows": len(rows), "kind": kind})

    def cells() -> Iterator[list[Any]]:
        for row in rows:
            one, told = row.hotspot, row.use
            yield [
                f"{shown:%Y-%m}", one.code, one.name, one.operator, names.get(one.district, ""), told.session, told.user,
                told.megabyte, told.availability, one.promised, _("是") if row.falls_short else "",
            ]  # fmt: skip

    return downloads.sheet(kind, f"wifi-use.{kind}", [str(one) for one in HEADINGS], cells())


@requires(MANAGE)
@form_once
def bring_use(request: HttpRequest) -> HttpResponse:
    """Take in what the controllers report, and say which rows are not taken."""
    form = forms.UseForm(request.POST or None, request.FILES or None)
    report, status = None, 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            upload = form.cleaned_data["upload"]
            try:
                report = controllers.take_in(upload, name=upload.name, by=_who(request), at=timezone.now())
                status = 200 if report.batch else 422
            except CannotReadSheet as refusal:
                form.add_error("upload", str(refusal))
            except CannotRecord as refusal:
                form.add_error("upload", refusal.sentence)
    columns = [(one.label, one.required) for one in controllers.COLUMNS]
    context = {"form": form, "report": report, "columns": columns}
    return render(request, "wifi/use_import.html", context, status=status)


# ---- outages ---------------------------------------------------------------------------------------------------------


def _narrowed(request: HttpRequest) -> tuple[forms.OutageFilter, QuerySet[Outage]]:
    form = forms.OutageFilter(request.GET or None, agencies=_agencies(), districts=queries.districts())
    rows = Outage.objects.select_related("hotspot__agency").order_by("-began_at", "-pk")
    given = form.cleaned_data if form.is_bound and form.is_valid() else {}
    if given.get("state") != "all":
        rows = rows.open()
    rows = rows.filter(hotspot__agency__code=given["agency"]) if given.get("agency") else rows
    return form, rows.filter(hotspot__district=given["district"]) if given.get("district") else rows


@requires(READ)
def outage_list(request: HttpRequest) -> HttpResponse:
    """The hotspots that are out now, or all outages, those that last too long marked."""
    form, rows = _narrowed(request)
    now = timezone.now()
    kept = request.GET.copy()
    kept.pop("page", None)
    reach = directory.reach(_who(request), MEND, now)
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    late = {one.pk for one in outages.alarmed(now)}
    context = {
        "form": form,
        "page": page,
        "rows": [(one, one.pk in late, _lasted(one, now), reach.covers(agency=one.hotspot.agency)) for one in page],
        "late": len(late),
        "districts": queries.districts(),
        "query": kept.urlencode(),
        "filtered": any(kept.values()),
        "manages": allowed(request, MANAGE),
    }
    return render(request, "wifi/outages.html", context)


def _lasted(one: Outage, now: datetime) -> int:
    """For how many hours, begun ones counted."""
    return -int((one.began_at - (one.ended_at or now)).total_seconds() // 3600)


OUTAGE_HEADINGS = (
    gettext_lazy("熱點代碼"), gettext_lazy("熱點名稱"), gettext_lazy("中斷時間"), gettext_lazy("恢復時間"),
    pgettext_lazy("outage", "原因"), gettext_lazy("維護機關"),
)  # fmt: skip


@requires(READ)
def export_outages(request: HttpRequest, kind: str) -> HttpResponseBase:
    """The filtered outages as CSV, ODS or XLSX; the import reads them again."""
    _form, rows = _narrowed(request)
    audit.record("wifi.outages_exported", None, by=_who(request), at=timezone.now(), new={"kind": kind})

    def cells() -> Iterator[list[Any]]:
        for one in rows.iterator(chunk_size=2000):
            hotspot = one.hotspot
            yield [
                hotspot.code, hotspot.name, _minute(one.began_at), _minute(one.ended_at), str(Cause(one.cause).label),
                hotspot.agency.label if hotspot.agency else "",
            ]  # fmt: skip

    return downloads.sheet(kind, f"wifi-outages.{kind}", [str(one) for one in OUTAGE_HEADINGS], cells())


def _minute(at: datetime | None) -> str:
    return f"{timezone.localtime(at):%Y-%m-%d %H:%M}" if at else ""


@requires(MANAGE)
@form_once
def bring_outages(request: HttpRequest) -> HttpResponse:
    """Take in a list of outages, and say what became of each row."""
    form = forms.OutagesForm(request.POST or None, request.FILES or None)
    outcome, status = None, 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                outcome = outages.import_list(form.cleaned_data["upload"], by=_who(request), at=timezone.now())
                status = 200
            except CannotReadSheet as refusal:
                form.add_error("upload", str(refusal))
    return render(request, "wifi/outages_import.html", {"form": form, "outcome": outcome}, status=status)


def _may_mend(request: HttpRequest, hotspot: Hotspot, now: datetime) -> None:
    """Whoever keeps a hotspot says when it is out and when it works again. Raises PermissionDenied."""
    if not directory.reach(_who(request), MEND, now).covers(agency=hotspot.agency):
        raise PermissionDenied(_("這個熱點由別的機關維護。"))


@requires(MEND)
@form_once
def record_outage(request: HttpRequest, code: str) -> HttpResponse:
    """登錄中斷: a hotspot is or was out."""
    one, now = get_object_or_404(Hotspot.objects.select_related("agency"), code=code), timezone.now()
    _may_mend(request, one, now)
    posted = request.POST if request.method == "POST" else None
    form = forms.OutageForm(posted, initial={"began_on": day_of(now), "began_time": f"{timezone.localtime(now):%H:%M}"})

    def do(given: dict[str, Any]) -> str:
        outages.record(
            one, began_at=form.began_at, ended_at=form.ended_at, cause=given["cause"], by=_who(request), at=now
        )
        return _("已登錄熱點的中斷。")

    here = reverse("wifi_desk:hotspot", args=[one.code])
    return act_page(
        request, form=form, title=_("登錄熱點中斷"), button=_("登錄"), do=do, back=(here, one.name), to=here,
        refused=CannotRecord,
    )  # fmt: skip


@requires(MEND)
@form_once
def end_outage(request: HttpRequest, pk: int) -> HttpResponse:
    """登錄恢復: a hotspot works again."""
    one, now = get_object_or_404(Outage.objects.select_related("hotspot__agency"), pk=pk), timezone.now()
    _may_mend(request, one.hotspot, now)
    posted = request.POST if request.method == "POST" else None
    initial = {"ended_on": day_of(now), "ended_time": f"{timezone.localtime(now):%H:%M}", "cause": one.cause}
    form = forms.MendedForm(posted, initial=initial)

    def do(given: dict[str, Any]) -> str:
        outages.end(one, ended_at=form.ended_at, cause=given["cause"], by=_who(request), at=now)
        return _("已登錄熱點恢復。")

    here = reverse("wifi_desk:hotspot", args=[one.hotspot.code])
    return act_page(
        request, form=form, title=_("登錄熱點恢復"), button=_("登錄"), do=do, back=(here, one.hotspot.name), to=here,
        refused=CannotRecord,
    )  # fmt: skip
