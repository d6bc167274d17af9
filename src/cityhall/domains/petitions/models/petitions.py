"""A petition and what happens around it. Number, timeline, replies and places are the case's (`engines.cases`)."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, OuterRef, Q, Subquery
from django.utils.translation import gettext_lazy as _

from cityhall.engines.cases.models import Case, Reply
from cityhall.engines.cases.states import COUNTED_ELSEWHERE
from cityhall.engines.directory.models import Agency, Person, Unit

from ..states import (
    CategorySource,
    ExtensionState,
)
from .catalogue import Category, CategoryTerm


class PetitionQuerySet(models.QuerySet["Petition"]):
    """Questions about many petitions."""

    def opened_within(self, first: date | None, last: date | None) -> Self:
        """成案 within the days, both in; filtered and declined ones are not among them (spec/figures.csv).

        What was split counts by its parts, each on the day of the whole, and the whole counts no more.
        """
        petitions = self.filter(case__confirmed_at__isnull=False).exclude(case__status__in=COUNTED_ELSEWHERE)
        if first:
            petitions = petitions.filter(case__opened_on__gte=first)
        if last:
            petitions = petitions.filter(case__opened_on__lte=last)
        return petitions

    def urgent_when_opened(self) -> Self:
        """Those whose category was urgent on the day of 成案, by its newest term of that day."""
        opened_on = OuterRef("case__opened_on")
        terms = CategoryTerm.objects.on(opened_on).filter(category=OuterRef("category")).order_by("-valid_from")
        return self.alias(urgent_then=Subquery(terms.values("urgent")[:1])).filter(urgent_then=True)


class Petition(models.Model):
    """A citizen's 陳情."""

    case = models.OneToOneField(Case, on_delete=models.PROTECT, primary_key=True, related_name="petition")
    category = models.ForeignKey(Category, on_delete=models.PROTECT, null=True, related_name="petitions")
    category_source = models.CharField(max_length=10, choices=CategorySource, blank=True)
    given_category = models.ForeignKey(Category, on_delete=models.PROTECT, null=True, related_name="+")
    addressed_to = models.ForeignKey(  # 機關意見信箱: whose mailbox it was written to
        Agency, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    urgent = models.BooleanField(default=False)
    danger = models.BooleanField(default=False)
    filed_confidential = models.BooleanField(default=False)  # whatever category it is given later
    answers = models.JSONField(default=dict, blank=True)
    followers = models.PositiveIntegerField(default=1)
    sealed = models.BooleanField(default=False)  # 政風: for the ethics office alone
    sealed_at = models.DateTimeField(null=True, blank=True)
    about_agency = models.ForeignKey(  # whom it complains about: they never see it
        Agency, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    about_unit = models.ForeignKey(Unit, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    counts_from = models.DateTimeField(null=True, blank=True)  # a named letter: its limit runs from its receipt

    objects = PetitionQuerySet.as_manager()

    class Meta:
        verbose_name = _("陳情案件")
        verbose_name_plural = _("陳情案件")
        indexes = [
            models.Index(fields=["urgent", "category"], name="petition_urgent_category"),
            models.Index(fields=["sealed"], condition=Q(sealed=True), name="petition_sealed"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(about_unit__isnull=True) | Q(about_agency__isnull=False),
                name="petition_about_unit_of_agency",
            )
        ]

    def __str__(self) -> str:
        return str(self.case)


class Alert(models.Model):
    """通報: a report of danger that went out before anybody confirmed it. It is no petition until 成案."""

    petition = models.OneToOneField(Petition, on_delete=models.PROTECT, related_name="alert")
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, null=True, related_name="+")
    sent_at = models.DateTimeField()
    duty_person = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    handled_at = models.DateTimeField(null=True, blank=True)
    handled_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    result = models.TextField(max_length=2000, blank=True)

    class Meta:
        verbose_name = _("通報")
        verbose_name_plural = _("通報")

    def __str__(self) -> str:
        return f"alert {self.petition_id}"


class Extension(models.Model):
    """展期: asked before the limit, approved by the level of the agency, told to the citizen."""

    petition = models.ForeignKey(Petition, on_delete=models.PROTECT, related_name="extensions")
    stage = models.PositiveSmallIntegerField()
    working_days = models.PositiveSmallIntegerField()
    reason = models.TextField(max_length=1000)
    asked_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    asked_at = models.DateTimeField()
    approver = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    state = models.CharField(max_length=10, choices=ExtensionState, default=ExtensionState.ASKED)
    decided_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    decision = models.CharField(max_length=500, blank=True)

    class Meta:
        verbose_name = _("展期申請")
        verbose_name_plural = _("展期申請")
        constraints = [
            models.UniqueConstraint(fields=["petition"], condition=Q(state="ASKED"), name="petition_one_open_extension")
        ]

    def __str__(self) -> str:
        return f"extension {self.pk}"


class FollowUp(models.Model):
    """A dated promise in a reply (預計 6 月施作), tracked until it is proven."""

    petition = models.ForeignKey(Petition, on_delete=models.PROTECT, related_name="follow_ups")
    reply = models.OneToOneField(Reply, on_delete=models.PROTECT, related_name="follow_up")
    promised_on = models.DateField()
    kept_at = models.DateTimeField(null=True, blank=True)
    kept_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    proof = models.TextField(max_length=2000, blank=True)
    reminded_for = models.DateField(null=True, blank=True)  # the promised day for which the officer was reminded
    escalated_for = models.DateField(null=True, blank=True)  # and for which the chiefs were told

    class Meta:
        verbose_name = _("承諾事項")
        verbose_name_plural = _("承諾事項")
        indexes = [models.Index(fields=["kept_at", "promised_on"], name="petition_promise_due")]

    def __str__(self) -> str:
        return f"promise {self.pk}"


class FollowUpMove(models.Model):
    """A promised day put off, with the reason that the citizen was told."""

    follow_up = models.ForeignKey(FollowUp, on_delete=models.PROTECT, related_name="moves")
    before = models.DateField()
    after = models.DateField()
    reason = models.CharField(max_length=500)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = _("承諾日期的變更")
        verbose_name_plural = _("承諾日期的變更")
        ordering = ["follow_up", "at"]
        constraints = [models.CheckConstraint(condition=Q(after__gt=F("before")), name="petition_promise_put_off")]

    def __str__(self) -> str:
        return f"{self.follow_up_id}: {self.before} to {self.after}"


class UploadLink(models.Model):
    """A link with which a contractor hands in photos of the work, once; only its digest is kept."""

    petition = models.ForeignKey(Petition, on_delete=models.PROTECT, related_name="upload_links")
    digest = models.CharField(max_length=64, unique=True, editable=False)
    contractor = models.CharField(_("廠商"), max_length=60)
    asked = models.CharField(_("要拍什麼"), max_length=300)
    made_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)
    remark = models.CharField(max_length=500, blank=True)

    class Meta:
        verbose_name = _("廠商上傳連結")
        verbose_name_plural = _("廠商上傳連結")

    def __str__(self) -> str:
        return f"upload link {self.pk}"


class Draft(models.Model):
    """What somebody has filled in so far; kept for them until sent or for the days that the parameter says.

    Whoever holds the token may read it, so it travels in a signed cookie and in a letter, never in an address.
    """

    token = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, blank=True, related_name="+"
    )
    data = models.JSONField(default=dict)
    started_at = models.DateTimeField()
    changed_at = models.DateTimeField(db_index=True)
    sent = models.OneToOneField(Case, on_delete=models.SET_NULL, null=True, blank=True, related_name="draft")

    class Meta:
        verbose_name = _("草稿")
        verbose_name_plural = _("草稿")

    def __str__(self) -> str:
        return f"draft {self.token}"
