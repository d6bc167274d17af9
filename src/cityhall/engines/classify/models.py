"""Model versions as checked bytes, with all that made them, and the dated rows of their life."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import OuterRef, Q, Subquery
from django.utils.translation import gettext_lazy as _

from .states import ModelState


class ModelVersionQuerySet(models.QuerySet["ModelVersion"]):
    """Questions about versions."""

    def light(self) -> Self:
        """Without the bytes."""
        return self.defer("arrays", "held_out")

    def in_state_at(self, state: ModelState, at: datetime) -> Self:
        """Those that were in a state at an instant."""
        latest = StateChange.objects.filter(version=OuterRef("pk"), at__lte=at).order_by("-at", "-pk")
        return self.annotate(state_then=Subquery(latest.values("state")[:1])).filter(state_then=state)


class ModelVersion(models.Model):
    """One training: never changed afterwards, but for its state."""

    purpose = models.CharField(_("用途"), max_length=60)
    number = models.PositiveIntegerField(_("版次"))
    state = models.CharField(_("狀態"), max_length=10, choices=ModelState, default=ModelState.SHADOW)
    trained_at = models.DateTimeField(_("訓練時間"))
    arrays = models.BinaryField()  # what `store.pack` made
    checksum = models.CharField(max_length=64)
    held_out = models.BinaryField()  # `HeldOut`: what it said of rows that it had not seen
    library = models.CharField(_("程式庫版本"), max_length=100)
    data_hash = models.CharField(_("訓練資料雜湊"), max_length=64)
    seed = models.PositiveIntegerField(default=0)
    rows = models.PositiveIntegerField(_("訓練筆數"))
    counts: Any = models.JSONField(_("各類別筆數"))
    metrics: Any = models.JSONField(_("交叉驗證結果"))
    thresholds: Any = models.JSONField(_("自動派案門檻"))
    sources: Any = models.JSONField(_("資料來源"), default=list)
    findings: Any = models.JSONField(_("防護檢查"), default=list)  # of `guard`; empty where nobody asked
    has_bytes = models.BooleanField(default=True)  # those of old versions that were never used are not kept

    objects = ModelVersionQuerySet.as_manager()

    class Meta:
        verbose_name = _("字詞模型版次")
        verbose_name_plural = _("字詞模型版次")
        ordering = ["purpose", "number"]
        constraints = [
            models.UniqueConstraint(fields=["purpose", "number"], name="classify_version_number"),
            models.UniqueConstraint(fields=["purpose"], condition=Q(state="LIVE"), name="classify_one_live_version"),
        ]

    def __str__(self) -> str:
        return f"{self.purpose}@{self.number}"

    @property
    def is_guarded(self) -> bool:
        """Whether nothing that was looked at speaks against it."""
        return all(one["passed"] for one in self.findings)


class StateChange(models.Model):
    """From when on a version was in a state, and why."""

    version = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, related_name="changes")
    state = models.CharField(max_length=10, choices=ModelState)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    reason = models.CharField(max_length=300, blank=True)

    class Meta:
        verbose_name = _("字詞模型狀態")
        verbose_name_plural = _("字詞模型狀態")
        ordering = ["version", "at", "pk"]

    def __str__(self) -> str:
        return f"{self.version} {self.state} {self.at:%Y-%m-%d}"
