"""The audit trail: one row an event, chained; and the head, one row that says where the chain ends."""

import json
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _


class Entry(models.Model):
    """Who did what to which record, and when.

    The subject and the actor are named by type and id, never by foreign key: the entry outlives both. The database
    itself refuses to change or delete a row (see `guards`).
    """

    seq = models.PositiveBigIntegerField(_("序號"), primary_key=True)
    at = models.DateTimeField(_("時間"))
    event = models.CharField(_("事件"), max_length=80)
    subject_type = models.CharField(max_length=80, blank=True)
    subject_id = models.CharField(max_length=64, blank=True)
    actor = models.CharField(max_length=64, blank=True)
    payload = models.TextField(default="{}")
    previous_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    class Meta:
        verbose_name = verbose_name_plural = _("稽核軌跡")
        indexes = [
            models.Index(fields=["subject_type", "subject_id", "seq"], name="audit_by_subject"),
            models.Index(fields=["actor", "seq"], name="audit_by_actor"),
            models.Index(fields=["event", "seq"], name="audit_by_event"),
            models.Index(fields=["at"], name="audit_by_time"),
        ]

    def __str__(self) -> str:
        return f"{self.seq} {self.event}"

    @property
    def details(self) -> dict[str, Any]:
        """The payload: `old`, `new` and `note`, those that were given."""
        return dict(json.loads(self.payload))


class Head(models.Model):
    """The end of the chain. Locked for each append, so the chain has one order."""

    seq = models.PositiveBigIntegerField(default=0)
    hash = models.CharField(max_length=64)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(pk=1), name="audit_one_head")]

    def __str__(self) -> str:
        return f"{self.seq} {self.hash}"
