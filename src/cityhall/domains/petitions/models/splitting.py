"""拆案: which petition was split into which, and whether that was taken back."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from .petitions import Petition


class Split(models.Model):
    """One petition's split into parts, from an instant until it was taken back."""

    petition = models.ForeignKey(Petition, on_delete=models.PROTECT, related_name="splits")
    reason = models.CharField(_("說明"), max_length=500)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    undone_at = models.DateTimeField(null=True, blank=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        verbose_name = _("拆案紀錄")
        verbose_name_plural = _("拆案紀錄")
        constraints = [
            models.UniqueConstraint(
                fields=["petition"], condition=Q(undone_at__isnull=True), name="petition_split_once"
            )
        ]

    def __str__(self) -> str:
        return f"split {self.pk}"


class SplitPart(models.Model):
    """A part: a petition of its own. `version` is its case's when the split was done: a later one says that it was
    worked on.
    """

    split = models.ForeignKey(Split, on_delete=models.PROTECT, related_name="parts")
    petition = models.OneToOneField(Petition, on_delete=models.PROTECT, related_name="split_part")
    n = models.PositiveSmallIntegerField()
    version = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = _("拆出的案件")
        verbose_name_plural = _("拆出的案件")
        ordering = ["split", "n"]
        constraints = [models.UniqueConstraint(fields=["split", "n"], name="petition_split_part_order")]

    def __str__(self) -> str:
        return f"{self.split_id}.{self.n}"
