"""品質抽查: the rubric, a month's plan, its sheets, what the agency says to them, and what is proposed after a year."""

from __future__ import annotations

import uuid
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from cityhall.engines.cases.models import Reply
from cityhall.engines.directory.models import Agency, Person, Unit
from cityhall.foundation.roc import roc_year
from cityhall.web.context import in_language

from ..quality import JUDGED, STANDS_WANTING, Criterion, Rubric
from ..states import AwardKind, AwardState, SheetState
from .catalogue import Dated
from .petitions import Petition
from .steps import Step


class QualityRubric(models.Model):
    """What is looked at, from a day on. Sheets keep the version by which they were scored."""

    version = models.PositiveIntegerField(_("版次"), unique=True)
    valid_from = models.DateField(_("自何日起"), unique=True)
    valid_until = models.DateField(_("至何日止"), null=True, blank=True)
    enough = models.PositiveSmallIntegerField(_("幾分以上符合"), default=60)
    reason_below = models.PositiveSmallIntegerField(_("低於幾分要寫理由"), default=3)
    source = models.CharField(_("依據"), max_length=200)
    set_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    set_at = models.DateTimeField(null=True, blank=True)

    objects = Dated.as_manager()

    class Meta:
        verbose_name = _("評分標準")
        verbose_name_plural = _("評分標準")
        ordering = ["version"]

    def __str__(self) -> str:
        return f"rubric {self.version}"

    @property
    def as_rule(self) -> Rubric:
        """As the rules see it."""
        criteria = tuple(Criterion(one.code, one.weight, one.must) for one in self.criteria.all())
        return Rubric(criteria, self.enough, self.reason_below)


class QualityCriterion(models.Model):
    """One thing that is looked at: 0 to 5, times its weight."""

    rubric = models.ForeignKey(QualityRubric, on_delete=models.CASCADE, related_name="criteria")
    code = models.SlugField(max_length=20)
    order = models.PositiveSmallIntegerField(default=1)
    name = models.CharField(max_length=20)
    name_en = models.CharField(max_length=40)
    about = models.CharField(max_length=200)
    about_en = models.CharField(max_length=200)
    weight = models.PositiveSmallIntegerField(_("權重"))
    must = models.BooleanField(_("零分就應予改善"), default=False)

    class Meta:
        verbose_name = _("評分項目")
        verbose_name_plural = _("評分項目")
        ordering = ["rubric", "order"]
        constraints = [models.UniqueConstraint(fields=["rubric", "code"], name="petition_criterion_once")]

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """The name in the reader's language."""
        return in_language(self.name, self.name_en)

    @property
    def explained(self) -> str:
        """What to look at, in the reader's language."""
        return in_language(self.about, self.about_en)


class QualityCheck(models.Model):
    """A month's plan: drawn once, with its seed and the numbers it was drawn by, so that it can be worked out again."""

    month = models.DateField(_("月份"), unique=True)  # its first day
    seed = models.CharField(_("抽樣種子"), max_length=32)
    drawn_at = models.DateTimeField()
    drawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    percent = models.PositiveSmallIntegerField()
    fewest = models.PositiveSmallIntegerField()
    most = models.PositiveSmallIntegerField()
    twice_percent = models.PositiveSmallIntegerField()
    strata = models.JSONField(default=list)  # by agency: of how many, how many drawn, how many left out

    class Meta:
        verbose_name = _("品質抽查")
        verbose_name_plural = _("品質抽查")
        constraints = [models.CheckConstraint(condition=Q(month__day=1), name="petition_check_of_a_month")]

    def __str__(self) -> str:
        return self.slug

    @property
    def slug(self) -> str:
        """How addresses call it: 2026-10."""
        return f"{self.month:%Y-%m}"


class QualityShare(models.Model):
    """One checker's part of a month: what their to-do is about."""

    check_plan = models.ForeignKey(QualityCheck, on_delete=models.CASCADE, related_name="shares")
    checker = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("檢核人員的分配")
        verbose_name_plural = _("檢核人員的分配")
        constraints = [models.UniqueConstraint(fields=["check_plan", "checker"], name="petition_share_once")]

    def __str__(self) -> str:
        return f"{self.check_plan_id} {self.checker_id}"


class QualitySheetQuerySet(models.QuerySet["QualitySheet"]):
    """Questions about sheets. The first reading decides; the second shows how well two people agree."""

    def first_readings(self) -> Self:
        """Those that decide."""
        return self.filter(second=False)

    def wanting(self) -> Self:
        """Found wanting and not taken back."""
        return self.first_readings().filter(state__in=[str(one) for one in STANDS_WANTING])

    def judged(self) -> Self:
        """Scored: what a share is a share of."""
        return self.first_readings().filter(state__in=[str(one) for one in JUDGED])


class QualitySheet(models.Model):
    """評核表: one petition of a month's plan, read by one person."""

    reference = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    check_plan = models.ForeignKey(QualityCheck, on_delete=models.PROTECT, related_name="sheets")
    petition = models.ForeignKey(Petition, on_delete=models.PROTECT, related_name="sheets")
    agency = models.ForeignKey(Agency, verbose_name=_("主辦機關"), on_delete=models.PROTECT, related_name="+")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    urgent = models.BooleanField(default=False)
    second = models.BooleanField(default=False)
    checker = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    rubric = models.ForeignKey(QualityRubric, on_delete=models.PROTECT, related_name="sheets")
    state = models.CharField(_("結果"), max_length=12, choices=SheetState, default=SheetState.WAITING)
    points = models.PositiveSmallIntegerField(_("分數"), null=True, blank=True)
    found_wanting = models.BooleanField(null=True, blank=True)
    remark = models.TextField(max_length=1000, blank=True)
    scored_at = models.DateTimeField(null=True, blank=True)
    contest_until = models.DateField(_("申復期限"), null=True, blank=True)
    redo_reply = models.ForeignKey(Reply, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    objects = QualitySheetQuerySet.as_manager()

    class Meta:
        verbose_name = _("評核表")
        verbose_name_plural = _("評核表")
        indexes = [
            models.Index(fields=["state", "agency"], name="petition_sheet_state"),
            models.Index(fields=["checker", "state"], name="petition_sheet_checker"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["check_plan", "petition", "second"], name="petition_sheet_once"),
            models.CheckConstraint(
                condition=Q(state__in=[SheetState.WAITING, SheetState.DROPPED])
                | Q(points__isnull=False, found_wanting__isnull=False, scored_at__isnull=False, checker__isnull=False),
                name="petition_sheet_scored_whole",
            ),
            models.CheckConstraint(
                condition=Q(second=False)
                | Q(state__in=[SheetState.WAITING, SheetState.GOOD, SheetState.WANTING, SheetState.DROPPED]),
                name="petition_second_reading_only_compares",
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        """How people call it: Q115-10-0042."""
        month = self.check_plan.month
        return f"Q{roc_year(month)}-{month:%m}-{self.pk:04}"


class QualityMark(models.Model):
    """The mark for one criterion, with the reason where it is low."""

    sheet = models.ForeignKey(QualitySheet, on_delete=models.CASCADE, related_name="marks")
    criterion = models.ForeignKey(QualityCriterion, on_delete=models.PROTECT, related_name="marks")
    value = models.PositiveSmallIntegerField()
    reason = models.CharField(max_length=300, blank=True)

    class Meta:
        verbose_name = _("評分")
        verbose_name_plural = _("評分")
        ordering = ["criterion__order"]
        constraints = [
            models.UniqueConstraint(fields=["sheet", "criterion"], name="petition_mark_once"),
            models.CheckConstraint(condition=Q(value__lte=5), name="petition_mark_up_to_five"),
        ]

    def __str__(self) -> str:
        return f"{self.sheet_id} {self.criterion_id}: {self.value}"


class QualityContest(models.Model):
    """申復: the agency disagrees, once; somebody else than the checkers decides."""

    sheet = models.OneToOneField(QualitySheet, on_delete=models.PROTECT, related_name="contest")
    reason = models.TextField(_("申復理由"), max_length=2000)
    asked_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    asked_at = models.DateTimeField()
    granted = models.BooleanField(null=True, blank=True)
    decision = models.TextField(max_length=1000, blank=True)
    decided_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("品質抽查申復")
        verbose_name_plural = _("品質抽查申復")

    def __str__(self) -> str:
        return f"contest {self.sheet_id}"


class QualityStep(Step):
    """One thing that happened to a sheet, with the state that it left."""

    sheet = models.ForeignKey(QualitySheet, on_delete=models.PROTECT, related_name="steps")
    state = models.CharField(max_length=12, choices=SheetState)

    class Meta:
        verbose_name = _("評核表經過")
        verbose_name_plural = _("評核表經過")
        ordering = ["sheet", "n"]
        constraints = [models.UniqueConstraint(fields=["sheet", "n"], name="petition_sheet_step_order")]

    def __str__(self) -> str:
        return f"{self.sheet_id}.{self.n} {self.type}"


class QualityAward(models.Model):
    """獎懲建議 after a year's analysis: proposed with a reason, decided by somebody else of the commission."""

    year = models.PositiveSmallIntegerField(_("年度"))
    agency = models.ForeignKey(Agency, verbose_name=_("機關"), on_delete=models.PROTECT, related_name="+")
    whom = models.CharField(_("對象"), max_length=60, blank=True)
    kind = models.CharField(_("建議"), max_length=15, choices=AwardKind)
    reason = models.TextField(_("理由"), max_length=1000)
    state = models.CharField(_("狀態"), max_length=10, choices=AwardState, default=AwardState.PROPOSED)
    proposed_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    proposed_at = models.DateTimeField()
    decided_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    decision = models.CharField(max_length=500, blank=True)

    class Meta:
        verbose_name = _("獎懲建議")
        verbose_name_plural = _("獎懲建議")
        constraints = [
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=F("proposed_by")),
                name="petition_award_not_by_its_proposer",
            )
        ]

    def __str__(self) -> str:
        return f"award {self.pk}"
