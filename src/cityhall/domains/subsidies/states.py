"""The words of subsidised projects: how far one has come."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Measure(models.TextChoices):
    """What is counted of a year's projects: a checkpoint that was reached, or the end of control."""

    TENDERED = "tendered", _("發包")
    COMPLETED = "completed", _("完工")
    ACCEPTED = "accepted", _("驗收完成")
    CLOSED = "closed", _("結案")


CHECKPOINT = {Measure.TENDERED: "award", Measure.COMPLETED: "complete", Measure.ACCEPTED: "accept"}
"""The checkpoints of the type `subsidy` by which they are counted."""
