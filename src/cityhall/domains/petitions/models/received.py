"""收文簿: letters that came in on paper, each with its stamp, and what became of them."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cityhall.engines.directory.models import Agency

from ..receiving import days_late, number_words
from ..states import LetterFate, LetterWay
from .petitions import Petition


class ReceivedLetter(models.Model):
    """One letter with its received stamp. Its scans are files of its own: they show who wrote."""

    reference = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    year = models.PositiveSmallIntegerField()
    serial = models.PositiveIntegerField()
    desk = models.ForeignKey(Agency, verbose_name=_("收文機關"), on_delete=models.PROTECT, related_name="+")
    way = models.CharField(_("怎麼送來的"), max_length=10, choices=LetterWay)
    registered_number = models.CharField(_("掛號號碼"), max_length=30, blank=True, db_index=True)
    pages = models.PositiveSmallIntegerField(_("頁數"))
    postmark_on = models.DateField(_("郵戳日"), null=True, blank=True)
    received_at = models.DateTimeField(_("收文時間"))
    entered_at = models.DateTimeField(_("登錄時間"))
    entered_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    sender_name = models.CharField(_("寄件人"), max_length=60, blank=True)
    sender_address = models.CharField(_("寄件地址"), max_length=200, blank=True)
    scan_digest = models.CharField(max_length=64, blank=True, db_index=True, editable=False)
    fate = models.CharField(_("處理情形"), max_length=10, choices=LetterFate, default=LetterFate.WAITING)
    petition = models.ForeignKey(Petition, on_delete=models.PROTECT, null=True, blank=True, related_name="letters")
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    reason = models.CharField(_("理由"), max_length=500, blank=True)
    forgotten_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("收文")
        indexes = [
            models.Index(fields=["-received_at", "-id"], name="petition_letter_newest"),
            models.Index(fields=["fate", "received_at"], name="petition_letter_fate"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["year", "serial"], name="petition_letter_number"),
            models.CheckConstraint(
                condition=Q(fate__in=["FILED", "ADDED"], petition__isnull=False)
                | Q(fate__in=["WAITING", "ASIDE"], petition__isnull=True),
                name="petition_letter_has_its_case",
            ),
            models.CheckConstraint(condition=Q(pages__gte=1), name="petition_letter_has_a_page"),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        """收文號."""
        return number_words(self.year, self.serial)

    @property
    def days_late(self) -> int:
        """So many days after its receipt it was entered."""
        return days_late(self.received_at, self.entered_at)
