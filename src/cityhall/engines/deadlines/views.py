"""The calendar that the commission keeps: days off, make-up days, typhoon days with a preview."""

from __future__ import annotations

import calendar as months
from datetime import date

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from cityhall.foundation.clock import at, day_of
from cityhall.web.access import allowed, requires
from cityhall.web.context import language

from . import queries, rules, services
from .forms import ClosureForm, DayForm, TryForm
from .models import CalendarDay, Closure
from .rules import Limit, Unit

FIRST_YEAR = 2001


@requires("deadlines.calendar.read", "deadlines.calendar.manage")
def year(request: HttpRequest, year: int | None = None) -> HttpResponse:
    """A year month by month, with what differs from the weekdays."""
    today = day_of(timezone.now())
    shown = year or today.year
    if not FIRST_YEAR <= shown <= today.year + 20:
        raise Http404(_("行事曆從民國 90 年起，到 20 年後為止。"))
    known = queries.calendar()
    grid = [
        {
            "name": _("%(n)d月") % {"n": month} if language() != "en" else months.month_name[month],
            "weeks": [
                [_cell(day, month, known, today) for day in week]
                for week in months.Calendar(firstweekday=6).monthdatescalendar(shown, month)
            ],
        }
        for month in range(1, 13)
    ]
    form = TryForm(
        request.GET if "amount" in request.GET else None, initial={"day": today, "amount": 7, "unit": "WORKING_DAYS"}
    )
    found = None
    if form.is_bound and form.is_valid():
        cleaned = form.cleaned_data
        found = rules.due(at(cleaned["day"], cleaned["hour"]), Limit(cleaned["amount"], Unit(cleaned["unit"])), known)
    return render(
        request,
        "deadlines/year.html",
        {
            "year": shown,
            "roc": shown - 1911,
            "grid": grid,
            "weekdays": [_("日"), _("一"), _("二"), _("三"), _("四"), _("五"), _("六")],
            "known": known.knows(date(shown, 7, 1)),
            "named": CalendarDay.objects.filter(day__year=shown).exclude(name="").order_by("day"),
            "closures": Closure.objects.filter(starts_at__year__gte=shown - 1)[:50],
            "may_manage": allowed(request, "deadlines.calendar.manage"),
            "may_close": allowed(request, "deadlines.closures.manage"),
            "form": form,
            "found": found,
        },
    )


def _cell(day: date, month: int, known: rules.Calendar, today: date) -> dict[str, object]:
    why = known.why_not(day)
    return {
        "day": day,
        "outside": day.month != month,
        "off": why is not None,
        "name": (why[1] if why else "") or known.work.get(day, ""),
        "work": day in known.work,
        "closure": bool(why and why[0] is rules.Why.CLOSURE),
        "today": day == today,
    }


@requires("deadlines.closures.manage")
def closure(request: HttpRequest) -> HttpResponse:
    """Declare a typhoon day: first see which limits would move, then apply."""
    form = ClosureForm(request.POST or None)
    preview, status = None, 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            starts_at, ends_at = form.span()
            given = {
                "starts_at": starts_at,
                "ends_at": ends_at,
                "name": form.cleaned_data["name"],
                "stops_clock": form.cleaned_data["stops_clock"],
            }
            if "apply" in request.POST:
                done = services.apply_closure(
                    **given, source=form.cleaned_data["source"], by=request.user, at=timezone.now()
                )
                messages.success(request, _("已登錄「%(name)s」，受影響的期限都已順延。") % {"name": done.name})
                return HttpResponseRedirect(reverse("deadlines:calendar"))
            preview, status = services.preview_closure(**given), 200
    return render(request, "deadlines/closure.html", {"form": form, "preview": preview}, status=status)


@requires("deadlines.closures.manage")
@require_POST
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Take back a closure that was declared by mistake."""
    found = get_object_or_404(Closure, pk=pk)
    try:
        services.withdraw_closure(found, by=request.user, at=timezone.now())
        messages.success(request, _("已撤銷，期限恢復原來的日子。"))
    except services.CannotChangeClock as refusal:
        messages.error(request, refusal.sentence)
    return HttpResponseRedirect(reverse("deadlines:calendar"))


@requires("deadlines.calendar.manage")
def day(request: HttpRequest) -> HttpResponse:
    """Change one day of the calendar."""
    form = DayForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        cleaned = form.cleaned_data
        try:
            moved = services.set_day(
                day=cleaned["day"], kind=cleaned["kind"] or None, name=cleaned["name"], source=cleaned["source"],
                by=request.user, at=timezone.now(),
            )  # fmt: skip
        except services.CannotChangeClock as refusal:
            form.add_error("kind", refusal.sentence)
        else:
            messages.success(request, _("行事曆已更新，%(n)d 個期限跟著調整。") % {"n": len(moved)})
            return HttpResponseRedirect(reverse("deadlines:calendar_year", args=[cleaned["day"].year]))
    return render(request, "deadlines/day.html", {"form": form}, status=422 if form.errors else 200)
