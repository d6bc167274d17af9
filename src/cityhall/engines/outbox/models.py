"""Promises: work that a change has promised; and the schedule: work that comes again."""

from datetime import datetime
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from cityhall.engines.outbox.states import State


class Promise(models.Model):
    """Work that was promised in the same transaction as the change that needs it.

    A worker takes it under a lease (`locked_until`). `attempts` is also the fence: a worker whose lease ran out, and
    whose work another took over, cannot finish it, because the number has moved on.
    """

    kind = models.CharField(_("工作類型"), max_length=80)
    key = models.CharField(_("識別碼"), max_length=200, unique=True)
    payload: Any = models.JSONField(default=dict)
    state = models.CharField(_("狀態"), max_length=10, choices=State, default=State.PENDING)
    promised_at = models.DateTimeField(_("建立時間"))
    due_at = models.DateTimeField(_("下次處理時間"))
    rank = models.PositiveSmallIntegerField(default=1)
    attempts = models.PositiveIntegerField(_("已處理次數"), default=0)
    allowance = models.PositiveIntegerField(default=0)
    locked_until = models.DateTimeField(null=True)
    locked_by = models.CharField(max_length=80, blank=True)
    taken_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(_("完成時間"), null=True)
    error = models.TextField(_("錯誤原因"), blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("待辦的系統工作")
        indexes = [
            models.Index(
                fields=["rank", "due_at", "id"], name="outbox_in_turn", condition=models.Q(state=State.PENDING)
            ),
            models.Index(fields=["finished_at"], name="outbox_dead", condition=models.Q(state=State.DEAD)),
            models.Index(fields=["kind", "state"], name="outbox_by_kind"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"

    @property
    def at(self) -> datetime:
        """When this attempt began: the instant that its handler works with."""
        if self.taken_at is None:
            raise ValueError("nobody has taken this promise yet")
        return self.taken_at


class Beat(models.Model):
    """Recurring work: when it is due next, in UTC, kept in the database so that no restart or clock change loses it."""

    key = models.CharField(max_length=80, primary_key=True)
    rhythm = models.CharField(max_length=80)
    next_at = models.DateTimeField()
    last_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.key} {self.rhythm}"
