"""The words of figures: what kinds there are (spec/README.md)."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Kind(models.TextChoices):
    """How a figure takes its period."""

    FLOW = "flow", _("期間內的累計")
    STATE = "state", _("期間最後一天的狀態")
    SHARE = "share", _("比率")
    AVERAGE = "average", _("每月平均")
    MONEY = "money", _("金額")
    RANKING = "ranking", _("排名")
    RULE = "rule", _("當時有效的規定")
