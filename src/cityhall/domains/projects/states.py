"""The words of controlled projects: how a proposal was decided, how control ends, what an agency applies for."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Decision(models.TextChoices):
    """What became of a proposal for a year (§1.1.1)."""

    WAITING = "WAITING", pgettext_lazy("project", "待決定")
    LISTED = "LISTED", _("府列管")
    SELF_MANAGED = "SELF_MANAGED", _("機關自主管理")


class EndKind(models.TextChoices):
    """How control ended."""

    CLOSED = "CLOSED", pgettext_lazy("project", "辦結")
    WITHDRAWN = "WITHDRAWN", _("撤銷列管")


class ApplicationKind(models.TextChoices):
    """What an agency applies for; each is decided by the commission."""

    CHANGE = "CHANGE", _("計畫修正")
    WITHDRAWAL = "WITHDRAWAL", _("撤銷列管")
    CLOSING = "CLOSING", pgettext_lazy("project", "辦結")


class ApplicationState(models.TextChoices):
    """Where an application stands."""

    ASKED = "ASKED", pgettext_lazy("project", "待核定")
    APPROVED = "APPROVED", pgettext_lazy("project", "同意")
    REFUSED = "REFUSED", pgettext_lazy("project", "不同意")
