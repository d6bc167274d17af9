"""The one table of what waits for whom, until when."""

from __future__ import annotations

import unicodedata
from typing import Self

from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import F, Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from cityhall.engines.directory.models import Agency, Person, Unit
from cityhall.engines.directory.states import Role

from . import registry
from .states import Rhythm


def folded(text: str) -> str:
    """Text as it is compared: width and case folded, so that both databases find the same rows."""
    return unicodedata.normalize("NFKC", text).casefold()


class TodoQuerySet(models.QuerySet["Todo"]):
    """To-dos, in the order in which they press."""

    def open(self) -> Self:
        """Those that still wait."""
        return self.filter(closed_at__isnull=True)

    def by_due(self) -> Self:
        """The earliest limit first, those without one last."""
        return self.order_by(F("due_at").asc(nulls_last=True), "pk")


class Todo(models.Model):
    """Something that waits for a person, or for whoever holds a role at an agency or in a unit."""

    kind = models.CharField(_("種類"), max_length=60)
    content_type = models.ForeignKey(ContentType, on_delete=models.PROTECT, related_name="+")
    object_id = models.BigIntegerField()
    subject = GenericForeignKey("content_type", "object_id")
    reference = models.CharField(_("編號"), max_length=60, blank=True)
    title = models.CharField(_("主旨"), max_length=200)
    detail = models.CharField(_("說明"), max_length=200, blank=True)
    stage = models.CharField(_("階段"), max_length=60, blank=True)
    agency = models.ForeignKey(Agency, verbose_name=_("機關"), on_delete=models.PROTECT, related_name="todos")
    unit = models.ForeignKey(
        Unit, verbose_name=_("單位"), on_delete=models.PROTECT, null=True, blank=True, related_name="todos"
    )
    person = models.ForeignKey(
        Person, verbose_name=_("人員"), on_delete=models.PROTECT, null=True, blank=True, related_name="todos"
    )
    role = models.CharField(_("角色"), max_length=20, choices=Role.choices, blank=True)
    due_at = models.DateTimeField(_("期限"), null=True, blank=True)
    urgent = models.BooleanField(_("急迫"), default=False)
    url = models.CharField(max_length=200)
    words = models.TextField(editable=False, default="")
    opened_at = models.DateTimeField(_("開始時間"))
    seen_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(_("完成時間"), null=True, blank=True)

    objects = TodoQuerySet.as_manager()

    class Meta:
        verbose_name = _("待辦事項")
        verbose_name_plural = _("待辦事項")
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "content_type", "object_id", "agency"],
                condition=Q(closed_at__isnull=True),
                name="worklist_one_open_todo_a_kind",
            ),
            models.CheckConstraint(
                condition=Q(person__isnull=False) | ~Q(role=""), name="worklist_todo_waits_for_somebody"
            ),
        ]
        indexes = [
            models.Index(fields=["person", "due_at"], condition=Q(closed_at__isnull=True), name="worklist_of_person"),
            models.Index(
                fields=["agency", "role", "unit", "due_at"],
                condition=Q(closed_at__isnull=True),
                name="worklist_of_role",
            ),
            models.Index(
                fields=["due_at", "agency", "kind", "urgent"],
                condition=Q(closed_at__isnull=True),
                name="worklist_open_by_due",
            ),
            models.Index(
                fields=["closed_at", "due_at"], condition=Q(closed_at__gt=F("due_at")), name="worklist_done_late"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.object_id}"

    def save(self, *args: object, **kwargs: object) -> None:
        """Save it, its words too."""
        self.before_saving()
        super().save(*args, **kwargs)  # type: ignore[arg-type]

    def before_saving(self) -> None:
        """Keep the words that the list's search compares."""
        self.words = folded(" ".join((self.reference, self.title, self.detail)))

    @property
    def kind_label(self) -> str | Promise:
        """What this kind of to-do is called."""
        return registry.kind_of(self.kind).label

    @property
    def stage_label(self) -> str | Promise:
        """What the stage is called, else the kind."""
        kind = registry.kind_of(self.kind)
        return kind.stages.get(self.stage, self.stage) or kind.label


class SavedFilter(models.Model):
    """A filter of the list that a person gave a name."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="saved_filters")
    name = models.CharField(_("篩選名稱"), max_length=30)
    query = models.CharField(max_length=400)

    class Meta:
        verbose_name = _("存成的篩選")
        verbose_name_plural = _("存成的篩選")
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["person", "name"], name="worklist_saved_filter_name_once")]

    def __str__(self) -> str:
        return self.name


class DigestWish(models.Model):
    """When a person wants the daily letter; without a row on working days."""

    person = models.OneToOneField(Person, on_delete=models.CASCADE, related_name="+")
    rhythm = models.CharField(_("什麼時候寄"), max_length=10, choices=Rhythm, default=Rhythm.WORKING)

    class Meta:
        verbose_name = verbose_name_plural = _("每日提醒信的選擇")

    def __str__(self) -> str:
        return f"{self.person_id}: {self.rhythm}"


class Mention(models.Model):
    """What a person's next daily letter says beside their own to-dos; it goes a month after the letter."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    words = models.CharField(_("說明"), max_length=200)
    url = models.CharField(max_length=200)
    noted_at = models.DateTimeField()
    told_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("每日提醒信的附記")
        indexes = [
            models.Index(fields=["person"], condition=Q(told_at__isnull=True), name="worklist_mention_untold"),
            models.Index(fields=["told_at"], name="worklist_mention_told"),
        ]

    def __str__(self) -> str:
        return self.words
