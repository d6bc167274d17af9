"""A controlled plan and everything that is recorded of it. Nothing is overwritten: what is known later is a later row.

Rows say what happened on which day, and `recorded_on` since when that has been known: `as_of(day)` is what somebody saw who
asked on that day.
"""

from __future__ import annotations

import uuid
from datetime import date
from typing import Any, Self, TypeVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from cityhall.engines.directory.models import Agency, Unit
from cityhall.foundation.clock import end_of_day

from .states import Finding, LandState, StageName, TenderResult

Row = TypeVar("Row", bound=models.Model)


class KnownQuerySet(models.QuerySet[Row]):
    """Rows by the day since which they are known."""

    def as_of(self, day: date) -> Self:
        """What was known on a day."""
        return self.filter(recorded_on__lte=day)


class PlanQuerySet(models.QuerySet["Plan"]):
    """Plans by whether they are under control."""

    def as_of(self, day: date) -> Self:
        """Those under control on a day."""
        return self.filter(opened_on__lte=day).filter(Q(ended_on__isnull=True) | Q(ended_on__gt=day))


class Plan(models.Model):
    """A plan under control, of whatever profile. The domain's own record is one-to-one with it."""

    reference = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    profile = models.SlugField(_("類型"), max_length=20)
    name = models.CharField(_("計畫名稱"), max_length=120)
    agency = models.ForeignKey(Agency, verbose_name=_("主辦機關"), on_delete=models.PROTECT, related_name="+")
    unit = models.ForeignKey(
        Unit, verbose_name=_("主辦單位"), on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    works = models.BooleanField(_("工程"))
    opened_on = models.DateField(_("列管起日"), null=True, blank=True)  # None: proposed, not under control
    ended_on = models.DateField(_("結束列管日"), null=True, blank=True)  # the first day without control

    objects = PlanQuerySet.as_manager()

    class Meta:
        verbose_name = _("列管計畫的管制紀錄")
        verbose_name_plural = _("列管計畫的管制紀錄")
        indexes = [
            models.Index(fields=["profile", "opened_on", "ended_on"], name="milestones_plan_open"),
            models.Index(fields=["agency", "opened_on"], name="milestones_plan_agency"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(ended_on__isnull=True) | Q(opened_on__isnull=False, ended_on__gte=F("opened_on")),
                name="milestones_plan_ends_after_it_opens",
            )
        ]

    def __str__(self) -> str:
        return self.name


class Immutable(Exception):
    """A baseline stands as it was approved: a change is a new one."""


class Baseline(models.Model):
    """基準計畫: a version of the plan, numbered, never changed. The first one is never lost."""

    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="baselines")
    number = models.PositiveSmallIntegerField(_("版次"))
    recorded_on = models.DateField(_("核定日"))
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    reason = models.CharField(_("理由"), max_length=500, blank=True)

    objects = KnownQuerySet.as_manager()

    class Meta:
        verbose_name = _("基準計畫")
        verbose_name_plural = _("基準計畫")
        ordering = ["plan", "number"]
        constraints = [
            models.UniqueConstraint(fields=["plan", "number"], name="milestones_baseline_number_once"),
            models.CheckConstraint(condition=Q(number__gte=1), name="milestones_baselines_from_one"),
        ]

    def __str__(self) -> str:
        return f"{self.plan_id} v{self.number}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Only once."""
        if self.pk is not None and not self._state.adding:
            raise Immutable(self)
        super().save(*args, **kwargs)


class PlannedMilestone(models.Model):
    """檢核點 of a baseline: its day as planned."""

    baseline = models.ForeignKey(Baseline, on_delete=models.PROTECT, related_name="milestones")
    code = models.SlugField(max_length=20)
    order = models.PositiveSmallIntegerField()
    name = models.CharField(_("檢核點"), max_length=60)
    stage = models.CharField(_("階段"), max_length=10, choices=StageName)
    planned_on = models.DateField(_("預定日"))

    class Meta:
        verbose_name = _("檢核點")
        verbose_name_plural = _("檢核點")
        ordering = ["baseline", "order"]
        constraints = [
            models.UniqueConstraint(fields=["baseline", "code"], name="milestones_milestone_once"),
            models.UniqueConstraint(fields=["baseline", "order"], name="milestones_milestone_order"),
        ]

    def __str__(self) -> str:
        return self.name


class PlannedMonth(models.Model):
    """A month of a baseline: planned per cent and planned money, both of the whole so far."""

    baseline = models.ForeignKey(Baseline, on_delete=models.PROTECT, related_name="months")
    month = models.DateField(_("月份"))
    percent = models.DecimalField(_("預定進度"), max_digits=5, decimal_places=2)
    money = models.BigIntegerField(_("累計分配預算"))

    class Meta:
        verbose_name = _("預定月進度")
        verbose_name_plural = _("預定月進度")
        ordering = ["baseline", "month"]
        constraints = [
            models.UniqueConstraint(fields=["baseline", "month"], name="milestones_planned_month_once"),
            models.CheckConstraint(condition=Q(month__day=1), name="milestones_planned_month_begins"),
            models.CheckConstraint(
                condition=Q(percent__gte=0, percent__lte=100, money__gte=0), name="milestones_planned_month_range"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.baseline_id} {self.month:%Y-%m}"


class MilestoneDay(models.Model):
    """The day on which a milestone was reached, as it was known from a day on; without a day it is taken back."""

    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="days")
    code = models.SlugField(max_length=20)
    met_on = models.DateField(_("完成日"), null=True, blank=True)
    recorded_on = models.DateField()
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    objects = KnownQuerySet.as_manager()

    class Meta:
        verbose_name = _("檢核點完成日")
        verbose_name_plural = _("檢核點完成日")
        ordering = ["plan", "recorded_at", "pk"]
        indexes = [models.Index(fields=["plan", "code", "recorded_on"], name="milestones_day_known")]

    def __str__(self) -> str:
        return f"{self.plan_id} {self.code} {self.met_on}"


class MonthReport(models.Model):
    """月進度 as reported; a later row of the same month takes the place of the earlier one from its day on.

    `late` says that the month stood already when it was first reported, `correction` that a month which stood was changed.
    """

    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="reports")
    month = models.DateField(_("月份"))
    n = models.PositiveSmallIntegerField()
    percent = models.DecimalField(_("實際進度"), max_digits=5, decimal_places=2)
    paid = models.BigIntegerField(_("實支數"), default=0)
    unpaid = models.BigIntegerField(_("已估驗未付款"), default=0)
    retained = models.BigIntegerField(_("估驗保留款"), default=0)
    surplus = models.BigIntegerField(_("節餘款"), default=0)
    reason = models.TextField(_("落後原因"), max_length=1000, blank=True)
    measure = models.TextField(_("因應對策"), max_length=1000, blank=True)
    help_needed = models.TextField(_("需要協助的事"), max_length=1000, blank=True)
    late = models.BooleanField(_("逾期填報"), default=False)
    correction = models.BooleanField(_("更正"), default=False)
    recorded_on = models.DateField()
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    objects = KnownQuerySet.as_manager()

    class Meta:
        verbose_name = _("月進度")
        verbose_name_plural = _("月進度")
        ordering = ["plan", "month", "n"]
        indexes = [models.Index(fields=["month", "plan"], name="milestones_report_month")]
        constraints = [
            models.UniqueConstraint(fields=["plan", "month", "n"], name="milestones_report_n_once"),
            models.CheckConstraint(condition=Q(month__day=1), name="milestones_report_of_a_month"),
            models.CheckConstraint(condition=Q(percent__gte=0, percent__lte=100), name="milestones_report_percent"),
            models.CheckConstraint(
                condition=Q(paid__gte=0, unpaid__gte=0, retained__gte=0, surplus__gte=0),
                name="milestones_report_money",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.plan_id} {self.month:%Y-%m}.{self.n}"

    @property
    def executed(self) -> int:
        """What counts as carried out of the budget."""
        return self.paid + self.unpaid + self.retained + self.surplus


class Reopening(models.Model):
    """A month that stood may be corrected until a day; with the reason, and who allowed it."""

    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="reopenings")
    month = models.DateField(_("月份"))
    until = models.DateField(_("開放到"))
    reason = models.CharField(_("理由"), max_length=500)
    recorded_on = models.DateField()
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    objects = KnownQuerySet.as_manager()

    class Meta:
        verbose_name = _("重新開放")
        verbose_name_plural = _("重新開放")
        ordering = ["plan", "month", "pk"]
        constraints = [models.CheckConstraint(condition=Q(month__day=1), name="milestones_reopened_month")]

    def __str__(self) -> str:
        return f"{self.plan_id} {self.month:%Y-%m}"


class TenderOpening(models.Model):
    """開標 of one package of a plan."""

    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="tenders")
    package = models.CharField(_("標案"), max_length=60)
    held_on = models.DateField(_("開標日"))
    result = models.CharField(_("開標結果"), max_length=10, choices=TenderResult)
    amount = models.BigIntegerField(_("決標金額"), null=True, blank=True)
    contractor = models.CharField(_("得標廠商"), max_length=80, blank=True)
    recorded_on = models.DateField()
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    objects = KnownQuerySet.as_manager()

    class Meta:
        verbose_name = _("開標紀錄")
        verbose_name_plural = _("開標紀錄")
        ordering = ["plan", "held_on", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["plan", "package", "held_on"], name="milestones_one_opening_a_day"),
            models.CheckConstraint(
                condition=Q(result=TenderResult.AWARDED) | Q(amount=None, contractor=""),
                name="milestones_failed_has_no_contractor",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.package} {self.held_on}"


class Contract(models.Model):
    """契約 of one package, signed once; what is agreed later is a row of its own, so each past day has its amount."""

    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="contracts")
    reference = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    package = models.CharField(_("標案"), max_length=60)
    contractor = models.CharField(_("承攬廠商"), max_length=80)
    signed_on = models.DateField(_("簽約日"))
    recorded_on = models.DateField()
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    objects = KnownQuerySet.as_manager()

    class Meta:
        verbose_name = _("契約")
        verbose_name_plural = _("契約")
        ordering = ["plan", "signed_on", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["plan", "package", "signed_on"], name="milestones_one_contract_a_day"),
            models.CheckConstraint(condition=~Q(contractor=""), name="milestones_contract_with_somebody"),
        ]

    def __str__(self) -> str:
        return f"{self.package} {self.signed_on}"


class ContractTerm(models.Model):
    """What a contract says from a day on: its amount, and until when it is to be done. The first is as signed."""

    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="terms")
    n = models.PositiveSmallIntegerField()
    agreed_on = models.DateField(_("變更日"))
    amount = models.BigIntegerField(_("契約金額"))
    due_on = models.DateField(_("履約期限"))
    reason = models.CharField(_("變更的理由"), max_length=300, blank=True)
    recorded_on = models.DateField()
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    objects = KnownQuerySet.as_manager()

    class Meta:
        verbose_name = _("契約內容")
        verbose_name_plural = _("契約內容")
        ordering = ["contract", "n"]
        constraints = [
            models.UniqueConstraint(fields=["contract", "n"], name="milestones_contract_term_once"),
            models.CheckConstraint(
                condition=Q(n=1) | (Q(n__gt=1) & ~Q(reason="")), name="milestones_changed_with_a_reason"
            ),
            models.CheckConstraint(condition=Q(amount__gte=1, n__gte=1), name="milestones_contract_amount"),
        ]

    def __str__(self) -> str:
        return f"{self.contract_id}.{self.n}"


class Stoppage(models.Model):
    """停工 from a day; its end is written once, with the day since which it is known."""

    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="stoppages")
    starts_on = models.DateField(_("停工日"))
    reason = models.CharField(_("停工原因"), max_length=300)
    recorded_on = models.DateField()
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    ends_on = models.DateField(_("復工日"), null=True, blank=True)
    end_recorded_on = models.DateField(null=True, blank=True)

    objects = KnownQuerySet.as_manager()

    class Meta:
        verbose_name = _("停工紀錄")
        verbose_name_plural = _("停工紀錄")
        ordering = ["plan", "starts_on", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["plan"], condition=Q(ends_on__isnull=True), name="milestones_one_open_stoppage"
            ),
            models.CheckConstraint(
                condition=Q(ends_on=None, end_recorded_on=None)
                | Q(ends_on__gte=F("starts_on"), end_recorded_on__isnull=False),
                name="milestones_stoppage_ends_after_it_begins",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.plan_id} {self.starts_on}"


class LandRecord(models.Model):
    """How the land is obtained, from a day on."""

    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="land")
    state = models.CharField(_("用地取得"), max_length=15, choices=LandState)
    note = models.CharField(_("說明"), max_length=300, blank=True)
    recorded_on = models.DateField()
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    objects = KnownQuerySet.as_manager()

    class Meta:
        verbose_name = _("用地取得情形")
        verbose_name_plural = _("用地取得情形")
        ordering = ["plan", "recorded_at", "pk"]

    def __str__(self) -> str:
        return f"{self.plan_id} {self.state}"


class CoordinationRequest(models.Model):
    """需跨機關協調: what an agency asks others for; its end is written once."""

    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="requests")
    asked_of = models.ForeignKey(
        Agency, verbose_name=_("要協調的機關"), on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    matter = models.CharField(_("要協調的事"), max_length=300)
    asked_on = models.DateField(_("提出日"))
    recorded_on = models.DateField()
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    settled_on = models.DateField(_("解決日"), null=True, blank=True)
    settled_how = models.CharField(_("怎麼解決"), max_length=300, blank=True)
    end_recorded_on = models.DateField(null=True, blank=True)

    objects = KnownQuerySet.as_manager()

    class Meta:
        verbose_name = _("跨機關協調事項")
        verbose_name_plural = _("跨機關協調事項")
        ordering = ["plan", "asked_on", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(settled_on=None, end_recorded_on=None)
                | Q(settled_on__gte=F("asked_on"), end_recorded_on__isnull=False),
                name="milestones_settled_after_it_was_asked",
            )
        ]

    def __str__(self) -> str:
        return self.matter


class Evaluation(models.Model):
    """A month's evaluation by the rules: once a profile, by what was known when the month was locked."""

    profile = models.SlugField(max_length=20)
    month = models.DateField(_("月份"))
    known_on = models.DateField()
    evaluated_at = models.DateTimeField()
    evaluated_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    plans = models.PositiveIntegerField(default=0)
    hits = models.PositiveIntegerField(default=0)
    versions = models.JSONField(default=dict)

    class Meta:
        verbose_name = _("異常判定")
        verbose_name_plural = _("異常判定")
        ordering = ["-month"]
        constraints = [
            models.UniqueConstraint(fields=["profile", "month"], name="milestones_month_evaluated_once"),
            models.CheckConstraint(condition=Q(month__day=1), name="milestones_evaluation_of_a_month"),
        ]

    def __str__(self) -> str:
        return f"{self.profile} {self.month:%Y-%m}"


class HitQuerySet(models.QuerySet["Hit"]):
    """Hits by whether they were cleared."""

    def open(self) -> Self:
        """Those that nobody has cleared."""
        return self.filter(cleared_at__isnull=True)

    def as_of(self, day: date) -> Self:
        """Those found by a day and not cleared by then."""
        return self.filter(evaluation__known_on__lte=day).filter(
            Q(cleared_at__isnull=True) | Q(cleared_at__gte=end_of_day(day))
        )


class Hit(models.Model):
    """異常: a rule that a plan met in a month, with the rule's version, the numbers it went by, and who cleared it and why."""

    reference = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    evaluation = models.ForeignKey(Evaluation, on_delete=models.PROTECT, related_name="found")
    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="hits")
    month = models.DateField(_("月份"))
    rule = models.CharField(_("異常"), max_length=20, choices=Finding)
    subject = models.CharField(max_length=60, blank=True)
    version = models.PositiveSmallIntegerField(default=1)
    threshold = models.CharField(max_length=20, blank=True)
    inputs = models.JSONField(default=dict)
    cleared_at = models.DateTimeField(null=True, blank=True)
    cleared_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    cleared_because = models.CharField(_("解除的理由"), max_length=500, blank=True)

    objects = HitQuerySet.as_manager()

    class Meta:
        verbose_name = _("異常紀錄")
        verbose_name_plural = _("異常紀錄")
        ordering = ["-month", "plan", "rule", "subject"]
        indexes = [
            models.Index(fields=["month", "plan"], name="milestones_hit_month"),
            models.Index(fields=["plan", "rule"], condition=Q(cleared_at__isnull=True), name="milestones_hit_open"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["plan", "month", "rule", "subject"], name="milestones_hit_once"),
            models.CheckConstraint(
                condition=Q(cleared_at=None, cleared_because="")
                | (Q(cleared_at__isnull=False) & ~Q(cleared_because="")),
                name="milestones_cleared_with_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.plan_id} {self.month:%Y-%m} {self.rule}"
