"""The calendar that a city edits, and the clocks that run by it."""

from __future__ import annotations

from django.conf import settings
from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from .rules import Unit


class CalendarDay(models.Model):
    """A day that differs from its weekday: closed on a weekday, open on a weekend."""

    class Kind(models.TextChoices):
        OFF = "off", _("放假")
        WORK = "work", _("補行上班")

    day = models.DateField(_("日期"), unique=True)
    kind = models.CharField(_("上班或放假"), max_length=4, choices=Kind)
    name = models.CharField(_("名稱"), max_length=60, blank=True)
    source = models.CharField(_("依據"), max_length=100)

    class Meta:
        verbose_name = _("行事曆例外日")
        verbose_name_plural = _("行事曆例外日")
        ordering = ["day"]

    def __str__(self) -> str:
        return f"{self.day} {self.kind}"


class CalendarStamp(models.Model):
    """Counts the changes of the calendar, so that each process knows whether its copy is still right."""

    number = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return str(self.number)


class Closure(models.Model):
    """停止上班, such as a typhoon day: declared the evening before, in no published calendar."""

    starts_at = models.DateTimeField(_("開始"))
    ends_at = models.DateTimeField(_("結束"))
    name = models.CharField(_("名稱"), max_length=60)
    source = models.CharField(_("依據"), max_length=100)
    stops_clock = models.BooleanField(_("停止計時"), default=True)
    applied_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    applied_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("停止上班")
        verbose_name_plural = _("停止上班")
        ordering = ["-starts_at"]
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gt=models.F("starts_at")), name="deadlines_closure_has_length")
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.starts_at:%Y-%m-%d}"


class State(models.TextChoices):
    RUNNING = "RUNNING", _("計時中")
    PAUSED = "PAUSED", _("暫停計時")
    MET = "MET", _("如期完成")
    MET_LATE = "MET_LATE", _("逾期完成")
    CANCELLED = "CANCELLED", _("不再計時")
    SUPERSEDED = "SUPERSEDED", _("改依新期限")


LIVE = (State.RUNNING, State.PAUSED)


class Clock(models.Model):
    """One limit that runs for one record; what made it and every change stay with it."""

    subject_type = models.ForeignKey(ContentType, on_delete=models.PROTECT, related_name="+", db_index=False)
    subject_id = models.BigIntegerField()
    subject = GenericForeignKey("subject_type", "subject_id")
    stage = models.CharField(max_length=20)
    amount = models.PositiveIntegerField()
    unit = models.CharField(max_length=15, choices=[(unit.value, unit.value) for unit in Unit])
    policy_version = models.CharField(max_length=60, blank=True)
    because = models.CharField(max_length=200)
    started_at = models.DateTimeField()
    due_at = models.DateTimeField()
    promised_on = models.DateField(null=True, blank=True)
    state = models.CharField(max_length=12, choices=State, default=State.RUNNING)
    ended_at = models.DateTimeField(null=True, blank=True)
    paused_at = models.DateTimeField(null=True, blank=True)
    level = models.PositiveSmallIntegerField(default=0)
    superseded_by = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="supersedes"
    )

    class Meta:
        verbose_name = _("時限")
        verbose_name_plural = _("時限")
        indexes = [
            models.Index(fields=["subject_type", "subject_id", "stage"], name="deadlines_clock_subject"),
            models.Index(fields=["state", "due_at"], name="deadlines_clock_due"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["subject_type", "subject_id", "stage"],
                condition=Q(state__in=["RUNNING", "PAUSED"]),
                name="deadlines_one_live_clock_a_stage",
            )
        ]

    def __str__(self) -> str:
        return f"{self.stage} of {self.subject_type_id}:{self.subject_id}"


class Pause(models.Model):
    """An interval in which the clock stood still."""

    clock = models.ForeignKey(Clock, on_delete=models.CASCADE, related_name="pauses")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True, blank=True)
    why = models.CharField(max_length=200)

    class Meta:
        verbose_name = _("暫停")
        verbose_name_plural = _("暫停")
        ordering = ["starts_at"]

    def __str__(self) -> str:
        return f"pause {self.pk}"


class Change(models.Model):
    """Something that moved the due instant, or ended it: extension, closure, promise, superseding."""

    class Kind(models.TextChoices):
        STARTED = "STARTED", _("起算")
        EXTENDED = "EXTENDED", _("展期")
        PAUSED = "PAUSED", _("暫停計時")
        RESUMED = "RESUMED", _("恢復計時")
        CLOSURE = "CLOSURE", _("停止上班順延")
        PROMISED = "PROMISED", _("承諾提前")
        SUPERSEDED = "SUPERSEDED", _("改依新期限")
        MET = "MET", _("完成")
        CANCELLED = "CANCELLED", _("不再計時")
        WARNED = "WARNED", _("提醒")

    clock = models.ForeignKey(Clock, on_delete=models.CASCADE, related_name="changes")
    kind = models.CharField(max_length=10, choices=Kind)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    before = models.DateTimeField(null=True, blank=True)
    after = models.DateTimeField(null=True, blank=True)
    note = models.CharField(max_length=500, blank=True)
    closure = models.ForeignKey(Closure, on_delete=models.PROTECT, null=True, blank=True, related_name="changes")

    class Meta:
        verbose_name = _("時限異動")
        verbose_name_plural = _("時限異動")
        ordering = ["clock", "at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["clock", "closure"], condition=Q(closure__isnull=False), name="deadlines_closure_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"
