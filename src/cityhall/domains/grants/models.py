"""A central call for grants, the needs that agencies put forward, and the proposals of vendors for those recommended."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from cityhall.domains.projects.public import Project
from cityhall.engines.directory.models import Agency
from cityhall.engines.scoring.models import Evaluation

from .states import NeedState, ProposalState


class Call(models.Model):
    """徵案: a call of a central authority, one a year."""

    reference = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    year = models.PositiveSmallIntegerField(_("年度"), unique=True)
    name = models.CharField(_("徵案名稱"), max_length=120)
    sponsor = models.CharField(_("補助機關"), max_length=80)
    about = models.TextField(_("說明"), max_length=2000, blank=True)
    opened_on = models.DateField(_("徵案開始日"))
    needs_until = models.DateField(_("需求提出期限"))
    proposals_until = models.DateField(_("業者提案期限"))
    review = models.OneToOneField(Evaluation, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        verbose_name = _("補助徵案")
        verbose_name_plural = _("補助徵案")
        ordering = ["-year"]
        constraints = [
            models.CheckConstraint(
                condition=Q(needs_until__gte=F("opened_on"), proposals_until__gt=F("needs_until")),
                name="grants_call_days",
            )
        ]

    def __str__(self) -> str:
        return self.name


class Need(models.Model):
    """需求: what an agency would have built with the grant."""

    reference = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    call = models.ForeignKey(Call, on_delete=models.PROTECT, related_name="needs")
    n = models.PositiveSmallIntegerField()
    agency = models.ForeignKey(Agency, verbose_name=_("提出機關"), on_delete=models.PROTECT, related_name="+")
    title = models.CharField(_("需求名稱"), max_length=120)
    text = models.TextField(_("需求規格"), max_length=4000)
    state = models.CharField(_("情形"), max_length=11, choices=NeedState, default=NeedState.SUBMITTED)
    reason = models.CharField(_("審查意見"), max_length=500, blank=True)
    submitted_at = models.DateTimeField()
    submitted_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    decided_on = models.DateField(_("審查日"), null=True, blank=True)

    class Meta:
        verbose_name = _("補助需求")
        verbose_name_plural = _("補助需求")
        ordering = ["call", "n"]
        indexes = [models.Index(fields=["agency", "call"], name="grants_need_agency")]
        constraints = [
            models.UniqueConstraint(fields=["call", "n"], name="grants_need_order"),
            models.CheckConstraint(
                condition=Q(state=NeedState.SUBMITTED, decided_on=None)
                | (~Q(state=NeedState.SUBMITTED) & Q(decided_on__isnull=False) & ~Q(reason="")),
                name="grants_need_decided_whole",
            ),
        ]

    def __str__(self) -> str:
        return self.title


class Proposal(models.Model):
    """提案: what a vendor offers for a recommended need; a signed one is a controlled project."""

    reference = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    need = models.ForeignKey(Need, on_delete=models.PROTECT, related_name="proposals")
    n = models.PositiveSmallIntegerField()
    vendor = models.CharField(_("提案業者"), max_length=80)
    title = models.CharField(_("計畫名稱"), max_length=120)
    text = models.TextField(_("計畫內容"), max_length=4000)
    amount = models.BigIntegerField(_("計畫經費"))
    state = models.CharField(_("情形"), max_length=10, choices=ProposalState, default=ProposalState.SUBMITTED)
    reason = models.CharField(_("審查意見"), max_length=500, blank=True)
    submitted_at = models.DateTimeField()
    submitted_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    decided_on = models.DateField(_("決定日"), null=True, blank=True)
    project = models.OneToOneField(Project, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        verbose_name = _("補助提案")
        verbose_name_plural = _("補助提案")
        ordering = ["need", "n"]
        constraints = [
            models.UniqueConstraint(fields=["need", "n"], name="grants_proposal_order"),
            models.CheckConstraint(condition=Q(amount__gte=1), name="grants_amount_counts"),
            models.CheckConstraint(
                condition=Q(state=ProposalState.SUBMITTED, decided_on=None)
                | (~Q(state=ProposalState.SUBMITTED) & Q(decided_on__isnull=False) & ~Q(reason="")),
                name="grants_proposal_decided_whole",
            ),
            models.CheckConstraint(
                condition=Q(state=ProposalState.CONTRACTED, project__isnull=False)
                | (~Q(state=ProposalState.CONTRACTED) & Q(project=None)),
                name="grants_contract_is_a_project",
            ),
        ]

    def __str__(self) -> str:
        return self.title
