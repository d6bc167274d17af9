"""What section 1.1.1 of the report prints of projects, and how the projects behind a number are shown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cityhall.engines.directory.models import Agency
from cityhall.engines.figures.registry import FLOW, MONEY, RULE, STATE, figure
from cityhall.engines.figures.rows import Column, Dimension, RowView, show_rows
from cityhall.engines.gatherings.models import Gathering
from cityhall.engines.rules.queries import parameter
from cityhall.foundation.period import Period
from cityhall.foundation.values import Count, RuleValue, Total

from . import queries, reviewing, year_end
from .models import Project, ProjectQuerySet

# ---- the figures -----------------------------------------------------------------------------------------------------


@figure(
    "projects.listing_threshold",
    "1.1.1",
    "工程類計畫總預算金額達 {:wan}元以上",
    kind=RULE,
    name=_("列管門檻"),
    unit=_("元"),
    counts=_("計畫總預算達到這個金額，可以列為府列管；工程類與非工程類各有門檻，沒有指明時是工程類的。"),
    dated_by=_("依期間最後一天有效的參數。"),
    rule=_("剛好等於門檻的，也算達到。"),
    of={"works": "工程類計畫總預算金額達 {:wan}元以上", "other": "非工程類計畫達 {:wan}元以上"},
    related=("projects.candidates_budget", "projects.listed"),
)
def listing_threshold(period: Period, of: str) -> RuleValue:
    """The total budget from which on a project can be listed, by the parameter of the period's last day."""
    day = period.state_day or period.first_day
    assert day, "a period has a first or a last day"
    found = parameter(f"projects.threshold_{of or 'works'}", on=day)
    return RuleValue(value=found.value, source=found.source, valid_from=found.valid_from)


@figure(
    "projects.candidates_budget",
    "1.1.1",
    "合計約 {:yi}元",
    kind=MONEY,
    name=_("達列管門檻計畫的總預算"),
    unit=_("元"),
    counts=_("達到列管門檻的重大建設計畫的總預算合計：這個年度提報的，加上以前列管、年初還沒結束的。"),
    leaves_out=_("總預算不到門檻的，以及其他類型的計畫，不算。"),
    dated_by=_("依提報的年度；門檻依該年度1月1日有效的參數。"),
    rule=_("一個計畫只算一次。"),
    of={"works": "工程類經費約 {:yi}元", "other": "非工程類經費約 {:yi}元"},
    related=("projects.listed", "projects.listing_threshold"),
)
def candidates_budget(period: Period, of: str) -> Total:
    """Sum of the total budgets of major projects at or above the threshold: proposed for the year, or listed before."""
    last = period.last_day or period.state_day
    first = period.first_day or last
    assert last, "a state needs a last day"
    assert first
    rows = queries.candidates(first.year, last.year, period.state_day or last)
    if of:
        rows = rows.filter(plan__works=of == "works")
    return Total(rows, "total_budget")


@figure(
    "projects.listed",
    "1.1.1",
    "106 年度重大建設府列管案件計 {:plain} 案",
    kind=STATE,
    name=_("府列管重大建設計畫數"),
    unit=_("案"),
    counts=_("期間內曾在府列管中的重大建設計畫：最後一天以前列管，而且期間開始時還沒結束。"),
    leaves_out=_("機關自主管理的、還在提報的，以及期間開始以前已經辦結或撤銷的，不算。"),
    dated_by=_("依列管起日與結束列管日；期間內辦結或撤銷的仍算。"),
    of={"new": "106 年度新增 {:plain} 案", "continued": "105 年度以前持續列管 {:plain} 案"},
    related=("projects.candidates_budget", "projects.listing_threshold"),
)
def listed(period: Period, of: str) -> Count:
    """Major projects under city-level control in the period: new ones were listed in it, continued ones before."""
    return Count(_listed(period, of))


def _listed(period: Period, of: str) -> ProjectQuerySet:
    last = period.state_day or date.max
    rows = Project.objects.of("major").listed_within(period.first_day, last)
    if of and period.first_day:
        new = Q(plan__opened_on__gte=period.first_day)
        return rows.filter(new if of == "new" else ~new)
    return rows.none() if of == "continued" else rows


@figure(
    "projects.reviewed",
    "1.1.1",
    "已專案檢討 {:plain} 案",
    kind=FLOW,
    name=_("專案檢討的計畫數"),
    unit=_("案"),
    counts=_("已經開過的專案檢討會議所檢討的計畫；同一計畫檢討幾次，都算一案。"),
    leaves_out=_("還沒開的與取消的會議不算。"),
    dated_by=_("依開會那一天。"),
    related=("projects.listed", "projects.site_visits"),
)
def reviewed(period: Period) -> Count:
    """Projects that a review meeting of the period spoke of, each once."""
    return Count(reviewing.reviewed(period.first_day, period.last_day))


@figure(
    "projects.site_visits",
    "1.1.1",
    "105 年度總計辦理 {:plain} 場次實地查證",
    kind=FLOW,
    name=_("重大建設計畫實地查證場次"),
    unit=_("場次"),
    counts=_("已經辦理的重大建設計畫實地查證。"),
    leaves_out=_("還沒辦的與取消的不算。"),
    dated_by=_("依查證那一天。"),
    related=("projects.reviewed",),
)
def site_visits(period: Period) -> Count:
    """Field verifications held in the period."""
    return Count(Gathering.objects.of(reviewing.SITE_VISIT).held_within(period.first_day, period.last_day))


@figure(
    "projects.year_end_evaluations",
    "1.1.1",
    "預計考核 {:plain} 案",
    kind=FLOW,
    name=_("年終考核的計畫數"),
    unit=_("案"),
    counts=_("期間內辦結的重大建設計畫；年度終了後辦理年終考核。"),
    leaves_out=_("撤銷列管的、還沒辦結的，以及其他類型的計畫，不算。"),
    dated_by=_("依核定辦結那一天，不是考核那一天。"),
    related=("projects.listed",),
)
def year_end_evaluations(period: Period) -> Count:
    """Major projects closed in the period: those that the year-end evaluation judges."""
    return Count(year_end.closed_within(period.first_day, period.last_day))


# ---- the rows behind them --------------------------------------------------------------------------------------------


def _agency_names(keys: Iterable[int]) -> Mapping[int, str]:
    return {one.pk: one.label for one in Agency.objects.filter(pk__in=list(keys))}


def kind_name(works: bool) -> str:
    """What works and other projects are called."""
    return str(_("工程") if works else _("非工程"))


def _kind_names(values: Iterable[bool]) -> Mapping[bool, str]:
    return {value: kind_name(value) for value in values}


show_rows(
    RowView(
        Project,
        noun=_("列管計畫"),
        unit=_("案"),
        source=_("市政廳列管計畫紀錄"),
        columns=(
            Column("number", _("計畫編號"), lambda row: row.number),
            Column("name", _("計畫名稱"), lambda row: row.plan.name),
            Column("agency", _("主辦機關"), lambda row: row.plan.agency.label),
            Column("kind", pgettext_lazy("project", "類別"), lambda row: kind_name(row.plan.works)),
            Column("budget", _("總預算"), lambda row: row.total_budget),
            Column("day", _("列管起日"), lambda row: row.plan.opened_on),
        ),
        order=("number",),
        link=lambda row: reverse("projects:project", args=[row.number]),
        related=("plan__agency",),
        dimensions=(
            Dimension("agency", _("主辦機關"), "plan__agency", _agency_names),
            Dimension("kind", pgettext_lazy("project", "類別"), "plan__works", _kind_names),
        ),
    )
)
