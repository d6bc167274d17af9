"""Schemes with dated versions, and the sheets that judges filled in by them."""

from __future__ import annotations

from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import Q
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from cityhall.engines.directory.models import Person

from . import rules


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
        weights = tuple(rules.Weight(one.code, one.points) for one in self.criteria.all())
        return rules.Scheme(weights, self.most, self.reason_below)


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
