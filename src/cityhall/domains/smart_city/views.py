"""智慧城市 at the desk: the programme by facet, a sub-project's indicators, awards with their evidence."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from cityhall.domains.projects.public import CONTROL, READ, REPORT, may, moment, positions, within_rights
from cityhall.engines.audit import services as audit
from cityhall.engines.directory.models import Agency
from cityhall.engines.files import downloads
from cityhall.engines.files import queries as files
from cityhall.engines.files.services import CannotStoreFile
from cityhall.engines.idempotency.acting import act_page
from cityhall.engines.idempotency.views import form_once
from cityhall.foundation.clock import day_of
from cityhall.foundation.period import Period
from cityhall.web import charts
from cityhall.web.access import allowed, requires

from . import forms, queries, services
from .models import Award, Evidence, SubProject
from .queries import FacetLines, Measured
from .refusals import CannotRecord
from .states import AwardStage, Factor, ValueKind

# ---- the programme ---------------------------------------------------------------------------------------------------


def _mine(request: HttpRequest, act: str, at: datetime) -> Any:
    """The sub-projects of the year for which somebody may do an act."""
    today = day_of(at)
    rows = queries.subprojects(Period(today.replace(month=1, day=1), today))
    return rows.filter(within_rights(request.user, act, at)).select_related("plan__agency", "plan__unit")


def _programme(request: HttpRequest, at: datetime) -> tuple[forms.ProgrammeFilter, list[FacetLines]]:
    """The sub-projects that somebody may see, as narrowed by the form, by facet."""
    mine, today = _mine(request, READ, at), day_of(at)
    agencies = Agency.objects.filter(pk__in=mine.values("plan__agency")).order_by("order", "code")
    form, rows = forms.ProgrammeFilter(request.GET or None, agencies=agencies), mine
    if form.is_bound and form.is_valid():
        wanted = form.cleaned_data
        if wanted["q"]:
            rows = rows.filter(Q(number__icontains=wanted["q"].strip()) | Q(plan__name__icontains=wanted["q"].strip()))
        rows = rows.filter(facets__facet=wanted["facet"]) if wanted["facet"] else rows
        rows = rows.filter(plan__agency__code=wanted["agency"]) if wanted["agency"] else rows
    there: dict[int, SubProject] = {one.pk: one for one in rows}
    found = queries.measured(there, queries.years(today), today)
    return form, queries.by_facet(positions(there.values(), moment(None, today)), there, found, today.year)


@requires(READ)
def programme(request: HttpRequest) -> HttpResponse:
    """Each facet with its sub-projects: how far they are, and which indicators are where they should be."""
    now = timezone.now()
    form, sides = _programme(request, now)
    context = {
        "form": form,
        "filtered": bool(request.GET),
        "sides": [one for one in sides if one.lines],
        "many": sum(len(one.lines) for one in sides),
        "charts": _charts(sides),
        "controls": allowed(request, CONTROL),
    }
    return render(request, "smart_city/programme.html", context)


def _charts(sides: list[FacetLines]) -> list[charts.Chart]:
    """How far each facet is, beside its plan; and the share of its indicators that are where they should be."""
    source = _("市政廳智慧城市子計畫")
    bars = [
        charts.Point(f"{side.facet.label}　{name}", value)
        for side in sides
        for name, value in ((_("預定"), side.planned), (_("實際"), side.actual))
        if value is not None
    ]
    reached = [charts.Point(str(side.facet.label), round(100 * side.met / side.due)) for side in sides if side.due]
    found = []
    if len(bars) > 1:
        found.append(
            charts.horizontal_bars(
                _("各面向的平均進度，預定與實際"), bars, unit="%", source=source, first_column=_("面向")
            )
        )
    if len(reached) > 1:
        found.append(
            charts.horizontal_bars(
                _("到今年應達成的指標，已經達成的比率"), reached, unit="%", source=source, first_column=_("面向")
            )
        )
    return found


COLUMNS = (
    gettext_lazy("計畫編號"), gettext_lazy("子計畫"), gettext_lazy("面向"), gettext_lazy("執行機關"), gettext_lazy("預定進度"),
    gettext_lazy("實際進度"), pgettext_lazy("indicator", "指標"), gettext_lazy("年度"), pgettext_lazy("indicator", "單位"),
    pgettext_lazy("indicator", "目標值"), pgettext_lazy("indicator", "實際值"),
)  # fmt: skip


@requires(READ)
def export(request: HttpRequest, kind: str) -> HttpResponseBase:
    """The filtered sub-projects with their indicators, a row a year, as CSV, ODS or XLSX; written down."""
    now = timezone.now()
    _form, sides = _programme(request, now)
    many = sum(len(one.lines) for one in sides)
    audit.record("smart_city.exported", None, by=request.user, at=now, new={"rows": many, "kind": kind})
    return downloads.sheet(kind, f"smart-city.{kind}", [str(one) for one in COLUMNS], _cells(sides, day_of(now)))


def _cells(sides: list[FacetLines], today: Any) -> Iterator[list[Any]]:
    keys = [line.project.pk for side in sides for line in side.lines]
    found = queries.measured(keys, queries.years(today), today)
    for side in sides:
        for line in side.lines:
            row = [
                line.project.number, line.project.plan.name, str(side.facet.label), line.project.plan.agency.label,
                line.position.planned, line.position.actual,
            ]  # fmt: skip
            years = [
                [one.indicator.name, year.year, one.indicator.unit, year.planned, year.reached]
                for one in found.get(line.project.pk, []) for year in one.years
                if year.planned is not None or year.reached is not None
            ]  # fmt: skip
            for rest in years or [[""] * 5]:
                yield [*row, *rest]


# ---- a sub-project ---------------------------------------------------------------------------------------------------


def _sub_project(request: HttpRequest, number: str, act: str, at: datetime) -> SubProject:
    """The sub-project, for those who may do an act on it; for others it does not exist."""
    rows = SubProject.objects.filter(within_rights(request.user, act, at))
    return get_object_or_404(rows.select_related("plan__agency", "plan__unit"), number=number)


def _measured(project: SubProject, at: datetime) -> list[Measured]:
    today = day_of(at)
    return queries.measured([project.pk], queries.years(today), today).get(project.pk, [])


@requires(READ)
def sub_project(request: HttpRequest, number: str) -> HttpResponse:
    """A sub-project's indicators by year."""
    now = timezone.now()
    project = _sub_project(request, number, READ, now)
    found = _measured(project, now)
    evidence = Evidence.objects.filter(project=project, withdrawn_on=None).select_related("award")
    context = {
        "one": project,
        "years": list(queries.years(day_of(now))),
        "indicators": found,
        "evidence": evidence.order_by("-award__year", "factor", "pk"),
        "controls": allowed(request, CONTROL),
        "reports": may(request.user, REPORT, project, now) or allowed(request, CONTROL),
    }
    return render(request, "smart_city/sub_project.html", context)


@requires(CONTROL)
@form_once
def add_indicator(request: HttpRequest, number: str) -> HttpResponse:
    """Another indicator of a sub-project."""
    now = timezone.now()
    project = _sub_project(request, number, CONTROL, now)
    form = forms.IndicatorForm(request.POST if request.method == "POST" else None, years=queries.years(day_of(now)))

    def do(given: dict[str, Any]) -> str:
        services.add_indicator(
            project, name=given["name"], unit=given["unit"], lower=given["lower"] == "lower", planned=form.values(),
            by=request.user, at=now,
        )  # fmt: skip
        return _("已新增指標。")

    here = reverse("smart_city:sub_project", args=[number])
    return act_page(
        request, form=form, title=_("新增子計畫指標"), button=_("新增"), do=do, back=(here, project.plan.name), to=here,
        refused=CannotRecord, lead=_("每個年度的目標值；沒有目標的年度不必填。"),
    )  # fmt: skip


@requires(REPORT, CONTROL)
@form_once
def values(request: HttpRequest, number: str, n: int) -> HttpResponse:
    """登錄 what was reached; the commission may change what is planned."""
    now = timezone.now()
    plans = allowed(request, CONTROL)
    project = _sub_project(request, number, CONTROL if plans else REPORT, now)
    found = next((one for one in _measured(project, now) if one.indicator.n == n), None)
    if found is None:
        raise Http404
    posted = request.POST if request.method == "POST" else None
    form = forms.ValuesForm(
        posted, indicator=found.indicator, known=found.years, plans=plans, initial={"kind": ValueKind.REACHED.value}
    )

    def do(given: dict[str, Any]) -> str:
        kind = ValueKind(given.get("kind") or ValueKind.REACHED)
        made = services.set_values(
            found.indicator, kind=kind, values=form.values(), note=given["note"], by=request.user, at=now
        )
        return _("已登錄%(n)s個年度的數值。") % {"n": len(made)}

    here = reverse("smart_city:sub_project", args=[number])
    return act_page(
        request, form=form, title=_("登錄指標數值"), button=_("登錄"), do=do, back=(here, project.plan.name), to=here,
        refused=CannotRecord, summary=[(pgettext_lazy("indicator", "指標"), found.indicator.name)],
    )  # fmt: skip


# ---- awards ----------------------------------------------------------------------------------------------------------


@requires(READ)
def awards(request: HttpRequest) -> HttpResponse:
    """The awards, the newest first, with what came of each round."""
    rows = Award.objects.prefetch_related("results")
    context = {"rows": rows, "controls": allowed(request, CONTROL)}
    return render(request, "smart_city/awards.html", context)


@requires(CONTROL)
@form_once
def enter_award(request: HttpRequest) -> HttpResponse:
    """An award that the city competes for."""
    now = timezone.now()
    year = day_of(now).year
    posted = request.POST if request.method == "POST" else None
    form = forms.AwardForm(posted, years=range(year + 1, year - 10, -1), initial={"year": year})

    def do(given: dict[str, Any]) -> str:
        services.enter_award(**given, by=request.user, at=now)
        return _("已登錄評比。")

    here = reverse("smart_city:awards")
    return act_page(
        request, form=form, title=_("登錄智慧城市評比"), button=_("登錄"), do=do, back=(here, _("智慧城市評比")), to=here,
        refused=CannotRecord,
    )  # fmt: skip


@requires(READ)
def award(request: HttpRequest, reference: uuid.UUID) -> HttpResponse:
    """An award: its rounds, and the evidence by factor."""
    one = get_object_or_404(Award, reference=reference)
    rows = list(one.evidence.filter(withdrawn_on=None).select_related("project__plan__agency").order_by("pk"))
    factors = [
        (factor, [(row, list(files.of(row))) for row in rows if row.factor == factor]) for factor in Factor
    ]  # fmt: skip
    results = {row.stage: row for row in one.results.all()}
    context = {
        "one": one,
        "stages": [(stage.label, results.get(stage)) for stage in AwardStage],
        "factors": factors,
        "chart": _by_factor(factors),
        "controls": allowed(request, CONTROL),
        "adds": allowed(request, REPORT) or allowed(request, CONTROL),
    }
    return render(request, "smart_city/award.html", context)


def _by_factor(factors: list[tuple[Factor, list[Any]]]) -> charts.Chart | None:
    points = [charts.Point(str(factor.label), len(rows)) for factor, rows in factors]
    if not any(point.value for point in points):
        return None
    return charts.horizontal_bars(
        _("六大構面，各有幾項佐證"), points, unit=_("項"), source=_("市政廳智慧城市評比"), first_column=_("構面")
    )


@requires(CONTROL)
@form_once
def record_result(request: HttpRequest, reference: uuid.UUID) -> HttpResponse:
    """The result of a round."""
    one, now = get_object_or_404(Award, reference=reference), timezone.now()
    form = forms.ResultForm(request.POST if request.method == "POST" else None)

    def do(given: dict[str, Any]) -> str:
        services.record_result(
            one, stage=given["stage"], won=given["won"] == "yes", announced_on=given["announced_on"], by=request.user,
            at=now,
        )  # fmt: skip
        return _("已登錄評比結果。")

    return _award_page(request, one, form=form, title=_("登錄評比結果"), button=_("登錄"), do=do)


def _award_page(request: HttpRequest, one: Award, **given: Any) -> HttpResponse:
    here = reverse("smart_city:award", args=[one.reference])
    return act_page(request, back=(here, str(one)), to=here, refused=(CannotRecord, CannotStoreFile), **given)


@requires(REPORT, CONTROL)
@form_once
def add_evidence(request: HttpRequest, reference: uuid.UUID) -> HttpResponse:
    """What shows how the city does: the agency's by its own sub-projects, the commission's by any or none."""
    one, now = get_object_or_404(Award, reference=reference), timezone.now()
    free = allowed(request, CONTROL)
    mine = _mine(request, CONTROL if free else REPORT, now).order_by("number")
    form = forms.EvidenceForm(
        request.POST if request.method == "POST" else None, request.FILES or None, projects=mine, free=free
    )

    def do(given: dict[str, Any]) -> str:
        project = mine.filter(number=given["project"]).first() if given["project"] else None
        services.add_evidence(
            one, factor=given["factor"], text=given["text"], project=project,
            uploads=[(file.name or "", file) for file in given["uploads"]], by=request.user, at=now,
        )  # fmt: skip
        return _("已新增佐證。")

    return _award_page(request, one, form=form, title=_("新增評比佐證"), button=_("新增"), do=do)


@requires(CONTROL)
@form_once
def withdraw_evidence(request: HttpRequest, reference: uuid.UUID) -> HttpResponse:
    """Evidence that is not used any more."""
    row = get_object_or_404(Evidence.objects.select_related("award"), reference=reference)
    form = forms.ReasonForm(request.POST if request.method == "POST" else None)

    def do(given: dict[str, Any]) -> str:
        services.withdraw_evidence(row, why=given["reason"], by=request.user, at=timezone.now())
        return _("已撤回佐證。")

    return _award_page(
        request,
        row.award,
        form=form,
        title=_("撤回評比佐證"),
        button=_("撤回"),
        do=do,
        summary=[(_("佐證內容"), row.text)],
    )
