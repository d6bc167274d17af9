"""The words of controlled plans: what is out of order, where a plan stands, how its land and its tenders are."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Finding(models.TextChoices):
    """The exception rules of the monthly review (§1.1.1)."""

    LATE_MILESTONE = "LATE_MILESTONE", _("檢核點進度落後")
    BEHIND = "BEHIND", _("工程進度落後")
    BEHIND_IN_A_ROW = "BEHIND_IN_A_ROW", _("連續幾個月工程進度落後")
    NO_REPORT = "NO_REPORT", _("當月進度未填報")
    FAILED_TENDERS = "FAILED_TENDERS", _("多次流標")
    STOPPED = "STOPPED", _("停工")
    LAND = "LAND", _("用地取得方式尚未確定")
    COORDINATION = "COORDINATION", _("需跨機關協調")


class StageName(models.TextChoices):
    """Where a milestone stands in a plan's life."""

    BEFORE = "BEFORE", _("開工前")
    WORKS = "WORKS", _("施工中")
    AFTER = "AFTER", _("完工後")


class LandState(models.TextChoices):
    """How the land is obtained."""

    NOT_NEEDED = "NOT_NEEDED", _("不需取得用地")
    UNDETERMINED = "UNDETERMINED", _("取得方式尚未確定")
    DETERMINED = "DETERMINED", _("取得方式已確定")
    ACQUIRED = "ACQUIRED", _("已取得")


class TenderResult(models.TextChoices):
    """What came of an opening of bids."""

    FAILED = "FAILED", _("流標")
    AWARDED = "AWARDED", _("決標")


class StandingName(models.TextChoices):
    """Where a plan stands: A = B + C + D + E."""

    CLOSED = "CLOSED", pgettext_lazy("project", "辦結")
    ON_TIME = "ON_TIME", _("符合或超前進度")
    D1 = "D1", _("落後：開工前檢核點")
    D2 = "D2", _("落後：施工進度")
    D3 = "D3", _("落後：完工後檢核點")
    WITHDRAWN = "WITHDRAWN", _("撤銷列管")


class LightName(models.TextChoices):
    """燈號."""

    RED = "RED", _("紅燈")
    AMBER = "AMBER", _("黃燈")
    GREEN = "GREEN", _("綠燈")
