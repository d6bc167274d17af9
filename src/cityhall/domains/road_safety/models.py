"""A year's evaluation and the agencies that it looks at."""

from __future__ import annotations

from datetime import date
from typing import Self

from django.db import models
from django.db.models import Q, Subquery
from django.utils.translation import gettext_lazy as _

from cityhall.engines.directory.models import Agency
from cityhall.web.charts import year_name


class Evaluation(models.Model):
    """道安定期視導初評 of one year."""

    year = models.PositiveSmallIntegerField(_("年度"), unique=True)
    begun_on = models.DateField(_("開始日"))
    sent_on = models.DateField(_("送請備查日"), null=True, blank=True)
    document = models.CharField(_("發文字號"), max_length=60, blank=True)
    ministry_on = models.DateField(_("複評來文日期"), null=True, blank=True)
    ministry_document = models.CharField(_("複評來文字號"), max_length=60, blank=True)

    class Meta:
        verbose_name = _("道安視導初評")
        verbose_name_plural = _("道安視導初評")
        ordering = ["-year"]

    def __str__(self) -> str:
        return year_name(self.year)


class EvaluatedQuerySet(models.QuerySet["EvaluatedAgency"]):
    """Questions about evaluated agencies."""

    def as_of(self, day: date | None) -> Self:
        """Those of the evaluation that is the newest at the end of a day; None: of all."""
        begun = Evaluation.objects.filter(begun_on__lte=day) if day else Evaluation.objects.all()
        return self.filter(evaluation=Subquery(begun.order_by("-year").values("pk")[:1]))


class EvaluatedAgency(models.Model):
    """An agency that a year's evaluation looks at: a bureau of the city, or an outside station."""

    evaluation = models.ForeignKey(Evaluation, on_delete=models.CASCADE, related_name="agencies")
    agency = models.ForeignKey(Agency, verbose_name=_("受評機關"), on_delete=models.PROTECT, related_name="+")
    ministry_points = models.DecimalField(_("複評分數"), max_digits=5, decimal_places=2, null=True, blank=True)

    objects = EvaluatedQuerySet.as_manager()

    class Meta:
        verbose_name = _("道安受評機關")
        verbose_name_plural = _("道安受評機關")
        constraints = [
            models.UniqueConstraint(fields=["evaluation", "agency"], name="road_safety_agency_once"),
            models.CheckConstraint(
                condition=Q(ministry_points__isnull=True) | Q(ministry_points__gte=0, ministry_points__lte=100),
                name="road_safety_points_of_a_hundred",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.evaluation_id} {self.agency_id}"
