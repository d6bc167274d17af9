"""Schemes with dated versions, the sheets that judges filled in by them, and evaluations: who is judged, by whom, what came out."""

from __future__ import annotations

import uuid
from datetime import date
from decimal import Decimal
from typing import Self

from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import Q
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from cityhall.engines.directory.models import Agency, Person

from . import evaluating, registry, rules


def _in_language(own: str, english: str) -> str:
    return english if english and (translation.get_language() or "").startswith("en") else own


class Scheme(models.Model):
    """One version of a scheme: it holds from its first day until the next version begins. Sheets keep theirs."""

    key = models.CharField(max_length=60)
    version = models.PositiveIntegerField(_("版次"))
    valid_from = models.DateField(_("自何日起"))
    most = models.PositiveSmallIntegerField(_("每項最高分"))
    reason_below = models.PositiveSmallIntegerField(_("低於幾分要寫理由"), default=0)
    source = models.CharField(_("依據"), max_length=200)
    bands = models.JSONField(_("等第"), default=list, blank=True)  # [[from, grade, in English, award, in English], …]
    set_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    set_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("評分制度")
        verbose_name_plural = _("評分制度")
        ordering = ["key", "version"]
        constraints = [
            models.UniqueConstraint(fields=["key", "version"], name="scoring_version_once"),
            models.UniqueConstraint(fields=["key", "valid_from"], name="scoring_one_version_a_day"),
            models.CheckConstraint(condition=Q(most__in=rules.EXACT), name="scoring_most_divides_a_hundred"),
        ]

    def __str__(self) -> str:
        return f"{self.key} {self.version}"

    @property
    def as_rule(self) -> rules.Scheme:
        """As the rules see it."""
        weights = tuple(rules.Weight(one.code, one.points, bool(one.formula)) for one in self.criteria.all())
        return rules.Scheme(weights, self.most, self.reason_below)

    @property
    def as_bands(self) -> list[evaluating.Band]:
        """Its grades, the highest first."""
        return [evaluating.Band(Decimal(floor), *words) for floor, *words in self.bands]

    def grade_of(self, points: Decimal | None) -> str:
        """What points are called, in the reader's language."""
        found = evaluating.band_of(points, self.as_bands)
        return _in_language(found.grade, found.grade_en) if found else ""

    def award_of(self, points: Decimal | None) -> str:
        """獎懲建議 for points, in the reader's language."""
        found = evaluating.band_of(points, self.as_bands)
        return _in_language(found.award, found.award_en) if found else ""


class Criterion(models.Model):
    """One thing that is looked at, and the points that it brings when it is marked in full."""

    scheme = models.ForeignKey(Scheme, on_delete=models.CASCADE, related_name="criteria")
    code = models.SlugField(max_length=20)
    order = models.PositiveSmallIntegerField()
    points = models.PositiveSmallIntegerField(_("配分"))
    name = models.CharField(max_length=20)
    name_en = models.CharField(max_length=40)
    about = models.CharField(max_length=200)
    about_en = models.CharField(max_length=200)
    formula = models.CharField(max_length=60, blank=True)  # measured by this declared formula; no judge marks it
    scale = models.JSONField(
        default=list, blank=True
    )  # [[measured value, share of the points in per cent], …] as texts

    class Meta:
        verbose_name = _("評分細項")
        verbose_name_plural = _("評分細項")
        ordering = ["scheme", "order"]
        constraints = [
            models.UniqueConstraint(fields=["scheme", "code"], name="scoring_criterion_once"),
            models.UniqueConstraint(fields=["scheme", "order"], name="scoring_criterion_order"),
            models.CheckConstraint(condition=Q(points__gte=1, points__lte=100), name="scoring_criterion_counts"),
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """The name in the reader's language."""
        return _in_language(self.name, self.name_en)

    @property
    def explained(self) -> str:
        """What to look at, in the reader's language."""
        return _in_language(self.about, self.about_en)

    @property
    def as_scale(self) -> evaluating.Scale:
        """The scale in numbers."""
        return [(Decimal(value), Decimal(share)) for value, share in self.scale]


class ScoreSheet(models.Model):
    """One judge's marks of one record. It is written when it is complete, and never changed."""

    scheme = models.ForeignKey(Scheme, on_delete=models.PROTECT, related_name="sheets")
    content_type = models.ForeignKey(ContentType, on_delete=models.PROTECT, related_name="+")
    object_id = models.BigIntegerField()
    turn = models.PositiveSmallIntegerField()  # 1 decides; further ones show how well judges agree
    judge = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    points = models.DecimalField(_("分數"), max_digits=5, decimal_places=2)
    remark = models.TextField(_("整體意見"), max_length=1000, blank=True)
    scored_at = models.DateTimeField()

    class Meta:
        verbose_name = _("評分表")
        verbose_name_plural = _("評分表")
        constraints = [
            models.UniqueConstraint(fields=["content_type", "object_id", "turn"], name="scoring_turn_once"),
            models.UniqueConstraint(fields=["content_type", "object_id", "judge"], name="scoring_judge_once"),
            models.CheckConstraint(condition=Q(points__gte=0, points__lte=100), name="scoring_points_of_a_hundred"),
            models.CheckConstraint(condition=Q(turn__gte=1), name="scoring_turns_from_one"),
        ]

    def __str__(self) -> str:
        return f"{self.content_type_id}/{self.object_id}.{self.turn}"


class ScoreMark(models.Model):
    """What one criterion got, with the reason where it is low."""

    sheet = models.ForeignKey(ScoreSheet, on_delete=models.CASCADE, related_name="marks")
    criterion = models.ForeignKey(Criterion, on_delete=models.PROTECT, related_name="marks")
    value = models.PositiveSmallIntegerField()
    reason = models.CharField(max_length=300, blank=True)

    class Meta:
        verbose_name = _("評分表給分")
        verbose_name_plural = _("評分表給分")
        ordering = ["criterion__order"]
        constraints = [
            models.UniqueConstraint(fields=["sheet", "criterion"], name="scoring_mark_once"),
            models.CheckConstraint(condition=Q(value__lte=100), name="scoring_mark_up_to_a_hundred"),
        ]

    def __str__(self) -> str:
        return f"{self.sheet_id} {self.criterion_id}: {self.value}"


class EvaluationQuerySet(models.QuerySet["Evaluation"]):
    """Questions about evaluations."""

    def as_of(self, day: date) -> Self:
        """Those whose result stood on a day."""
        return self.filter(closed_on__lte=day)


class Evaluation(models.Model):
    """評核: one year of a declared kind, by one version of its scheme, from the agencies' own sheets to the result.

    Where a kind has several in a year, each has the name of its round.
    """

    reference = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(_("種類"), max_length=60)
    year = models.PositiveSmallIntegerField(_("年度"))  # the year that is judged, not that in which it is done
    round = models.CharField(max_length=120, blank=True)
    scheme = models.ForeignKey(Scheme, on_delete=models.PROTECT, related_name="evaluations")
    begun_at = models.DateTimeField()
    begun_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    closed_on = models.DateField(_("評定日"), null=True, blank=True)

    objects = EvaluationQuerySet.as_manager()

    class Meta:
        verbose_name = _("評核")
        verbose_name_plural = _("評核")
        ordering = ["-year", "kind"]
        constraints = [models.UniqueConstraint(fields=["kind", "year", "round"], name="scoring_evaluation_once")]

    def __str__(self) -> str:
        return f"{self.kind} {self.year}"

    @property
    def declared(self) -> registry.EvaluationKind:
        """What its kind says of it."""
        return registry.evaluation_kind(self.kind)


class EvaluationStep(models.Model):
    """A step of an evaluation: 自評, 初評, 複評. The first that has not ended is the one that runs."""

    evaluation = models.ForeignKey(Evaluation, on_delete=models.CASCADE, related_name="steps")
    order = models.PositiveSmallIntegerField()
    code = models.SlugField(max_length=20)
    judged = models.BooleanField()
    due_on = models.DateField(_("期限"))
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("評核步驟")
        verbose_name_plural = _("評核步驟")
        ordering = ["evaluation", "order"]
        constraints = [
            models.UniqueConstraint(fields=["evaluation", "order"], name="scoring_step_order"),
            models.UniqueConstraint(fields=["evaluation", "code"], name="scoring_step_once"),
        ]

    def __str__(self) -> str:
        return f"{self.evaluation_id}.{self.code}"

    @property
    def label(self) -> str:
        """What its kind calls it."""
        return self.evaluation.declared.step_label(self.code)


class Candidate(models.Model):
    """受評對象: an agency, a record of one, or what somebody from outside handed in; points and place are written when the
    evaluation is closed.
    """

    evaluation = models.ForeignKey(Evaluation, on_delete=models.CASCADE, related_name="candidates")
    n = models.PositiveSmallIntegerField()
    content_type = models.ForeignKey(ContentType, on_delete=models.PROTECT, related_name="+")
    object_id = models.BigIntegerField()
    agency = models.ForeignKey(
        Agency, verbose_name=_("受評機關"), on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    group = models.CharField(_("組別"), max_length=30, blank=True)  # places are given within a group
    name = models.CharField(max_length=200)
    name_en = models.CharField(max_length=200, blank=True)
    points = models.DecimalField(_("總分"), max_digits=5, decimal_places=2, null=True, blank=True)
    place = models.PositiveSmallIntegerField(_("名次"), null=True, blank=True)

    class Meta:
        verbose_name = _("受評對象")
        verbose_name_plural = _("受評對象")
        ordering = ["evaluation", "n"]
        indexes = [models.Index(fields=["agency", "evaluation"], name="scoring_candidate_agency")]
        constraints = [
            models.UniqueConstraint(fields=["evaluation", "n"], name="scoring_candidate_number"),
            models.UniqueConstraint(fields=["evaluation", "content_type", "object_id"], name="scoring_candidate_once"),
            models.CheckConstraint(
                condition=Q(points=None, place=None) | Q(points__gte=0, points__lte=100, place__gte=1),
                name="scoring_result_whole",
            ),
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """The name in the reader's language."""
        return _in_language(self.name, self.name_en)

    @property
    def grade(self) -> str:
        """What its points are called, in the reader's language."""
        return self.evaluation.scheme.grade_of(self.points)


class CandidateStep(models.Model):
    """A candidate in one step: what the sheets are about."""

    candidate = models.ForeignKey(Candidate, on_delete=models.CASCADE, related_name="steps")
    step = models.ForeignKey(EvaluationStep, on_delete=models.CASCADE, related_name="candidates")

    class Meta:
        verbose_name = _("受評對象的步驟")
        verbose_name_plural = _("受評對象的步驟")
        constraints = [models.UniqueConstraint(fields=["candidate", "step"], name="scoring_candidate_step_once")]

    def __str__(self) -> str:
        return f"{self.candidate_id}/{self.step_id}"


class Judge(models.Model):
    """評審委員 of one evaluation."""

    evaluation = models.ForeignKey(Evaluation, on_delete=models.CASCADE, related_name="judges")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("評審委員")
        verbose_name_plural = _("評審委員")
        constraints = [models.UniqueConstraint(fields=["evaluation", "person"], name="scoring_judge_of_evaluation")]

    def __str__(self) -> str:
        return f"{self.evaluation_id}/{self.person_id}"


class Recusal(models.Model):
    """迴避: a judge does not score this candidate, and says why."""

    judge = models.ForeignKey(Judge, on_delete=models.CASCADE, related_name="recusals")
    candidate = models.ForeignKey(Candidate, on_delete=models.CASCADE, related_name="recusals")
    reason = models.CharField(_("理由"), max_length=300)
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("迴避")
        verbose_name_plural = _("迴避")
        constraints = [models.UniqueConstraint(fields=["judge", "candidate"], name="scoring_recusal_once")]

    def __str__(self) -> str:
        return f"{self.judge_id}/{self.candidate_id}"


class Measurement(models.Model):
    """What a formula found for a candidate, from which inputs: kept, so that the result can be counted again for ever."""

    candidate = models.ForeignKey(Candidate, on_delete=models.CASCADE, related_name="measurements")
    criterion = models.ForeignKey(Criterion, on_delete=models.PROTECT, related_name="measurements")
    value = models.DecimalField(max_digits=16, decimal_places=4, null=True, blank=True)
    points = models.DecimalField(max_digits=5, decimal_places=2, null=True, blank=True)
    inputs = models.JSONField(default=dict)
    measured_at = models.DateTimeField()

    class Meta:
        verbose_name = _("量測結果")
        verbose_name_plural = _("量測結果")
        ordering = ["candidate", "criterion__order"]
        constraints = [
            models.UniqueConstraint(fields=["candidate", "criterion"], name="scoring_measured_once"),
            models.CheckConstraint(
                condition=Q(value=None, points=None) | Q(value__isnull=False, points__isnull=False),
                name="scoring_measured_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.candidate_id} {self.criterion_id}: {self.value}"


class ResultLetter(models.Model):
    """評核結果函 to an agency: number and day of the letter, and the results as it was told them; a later one corrects it."""

    evaluation = models.ForeignKey(Evaluation, on_delete=models.CASCADE, related_name="letters")
    agency = models.ForeignKey(Agency, verbose_name=_("受文機關"), on_delete=models.PROTECT, related_name="+")
    n = models.PositiveSmallIntegerField(_("第幾次"))
    sent_on = models.DateField(_("發文日期"))
    document = models.CharField(_("發文字號"), max_length=60)
    results = models.JSONField(default=list)
    sent_at = models.DateTimeField()
    sent_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = _("評核結果函")
        verbose_name_plural = _("評核結果函")
        ordering = ["evaluation", "n", "agency"]
        constraints = [
            models.UniqueConstraint(fields=["evaluation", "agency", "n"], name="scoring_letter_once"),
            models.CheckConstraint(condition=~Q(document="") & Q(n__gte=1), name="scoring_letter_has_a_number"),
        ]

    def __str__(self) -> str:
        return self.document
