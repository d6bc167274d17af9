"""What is known of counted use: batches, their days in sums, the files that count, and how far journals were read.

The events themselves are too many for these tables: they lie in Parquet files. A reader opens only files that `Part`
names, so that a file becomes part of what counts, or leaves it, with the transaction that says so.
"""

from __future__ import annotations

from datetime import date
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from .states import BatchState, Mark, Mode


class OutsideSystem(models.Model):
    """A system of somebody else that sends batches, added at the desk: a card gate, a kiosk."""

    key = models.SlugField(_("代碼"), max_length=40, unique=True)
    name = models.CharField(_("名稱"), max_length=60)
    added_at = models.DateTimeField(_("新增時間"))
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = _("外部系統")
        verbose_name_plural = _("外部系統")
        ordering = ["key"]

    def __str__(self) -> str:
        return self.name


class Batch(models.Model):
    """A lot of events that came together: one file of an outside system, or what the program itself counted in a day.

    `key` is the digest of the file, so that the same file is the same batch.
    """

    source = models.CharField(_("資料來源"), max_length=40)
    key = models.CharField(max_length=64)
    mode = models.CharField(_("批次種類"), max_length=8, choices=Mode)
    state = models.CharField(_("狀態"), max_length=8, choices=BatchState, default=BatchState.READING)
    name = models.CharField(_("檔名"), max_length=200, blank=True)
    size = models.BigIntegerField(_("大小"), default=0)
    first_day = models.DateField(_("起日"), null=True, blank=True)
    last_day = models.DateField(_("迄日"), null=True, blank=True)
    rows = models.BigIntegerField(_("筆數"), default=0)
    refused_rows = models.BigIntegerField(_("退回筆數"), default=0)
    counted = models.BigIntegerField(_("次數"), default=0)
    to_write = models.BigIntegerField(default=0)  # rows that will be there at the end, once they were checked
    slices: models.JSONField[list[str], list[str]] = models.JSONField(default=list)  # written so far, by first day
    received_at = models.DateTimeField(_("收到時間"))
    received_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    finished_at = models.DateTimeField(_("完成時間"), null=True, blank=True)
    late = models.BooleanField(_("遲到"), default=False)
    refusal = models.CharField(max_length=500, blank=True)
    replaced_by = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="replaces")
    details_gone_on = models.DateField(null=True, blank=True)  # when its events went; its days in sums stay

    class Meta:
        verbose_name = _("使用紀錄批次")
        verbose_name_plural = _("使用紀錄批次")
        ordering = ["-received_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["source", "key"], name="usage_a_batch_once"),
            models.CheckConstraint(
                condition=Q(state=BatchState.REPLACED, replaced_by__isnull=False)
                | (~Q(state=BatchState.REPLACED) & Q(replaced_by=None)),
                name="usage_replaced_by_another",
            ),
        ]
        indexes = [
            models.Index(fields=["mode", "-received_at", "-id"], name="usage_batch_list"),
            models.Index(fields=["source", "state", "mode"], name="usage_batch_source"),
        ]

    def __str__(self) -> str:
        return self.name or f"{self.source} {self.first_day}"


class TallyQuerySet(models.QuerySet["Tally"]):
    """Questions about sums."""

    def counting(self) -> Self:
        """Those of batches that count."""
        return self.filter(batch__state=BatchState.COUNTS)

    def within(self, first: date | None, last: date | None) -> Self:
        """Those of days from the first to the last, both in; None is no bound."""
        rows = self if first is None else self.filter(day__gte=first)
        return rows if last is None else rows.filter(day__lte=last)


class Tally(models.Model):
    """How often one thing was done on one day, by one batch: the rows behind every figure of use."""

    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, related_name="tallies")
    source = models.CharField(_("資料來源"), max_length=40)
    day = models.DateField(_("日期"))
    act = models.CharField(_("使用方式"), max_length=40)
    subject_kind = models.CharField(_("對象類別"), max_length=40, blank=True)
    mark = models.CharField(_("自動呼叫"), max_length=6, choices=Mark, blank=True, default="")
    rows = models.BigIntegerField(_("筆數"))
    counted = models.BigIntegerField(_("次數"))

    objects = TallyQuerySet.as_manager()

    class Meta:
        verbose_name = _("每日使用次數")
        verbose_name_plural = _("每日使用次數")
        ordering = ["source", "day", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["batch", "day", "act", "subject_kind", "mark"], name="usage_one_sum_a_day"),
            models.CheckConstraint(condition=Q(rows__gte=0, counted__gte=0), name="usage_sums_count"),
        ]
        indexes = [models.Index(fields=["source", "act", "day"], name="usage_tally_day")]

    def __str__(self) -> str:
        return f"{self.source} {self.day} {self.act}"


class Part(models.Model):
    """A Parquet file that holds events of one day of a batch. It counts while its batch does."""

    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, related_name="parts")
    source = models.CharField(max_length=40)
    day = models.DateField()
    name = models.CharField(max_length=120, unique=True)
    rows = models.BigIntegerField()
    has_addresses = models.BooleanField(default=False)

    class Meta:
        verbose_name = pgettext_lazy("usage", "使用紀錄檔")
        verbose_name_plural = pgettext_lazy("usage", "使用紀錄檔")
        ordering = ["source", "day", "pk"]
        indexes = [models.Index(fields=["source", "day"], name="usage_part_day")]

    def __str__(self) -> str:
        return self.name


class JournalMark(models.Model):
    """How far a journal was read: what lies before has become events, once."""

    name = models.CharField(max_length=80, unique=True)
    read = models.BigIntegerField(default=0)
    broken = models.BigIntegerField(default=0)  # lines that could not be read

    class Meta:
        verbose_name = verbose_name_plural = "journal mark"

    def __str__(self) -> str:
        return f"{self.name} {self.read}"
