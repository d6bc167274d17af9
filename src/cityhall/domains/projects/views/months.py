"""月進度: the form of one month, and a sheet of many in and out."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from cityhall.engines.audit import services as audit
from cityhall.engines.files import downloads, imports
from cityhall.engines.files.models import ImportRow, RowState, SheetImport
from cityhall.engines.files.sheets import CannotReadSheet, read_table
from cityhall.engines.idempotency.acting import act_page
from cityhall.engines.idempotency.views import done, form_once
from cityhall.engines.milestones import queries as milestones
from cityhall.engines.milestones import rules as of_plans
from cityhall.engines.milestones import services as plans
from cityhall.engines.milestones.refusals import CannotControl
from cityhall.engines.milestones.services import Line
from cityhall.foundation.clock import day_of
from cityhall.web.access import requires
from cityhall.web.charts import month_name
from cityhall.web.dates import as_date

from .. import forms, month_imports, queries, services, sheets
from ..models import Project
from ..queries import REPORT
from . import finding


@requires(REPORT)
@form_once
def month(request: HttpRequest, number: str, month: str) -> HttpResponse:
    """填報 a month; what is wrong comes back at its field with everything that was typed."""
    now = timezone.now()
    today = day_of(now)
    one, day = finding.project_for(request, number, REPORT, now), finding.month_of(month)
    rows = {row.month: row for row in milestones.month_lines(one.plan, day=today)}
    here = rows.get(day)
    before = here.report if here else None
    last = max(
        (row.report for row in rows.values() if row.report and row.month < day), key=lambda row: row.month, default=None
    )
    initial: dict[str, Any] = {"seen": before.n if before else 0}
    if before is not None:
        initial |= {name: getattr(before, name) for name in ("percent", *plans.SAME[1:])}
    elif last is not None:
        initial |= {name: getattr(last, name) for name in ("paid", "unpaid", "retained", "surplus")}
    form = forms.MonthForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():
        line = Line(one.plan, day, form.reported(), form.cleaned_data["help_needed"], form.cleaned_data["seen"])
        for fault in plans.faults_of(line, at=now):
            form.add_error(fault.field if fault.field in form.fields else None, fault.sentence)

    def do(given: dict[str, Any]) -> str:
        line = Line(one.plan, day, form.reported(), given["help_needed"], given["seen"])
        _made, refused = services.report_months([line], by=request.user, at=now)
        if refused:
            raise CannotControl(refused[0][0].sentence)
        return _("%(month)s的進度已填報。") % {"month": month_name(day)}

    summary = [(_("計畫"), one.plan.name)]
    if here is not None and here.planned is not None:
        summary.append((_("預定進度"), f"{here.planned}%"))
    if last is not None:
        summary.append(
            (
                _("上次填報"),
                _("%(month)s，實際進度%(percent)s%%") % {"month": month_name(last.month), "percent": last.percent},
            )
        )
    return act_page(
        request, form=form, title=_("填報%(month)s的進度") % {"month": month_name(day)}, button=_("送出"), do=do,
        back=(finding.url_of(one), one.plan.name), to=finding.url_of(one), refused=CannotControl,
        lead=_lead(day, today, before is not None), summary=summary,
    )  # fmt: skip


def _lead(day: date, today: date, again: bool) -> str:
    last = of_plans.lock_day(day, milestones.lock_on(of_plans.months_later(day, 1)))
    if not milestones.is_locked(day, today):
        return _("填到%(day)s為止，之後鎖定；鎖定前可以再改。") % {"day": as_date(last)}
    if again:
        return _("這個月已經鎖定。這次的更正會留下紀錄，鎖定時的數字一併保留。")
    return _("已過填報期限（%(day)s），仍請補填；會註明逾期填報。") % {"day": as_date(last)}


# ---- sheets ----------------------------------------------------------------------------------------------------------


@requires(REPORT)
@form_once
def bring(request: HttpRequest) -> HttpResponse:
    """Upload a sheet of months; the answer is the report, each refused cell with its reason."""
    posted = request.method == "POST"
    form = forms.SheetForm(request.POST if posted else None, request.FILES if posted else None)
    status = 200
    if posted:
        status = 422
        if form.is_valid():
            given = form.cleaned_data["sheet"]
            try:
                if is_large(given):
                    return done(redirect("projects:import", reference=_start(given, request.user)))
                report = sheets.take_in(given, by=request.user, at=timezone.now())
            except CannotReadSheet as refusal:
                form.add_error("sheet", str(refusal))
            else:
                return done(render(request, "projects/report.html", {"report": report}))
    return render(request, "projects/import.html", {"form": form}, status=status)


def is_large(content: Any) -> bool:
    """Whether a sheet is long enough to be taken in by a worker. Raises CannotReadSheet."""
    many = sum(1 for _line in read_table(content)) - 1
    content.seek(0)
    return many >= month_imports.FROM_ROWS


def _start(content: Any, account: Any) -> uuid.UUID:
    """Hand it to a worker; the same file again leads to what became of it."""
    try:
        job = imports.upload(
            month_imports.CODE, content, name=content.name, options={}, by=account, at=timezone.now()
        )  # fmt: skip
    except imports.KnownFile as known:
        job = known.earlier
    except imports.CannotImport as refusal:
        raise CannotReadSheet(str(refusal)) from refusal
    return job.reference


REFUSED_SHOWN = 50


@requires(REPORT)
def bringing(request: HttpRequest, reference: uuid.UUID) -> HttpResponse:
    """How far a large sheet is, and what came of it, each refused row with its reasons."""
    jobs = SheetImport.objects.defer("content", "archive")
    job = get_object_or_404(jobs, reference=reference, kind=month_imports.CODE, uploaded_by=request.user)
    rows = job.rows.filter(state=RowState.REFUSED).order_by("number")
    page = Paginator(rows, REFUSED_SHOWN).get_page(request.GET.get("page"))
    language = get_language() or "zh-hant"
    context = {
        "job": job,
        "running": job.state in imports.RUNNING,
        "percent": month_imports.percent_done(job),
        "page": page,
        "rows": [(row, _first(job, row), imports.reasons(row, month_imports.KIND, language)) for row in page],
        "why": job.why.get(language) or job.why.get("zh-hant", ""),
    }
    return render(request, "projects/bringing.html", context)


def _first(job: SheetImport, row: ImportRow) -> str:
    """Number and month of a row, so that people find it in their sheet."""
    cells = {key: cell for key, cell in zip(job.mapping, row.cells, strict=False) if key}
    return "　".join(filter(None, (cells.get("number", ""), cells.get("month", ""))))


MONTHS_OUT = 3


@requires(REPORT)
def export(request: HttpRequest, kind: str) -> HttpResponseBase:
    """The last months of one's own projects, those that are still to be reported with empty cells. Written down."""
    now = timezone.now()
    today = day_of(now)
    rows = Project.objects.filter(queries.within_rights(request.user, REPORT, now)).listed_within(today, today)
    projects = list(queries.with_plan(rows).order_by("number"))
    last = services.last_ended_month(today)
    months = of_plans.months_between(of_plans.months_later(last, 1 - MONTHS_OUT), last)
    histories = milestones.histories([one.plan for one in projects])
    planned = {}
    for one in projects:
        plan = of_plans.baseline_on(histories[one.plan_id], today)
        for day in months:
            due = of_plans.month_ahead(plan.planned, day) if plan else None
            if due is not None and one.plan.opened_on and day >= of_plans.first_of(one.plan.opened_on):
                planned[one.plan_id, day] = due
    audit.record("projects.exported", None, by=request.user, at=now, new={"months": True, "kind": kind})
    headings = [str(one.label) for one in sheets.COLUMNS]
    return downloads.sheet(kind, f"project-months.{kind}", headings, sheets.cells(projects, months, planned))
