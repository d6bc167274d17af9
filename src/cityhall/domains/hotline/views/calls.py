"""The desk's pages of 1999: the calls, and what is counted of them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from cityhall.engines.audit import services as audit
from cityhall.engines.figures import asking
from cityhall.engines.files import downloads
from cityhall.engines.rules.queries import parameter
from cityhall.foundation.clock import day_of
from cityhall.foundation.period import Period
from cityhall.web import charts
from cityhall.web.access import allowed, requires

from .. import parameters, performance, queries
from ..forms.calls import WITHOUT, CallFilter
from ..models import Call, CallQuerySet
from ..performance import Performance
from ..queries import Limits, Slice
from ..states import Outcome, Topic

TONES = {Outcome.ABANDONED: "red", Outcome.TIMED_OUT: "red", Outcome.LEFT_BY_KEY: "amber", Outcome.OPEN: "blue"}


def _filtered(request: HttpRequest) -> tuple[CallFilter, CallQuerySet]:
    form, rows = CallFilter(request.GET or None), Call.objects.all()
    if form.is_bound and form.is_valid():
        wanted = form.cleaned_data
        rows = rows.within(wanted["first"], wanted["last"])
        if wanted["outcome"]:
            rows = rows.filter(outcome=wanted["outcome"])
        if wanted["topic"]:
            rows = rows.filter(topic="" if wanted["topic"] == WITHOUT else wanted["topic"])
        if wanted["topic"] == WITHOUT:
            rows = rows.operator()
        if wanted["queue"]:
            rows = rows.filter(queue__code=wanted["queue"])
        if wanted["agent"]:
            rows = rows.filter(agent__code=wanted["agent"])
    return form, rows.select_related("queue", "agent").defer("events").order_by("-entered_at", "-id")


@requires(queries.READ)
def index(request: HttpRequest) -> HttpResponse:
    """The calls, the newest first."""
    form, rows = _filtered(request)
    page = Paginator(rows, 50).get_page(request.GET.get("page"))
    for row in page.object_list:
        row.tone = TONES.get(Outcome(row.outcome), "")
    context = {
        "form": form,
        "page": page,
        "filtered": bool(request.GET),
        "may_export": allowed(request, queries.EXPORT),
        "may_statistics": allowed(request, queries.STATISTICS),
    }
    return render(request, "hotline/calls.html", context, status=422 if form.is_bound and form.errors else 200)


COLUMNS = (
    gettext_lazy("進線日"), gettext_lazy("進線時間"), gettext_lazy("話務群組"), pgettext_lazy("call", "結果"),
    gettext_lazy("等候秒數"), gettext_lazy("通話秒數"), gettext_lazy("話務席"), gettext_lazy("轉接分機"), gettext_lazy("服務項目"),
)  # fmt: skip


@requires(queries.EXPORT)
def export(request: HttpRequest, kind: str) -> HttpResponseBase:
    """The filtered calls as CSV, ODS or XLSX; nothing in it tells who called. Written down."""
    now = timezone.now()
    _form, rows = _filtered(request)
    audit.record("hotline.exported", None, by=request.user, at=now, new={"rows": rows.count(), "kind": kind})
    name = f"calls-{timezone.localtime(now):%Y%m%d-%H%M}.{kind}"
    return downloads.sheet(kind, name, [str(one) for one in COLUMNS], _cells(rows))


def _cells(rows: CallQuerySet) -> Iterator[list[Any]]:
    for row in rows.iterator(chunk_size=1000):
        yield [
            row.entered_on, f"{timezone.localtime(row.entered_at):%H:%M:%S}", str(row.queue or ""),
            row.get_outcome_display(), row.wait_s, row.talk_s, str(row.agent or ""), row.moved_to, row.get_topic_display(),
        ]  # fmt: skip


# ---- what is counted -------------------------------------------------------------------------------------------------


@requires(queries.STATISTICS)
def statistics(request: HttpRequest) -> HttpResponse:
    """Three definitions of the service level beside each other, the day's profile and the months."""
    now = timezone.now()
    period, problem = _period_asked(request, now)
    limit = queries.limits(period.state_day)
    counted = Call.objects.counted(period)
    asked = counted.operator()
    tally = queries.tally(asked, limit)
    context: dict[str, Any] = {
        "performance": performance.of_period(asked, period, talked=tally.talked, now=now) if tally.offered else None,
        "repeat_hours": parameter("hotline.repeat_hours", period.state_day or parameters.SINCE).value,
        "resolved_days": parameter("hotline.resolved_days", period.state_day or parameters.SINCE).value,
        "period": period,
        "problem": problem,
        "limit": limit,
        "tally": tally,
        "menu": counted.menu().count(),
        "topics": _topics(asked),
        "presets": asking.presets(period, at=now),
        "from_choices": asking.month_choices(period.first_day, at=now, ends=False),
        "to_choices": asking.month_choices(period.last_day, at=now, ends=True),
        "may_read": allowed(request, queries.READ),
    }
    context["charts"] = _charts(asked, limit, context["performance"]) if tally.offered else []
    return render(request, "hotline/statistics.html", context, status=400 if problem else 200)


def _period_asked(request: HttpRequest, now: datetime) -> tuple[Period, str]:
    """The period asked for, up to today; a year and this month where nothing is asked, with the problem if unreadable."""
    today = day_of(now)
    usual = Period(today.replace(year=today.year - 1, day=1), today)
    first, last = request.GET.get("from", ""), request.GET.get("to", "")
    if not first and not last:
        return usual, ""
    try:
        return asking.period_of(first, last, at=now).until(today), ""
    except asking.CannotReadPeriod as refused:
        return usual, refused.sentence


def _topics(asked: CallQuerySet) -> list[tuple[str, int, float]]:
    """Name, calls and share of the calls with a topic, in the order of the report."""
    found = queries.by_topic(asked)
    told = sum(number for code, number in found.items() if code)
    return [
        (str(topic.label), found.get(topic.value, 0), 100 * found.get(topic.value, 0) / told) for topic in Topic if told
    ]


def _charts(asked: CallQuerySet, limit: Limits, found: Performance) -> list[charts.Chart]:
    """How the calls spread over the day, and over the months."""
    source = _("交換機的話務紀錄，依進線時間")
    halves = queries.by_half_hour(asked, limit)
    drawn = [
        charts.bars(
            _("一天當中每半小時的來電"), [charts.Point(_clock(one), one.offered) for one in halves],
            unit=_("通"), source=source, first_column=_("半小時"),
        ),
        charts.bars(
            _("一天當中每半小時的及時接聽率"),
            [charts.Point(_clock(one), round(one.share, 1)) for one in halves if one.share is not None],
            unit="%", source=source, first_column=_("半小時"),
        ),
    ]  # fmt: skip
    if found.agents_by_half_hour:
        there = enumerate(found.agents_by_half_hour)
        drawn.append(
            charts.bars(
                _("一天當中每半小時平均有幾席可接聽"),
                [charts.Point(f"{n // 2:02}:{n % 2 * 30:02}", round(many, 1)) for n, many in there],
                unit=_("席"), source=_("交換機的值機紀錄，登入減暫停"), first_column=_("半小時"),
            )
        )  # fmt: skip
    months = queries.by_month(asked)
    if len(months) > 1:
        drawn.append(
            charts.bar_by_month(_("每月要求話務人員應答的來電"), months, unit=_("通"), source=source, average=False)
        )
    return drawn


def _clock(one: Slice) -> str:
    return f"{one.number // 2:02}:{one.number % 2 * 30:02}"
