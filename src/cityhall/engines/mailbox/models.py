"""Every message that came in, what became of it step by step, and how far each mailbox has been read."""

from __future__ import annotations

import uuid
from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from cityhall.engines.letters.models import Letter

from .states import Door, Fate, Note, Trouble, Why


class MailMessage(models.Model):
    """One e-mail. Its bytes lie with the files; what the row says was read from them once.

    `key` is made of Message-ID and body: the same message through two doors, or twice through one, is one row.
    """

    reference = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    key = models.CharField(max_length=64, unique=True, editable=False)
    door = models.CharField(_("怎麼來的"), max_length=4, choices=Door)
    position = models.CharField(max_length=300, blank=True, editable=False)  # folder, UIDVALIDITY and UID
    box = models.CharField(
        _("信箱"), max_length=254, blank=True, db_index=True
    )  # a further mailbox of ours; empty: the city's
    message_id = models.CharField(max_length=250, blank=True, db_index=True)
    envelope_from = models.CharField(max_length=254, blank=True)
    sender_name = models.CharField(_("寄件人"), max_length=200, blank=True)
    sender = models.CharField(_("寄件地址"), max_length=254, blank=True, db_index=True)
    recipients: Any = models.JSONField(default=list)
    subject = models.CharField(_("主旨"), max_length=500, blank=True)
    text = models.TextField(_("內容"), blank=True)
    charset = models.CharField(max_length=30, blank=True)
    notes: Any = models.JSONField(default=list)
    sent_at = models.DateTimeField(_("寄出時間"), null=True)
    received_at = models.DateTimeField(_("收到時間"))
    size = models.PositiveBigIntegerField()
    copies = models.PositiveIntegerField(default=1)
    fate = models.CharField(_("結果"), max_length=10, choices=Fate, default=Fate.WAITING)
    why = models.CharField(_("原因"), max_length=20, choices=Why, blank=True)
    detail = models.CharField(max_length=500, blank=True)
    about_type = models.CharField(max_length=80, blank=True)
    about_id = models.CharField(max_length=64, blank=True)
    forgotten_at = models.DateTimeField(null=True)
    letter = models.ForeignKey(Letter, on_delete=models.PROTECT, null=True, related_name="answers")

    class Meta:
        verbose_name = verbose_name_plural = _("來信")
        indexes = [
            models.Index(fields=["-received_at", "-id"], name="mailbox_newest_first"),
            models.Index(fields=["fate", "-received_at"], name="mailbox_by_fate"),
            models.Index(fields=["about_type", "about_id"], name="mailbox_by_subject"),
            models.Index(fields=["sender", "received_at"], name="mailbox_sender_rate"),
        ]

    def __str__(self) -> str:
        return f"mail {self.pk}"

    @property
    def note_words(self) -> list[str]:
        """What a reader has to know, in sentences."""
        return [str(Note(one).label) for one in self.notes if one in Note.values]


class MailStep(models.Model):
    """One decision on a message: the machine's, or a person's. The latest is the present one."""

    message = models.ForeignKey(MailMessage, on_delete=models.PROTECT, related_name="steps")
    n = models.PositiveIntegerField()
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    fate = models.CharField(max_length=10, choices=Fate)
    why = models.CharField(max_length=20, choices=Why, blank=True)
    reason = models.CharField(max_length=500, blank=True)
    about_type = models.CharField(max_length=80, blank=True)
    about_id = models.CharField(max_length=64, blank=True)
    payload: Any = models.JSONField(default=dict)  # what an undoing needs

    class Meta:
        verbose_name = verbose_name_plural = _("來信經過")
        ordering = ["message", "n"]
        constraints = [models.UniqueConstraint(fields=["message", "n"], name="mailbox_step_order")]

    def __str__(self) -> str:
        return f"{self.message_id}.{self.n} {self.fate}"


class MailFolder(models.Model):
    """A folder that is read over IMAP: how far, when last, and what stood in the way."""

    name = models.CharField(max_length=300, unique=True)
    validity = models.BigIntegerField(default=0)
    last_uid = models.BigIntegerField(default=0)
    tried_at = models.DateTimeField(null=True)
    read_at = models.DateTimeField(null=True)
    taken = models.PositiveBigIntegerField(default=0)
    trouble = models.CharField(max_length=500, blank=True)
    kind = models.CharField(_("收信問題"), max_length=8, choices=Trouble, blank=True)
    failures = models.PositiveIntegerField(default=0)  # in a row

    class Meta:
        verbose_name = verbose_name_plural = _("收信資料夾")

    def __str__(self) -> str:
        return self.name
