"""What section 1.4.3 of the report prints of the catalogue: layers, the agencies that supply them, and clients."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from cityhall.engines.directory.models import Agency
from cityhall.engines.figures.registry import FLOW, STATE, figure
from cityhall.engines.figures.rows import Column, Dimension, RowView, show_rows
from cityhall.engines.usage.queries import uses
from cityhall.foundation.period import Period
from cityhall.foundation.values import Count, Total

from . import queries as known
from .models import Client, Layer, Statistic
from .states import ClientKind, StatisticClass, Theme
from .use import SOURCE


def _last(period: Period) -> date:
    """The day as of which is counted: of a period without an end, now."""
    return period.state_day or date.max


KINDS = {"system": ClientKind.SYSTEM, "project": ClientKind.PROJECT}


@figure(
    "spatial.layers",
    "1.4.3",
    "共計 {:plain} 種",
    kind=STATE,
    name=_("空間圖資"),
    unit=_("種"),
    counts=_("期間最後一天在目錄裡的圖資。"),
    leaves_out=_("那一天以前已經下架的不算。"),
    dated_by=_("依登錄日與下架日。"),
    related=("spatial.agencies",),
)
def layers(period: Period) -> Count:
    """Layers in the catalogue on the last day."""
    return Count(known.layers(_last(period)))


@figure(
    "spatial.agencies",
    "1.4.3",
    "{:plain} 個機關之業務圖資",
    kind=STATE,
    name=_("提供空間圖資的機關"),
    unit=_("個"),
    counts=_("期間最後一天至少有一種圖資在目錄裡的機關；每個機關以最早登錄的圖資代表。"),
    dated_by=_("依圖資的登錄日與下架日。"),
    related=("spatial.layers",),
)
def agencies(period: Period) -> Count:
    """Agencies with a layer in the catalogue on the last day."""
    return Count(known.agencies(_last(period)))


@figure(
    "spatial.clients",
    "1.4.3",
    "{:plain} 項系統",
    kind=STATE,
    name=_("介接空間圖資的系統與專案"),
    unit=_("項"),
    counts=_("期間最後一天可以查詢圖資的介接對象。"),
    leaves_out=_("還沒開始、已經停用或過了最後一天的不算。"),
    dated_by=_("依開始日與最後一天。"),
    of={"system": "{:plain} 項系統", "project": "{:plain} 項專案介接"},
)
def clients(period: Period, of: str) -> Count:
    """Clients of a kind, or of both, that may ask on the last day."""
    rows = Client.objects.as_of(_last(period)).select_related("agency")
    return Count(rows.filter(kind=KINDS[of]) if of else rows)


@figure(
    "spatial.socioeconomic_items",
    "1.4.3",
    "共計 {:plain} 項",
    kind=STATE,
    name=_("社會經濟統計項目"),
    unit=_("項"),
    counts=_("期間最後一天提供的社會經濟統計項目。"),
    leaves_out=_("那一天以前已經停止提供的不算。"),
    dated_by=_("依登錄日與停止提供日。"),
    related=("spatial.socioeconomic_classes",),
)
def socioeconomic_items(period: Period) -> Count:
    """Statistics offered on the last day."""
    return Count(Statistic.objects.as_of(_last(period)))


@figure(
    "spatial.socioeconomic_classes",
    "1.4.3",
    "人口、醫療衛生、勞動就業、治安及公共安全、觀光遊憩及餐飲、教育文化等 {:plain} 類",
    kind=STATE,
    name=_("社會經濟統計類別"),
    unit=_("類"),
    counts=_("期間最後一天至少提供一個項目的類別；每類以最早登錄的項目代表。"),
    dated_by=_("依統計項目的登錄日與停止提供日。"),
    related=("spatial.socioeconomic_items",),
)
def socioeconomic_classes(period: Period) -> Count:
    """Classes with an item on the last day."""
    return Count(known.statistic_classes(_last(period)))


@figure(
    "spatial.queries",
    "1.4.3",
    "105 年度系統查詢次數為 {:man} 次",
    kind=FLOW,
    name=_("空間圖資查詢次數"),
    unit=_("次"),
    counts=_("期間內查詢圖徵、取圖磚與查詢點位的次數，介接的系統與一般使用者都算。"),
    leaves_out=_("機器人、健康檢查與本站頁面自己取的資料不算；查詢說明也不算。"),
    dated_by=_("依查詢的日期。"),
    related=("spatial.clients",),
)
def queries(period: Period) -> Total:
    """Questions to layers in the period."""
    return Total(uses(SOURCE.key, period), "counted")


# ---- the rows behind them --------------------------------------------------------------------------------------------


def _agencies(keys: Iterable[int]) -> Mapping[int, str]:
    return {one.pk: one.label for one in Agency.objects.filter(pk__in=list(keys))}


def _themes(values: Iterable[str]) -> Mapping[str, str]:
    return {value: str(Theme(value).label) for value in values}


def _kinds(values: Iterable[str]) -> Mapping[str, str]:
    return {value: str(ClientKind(value).label) for value in values}


show_rows(
    RowView(
        Layer,
        noun=_("空間圖資"),
        unit=_("種"),
        source=_("市政廳空間圖資目錄"),
        columns=(
            Column("code", _("代碼"), lambda row: row.code),
            Column("title", _("圖資名稱"), str),
            Column("theme", _("主題"), lambda row: row.get_theme_display()),
            Column("agency", _("提供機關"), lambda row: row.agency.label),
            Column("day", _("登錄日"), lambda row: row.listed_on),
        ),
        order=("theme", "code"),
        link=lambda row: reverse("spatial:layer", args=[row.code]),
        related=("agency",),
        dimensions=(
            Dimension("theme", _("主題"), "theme", _themes),
            Dimension("agency", _("提供機關"), "agency", _agencies),
        ),
    )
)


def _classes(values: Iterable[str]) -> Mapping[str, str]:
    return {value: str(StatisticClass(value).label) for value in values}


show_rows(
    RowView(
        Statistic,
        noun=_("統計項目"),
        unit=_("項"),
        source=_("市政廳社會經濟統計"),
        columns=(
            Column("code", _("項目代碼"), lambda row: row.code),
            Column("name", _("統計項目"), str),
            Column("kind", _("類別"), lambda row: row.get_kind_display()),
            Column("unit", _("單位"), lambda row: row.measure),
            Column("day", _("登錄日"), lambda row: row.listed_on),
        ),
        order=("pk",),
        link=lambda row: reverse("spatial:statistic", args=[row.code]),
        dimensions=(Dimension("kind", _("類別"), "kind", _classes),),
    )
)

show_rows(
    RowView(
        Client,
        noun=_("空間介接對象"),
        unit=_("項"),
        source=_("市政廳空間介接對象"),
        columns=(
            Column("name", _("名稱"), str),
            Column("kind", _("種類"), lambda row: row.get_kind_display()),
            Column("agency", _("申請機關"), lambda row: row.agency.label),
            Column("day", _("開始日"), lambda row: row.starts_on),
        ),
        order=("kind", "name"),
        link=lambda row: reverse("spatial:client", args=[row.reference]),
        related=("agency",),
        dimensions=(
            Dimension("kind", _("種類"), "kind", _kinds),
            Dimension("agency", _("申請機關"), "agency", _agencies),
        ),
    )
)
