"""Projects that a city controls: the record beside the plan, the year's proposals, and what agencies apply for."""

from __future__ import annotations

from datetime import date
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cityhall.engines.directory.models import Person
from cityhall.engines.files.models import StoredFile
from cityhall.engines.milestones.models import Plan

from .states import ApplicationKind, ApplicationState, Decision, EndKind


class ProjectQuerySet(models.QuerySet["Project"]):
    """Projects by whether they are under the city's control."""

    def listed_within(self, first: date | None, last: date) -> Self:
        """Under control on some day of the period: listed by its last day, and not ended before its first."""
        rows = self.filter(plan__opened_on__lte=last)
        return rows.filter(Q(plan__ended_on__isnull=True) | Q(plan__ended_on__gt=first)) if first else rows

    def of(self, profile: str) -> Self:
        """Of one profile."""
        return self.filter(plan__profile=profile)


class Project(models.Model):
    """列管計畫: one-to-one with its plan, which holds agency, baselines, months and hits."""

    plan = models.OneToOneField(Plan, on_delete=models.PROTECT, related_name="project")
    number = models.CharField(_("計畫編號"), max_length=20, unique=True)
    total_budget = models.BigIntegerField(_("總預算"))
    district = models.CharField(_("行政區"), max_length=20, blank=True)
    place = models.CharField(_("地點"), max_length=120, blank=True)
    lon = models.FloatField(null=True, blank=True)
    lat = models.FloatField(null=True, blank=True)
    line = models.JSONField(
        null=True, blank=True
    )  # of a road or a drain: its points, and lon and lat are the middle one
    about = models.TextField(_("計畫內容"), max_length=2000, blank=True)
    facets = models.JSONField(default=dict)
    ended_as = models.CharField(_("結束方式"), max_length=10, choices=EndKind, blank=True)

    objects = ProjectQuerySet.as_manager()

    class Meta:
        verbose_name = _("列管計畫")
        verbose_name_plural = _("列管計畫")
        ordering = ["number"]
        indexes = [models.Index(fields=["district"], name="projects_district")]
        constraints = [
            models.CheckConstraint(condition=Q(total_budget__gte=1), name="projects_budget_counts"),
            models.CheckConstraint(
                condition=Q(lon=None, lat=None) | Q(lon__isnull=False, lat__isnull=False), name="projects_point_whole"
            ),
        ]

    def __str__(self) -> str:
        return self.number


class ProgressPhoto(models.Model):
    """進度照片: what a project looked like on a day. The picture itself carries nothing hidden."""

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="photos")
    file = models.OneToOneField(StoredFile, on_delete=models.PROTECT, related_name="+")
    taken_on = models.DateField(_("拍攝日"))
    lon = models.FloatField(null=True, blank=True)
    lat = models.FloatField(null=True, blank=True)

    class Meta:
        verbose_name = _("進度照片")
        verbose_name_plural = _("進度照片")
        ordering = ["project", "-taken_on", "-pk"]
        indexes = [models.Index(fields=["project", "taken_on"], name="projects_photo_day")]
        constraints = [
            models.CheckConstraint(
                condition=Q(lon=None, lat=None) | Q(lon__isnull=False, lat__isnull=False),
                name="projects_photo_place_whole",
            )
        ]

    def __str__(self) -> str:
        return f"{self.project_id} {self.taken_on}"


class Candidacy(models.Model):
    """提報: a project proposed for a year's list, and what was decided: listed, or managed by a named person of its agency."""

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="candidacies")
    year = models.PositiveSmallIntegerField(_("年度"))
    proposed_on = models.DateField(_("提報日"))
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    decision = models.CharField(_("決定"), max_length=15, choices=Decision, default=Decision.WAITING)
    reason = models.CharField(_("理由"), max_length=500, blank=True)
    keeper = models.ForeignKey(
        Person, verbose_name=_("自主管理的專人"), on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    decided_on = models.DateField(_("決定日"), null=True, blank=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = _("提報")
        verbose_name_plural = _("提報")
        ordering = ["-year", "project"]
        indexes = [models.Index(fields=["year", "decision"], name="projects_candidacy_year")]
        constraints = [
            models.UniqueConstraint(fields=["project", "year"], name="projects_candidacy_once"),
            models.CheckConstraint(
                condition=Q(decision=Decision.WAITING, decided_on=None)
                | (~Q(decision=Decision.WAITING) & Q(decided_on__isnull=False) & ~Q(reason="")),
                name="projects_decided_with_a_reason",
            ),
            models.CheckConstraint(
                condition=~Q(decision=Decision.SELF_MANAGED) | Q(keeper__isnull=False),
                name="projects_self_managed_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.project_id} {self.year}"


class Application(models.Model):
    """申請: a change of the plan, a withdrawal or a closing that the commission decides."""

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="applications")
    kind = models.CharField(_("申請事項"), max_length=10, choices=ApplicationKind)
    reason = models.TextField(_("理由"), max_length=1000)
    proposed = models.JSONField(default=dict)  # of a change: the milestones and months that are asked for
    state = models.CharField(_("狀態"), max_length=10, choices=ApplicationState, default=ApplicationState.ASKED)
    asked_at = models.DateTimeField(_("申請時間"))
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    remark = models.CharField(_("核定意見"), max_length=500, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = _("計畫申請案")
        verbose_name_plural = _("計畫申請案")
        ordering = ["-asked_at", "-pk"]
        indexes = [models.Index(fields=["state", "asked_at"], name="projects_application_state")]
        constraints = [
            models.UniqueConstraint(
                fields=["project"], condition=Q(state=ApplicationState.ASKED), name="projects_one_open_application"
            ),
            models.CheckConstraint(
                condition=Q(state=ApplicationState.ASKED, decided_at=None)
                | (~Q(state=ApplicationState.ASKED) & Q(decided_at__isnull=False)),
                name="projects_application_decided_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.project_id} {self.kind}"
