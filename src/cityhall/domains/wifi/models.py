"""Hotspots with their dated states, the hot zones that hold several, and the faults that citizens report of them."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import OuterRef, Q, Subquery
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cityhall.engines.cases.models import Case
from cityhall.engines.cases.states import ENDED
from cityhall.engines.directory.models import Agency

from .states import Builder, Cause, HotspotState, SiteKind


class HotZoneQuerySet(models.QuerySet["HotZone"]):
    """Questions about hot zones."""

    def as_of(self, day: date) -> Self:
        """Those with a hotspot that was open on a day."""
        return self.filter(pk__in=Hotspot.objects.as_of(day).order_by().values("zone"))


class HotZone(models.Model):
    """熱區: a square or quarter that several hotspots of high power serve together."""

    name = models.CharField(_("熱區名稱"), max_length=60, unique=True)

    objects = HotZoneQuerySet.as_manager()

    class Meta:
        verbose_name = _("熱區")
        verbose_name_plural = _("熱區")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class HotspotQuerySet(models.QuerySet["Hotspot"]):
    """Questions about hotspots."""

    def stating(self, day: date) -> Self:
        """With the state of a day as `state_then`; none before the first."""
        last = HotspotStep.objects.filter(hotspot=OuterRef("pk"), since__lte=day).order_by("-since", "-pk")
        return self.annotate(state_then=Subquery(last.values("state")[:1]))

    def as_of(self, day: date) -> Self:
        """Those that were open on a day."""
        return self.stating(day).filter(state_then=HotspotState.OPEN)

    def public(self, day: date) -> Self:
        """Those that are there for everybody on a day: open ones, and those that pause."""
        return self.stating(day).filter(state_then__in=(HotspotState.OPEN, HotspotState.PAUSED))


class Hotspot(models.Model):
    """熱點: a place with free wireless access, of the city or of a central agency."""

    reference = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    code = models.CharField(_("熱點代碼"), max_length=20, unique=True)
    name = models.CharField(_("熱點名稱"), max_length=120)
    builder = models.CharField(_("建置單位別"), max_length=7, choices=Builder)
    operator = models.CharField(_("主管機關名稱"), max_length=60)
    agency = models.ForeignKey(
        Agency, verbose_name=_("維護機關"), on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )  # fmt: skip
    kind = models.CharField(_("場所類別"), max_length=9, choices=SiteKind, default=SiteKind.OTHER)
    address = models.CharField(pgettext_lazy("hotspot", "地址"), max_length=200)
    lon = models.FloatField(_("經度"))
    lat = models.FloatField(_("緯度"))
    district = models.CharField(_("位置所在的行政區"), max_length=20, blank=True)
    named = models.CharField(_("地址寫的行政區"), max_length=20, blank=True)
    zone = models.ForeignKey(
        HotZone, verbose_name=_("熱區"), on_delete=models.PROTECT, null=True, blank=True, related_name="hotspots"
    )  # fmt: skip
    access_points = models.PositiveSmallIntegerField(_("基地臺數"), default=1)
    mbps = models.PositiveSmallIntegerField(_("每人頻寬"), null=True, blank=True)
    contract = models.CharField(_("契約編號"), max_length=40, blank=True)
    contract_from = models.DateField(_("契約起日"), null=True, blank=True)
    contract_to = models.DateField(_("契約迄日"), null=True, blank=True)
    promised = models.DecimalField(_("約定可用率"), max_digits=5, decimal_places=2, null=True, blank=True)

    objects = HotspotQuerySet.as_manager()

    class Meta:
        verbose_name = _("無線上網熱點")
        verbose_name_plural = _("無線上網熱點")
        ordering = ["code"]
        indexes = [
            models.Index(fields=["district"], name="wifi_hotspot_district"),
            models.Index(fields=["name", "operator"], name="wifi_hotspot_name"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["operator", "name", "address"], name="wifi_hotspot_once"),
            models.CheckConstraint(condition=~Q(name="") & ~Q(address="") & ~Q(operator=""), name="wifi_hotspot_is_named"),
            models.CheckConstraint(condition=Q(access_points__gte=1), name="wifi_hotspot_has_access_points"),
            models.CheckConstraint(
                condition=Q(contract_from=None) | Q(contract_to=None) | Q(contract_to__gte=models.F("contract_from")),
                name="wifi_contract_ends_later",
            ),
            models.CheckConstraint(
                condition=Q(promised=None) | Q(promised__gt=0, promised__lte=100), name="wifi_promise_is_a_share"
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.name


class HotspotStep(models.Model):
    """The state of a hotspot from a day on. The latest holds; a day has one."""

    hotspot = models.ForeignKey(Hotspot, on_delete=models.PROTECT, related_name="steps")
    state = models.CharField(pgettext_lazy("hotspot", "狀態"), max_length=7, choices=HotspotState)
    since = models.DateField(_("起算日"))
    reason = models.CharField(_("理由"), max_length=300, blank=True)
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = _("熱點的狀態")
        verbose_name_plural = _("熱點的狀態")
        ordering = ["-since", "-pk"]
        constraints = [models.UniqueConstraint(fields=["hotspot", "since"], name="wifi_one_state_a_day")]

    def __str__(self) -> str:
        return f"{self.hotspot_id} {self.state} {self.since}"


class FaultReportQuerySet(models.QuerySet["FaultReport"]):
    """Questions about reports of faults."""

    def open(self) -> Self:
        """Those whose petition has a number and still waits for somebody in the city."""
        return self.filter(case__confirmed_at__isnull=False).exclude(case__status__in=ENDED)


class FaultReport(models.Model):
    """A petition that somebody began at a hotspot. What it says and how it goes on is the petition's."""

    hotspot = models.ForeignKey(Hotspot, on_delete=models.PROTECT, related_name="reports")
    case = models.OneToOneField(Case, on_delete=models.CASCADE, related_name="+")
    reported_at = models.DateTimeField(_("回報時間"))

    objects = FaultReportQuerySet.as_manager()

    class Meta:
        verbose_name = _("熱點的報修")
        verbose_name_plural = _("熱點的報修")
        ordering = ["-reported_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.hotspot_id} {self.case_id}"


class OutageQuerySet(models.QuerySet["Outage"]):
    """Questions about outages."""

    def open(self) -> Self:
        """Those that are not over."""
        return self.filter(ended_at=None)

    def touching(self, begins: datetime, ends: datetime) -> Self:
        """Those that lasted at some time between two instants."""
        return self.filter(Q(ended_at=None) | Q(ended_at__gt=begins), began_at__lt=ends)


class Outage(models.Model):
    """中斷: a hotspot does not work from an instant to another."""

    hotspot = models.ForeignKey(Hotspot, on_delete=models.PROTECT, related_name="outages")
    began_at = models.DateTimeField(_("中斷時間"))
    ended_at = models.DateTimeField(_("恢復時間"), null=True, blank=True)
    cause = models.CharField(pgettext_lazy("outage", "原因"), max_length=7, choices=Cause, default=Cause.UNKNOWN)
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    objects = OutageQuerySet.as_manager()

    class Meta:
        verbose_name = _("熱點的中斷")
        verbose_name_plural = _("熱點的中斷")
        ordering = ["-began_at", "-pk"]
        indexes = [models.Index(fields=["ended_at", "began_at"], name="wifi_outage_open")]
        constraints = [
            models.UniqueConstraint(fields=["hotspot", "began_at"], name="wifi_outage_once"),
            models.UniqueConstraint(fields=["hotspot"], condition=Q(ended_at=None), name="wifi_one_open_outage"),
            models.CheckConstraint(
                condition=Q(ended_at=None) | Q(ended_at__gt=models.F("began_at")), name="wifi_outage_ends_later"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.hotspot_id} {self.began_at}"


class VillagePeople(models.Model):
    """How many people live in a village, by the newest table of the household registers that was taken in."""

    village = models.CharField(_("村里代碼"), max_length=20, unique=True)
    people = models.PositiveIntegerField(_("人口"))
    as_of = models.DateField(_("資料月份"))

    class Meta:
        verbose_name = _("村里人口")
        verbose_name_plural = _("村里人口")
        ordering = ["village"]

    def __str__(self) -> str:
        return f"{self.village} {self.people}"
