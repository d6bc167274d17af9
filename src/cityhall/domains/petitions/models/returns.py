"""Each January: what an agency says to its year's statistics, by a date."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from cityhall.engines.directory.models import Agency, Person


class YearReturn(models.Model):
    """An agency's analysis of its year and its measures; asked, handed in, and chased while it is late."""

    year = models.PositiveSmallIntegerField(_("年度"))
    agency = models.ForeignKey(Agency, verbose_name=_("機關"), on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    due_on = models.DateField(_("繳交期限"))
    analysis = models.TextField(_("分析"), max_length=4000, blank=True)
    measures = models.TextField(_("改善作法"), max_length=4000, blank=True)
    returned_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    returned_at = models.DateTimeField(null=True, blank=True)
    chased_at = models.DateTimeField(null=True, blank=True)
    times_chased = models.PositiveSmallIntegerField(default=0)

    class Meta:
        verbose_name = _("年度分析回復")
        verbose_name_plural = _("年度分析回復")
        constraints = [models.UniqueConstraint(fields=["year", "agency"], name="petition_year_return_once")]

    def __str__(self) -> str:
        return f"{self.year} {self.agency_id}"
