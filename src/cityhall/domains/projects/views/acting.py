"""What agencies do: propose a project, record what happens to it, apply for a change, a closing or a withdrawal."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cityhall.engines.directory import queries as directory
from cityhall.engines.directory.models import Agency
from cityhall.engines.idempotency.acting import act_page
from cityhall.engines.idempotency.views import form_once
from cityhall.engines.milestones import queries as milestones
from cityhall.engines.milestones import services as plans
from cityhall.engines.milestones.refusals import CannotControl
from cityhall.engines.milestones.states import TenderResult
from cityhall.foundation.clock import day_of
from cityhall.web.access import requires
from cityhall.web.charts import year_name
from cityhall.web.forms import Form

from .. import forms, on_site, services
from ..models import Project
from ..queries import REPORT
from ..states import ApplicationKind
from . import finding


def _agencies(request: HttpRequest, at: datetime) -> list[Agency]:
    """The agencies for which somebody may propose."""
    reach = directory.reach(request.user, REPORT, at)
    rows = Agency.objects.as_of(day_of(at)).order_by("order", "code")
    if reach.everywhere:
        return list(rows)
    return list(rows.filter(Q(pk__in=reach.agencies) | Q(units__in=reach.units)).distinct())


@requires(REPORT)
@form_once
def propose(request: HttpRequest) -> HttpResponse:
    """提報 a project of a profile with its plan."""
    now, profile = timezone.now(), finding.profile_of(request)
    today = day_of(now)
    agencies = _agencies(request, now)
    years = [(year, year_name(year)) for year in (today.year + 1, today.year)]
    form = forms.ProposeForm(
        request.POST if request.method == "POST" else None, profile=profile, agencies=agencies,
        districts=finding.districts(), years=years, initial={"year": today.year + 1},
    )  # fmt: skip
    made: list[Project] = []

    def do(given: dict[str, Any]) -> str:
        agency = next(one for one in agencies if one.code == given["agency"])
        made.append(
            services.propose(
                profile=profile.code, name=given["name"], agency=agency, unit=_unit(request, agency, now),
                works=given["works"], total_budget=given["total_budget"], year=given["year"], district=given["district"],
                place=given["place"], about=given["about"], facets=form.facets(), milestones=form.milestones,
                months=given["months"], by=request.user, at=now,
            )
        )  # fmt: skip
        return _("已提報，編號%(number)s，由研考會決定是否列管。") % {"number": made[0].number}

    return act_page(
        request, form=form, title=_("提報%(profile)s") % {"profile": profile.label}, button=_("提報"), do=do,
        back=(finding.list_of(profile), str(profile.title)), to=finding.list_of(profile), refused=CannotControl,
        lead=_("檢核點沒有的留空。提報後就有編號，研考會決定列為府列管，或由機關指定專人自主管理。"),
    )  # fmt: skip


def _unit(request: HttpRequest, agency: Agency, at: datetime) -> Any:
    """The unit of whoever proposes, where they serve in one at that agency."""
    person = directory.person_of(request.user)
    if person is None:
        return None
    return next((row.unit for row in directory.serving_at(person, agency, on=day_of(at)) if row.unit), None)


# ---- what happens to a project ---------------------------------------------------------------------------------------

Made = tuple[Form, Callable[[dict[str, Any]], str]]


def _met(one: Project, data: Any, who: dict[str, Any], today: date) -> Made:
    facts = milestones.facts([one.plan], day=today).get(one.plan_id)
    form = forms.MetForm(data, points=facts.milestones if facts else [])

    def do(given: dict[str, Any]) -> str:
        plans.meet(one.plan, code=given["code"], on=given["on"], **who)
        return _("檢核點的完成日已登錄。")

    return form, do


def _tender(one: Project, data: Any, who: dict[str, Any], today: date) -> Made:
    def do(given: dict[str, Any]) -> str:
        plans.hold_tender(one.plan, **given, **who)
        return _("開標結果已登錄。")

    return forms.TenderForm(data), do


def _contract(one: Project, data: Any, who: dict[str, Any], today: date) -> Made:
    awarded = one.plan.tenders.filter(result=TenderResult.AWARDED).order_by("package")
    packages = list(awarded.values_list("package", flat=True).distinct())

    def do(given: dict[str, Any]) -> str:
        plans.sign_contract(one.plan, **given, **who)
        return _("契約已登錄。")

    return forms.ContractForm(data, packages=packages), do


def _contract_change(one: Project, data: Any, who: dict[str, Any], today: date) -> Made:
    there = {str(row.reference): row for row in one.plan.contracts.select_related("plan").order_by("signed_on", "pk")}

    def do(given: dict[str, Any]) -> str:
        plans.change_contract(there[given.pop("contract")], **given, **who)
        return _("契約變更已登錄。")

    return forms.ContractChangeForm(data, contracts=list(there.values()), initial={"on": today}), do


def _stop(one: Project, data: Any, who: dict[str, Any], today: date) -> Made:
    def do(given: dict[str, Any]) -> str:
        plans.stop(one.plan, **given, **who)
        return _("停工已登錄。")

    return forms.StopForm(data), do


def _resume(one: Project, data: Any, who: dict[str, Any], today: date) -> Made:
    def do(given: dict[str, Any]) -> str:
        plans.resume(one.plan, **given, **who)
        return _("復工已登錄。")

    return forms.ResumeForm(data), do


def _land(one: Project, data: Any, who: dict[str, Any], today: date) -> Made:
    def do(given: dict[str, Any]) -> str:
        plans.set_land(one.plan, **given, **who)
        return _("用地取得情形已登錄。")

    return forms.LandForm(data), do


def _ask(one: Project, data: Any, who: dict[str, Any], today: date) -> Made:
    agencies = {row.code: row for row in Agency.objects.as_of(today).order_by("order", "code")}

    def do(given: dict[str, Any]) -> str:
        plans.ask_coordination(
            one.plan, matter=given["matter"], asked_of=agencies.get(given["asked_of"]), on=given["on"], **who
        )
        return _("協調事項已登錄。")

    return forms.AskForm(data, agencies=list(agencies.values()), initial={"on": today}), do


def _settle(one: Project, data: Any, who: dict[str, Any], today: date) -> Made:
    asked = {str(row.pk): row for row in one.plan.requests.filter(settled_on=None)}

    def do(given: dict[str, Any]) -> str:
        plans.settle_coordination(one.plan, asked[given["request"]], on=given["on"], how=given["how"], **who)
        return _("已登錄解決。")

    return forms.SettleForm(data, asked=list(asked.values()), initial={"on": today}), do


def _place(one: Project, data: Any, who: dict[str, Any], today: date) -> Made:
    points = one.line or ([[one.lon, one.lat]] if one.lon is not None else [])
    initial = {
        "district": one.district, "address": one.place, "points": "\n".join(f"{lon:.6f} {lat:.6f}" for lon, lat in points),
    }  # fmt: skip

    def do(given: dict[str, Any]) -> str:
        on_site.place(one, **given, **who)
        return _("位置已登錄。")

    return forms.PlaceForm(data, districts=finding.districts(), initial=initial), do


RECORDS = {
    "met": (gettext_lazy("檢核點完成"), _met),
    "tender": (gettext_lazy("開標結果"), _tender),
    "contract": (gettext_lazy("契約"), _contract),
    "contract-change": (gettext_lazy("契約變更"), _contract_change),
    "stop": (gettext_lazy("停工"), _stop),
    "resume": (gettext_lazy("復工"), _resume),
    "land": (gettext_lazy("用地取得"), _land),
    "ask": (gettext_lazy("請求跨機關協調"), _ask),
    "settle": (gettext_lazy("協調已解決"), _settle),
    "place": (gettext_lazy("位置"), _place),
}


@requires(REPORT)
@form_once
def record(request: HttpRequest, number: str, what: str) -> HttpResponse:
    """登錄 one thing that happened to a project."""
    now = timezone.now()
    one = finding.project_for(request, number, REPORT, now)
    if what not in RECORDS:
        raise Http404
    title, make = RECORDS[what]
    data = request.POST if request.method == "POST" else None
    form, do = make(one, data, {"by": request.user, "at": now}, day_of(now))
    return act_page(
        request, form=form, title=str(title), button=_("登錄"), do=do, back=(finding.url_of(one), one.plan.name),
        to=finding.url_of(one), refused=CannotControl, summary=[(_("計畫"), one.plan.name)],
    )  # fmt: skip


# ---- applications ----------------------------------------------------------------------------------------------------

KINDS = {
    "change": (ApplicationKind.CHANGE, gettext_lazy("申請計畫修正")),
    "closing": (ApplicationKind.CLOSING, gettext_lazy("申請辦結")),
    "withdrawal": (ApplicationKind.WITHDRAWAL, gettext_lazy("申請撤銷列管")),
}


@requires(REPORT)
@form_once
def apply(request: HttpRequest, number: str, kind: str) -> HttpResponse:
    """申請: the commission decides."""
    now = timezone.now()
    one = finding.project_for(request, number, REPORT, now)
    if kind not in KINDS:
        raise Http404
    code, title = KINDS[kind]
    data = request.POST if request.method == "POST" else None
    form: Any = forms.BecauseForm(data)
    if code == ApplicationKind.CHANGE:
        form = _change_form(one, data)

    def do(given: dict[str, Any]) -> str:
        proposed = (form.milestones, given["months"]) if code == ApplicationKind.CHANGE else None
        services.apply(one, kind=code, reason=given["reason"], proposed=proposed, by=request.user, at=now)
        return _("已送出，由研考會核定。")

    return act_page(
        request, form=form, title=str(title), button=_("送出申請"), do=do, back=(finding.url_of(one), one.plan.name),
        to=finding.url_of(one), refused=CannotControl, summary=[(_("計畫"), one.plan.name)],
    )  # fmt: skip


def _change_form(one: Project, data: Any) -> forms.ChangeForm:
    """The plan as it stands, to be changed."""
    baseline = one.plan.baselines.order_by("-number").first()
    points, months = [], []
    if baseline is not None:
        points = [
            services.Milestone(row.code, row.planned_on, None, services.Stage(row.stage), row.name)
            for row in baseline.milestones.all()
        ]
        months = [(row.month, row.percent, row.money) for row in baseline.months.all()]
    initial: dict[str, Any] = {f"on_{point.code}": point.planned_on for point in points}
    initial["months"] = forms.write_months(months)
    return forms.ChangeForm(data, points=points, initial=initial)
