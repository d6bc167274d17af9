"""What section 1.1.2 of the report prints of subsidised projects."""

from __future__ import annotations

from datetime import date

from django.utils.translation import gettext_lazy as _

from cityhall.domains.projects.public import ProjectQuerySet
from cityhall.engines.figures.registry import MONEY, SHARE, STATE, figure
from cityhall.foundation.period import Period
from cityhall.foundation.values import Count, Kinds, Portion, Share, Total

from . import queries
from .states import Measure

OF_THE_YEAR = _("期間所屬年度選列的一般性補助款基本設施計畫；辦結或撤銷的仍在內。")
AS_KNOWN = _("月底的數字，依那個月鎖定以前填報的；其他日子依當天已經登錄的。")


def _day(period: Period) -> date:
    return period.state_day or date.max


def _set(period: Period) -> ProjectQuerySet:
    """The sets of the period's years, as they were selected until its day."""
    last = period.last_day or _day(period)
    return queries.selected(period.first_day.year if period.first_day else None, last.year, _day(period))


def _share(period: Period, measure: Measure) -> Share:
    """The part of the sets that had come so far: the whole set is the denominator."""
    return Share(queries.reached(_set(period), measure, _day(period)), _set(period))


@figure(
    "subsidies.listed",
    "1.1.2",
    "105 年度基本設施補助計畫共 {:plain} 案",
    kind=STATE,
    name=_("一般性補助款計畫數"),
    unit=_("案"),
    counts=OF_THE_YEAR,
    leaves_out=_("還在提報的，以及由機關自主管理的，不算。"),
    dated_by=_("依提報的年度與選列的決定日。"),
    later={2017: "106 年度基本設施補助計畫總計選列 {:plain} 案"},
    related=("subsidies.budget", "subsidies.closed", "subsidies.open"),
)
def listed(period: Period) -> Count:
    """Subsidised projects that were selected for the period's years."""
    return Count(_set(period))


@figure(
    "subsidies.budget",
    "1.1.2",
    "總經費 {:yi2}元",
    kind=MONEY,
    name=_("一般性補助款計畫的總經費"),
    unit=_("元"),
    counts=_("期間所屬年度選列的一般性補助款計畫，總預算的合計。"),
    dated_by=_("依提報的年度與選列的決定日。"),
    related=("subsidies.listed", "subsidies.budget_execution"),
)
def budget(period: Period) -> Total:
    """Sum of the budgets of the subsidised projects selected for the period's years."""
    return Total(_set(period), "total_budget")


@figure(
    "subsidies.budget_execution",
    "1.1.2",
    "預算執行率 {:pct}",
    kind=SHARE,
    name=_("一般性補助款預算執行率"),
    unit="%",
    counts=_("已執行的金額占總預算的比率；已執行的是實支數、已估驗未付款、估驗保留款與節餘款的合計。"),
    dated_by=AS_KNOWN,
    rule=_("分母是年度選列的全部計畫的總預算。"),
    related=("subsidies.budget", "subsidies.tendered", "subsidies.completed", "subsidies.accepted"),
)
def budget_execution(period: Period) -> Portion:
    """Money carried out of the budgets of the period's years: paid, measured and unpaid, retained, and surplus."""
    return Portion(queries.with_money(_set(period), _day(period)), "executed", "total_budget")


@figure(
    "subsidies.tendered",
    "1.1.2",
    "發包率 {:pct}",
    kind=SHARE,
    name=_("一般性補助款發包率"),
    unit="%",
    counts=_("已經決標的計畫占年度選列計畫的比率；不必招標的，以核定那一天算。"),
    dated_by=AS_KNOWN,
    rule=_("分母是年度選列的全部計畫數。"),
    related=("subsidies.listed", "subsidies.completed"),
)
def tendered(period: Period) -> Share:
    """Projects that were awarded, or granted where nothing is tendered, of all that were selected."""
    return _share(period, Measure.TENDERED)


@figure(
    "subsidies.completed",
    "1.1.2",
    "完工率 {:pct}",
    kind=SHARE,
    name=_("一般性補助款完工率"),
    unit="%",
    counts=_("已經完工的計畫占年度選列計畫的比率。"),
    dated_by=AS_KNOWN,
    rule=_("分母是年度選列的全部計畫數。"),
    related=("subsidies.listed", "subsidies.accepted"),
)
def completed(period: Period) -> Share:
    """Projects that were completed, of all that were selected."""
    return _share(period, Measure.COMPLETED)


@figure(
    "subsidies.accepted",
    "1.1.2",
    "驗收完成率 {:pct}",
    kind=SHARE,
    name=_("一般性補助款驗收完成率"),
    unit="%",
    counts=_("已經驗收完成的計畫占年度選列計畫的比率。"),
    leaves_out=_("單純經費撥付沒有驗收，仍算在分母裡。"),
    dated_by=AS_KNOWN,
    rule=_("分母是年度選列的全部計畫數。"),
    related=("subsidies.listed", "subsidies.closed"),
)
def accepted(period: Period) -> Share:
    """Projects that were accepted, of all that were selected; a plain grant never is, and stays in the denominator."""
    return _share(period, Measure.ACCEPTED)


@figure(
    "subsidies.closed",
    "1.1.2",
    "已結案件 {:plain} 件",
    kind=STATE,
    name=_("已結案的一般性補助款計畫數"),
    unit=_("案"),
    counts=_("期間所屬年度選列的計畫中，已經核定辦結的。"),
    leaves_out=_("撤銷列管的不算。"),
    dated_by=_("依核定辦結那一天。"),
    related=("subsidies.listed", "subsidies.open"),
)
def closed(period: Period) -> Count:
    """Projects of the period's years that were closed on its last day."""
    return Count(queries.reached(_set(period), Measure.CLOSED, _day(period)))


@figure(
    "subsidies.open",
    "1.1.2",
    "未結案之 {:plain} 案",
    kind=STATE,
    name=_("未結案的一般性補助款計畫數"),
    unit=_("案"),
    counts=_("期間所屬年度選列的計畫中，還在列管的。"),
    leaves_out=_("已經辦結的與撤銷列管的不算。"),
    dated_by=_("依結束列管那一天。"),
    related=("subsidies.listed", "subsidies.closed"),
)
def open(period: Period) -> Count:
    """Projects of the period's years that were still under control on its last day."""
    return Count(queries.still_open(_set(period), _day(period)))


@figure(
    "subsidies.classes",
    "1.1.2",
    "文化、體育、水利、公有建物設施及其他建設等 {:plain} 類經費",
    kind=STATE,
    name=_("一般性補助款計畫的類別數"),
    unit=_("類"),
    counts=_("期間所屬年度選列的計畫分屬幾類。"),
    dated_by=_("依提報的年度與選列的決定日。"),
    related=("subsidies.listed", "subsidies.modes"),
)
def classes(period: Period) -> Kinds:
    """How many classes the selected projects belong to."""
    return Kinds(_set(period), "facets__class")


@figure(
    "subsidies.modes",
    "1.1.2",
    "執行方式有發包工程、僱工購料、規劃設計、委託研究、採購、單純經費撥付、辦理事項或活動等 {:plain} 種",
    kind=STATE,
    name=_("一般性補助款計畫的執行方式數"),
    unit=_("種"),
    counts=_("期間所屬年度選列的計畫有幾種執行方式。"),
    dated_by=_("依提報的年度與選列的決定日。"),
    related=("subsidies.listed", "subsidies.classes"),
)
def modes(period: Period) -> Kinds:
    """In how many modes the selected projects are carried out."""
    return Kinds(_set(period), "facets__mode")
