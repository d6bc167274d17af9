"""What section 1.2.4 of the report prints, and how the tests behind a number are shown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cityhall.engines.figures.registry import AVERAGE, FLOW, SHARE, figure
from cityhall.engines.figures.rows import Column, Dimension, RowView, show_rows
from cityhall.foundation.period import Period
from cityhall.foundation.values import Average, Count, Share

from .models import PhoneTest, PhoneTestQuerySet
from .states import Window

# ---- the figures -----------------------------------------------------------------------------------------------------


@figure(
    "phone_tests.calls",
    "1.2.4",
    "105 年共測試 {:plain} 通電話",
    kind=FLOW,
    name=_("電話測試通數"),
    unit=_("通"),
    counts=_("測試員打給機關、有人接聽並完成評分的電話，包括府外機關與午休時間的。"),
    leaves_out=_("還沒打的，以及打了幾次都無人接聽的，都不算；無人接聽另外列為缺失。"),
    dated_by=_("依通話那一天，不是登錄的那一天。"),
    rule=_("一通由兩人各評一次的，只算一通，依第一位的評分。"),
    related=("phone_tests.calls_monthly", "phone_tests.passed", "phone_tests.failed"),
)
def calls(period: Period) -> Count:
    """Test calls of the period that were answered and scored, by the day of the call.

    One that reached nobody has no score: it is a finding of its own and not among them.
    """
    return Count(_scored(period))


@figure(
    "phone_tests.calls_monthly",
    "1.2.4",
    "平均每月測試 {:plain} 通",
    kind=AVERAGE,
    name=_("平均每月電話測試通數"),
    unit=_("通／月"),
    counts=_("電話測試通數除以月數。"),
    leaves_out=_("與「電話測試通數」相同。"),
    dated_by=_("依通話那一天；不滿一個月的日子，按當月天數折算。"),
    rule=_("四捨五入到整數。舊報告把105年的365.67捨去小數，印成365；這裡和其他平均一樣四捨五入，是366。"),
    related=("phone_tests.calls", "phone_tests.passed", "phone_tests.failed"),
)
def calls_monthly(period: Period) -> Average:
    """Scored test calls a month: those of `calls`, over the months of the period."""
    return Average(_scored(period), period.months)


@figure(
    "phone_tests.passed",
    "1.2.4",
    "測試成績達 80 分合格比例為 {:pct}",
    kind=SHARE,
    name=_("電話測試合格比例"),
    unit="%",
    counts=_("完成評分的測試當中，分數達到通話那一天及格分數的比例。及格分數是參數，目前80分。"),
    leaves_out=_("無人接聽的沒有分數，不在分子，也不在分母。"),
    dated_by=_("依通話那一天，和「電話測試通數」相同。"),
    related=("phone_tests.failed", "phone_tests.calls", "phone_tests.calls_monthly"),
)
def passed(period: Period) -> Share:
    """Of the scored test calls, those with at least the pass mark of their day."""
    return Share(_scored(period).passed(), _scored(period))


@figure(
    "phone_tests.failed",
    "1.2.4",
    "未達 80 分標準者為 {:pct}",
    kind=SHARE,
    name=_("電話測試未達標準比例"),
    unit="%",
    counts=_("完成評分的測試當中，分數不到通話那一天及格分數的比例；逐通請機關改善。"),
    leaves_out=_("無人接聽的沒有分數，不在分子，也不在分母。"),
    dated_by=_("依通話那一天，和「電話測試通數」相同。"),
    related=("phone_tests.passed", "phone_tests.calls", "phone_tests.calls_monthly"),
)
def failed(period: Period) -> Share:
    """Of the scored test calls, those below the pass mark of their day."""
    return Share(_scored(period).failed(), _scored(period))


def _scored(period: Period) -> PhoneTestQuerySet:
    return PhoneTest.objects.scored_within(period.first_day, period.last_day)


# ---- the rows behind them --------------------------------------------------------------------------------------------


def _window_names(codes: Iterable[str]) -> Mapping[str, str]:
    return {code: str(Window(code).label) for code in codes}


def _place_names(values: Iterable[bool]) -> Mapping[bool, str]:
    return {value: str(_("第一線服務單位") if value else _("其他單位")) for value in values}


# How an agency did is its own matter and the commission's: the rows name none, nor can they be told apart by it.
show_rows(
    RowView(
        PhoneTest,
        noun=pgettext_lazy("rows of a figure", "電話測試"),
        unit=_("通"),
        source=_("市政廳電話測試，依通話日計"),
        columns=(
            Column("number", _("測試編號"), lambda row: row.number),
            Column("day", _("通話日"), lambda row: row.called_on),
            Column("window", _("時段"), lambda row: row.get_window_display()),
            Column("result", pgettext_lazy("phone test", "結果"), lambda row: row.get_state_display()),
        ),
        order=("-called_on", "-pk"),
        day="called_on",
        related=("plan",),
        dimensions=(
            Dimension("window", _("時段"), "window", _window_names),
            Dimension("first_line", _("服務單位"), "first_line", _place_names),
        ),
    )
)
