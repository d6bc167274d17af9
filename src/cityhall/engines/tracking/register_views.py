"""A register at the desk: its list, its download, listing by hand and by sheet, and how the agencies stand."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
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
from cityhall.engines.identity.models import Account
from cityhall.foundation.clock import day_of
from cityhall.web import charts
from cityhall.web.access import allowed, requires

from . import forms, paper, queries, registers, registry, rules, services
from .models import Duty, ItemQuerySet
from .queries import CONTROL, READ
from .refusals import CannotTrack
from .registry import Register, UnknownProfile
from .states import Part

MOST_BARS = 15


def _who(request: HttpRequest) -> Account:
    """Who asks: the access mark lets accounts pass only."""
    assert isinstance(request.user, Account)
    return request.user


def _register(key: str) -> Register:
    try:
        return registry.register_of(key)
    except UnknownProfile:
        raise Http404 from None


def _filtered(request: HttpRequest, register: Register, at: datetime) -> tuple[forms.RegisterFilter, ItemQuerySet]:
    """The items that somebody may see, as narrowed by the form."""
    rows = registers.items(register, _who(request), at)
    there = Duty.objects.filter(item__in=rows.values("pk"))
    form = forms.RegisterFilter(
        request.GET or None, kinds=register.kinds, agencies=Agency.objects.filter(pk__in=there.values("agency")),
        years=list(rows.order_by("-year").values_list("year", flat=True).distinct()),
    )  # fmt: skip
    if form.is_bound and form.is_valid():
        rows = registers.narrowed(rows, form.cleaned_data, day_of(at))
    return form, rows


def _common(request: HttpRequest, register: Register, at: datetime) -> dict[str, Any]:
    return {
        "register": register,
        "filtered": bool(request.GET),
        "everywhere": directory.reach(_who(request), READ, at).everywhere,
        "controls": allowed(request, CONTROL),
    }


@requires(READ)
def items(request: HttpRequest, key: str) -> HttpResponse:
    """The items, the newest first; each filter is a link."""
    now, register = timezone.now(), _register(key)
    form, rows = _filtered(request, register, now)
    page = Paginator(rows.order_by("-listed_on", "-pk"), 50).get_page(request.GET.get("page"))
    shown = list(page.object_list)
    duties, due = queries.duties_of(shown), queries.due_of(shown)
    lines = [(one, duties[one.pk], due.get(one.pk)) for one in shown]
    context = {"form": form, "page": page, "lines": lines, "today": day_of(now), **_common(request, register, now)}
    return render(request, "tracking/register.html", context)


COLUMNS = (
    gettext_lazy("列管編號"), gettext_lazy("列管類別"), gettext_lazy("列管日"), gettext_lazy("案由"), gettext_lazy("內容"),
    gettext_lazy("主辦機關"), gettext_lazy("協辦機關"), gettext_lazy("函復期限"), gettext_lazy("情形"), gettext_lazy("追蹤情形"),
    gettext_lazy("決定日"),
)  # fmt: skip


@requires(READ)
def export(request: HttpRequest, key: str, kind: str) -> HttpResponseBase:
    """The filtered items as CSV, ODS or XLSX; written down."""
    now, register = timezone.now(), _register(key)
    _form, rows = _filtered(request, register, now)
    new = {"register": key, "rows": rows.count(), "kind": kind}
    audit.record("tracking.exported", None, by=_who(request), at=now, new=new)
    return downloads.sheet(kind, f"{key}.{kind}", [str(one) for one in COLUMNS], _cells(rows))


def _cells(rows: ItemQuerySet) -> Iterator[list[Any]]:
    ordered = rows.order_by("listed_on", "pk")
    for first in range(0, ordered.count(), 500):
        block = list(ordered[first : first + 500])
        duties, due = queries.duties_of(block), queries.due_of(block)
        for one in block:
            names: dict[str, str] = {
                part: "、".join(duty.agency.label for duty in duties[one.pk] if duty.part == part) for part in Part
            }
            yield [
                one.number, str(one.kind.label), one.listed_on, one.title, one.text, names[Part.LEAD], names[Part.CO],
                due.get(one.pk) or "", one.standing, one.get_decided_display(), one.decided_on or "",
            ]  # fmt: skip


@requires(READ)
def agencies(request: HttpRequest, key: str) -> HttpResponse:
    """How the lead agencies of the filtered items stand, whoever is late most first."""
    now, register = timezone.now(), _register(key)
    form, rows = _filtered(request, register, now)
    lines = registers.by_agency(rows, day_of(now))
    late = [charts.Point(agency.label, line.late) for agency, line in lines if line.late][:MOST_BARS]
    chart = charts.horizontal_bars(
        _("逾期未函復的，哪些機關最多"), late, unit=_("件"), source=_("市政廳列管事項"), first_column=_("機關")
    )
    context = {
        "form": form,
        "lines": lines,
        "all": rules.total(line for _agency, line in lines),
        "chart": chart if len(late) > 1 else None,
        **_common(request, register, now),
    }
    return render(request, "tracking/agencies.html", context)


AGENCY_COLUMNS = (
    gettext_lazy("主辦機關"), gettext_lazy("列管"), pgettext_lazy("tracking", "待機關函復"), pgettext_lazy("tracking", "待審核"), pgettext_lazy("tracking", "待列管決定"),
    gettext_lazy("繼續追蹤"), gettext_lazy("自行追蹤"), gettext_lazy("解除追蹤"), gettext_lazy("逾期未函復"),
)  # fmt: skip


@requires(READ)
def export_agencies(request: HttpRequest, key: str, kind: str) -> HttpResponseBase:
    """The same table as CSV, ODS or XLSX; written down."""
    now, register = timezone.now(), _register(key)
    _form, rows = _filtered(request, register, now)
    lines = registers.by_agency(rows, day_of(now))
    new = {"register": key, "rows": len(lines), "kind": kind}
    audit.record("tracking.exported", None, by=_who(request), at=now, new=new)
    cells = (
        [agency.label, line.listed, line.asked, line.in_review, line.to_decide, line.tracked, line.self_tracked,
         line.released, line.late]
        for agency, line in lines
    )  # fmt: skip
    return downloads.sheet(kind, f"{key}-agencies.{kind}", [str(one) for one in AGENCY_COLUMNS], cells)


@requires(READ)
def month(request: HttpRequest, key: str) -> HttpResponse:
    """The last month that is over on two pages, for the city meeting; another by `?month=2026-10`."""
    now, register = timezone.now(), _register(key)
    first = _first_of(request.GET.get("month", ""), day_of(now))
    if first is None:
        raise Http404
    last = rules.months_later(first, 1) - timedelta(days=1)
    try:
        found = paper.month_of(registers.items(register, _who(request), now), first, last)
        made = paper.as_pdf(register, found, at=now)
    except paper.CannotPrint as refusal:
        messages.error(request, str(refusal))
        return HttpResponseRedirect(reverse("tracking:agencies", args=[key]))
    name = f"{key}-{first:%Y-%m}.pdf"
    return HttpResponse(
        made, content_type="application/pdf", headers={"Content-Disposition": f"inline; filename={name}"}
    )


def _first_of(text: str, today: date) -> date | None:
    """The first day of a month that is over; the last one where none is named."""
    if not text:
        return rules.months_later(today.replace(day=1), -1)
    try:
        first = date.fromisoformat(f"{text}-01")
    except ValueError:
        return None
    return first if rules.months_later(first, 1) <= today else None


@requires(CONTROL)
@form_once
def new(request: HttpRequest, key: str) -> HttpResponse:
    """列管 one item by hand."""
    now, register = timezone.now(), _register(key)
    known = registers.agencies_by_name(day_of(now))
    posted = request.POST if request.method == "POST" else None
    form = forms.ItemForm(posted, kinds=register.kinds, known=known, initial={"listed_on": day_of(now)})

    def do(given: dict[str, Any]) -> str:
        made = services.list_item(**{**given, "lead": known[given["lead"]]}, by=_who(request), at=now)
        return _("已列管，編號%(number)s，並請機關函復。") % {"number": made.number}

    return act_page(
        request, form=form, title=_("列管：%(register)s") % {"register": register.label}, button=_("列管並請機關函復"), do=do,
        back=(register.url, str(register.label)), to=register.url, refused=CannotTrack,
    )  # fmt: skip


@requires(CONTROL)
@form_once
def sheet(request: HttpRequest, key: str) -> HttpResponse:
    """列管 the rows of a sheet: those that can be listed are, each other one is explained."""
    now, register = timezone.now(), _register(key)
    form = forms.SheetForm(request.POST or None, request.FILES or None)
    context: dict[str, Any] = {"form": form, "columns": registers.COLUMNS, "register": register}
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                good, found = registers.check(register, form.cleaned_data["sheet"], at=now)
                made = registers.take(good, by=_who(request), at=now) if good else 0
            except (CannotReadSheet, CannotTrack) as refusal:
                form.add_error("sheet", str(refusal))
            else:
                if not found.refused:
                    messages.success(request, _("已列管%(n)s件。") % {"n": made})
                    return HttpResponseRedirect(register.url)
                context |= {"made": made, "refused": found.refused, "unknown": found.unknown}
                status = 200 if made else 422
    return render(request, "tracking/sheet.html", context, status=status)


@requires(CONTROL)
def blank(request: HttpRequest, key: str, kind: str) -> HttpResponseBase:
    """An empty sheet to fill in."""
    register = _register(key)
    return downloads.sheet(kind, f"{register.key}-blank.{kind}", [str(one.label) for one in registers.COLUMNS], [])
