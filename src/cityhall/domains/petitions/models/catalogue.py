"""What petitions are about, and the texts that officers answer with: kept by staff, every change dated."""

from __future__ import annotations

from datetime import date
from typing import Self

from django.db import models
from django.db.models import OuterRef, Q
from django.utils.translation import gettext_lazy as _

from cityhall.engines.directory.models import Agency
from cityhall.web.context import in_language

from ..states import (
    Group,
)


class Dated(models.QuerySet):
    """Rows that hold from a day until a day, both in."""

    def on(self, day: date | OuterRef) -> Self:
        """Those that hold on that day, which may be a field of an outer query."""
        return self.filter(Q(valid_from__lte=day), Q(valid_until__isnull=True) | Q(valid_until__gte=day))


class CategoryQuerySet(models.QuerySet["Category"]):
    """Questions about categories."""

    def in_use(self, on: date) -> Self:
        """Those that a petition may be filed under on a day."""
        return self.filter(Q(retired_on=None) | Q(retired_on__gt=on))


class Category(models.Model):
    """What a petition is about; its agency and limits are dated and stand in its terms."""

    code = models.SlugField(_("代碼"), max_length=40, unique=True)
    group = models.CharField(_("主題"), max_length=20, choices=Group)
    name = models.CharField(_("名稱"), max_length=40)
    name_en = models.CharField(_("英文名稱"), max_length=80)
    order = models.PositiveIntegerField(default=0)
    needs_place = models.BooleanField(_("依地點決定機關"), default=False)
    confidential = models.BooleanField(_("一律不公開"), default=False)  # about officers, for instance
    retired_on = models.DateField(_("停用日"), null=True, blank=True)

    objects = CategoryQuerySet.as_manager()

    class Meta:
        verbose_name = _("案件類別")
        verbose_name_plural = _("案件類別")
        ordering = ["order", "code"]

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """The name in the reader's language."""
        return in_language(self.name, self.name_en)

    @property
    def asked(self) -> list[CategoryQuestion]:
        """The questions that are asked now, in their order; the others only name old answers."""
        return [question for question in self.questions.all() if question.retired_on is None]


class CategoryTerm(models.Model):
    """Urgency and limits of a category from a day on. The newest that holds on the day of 成案 counts."""

    category = models.ForeignKey(Category, on_delete=models.PROTECT, related_name="terms")
    valid_from = models.DateField(_("自何日起"))
    valid_until = models.DateField(_("至何日止"), null=True, blank=True)
    urgent = models.BooleanField(_("急迫類別"), default=False)
    first_hours = models.PositiveSmallIntegerField(_("初步回復（小時）"), default=24)
    final_working_days = models.PositiveSmallIntegerField(_("正式回復（工作天）"), default=14)
    near_metres = models.PositiveSmallIntegerField(_("同一件事的距離（公尺）"), default=250)
    version = models.PositiveIntegerField(default=1)
    source = models.CharField(_("依據"), max_length=200)

    objects = Dated.as_manager()

    class Meta:
        verbose_name = _("類別時限")
        verbose_name_plural = _("類別時限")
        ordering = ["category", "valid_from"]
        constraints = [models.UniqueConstraint(fields=["category", "valid_from"], name="petition_one_term_a_day")]

    def __str__(self) -> str:
        return f"{self.category} {self.valid_from}"

    def holds_on(self, day: date) -> bool:
        """Whether it holds on that day."""
        return self.valid_from <= day and (self.valid_until is None or self.valid_until >= day)


class CategoryQuestion(models.Model):
    """A question of a category, the same on the web, at the desk and in Open311."""

    class Datatype(models.TextChoices):
        STRING = "string", _("一行文字")
        NUMBER = "number", _("數字")
        DATETIME = "datetime", _("日期時間")
        TEXT = "text", _("多行文字")
        SINGLE = "singlevaluelist", _("單選")
        MULTI = "multivaluelist", _("複選")

    category = models.ForeignKey(Category, on_delete=models.CASCADE, related_name="questions")
    code = models.SlugField(max_length=40)
    order = models.PositiveSmallIntegerField(default=1)
    label = models.CharField(max_length=100)
    label_en = models.CharField(max_length=120)
    hint = models.CharField(max_length=200, blank=True)
    hint_en = models.CharField(max_length=200, blank=True)
    datatype = models.CharField(max_length=20, choices=Datatype, default=Datatype.STRING)
    required = models.BooleanField(default=False)
    choices = models.JSONField(default=list, blank=True)  # [{key, name, name_en}]
    retired_on = models.DateField(null=True, blank=True)  # no longer asked; the answers keep its words

    class Meta:
        verbose_name = _("類別題目")
        verbose_name_plural = _("類別題目")
        ordering = ["category", "order"]
        constraints = [
            models.UniqueConstraint(fields=["category", "code"], name="petition_question_code"),
            models.UniqueConstraint(fields=["category", "order"], name="petition_question_order"),
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def text(self) -> str:
        """The question in the reader's language."""
        return in_language(self.label, self.label_en)

    @property
    def hint_text(self) -> str:
        """The hint in the reader's language."""
        return in_language(self.hint, self.hint_en)

    @staticmethod
    def name_of(choice: dict[str, str]) -> str:
        """A choice in the reader's language."""
        return in_language(choice["name"], choice.get("name_en", ""))

    def words_of(self, answer: object) -> str:
        """An answer as people read it: choices by their names."""
        names = {str(choice["key"]): self.name_of(choice) for choice in self.choices}
        given = answer if isinstance(answer, list) else [answer]
        return "、".join(names.get(str(one), str(one)) for one in given)


class ReplyTemplate(models.Model):
    """A text that officers start from; `{…}` are slots that the page fills or asks for."""

    code = models.SlugField(max_length=60, unique=True)
    category = models.ForeignKey(Category, on_delete=models.PROTECT, null=True, blank=True, related_name="templates")
    stage = models.PositiveSmallIntegerField()
    name = models.CharField(_("名稱"), max_length=60)
    text = models.TextField(_("內容"), max_length=4000)
    outcome = models.CharField(max_length=20, blank=True)
    agency = models.ForeignKey(  # whose officers are offered it; none: everybody's
        Agency, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    replaces = models.OneToOneField("self", on_delete=models.PROTECT, null=True, blank=True, related_name="replaced_by")
    retired_on = models.DateField(null=True, blank=True)

    class Meta:
        verbose_name = _("回復範本")
        verbose_name_plural = _("回復範本")
        ordering = ["category", "stage", "code"]

    def __str__(self) -> str:
        return self.name
