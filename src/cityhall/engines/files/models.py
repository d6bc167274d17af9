"""What people attach: stored once by digest, owned by a record, looked at by the owner's rights."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings
from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.utils.translation import gettext_lazy as _

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


def path_of(digest: str) -> Path:
    """The place of bytes by their SHA-256, in two levels of folders."""
    return Path(settings.FILES_DIR) / digest[:2] / digest[2:4] / digest
