"""What of petitions' personal data was removed, and what holds it: counts and reasons, never contents."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cityhall.engines.directory.models import Person

from ..states import HoldGround, KeptIn
from .petitions import Petition


class Removal(models.Model):
    """Personal data of one petition that was removed in one place, and by which period.

    `ended_on` is the day that the period was counted from: what happens to a petition after that (somebody writes once
    more) is removed again, a period later.
    """

    petition = models.ForeignKey(Petition, on_delete=models.PROTECT, related_name="removals")
    where = models.CharField(_("資料所在"), max_length=10, choices=KeptIn)
    ended_on = models.DateField(_("起算日"))
    months = models.PositiveSmallIntegerField(_("保存月數"))
    at = models.DateTimeField(_("移除時間"), db_index=True)
    counts = models.JSONField(default=dict)  # by table

    class Meta:
        verbose_name = verbose_name_plural = _("個人資料移除紀錄")
        constraints = [
            models.UniqueConstraint(fields=["petition", "where", "ended_on"], name="petition_removed_once"),
        ]

    def __str__(self) -> str:
        return f"{self.petition_id} {self.where}"


class RetentionHoldQuerySet(models.QuerySet["RetentionHold"]):
    """Questions about holds."""

    def on(self, day: date) -> Self:
        """Those that hold on a day."""
        return self.filter(released_at=None, until__gte=day)


class RetentionHold(models.Model):
    """保全: nothing of a petition is removed until a day, because somebody still needs it as evidence."""

    reference = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    petition = models.ForeignKey(Petition, on_delete=models.PROTECT, related_name="holds")
    ground = models.CharField(_("事由"), max_length=15, choices=HoldGround)
    reason = models.CharField(_("說明"), max_length=300)
    until = models.DateField(_("保全到"))
    by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()
    released_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    released_at = models.DateTimeField(null=True, blank=True)
    released_because = models.CharField(max_length=300, blank=True)

    objects = RetentionHoldQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("資料保全")
        indexes = [models.Index(fields=["released_at", "until"], name="petition_hold_until")]
        constraints = [
            models.UniqueConstraint(
                fields=["petition", "ground"], condition=Q(released_at__isnull=True), name="petition_held_once_a_ground"
            )
        ]

    def __str__(self) -> str:
        return f"hold {self.pk}"
