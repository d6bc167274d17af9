"""Sub-projects' indicators with their dated values, and awards with their rounds and the evidence that was gathered.

A sub-project is a controlled project; here stands only what the programme asks of it besides.
"""

from __future__ import annotations

import uuid
from datetime import date
from decimal import Decimal
from typing import Any, ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cityhall.domains.projects.public import Project, ProjectQuerySet
from cityhall.web.charts import year_name

from .states import AwardStage, Facet, Factor, ValueKind

PROFILE = "smart-city"


class SubProjects(models.Manager.from_queryset(ProjectQuerySet)):  # type: ignore[misc]
    """Of all controlled projects those of the programme."""

    def get_queryset(self) -> Any:
        """Never another profile's."""
        return super().get_queryset().of(PROFILE)


class SubProject(Project):
    """子計畫: a controlled project of the programme."""

    objects: ClassVar[Any] = SubProjects()

    class Meta:
        proxy = True
        verbose_name = _("智慧城市子計畫")
        verbose_name_plural = _("智慧城市子計畫")

    @property
    def facet(self) -> str:
        """Its facet."""
        return str(self.facets.get("facet", ""))

    @property
    def facet_name(self) -> str:
        """What that is called."""
        return str(Facet(self.facet).label) if self.facet in Facet.values else "—"


class Indicator(models.Model):
    """指標 of a sub-project: what is measured, and in what."""

    reference = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    project = models.ForeignKey(Project, verbose_name=_("子計畫"), on_delete=models.PROTECT, related_name="indicators")
    n = models.PositiveSmallIntegerField()
    name = models.CharField(pgettext_lazy("indicator", "指標"), max_length=120)
    unit = models.CharField(pgettext_lazy("indicator", "單位"), max_length=20)
    lower = models.BooleanField(_("越低越好"), default=False)

    class Meta:
        verbose_name = pgettext_lazy("indicator", "指標")
        verbose_name_plural = pgettext_lazy("indicator", "指標")
        ordering = ["project", "n"]
        constraints = [
            models.UniqueConstraint(fields=["project", "n"], name="smart_city_indicator_order"),
            models.UniqueConstraint(fields=["project", "name"], name="smart_city_indicator_once"),
            models.CheckConstraint(condition=~Q(name="") & ~Q(unit=""), name="smart_city_indicator_is_named"),
        ]

    def __str__(self) -> str:
        return self.name


class IndicatorValueQuerySet(models.QuerySet["IndicatorValue"]):
    """Questions about values."""

    def as_of(self, day: date) -> Self:
        """What was recorded by a day, the oldest first: of each indicator, year and kind the last one holds."""
        return self.filter(recorded_on__lte=day).order_by("pk")


class IndicatorValue(models.Model):
    """A planned or reached value of a year, as recorded on a day. A correction is a later row."""

    indicator = models.ForeignKey(Indicator, on_delete=models.PROTECT, related_name="values")
    year = models.PositiveSmallIntegerField(_("年度"))
    kind = models.CharField(pgettext_lazy("indicator", "種類"), max_length=7, choices=ValueKind)
    value = models.DecimalField(pgettext_lazy("indicator", "數值"), max_digits=14, decimal_places=2)
    note = models.CharField(_("說明"), max_length=300, blank=True)
    recorded_on = models.DateField(_("登錄日"))
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    objects = IndicatorValueQuerySet.as_manager()

    class Meta:
        verbose_name = _("指標的數值")
        verbose_name_plural = _("指標的數值")
        indexes = [models.Index(fields=["indicator", "recorded_on"], name="smart_city_value_day")]
        constraints = [models.CheckConstraint(condition=Q(value__gte=Decimal(0)), name="smart_city_value_counts")]

    def __str__(self) -> str:
        return f"{self.indicator_id} {self.year} {self.kind}"


class Award(models.Model):
    """評比: an award of a year that the city competes for."""

    reference = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    name = models.CharField(_("評比名稱"), max_length=80)
    year = models.PositiveSmallIntegerField(_("年度"))

    class Meta:
        verbose_name = _("智慧城市評比")
        verbose_name_plural = _("智慧城市評比")
        ordering = ["-year", "name"]
        constraints = [models.UniqueConstraint(fields=["year", "name"], name="smart_city_award_once")]

    def __str__(self) -> str:
        return f"{year_name(self.year)}{self.name}"


class AwardResult(models.Model):
    """The result of one round of an award."""

    award = models.ForeignKey(Award, on_delete=models.PROTECT, related_name="results")
    stage = models.CharField(_("評選階段"), max_length=8, choices=AwardStage)
    won = models.BooleanField(_("入選"))
    announced_on = models.DateField(_("公布日"))

    class Meta:
        verbose_name = _("評比結果")
        verbose_name_plural = _("評比結果")
        ordering = ["award", "announced_on", "pk"]
        constraints = [models.UniqueConstraint(fields=["award", "stage"], name="smart_city_result_once")]

    def __str__(self) -> str:
        return f"{self.award_id} {self.stage}"


class Evidence(models.Model):
    """佐證: what shows how the city does in one factor, often a sub-project's result; files are attached."""

    reference = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    award = models.ForeignKey(Award, on_delete=models.PROTECT, related_name="evidence")
    factor = models.CharField(_("構面"), max_length=14, choices=Factor)
    project = models.ForeignKey(
        Project, verbose_name=_("子計畫"), on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    text = models.TextField(_("佐證內容"), max_length=2000)
    added_at = models.DateTimeField()
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    withdrawn_on = models.DateField(null=True, blank=True)
    why = models.CharField(_("撤回的理由"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("評比佐證")
        verbose_name_plural = _("評比佐證")
        ordering = ["award", "factor", "pk"]
        indexes = [models.Index(fields=["award", "factor"], name="smart_city_evidence_factor")]
        constraints = [
            models.CheckConstraint(condition=~Q(text=""), name="smart_city_evidence_says_something"),
            models.CheckConstraint(
                condition=Q(withdrawn_on=None, why="") | (Q(withdrawn_on__isnull=False) & ~Q(why="")),
                name="smart_city_evidence_withdrawn_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.award_id} {self.factor}"
