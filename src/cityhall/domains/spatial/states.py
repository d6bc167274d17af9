"""Words of the spatial platform: who may see a layer, how it is kept up, what a client is."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Rights(models.TextChoices):
    """Who may see a layer."""

    PUBLIC = "PUBLIC", pgettext_lazy("layer", "公開")
    GOVERNMENT = "GOVERNMENT", _("市府內部")
    NAMED = "NAMED", _("指定介接對象")


class Theme(models.TextChoices):
    """What a layer is about."""

    BOUNDARIES = "BOUNDARIES", _("行政界線")
    PEOPLE = "PEOPLE", _("人口與社會")
    SERVICE = "SERVICE", _("市政服務")
    TRANSPORT = "TRANSPORT", _("交通運輸")
    WORKS = "WORKS", _("公共工程")
    LAND = "LAND", _("土地與都市計畫")
    ENVIRONMENT = "ENVIRONMENT", _("環境與防災")
    CULTURE = "CULTURE", _("文教與觀光")


class Upkeep(models.TextChoices):
    """How often the owner must bring a layer up to date."""

    DAILY = "DAILY", _("每日")
    MONTHLY = "MONTHLY", _("每月")
    QUARTERLY = "QUARTERLY", _("每季")
    YEARLY = "YEARLY", _("每年")
    IRREGULAR = "IRREGULAR", _("不定期")


class Licence(models.TextChoices):
    """Under what a layer may be used."""

    OPEN = "OPEN", _("政府資料開放授權條款第1版")
    INTERNAL = "INTERNAL", _("僅供公務使用")


class ClientKind(models.TextChoices):
    """A system of an agency, or a project with an end."""

    SYSTEM = "SYSTEM", _("系統")
    PROJECT = "PROJECT", _("專案")


class Operation(models.TextChoices):
    """What a client asked of a layer."""

    FEATURES = "FEATURES", _("查詢圖徵")
    TILES = "TILES", _("取圖磚")
    ABOUT = "ABOUT", _("查詢說明")
    POINT = "POINT", _("查詢點位")


class StatisticClass(models.TextChoices):
    """The six classes of socio-economic data (§1.4.3)."""

    POPULATION = "POPULATION", pgettext_lazy("statistics", "人口")
    HEALTH = "HEALTH", _("醫療衛生")
    LABOUR = "LABOUR", _("勞動就業")
    SAFETY = "SAFETY", _("治安及公共安全")
    TOURISM = "TOURISM", _("觀光遊憩及餐飲")
    EDUCATION = "EDUCATION", _("教育文化")


class AreaLevel(models.TextChoices):
    """The areas of which statistics are told, from the smallest up."""

    MINIMUM = "MINIMUM", _("最小統計區")
    FIRST = "FIRST", _("一級發布區")
    SECOND = "SECOND", _("二級發布區")
    VILLAGE = "VILLAGE", pgettext_lazy("level", "村里")
    DISTRICT = "DISTRICT", pgettext_lazy("level", "行政區")


class Tool(models.TextChoices):
    """What an analysis computes."""

    OVERLAY = "OVERLAY", _("套疊面積")
    COUNT = "COUNT", _("數量與密度")
    RATE = "RATE", _("每千人比率")
    NEAREST = "NEAREST", _("最近距離與環域")
    COVERAGE = "COVERAGE", _("服務涵蓋")
    CHOROPLETH = "CHOROPLETH", _("分級著色圖")
    CHANGE = "CHANGE", _("前後比較")
    SITE = "SITE", _("選址評比")
    HOT_SPOTS = "HOT_SPOTS", _("熱區分析")


class AnalysisState(models.TextChoices):
    """How far an analysis is."""

    WAITING = "WAITING", pgettext_lazy("analysis", "計算中")
    DONE = "DONE", pgettext_lazy("analysis", "完成")
    REFUSED = "REFUSED", pgettext_lazy("analysis", "無法計算")


class ListState(models.TextChoices):
    """How far a list of points is that the worker answers."""

    WAITING = "WAITING", pgettext_lazy("point list", "查詢中")
    DONE = "DONE", pgettext_lazy("point list", "查完")
    REFUSED = "REFUSED", _("無法查詢")
    GONE = "GONE", pgettext_lazy("point list", "已刪除")


class Trouble(models.TextChoices):
    """Why a layer does not show the newest version of its open data."""

    COLUMNS = "COLUMNS", _("新版本少了欄位，或欄位的型別不同")
    PLACES = "PLACES", _("新版本沒有圖形，也沒有經緯度")
    ROWS = "ROWS", _("新版本的筆數太多")
    UNFIT = "UNFIT", _("新版本的內容不能當圖資")


class FileState(models.TextChoices):
    """How far a file is that an agency handed in as a layer."""

    WAITING = "WAITING", pgettext_lazy("layer file", "讀取中")
    READ = "READ", pgettext_lazy("layer file", "待檢查")
    REFUSED = "REFUSED", pgettext_lazy("layer file", "無法讀取")
    TAKEN = "TAKEN", pgettext_lazy("layer file", "已收為圖資")
    RETURNED = "RETURNED", pgettext_lazy("layer file", "已退回")
    WITHDRAWN = "WITHDRAWN", pgettext_lazy("layer file", "已收回")
