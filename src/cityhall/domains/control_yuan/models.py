"""Petitioners received at a visit. Their names are not kept here: who they are stands in the petition."""

from __future__ import annotations

from datetime import date
from typing import Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from cityhall.engines.directory.models import Agency
from cityhall.engines.gatherings.models import Gathering


class PetitionerQuerySet(models.QuerySet["Petitioner"]):
    """Questions about petitioners."""

    def received_within(self, first: date | None, last: date | None) -> Self:
        """Those received at visits of these days; an open end is open."""
        return self.filter(visit__in=Gathering.objects.all().held_within(first, last).values("pk"))


class Petitioner(models.Model):
    """陳情人次: one person received at a visit, by the matter."""

    visit = models.ForeignKey(Gathering, verbose_name=_("巡察"), on_delete=models.PROTECT, related_name="petitioners")
    n = models.PositiveSmallIntegerField()
    matter = models.CharField(_("陳情事由"), max_length=300)
    agency = models.ForeignKey(
        Agency, verbose_name=_("辦理機關"), on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    petition = models.CharField(_("案件編號"), max_length=20, blank=True)

    objects = PetitionerQuerySet.as_manager()

    class Meta:
        verbose_name = _("巡察受理的陳情")
        verbose_name_plural = _("巡察受理的陳情")
        ordering = ["visit", "n"]
        constraints = [models.UniqueConstraint(fields=["visit", "n"], name="control_yuan_petitioner_order")]

    def __str__(self) -> str:
        return f"{self.visit_id}.{self.n}"
