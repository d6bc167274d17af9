"""不理性重複陳情列管 and 過濾處理."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, OuterRef, Q, Subquery
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cityhall.engines.cases.models import Reply
from cityhall.engines.directory.models import Agency, Person, Unit
from cityhall.foundation.clock import day_of, end_of_day
from cityhall.foundation.roc import roc_year

from ..repeats import HOLDING
from ..states import (
    Ground,
    ListingGround,
    RestrictionState,
    SetAsideKind,
)
from .catalogue import Category
from .petitions import Petition
from .steps import Step


class RestrictionQuerySet(models.QuerySet["Restriction"]):
    """Questions about the register."""

    def listed_on(self, day: date) -> Self:
        """Those that counted at the end of a day: approved by then, begun, and neither run out nor lifted."""
        last = RestrictionStep.objects.filter(restriction=OuterRef("pk"), at__lt=end_of_day(day)).order_by("-n")
        then = self.filter(starts_on__lte=day, ends_on__gte=day).alias(state_then=Subquery(last.values("state")[:1]))
        return then.filter(state_then__in=[str(one) for one in HOLDING])


class Restriction(models.Model):
    """列管 of one person's petitions about one matter, proposed by the unit and approved by the head of the agency.

    The state of today stands here, every change in its steps.
    """

    reference = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    petition = models.ForeignKey(Petition, on_delete=models.PROTECT, related_name="restrictions")
    agency = models.ForeignKey(Agency, verbose_name=_("提報機關"), on_delete=models.PROTECT, related_name="+")
    unit = models.ForeignKey(Unit, verbose_name=_("提報單位"), on_delete=models.PROTECT, null=True, related_name="+")
    category = models.ForeignKey(Category, verbose_name=_("類別"), on_delete=models.PROTECT, related_name="+")
    matter = models.CharField(pgettext_lazy("listing", "事由"), max_length=100)
    words = models.JSONField(_("事由的字詞"), default=list, blank=True)  # all must stand in a text
    ground = models.CharField(_("法定事由"), max_length=20, choices=ListingGround)
    evidence = models.ManyToManyField(Petition, related_name="evidence_of")
    answer = models.ForeignKey(Reply, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    because = models.TextField(_("提報理由"), max_length=1000)
    notice = models.TextField(_("通知內容"), max_length=2000)
    starts_on = models.DateField(_("自何日起"))
    ends_on = models.DateField(_("至何日止"))
    review_on = models.DateField(_("檢討日"))
    state = models.CharField(_("狀態"), max_length=10, choices=RestrictionState, default=RestrictionState.PROPOSED)
    proposed_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    proposed_at = models.DateTimeField()
    decided_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    reviewed_at = models.DateTimeField(null=True, blank=True)

    objects = RestrictionQuerySet.as_manager()

    class Meta:
        verbose_name = _("不理性重複陳情列管")
        verbose_name_plural = _("不理性重複陳情列管")
        indexes = [models.Index(fields=["state", "ends_on"], name="petition_restriction_state")]
        constraints = [
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=F("proposed_by")),
                name="petition_restriction_not_by_its_proposer",
            ),
            models.CheckConstraint(
                condition=~Q(ground=ListingGround.ANSWERED) | Q(answer__isnull=False),
                name="petition_restriction_shows_the_answer",
            ),
            models.CheckConstraint(
                condition=Q(ends_on__gte=F("starts_on")), name="petition_restriction_ends_after_it_starts"
            ),
            models.CheckConstraint(
                condition=Q(state__in=[RestrictionState.PROPOSED]) | Q(decided_by__isnull=False),
                name="petition_restriction_decided_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        """How people call it: R115-012."""
        return f"R{roc_year(day_of(self.proposed_at))}-{self.pk:03}"


class RestrictionKey(models.Model):
    """What was verified of the listed person, as a digest that only this installation can make."""

    restriction = models.ForeignKey(Restriction, on_delete=models.CASCADE, related_name="keys")
    digest = models.CharField(max_length=64, db_index=True, editable=False)

    class Meta:
        verbose_name = _("列管對象的比對碼")
        verbose_name_plural = _("列管對象的比對碼")
        constraints = [models.UniqueConstraint(fields=["restriction", "digest"], name="petition_restriction_key_once")]

    def __str__(self) -> str:
        return f"key of restriction {self.restriction_id}"


class RestrictionStep(Step):
    """One thing that happened to a listing, with the state that it left."""

    restriction = models.ForeignKey(Restriction, on_delete=models.PROTECT, related_name="steps")
    state = models.CharField(max_length=10, choices=RestrictionState)

    class Meta:
        verbose_name = _("列管經過")
        verbose_name_plural = _("列管經過")
        ordering = ["restriction", "n"]
        constraints = [models.UniqueConstraint(fields=["restriction", "n"], name="petition_restriction_step_order")]

    def __str__(self) -> str:
        return f"{self.restriction_id}.{self.n} {self.type}"


class RestrictionAppeal(models.Model):
    """申訴: the listed person disagrees; the commission writes it down and decides."""

    restriction = models.ForeignKey(Restriction, on_delete=models.PROTECT, related_name="appeals")
    received_on = models.DateField(_("收到日"))
    text = models.TextField(_("申訴內容"), max_length=4000)
    recorded_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    recorded_at = models.DateTimeField()
    granted = models.BooleanField(null=True, blank=True)
    decision = models.TextField(max_length=1000, blank=True)
    decided_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("列管申訴")
        verbose_name_plural = _("列管申訴")
        constraints = [
            models.UniqueConstraint(
                fields=["restriction"], condition=Q(granted__isnull=True), name="petition_one_open_appeal"
            )
        ]

    def __str__(self) -> str:
        return f"appeal {self.pk}"


class SetAside(models.Model):
    """不予處理 of one petition, by filtering or by a listing; taken up again, it stays on record and counts no more."""

    petition = models.ForeignKey(Petition, on_delete=models.PROTECT, related_name="set_aside")
    kind = models.CharField(_("種類"), max_length=10, choices=SetAsideKind)
    ground = models.CharField(
        pgettext_lazy("listing", "事由"), max_length=20, choices=[*Ground.choices, *ListingGround.choices]
    )
    restriction = models.ForeignKey(
        Restriction, on_delete=models.PROTECT, null=True, blank=True, related_name="declined"
    )
    reason = models.CharField(_("說明"), max_length=500)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    undone_at = models.DateTimeField(null=True, blank=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    undone_because = models.CharField(max_length=500, blank=True)

    class Meta:
        verbose_name = _("不予處理紀錄")
        verbose_name_plural = _("不予處理紀錄")
        indexes = [models.Index(fields=["kind", "undone_at"], name="petition_set_aside_kind")]
        constraints = [
            models.UniqueConstraint(
                fields=["petition"], condition=Q(undone_at__isnull=True), name="petition_set_aside_once"
            ),
            models.CheckConstraint(
                condition=Q(kind=SetAsideKind.DECLINED, restriction__isnull=False)
                | Q(kind=SetAsideKind.FILTERED, restriction__isnull=True),
                name="petition_declined_by_a_restriction",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.petition_id} {self.kind}"
