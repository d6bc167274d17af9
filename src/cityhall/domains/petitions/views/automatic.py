"""自動派案監看: how automatic dispatch does, what is behind each number, the switch, and the precision agencies ask for."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cityhall.engines.audit import services as audit
from cityhall.engines.directory.models import Agency
from cityhall.engines.files import downloads
from cityhall.engines.idempotency.acting import act_page
from cityhall.engines.idempotency.views import form_once
from cityhall.engines.rules.queries import parameter
from cityhall.foundation.clock import day_of
from cityhall.foundation.period import NotAPeriod, Period
from cityhall.web import charts
from cityhall.web.access import allowed, requires
from cityhall.web.dates import as_date

from .. import queries, watching
from ..forms import learning as forms
from ..models import Category, DispatchDecision, DispatchSetting
from ..services import automatic
from ..services.automatic import CannotSwitch
from ..services.reviewing import monday
from ..states import CategorySource, SettingKind
from ..trust import Precision, is_right

READ = "petitions.automatic.read"
MANAGE = "petitions.automatic.manage"
WEEKS = (4, 13, 26, 52)
PAGE = 50
MEASURES = {
    "decided": gettext_lazy("進來的案件"),
    "automatic": gettext_lazy("自動派案"),
    "right": gettext_lazy("派對"),
    "wrong": gettext_lazy("派錯"),
    "corrected": gettext_lazy("人員改派或改類別"),
    "returned": gettext_lazy("機關退回改分"),
    "sampled": gettext_lazy("抽查過"),
}


# ---- the page --------------------------------------------------------------------------------------------------------


def _weeks(request: HttpRequest) -> int:
    asked = request.GET.get("weeks", "")
    return int(asked) if asked.isdecimal() and int(asked) in WEEKS else WEEKS[1]


def _period(request: HttpRequest, now: datetime) -> Period:
    """So many weeks, whole ones and the one that runs, up to today."""
    today = day_of(now)
    return Period(monday(today) - timedelta(weeks=_weeks(request) - 1), today)


def _by(request: HttpRequest) -> str:
    by = request.GET.get("by", "")
    return by if by in watching.DIMENSIONS else "agency"


@requires(READ)
def watch(request: HttpRequest) -> HttpResponse:
    """Share, precision, calibration, corrections and drift; every number opens its petitions."""
    now = timezone.now()
    period, by = _period(request, now), _by(request)
    table = watching.table(queries.visible_to(request.user, now), period, by)
    names = _names(by, [line.part for line in table.lines])
    for line in table.lines:
        line.label = names.get(line.part) or _("沒有決定")
    table.total.label = _("合計")
    settings = automatic.settings()
    day = day_of(now)
    window = parameter("petitions.auto_window", on=day).value
    since = settings.switch.at if settings.switch else None
    drift = watching.drift(period)
    context = {
        "table": table,
        "rows": [_row(line, table) for line in table.lines],
        "total": _row(table.total, table),
        "dimensions": watching.DIMENSIONS.values(),
        "weeks": _weeks(request),
        "week_choices": WEEKS,
        "charts": _charts(table, now),
        "settings": settings,
        "floor": parameter("petitions.auto_floor_percent", on=day).value,
        "window": window,
        "lately": _shown(watching.lately(window, since=since)),
        "sampled": _shown(watching.sampled(window, since=since)),
        "calibration": watching.calibration(period),
        "drift": drift,
        "grew": [(_names("category", [code])[code], was, is_now) for code, was, is_now in drift.grew] if drift else [],
        "manages": allowed(request, MANAGE),
        "may_rules": allowed(request, "petitions.rules.manage"),
        "asks": [(one, settings.percents[one.code]) for one in forms.agencies_that_ask(list(settings.percents))],
        "usual": automatic.usual_percent(now),
        "history": DispatchSetting.objects.filter(kind=SettingKind.SWITCH).select_related("by")[:10],
    }
    return render(request, "petitions/desk/automatic/watch.html", context)


def _shown(precision: Precision) -> dict[str, Any]:
    """Numbers for a template: right, of how many, the share and its interval."""
    return {"right": precision.right, "of": precision.of, "share": precision.share, "between": precision.between}


def _names(by: str, codes: list[str]) -> dict[str, str]:
    known = [code for code in codes if code]
    match by:
        case "agency":
            return {one.code: one.label for one in Agency.objects.filter(code__in=known)}
        case "category":
            return {one.code: one.label for one in Category.objects.filter(code__in=known)}
    return {code: str(CategorySource(code).label) for code in known}


def _row(line: watching.Line, table: watching.Table) -> dict[str, Any]:
    part = {"by": table.dimension.code, "part": line.part} if line is not table.total else {}

    def cell(measure: str, number: int) -> tuple[int, str, str]:
        asked = {"measure": measure, "period": table.period.spec, **part}
        return number, f"{reverse('petitions:watch_rows')}?{urlencode(asked)}", str(MEASURES[measure])

    return {
        "line": line,
        "cells": [
            cell("decided", line.decided), cell("automatic", line.automatic), cell("wrong", line.wrong),
            cell("corrected", line.corrected), cell("returned", line.returned),
        ],
        "share": line.share,
        "precision": _shown(line.precision),
        "right": cell("right", line.right),
        "sample": _shown(line.sample),
        "sampled": cell("sampled", line.sampled),
    }  # fmt: skip


def _charts(table: watching.Table, now: datetime) -> list[charts.Chart]:
    """The samples' precision week by week with its interval, how many went by themselves, and who got what wrong."""
    source = _("市政廳派案紀錄")
    first = table.period.first_day
    drawn = []
    weeks = watching.sample_weeks(first) if first else []
    if weeks:
        points = [
            charts.Range(_week(week), one.share or 0.0, *(one.between or (0.0, 0.0))) for week, one in weeks if one.of
        ]
        floor = float(parameter("petitions.auto_floor_percent", on=day_of(now)).value)
        drawn.append(
            charts.ranges(
                _("每週抽查的正確率，與它可能的範圍"), points, unit="%", source=_("每週抽查"), bound=floor,
                bound_label=_("低於%(floor)d%%就停用") % {"floor": floor}, first_column=_("週"),
            )
        )  # fmt: skip
    if len(table.weeks) > 1:
        many = [(_week(week), line.automatic) for week, line in table.weeks.items()]
        drawn.append(charts.bars(_("每週自動派案幾件"), many, unit=_("件"), source=source, first_column=_("週")))
    worst = [(line.label, line.wrong) for line in table.lines if line.wrong][:8]
    if worst:
        worst.sort(key=lambda one: -one[1])
        drawn.append(
            charts.horizontal_bars(
                _("派錯最多的"), worst, unit=_("件"), source=source, first_column=str(table.dimension.label)
            )
        )
    return drawn


def _week(day: date) -> str:
    """The Monday of a week, short."""
    return f"{day.month}/{day.day}"


# ---- behind a number -------------------------------------------------------------------------------------------------


def _asked_rows(request: HttpRequest, now: datetime) -> tuple[str, Period, str, str, QuerySet[DispatchDecision]]:
    measure, by, part = (request.GET.get(name, "") for name in ("measure", "by", "part"))
    measure = measure or "automatic"
    asked = request.GET.get("period", "")
    try:
        period = Period.parse(asked) if asked else _period(request, now)
        if by and by not in watching.DIMENSIONS:
            raise KeyError(by)
        if period.first_day is None or period.last_day is None:
            raise KeyError("period")
        rows = watching.behind(queries.visible_to(request.user, now), period, measure, by=by, part=part)
    except (NotAPeriod, KeyError, ValueError):
        raise Http404 from None
    return measure, period, by, part, rows


@requires(READ)
def watch_rows(request: HttpRequest) -> HttpResponse:
    """The petitions that a number counts, each with what the machine decided and what people said."""
    now = timezone.now()
    measure, period, by, part, rows = _asked_rows(request, now)
    rows = rows.select_related("petition__case", "category", "agency").order_by("-at", "-pk")
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    name = (_names(by, [part]).get(part) or _("沒有決定")) if by else ""
    context = {
        "page": page,
        "title": MEASURES[measure],
        "name": name,
        "period": period,
        "rows": [(one, _word(one)) for one in page.object_list],
    }
    return render(request, "petitions/desk/automatic/rows.html", context)


def _word(decision: DispatchDecision) -> tuple[str, str]:
    """What people said of a dispatch, in words, and the tone."""
    if not decision.automatic:
        return _("由分文人員派案"), "grey"
    row = {name: getattr(decision, name) for name in watching.WORDS}
    right = is_right(watching.said(row))
    if right is None:
        return _("還沒有人說"), "grey"
    if right:
        return (_("抽查：派對了"), "") if row["reviewed"] else (_("機關已受理"), "")
    if row["reviewed"]:
        return _("抽查：派錯了"), "red"
    return (_("人員改派"), "red") if row["corrected"] else (_("機關退回"), "red")


@requires(READ)
def watch_export(request: HttpRequest, kind: str) -> HttpResponseBase:
    """The table, or the petitions behind one number, as CSV, ODS or XLSX; that it left is written down."""
    now = timezone.now()
    if "measure" in request.GET:
        return _export_rows(request, kind, now)
    period, by = _period(request, now), _by(request)
    table = watching.table(queries.visible_to(request.user, now), period, by)
    names = _names(by, [line.part for line in table.lines])
    audit.record(
        "petition.watch_exported", None, by=request.user, at=now, new={"by": by, "period": period.spec, "kind": kind}
    )
    headings = [
        str(table.dimension.label), *(str(MEASURES[one]) for one in ("decided", "automatic", "right", "wrong")),
        _("正確率"), _("正確率下限"), _("正確率上限"), str(MEASURES["corrected"]), str(MEASURES["returned"]),
        str(MEASURES["sampled"]), _("抽查派對"),
    ]  # fmt: skip

    def cells() -> Iterator[list[Any]]:
        for line in (*table.lines, table.total):
            label = _("合計") if line is table.total else names.get(line.part) or _("沒有決定")
            low, high = line.precision.between or (None, None)
            share = line.precision.share
            yield [
                label, line.decided, line.automatic, line.right, line.wrong,
                *(round(one, 1) if one is not None else None for one in (share, low, high)), line.corrected,
                line.returned, line.sampled, line.sampled_right,
            ]  # fmt: skip

    return downloads.sheet(kind, f"automatic-dispatch-{by}-{period.spec}.{kind}", headings, cells())


def _export_rows(request: HttpRequest, kind: str, now: datetime) -> HttpResponseBase:
    measure, period, by, part, rows = _asked_rows(request, now)
    audit.record(
        "petition.watch_exported", None, by=request.user, at=now,
        new={"measure": measure, "by": by, "part": part, "period": period.spec, "kind": kind},
    )  # fmt: skip
    headings = [
        _("案件編號"), _("派案時間"), _("類別"), _("機關"), _("由誰判定類別"), _("模型說的機率"), _("字詞模型版次"), _("結果"),
    ]  # fmt: skip

    def cells() -> Iterator[list[Any]]:
        found = rows.select_related("petition__case", "category", "agency").order_by("-at", "-pk")
        for one in found.iterator(chunk_size=1000):
            yield [
                one.petition.case.number, timezone.localtime(one.at).replace(tzinfo=None),
                one.category.label if one.category else "", one.agency.label if one.agency else "",
                one.get_source_display(), one.stated, one.model_version, _word(one)[0],
            ]  # fmt: skip

    return downloads.sheet(kind, f"automatic-dispatch-{measure}-{period.spec}.{kind}", headings, cells())


# ---- the switch ------------------------------------------------------------------------------------------------------


def _back() -> tuple[str, str]:
    return reverse("petitions:watch"), _("自動派案監看")


@requires(MANAGE)
@form_once
def stop(request: HttpRequest) -> HttpResponse:
    """Turn automatic dispatch off, at once."""

    def do(given: dict[str, Any]) -> str:
        automatic.stop(reason=given["reason"], by=request.user, at=timezone.now())
        return _("已停用。新的案件由分文人員派案，建議仍會列出。")

    back = _back()
    return act_page(
        request, form=forms.StopForm(request.POST or None), title=_("停用自動派案"), button=_("停用"), do=do, back=back,
        to=back[0], refused=CannotSwitch, lead=_("立刻生效：規則與字詞模型只提建議，每一件都由分文人員派。已經派出的不變。"),
    )  # fmt: skip


@requires(MANAGE)
@form_once
def restart(request: HttpRequest) -> HttpResponse:
    """Turn it on again, with a reason."""

    def do(given: dict[str, Any]) -> str:
        automatic.restart(reason=given["reason"], by=request.user, at=timezone.now())
        return _("已恢復自動派案。")

    back = _back()
    settings = automatic.settings()
    summary = []
    if settings.switch is not None and not settings.on:
        by = settings.switch.by.name if settings.switch.by else _("系統")
        summary = [
            (_("為什麼停用"), settings.switch.reason),
            (_("誰停用的"), f"{by}　{as_date(day_of(settings.switch.at))}"),
        ]
    return act_page(
        request, form=forms.RestartForm(request.POST or None), title=_("恢復自動派案"), button=_("恢復"), do=do, back=back,
        to=back[0], refused=CannotSwitch, summary=summary,
        lead=_("之後的正確率從現在重新算起。停用期間進來的案件仍由分文人員派。"),
    )  # fmt: skip


@requires(MANAGE)
@form_once
def precision(request: HttpRequest) -> HttpResponse:
    """Which precision an agency asks for."""
    now = timezone.now()
    usual = automatic.usual_percent(now)

    def do(given: dict[str, Any]) -> str:
        automatic.ask_precision(
            given["agency"], given["percent"], reason=given["reason"], by=request.user, at=timezone.now()
        )
        return _("已儲存，之後進來的案件適用。")

    back = _back()
    form = forms.PrecisionForm(
        request.POST or None, on=day_of(now), usual=usual, initial={"agency": request.GET.get("agency", "")}
    )
    return act_page(
        request, form=form, title=_("機關要求的正確率"), button=_("儲存"), do=do, back=back, to=back[0],
        refused=CannotSwitch,
        lead=_("有的機關寧可多看幾件，也不要收到派錯的。門檻由字詞模型沒看過的案件算出來。"),
    )  # fmt: skip
