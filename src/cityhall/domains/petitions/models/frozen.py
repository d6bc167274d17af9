"""已定版: a month's statistics as they were printed."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class FrozenMonth(models.Model):
    """A month whose figures are printed: what changes later is listed beside them."""

    month = models.DateField(_("月份"), unique=True)  # its first day
    frozen_at = models.DateTimeField(_("定版時間"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = verbose_name_plural = _("定版的月份")
        ordering = ["-month"]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m}"


class FrozenCell(models.Model):
    """One printed cell: its figure, what it is of, and the keys of the petitions that it counts."""

    frozen = models.ForeignKey(FrozenMonth, on_delete=models.PROTECT, related_name="cells")
    dimension = models.CharField(max_length=10, blank=True)
    part = models.CharField(max_length=60, blank=True)
    label = models.CharField(max_length=120, blank=True)  # what the part was called then
    measure = models.CharField(max_length=20)
    number = models.PositiveIntegerField()
    whole = models.PositiveIntegerField(null=True)
    keys = models.JSONField(default=list)

    class Meta:
        verbose_name = verbose_name_plural = _("定版的數字")
        constraints = [
            models.UniqueConstraint(fields=["frozen", "dimension", "part", "measure"], name="petition_frozen_cell_once")
        ]

    def __str__(self) -> str:
        return f"{self.frozen_id} {self.dimension} {self.part} {self.measure}"
