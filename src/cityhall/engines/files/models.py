"""What people attach: stored once by digest, owned by a record, looked at by the owner's rights."""

from __future__ import annotations

import uuid
from pathlib import Path

from django.conf import settings
from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from .rules import Kind


class StoredFile(models.Model):
    """One attachment of one record. The bytes lie under their digest, shared by equal files."""

    owner_type = models.ForeignKey(ContentType, on_delete=models.PROTECT, related_name="+")
    owner_id = models.BigIntegerField()
    owner = GenericForeignKey("owner_type", "owner_id")
    reference = models.UUIDField(unique=True, editable=False)
    name = models.CharField(_("檔名"), max_length=120)
    kind = models.CharField(max_length=10, choices=[(kind.value, kind.value) for kind in Kind])
    media_type = models.CharField(max_length=60)
    size = models.PositiveBigIntegerField()
    digest = models.CharField(max_length=64, db_index=True)
    thumbnail_digest = models.CharField(max_length=64, blank=True)
    width = models.PositiveIntegerField(null=True, blank=True)
    height = models.PositiveIntegerField(null=True, blank=True)
    caption = models.CharField(_("說明"), max_length=200, blank=True)
    label = models.CharField(max_length=20, blank=True)  # before, after, scan …
    public = models.BooleanField(default=False)
    stored_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    stored_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True, blank=True)
    removed_why = models.CharField(max_length=200, blank=True)

    class Meta:
        verbose_name = _("附件")
        verbose_name_plural = _("附件")
        indexes = [models.Index(fields=["owner_type", "owner_id"], name="files_owner")]

    def __str__(self) -> str:
        return self.name

    @property
    def path(self) -> Path:
        """Where the bytes lie."""
        return path_of(self.digest)

    @property
    def is_picture(self) -> bool:
        """Whether it can be shown in a page."""
        return self.kind == Kind.PICTURE.value


class ImportState(models.TextChoices):
    """Where an import stands."""

    READING = "READING", _("讀取中")
    UNREADABLE = "UNREADABLE", _("無法讀取")
    MAPPING = "MAPPING", _("待指定欄位")
    CHECKING = "CHECKING", _("檢查中")
    READY = "READY", _("檢查完成")
    TAKING = "TAKING", pgettext_lazy("import", "匯入中")
    DONE = "DONE", pgettext_lazy("import", "已匯入")
    UNDOING = "UNDOING", _("收回中")
    UNDONE = "UNDONE", pgettext_lazy("import", "已收回")
    DISCARDED = "DISCARDED", _("已放棄")


class RowState(models.TextChoices):
    """What was found of a row, or came of it."""

    NEW = "NEW", _("還沒檢查")
    GOOD = "GOOD", _("可匯入")
    WARNED = "WARNED", _("可匯入，請留意")
    REFUSED = "REFUSED", _("不能匯入")
    SAME = "SAME", _("已經有了")
    TAKEN = "TAKEN", pgettext_lazy("row", "已匯入")
    UNDONE = "UNDONE", pgettext_lazy("row", "已收回")


class SheetImport(models.Model):
    """A sheet on its way into the records: read, tried on every row, confirmed by a person, taken in block by block.

    `position` is the line up to which the present step is done, and `turn` counts how often it was checked anew: a
    block is known by state, turn and position, so that none is done twice.
    """

    reference = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=30)
    name = models.CharField(_("檔名"), max_length=120)
    digest = models.CharField(max_length=64, db_index=True)
    size = models.PositiveIntegerField()
    content = models.BinaryField(default=bytes)  # until it has been read
    archive = models.BinaryField(default=bytes)  # the attachments beside it, until they have been taken
    options = models.JSONField(default=dict)
    headings = models.JSONField(default=list)
    mapping = models.JSONField(default=list)  # a column's key for each heading; empty: not used
    state = models.CharField(_("狀態"), max_length=10, choices=ImportState, default=ImportState.READING)
    turn = models.PositiveIntegerField(default=0)
    position = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)  # rows of the present step
    total = models.PositiveIntegerField(default=0)
    good = models.PositiveIntegerField(default=0)
    warned = models.PositiveIntegerField(default=0)
    refused = models.PositiveIntegerField(default=0)
    same = models.PositiveIntegerField(default=0)
    taken = models.PositiveIntegerField(default=0)
    undone = models.PositiveIntegerField(default=0)
    why = models.JSONField(default=dict)  # why it cannot be read, by language
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField(_("上傳時間"))
    confirmed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    confirmed_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    undone_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    undone_because = models.CharField(max_length=500, blank=True)
    forgotten_at = models.DateTimeField(null=True, blank=True)  # when its cells were emptied

    class Meta:
        verbose_name = _("匯入檔案")
        verbose_name_plural = _("匯入檔案")
        ordering = ["-uploaded_at", "-pk"]

    def __str__(self) -> str:
        return self.name


class ImportRow(models.Model):
    """One line of a sheet: its cells as they stood, what is wrong with them, and the record that came of it."""

    job = models.ForeignKey(SheetImport, on_delete=models.PROTECT, related_name="rows")
    number = models.PositiveIntegerField()
    cells = models.JSONField(default=list)
    key = models.CharField(max_length=100, blank=True)  # what makes a row the same as another one
    state = models.CharField(max_length=8, choices=RowState, default=RowState.NEW)
    problems = models.JSONField(default=list)
    about = models.BigIntegerField(null=True, blank=True)

    class Meta:
        verbose_name = _("匯入的一列")
        verbose_name_plural = _("匯入的列")
        ordering = ["job", "number"]
        constraints = [models.UniqueConstraint(fields=["job", "number"], name="files_import_row_once")]
        indexes = [
            models.Index(fields=["job", "state", "number"], name="files_import_row_state"),
            models.Index(fields=["job", "key"], name="files_import_row_key"),
        ]

    def __str__(self) -> str:
        return f"{self.job_id}.{self.number}"


def path_of(digest: str) -> Path:
    """The place of bytes by their SHA-256, in two levels of folders."""
    return Path(settings.FILES_DIR) / digest[:2] / digest[2:4] / digest
