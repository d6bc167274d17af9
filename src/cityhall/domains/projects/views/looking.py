"""The portfolio seen from elsewhere: on the map, on a line of days, beside last month and last year, and by what is asked of
other agencies.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cityhall.engines.audit import services as audit
from cityhall.engines.directory import queries as directory
from cityhall.engines.directory.models import Agency
from cityhall.engines.files import downloads
from cityhall.engines.milestones.models import CoordinationRequest
from cityhall.engines.milestones.rules import Light
from cityhall.foundation.clock import day_of
from cityhall.web import charts, maps
from cityhall.web.access import requires

from .. import comparing, forms, queries
from ..explaining import why
from ..models import Project
from ..queries import READ, Position
from . import finding
from .portfolio import filtered, is_filtered

A_PAGE = 50
BARS_A_PAGE = 30
MOST_TURNED = 30


# ---- the map ---------------------------------------------------------------------------------------------------------


@requires(READ)
def on_map(request: HttpRequest) -> HttpResponse:
    """列管計畫地圖: each project that has a place with its light, and a line for each district beside."""
    there = filtered(request, timezone.now())
    placed = [one for one in there.projects if one.project.lon is not None]
    context = {
        "form": there.form,
        "profile": there.profile,
        "profiles": finding.profiles(there.profile, "projects:map"),
        "filtered": is_filtered(request),
        "when": there.when,
        "map": _drawn(placed),
        "districts": _by_district(there.projects),
        "many": len(there.projects),
        "unplaced": len(there.projects) - len(placed),
    }
    return render(request, "projects/map.html", context)


def _drawn(placed: list[Position]) -> str:
    """The marks, those with the worst light last, so that nothing lies over them."""
    marks = [
        maps.Mark(
            [(lon, lat) for lon, lat in one.project.line or ()] or [(one.project.lon or 0.0, one.project.lat or 0.0)],
            one.light.value.lower() if one.light else "none",
        )
        for one in reversed(placed)
    ]
    return maps.marked(marks, about=_("%(n)s案列管計畫在本市的位置") % {"n": len(marks)}) if marks else ""


def _by_district(found: list[Position]) -> list[tuple[str, str, list[int], int]]:
    """District, how many by light (red, amber, green, none), and their total budget; the most red first."""
    lights = (Light.RED, Light.AMBER, Light.GREEN, None)
    lines: dict[str, tuple[list[int], int]] = {}
    for one in found:
        counts, budget = lines.get(one.project.district, ([0, 0, 0, 0], 0))
        counts[lights.index(one.light)] += 1
        lines[one.project.district] = counts, budget + one.project.total_budget
    shown = [
        (code, maps.area_name(code) or code or _("全市或不限地點"), counts, budget)
        for code, (counts, budget) in lines.items()
    ]
    return sorted(shown, key=lambda line: (-line[2][0], -line[2][1], -sum(line[2]), line[0]))


# ---- on a line of days -----------------------------------------------------------------------------------------------


@requires(READ)
def gantt(request: HttpRequest) -> HttpResponse:
    """列管計畫時程: a bar for each project, the worst light first, a page at a time."""
    there = filtered(request, timezone.now())
    drawable = [one for one in there.projects if queries.planned_span(one)]
    page = Paginator(drawable, BARS_A_PAGE).get_page(request.GET.get("page"))
    context = {
        "form": there.form,
        "profile": there.profile,
        "profiles": finding.profiles(there.profile, "projects:gantt"),
        "filtered": is_filtered(request),
        "when": there.when,
        "page": page,
        "many": len(there.projects),
        "without": len(there.projects) - len(drawable),
        "chart": _bars(page.object_list, there.when.day),
    }
    return render(request, "projects/gantt.html", context)


def _bars(found: Sequence[Position], day: date) -> charts.Chart | None:
    spans = []
    for one in found:
        planned = queries.planned_span(one)
        if planned is None or one.facts is None:
            continue
        number = one.project.number
        spans.append(
            charts.Span(
                one.project.plan.name, *planned, planned=one.planned, done=one.actual, ended=one.light is None,
                points=[charts.Checkpoint(point.name or point.code, point.planned_on, point.met_on)
                        for point in one.facts.milestones],
                stopped=[(stop.starts_on, min(stop.ends_on or day, day)) for stop in one.facts.stoppages],
                url=reverse("projects:project", args=[number]),
            )
        )  # fmt: skip
    if not spans:
        return None
    return charts.gantt(_("列管計畫時程"), spans, today=day, source=_("市政廳列管計畫紀錄"))


# ---- beside last month and last year ---------------------------------------------------------------------------------


@requires(READ)
def compare(request: HttpRequest) -> HttpResponse:
    """和上個月、去年同月比較: how many of each, and which projects turned red or are red no longer."""
    there = filtered(request, timezone.now(), compared=True)
    worse, better = comparing.turned(there.apart)
    context = {
        "form": there.form,
        "profile": there.profile,
        "profiles": finding.profiles(there.profile, "projects:compare"),
        "filtered": is_filtered(request),
        "when": there.when,
        "compared": comparing.of_portfolio(there.apart) if there.apart[0] else [],
        "moments": comparing.names(there.moments),
        "worse": [(one, why(one)) for one in worse[:MOST_TURNED]],
        "better": better[:MOST_TURNED],
        "many": (len(worse), len(better)),
    }
    return render(request, "projects/compare.html", context)


# ---- what is asked of other agencies ---------------------------------------------------------------------------------


def _asked(request: HttpRequest, at: datetime) -> tuple[forms.RequestFilter, QuerySet[CoordinationRequest]]:
    """Requests of one's own projects, and those that one's own agency is asked."""
    mine = Project.objects.filter(queries.within_rights(request.user, READ, at)).values("plan")
    reach = directory.reach(request.user, READ, at)
    rows = CoordinationRequest.objects.filter(Q(plan__in=mine) | Q(asked_of__in=reach.agencies))
    agencies = list(Agency.objects.filter(pk__in=rows.values("asked_of")).order_by("order", "code"))
    form = forms.RequestFilter(request.GET or None, agencies=agencies)
    wanted = form.cleaned_data if form.is_bound and form.is_valid() else {}
    match wanted.get("state", ""):
        case "settled":
            rows = rows.exclude(settled_on=None)
        case "all":
            pass
        case _:
            rows = rows.filter(settled_on=None)
    if wanted.get("agency"):
        rows = rows.filter(asked_of__code=wanted["agency"])
    rows = rows.filter(plan__project__isnull=False)
    return form, rows.select_related("plan__agency", "plan__project", "asked_of").order_by("asked_on", "pk")


@requires(READ)
def requests(request: HttpRequest) -> HttpResponse:
    """跨機關協調事項 of all projects, the oldest first."""
    now = timezone.now()
    form, rows = _asked(request, now)
    page = Paginator(rows, A_PAGE).get_page(request.GET.get("page"))
    here = Project.objects.filter(queries.within_rights(request.user, READ, now))
    seen = set(here.filter(plan__in=[row.plan_id for row in page.object_list]).values_list("plan_id", flat=True))
    context = {
        "form": form,
        "filtered": bool(request.GET),
        "page": page,
        "rows": [(row, row.plan_id in seen, waited(row, day_of(now))) for row in page.object_list],
        "chart": _waiting_by_agency(rows),
    }
    return render(request, "projects/requests.html", context)


def waited(row: CoordinationRequest, today: date) -> int:
    """How many days it took, or has taken."""
    return ((row.settled_on or today) - row.asked_on).days


def _waiting_by_agency(rows: QuerySet[CoordinationRequest]) -> charts.Chart | None:
    """How many open requests wait for each agency."""
    counted = rows.filter(settled_on=None, asked_of__isnull=False).order_by().values("asked_of").annotate(n=Count("pk"))
    numbers = {row["asked_of"]: row["n"] for row in counted}
    names = {one.pk: one.label for one in Agency.objects.filter(pk__in=numbers)}
    points = [
        charts.Point(names[key], n) for key, n in sorted(numbers.items(), key=lambda one: (-one[1], names[one[0]]))
    ]
    if len(points) < 2:
        return None
    return charts.horizontal_bars(
        _("各機關被請求協調、還沒解決的事項"), points[:15], unit=_("件"), source=_("市政廳列管計畫紀錄"), first_column=_("要協調的機關"),
    )  # fmt: skip


REQUEST_COLUMNS = (
    gettext_lazy("計畫編號"), gettext_lazy("計畫名稱"), gettext_lazy("主辦機關"), gettext_lazy("要協調的事"),
    gettext_lazy("要協調的機關"), gettext_lazy("提出日"), gettext_lazy("解決日"), gettext_lazy("怎麼解決"), gettext_lazy("天數"),
)  # fmt: skip


@requires(READ)
def export_requests(request: HttpRequest, kind: str) -> HttpResponseBase:
    """The same as CSV, ODS or XLSX; written down."""
    now = timezone.now()
    _form, rows = _asked(request, now)
    audit.record("projects.exported", None, by=request.user, at=now, new={"requests": True, "kind": kind})
    return downloads.sheet(
        kind, f"project-requests.{kind}", [str(one) for one in REQUEST_COLUMNS], _request_cells(rows, day_of(now))
    )


def _request_cells(rows: QuerySet[CoordinationRequest], today: date) -> Iterator[list[Any]]:
    for row in rows:
        yield [
            row.plan.project.number, row.plan.name, row.plan.agency.label, row.matter,
            row.asked_of.label if row.asked_of else "", row.asked_on, row.settled_on, row.settled_how, waited(row, today),
        ]  # fmt: skip
