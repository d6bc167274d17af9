"""Dated values that somebody changed; what nobody changed stands in the declarations."""

from datetime import date
from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class ParameterValue(models.Model):
    """A parameter's value from a day on. Rows are never edited: a correction is a newer row."""

    key = models.CharField(max_length=80, db_index=True)
    value: Any = models.JSONField()
    valid_from: "models.DateField[date, date]" = models.DateField(_("自何日起"))
    source = models.CharField(_("依據"), max_length=200)
    set_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    set_at = models.DateTimeField()

    class Meta:
        verbose_name = _("參數")
        verbose_name_plural = _("參數")
        ordering = ["key", "valid_from", "pk"]
        indexes = [models.Index(fields=["key", "valid_from"], name="rules_key_from")]

    def __str__(self) -> str:
        return f"{self.key} from {self.valid_from}"
