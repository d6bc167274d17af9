"""What section 1.4.5 of the report prints of the catalogue."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cityhall.engines.directory.models import Agency
from cityhall.engines.figures.registry import AVERAGE, STATE, figure
from cityhall.engines.figures.rows import Column, Dimension, RowView, show_rows
from cityhall.engines.usage import queries as usage
from cityhall.foundation.period import Period
from cityhall.foundation.values import Count, MonthlyTotal

from .models import Category, Dataset
from .use import SOURCE


@figure(
    "open_data.datasets",
    "1.4.5",
    "累計開放 {:plain} 項資料",
    kind=STATE,
    name=_("累計開放的資料集數"),
    unit=pgettext_lazy("dataset", "項"),
    counts=_("期間最後一天已經上架、沒有下架的資料集，一項算一次，不管有幾個檔案或版本。"),
    leaves_out=_("草稿、還在審核的，以及那一天以前已經下架的不算。"),
    dated_by=_("依資料集的上架日與下架日；由清單匯入的，依清單上的建立日期。"),
)
def datasets(period: Period) -> Count:
    """Datasets published at the end of the period's last day, by the dated steps of their way."""
    return Count(Dataset.objects.as_of(period.state_day or date.max))


def _uses(period: Period, act: str) -> MonthlyTotal:
    return MonthlyTotal(usage.uses(SOURCE.key, period, acts=[act]), "counted", period.months)


LEAVES_OUT = _("搜尋引擎等自動程式、系統檢查，以及我們自己的網頁自動取用的不算。")
BY_DAY = _("依使用那一天；不滿一個月的日子，按當月天數折算。")


@figure(
    "open_data.views_monthly",
    "1.4.5",
    "每月平均瀏覽次數 {:plain} 次",
    kind=AVERAGE,
    name=_("開放資料平均每月瀏覽次數"),
    unit=_("次／月"),
    counts=_("打開資料集或資料資源的頁面，一次算一次，除以月數。"),
    leaves_out=LEAVES_OUT,
    dated_by=BY_DAY,
    related=("open_data.downloads_monthly", "open_data.api_calls_monthly"),
)
def views_monthly(period: Period) -> MonthlyTotal:
    """Views of datasets and resources a month."""
    return _uses(period, "view")


@figure(
    "open_data.downloads_monthly",
    "1.4.5",
    "每月平均下載次數 {:plain} 次",
    kind=AVERAGE,
    name=_("開放資料平均每月下載次數"),
    unit=_("次／月"),
    counts=_("下載原始檔或篩選後的資料，一次算一次，除以月數。分段下載的，只算一次。"),
    leaves_out=LEAVES_OUT,
    dated_by=BY_DAY,
    related=("open_data.views_monthly", "open_data.api_calls_monthly"),
)
def downloads_monthly(period: Period) -> MonthlyTotal:
    """Downloads of files a month."""
    return _uses(period, "download")


@figure(
    "open_data.api_calls_monthly",
    "1.4.5",
    "每月平均介接次數 {:plain} 次",
    kind=AVERAGE,
    name=_("開放資料平均每月介接次數"),
    unit=_("次／月"),
    counts=_("程式取用目錄或資料，得到回應的，一次算一次，除以月數。"),
    leaves_out=LEAVES_OUT,
    dated_by=BY_DAY,
    related=("open_data.views_monthly", "open_data.downloads_monthly"),
)
def api_calls_monthly(period: Period) -> MonthlyTotal:
    """Calls of programs a month."""
    return _uses(period, "api")


def _agencies(keys: Iterable[int]) -> Mapping[int, str]:
    return {one.pk: one.label for one in Agency.objects.filter(pk__in=list(keys))}


def _categories(keys: Iterable[int | None]) -> Mapping[int | None, str]:
    names = {one.pk: one.label for one in Category.objects.all()}
    return {key: names.get(key or 0, "—") for key in keys}


show_rows(
    RowView(
        Dataset,
        noun=_("資料集"),
        unit=pgettext_lazy("dataset", "項"),
        source=_("市政廳開放資料目錄"),
        columns=(
            Column("identifier", _("資料集識別碼"), lambda row: row.identifier),
            Column("title", _("資料集名稱"), lambda row: row.label),
            Column("agency", _("提供機關"), lambda row: row.agency.label),
            Column("frequency", _("更新頻率"), lambda row: row.get_frequency_display()),
        ),
        order=("number",),
        link=lambda row: reverse("open_data_desk:dataset", args=[row.number]),
        related=("agency",),
        dimensions=(
            Dimension("agency", _("提供機關"), "agency", _agencies),
            Dimension("category", pgettext_lazy("dataset", "服務分類"), "category", _categories),
        ),
    )
)
