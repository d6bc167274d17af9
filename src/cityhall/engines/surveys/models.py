"""Surveys, the versions of their questions, who was invited, and what was answered."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cityhall.web.context import language

from . import rules
from .registry import Owner, owner_of
from .states import Kind, Sampling, Way


def in_this_language(chinese: str, english: str) -> str:
    """The words for the reader of this page."""
    return english or chinese if language() == "en" else chinese


def together(words: Iterable[str]) -> str:
    """Words with the comma of the language between them."""
    return (", " if language() == "en" else "、").join(words)


class Survey(models.Model):
    """問卷調查: what is asked again and again, by whom."""

    reference = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    key = models.CharField(max_length=60, blank=True)  # by which its owner finds it; those made at the desk have none
    owner = models.CharField(max_length=30)
    title = models.CharField(max_length=100)
    title_en = models.CharField(max_length=150)
    purpose = models.TextField(max_length=500, blank=True)
    purpose_en = models.TextField(max_length=800, blank=True)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = verbose_name_plural = pgettext_lazy("survey", "問卷調查")
        ordering = ["-pk"]
        constraints = [models.UniqueConstraint(fields=["key"], condition=~Q(key=""), name="survey_key_once")]

    def __str__(self) -> str:
        return in_this_language(self.title, self.title_en)

    @property
    def words(self) -> str:
        """The purpose for the reader of this page."""
        return in_this_language(self.purpose, self.purpose_en)

    @property
    def declared(self) -> Owner:
        """Whose it is."""
        return owner_of(self.owner)


class Questionnaire(models.Model):
    """問卷版本: the questions as they were asked; once somebody has answered nothing of it changes."""

    survey = models.ForeignKey(Survey, on_delete=models.PROTECT, related_name="questionnaires")
    number = models.PositiveIntegerField()
    frozen_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = verbose_name_plural = _("問卷版本")
        ordering = ["-number"]
        constraints = [models.UniqueConstraint(fields=["survey", "number"], name="questionnaire_number_once")]

    def __str__(self) -> str:
        return f"{self.survey_id} {self.number}"


class Question(models.Model):
    """題目. The same key in two versions is the same question."""

    questionnaire = models.ForeignKey(Questionnaire, on_delete=models.CASCADE, related_name="questions")
    position = models.PositiveIntegerField()
    key = models.SlugField(max_length=40)
    kind = models.CharField(max_length=7, choices=Kind)
    text = models.CharField(max_length=200)
    text_en = models.CharField(max_length=300)
    required = models.BooleanField(default=True)
    no_opinion = models.BooleanField(default=False)
    complaint_at_most = models.PositiveSmallIntegerField(null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = pgettext_lazy("survey", "題目")
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["questionnaire", "key"], name="survey_question_key_once"),
            models.CheckConstraint(
                condition=Q(complaint_at_most__isnull=True)
                | Q(kind=Kind.SCALE, complaint_at_most__gte=rules.LOWEST, complaint_at_most__lt=rules.SATISFIED_FROM),
                name="survey_complaint_is_a_low_point",
            ),
        ]

    def __str__(self) -> str:
        return in_this_language(self.text, self.text_en)

    @property
    def asked(self) -> rules.Asked:
        """The question as the rules see it."""
        return rules.Asked(
            self.key, self.kind, tuple(one.code for one in self.choices.all()), self.required, self.no_opinion,
            self.complaint_at_most,
        )  # fmt: skip


class Choice(models.Model):
    """選項 of a question."""

    question = models.ForeignKey(Question, on_delete=models.CASCADE, related_name="choices")
    position = models.PositiveIntegerField()
    code = models.SlugField(max_length=40)
    text = models.CharField(max_length=100)
    text_en = models.CharField(max_length=150)

    class Meta:
        verbose_name = verbose_name_plural = pgettext_lazy("survey", "選項")
        ordering = ["position", "pk"]
        constraints = [models.UniqueConstraint(fields=["question", "code"], name="survey_choice_code_once")]

    def __str__(self) -> str:
        return in_this_language(self.text, self.text_en)


class Wave(models.Model):
    """調查波次: one version of the questions, asked of some people in some time."""

    reference = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    survey = models.ForeignKey(Survey, on_delete=models.PROTECT, related_name="waves")
    questionnaire = models.ForeignKey(Questionnaire, on_delete=models.PROTECT, related_name="waves")
    name = models.CharField(max_length=60)
    population = models.CharField(max_length=200)
    sampling = models.CharField(max_length=9, choices=Sampling)
    opens_at = models.DateTimeField()
    closes_at = models.DateTimeField(null=True, blank=True)  # none: it goes on
    days = models.PositiveSmallIntegerField(default=14)  # for which an invitation holds
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = verbose_name_plural = pgettext_lazy("survey", "調查波次")
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(closes_at__isnull=True) | Q(closes_at__gt=models.F("opens_at")),
                name="wave_ends_after_begin",
            )
        ]

    def __str__(self) -> str:
        return self.name


class Invitation(models.Model):
    """邀請: one person is asked once. It knows no address; that stands in the letter, and not for long."""

    reference = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    wave = models.ForeignKey(Wave, on_delete=models.PROTECT, related_name="invitations")
    way = models.CharField(max_length=6, choices=Way)
    source = models.CharField(max_length=64)  # keyed digest of whom or what it is about: nobody is asked twice
    about_type = models.CharField(max_length=60, blank=True)  # the domain's record, such as a call
    about_id = models.CharField(max_length=40, blank=True)
    language = models.CharField(max_length=10, default="zh-hant")
    invited_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    undeliverable_at = models.DateTimeField(null=True, blank=True)
    reminded_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = pgettext_lazy("survey", "邀請")
        indexes = [models.Index(fields=["about_type", "about_id"], name="survey_invitation_about")]
        constraints = [models.UniqueConstraint(fields=["wave", "source"], name="survey_invited_once")]

    def __str__(self) -> str:
        return f"survey invitation {self.pk}"


class Response(models.Model):
    """填答: everything that one person answered, once."""

    invitation = models.OneToOneField(Invitation, on_delete=models.PROTECT, related_name="response")
    answered_at = models.DateTimeField(db_index=True)
    language = models.CharField(max_length=10, blank=True)
    complaint = models.BooleanField(default=False)
    handled_at = models.DateTimeField(null=True, blank=True)
    handled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    handling = models.TextField(max_length=1000, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = pgettext_lazy("survey", "填答")
        indexes = [models.Index(fields=["complaint", "handled_at"], name="survey_complaints_open")]
        constraints = [
            models.CheckConstraint(
                condition=Q(handled_at__isnull=True) | ~Q(handling=""), name="survey_complaint_handled_how"
            )
        ]

    def __str__(self) -> str:
        return f"survey response {self.pk}"


class Answer(models.Model):
    """作答 to one question: a choice, a point or words; of several choices one row each."""

    response = models.ForeignKey(Response, on_delete=models.CASCADE, related_name="answers")
    question = models.ForeignKey(Question, on_delete=models.PROTECT, related_name="answers")
    choice = models.ForeignKey(Choice, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    number = models.PositiveSmallIntegerField(null=True, blank=True)
    text = models.TextField(blank=True)

    class Meta:
        verbose_name = verbose_name_plural = pgettext_lazy("survey", "作答")
        constraints = [
            models.UniqueConstraint(
                fields=["response", "question"], condition=Q(choice__isnull=True), name="survey_answered_once"
            ),
            models.UniqueConstraint(
                fields=["response", "question", "choice"],
                condition=Q(choice__isnull=False),
                name="survey_chosen_once",
            ),
            models.CheckConstraint(
                condition=Q(choice__isnull=False, number__isnull=True, text="")
                | Q(choice__isnull=True, number__isnull=False, text="")
                | (Q(choice__isnull=True, number__isnull=True) & ~Q(text="")),
                name="survey_answer_is_one_thing",
            ),
            models.CheckConstraint(
                condition=Q(number__isnull=True) | Q(number__lte=rules.HIGHEST), name="survey_point_on_the_scale"
            ),
        ]

    def __str__(self) -> str:
        return f"survey answer {self.pk}"


class KeypadUpload(models.Model):
    """按鍵結果匯入: a file of the exchange with what became of its rows; each refused cell with its reason."""

    wave = models.ForeignKey(Wave, on_delete=models.PROTECT, related_name="keypad_uploads")
    name = models.CharField(max_length=120)
    uploaded_at = models.DateTimeField()
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    taken = models.PositiveIntegerField()
    same = models.PositiveIntegerField()
    refused = models.JSONField(default=list)  # {row, column, value, why: {language: sentence}}

    class Meta:
        verbose_name = verbose_name_plural = _("按鍵結果匯入")
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"keypad upload {self.pk}"

    @property
    def rows_refused(self) -> int:
        """In how many rows something was refused."""
        return len({one["row"] for one in self.refused})
