"""The portfolio: the list with lights, as it stands or as it stood in a month, and the table A = B + C + D + E."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from cityhall.engines.audit import services as audit
from cityhall.engines.directory.models import Agency
from cityhall.engines.files import downloads
from cityhall.engines.milestones import queries as milestones
from cityhall.engines.milestones import rules as of_plans
from cityhall.engines.milestones.states import LightName, StandingName
from cityhall.foundation.clock import day_of
from cityhall.web import charts
from cityhall.web.access import allowed, requires

from .. import comparing, forms, queries, rules
from ..explaining import why
from ..figures import kind_name
from ..models import Project, ProjectQuerySet
from ..profiles import Profile
from ..queries import CONTROL, READ, REPORT, Moment, Position
from . import finding

A_PAGE = 50
MONTHS_BACK = 36


def months_back(rows: ProjectQuerySet, today: date) -> list[date]:
    """The months that stand and can be looked at, the newest first."""
    first = (
        rows.exclude(plan__opened_on=None).order_by("plan__opened_on").values_list("plan__opened_on", flat=True).first()
    )
    last = milestones.last_standing_month(today)
    if first is None or of_plans.first_of(first) > last:
        return []
    return of_plans.months_between(first, last)[::-1][:MONTHS_BACK]


def chosen(text: str, months: Sequence[date]) -> date | None:
    """The month that is asked for, if it is one of those."""
    return next((one for one in months if f"{one:%Y-%m}" == text), None)


def _mine(request: HttpRequest, profile: Profile, at: datetime) -> ProjectQuerySet:
    return Project.objects.filter(queries.within_rights(request.user, READ, at)).of(profile.code)


@dataclass(frozen=True)
class Found:
    """What a filter finds: of which profile, the form, the moment that is looked at, its projects with the worst light first;
    the moments that are compared, the first the one that is looked at, with the projects of each."""

    profile: Profile
    form: forms.PortfolioFilter
    when: Moment
    projects: list[Position]
    moments: tuple[Moment, ...]
    apart: list[list[Position]]


def filtered(request: HttpRequest, at: datetime, *, compared: bool = False) -> Found:
    """The projects that somebody may see on the day that is looked at, narrowed by the form; with `compared` of two earlier
    moments, too."""
    today, profile = day_of(at), finding.profile_of(request)
    mine = _mine(request, profile, at)
    months = months_back(mine, today)
    agencies = list(Agency.objects.filter(pk__in=mine.values("plan__agency")).order_by("order", "code"))
    form = forms.PortfolioFilter(
        request.GET or None, profile=profile, agencies=agencies, districts=finding.districts(), months=months
    )
    wanted = form.cleaned_data if form.is_bound and form.is_valid() else {}
    when = queries.moment(chosen(wanted.get("month", ""), months), today)
    moments = comparing.moments(when, today) if compared else (when,)
    rows = _narrowed(mine, wanted, profile).listed_within(date(when.day.year - 1, 1, 1), when.day)
    apart = comparing.apart(queries.positions_at(queries.with_plan(rows), moments, reports_of=1), moments)
    found = sorted(filter(lambda one: _fits(one, wanted), apart[0]), key=_worst)
    return Found(profile, form, when, found, moments, apart)


def _narrowed(rows: ProjectQuerySet, wanted: dict[str, Any], profile: Profile) -> ProjectQuerySet:
    for word in wanted.get("q", "").split():
        rows = rows.filter(Q(number__icontains=word) | Q(plan__name__icontains=word))
    facets = ((f"facet_{one.key}", f"facets__{one.key}") for one in profile.facets)
    for name, field in (("agency", "plan__agency__code"), ("district", "district"), *facets):
        if wanted.get(name):
            rows = rows.filter(**{field: wanted[name]})
    return rows.filter(plan__works=wanted["kind"] == "works") if wanted.get("kind") else rows


def _fits(one: Position, wanted: dict[str, Any]) -> bool:
    standing, light = wanted.get("standing"), wanted.get("light")
    if standing and not (rules.is_behind(one.standing) if standing == "D" else one.standing == standing):
        return False
    return not light or one.light == light


ORDER = {of_plans.Light.RED: 0, of_plans.Light.AMBER: 1, of_plans.Light.GREEN: 2, None: 3}


def _worst(one: Position) -> tuple[int, Any, str]:
    return ORDER[one.light], -(one.behind or 0), one.project.number


def is_filtered(request: HttpRequest) -> bool:
    """Whether anything but the profile is asked for."""
    return any(value for name, value in request.GET.items() if name != "profile")


@requires(READ)
def index(request: HttpRequest) -> HttpResponse:
    """A profile's list; each filter and each month is a link."""
    there = filtered(request, timezone.now(), compared=True)
    profile, found = there.profile, there.projects
    page = Paginator(found, A_PAGE).get_page(request.GET.get("page"))
    context = {
        "profile": profile,
        "profiles": finding.profiles(profile, "projects:index"),
        "form": there.form,
        "filtered": is_filtered(request),
        "when": there.when,
        "page": page,
        "compared": comparing.of_portfolio(there.apart) if found else [],
        "moments": comparing.names(there.moments),
        "lines": [(one, why(one)) for one in page.object_list],
        "lights": [(name, sum(one.light == name for one in found)) for name in LightName],
        "reports": allowed(request, REPORT),
        "controls": allowed(request, CONTROL),
    }
    return render(request, "projects/index.html", context)


COLUMNS = (
    gettext_lazy("計畫編號"), gettext_lazy("計畫名稱"), gettext_lazy("主辦機關"), pgettext_lazy("project", "類別"),
    gettext_lazy("總預算"), gettext_lazy("列管起日"), gettext_lazy("辦理情形"), gettext_lazy("燈號"), gettext_lazy("預定進度"),
    gettext_lazy("實際進度"), gettext_lazy("實支數"), gettext_lazy("已估驗未付款"), gettext_lazy("估驗保留款"),
    gettext_lazy("節餘款"), gettext_lazy("為什麼"),
)  # fmt: skip


@requires(READ)
def export(request: HttpRequest, kind: str) -> HttpResponseBase:
    """The list as CSV, ODS or XLSX; written down."""
    now = timezone.now()
    there = filtered(request, now)
    profile, found = there.profile, there.projects
    audit.record(
        "projects.exported", None, by=request.user, at=now,
        new={"profile": profile.code, "rows": len(found), "kind": kind},
    )  # fmt: skip
    headings = [str(one) for one in (*COLUMNS, *(facet.label for facet in profile.facets))]
    return downloads.sheet(kind, f"{_file(profile)}.{kind}", headings, _cells(found, profile))


def _file(profile: Profile) -> str:
    return f"projects-{profile.code}" if profile.query else "projects"


def _cells(found: Sequence[Position], profile: Profile) -> Iterator[list[Any]]:
    for one in found:
        report, plan = one.report, one.project.plan
        money = [report.paid, report.unpaid, report.retained, report.surplus] if report else [None] * 4
        yield [
            one.project.number, plan.name, plan.agency.label, kind_name(plan.works), one.project.total_budget, plan.opened_on,
            str(StandingName(one.standing.value).label), str(LightName(one.light.value).label) if one.light else "",
            one.planned, one.actual, *money, "；".join(why(one)), *(text for _label, text in finding.facets_of(one.project)),
        ]  # fmt: skip


# ---- the table -------------------------------------------------------------------------------------------------------


def _table(
    request: HttpRequest, profile: Profile, at: datetime
) -> tuple[forms.MonthFilter, Moment, list[queries.Group]]:
    today, mine = day_of(at), _mine(request, profile, at)
    months = months_back(mine, today)
    form = forms.MonthFilter(request.GET or None, profile=profile, months=months)
    wanted = form.cleaned_data.get("month", "") if form.is_bound and form.is_valid() else ""
    when = queries.moment(chosen(wanted, months), today)
    rows = queries.with_plan(queries.listed_in_year(mine, when.day))
    return form, when, queries.groups(queries.positions(rows, when))


@requires(READ)
def table(request: HttpRequest) -> HttpResponse:
    """A = B + C + D + E by agency, bureaus and district offices apart, with ranks and a drawing."""
    profile = finding.profile_of(request)
    form, when, groups = _table(request, profile, timezone.now())
    drawn = []
    for group in groups:
        behind = [charts.Point(group.names[one.agency], one.behind) for one in group.lines if one.behind][:15]
        if len(behind) > 1:
            title = _("區公所落後的計畫數") if group.district_offices else _("各機關落後的計畫數")
            source = _("市政廳列管計畫紀錄")
            drawn.append(charts.horizontal_bars(title, behind, unit=_("案"), source=source, first_column=_("主辦機關")))
    context = {
        "profile": profile, "profiles": finding.profiles(profile, "projects:table"), "form": form, "when": when, "charts": drawn,
        "groups": [(one, [(group_name(one, line), line) for line in one.lines], rules.total(one.lines)) for one in groups],
    }  # fmt: skip
    return render(request, "projects/table.html", context)


def group_name(group: queries.Group, line: rules.Line) -> str:
    """What a line's agency is called."""
    return group.names.get(line.agency, line.agency)


TABLE = (
    gettext_lazy("主辦機關"), gettext_lazy("列管 A"), gettext_lazy("辦結 B"), gettext_lazy("符合或超前 C"), gettext_lazy("落後 D"),
    "D1", "D2", "D3", gettext_lazy("撤銷 E"), "B/A (%)", "C/A (%)", "D/A (%)", "E/A (%)", "F1", "F2", "F1+F2",
)  # fmt: skip


@requires(READ)
def export_table(request: HttpRequest, kind: str) -> HttpResponseBase:
    """The table as CSV, ODS or XLSX; written down."""
    now, profile = timezone.now(), finding.profile_of(request)
    _form, _when, groups = _table(request, profile, now)
    audit.record(
        "projects.exported", None, by=request.user, at=now,
        new={"profile": profile.code, "table": True, "kind": kind},
    )  # fmt: skip
    return downloads.sheet(kind, f"{_file(profile)}-table.{kind}", [str(one) for one in TABLE], _table_cells(groups))


def _table_cells(groups: Sequence[queries.Group]) -> Iterator[list[Any]]:
    for group in groups:
        for line in [*group.lines, rules.total(group.lines)]:
            yield [
                group_name(group, line) or _("合計"), line.listed, line.closed, line.on_time, line.behind, line.d1, line.d2,
                line.d3, line.withdrawn, *line.shares, line.rank_count, line.rank_share, line.rank_sum,
            ]  # fmt: skip
