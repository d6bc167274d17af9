"""排班建議: the coming days by half hour, with what they rest on; also as a sheet."""

from __future__ import annotations

from datetime import date, timedelta

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cityhall.engines.audit import services as audit
from cityhall.engines.files import downloads
from cityhall.foundation.clock import day_of
from cityhall.web import charts
from cityhall.web.access import requires

from .. import staffing
from ..forecast import Way
from ..queries import STAFFING
from ..staffing import Advice

DAYS = 14
WAYS = {Way.LAST_WEEK: gettext_lazy("和上週同一天相同"), Way.WEEKS: gettext_lazy("最近幾週的平均，越近越重")}


def _days(today: date) -> list[date]:
    return [today + timedelta(days=n) for n in range(1, DAYS + 1)]


@requires(STAFFING)
def index(request: HttpRequest) -> HttpResponse:
    """One coming day with its half hours; the days beside it."""
    today = day_of(timezone.now())
    coming = _days(today)
    asked = request.GET.get("day", "")
    day = next((one for one in coming if one.isoformat() == asked), coming[0])
    shown = staffing.advice([day], today=today)[0]
    context = {
        "shown": shown,
        "days": coming,
        "ways": [(WAYS[way], shown.errors[way], way is shown.way) for way in Way],
        "charts": _charts(shown) if shown.halves else [],
    }
    return render(request, "hotline/staffing.html", context)


def _charts(shown: Advice) -> list[charts.Chart]:
    source = _("過去的來電，與Erlang C公式")
    return [
        charts.bars(
            _("每半小時要排幾人"), [charts.Point(one.clock, one.rostered) for one in shown.halves], unit=_("人"),
            source=source, first_column=_("半小時"),
        ),
        charts.bars(
            _("每半小時預測的來電"), [charts.Point(one.clock, round(one.calls, 1)) for one in shown.halves], unit=_("通"),
            source=source, first_column=_("半小時"),
        ),
    ]  # fmt: skip


COLUMNS = (
    gettext_lazy("日期"), gettext_lazy("半小時"), gettext_lazy("預測來電"), gettext_lazy("話務量（erlang）"),
    gettext_lazy("線上要幾席"), gettext_lazy("要排幾人"), gettext_lazy("預期及時接聽率"),
)  # fmt: skip


@requires(STAFFING)
def export(request: HttpRequest, kind: str) -> HttpResponseBase:
    """All coming days as CSV, ODS or XLSX. Written down."""
    now = timezone.now()
    today = day_of(now)
    rows = [
        [one.day, half.clock, round(half.calls, 1), round(half.load, 2), half.agents, half.rostered,
         "" if half.level is None else round(half.level, 1)]
        for one in staffing.advice(_days(today), today=today) for half in one.halves
    ]  # fmt: skip
    audit.record("hotline.staffing_exported", None, by=request.user, at=now, new={"rows": len(rows), "kind": kind})
    return downloads.sheet(kind, f"staffing-{today:%Y%m%d}.{kind}", [str(one) for one in COLUMNS], rows)
