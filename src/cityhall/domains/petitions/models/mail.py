"""Petitions that other authorities pass on by e-mail or in a file: who they are, and what each of them waits for."""

from __future__ import annotations

from datetime import date
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cityhall.engines.directory.models import Agency
from cityhall.engines.mailbox.models import MailMessage

from .petitions import Petition


class ForwarderQuerySet(models.QuerySet["Forwarder"]):
    """Questions about those who pass petitions on."""

    def on(self, day: date) -> Self:
        """Those whose mail counts as passed on, on a day."""
        return self.filter(Q(ended_on__isnull=True) | Q(ended_on__gt=day))


class Forwarder(models.Model):
    """An authority that passes citizens' e-mails on to us, by its address or by its whole domain (@ministry.example)."""

    address = models.CharField(_("寄件地址或網域"), max_length=254, unique=True)
    agency = models.ForeignKey(Agency, verbose_name=_("機關"), on_delete=models.PROTECT, related_name="+")
    working_days = models.PositiveSmallIntegerField(_("要求幾個工作天內回復"))
    answer_to = models.EmailField(_("回復寄到"), blank=True)
    ended_on = models.DateField(_("停用日"), null=True, blank=True)
    changed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    changed_at = models.DateTimeField()

    objects = ForwarderQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("轉送來信的機關")
        ordering = ["agency__order", "address"]
        constraints = [
            models.CheckConstraint(condition=Q(working_days__gte=1), name="petition_forwarder_gives_a_day"),
        ]

    def __str__(self) -> str:
        return self.address


class Referral(models.Model):
    """轉來: a petition that an authority passed on. It waits for an answer of its own, by a clock of its own."""

    petition = models.ForeignKey(Petition, on_delete=models.PROTECT, related_name="referrals")
    forwarder = models.ForeignKey(Forwarder, on_delete=models.PROTECT, related_name="referrals")
    message = models.OneToOneField(  # none where it came in a file
        MailMessage, on_delete=models.PROTECT, null=True, blank=True, related_name="referral"
    )
    document_number = models.CharField(_("來文字號"), max_length=40, blank=True)
    answer_to = models.EmailField(max_length=254)
    received_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("轉來的案件")

    def __str__(self) -> str:
        return f"referral {self.pk}"
