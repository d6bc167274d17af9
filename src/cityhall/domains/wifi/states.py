"""The words of public wireless access: who built a hotspot, where it stands, how it is, what a check finds."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Builder(models.TextChoices):
    """Whose hotspot it is."""

    CITY = "city", _("本市建置")
    CENTRAL = "central", _("中央建置")


class SiteKind(models.TextChoices):
    """What kind of place it stands in."""

    TRANSPORT = "TRANSPORT", _("大眾運輸節點")
    SCHOOL = "SCHOOL", _("文教場所")
    OFFICE = "OFFICE", _("洽公場所")
    SIGHT = "SIGHT", _("旅遊景點")
    MARKET = "MARKET", _("夜市與商圈")
    PARK = "PARK", pgettext_lazy("hotspot", "公園")
    OTHER = "OTHER", pgettext_lazy("hotspot", "其他場所")


class HotspotState(models.TextChoices):
    """How it is from a day on."""

    PLANNED = "PLANNED", pgettext_lazy("hotspot", "規劃中")
    OPEN = "OPEN", pgettext_lazy("hotspot", "開放使用")
    PAUSED = "PAUSED", pgettext_lazy("hotspot", "暫停使用")
    CLOSED = "CLOSED", pgettext_lazy("hotspot", "已撤除")


class Finding(models.TextChoices):
    """What a check finds wrong with a hotspot."""

    OUTSIDE = "OUTSIDE", _("位置在本市範圍外")
    OTHER_DISTRICT = "OTHER_DISTRICT", _("地址的行政區和位置不同")
    CONTRACT_OVER = "CONTRACT_OVER", _("契約已經到期，熱點還在用")


class Cause(models.TextChoices):
    """Why a hotspot was out."""

    UNKNOWN = "UNKNOWN", pgettext_lazy("outage", "原因不明")
    POWER = "POWER", _("停電")
    LINE = "LINE", _("線路中斷")
    DEVICE = "DEVICE", _("設備故障")
    WORKS = "WORKS", _("場所施工")
    OTHER = "OTHER", pgettext_lazy("outage", "其他原因")


class Measure(models.TextChoices):
    """What the controllers report of a hotspot and a day or a month: the acts of its use."""

    SESSION = "session", _("連線人次")
    USER = "user", _("使用人數")
    MEGABYTE = "megabyte", _("流量（MB）")
    UP = "minute_up", _("可用分鐘")
    TOLD = "minute_told", _("有回報的分鐘")
