"""The words of council cases."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cityhall.engines.tracking.states import Verdict

__all__ = ["Ground", "SessionKind", "Verdict"]


class SessionKind(models.TextChoices):
    """Kinds of session."""

    REGULAR = "REGULAR", _("定期會")
    EXTRAORDINARY = "EXTRAORDINARY", _("臨時會")


class Ground(models.TextChoices):
    """What the agencies' replies amount to, by the principles of control (§1.1.3)."""

    DONE = "DONE", pgettext_lazy("council", "已辦理")
    EXPLAINED = "EXPLAINED", pgettext_lazy("council", "對詢問內容已說明完畢")
    UNDER_STUDY = "UNDER_STUDY", pgettext_lazy("council", "機關納入研議")
    ROUTINE = "ROUTINE", pgettext_lazy("council", "屬經常性辦理的工作")
    PARTLY_DONE = "PARTLY_DONE", pgettext_lazy("council", "已有階段性成果")
    OUTREACH = "OUTREACH", pgettext_lazy("council", "屬宣導性質的工作")
