"""Scenario cards, a month's plan, its tests with the tries that reached nobody, and the testers' parts."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cityhall.engines.directory.models import Agency, Person, Unit
from cityhall.engines.scoring.models import ScoreSheet
from cityhall.foundation.roc import roc_year

from .states import CallState, ImprovementState, Topic, Trouble, Window

SCORED = (CallState.PASSED, CallState.FAILED)


class CardQuerySet(models.QuerySet["ScenarioCard"]):
    """Questions about cards."""

    def on(self, day: date) -> Self:
        """Those that are used on a day."""
        return self.filter(Q(valid_until__isnull=True) | Q(valid_until__gte=day), valid_from__lte=day)


class ScenarioCard(models.Model):
    """情境卡: what a tester asks in the part of a citizen, and what a right answer holds. A new wording is a new card."""

    code = models.SlugField(_("卡號"), max_length=20, unique=True)
    topic = models.CharField(_("主題"), max_length=10, choices=Topic)
    agency = models.ForeignKey(
        Agency, verbose_name=_("只問這個機關"), on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    question = models.TextField(_("怎麼問"), max_length=500)
    answer = models.TextField(_("正確的答復要有"), max_length=1000)
    valid_from = models.DateField(_("自何日起"))
    valid_until = models.DateField(_("至何日止"), null=True, blank=True)

    objects = CardQuerySet.as_manager()

    class Meta:
        verbose_name = _("情境卡")
        verbose_name_plural = _("情境卡")
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_until__isnull=True) | Q(valid_until__gte=F("valid_from")), name="phone_card_days"
            )
        ]

    def __str__(self) -> str:
        return self.code


class CallPlan(models.Model):
    """測試計畫: a month's draw with its seed and the numbers it was drawn by, so that it can be drawn again."""

    month = models.DateField(_("月份"), unique=True)  # its first day
    seed = models.CharField(_("抽樣種子"), max_length=32)
    drawn_at = models.DateTimeField()
    drawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    size = models.PositiveIntegerField()
    first_line_percent = models.PositiveSmallIntegerField()
    lunch_percent = models.PositiveSmallIntegerField()
    twice_percent = models.PositiveSmallIntegerField(default=0)
    strata = models.JSONField(default=list)

    class Meta:
        verbose_name = _("測試計畫")
        verbose_name_plural = _("測試計畫")
        constraints = [models.CheckConstraint(condition=Q(month__day=1), name="phone_plan_of_a_month")]

    def __str__(self) -> str:
        return self.slug

    @property
    def slug(self) -> str:
        """How addresses call it: 2026-10."""
        return f"{self.month:%Y-%m}"


class TesterShare(models.Model):
    """One tester's part of a month: what their to-do is about."""

    plan = models.ForeignKey(CallPlan, on_delete=models.CASCADE, related_name="shares")
    tester = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("測試員的分配")
        verbose_name_plural = _("測試員的分配")
        constraints = [models.UniqueConstraint(fields=["plan", "tester"], name="phone_share_once")]

    def __str__(self) -> str:
        return f"{self.plan_id} {self.tester_id}"


class PhoneTestQuerySet(models.QuerySet["PhoneTest"]):
    """Questions about tests."""

    def scored_within(self, first: date | None, last: date | None) -> Self:
        """Calls of these days that were answered and scored; an open end is open."""
        rows = self.filter(state__in=SCORED)
        if first:
            rows = rows.filter(called_on__gte=first)
        return rows.filter(called_on__lte=last) if last else rows

    def passed(self) -> Self:
        """At least the pass mark of their day."""
        return self.filter(state=CallState.PASSED)

    def failed(self) -> Self:
        """Below the pass mark of their day."""
        return self.filter(state=CallState.FAILED)


class PhoneTest(models.Model):
    """One test of a plan: whom to call, when, with which card and by whom; then what came of it."""

    reference = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    plan = models.ForeignKey(CallPlan, on_delete=models.PROTECT, related_name="tests")
    n = models.PositiveIntegerField()  # by lot, so that a number says nothing of whom it belongs to
    agency = models.ForeignKey(Agency, verbose_name=_("受測機關"), on_delete=models.PROTECT, related_name="+")
    unit = models.ForeignKey(
        Unit, verbose_name=_("受測單位"), on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    first_line = models.BooleanField(_("第一線服務單位"))
    window = models.CharField(_("時段"), max_length=10, choices=Window)
    card = models.ForeignKey(ScenarioCard, verbose_name=_("情境卡"), on_delete=models.PROTECT, related_name="tests")
    tester = models.ForeignKey(
        Person, verbose_name=_("測試員"), on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    state = models.CharField(_("結果"), max_length=10, choices=CallState, default=CallState.WAITING)
    called_at = models.DateTimeField(_("通話時間"), null=True, blank=True)
    called_on = models.DateField(null=True, blank=True)  # the day of the call in Taipei, by which figures count
    sheet = models.OneToOneField(ScoreSheet, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    recording = models.URLField(_("錄音連結"), max_length=300, blank=True)  # a link, never the file
    second_tester = models.ForeignKey(
        Person, verbose_name=_("第二位評分的測試員"), on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    second_sheet = models.OneToOneField(ScoreSheet, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    points = models.DecimalField(_("分數"), max_digits=5, decimal_places=2, null=True, blank=True)
    pass_mark = models.PositiveSmallIntegerField(_("及格分數"), null=True, blank=True)

    objects = PhoneTestQuerySet.as_manager()

    class Meta:
        verbose_name = _("電話測試")
        verbose_name_plural = _("電話測試")
        indexes = [
            models.Index(fields=["called_on", "state"], name="phone_test_day"),
            models.Index(fields=["tester", "state"], name="phone_test_tester"),
            models.Index(fields=["second_tester", "second_sheet"], name="phone_test_second"),
            models.Index(fields=["agency", "called_on"], name="phone_test_agency"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["plan", "n"], name="phone_test_number_once"),
            models.UniqueConstraint(
                fields=["plan", "unit", "window"], condition=Q(unit__isnull=False), name="phone_test_unit_no_repeats"
            ),
            models.UniqueConstraint(
                fields=["plan", "agency", "window"], condition=Q(unit=None), name="phone_test_agency_no_repeats"
            ),
            models.CheckConstraint(
                condition=Q(state=CallState.WAITING, called_at=None, called_on=None, sheet=None, points=None)
                | Q(state=CallState.UNANSWERED, called_at__isnull=False, called_on__isnull=False, sheet=None, points=None)
                | Q(
                    state__in=SCORED, called_at__isnull=False, called_on__isnull=False, sheet__isnull=False,
                    tester__isnull=False, points__isnull=False, pass_mark__isnull=False,
                ),
                name="phone_test_scored_whole",
            ),
            models.CheckConstraint(
                condition=Q(second_tester=None) | ~Q(second_tester=F("tester")), name="phone_test_second_is_another"
            ),
            models.CheckConstraint(
                condition=Q(second_sheet=None) | Q(sheet__isnull=False, second_tester__isnull=False),
                name="phone_test_second_after_first",
            ),
            models.CheckConstraint(
                condition=~Q(state=CallState.PASSED) | Q(points__gte=F("pass_mark")), name="phone_test_passed_by_points"
            ),
            models.CheckConstraint(
                condition=~Q(state=CallState.FAILED) | Q(points__lt=F("pass_mark")), name="phone_test_failed_by_points"
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        """How people call it: T115-10-0042."""
        month = self.plan.month
        return f"T{roc_year(month)}-{month:%m}-{self.n:04}"

    @property
    def phone(self) -> str:
        """The number to dial: the unit's own, else the agency's."""
        return (self.unit.phone if self.unit else "") or self.agency.phone


class Attempt(models.Model):
    """A try that reached nobody."""

    test = models.ForeignKey(PhoneTest, on_delete=models.CASCADE, related_name="attempts")
    n = models.PositiveSmallIntegerField()
    trouble = models.CharField(pgettext_lazy("phone test", "情形"), max_length=10, choices=Trouble)
    at = models.DateTimeField()
    by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("未接通的紀錄")
        verbose_name_plural = _("未接通的紀錄")
        ordering = ["test", "n"]
        constraints = [models.UniqueConstraint(fields=["test", "n"], name="phone_attempt_order")]

    def __str__(self) -> str:
        return f"{self.test_id}.{self.n}"


class Improvement(models.Model):
    """改善回復: what an agency is asked after a test that failed or that it did not answer. Sent back, it is asked again."""

    test = models.ForeignKey(PhoneTest, on_delete=models.PROTECT, related_name="improvements")
    n = models.PositiveSmallIntegerField(default=1)
    state = models.CharField(
        pgettext_lazy("phone test", "改善回復"), max_length=10, choices=ImprovementState, default=ImprovementState.ASKED
    )
    asked_at = models.DateTimeField()
    due_on = models.DateField(_("回復期限"))
    answer = models.TextField(_("改善作法"), max_length=2000, blank=True)
    answered_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    answered_at = models.DateTimeField(null=True, blank=True)
    remark = models.TextField(_("研考會的意見"), max_length=1000, blank=True)
    decided_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = pgettext_lazy("phone test", "改善回復")
        verbose_name_plural = pgettext_lazy("phone test", "改善回復")
        ordering = ["test", "n"]
        indexes = [models.Index(fields=["state", "due_on"], name="phone_improvement_due")]
        constraints = [
            models.UniqueConstraint(fields=["test", "n"], name="phone_improvement_order"),
            models.CheckConstraint(
                condition=Q(state=ImprovementState.ASKED, answered_at=None, answer="")
                | (Q(answered_at__isnull=False) & ~Q(answer="") & ~Q(state=ImprovementState.ASKED)),
                name="phone_improvement_answered_whole",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=[ImprovementState.ACCEPTED, ImprovementState.SENT_BACK])
                | Q(decided_at__isnull=False),
                name="phone_improvement_decided_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.test_id}.{self.n}"
