"""Petitions about one matter: joined ones, pairs that look alike, incidents and campaigns, and who supports a petition."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cityhall.engines.cases.models import Reply
from cityhall.foundation.clock import day_of
from cityhall.foundation.roc import roc_year

from ..states import ClusterKind, ClusterState, Group
from .petitions import Petition


class Join(models.Model):
    """併案 of one petition under another, from an instant until it was undone.

    `brought_by` is the petition that was joined itself and brought this one along.
    """

    petition = models.ForeignKey(Petition, on_delete=models.PROTECT, related_name="joins")
    parent = models.ForeignKey(Petition, on_delete=models.PROTECT, related_name="joined")
    brought_by = models.ForeignKey(Petition, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    reason = models.CharField(_("說明"), max_length=500, blank=True)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    undone_at = models.DateTimeField(null=True, blank=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        verbose_name = _("併案紀錄")
        verbose_name_plural = _("併案紀錄")
        constraints = [
            models.UniqueConstraint(
                fields=["petition"], condition=Q(undone_at__isnull=True), name="petition_joined_once"
            ),
            models.CheckConstraint(condition=~Q(petition=F("parent")), name="petition_not_joined_to_itself"),
        ]

    def __str__(self) -> str:
        return f"{self.petition_id} under {self.parent_id}"


class AlikePair(models.Model):
    """Two petitions whose texts are alike, as found when the newer was opened; a person may say that they are not."""

    newer = models.ForeignKey(Petition, on_delete=models.CASCADE, related_name="alike")
    older = models.ForeignKey(Petition, on_delete=models.CASCADE, related_name="alike_later")
    likeness = models.FloatField(_("相近程度"))
    found_at = models.DateTimeField()
    apart_at = models.DateTimeField(null=True, blank=True)
    apart_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        verbose_name = _("疑似同案")
        verbose_name_plural = _("疑似同案")
        constraints = [
            models.UniqueConstraint(fields=["newer", "older"], name="petition_alike_once"),
            models.CheckConstraint(condition=~Q(newer=F("older")), name="petition_not_alike_itself"),
        ]

    def __str__(self) -> str:
        return f"{self.newer_id} like {self.older_id}"


class Cluster(models.Model):
    """An incident (事件) or a campaign (連署式陳情): proposed by rule, confirmed by the desk, answered once for all."""

    reference = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(_("種類"), max_length=10, choices=ClusterKind)
    title = models.CharField(_("名稱"), max_length=100)
    state = models.CharField(_("狀態"), max_length=10, choices=ClusterState, default=ClusterState.PROPOSED)
    topic = models.CharField(_("主題"), max_length=20, choices=Group, blank=True)
    lead = models.ForeignKey(Petition, on_delete=models.PROTECT, related_name="leads")
    lon = models.FloatField(null=True, blank=True)
    lat = models.FloatField(null=True, blank=True)
    metres = models.PositiveIntegerField(default=0)
    hours = models.PositiveIntegerField(default=0)
    district_code = models.CharField(max_length=20, blank=True)
    rule = models.JSONField(default=dict)  # the numbers that made it
    began_at = models.DateTimeField(_("開始"))
    found_at = models.DateTimeField(_("提出"))
    ended_at = models.DateTimeField(_("結束"), null=True, blank=True)
    news = models.TextField(_("給大家的說明"), max_length=1000, blank=True)
    news_at = models.DateTimeField(null=True, blank=True)
    reply = models.OneToOneField(Reply, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        verbose_name = _("事件與連署式陳情")
        verbose_name_plural = _("事件與連署式陳情")
        indexes = [models.Index(fields=["kind", "state", "began_at"], name="petition_cluster_state")]
        constraints = [
            models.CheckConstraint(
                condition=~Q(state=ClusterState.CLOSED) | Q(reply__isnull=False),
                name="petition_cluster_closed_by_reply",
            ),
            models.CheckConstraint(
                condition=~Q(kind=ClusterKind.INCIDENT) | Q(lon__isnull=False, lat__isnull=False),
                name="petition_incident_has_a_place",
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        """How people call it: E115-012, C115-003."""
        letter = "E" if self.kind == ClusterKind.INCIDENT else "C"
        return f"{letter}{roc_year(day_of(self.found_at))}-{self.pk:03}"


class ClusterMember(models.Model):
    """A petition's part in an incident or campaign, with why; taken out, it stays on record and is not put in again."""

    cluster = models.ForeignKey(Cluster, on_delete=models.PROTECT, related_name="members")
    petition = models.ForeignKey(Petition, on_delete=models.PROTECT, related_name="clusters")
    why = models.JSONField(default=dict)  # metres, hours or likeness
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    out_at = models.DateTimeField(null=True, blank=True)
    out_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("事件所屬案件")
        verbose_name_plural = _("事件所屬案件")
        constraints = [
            models.UniqueConstraint(fields=["cluster", "petition"], name="petition_in_a_cluster_once"),
            models.UniqueConstraint(
                fields=["petition"], condition=Q(out_at__isnull=True), name="petition_in_one_cluster"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.petition_id} in {self.cluster_id}"


class ClusterStep(models.Model):
    """One thing that happened to an incident or campaign, with the state that it left."""

    cluster = models.ForeignKey(Cluster, on_delete=models.PROTECT, related_name="steps")
    n = models.PositiveIntegerField()
    type = models.CharField(max_length=30)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    state = models.CharField(max_length=10, choices=ClusterState)
    text = models.TextField(max_length=1000, blank=True)

    class Meta:
        verbose_name = _("事件經過")
        verbose_name_plural = _("事件經過")
        ordering = ["cluster", "n"]
        constraints = [models.UniqueConstraint(fields=["cluster", "n"], name="petition_cluster_step_order")]

    def __str__(self) -> str:
        return f"{self.cluster_id}.{self.n} {self.type}"


class Supporter(models.Model):
    """Somebody who says "this is mine too": told of the replies, counted, without a petition of their own.

    Counted and told only once confirmed: by code, by the account, or at the desk, where a mobile number is enough. They
    may leave at any time.
    """

    reference = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    petition = models.ForeignKey(Petition, on_delete=models.CASCADE, related_name="supporters")
    account = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    email = models.EmailField(pgettext_lazy("supporter", "電子郵件"), blank=True, db_index=True)
    phone = models.CharField(pgettext_lazy("supporter", "手機"), max_length=30, blank=True, default="", db_default="")
    language = models.CharField(max_length=10, default="zh-hant")
    asked_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True, blank=True)
    left_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("附議民眾")
        verbose_name_plural = _("附議民眾")
        constraints = [
            models.UniqueConstraint(
                fields=["petition", "email"], condition=Q(left_at__isnull=True) & ~Q(email=""),
                name="petition_supported_once",
            ),
            models.UniqueConstraint(
                fields=["petition", "phone"], condition=Q(left_at__isnull=True) & ~Q(phone=""),
                name="petition_supported_once_by_phone",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"supporter {self.pk}"
