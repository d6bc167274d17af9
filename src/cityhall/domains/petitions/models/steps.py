"""What happened to a record that is no case: numbered lines, appended and never edited."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class Step(models.Model):
    """One thing that happened, by whom and with what words; the record's own line adds the state that it left."""

    n = models.PositiveIntegerField()
    type = models.CharField(max_length=30)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    text = models.TextField(max_length=2000, blank=True)

    class Meta:
        abstract = True
