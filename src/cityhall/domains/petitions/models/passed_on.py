"""What was passed on to a body outside of the city, and what came of it."""

from __future__ import annotations

from datetime import date
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Case, CharField, Q, Value, When
from django.utils.translation import gettext_lazy as _

from cityhall.engines.directory.models import Agency

from ..passed_on import Outward
from .petitions import Petition
from .steps import Step


class PassedOnQuerySet(models.QuerySet["PassedOn"]):
    """Questions about what lies outside."""

    def standing(self, day: date) -> Self:
        """Annotated with `where_now`, the same as `passed_on.standing` says."""
        return self.annotate(
            where_now=Case(
                When(came_back_at__isnull=False, then=Value(Outward.CAME_BACK.value)),
                When(answered_at__isnull=False, then=Value(Outward.ANSWERED.value)),
                When(answer_by__lt=day, then=Value(Outward.LATE.value)),
                default=Value(Outward.WAITING.value),
                output_field=CharField(),
            )
        )


class PassedOn(models.Model):
    """函轉: a petition at a body outside of the city, from the letter until its answer, or until it came back."""

    petition = models.ForeignKey(Petition, on_delete=models.PROTECT, related_name="passed_on")
    agency = models.ForeignKey(Agency, verbose_name=_("府外機關"), on_delete=models.PROTECT, related_name="+")
    document_number = models.CharField(_("發文字號"), max_length=40, blank=True)
    reason = models.CharField(_("移送理由"), max_length=500)
    with_sender = models.BooleanField(default=False)  # the body was told who asks, to answer them itself
    sent_at = models.DateTimeField(_("移送時間"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    answer_by = models.DateField(_("請回復日"))
    reminders = models.PositiveSmallIntegerField(_("催辦次數"), default=0)
    reminded_on = models.DateField(null=True, blank=True)
    answer = models.TextField(_("對方的回復"), max_length=4000, blank=True)
    answered_on = models.DateField(_("回復日"), null=True, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    came_back_at = models.DateTimeField(null=True, blank=True)

    objects = PassedOnQuerySet.as_manager()

    class Meta:
        verbose_name = _("移送府外的案件")
        verbose_name_plural = _("移送府外的案件")
        indexes = [models.Index(fields=["answered_at", "answer_by"], name="petition_passed_on_due")]
        constraints = [
            models.UniqueConstraint(
                fields=["petition"], condition=Q(came_back_at__isnull=True), name="petition_outside_once"
            ),
            models.CheckConstraint(
                condition=Q(answered_at__isnull=True, answered_on__isnull=True)
                | Q(answered_at__isnull=False, answered_on__isnull=False),
                name="petition_outside_answer_has_a_day",
            ),
        ]

    def __str__(self) -> str:
        return f"passed on {self.pk}"


class PassedOnStep(Step):
    """One thing that happened to what lies outside."""

    passed_on = models.ForeignKey(PassedOn, on_delete=models.PROTECT, related_name="steps")

    class Meta:
        verbose_name = _("移送府外的經過")
        verbose_name_plural = _("移送府外的經過")
        ordering = ["passed_on", "n"]
        constraints = [models.UniqueConstraint(fields=["passed_on", "n"], name="petition_passed_on_step_order")]

    def __str__(self) -> str:
        return f"{self.passed_on_id}.{self.n} {self.type}"
