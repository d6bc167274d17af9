"""How a petition found its agency: the rules of staff, the decisions, what was tried on past petitions, the labels."""

from __future__ import annotations

from datetime import date

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from cityhall.engines.directory.models import Agency, Person

from ..states import (
    CategorySource,
    Effect,
    LabelCheck,
    ReplayAct,
    ReplayState,
)
from .catalogue import Category, Dated
from .petitions import Petition


class StaffRule(models.Model):
    """What the rules of dispatch have in common: an owner, days, and the version that each took the place of.

    A version that was in force is never changed; a new one takes its place from a day on.
    """

    owner = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    version = models.PositiveIntegerField(default=1)
    valid_from = models.DateField()
    valid_until = models.DateField(null=True, blank=True)
    replaces = models.OneToOneField("self", on_delete=models.PROTECT, null=True, blank=True, related_name="replaced_by")
    before_until = models.DateField(null=True, blank=True)  # until when the version before would have held
    reason = models.CharField(_("理由"), max_length=200, blank=True)
    made_at = models.DateTimeField(null=True, blank=True)
    revision = models.PositiveIntegerField(default=1)  # counts what was done to the row, so that copies notice

    objects = Dated.as_manager()

    class Meta:
        abstract = True

    def holds_on(self, day: date) -> bool:
        """Whether it holds on that day."""
        return self.valid_from <= day and (self.valid_until is None or self.valid_until >= day)


class StaffWords(StaffRule):
    """A keyword rule kept by staff: words that mean a category, with owner and dates."""

    category = models.ForeignKey(Category, on_delete=models.PROTECT, related_name="word_rules")
    any_of = models.JSONField(_("任一字詞"), default=list)
    every = models.JSONField(_("同時出現"), default=list, blank=True)
    none_of = models.JSONField(_("不得出現"), default=list, blank=True)
    priority = models.SmallIntegerField(_("優先"), default=0)

    class Meta:
        verbose_name = _("關鍵詞規則")
        verbose_name_plural = _("關鍵詞規則")

    def __str__(self) -> str:
        return f"{self.category}: {'、'.join([*self.every, *self.any_of])}"


class Routing(StaffRule):
    """Which agency handles a category, in a district or village, on a manager's road or in a layer of managers; where
    words are given, only what says them.
    """

    category = models.ForeignKey(Category, on_delete=models.PROTECT, null=True, blank=True, related_name="routings")
    district_code = models.CharField(max_length=20, blank=True)
    village_code = models.CharField(max_length=20, blank=True)
    manager_code = models.CharField(max_length=50, blank=True)
    layer_code = models.CharField(max_length=40, blank=True)
    any_of = models.JSONField(_("任一字詞"), default=list, blank=True)
    every = models.JSONField(_("同時出現"), default=list, blank=True)
    none_of = models.JSONField(_("不得出現"), default=list, blank=True)
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("派案規則")
        verbose_name_plural = _("派案規則")

    def __str__(self) -> str:
        return f"{self.category or '*'} {self.district_code} {self.manager_code} → {self.agency}"


class DispatchDecision(models.Model):
    """Why a petition went where it went: all that was known then, with versions."""

    petition = models.ForeignKey(Petition, on_delete=models.PROTECT, related_name="decisions", db_index=False)
    at = models.DateTimeField()
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    automatic = models.BooleanField()
    category = models.ForeignKey(Category, on_delete=models.PROTECT, null=True, related_name="+")
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, null=True, related_name="+")
    reasons = models.JSONField(default=list)
    candidates = models.JSONField(default=list)  # top three: {category, agency, probability}
    predicted = models.JSONField(default=list)  # the text model's own first three: {category, probability}
    spans = models.JSONField(default=list)  # marked words of the title, a line break and the text: {start, end, weight}
    words = models.JSONField(default=list)  # the word rule's words
    word_rule = models.CharField(max_length=30, blank=True)  # id@version
    route_rule = models.CharField(max_length=30, blank=True)
    model_version = models.CharField(max_length=60, blank=True)
    shadow = models.BooleanField(default=False)
    place_version = models.CharField(max_length=60, blank=True)
    area_code = models.CharField(max_length=20, blank=True)
    manager_layer = models.CharField(max_length=60, blank=True)
    note = models.CharField(max_length=500, blank=True)
    source = models.CharField(max_length=10, choices=CategorySource, blank=True)  # whose word the category is
    stated = models.FloatField(null=True, blank=True)  # the text model's probability of its first
    # What a newer version said that is only watched beside the one in use.
    watched_version = models.PositiveIntegerField(null=True, blank=True)
    watched_category = models.CharField(max_length=40, blank=True)
    watched_stated = models.FloatField(null=True, blank=True)
    watched_automatic = models.BooleanField(default=False)

    class Meta:
        verbose_name = _("派案決定")
        verbose_name_plural = _("派案決定")
        indexes = [
            models.Index(fields=["petition", "at"], name="petition_decision_at"),
            models.Index(fields=["at"], name="petition_decision_days"),
            models.Index(fields=["watched_version", "at"], name="petition_decision_watched"),
        ]

    def __str__(self) -> str:
        return f"{self.petition_id} → {self.agency_id}"

    @property
    def shown_spans(self) -> list[dict[str, float]]:
        """The text model's words to mark: those that spoke for the category, none while the model is only watched."""
        other = self.category and self.predicted and self.predicted[0]["category"] != self.category.code
        return [] if self.shadow or other else self.spans


class RuleReplay(models.Model):
    """A change of the rules, or another text model, tried on past petitions before it holds.

    It keeps exactly what was tried and on which state of the rules: nothing else can be saved by it.
    """

    act = models.CharField(max_length=10, choices=ReplayAct)
    inputs = models.JSONField(default=dict)
    digest = models.CharField(max_length=64)  # of the inputs and the state of the rules they were tried on
    stamp = models.CharField(max_length=200)
    state = models.CharField(_("狀態"), max_length=10, choices=ReplayState, default=ReplayState.RUNNING)
    first_on = models.DateField()
    last_on = models.DateField()
    total = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    counts = models.JSONField(default=dict)  # by effect
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(db_index=True)
    saved_at = models.DateTimeField(null=True, blank=True)
    saved_as = models.CharField(max_length=60, blank=True)  # words/12, routing/3, model/4

    class Meta:
        verbose_name = _("規則試算")
        verbose_name_plural = _("規則試算")

    def __str__(self) -> str:
        return f"replay {self.pk}"


class ReplayDifference(models.Model):
    """A past petition that would be decided otherwise. Categories and agencies by their codes."""

    replay = models.ForeignKey(RuleReplay, on_delete=models.CASCADE, related_name="differences")
    petition = models.ForeignKey(Petition, on_delete=models.CASCADE, related_name="+")
    effect = models.CharField(max_length=10, choices=Effect)
    then_category = models.CharField(max_length=40, blank=True)
    then_agency = models.CharField(max_length=50, blank=True)
    then_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    corrected_category = models.CharField(max_length=40, blank=True)
    corrected_agency = models.CharField(max_length=50, blank=True)
    before_category = models.CharField(max_length=40, blank=True)
    before_agency = models.CharField(max_length=50, blank=True)
    before_automatic = models.BooleanField(default=False)
    now_category = models.CharField(max_length=40, blank=True)
    now_agency = models.CharField(max_length=50, blank=True)
    now_automatic = models.BooleanField(default=False)

    class Meta:
        verbose_name = _("試算差異")
        verbose_name_plural = _("試算差異")
        constraints = [models.UniqueConstraint(fields=["replay", "petition"], name="petition_replay_once")]
        indexes = [models.Index(fields=["replay", "effect"], name="petition_replay_effect")]

    def __str__(self) -> str:
        return f"{self.replay_id}: {self.petition_id}"


class Label(models.Model):
    """A person's word on the category of a text: what the next model learns from."""

    petition = models.ForeignKey(Petition, on_delete=models.PROTECT, related_name="labels")
    category = models.ForeignKey(Category, on_delete=models.PROTECT, related_name="+")
    before = models.ForeignKey(Category, on_delete=models.PROTECT, null=True, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()
    checked = models.CharField(max_length=10, choices=LabelCheck, blank=True)
    checked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    checked_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("類別標註")
        verbose_name_plural = _("類別標註")

    def __str__(self) -> str:
        return f"{self.petition_id} is {self.category_id}"
