"""What section 1.4.7 of the report prints of the programme: its facets, its sub-projects, its meetings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from cityhall.engines.directory.models import Agency
from cityhall.engines.figures.registry import FLOW, STATE, figure
from cityhall.engines.figures.rows import Column, Dimension, RowView, show_rows
from cityhall.engines.gatherings.models import Gathering
from cityhall.foundation.period import Period
from cityhall.foundation.values import Count

from . import queries
from .models import SubProject
from .states import Facet

COMMITTEE = "smart_city.committee"
WORKING_GROUP = "smart_city.working_group"
KINDS = {"committee": COMMITTEE, "working group": WORKING_GROUP}


@figure(
    "smart_city.facets",
    "1.4.7",
    "共 {:plain} 面向",
    kind=STATE,
    name=_("智慧城市計畫的面向"),
    unit=_("個"),
    counts=_("期間內至少有一項子計畫列管的面向；每個面向以編號最前面的子計畫代表。"),
    leaves_out=_("還沒有子計畫列管的面向不算。"),
    dated_by=_("依子計畫的列管起日與結束列管日。"),
    related=("smart_city.subprojects",),
)
def facets(period: Period) -> Count:
    """Facets in which a sub-project was under control on some day of the period."""
    return Count(queries.facets(period))


@figure(
    "smart_city.subprojects",
    "1.4.7",
    "計 {:plain} 項子計畫",
    kind=STATE,
    name=_("智慧城市子計畫數"),
    unit=_("項"),
    counts=_("期間內曾列管的智慧城市子計畫：最後一天以前列管，而且期間開始時還沒結束。"),
    leaves_out=_("還在提報、沒有列管的，以及期間開始以前已經結束的，不算。"),
    dated_by=_("依列管起日與結束列管日；期間內結束的仍算。"),
    related=("smart_city.facets", "smart_city.meetings"),
)
def subprojects(period: Period) -> Count:
    """Sub-projects of the programme under control on some day of the period."""
    return Count(queries.subprojects(period))


@figure(
    "smart_city.meetings",
    "1.4.7",
    "大會 {:plain} 次",
    kind=FLOW,
    name=_("智慧城市推動委員會的會議"),
    unit=_("次"),
    counts=_("已經開過的大會，或各分組的工作會議。"),
    leaves_out=_("還沒開的與取消的不算。"),
    dated_by=_("依開會那一天，不是通知或發紀錄的那一天。"),
    of={"committee": "大會 {:plain} 次", "working group": "分組工作會議 {:plain} 次"},
)
def meetings(period: Period, of: str) -> Count:
    """Meetings of the committee, of its working groups, or of both, that took place in the period."""
    profiles = [KINDS[of]] if of else KINDS.values()
    return Count(Gathering.objects.of(*profiles).held_within(period.first_day, period.last_day))


# ---- the rows behind them --------------------------------------------------------------------------------------------


def _agencies(keys: Iterable[int]) -> Mapping[int, str]:
    return {one.pk: one.label for one in Agency.objects.filter(pk__in=list(keys))}


def _facets(values: Iterable[str]) -> Mapping[str, str]:
    return {value: str(Facet(value).label) for value in values if value in Facet.values}


show_rows(
    RowView(
        SubProject,
        noun=_("智慧城市子計畫"),
        unit=_("項"),
        source=_("市政廳智慧城市子計畫"),
        columns=(
            Column("number", _("計畫編號"), lambda row: row.number),
            Column("name", _("子計畫"), lambda row: row.plan.name),
            Column("facet", _("面向"), lambda row: row.facet_name),
            Column("agency", _("執行機關"), lambda row: row.plan.agency.label),
            Column("day", _("列管起日"), lambda row: row.plan.opened_on),
        ),
        order=("number",),
        link=lambda row: reverse("smart_city:sub_project", args=[row.number]),
        related=("plan__agency",),
        dimensions=(
            Dimension("facet", _("面向"), "facets__facet", _facets),
            Dimension("agency", _("執行機關"), "plan__agency", _agencies),
        ),
    )
)
