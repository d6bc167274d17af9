"""Who is told of what, and which digests went out."""

from __future__ import annotations

import uuid
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import pgettext_lazy

from .registry import Topic, topics
from .states import End, Rhythm


class SubscriptionQuerySet(models.QuerySet["Subscription"]):
    """Questions about subscriptions."""

    def standing(self) -> Self:
        """Confirmed and not ended."""
        return self.filter(ended_at=None).exclude(confirmed_at=None)

    def about(self, topic: str, subject: str) -> Self:
        """Those of one subject."""
        return self.filter(topic=topic, subject=subject)


class Subscription(models.Model):
    """訂閱: one mailbox is told of one subject. Counts only once confirmed; forgets the address when it ends."""

    reference = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    topic = models.CharField(max_length=40)
    subject = models.CharField(max_length=400)
    email = models.EmailField(pgettext_lazy("subscriber", "電子郵件"), blank=True, db_index=True)
    account = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    language = models.CharField(max_length=10, default="zh-hant")
    rhythm = models.CharField(max_length=6, choices=Rhythm, default=Rhythm.WEEKLY)
    asked_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True, blank=True)
    told_until = models.DateField(null=True, blank=True)  # the last day of which they were told, or that was empty
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_why = models.CharField(max_length=10, choices=End, blank=True)

    objects = SubscriptionQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = pgettext_lazy("subscription", "訂閱")
        indexes = [
            models.Index(fields=["ended_at", "told_until"], name="subscription_due"),
            models.Index(fields=["topic", "subject"], name="subscription_subject"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(ended_at=None) | Q(email=""), name="subscription_forgets_address"),
            models.UniqueConstraint(
                fields=["topic", "subject", "email"], condition=Q(ended_at=None, confirmed_at__isnull=False),
                name="subscription_once",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"subscription {self.pk}"

    @property
    def declared(self) -> Topic:
        """The topic as its domain declares it."""
        return topics[self.topic]

    @property
    def name(self) -> str:
        """What it is about, in the reader's language."""
        return self.declared.name(self.subject) or str(self.declared.label)
