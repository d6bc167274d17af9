"""How dispatch learns and is kept in bounds: trainings, the switch and its settings, the weekly samples, conferences."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cityhall.engines.directory.models import Agency

from ..states import SettingKind, SwitchCause, TrainingState, Verdict
from .catalogue import Category
from .dispatching import DispatchDecision, RuleReplay
from .petitions import Petition


class Training(models.Model):
    """One night's training of the text model: what it learnt from, what came of it, and what waits for a person."""

    at = models.DateTimeField(db_index=True)
    state = models.CharField(_("狀態"), max_length=10, choices=TrainingState)
    seed = models.PositiveIntegerField(default=0)
    number = models.PositiveIntegerField(null=True)  # of the model's version
    rows = models.PositiveIntegerField(default=0)
    by_people = models.PositiveIntegerField(default=0)
    golden = models.PositiveIntegerField(default=0)
    new = models.PositiveIntegerField(default=0)
    problem = models.CharField(max_length=300, blank=True)
    replay = models.ForeignKey(RuleReplay, on_delete=models.SET_NULL, null=True, related_name="+")

    class Meta:
        verbose_name = _("字詞模型訓練")
        verbose_name_plural = _("字詞模型訓練")
        ordering = ["-at", "-pk"]

    def __str__(self) -> str:
        return f"training {self.pk}"


class DispatchSetting(models.Model):
    """A setting of automatic dispatch from an instant on; the newest of its kind and agency holds."""

    kind = models.CharField(max_length=10, choices=SettingKind)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    reason = models.CharField(_("理由"), max_length=500)
    cause = models.CharField(max_length=10, choices=SwitchCause, default=SwitchCause.PERSON)
    on = models.BooleanField(default=True)  # of the switch
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, null=True, related_name="+")
    percent = models.PositiveSmallIntegerField(null=True)  # the precision that an agency asks for; null: the usual one
    figures: Any = models.JSONField(default=dict)  # what stopped it

    class Meta:
        verbose_name = _("自動派案設定")
        verbose_name_plural = _("自動派案設定")
        ordering = ["-at", "-pk"]
        indexes = [models.Index(fields=["kind", "agency"], name="petition_dispatch_setting")]

    def __str__(self) -> str:
        return f"{self.kind} {self.at:%Y-%m-%d}"


class ReviewSample(models.Model):
    """A week's automatic dispatches drawn by a seed, for a person to look at."""

    week_on = models.DateField(unique=True)  # its Monday
    seed = models.CharField(max_length=64)
    drawn_at = models.DateTimeField()
    population = models.PositiveIntegerField()
    size = models.PositiveIntegerField()

    class Meta:
        verbose_name = _("派案抽查")
        verbose_name_plural = _("派案抽查")
        ordering = ["-week_on"]

    def __str__(self) -> str:
        return f"{self.week_on:%Y-%m-%d}"


class SampleReview(models.Model):
    """One automatic dispatch of a sample, and a person's word on it."""

    sample = models.ForeignKey(ReviewSample, on_delete=models.PROTECT, related_name="reviews")
    n = models.PositiveIntegerField()
    decision = models.OneToOneField(DispatchDecision, on_delete=models.PROTECT, related_name="review")
    verdict = models.CharField(max_length=10, choices=Verdict, blank=True)
    category = models.ForeignKey(Category, on_delete=models.PROTECT, null=True, related_name="+")
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, null=True, related_name="+")
    note = models.CharField(max_length=500, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(null=True)
    sent_anew = models.BooleanField(default=False)

    class Meta:
        verbose_name = _("派案抽查結果")
        verbose_name_plural = _("派案抽查結果")
        ordering = ["sample", "n"]
        constraints = [models.UniqueConstraint(fields=["sample", "n"], name="petition_review_once")]

    def __str__(self) -> str:
        return f"{self.sample} {self.n}"


class CaseConference(models.Model):
    """協調: agencies disagree about whose a petition is, and the desk brings them together and decides."""

    petition = models.ForeignKey(Petition, on_delete=models.PROTECT, related_name="conferences")
    asked_at = models.DateTimeField()
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    agencies = models.JSONField(default=list)  # codes of those who had it or were proposed
    held_at = models.DateTimeField(null=True)
    held_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    note = models.TextField(max_length=1000, blank=True)
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = _("派案協調")
        verbose_name_plural = _("派案協調")
        ordering = ["petition", "asked_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["petition"], condition=Q(held_at__isnull=True), name="petition_one_open_conference"
            )
        ]

    def __str__(self) -> str:
        return f"conference {self.pk}"
