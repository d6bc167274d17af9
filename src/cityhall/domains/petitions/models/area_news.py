"""Who is told by mail of what is reported in an area, and which digests went out."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from ..area_news import Area
from ..states import DigestRhythm, SubscriptionEnd


class AreaSubscription(models.Model):
    """地區通知 of one address: an area, categories, a rhythm. Counts only once confirmed by code; forgets the address
    when it ends.
    """

    reference = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    email = models.EmailField(pgettext_lazy("subscriber", "電子郵件"), blank=True, db_index=True)
    account = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    language = models.CharField(max_length=10, default="zh-hant")
    district_code = models.CharField(max_length=20, blank=True)
    village_code = models.CharField(max_length=20, blank=True)
    lon = models.FloatField(null=True, blank=True)
    lat = models.FloatField(null=True, blank=True)
    metres = models.PositiveIntegerField(default=0)
    place = models.CharField(max_length=100, blank=True)  # what the subscriber calls the middle of the circle
    categories = models.JSONField(default=list, blank=True)  # codes; none means all
    rhythm = models.CharField(max_length=6, choices=DigestRhythm, default=DigestRhythm.WEEKLY)
    asked_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True, blank=True)
    told_until = models.DateField(null=True, blank=True)  # the last day of which they were told, or that was empty
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_why = models.CharField(max_length=10, choices=SubscriptionEnd, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("地區通知")
        indexes = [models.Index(fields=["ended_at", "told_until"], name="petition_area_due")]
        constraints = [
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True) | Q(email=""), name="petition_area_forgets_the_address"
            ),
            models.CheckConstraint(
                condition=Q(lon__isnull=True, lat__isnull=True, metres=0)
                | Q(lon__isnull=False, lat__isnull=False, metres__gt=0),
                name="petition_area_circle_is_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"area subscription {self.pk}"

    @property
    def area(self) -> Area:
        """Where, as the rules see it."""
        centre = (self.lon, self.lat) if self.lon is not None and self.lat is not None else None
        return Area(self.district_code, self.village_code, centre, self.metres)


class AreaDigest(models.Model):
    """One digest: which days it told of and of how many petitions. A day is told once."""

    subscription = models.ForeignKey(AreaSubscription, on_delete=models.CASCADE, related_name="digests")
    first_on = models.DateField()
    last_on = models.DateField()
    petitions = models.PositiveIntegerField()
    at = models.DateTimeField()

    class Meta:
        verbose_name = verbose_name_plural = _("地區通知信")
        constraints = [
            models.UniqueConstraint(fields=["subscription", "last_on"], name="petition_area_digest_once"),
            models.CheckConstraint(condition=Q(last_on__gte=F("first_on")), name="petition_area_digest_days"),
        ]

    def __str__(self) -> str:
        return f"{self.subscription_id} {self.last_on}"
