"""每月摘要: a month's printed figures as each agency was sent them, once, and each sending."""

from __future__ import annotations

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Case, CharField, Exists, OuterRef, Q, Subquery, Value, When
from django.db.models.functions import Cast, Concat
from django.utils.translation import gettext_lazy as _

from cityhall.engines.directory.models import Agency
from cityhall.engines.letters import queries as letters

from ..states import Delivery
from .frozen import FrozenMonth


class AgencyDigestQuerySet(models.QuerySet["AgencyDigest"]):
    """Questions about digests."""

    def with_delivery(self) -> Self:
        """Annotated with when it last went out (`last_at`) and what came of that (`delivery`).

        One letter that came back from the last sending, and was not written again, is enough: somebody was not reached.
        """
        last = DigestSending.objects.filter(digest=OuterRef("pk")).order_by("-n")
        key = Concat(
            Value(f"{KEY}:"), Cast(OuterRef("pk"), CharField()), Value(":"), Cast(OuterRef("last_n"), CharField()),
            Value(":"),
        )  # fmt: skip
        lost = letters.undeliverable().filter(
            about_type="petitions.agencydigest", about_id=Cast(OuterRef("pk"), CharField()), key__startswith=key
        )
        rows = self.annotate(
            last_n=Subquery(last.values("n")[:1]),
            last_at=Subquery(last.values("at")[:1]),
            last_letters=Subquery(last.values("letters")[:1]),
            last_note=Subquery(last.values("note")[:1]),
        )
        return rows.annotate(
            delivery=Case(
                When(last_n=None, then=Value(Delivery.WAITING.value)),
                When(Q(last_letters=0) & ~Q(last_note=""), then=Value(Delivery.OTHERWISE.value)),
                When(Q(last_letters=0) | Exists(lost), then=Value(Delivery.LOST.value)),
                default=Value(Delivery.SENT.value),
                output_field=CharField(),
            )
        )


KEY = "digest"
"""How the keys of its letters begin; then come digest, sending and person."""


class AgencyDigest(models.Model):
    """What an agency is sent about a printed month.

    The figures of the statistics are those of the frozen month. `own` holds those that only a digest has, as they were
    when it was made: by measure number, what it is of, and the keys of the petitions.
    """

    frozen = models.ForeignKey(FrozenMonth, on_delete=models.PROTECT, related_name="digests")
    agency = models.ForeignKey(Agency, verbose_name=_("機關"), on_delete=models.PROTECT, related_name="+")
    own = models.JSONField(default=dict)

    objects = AgencyDigestQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("每月摘要")
        ordering = ["-frozen__month", "agency__order", "agency__code"]
        constraints = [models.UniqueConstraint(fields=["frozen", "agency"], name="petition_digest_once")]

    def __str__(self) -> str:
        return f"digest {self.frozen_id} {self.agency_id}"


class DigestSending(models.Model):
    """One time that a digest went out: by itself (`by` is empty) or because somebody asked, and in how many letters.

    With a note it went no way of ours: the note says how the agency has it.
    """

    digest = models.ForeignKey(AgencyDigest, on_delete=models.PROTECT, related_name="sendings")
    n = models.PositiveSmallIntegerField()
    at = models.DateTimeField(_("寄送時間"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    letters = models.PositiveSmallIntegerField(_("寄出封數"))
    note = models.CharField(_("送達方式"), max_length=200, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("每月摘要的寄送")
        ordering = ["digest", "n"]
        constraints = [models.UniqueConstraint(fields=["digest", "n"], name="petition_digest_sending_order")]

    def __str__(self) -> str:
        return f"{self.digest_id}.{self.n}"
