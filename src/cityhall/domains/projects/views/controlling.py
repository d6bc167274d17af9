"""What the commission does: the year's list, what is out of order in a month, applications, and thresholds to try."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet, Sum
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from cityhall.engines.audit import services as audit
from cityhall.engines.directory.models import Person
from cityhall.engines.files import downloads
from cityhall.engines.gatherings.models import Gathering
from cityhall.engines.gatherings.refusals import CannotGather
from cityhall.engines.idempotency.acting import act_page
from cityhall.engines.idempotency.views import form_once
from cityhall.engines.milestones import queries as milestones
from cityhall.engines.milestones import rules as of_plans
from cityhall.engines.milestones import services as plans
from cityhall.engines.milestones.models import Evaluation, Hit, Plan
from cityhall.engines.milestones.refusals import CannotControl
from cityhall.foundation.clock import day_of
from cityhall.web.access import allowed, requires
from cityhall.web.charts import month_name, year_name
from cityhall.web.dates import as_date

from .. import forms, queries, reviewing, services
from ..explaining import sentence_of
from ..figures import kind_name
from ..models import Application, Candidacy, Project
from ..profiles import Profile
from ..queries import CONTROL, READ
from ..states import ApplicationState, Decision
from . import finding
from .portfolio import chosen

A_PAGE = 50


# ---- what is out of order in a month ---------------------------------------------------------------------------------


def _hits(request: HttpRequest, profile: Profile) -> tuple[forms.MonthFilter, date | None, QuerySet[Hit]]:
    """The hits of a month that was evaluated, within rights."""
    now, made = timezone.now(), Evaluation.objects.filter(profile=profile.code)
    months = list(made.order_by("-month").values_list("month", flat=True)[:36])
    form = forms.MonthFilter(request.GET or None, profile=profile, months=months, now=False)
    wanted = form.cleaned_data.get("month", "") if form.is_bound and form.is_valid() else ""
    month = chosen(wanted, months) or (months[0] if months else None)
    mine = Project.objects.filter(queries.within_rights(request.user, READ, now)).values("plan")
    rows = Hit.objects.filter(month=month, plan__in=mine, evaluation__profile=profile.code)
    return form, month, rows.select_related("plan__agency", "plan__project", "cleared_by")


@requires(CONTROL)
@require_POST
@form_once
def review(request: HttpRequest, reference: uuid.UUID) -> HttpResponse:
    """全部排入議程: what is out of order goes on the agenda of a review meeting."""
    meeting = get_object_or_404(Gathering.objects.of(reviewing.REVIEW), reference=reference)
    try:
        many = reviewing.put_on_agenda(meeting, by=request.user, at=timezone.now())
    except CannotGather as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, reviewing.done(many))
    return redirect("gatherings:gathering", reference=reference)


@requires(READ)
def hits(request: HttpRequest) -> HttpResponse:
    """異常計畫 of a month, each with its reasons: from them the review meeting is built."""
    profile = finding.reviewed_profile(request)
    form, month, rows = _hits(request, profile)
    of_plan: dict[int, list[Hit]] = {}
    for hit in rows.order_by("plan__agency__order", "plan__agency__code", "plan__project__number", "rule", "subject"):
        of_plan.setdefault(hit.plan_id, []).append(hit)
    page = Paginator(list(of_plan.values()), A_PAGE).get_page(request.GET.get("page"))
    context = {
        "profile": profile,
        "form": form,
        "month": month,
        "made": Evaluation.objects.filter(profile=profile.code, month=month).first() if month else None,
        "page": page,
        "plans": [(found[0].plan, [(hit, sentence_of(hit)) for hit in found]) for found in page.object_list],
        "many": sum(map(len, of_plan.values())),
        "controls": allowed(request, CONTROL),
    }
    return render(request, "projects/hits.html", context)


HIT_COLUMNS = (
    gettext_lazy("月份"), gettext_lazy("計畫編號"), gettext_lazy("計畫名稱"), gettext_lazy("主辦機關"), gettext_lazy("異常"),
    gettext_lazy("為什麼"), gettext_lazy("規則版次"), gettext_lazy("解除的理由"),
)  # fmt: skip


@requires(READ)
def export_hits(request: HttpRequest, kind: str) -> HttpResponseBase:
    """The month's hits as CSV, ODS or XLSX; written down."""
    _form, _month, rows = _hits(request, finding.reviewed_profile(request))
    now = timezone.now()
    audit.record("projects.exported", None, by=request.user, at=now, new={"hits": True, "kind": kind})
    return downloads.sheet(kind, f"project-hits.{kind}", [str(one) for one in HIT_COLUMNS], _hit_cells(rows))


def _hit_cells(rows: QuerySet[Hit]) -> Iterator[list[Any]]:
    for hit in rows.order_by("plan__project__number", "rule", "subject"):
        yield [
            f"{hit.month:%Y-%m}", hit.plan.project.number, hit.plan.name, hit.plan.agency.label, hit.get_rule_display(),
            sentence_of(hit), hit.version, hit.cleared_because,
        ]  # fmt: skip


@requires(CONTROL)
@form_once
def clear(request: HttpRequest, number: str, reference: uuid.UUID) -> HttpResponse:
    """解除 a hit, with the reason."""
    now = timezone.now()
    one = finding.project_for(request, number, CONTROL, now)
    hit = one.plan.hits.filter(reference=reference).first()
    if hit is None:
        raise Http404

    def do(given: dict[str, Any]) -> str:
        n = plans.clear(hit, reason=given["reason"], by=request.user, at=now)
        return _("已解除，連同以前月份的同一件事共%(n)s筆。") % {"n": n}

    return act_page(
        request, form=forms.ClearForm(request.POST if request.method == "POST" else None), title=_("解除異常"),
        button=_("解除"), do=do, back=(finding.url_of(one), one.plan.name), to=finding.url_of(one), refused=CannotControl,
        summary=[(_("計畫"), one.plan.name), (_("月份"), month_name(hit.month)), (_("異常"), sentence_of(hit))],
        lead=_("同一件事以前月份還沒解除的，一併解除；紀錄都保留。"),
    )  # fmt: skip


# ---- thresholds to try -----------------------------------------------------------------------------------------------

MONTHS_TRIED = 12
NAMES = ("late_months", "behind_points", "behind_months", "missing_counts", "failed_tenders", "stopped_months")


@requires(CONTROL)
def what_if(request: HttpRequest) -> HttpResponse:
    """試算: what other thresholds would have found in the last months. Nothing is changed."""
    today, profile = day_of(timezone.now()), finding.reviewed_profile(request)
    known = milestones.thresholds(today)
    here = {name: getattr(known, name) for name in NAMES} | {"missing_counts": "yes" if known.missing_counts else "no"}
    asked = any(name != "profile" for name in request.GET)
    form = forms.WhatIfForm(request.GET if asked else None, initial=here)
    context: dict[str, Any] = {"profile": profile, "form": form, "asked": False, "known": known}
    if asked and form.is_valid():
        changed = replace(known, **form.cleaned_data)
        plan_rows = {one.pk: one for one in Plan.objects.filter(profile=profile.code).exclude(opened_on=None).select_related("project", "agency")}  # fmt: skip
        last = milestones.last_standing_month(today)
        months = of_plans.months_between(of_plans.months_later(last, 1 - MONTHS_TRIED), last)
        found = of_plans.tried(
            milestones.controlled(plan_rows.values()), months, lock_on=milestones.lock_on(today), limits=known,
            changed=changed,
        )  # fmt: skip
        context |= {
            "asked": True,
            "months": [
                (one, [plan_rows[key] for key in sorted(one.more)], [plan_rows[key] for key in sorted(one.fewer)])
                for one in reversed(found)
            ],
        }
    return render(request, "projects/what_if.html", context, status=422 if asked and not context["asked"] else 200)


# ---- the year's list -------------------------------------------------------------------------------------------------


@requires(CONTROL)
def candidates(request: HttpRequest) -> HttpResponse:
    """提報 of a year: what waits, what was listed, what agencies manage themselves; and what the thresholds add up to."""
    today, profile = day_of(timezone.now()), finding.profile_of(request)
    of_profile = Candidacy.objects.filter(project__plan__profile=profile.code)
    years = list(of_profile.order_by("-year").values_list("year", flat=True).distinct())
    given = request.GET.get("year", "")
    year = next((one for one in years if str(one) == given), years[0] if years else today.year)
    rows = of_profile.filter(year=year).select_related("project__plan__agency", "keeper")
    state = request.GET.get("decision", "")
    shown = rows.filter(decision=state) if state in Decision.values else rows
    limits = queries.limits(date(year, 1, 1))
    able = queries.candidates(year, year, today)
    waiting = Application.objects.filter(state=ApplicationState.ASKED, project__plan__profile=profile.code)
    context = {
        "profile": profile,
        "profiles": finding.profiles(profile, "projects:candidates"),
        "also": profile.query.replace("?", "&"),
        "year": year,
        "name": year_name(year),
        "years": [(one, year_name(one)) for one in years],
        "state": state if state in Decision.values else "",
        "states": [(one, one.label, rows.filter(decision=one).count()) for one in Decision],
        "many": rows.count(),
        "limits": limits,
        "sums": [
            (kind_name(works), able.filter(plan__works=works).count(), able.filter(plan__works=works).aggregate(n=Sum("total_budget"))["n"] or 0)
            for works in (True, False) if profile.thresholds
        ],
        "page": Paginator(shown.order_by("decision", "project__number"), A_PAGE).get_page(request.GET.get("page")),
        "above": set(able.values_list("pk", flat=True)),
        "waiting": waiting.select_related("project__plan__agency").order_by("asked_at")[:A_PAGE],
    }  # fmt: skip
    return render(request, "projects/candidates.html", context)


def _act(
    request: HttpRequest, one: Project, form: Any, title: str, button: str, do: Any, lead: str = ""
) -> HttpResponse:
    summary = [
        (_("計畫"), one.plan.name), (_("主辦機關"), one.plan.agency.label), (_("總預算"), f"{one.total_budget:,}"),
    ]  # fmt: skip
    return act_page(
        request, form=form, title=title, button=button, do=do, back=(finding.url_of(one), one.plan.name),
        to=finding.url_of(one), refused=CannotControl, summary=summary, lead=lead,
    )  # fmt: skip


@requires(CONTROL)
@form_once
def select(request: HttpRequest, number: str) -> HttpResponse:
    """列為府列管."""
    now = timezone.now()
    one = finding.project_for(request, number, CONTROL, now)
    form = forms.SelectForm(request.POST if request.method == "POST" else None, initial={"on": day_of(now)})

    def do(given: dict[str, Any]) -> str:
        services.select(one, on=given["on"], reason=given["reason"], by=request.user, at=now)
        return _("已列為府列管，自%(day)s起。") % {"day": as_date(given["on"])}

    return _act(request, one, form, _("列為府列管"), _("列管"), do)


@requires(CONTROL)
@form_once
def leave(request: HttpRequest, number: str) -> HttpResponse:
    """由機關自主管理."""
    now = timezone.now()
    one = finding.project_for(request, number, CONTROL, now)
    serving = Q(appointments__agency=one.plan.agency, appointments__starts_on__lte=day_of(now)) & (
        Q(appointments__ends_on__isnull=True) | Q(appointments__ends_on__gte=day_of(now))
    )
    people = {str(row.pk): row for row in Person.objects.filter(serving).distinct().order_by("code")}
    form = forms.LeaveForm(request.POST if request.method == "POST" else None, people=list(people.values()))

    def do(given: dict[str, Any]) -> str:
        services.leave_to_agency(
            one, keeper=people.get(given["keeper"]), reason=given["reason"], by=request.user, at=now
        )
        return _("已登錄，由機關指定的專人自主管理。")

    return _act(request, one, form, _("由機關自主管理"), _("登錄"), do)


@requires(CONTROL)
@form_once
def decide(request: HttpRequest, number: str) -> HttpResponse:
    """核定 the application that waits."""
    now = timezone.now()
    one = finding.project_for(request, number, CONTROL, now)
    asked = one.applications.filter(state=ApplicationState.ASKED).first()
    if asked is None:
        raise Http404
    form = forms.DecideForm(request.POST if request.method == "POST" else None)

    def do(given: dict[str, Any]) -> str:
        services.decide(asked, approved=given["approved"], remark=given["remark"], by=request.user, at=now)
        return _("已核定。")

    points, months = services.from_kept(asked.proposed)
    lines = [_("%(name)s：%(day)s") % {"name": point.name, "day": as_date(point.planned_on)} for point in points]
    summary: list[tuple[Any, Any]] = [
        (_("計畫"), one.plan.name), (_("申請事項"), asked.get_kind_display()), (_("理由"), asked.reason),
    ]  # fmt: skip
    if lines:
        summary.append((_("修正後的檢核點"), "；".join(lines)))
        summary.append((_("修正後的最後一個月"), month_name(months[-1][0])))
    return act_page(
        request, form=form, title=_("核定申請"), button=_("核定"), do=do, back=(finding.url_of(one), one.plan.name),
        to=finding.url_of(one), refused=CannotControl, summary=summary,
    )  # fmt: skip


@requires(CONTROL)
@form_once
def reopen(request: HttpRequest, number: str, month: str) -> HttpResponse:
    """重新開放 a month that stands."""
    now = timezone.now()
    one, day = finding.project_for(request, number, CONTROL, now), finding.month_of(month)
    form = forms.ReopenForm(request.POST if request.method == "POST" else None)

    def do(given: dict[str, Any]) -> str:
        plans.reopen(one.plan, month=day, until=given["until"], reason=given["reason"], by=request.user, at=now)
        return _("%(month)s已重新開放到%(day)s。") % {"month": month_name(day), "day": as_date(given["until"])}

    title = _("重新開放%(month)s") % {"month": month_name(day)}
    return _act(
        request,
        one,
        form,
        title,
        _("開放"),
        do,
        _("開放期間主辦機關可以更正這個月；鎖定時的數字一併保留，兩個都會顯示。"),
    )
