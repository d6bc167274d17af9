"""Acts on projects: proposed for a year, listed or left to the agency, changed, withdrawn, closed; agencies are chased."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from cityhall.engines.audit import services as audit
from cityhall.engines.directory.models import Agency, Person, Unit
from cityhall.engines.directory.states import Role
from cityhall.engines.identity.models import Account
from cityhall.engines.milestones import queries as milestones
from cityhall.engines.milestones import rules as of_plans
from cityhall.engines.milestones import services as plans
from cityhall.engines.milestones.models import Plan
from cityhall.engines.milestones.rules import Milestone, Stage
from cityhall.engines.numbers import services as numbers
from cityhall.engines.rules.queries import parameter
from cityhall.engines.worklist import services as worklist
from cityhall.foundation.clock import day_of, end_of_day
from cityhall.foundation.roc import roc_year
from cityhall.foundation.sentence import sentence
from cityhall.foundation.unit import act
from cityhall.web.charts import month_name

from . import queries
from .models import Application, Candidacy, Project
from .profiles import PROFILES
from .refusals import CannotList
from .rules import reaches, withdrawable
from .states import ApplicationKind, ApplicationState, Decision, EndKind

REPORTING = "projects.report"
DECIDING = "projects.decide"
SELECTING = "projects.select"

Months = Sequence[tuple[date, Decimal, int]]


def _url(project: Project) -> str:
    return reverse("projects:project", args=[project.number])


def _locked(project: Project) -> Project:
    """The project as it is now; whoever comes second waits here."""
    rows = Project.objects.select_for_update(of=("self",)).select_related("plan__agency", "plan__unit")
    return rows.get(pk=project.pk)


# ---- proposals and the year's list -----------------------------------------------------------------------------------


def _next_number(profile: str, year: int) -> str:
    prefix = PROFILES[profile].prefix
    first = numbers.year(year)
    return f"{prefix}{roc_year(first)}-{numbers.next_number(f'projects.{prefix}', first):03}"


@act
def propose(
    *,
    profile: str = "major",
    name: str,
    agency: Agency,
    unit: Unit | None = None,
    works: bool,
    total_budget: int,
    year: int,
    district: str = "",
    place: str = "",
    about: str = "",
    facets: Mapping[str, str] | None = None,
    milestones: Sequence[Milestone],
    months: Months,
    by: Account | None,
    at: datetime,
) -> Project:
    """提報 a project with its plan for a year's list. It has its number at once; the commission decides."""
    if not name.strip():
        raise CannotList(_("請填計畫名稱。"), "name")
    if total_budget < 1:
        raise CannotList(_("總預算要大於0。"), "total_budget")
    if year < day_of(at).year:
        raise CannotList(_("這個年度已經過了。"), "year")
    for facet in PROFILES[profile].facets:
        if (facets or {}).get(facet.key) not in facet.choices:
            raise CannotList(_("請選「%(name)s」。") % {"name": facet.label}, facet.key)
    plan = plans.make_plan(profile=profile, name=name, agency=agency, unit=unit, works=works)
    plans.set_baseline(plan, milestones=milestones, months=months, reason="", by=by, at=at)
    project = Project.objects.create(
        plan=plan, number=_next_number(profile, year), total_budget=total_budget, district=district, place=place.strip(),
        about=about.strip(), facets=dict(facets or {}),
    )  # fmt: skip
    made = Candidacy.objects.create(project=project, year=year, proposed_on=day_of(at), proposed_by=by)
    office = queries.commission(at)
    if office is not None:
        worklist.open_todo(
            SELECTING, made, title=plan.name, reference=project.number, agency=office, role=Role.COMMISSION,
            url=_url(project), at=at,
        )  # fmt: skip
    audit.record("projects.proposed", project, by=by, at=at, new={"number": project.number, "year": year})
    return project


def _waiting(project: Project) -> tuple[Project, Candidacy]:
    found = _locked(project)
    row = found.candidacies.select_for_update().filter(decision=Decision.WAITING).order_by("year").first()
    if row is None:
        raise CannotList(_("這個計畫沒有待決定的提報。"))
    return found, row


def _decide(row: Candidacy, decision: Decision, reason: str, by: Account | None, at: datetime) -> None:
    if not reason.strip():
        raise CannotList(_("請寫理由。"), "reason")
    row.decision, row.reason, row.decided_on, row.decided_by = decision, reason.strip()[:500], day_of(at), by
    row.save()
    worklist.close_todo(SELECTING, row, at=at)


@sentence("1.1.1", "挑錄為府列管案件，加強管考進度")
@act
def select(project: Project, *, on: date, reason: str, by: Account | None, at: datetime) -> Project:
    """挑錄為府列管 from a day on that has not passed, so that no past month changes. Major projects reach the threshold."""
    found, row = _waiting(project)
    if on < day_of(at):
        raise CannotList(_("列管起日要是今天或以後：過去月份的列管表不再改變。"), "on")
    known = queries.limits(date(row.year, 1, 1))
    if PROFILES[found.plan.profile].thresholds and not reaches(
        found.total_budget, works=found.plan.works, limits=known
    ):
        raise CannotList(_("總預算沒有達到%(year)s年度的門檻，不能列為府列管。") % {"year": row.year - 1911}, "reason")
    _decide(row, Decision.LISTED, reason, by, at)
    found.plan = plans.open_plan(found.plan, on=on, by=by, at=at)
    audit.record("projects.listed", found, by=by, at=at, new={"number": found.number, "from": on.isoformat()})
    return found


@sentence("1.1.1", "由各機關指定專人自主管理")
@act
def leave_to_agency(
    project: Project, *, keeper: Person | None, reason: str, by: Account | None, at: datetime
) -> Candidacy:
    """機關自主管理: not listed; a named person of the agency keeps it."""
    found, row = _waiting(project)
    if keeper is None or not keeper.appointments.filter(agency=found.plan.agency).as_of(day_of(at)).exists():
        raise CannotList(_("請指定一位主辦機關的現職人員。"), "keeper")
    row.keeper = keeper
    _decide(row, Decision.SELF_MANAGED, reason, by, at)
    audit.record("projects.self_managed", found, by=by, at=at, new={"number": found.number, "person": keeper.pk})
    return row


# ---- changes, withdrawals and closing --------------------------------------------------------------------------------


@act
def apply(
    project: Project, *, kind: str, reason: str, proposed: tuple[Sequence[Milestone], Months] | None = None,
    by: Account | None, at: datetime,
) -> Application:  # fmt: skip
    """申請計畫修正, 撤銷列管 or 辦結; one at a time, decided by the commission."""
    found, today = _locked(project), day_of(at)
    plan = found.plan
    if plan.opened_on is None or plan.opened_on > today or (plan.ended_on is not None and plan.ended_on <= today):
        raise CannotList(_("這個計畫目前沒有列管。"))
    if found.applications.filter(state=ApplicationState.ASKED).exists():
        raise CannotList(_("這個計畫已經有一件申請待核定。"))
    if not reason.strip():
        raise CannotList(_("請寫理由。"), "reason")
    if kind == ApplicationKind.WITHDRAWAL:
        _in_time(found, today)
    if kind == ApplicationKind.CLOSING:
        _reached(found, today)
    kept: dict[str, Any] = {}
    if kind == ApplicationKind.CHANGE:
        if proposed is None:
            raise CannotList(_("請填修正後的計畫。"), "milestones")
        if faults := of_plans.plan_faults(*proposed):
            field, words = plans.PLAN_WORDS[faults[0]]
            raise CannotList(words(), field)
        kept = as_kept(*proposed)
    row = Application.objects.create(
        project=found, kind=kind, reason=reason.strip()[:1000], proposed=kept, asked_at=at, asked_by=by
    )
    office = queries.commission(at)
    if office is not None:
        worklist.open_todo(
            DECIDING, row, title=f"{row.get_kind_display()}　{plan.name}", reference=found.number, agency=office,
            role=Role.COMMISSION, url=_url(found), at=at,
        )  # fmt: skip
    audit.record("projects.applied", found, by=by, at=at, new={"kind": kind})
    return row


def _reached(project: Project, today: date) -> None:
    """What the profile wants reached before a closing, by the project's facets: a plain grant is never accepted."""
    reached = milestones.reached_days(project.plan, today)
    for one in PROFILES[project.plan.profile].needed(project.facets):
        if one.code not in reached:
            raise CannotList(_("還沒登錄「%(name)s」的完成日，不能申請辦結。") % {"name": one.label}, "reason")


def _in_time(project: Project, today: date) -> None:
    """A withdrawal is asked some months before the plan ends."""
    baseline = project.plan.baselines.order_by("-number").first()
    last = baseline.months.order_by("-month").first() if baseline else None
    months = int(parameter("projects.withdrawal_months", on=today).value)
    if last is not None and not withdrawable(today, of_plans.end_of(last.month), months):
        raise CannotList(_("撤銷列管要在計畫結束前%(n)s個月提出。") % {"n": months}, "reason")


def as_kept(milestones: Sequence[Milestone], months: Months) -> dict[str, Any]:
    """A plan as an application keeps it."""
    return {
        "milestones": [
            {"code": one.code, "name": one.name, "stage": one.stage.value, "on": one.planned_on.isoformat()}
            for one in milestones
        ],
        "months": [[f"{month:%Y-%m}", f"{percent:f}", money] for month, percent, money in months],
    }


def from_kept(kept: Mapping[str, Any]) -> tuple[list[Milestone], list[tuple[date, Decimal, int]]]:
    """The same read back."""
    return (
        [
            Milestone(one["code"], date.fromisoformat(one["on"]), None, Stage(one["stage"]), one["name"])
            for one in kept.get("milestones", ())
        ],
        [
            (date.fromisoformat(f"{month}-01"), Decimal(percent), money)
            for month, percent, money in kept.get("months", ())
        ],
    )


@act
def decide(application: Application, *, approved: bool, remark: str, by: Account | None, at: datetime) -> Application:
    """核定: an approved change is a new baseline, an approved withdrawal or closing ends control today."""
    project = _locked(application.project)
    row = Application.objects.select_for_update().get(pk=application.pk)
    if row.state != ApplicationState.ASKED:
        raise CannotList(_("這件申請已經核定過了。"))
    if not approved and not remark.strip():
        raise CannotList(_("不同意時，請寫明理由。"), "remark")
    row.state = ApplicationState.APPROVED if approved else ApplicationState.REFUSED
    row.remark, row.decided_at, row.decided_by = remark.strip()[:500], at, by
    row.save()
    if approved and row.kind == ApplicationKind.CHANGE:
        points, months = from_kept(row.proposed)
        plans.set_baseline(project.plan, milestones=points, months=months, reason=row.reason[:500], by=by, at=at)
    elif approved:
        closed = row.kind == ApplicationKind.CLOSING
        project.plan = plans.end_plan(project.plan, on=day_of(at), by=by, at=at)
        project.ended_as = EndKind.CLOSED if closed else EndKind.WITHDRAWN
        project.save(update_fields=["ended_as"])
        worklist.close_all(project, at=at)  # what has ended waits for nothing
    worklist.close_todo(DECIDING, row, at=at)
    audit.record("projects.decided", project, by=by, at=at, new={"kind": row.kind, "approved": approved})
    return row


# ---- months ----------------------------------------------------------------------------------------------------------


@act
def report_months(
    lines: Sequence[plans.Line], *, by: Account | None, at: datetime
) -> tuple[int, dict[int, list[plans.Fault]]]:
    """填報: as the engine does it, and what was asked for goes off the list. Says how many were written."""
    made, refused = plans.report_months(lines, by=by, at=at)
    due = last_ended_month(day_of(at))
    done = [row.plan_id for row in made if row.month == due]
    projects = list(Project.objects.filter(plan__in=done))
    worklist.read_for(projects)
    for project in projects:
        worklist.close_todo(REPORTING, project, at=at)
    return len(made), refused


def last_ended_month(today: date) -> date:
    """The newest month that is over."""
    return of_plans.months_later(of_plans.first_of(today), -1)


@act
def chase(at: datetime) -> int:
    """稽催: the newest month that is over waits on the agency's list until it is reported. Says how many wait."""
    today = day_of(at)
    month = last_ended_month(today)
    due = end_of_day(of_plans.lock_day(month, milestones.lock_on(today)))
    rows = Project.objects.filter(plan__opened_on__lte=of_plans.end_of(month)).filter(
        plan__in=Plan.objects.as_of(today)
    )
    projects = {one.plan_id: one for one in queries.with_plan(rows).order_by("pk")}
    missing = milestones.missing([one.plan for one in projects.values()], month)
    worklist.read_for([projects[plan.pk] for plan in missing])
    with translation.override("zh-hant"):  # titles are kept in the city's language
        detail = _("%(month)s的進度還沒填報") % {"month": month_name(month)}
    for plan in missing:
        project = projects[plan.pk]
        worklist.open_todo(
            REPORTING, project, title=plan.name, detail=detail, reference=project.number, agency=plan.agency,
            unit=plan.unit, due_at=due, url=reverse("projects:month", args=[project.number, f"{month:%Y-%m}"]), at=at,
        )  # fmt: skip
    return len(missing)
