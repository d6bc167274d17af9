"""What section 1.4.8 of the report prints of free wireless access."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta

from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cityhall.engines.figures.registry import AVERAGE, RULE, STATE, figure
from cityhall.engines.figures.rows import Column, Dimension, RowView, show_rows
from cityhall.engines.rules.queries import parameter
from cityhall.engines.usage.queries import uses
from cityhall.foundation.period import Period
from cityhall.foundation.values import Change, Count, MonthlyTotal, Total

from . import queries
from .models import Hotspot, HotZone
from .states import Builder, Measure, SiteKind

SOURCE = "wifi"


def _day(period: Period) -> date:
    return period.state_day or date.max


@figure(
    "wifi.hotspots",
    "1.4.8",
    "全市共提供 {:plain} 個免費無線上網熱點",
    kind=STATE,
    name=_("免費無線上網熱點數"),
    unit=_("個"),
    counts=_("期間最後一天開放使用的熱點，本市與中央建置的都算。"),
    leaves_out=_("規劃中、暫停使用與已撤除的不算。"),
    dated_by=_("依熱點狀態的起算日。"),
    of={"city": "免費無線上網熱點已達 {:plain} 個", "central": "{:plain} 個免費無線上網熱點"},
    related=("wifi.hot_zones", "wifi.users_monthly"),
)
def hotspots(period: Period, of: str) -> Count:
    """Hotspots open on the period's last day, of the city, of central agencies, or of both."""
    rows = Hotspot.objects.as_of(_day(period))
    return Count(rows.filter(builder=of) if of else rows)


@figure(
    "wifi.hot_zones",
    "1.4.8",
    "共計 {:plain} 熱區",
    kind=STATE,
    name=_("戶外無線上網熱區數"),
    unit=_("區"),
    counts=_("期間最後一天至少有一個熱點開放使用的熱區。"),
    leaves_out=_("熱點都暫停或撤除的熱區不算。"),
    dated_by=_("依熱點狀態的起算日。"),
    related=("wifi.hot_zone_access_points", "wifi.hotspots"),
)
def hot_zones(period: Period) -> Count:
    """Hot zones with an open hotspot on the period's last day."""
    return Count(HotZone.objects.as_of(_day(period)))


@figure(
    "wifi.hot_zone_access_points",
    "1.4.8",
    "{:plain} 個熱點",
    kind=STATE,
    name=_("熱區內的基地臺數"),
    unit=_("個"),
    counts=_("期間最後一天在熱區裡開放使用的熱點，基地臺數的合計。"),
    leaves_out=_("不在熱區裡的熱點不算。"),
    dated_by=_("依熱點狀態的起算日；基地臺數依現在的登錄。"),
    related=("wifi.hot_zones",),
)
def hot_zone_access_points(period: Period) -> Total:
    """Access points of the open hotspots in hot zones."""
    return Total(Hotspot.objects.as_of(_day(period)).filter(zone__isnull=False), "access_points")


@figure(
    "wifi.users_monthly",
    "1.4.8",
    "每月平均使用人次達 {:man} 人次",
    kind=AVERAGE,
    name=_("本市熱點每月平均使用人次"),
    unit=_("人次／月"),
    counts=_("本市建置的熱點，無線控制器回報的連線人次，除以月數。"),
    leaves_out=_("中央建置的熱點，以及還沒匯入的批次不算。"),
    dated_by=_("依連線那一天；不滿一個月的日子，按當月天數折算。"),
    related=("wifi.hotspots",),
)
def users_monthly(period: Period) -> MonthlyTotal:
    """Sessions at the city's own hotspots by the controllers' batches, over the months of the period."""
    rows = uses(SOURCE, period, acts=(Measure.SESSION.value,), subject_kinds=(Builder.CITY.value,))
    return MonthlyTotal(rows, "counted", period.months)


@figure(
    "wifi.bandwidth",
    "1.4.8",
    "從 {:before}Mbps 升級至 {:after}Mbps",
    kind=RULE,
    name=_("每人頻寬升級"),
    unit="Mbps",
    counts=_("每人使用的頻寬，最近一次調整前和調整後。"),
    leaves_out=_("自己另有規定的熱點不算；期間結束前沒有調整過，就沒有數字。"),
    dated_by=_("依期間最後一天有效的參數。"),
    related=("wifi.hotspots", "wifi.users_monthly"),
)
def bandwidth(period: Period) -> Change:
    """What each user got before and after the last change of the parameter that holds on the period's last day."""
    day = period.state_day or period.first_day
    assert day, "a period has a first or a last day"
    now = parameter("wifi.mbps", on=day)
    was = parameter("wifi.mbps", on=now.valid_from - timedelta(days=1))
    return Change(before=was.value, after=now.value, source=now.source, valid_from=now.valid_from)


# ---- the rows behind them --------------------------------------------------------------------------------------------


def _districts(codes: Iterable[str]) -> Mapping[str, str]:
    names = queries.districts()
    return {code: names.get(code, "—") for code in codes}


def _builders(values: Iterable[str]) -> Mapping[str, str]:
    return {value: str(Builder(value).label) for value in values}


def _kinds(values: Iterable[str]) -> Mapping[str, str]:
    return {value: str(SiteKind(value).label) for value in values}


show_rows(
    RowView(
        Hotspot,
        noun=_("無線上網熱點"),
        unit=_("個"),
        source=_("市政廳無線上網熱點"),
        columns=(
            Column("code", _("熱點代碼"), lambda row: row.code),
            Column("name", _("熱點名稱"), lambda row: row.name),
            Column("builder", _("建置單位別"), lambda row: row.get_builder_display()),
            Column("kind", _("場所類別"), lambda row: row.get_kind_display()),
            Column("points", _("基地臺數"), lambda row: row.access_points),
        ),
        order=("code",),
        link=lambda row: reverse("wifi_desk:hotspot", args=[row.code]),
        dimensions=(
            Dimension("district", _("行政區"), "district", _districts),
            Dimension("builder", _("建置單位別"), "builder", _builders),
            Dimension("kind", _("場所類別"), "kind", _kinds),
        ),
    )
)
show_rows(
    RowView(
        HotZone,
        noun=_("熱區"),
        unit=pgettext_lazy("hot zone", "區"),
        source=_("市政廳無線上網熱點"),
        columns=(Column("name", _("熱區名稱"), lambda row: row.name),),
        order=("name",),
        link=lambda row: reverse("wifi_desk:index") + f"?q={row.name}",
    )
)
