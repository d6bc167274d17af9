"""The last number given in a series."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Counter(models.Model):
    """The last number of a series in a period, locked from when a number is taken until the act ends.

    Its key is its own, so that a workshop does not carry it over (`services.next_number`).
    """

    pk = models.CompositePrimaryKey("series", "period")
    series = models.CharField(max_length=30)
    period = models.DateField()
    last = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = verbose_name_plural = _("流水號")

    def __str__(self) -> str:
        return f"{self.series} {self.period}: {self.last}"
