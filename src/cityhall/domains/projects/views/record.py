"""One project: where it stands and why, its S-curve, its checkpoints, its months, and everything that was recorded of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from cityhall.engines.milestones import queries as milestones
from cityhall.engines.milestones import rules as of_plans
from cityhall.engines.milestones.queries import MonthLine
from cityhall.engines.milestones.states import TenderResult
from cityhall.engines.scoring import queries as scoring
from cityhall.engines.worklist.services import mark_seen_by
from cityhall.foundation.clock import day_of
from cityhall.web import charts, maps
from cityhall.web.access import allowed, requires
from cityhall.web.charts import Chart, Checkpoint, Curve

from .. import comparing, queries
from ..explaining import sentence_of, why
from ..models import Application, Project
from ..profiles import PROFILES
from ..queries import CONTROL, READ, REPORT
from ..states import ApplicationState, Decision
from . import finding, photos


@requires(READ)
def project(request: HttpRequest, number: str) -> HttpResponse:
    """The project's page."""
    now = timezone.now()
    today = day_of(now)
    one = finding.project_for(request, number, READ, now)
    mark_seen_by(one, request.user, at=now)
    plan = one.plan
    months = milestones.month_lines(plan, day=today)
    three = comparing.moments(queries.moment(None, today), today)
    standing = queries.positions_at([one], three)
    placed = standing[0]
    facts = milestones.facts([plan], day=today).get(plan.pk)
    first = plan.baselines.order_by("number").prefetch_related("milestones").first()
    firsts = {point.code: point.planned_on for point in first.milestones.all()} if first else {}
    points = list(facts.milestones) if facts else []
    hits = list(plan.hits.select_related("cleared_by").order_by("-month", "rule", "subject"))
    applications = list(one.applications.select_related("asked_by", "decided_by"))
    candidacies = list(one.candidacies.select_related("keeper", "decided_by"))
    may = {act: queries.may(request.user, act, one, now) for act in (REPORT, CONTROL)}
    context = {
        "one": one,
        "plan": plan,
        "profile": PROFILES[plan.profile],
        "facets": finding.facets_of(one),
        "district": maps.area_name(one.district) if one.district else "",
        "position": placed[0] if placed else None,
        "why": why(placed[0]) if placed else [],
        "compared": comparing.of_project(standing) if placed else [],
        "moments": comparing.names(three),
        "map": _map(one),
        "photo_months": photos.by_month(one)[:PHOTO_MONTHS],
        "charts": _charts(months, points, firsts, today),
        "months": _shown(months, one, may, today),
        "points": [(point, firsts.get(point.code), _late(point, today)) for point in points],
        "hits": [(hit, sentence_of(hit)) for hit in hits],
        "open_hits": sum(hit.cleared_at is None for hit in hits),
        "baselines": list(plan.baselines.select_related("recorded_by").order_by("-number")),
        "tenders": list(plan.tenders.order_by("held_on", "pk")),
        "contracts": list(plan.contracts.prefetch_related("terms").order_by("signed_on", "pk")),
        "stoppages": list(plan.stoppages.order_by("starts_on", "pk")),
        "land": plan.land.order_by("-recorded_at", "-pk").first(),
        "requests": list(plan.requests.select_related("asked_of").order_by("asked_on", "pk")),
        "reopenings": list(plan.reopenings.select_related("recorded_by")),
        "applications": applications,
        "candidacies": candidacies,
        "may": {"report": may[REPORT], "control": may[CONTROL]},
        "acts": _acts(one, applications, candidacies, may, today),
        "records": _records(one, may, today),
        "judged": scoring.result_of(one) if plan.ended_on else None,
        "opens_judged": allowed(request, scoring.READ),
    }
    return render(request, "projects/project.html", context)


PHOTO_MONTHS = 2


def _map(one: Project) -> str:
    """Where it stands, with its line where it has one."""
    if one.lon is None or one.lat is None:
        return ""
    about = _("%(name)s的位置") % {"name": one.plan.name}
    if one.line:
        return maps.along([(lon, lat) for lon, lat in one.line], about=about)
    return maps.locator(maps.Spot(one.lon, one.lat), about=about, metres=3000, width=560, height=300, small=False)


def _late(point: of_plans.Milestone, today: date) -> bool:
    return point.met_on is None and point.planned_on < today


def _shown(months: Sequence[MonthLine], one: Project, may: dict[str, bool], today: date) -> list[dict[str, Any]]:
    """Each month with what may be done about it, the newest first, those to come left out."""
    found, begun = [], one.plan.opened_on
    for row in months:
        over = of_plans.end_of(row.month) <= today
        under_control = begun is not None and row.month >= of_plans.first_of(begun) and not _ended(one, today)
        if not over and row.report is None:
            continue
        act = ""
        can_write = (
            not row.locked or row.report is None or (row.reopened_until is not None and row.reopened_until >= today)
        )
        if may[REPORT] and under_control and over and can_write:
            act = reverse("projects:month", args=[one.number, f"{row.month:%Y-%m}"])
        reopen = ""
        if may[CONTROL] and under_control and row.locked and row.report is not None and not can_write:
            reopen = reverse("projects:reopen", args=[one.number, f"{row.month:%Y-%m}"])
        found.append({"row": row, "act": act, "reopen": reopen, "due": under_control and over and row.report is None})
    return found[::-1]


def _ended(one: Project, today: date) -> bool:
    return one.plan.ended_on is not None and one.plan.ended_on <= today


def _charts(
    months: Sequence[MonthLine], points: Sequence[of_plans.Milestone], firsts: dict[str, date], today: date
) -> list[Chart]:
    """S-curve and checkpoints."""
    source, found = _("市政廳列管計畫紀錄"), []
    last_planned = max(
        (row.month for row in months if row.planned_money is not None and row.planned == 100), default=None
    )
    until = [row for row in months if last_planned is None or row.month <= max(last_planned, of_plans.first_of(today))]
    if len(until) > 1:
        budget = max((row.planned_money or 0 for row in until), default=0)
        spent = [
            round(row.report.executed * 100 / budget, 2) if row.report is not None and budget else None for row in until
        ]
        lines = [
            Curve(_("預定進度"), [row.planned for row in until], broken=True),
            Curve(_("實際進度"), [row.report.percent if row.report else None for row in until]),
            Curve(_("預算執行"), spent, pale=True),
        ]
        title = _("預定、實際進度與預算執行")
        found.append(charts.curves(title, [row.month for row in until], lines, unit="%", source=source))
    if points:
        shown = [
            Checkpoint(point.name or point.code, point.planned_on, point.met_on, firsts.get(point.code))
            for point in points
        ]
        found.append(charts.schedule(_("檢核點：預定與完成"), shown, today=today, source=source))
    return found


def _acts(
    one: Project, applications: Sequence[Application], candidacies: Sequence[Any], may: dict[str, bool], today: date
) -> list[tuple[str, str]]:
    """What can be done with the project as a whole, the likeliest first: the page, and what its button says."""
    found: list[tuple[str, str]] = []
    waits = any(row.decision == Decision.WAITING for row in candidacies)
    asked = any(row.state == ApplicationState.ASKED for row in applications)
    under_control = one.plan.opened_on is not None and one.plan.opened_on <= today and not _ended(one, today)
    if may[CONTROL] and asked:
        found.append((reverse("projects:decide", args=[one.number]), _("核定申請")))
    if may[CONTROL] and waits:
        found.append((reverse("projects:select", args=[one.number]), _("列為府列管")))
        found.append((reverse("projects:leave", args=[one.number]), _("由機關自主管理")))
    if may[REPORT] and under_control and not asked:
        found += [
            (reverse("projects:apply", args=[one.number, "change"]), _("申請計畫修正")),
            (reverse("projects:apply", args=[one.number, "closing"]), _("申請辦結")),
            (reverse("projects:apply", args=[one.number, "withdrawal"]), _("申請撤銷列管")),
        ]
    return found


def _records(one: Project, may: dict[str, bool], today: date) -> list[tuple[str, str]]:
    """What can be recorded of the project."""
    if not may[REPORT] or one.plan.opened_on is None or _ended(one, today):
        return []
    stopped = one.plan.stoppages.filter(ends_on=None).exists()
    names = [
        ("met", _("檢核點完成")), ("tender", _("開標結果")), ("resume", _("復工")) if stopped else ("stop", _("停工")),
        ("land", _("用地取得")), ("ask", _("請求跨機關協調")), ("place", _("位置")),
    ]  # fmt: skip
    if one.plan.requests.filter(settled_on=None).exists():
        names.append(("settle", _("協調已解決")))
    if one.plan.tenders.filter(result=TenderResult.AWARDED).exists():
        names.append(("contract", _("契約")))
    if one.plan.contracts.exists():
        names.append(("contract-change", _("契約變更")))
    return [(reverse("projects:record", args=[one.number, what]), label) for what, label in names]
