"""社會經濟統計 at the desk: the items by class, one item by area with its map, sheets taken in."""

from __future__ import annotations

from typing import Any, BinaryIO, cast

from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cityhall.engines.audit import services as audit
from cityhall.engines.files import downloads
from cityhall.engines.files.sheets import CannotReadSheet
from cityhall.engines.idempotency.views import form_once
from cityhall.engines.identity.models import Account
from cityhall.engines.places import memory
from cityhall.web import maps
from cityhall.web.access import allowed, requires

from . import forms, statistics
from .models import Release, Statistic
from .refusals import CannotImport
from .states import AreaLevel
from .views import MANAGE, READ

PAGE = 60


def _narrowed(request: HttpRequest) -> tuple[forms.StatisticFilter, QuerySet[Statistic]]:
    rows = Statistic.objects.filter(withdrawn_on=None)
    form = forms.StatisticFilter(request.GET or None)
    if form.is_bound and form.is_valid():
        given = form.cleaned_data
        if words := given["q"].strip():
            rows = rows.filter(Q(name__icontains=words) | Q(name_en__icontains=words) | Q(code__icontains=words))
        if given["kind"]:
            rows = rows.filter(kind=given["kind"])
    return form, rows


def _newest() -> dict[int, list[Release]]:
    """What there is of each item, the newest first."""
    found: dict[int, list[Release]] = {}
    for one in statistics.current().order_by("-dated_on", "level", "-pk"):
        found.setdefault(one.statistic_id, []).append(one)
    return found


@requires(READ)
def statistic_list(request: HttpRequest) -> HttpResponse:
    """The items of six classes, with the newest numbers of each."""
    form, rows = _narrowed(request)
    newest = _newest()
    there = []
    for one in rows:
        releases = newest.get(one.pk, [])
        levels = list(dict.fromkeys(AreaLevel(each.level).label for each in releases))
        there.append((one, releases[0] if releases else None, "、".join(map(str, levels))))
    context = {
        "form": form, "filtered": bool(request.GET), "rows": there, "manages": allowed(request, MANAGE),
        "query": request.GET.urlencode(),
    }  # fmt: skip
    return render(request, "spatial/statistics.html", context)


COLUMNS = (
    gettext_lazy("項目代碼"), gettext_lazy("類別"), gettext_lazy("統計項目"), gettext_lazy("英文名稱"), gettext_lazy("單位"),
    gettext_lazy("最近統計期"),
)  # fmt: skip


@requires(READ)
def statistic_export(request: HttpRequest, kind: str) -> HttpResponseBase:
    """The narrowed list of items as CSV, ODS or XLSX; written down."""
    _form, rows = _narrowed(request)
    newest = _newest()
    found = [
        [
            one.code, str(one.get_kind_display()), one.name, one.name_en, one.measure,
            newest[one.pk][0].period if one.pk in newest else "",
        ]
        for one in rows
    ]  # fmt: skip
    audit.record(
        "spatial.statistics_exported", None, by=request.user, at=timezone.now(), new={"rows": len(found), "kind": kind}
    )
    return downloads.sheet(kind, f"spatial-statistics.{kind}", [str(one) for one in COLUMNS], found)


def _chosen(request: HttpRequest, one: Statistic) -> tuple[list[Release], Release | None]:
    """The item's releases, and the one that is asked for; the newest where none is."""
    there = list(statistics.current(one).order_by("-dated_on", "level", "-pk"))
    asked = request.GET.get("of", "")
    level, _slash, period = asked.partition("/")
    found = next((each for each in there if (each.level, each.period) == (level, period)), None)
    if asked and found is None:
        raise Http404
    return there, found or (there[0] if there else None)


def _lines(one: Release) -> list[tuple[str, str, float | None]]:
    """Code, name and number of each area; no number where it is not told."""
    names = _names(one.level)
    return [(code, names.get(code, ""), number) for code, number in sorted(statistics.told(one).items())]


def _names(level: str) -> dict[str, str]:
    borders = memory.boundaries()
    if level == AreaLevel.DISTRICT:
        return {name.code: str(name) for name in borders.districts.names}
    if level == AreaLevel.VILLAGE:
        districts = {name.code: str(name) for name in borders.districts.names}
        return {name.code: f"{districts.get(name.district_code, '')}{name}" for name in borders.villages.names}
    return {}


@requires(READ)
def statistic(request: HttpRequest, code: str) -> HttpResponse:
    """One item: its periods and levels, the map of districts, the numbers."""
    one = get_object_or_404(Statistic, code=code)
    there, chosen = _chosen(request, one)
    lines = _lines(chosen) if chosen else []
    drawing: Any = ""
    if chosen is not None and chosen.level == AreaLevel.DISTRICT:
        values = {area: float(number) for area, _name, number in lines if number is not None}
        drawing = maps.shaded(values, about=_("地圖：各行政區的%(name)s") % {"name": one})
    context = {
        "one": one, "releases": there, "chosen": chosen, "drawing": drawing, "manages": allowed(request, MANAGE),
        "hidden": sum(number is None for _code, _name, number in lines), "page": Paginator(lines, PAGE).get_page(request.GET.get("page")),
        "query": f"of={chosen.level}/{chosen.period}&" if chosen else "",
    }  # fmt: skip
    return render(request, "spatial/statistic.html", context)


@requires(READ)
def statistic_numbers(request: HttpRequest, code: str, kind: str) -> HttpResponseBase:
    """The numbers of an item, as they are told, as CSV, ODS or XLSX; written down."""
    one = get_object_or_404(Statistic, code=code)
    _there, chosen = _chosen(request, one)
    if chosen is None:
        raise Http404
    headings = [_("區域代碼"), _("名稱"), str(one), _("單位"), _("統計期")]
    rows = [[area, name, number, one.measure, chosen.period] for area, name, number in _lines(chosen)]
    new = {"item": code, "level": chosen.level, "period": chosen.period, "kind": kind}
    audit.record("spatial.statistics_exported", None, by=request.user, at=timezone.now(), new=new)
    return downloads.sheet(kind, f"{code}-{chosen.period}.{kind}", headings, rows)


def _import(request: HttpRequest, form: forms.SheetForm, take: Any, **said: Any) -> HttpResponse:
    """A page that takes in a sheet and tells what became of it."""
    taken, status = None, 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                taken, status = take(form.cleaned_data), 200
            except (CannotReadSheet, CannotImport) as refusal:
                form.add_error("upload", str(refusal))
    context = {"form": form, "taken": taken, **said}
    return render(request, "spatial/statistics_import.html", context, status=status)


@requires(MANAGE)
@form_once
def statistic_import(request: HttpRequest) -> HttpResponse:
    """Take in numbers of items by area and period."""

    def take(given: dict[str, Any]) -> statistics.Taken:
        content: BinaryIO = given["upload"]
        return statistics.import_numbers(
            content, level=given["level"], source=given["source"], by=cast("Account", request.user), at=timezone.now()
        )

    form = forms.NumbersForm(request.POST or None, request.FILES or None, initial={"level": AreaLevel.VILLAGE})
    return _import(
        request, form, take, title=_("匯入社會經濟統計"), columns=statistics.NUMBERS,
        lead=_("一列一個項目、區域與統計期的數值。有一列不對，那個項目和統計期就整份不收，請改好再匯入。"),
        kind="numbers",
    )  # fmt: skip


@requires(MANAGE)
@form_once
def area_import(request: HttpRequest) -> HttpResponse:
    """Take in areas with the days on which their codes hold, and what they changed into."""

    def take(given: dict[str, Any]) -> statistics.Taken:
        return statistics.import_areas(given["upload"], by=cast("Account", request.user), at=timezone.now())

    form = forms.SheetForm(request.POST or None, request.FILES or None)
    return _import(
        request, form, take, title=_("匯入統計區與代碼異動"), columns=statistics.AREAS,
        lead=_("代碼換了的，填停用前最後一天與新代碼；一個代碼拆成幾個，就寫幾列，各填占原區域的比例。"),
        kind="areas",
    )  # fmt: skip
