"""What section 1.1.3 of the report prints, and how the rows behind a number are shown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from cityhall.engines.figures.registry import FLOW, SHARE, STATE, figure
from cityhall.engines.figures.rows import Column, Dimension, RowView, show_rows
from cityhall.engines.gatherings.models import Gathering, GatheringQuerySet
from cityhall.engines.tracking.models import Reply
from cityhall.foundation.period import Period
from cityhall.foundation.values import Count, Share, Total

from . import queries
from .models import CouncilItem, JointInspection
from .states import Verdict

LEFT_OUT = _("還沒有決定追蹤情形的，以及期間結束時又重新列管的，不在這三項之內。")
DATED = _("依列管日選案件，依期間最後一天的追蹤情形分；後來才決定的不算。")

# ---- the figures -----------------------------------------------------------------------------------------------------


@figure(
    "council.listed",
    "1.1.3",
    "計列管 {:plain} 案",
    kind=FLOW,
    name=_("議會案件列管件數"),
    unit=_("案"),
    counts=_("期間內列管的議員質詢和議會議決案件；一案由幾位議員提出、交給幾個機關，都算一案。"),
    leaves_out=_("沒有列管的質詢。"),
    dated_by=_("依列管日。"),
    related=("council.released", "council.self_tracked", "council.tracked"),
)
def listed(period: Period) -> Count:
    """Items put under control in the period, by the day of listing."""
    return Count(queries.listed(period))


@figure(
    "council.released",
    "1.1.3",
    "解除追蹤 {:plain} 案",
    kind=STATE,
    name=_("議會案件解除追蹤件數"),
    unit=_("案"),
    counts=_("期間內列管，到期間最後一天是解除追蹤的。"),
    leaves_out=LEFT_OUT,
    dated_by=DATED,
    related=("council.released_share", "council.listed"),
)
def released(period: Period) -> Count:
    """Items listed in the period and released by its last day.

    The day of the verdict decides, not the day on which the letter went out.
    """
    return Count(queries.with_verdict(period, Verdict.RELEASED))


@figure(
    "council.released_share",
    "1.1.3",
    "{:pct}",
    kind=SHARE,
    name=_("議會案件解除追蹤比率"),
    unit="%",
    counts=_("解除追蹤的件數，占期間內列管件數的比率。"),
    leaves_out=LEFT_OUT,
    dated_by=DATED,
    related=("council.released", "council.listed"),
)
def released_share(period: Period) -> Share:
    """Of the items listed in the period, those released by its last day."""
    return Share(queries.with_verdict(period, Verdict.RELEASED), queries.listed(period))


@figure(
    "council.self_tracked",
    "1.1.3",
    "自行追蹤 {:plain} 案",
    kind=STATE,
    name=_("議會案件自行追蹤件數"),
    unit=_("案"),
    counts=_("期間內列管，到期間最後一天是由機關自行追蹤的。"),
    leaves_out=LEFT_OUT,
    dated_by=DATED,
    related=("council.self_tracked_share", "council.listed"),
)
def self_tracked(period: Period) -> Count:
    """Items listed in the period and left to the agency by its last day."""
    return Count(queries.with_verdict(period, Verdict.SELF_TRACKED))


@figure(
    "council.self_tracked_share",
    "1.1.3",
    "{:pct}",
    kind=SHARE,
    name=_("議會案件自行追蹤比率"),
    unit="%",
    counts=_("自行追蹤的件數，占期間內列管件數的比率。"),
    leaves_out=LEFT_OUT,
    dated_by=DATED,
    related=("council.self_tracked", "council.listed"),
)
def self_tracked_share(period: Period) -> Share:
    """Of the items listed in the period, those left to the agency by its last day."""
    return Share(queries.with_verdict(period, Verdict.SELF_TRACKED), queries.listed(period))


@figure(
    "council.tracked",
    "1.1.3",
    "繼續追蹤 {:plain} 案",
    kind=STATE,
    name=_("議會案件繼續追蹤件數"),
    unit=_("案"),
    counts=_("期間內列管，到期間最後一天是繼續追蹤的。"),
    leaves_out=LEFT_OUT,
    dated_by=DATED,
    related=("council.tracked_share", "council.listed"),
)
def tracked(period: Period) -> Count:
    """Items listed in the period and still tracked on its last day."""
    return Count(queries.with_verdict(period, Verdict.TRACKED))


@figure(
    "council.tracked_share",
    "1.1.3",
    "{:pct}",
    kind=SHARE,
    name=_("議會案件繼續追蹤比率"),
    unit="%",
    counts=_("繼續追蹤的件數，占期間內列管件數的比率。"),
    leaves_out=LEFT_OUT,
    dated_by=DATED,
    related=("council.tracked", "council.listed"),
)
def tracked_share(period: Period) -> Share:
    """Of the items listed in the period, those still tracked on its last day."""
    return Share(queries.with_verdict(period, Verdict.TRACKED), queries.listed(period))


@figure(
    "council.poor_replies",
    "1.1.3",
    "105 年下半年共計 {:plain} 件",
    kind=FLOW,
    name=_("議會案件函復退回件數"),
    unit=_("件"),
    counts=_("期間內審核後退回重新答復的函復；同一案退回兩次算兩件。"),
    leaves_out=_("審核通過的，以及還沒有審核的。"),
    dated_by=_("依審核那一天。"),
    related=("council.listed",),
)
def poor_replies(period: Period) -> Count:
    """Replies returned in the period as poor or beside the question, by the day of the review."""
    return Count(queries.poor_replies(period))


@figure(
    "council.joint_inspections",
    "1.1.3",
    "105 年下半年議員參與會勘共 {:plain} 件",
    kind=FLOW,
    name=_("議員參與會勘件數"),
    unit=_("件"),
    counts=_("各機關登錄的、有議員參加的會勘。"),
    leaves_out=_("撤銷登錄的；以及區公所在納入統計之前辦理的。"),
    dated_by=_("依會勘日期，不是登錄的那一天。"),
    rule=_("區公所的會勘自106年1月1日起納入，日期是參數。"),
    related=("council.listed",),
)
def joint_inspections(period: Period) -> Count:
    """Joint inspections held in the period with councillors; district offices' from the day from which they count."""
    return Count(queries.inspections(period))


@figure(
    "council.training_sessions",
    "1.1.3",
    "教育訓練 {:plain} 場次",
    kind=FLOW,
    name=_("議會查詢系統教育訓練場次"),
    unit=_("場次"),
    counts=_("教議員服務處使用行動查詢的教育訓練，已經辦理的場次。"),
    leaves_out=_("還沒辦的與取消的不算。"),
    dated_by=_("依辦理那一天。"),
    related=("council.training_attendance",),
)
def training_sessions(period: Period) -> Count:
    """Trainings on the mobile look-up that were held in the period."""
    return Count(_trainings(period))


@figure(
    "council.training_attendance",
    "1.1.3",
    "共計 {:plain} 位服務處人員參加",
    kind=FLOW,
    name=_("議會查詢系統教育訓練人次"),
    unit=_("人次"),
    counts=_("這些教育訓練的出席人次合計。"),
    leaves_out=_("還沒辦的與取消的不算。"),
    dated_by=_("依辦理那一天。"),
    related=("council.training_sessions",),
)
def training_attendance(period: Period) -> Total:
    """How many came to them, all sessions together."""
    return Total(_trainings(period), "attendance")


def _trainings(period: Period) -> GatheringQuerySet:
    return Gathering.objects.of(queries.TRAINING).held_within(period.first_day, period.last_day)


# ---- the rows behind them --------------------------------------------------------------------------------------------


def _kind_names(kinds: Iterable[str]) -> Mapping[str, str]:
    return {kind: gettext(kind) for kind in kinds}


def _districts(names: Iterable[str]) -> Mapping[str, str]:
    return {name: name for name in names}


show_rows(
    RowView(
        CouncilItem,
        noun=pgettext_lazy("rows of a figure", "議會案件"),
        unit=_("案"),
        source=_("市政廳議會案件列管，依列管日計"),
        columns=(
            Column("number", _("列管編號"), lambda row: row.tracked.number),
            Column("listed_on", _("列管日"), lambda row: row.tracked.listed_on),
            Column("kind", _("案件類別"), lambda row: row.kind_label),
            Column("district", _("行政區"), lambda row: row.district),
            Column("standing", _("目前情形"), lambda row: row.tracked.standing),
        ),
        officer_columns=(Column("title", _("案由"), lambda row: row.tracked.title),),
        within=queries.within_rights,
        link=lambda row: row.tracked.url,
        order=("-tracked__listed_on", "-pk"),
        day="tracked__listed_on",
        related=("tracked",),
        dimensions=(
            Dimension("kind", _("案件類別"), "kind", _kind_names),
            Dimension("district", _("行政區"), "district", _districts, without=_("沒有行政區")),
        ),
    )
)

show_rows(
    RowView(
        Reply,
        noun=pgettext_lazy("rows of a figure", "退回的函復"),
        unit=_("件"),
        source=_("市政廳議會案件列管，依審核日計"),
        columns=(
            Column("number", _("列管編號"), lambda row: row.item.number),
            Column("reviewed_on", _("審核日"), lambda row: row.reviewed_on),
            Column("why", _("退回的原因"), lambda row: "、".join(row.shortcomings)),
        ),
        link=lambda row: row.item.url,
        order=("-reviewed_on", "-pk"),
        day="reviewed_on",
        related=("item",),
    )
)

show_rows(
    RowView(
        JointInspection,
        noun=pgettext_lazy("rows of a figure", "會勘"),
        unit=_("件"),
        source=_("市政廳會勘登錄，依會勘日計"),
        columns=(
            Column("held_on", _("會勘日期"), lambda row: row.held_on),
            Column("agency", _("辦理機關"), lambda row: row.agency.label),
            Column("matter", _("會勘事由"), lambda row: row.matter),
            Column("district", _("行政區"), lambda row: row.district),
        ),
        order=("-held_on", "-pk"),
        day="held_on",
        related=("agency",),
        dimensions=(Dimension("district", _("行政區"), "district", _districts, without=_("沒有行政區")),),
    )
)
