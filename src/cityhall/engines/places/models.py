"""Layers of places in dated versions: boundaries, roads, landmarks, door plates, and who manages what.

An import makes a new version; nothing that an older decision was based on is overwritten. A term says from when until
when a version was in force.
"""

from __future__ import annotations

import uuid
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from cityhall.engines.places.states import AreaKind, LayerKind, Level
from cityhall.web.context import in_language


class Layer(models.Model):
    """One kind of knowledge about places, kept up in versions."""

    code = models.SlugField(_("代碼"), max_length=40, unique=True)
    kind = models.CharField(_("種類"), max_length=12, choices=LayerKind)
    level = models.CharField(_("權管層級"), max_length=8, choices=Level, blank=True)
    name = models.CharField(_("名稱"), max_length=60)
    name_en = models.CharField(_("英文名稱"), max_length=100, blank=True)

    class Meta:
        verbose_name = _("圖層")
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                name="places_layer_of_managers_has_a_level",
                condition=Q(kind=LayerKind.MANAGERS, level__in=Level.values)
                | (~Q(kind=LayerKind.MANAGERS) & Q(level="")),
            )
        ]

    def __str__(self) -> str:
        return in_language(self.name, self.name_en)


class LayerVersion(models.Model):
    """What one import brought."""

    layer = models.ForeignKey(Layer, on_delete=models.PROTECT, related_name="versions", verbose_name=_("圖層"))
    number = models.PositiveIntegerField(_("版次"))
    token = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)  # names the version's copy in memory
    source = models.CharField(_("資料來源"), max_length=200)
    dated_on = models.DateField(_("資料日期"), null=True, blank=True)
    files = models.CharField(_("檔案"), max_length=300, blank=True)
    rows = models.PositiveIntegerField(_("筆數"), default=0)
    refused = models.JSONField(_("退回的資料"), default=list)  # the first thousand, as read_… found them
    refused_rows = models.PositiveIntegerField(_("退回筆數"), default=0)
    imported_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+",
        verbose_name=_("匯入人員"),
    )  # fmt: skip
    imported_at = models.DateTimeField(_("匯入時間"))

    class Meta:
        verbose_name = _("圖層版次")
        ordering = ["layer", "-number"]
        constraints = [models.UniqueConstraint(fields=["layer", "number"], name="places_version_number")]

    def __str__(self) -> str:
        return f"{self.layer.code}@{self.number}"

    def get_absolute_url(self) -> str:
        from django.urls import reverse

        return reverse("places:version", args=[self.pk])


class Term(models.Model):
    """From when until when a version was the one in force; open while it still is."""

    layer = models.ForeignKey(Layer, on_delete=models.PROTECT, related_name="terms")
    version = models.ForeignKey(LayerVersion, on_delete=models.PROTECT, related_name="terms")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("生效期間")
        ordering = ["starts_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["layer"], condition=Q(ends_at__isnull=True), name="places_one_version_in_force"
            ),
            models.CheckConstraint(
                name="places_term_runs_forward", condition=Q(ends_at__isnull=True) | Q(ends_at__gte=F("starts_at"))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.version} {self.starts_at:%Y-%m-%d}"


class Area(models.Model):
    """A district or a village, as a polygon (GeoJSON, longitude and latitude)."""

    version = models.ForeignKey(LayerVersion, on_delete=models.CASCADE, related_name="areas")
    kind = models.CharField(max_length=8, choices=AreaKind)
    code = models.CharField(_("代碼"), max_length=20)
    name = models.CharField(_("名稱"), max_length=40)
    name_en = models.CharField(_("英文名稱"), max_length=80, blank=True)
    parent = models.ForeignKey("self", on_delete=models.CASCADE, null=True, blank=True, related_name="villages")
    geometry: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField()

    class Meta:
        verbose_name = _("行政區")
        ordering = ["code"]
        constraints = [
            models.UniqueConstraint(fields=["version", "code"], name="places_area_code"),
            models.CheckConstraint(
                name="places_village_lies_in_a_district",
                condition=Q(kind=AreaKind.DISTRICT, parent__isnull=True)
                | Q(kind=AreaKind.VILLAGE, parent__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return in_language(self.name, self.name_en)


class Road(models.Model):
    """A road within one district, as a line. A road through three districts is three rows."""

    version = models.ForeignKey(LayerVersion, on_delete=models.CASCADE, related_name="roads")
    name = models.CharField(_("路名"), max_length=40)
    key = models.CharField(max_length=40)  # folded name without its section
    section = models.PositiveSmallIntegerField(_("段"), default=0)
    route = models.CharField(_("路線編號"), max_length=20, blank=True)  # 台4線
    district_code = models.CharField(_("行政區代碼"), max_length=20)
    geometry: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField()

    class Meta:
        verbose_name = _("道路")
        ordering = ["district_code", "key", "section", "pk"]
        indexes = [models.Index(fields=["version", "key"], name="places_road_key")]

    def __str__(self) -> str:
        return self.name


class Landmark(models.Model):
    """A place that people call by a name."""

    version = models.ForeignKey(LayerVersion, on_delete=models.CASCADE, related_name="landmarks")
    name = models.CharField(_("名稱"), max_length=60)
    aliases = models.CharField(_("別名"), max_length=200, blank=True)  # parted by 、
    kind = models.CharField(_("類別"), max_length=20, blank=True)
    address = models.CharField(_("地址"), max_length=120, blank=True)
    district_code = models.CharField(_("行政區代碼"), max_length=20)
    lon = models.FloatField(_("經度"))
    lat = models.FloatField(_("緯度"))

    class Meta:
        verbose_name = _("地標")
        ordering = ["district_code", "name", "pk"]

    def __str__(self) -> str:
        return self.name


class DoorPlate(models.Model):
    """A house number with its point."""

    version = models.ForeignKey(LayerVersion, on_delete=models.CASCADE, related_name="plates")
    district_code = models.CharField(_("行政區代碼"), max_length=20)
    road = models.CharField(_("路名"), max_length=40)
    key = models.CharField(max_length=40)
    section = models.PositiveSmallIntegerField(_("段"), default=0)
    lane = models.PositiveIntegerField(_("巷"), default=0)
    alley = models.PositiveIntegerField(_("弄"), default=0)
    number = models.PositiveIntegerField(_("號"))
    sub = models.PositiveIntegerField(_("之"), default=0)
    lon = models.FloatField(_("經度"))
    lat = models.FloatField(_("緯度"))

    class Meta:
        verbose_name = _("門牌")
        ordering = ["district_code", "key", "section", "lane", "alley", "number", "sub", "pk"]
        indexes = [models.Index(fields=["version", "key", "section", "lane", "alley", "number"], name="places_plate")]

    def __str__(self) -> str:
        return f"{self.road}{self.number}號"


class LayerFeature(models.Model):
    """Something with a manager: a stretch of road as a line, or an area."""

    version = models.ForeignKey(LayerVersion, on_delete=models.CASCADE, related_name="features")
    name = models.CharField(_("名稱"), max_length=60)
    manager_code = models.CharField(_("權管機關代碼"), max_length=40)
    geometry: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField()

    class Meta:
        verbose_name = _("權管範圍")
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.name


class Upload(models.Model):
    """Files that somebody uploaded for a layer: the worker reads them into a version, or says why it cannot."""

    layer = models.ForeignKey(Layer, on_delete=models.PROTECT, related_name="uploads")
    source = models.CharField(_("資料來源"), max_length=200)
    dated_on = models.DateField(_("資料日期"), null=True, blank=True)
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    uploaded_at = models.DateTimeField(_("上傳時間"))
    read_at = models.DateTimeField(null=True, blank=True)
    refusal = models.CharField(max_length=500, blank=True)  # why nothing was taken in
    version = models.OneToOneField(
        LayerVersion, on_delete=models.SET_NULL, null=True, blank=True, related_name="upload"
    )

    class Meta:
        verbose_name = _("圖層上傳")
        verbose_name_plural = _("圖層上傳")
        ordering = ["-uploaded_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.layer.code} {self.uploaded_at:%Y-%m-%d}"


class UploadedFile(models.Model):
    """One file of an upload; its bytes go when it has been read."""

    upload = models.ForeignKey(Upload, on_delete=models.CASCADE, related_name="files")
    name = models.CharField(_("檔名"), max_length=120)
    size = models.PositiveIntegerField()
    content = models.BinaryField()

    class Meta:
        verbose_name = _("上傳的檔案")
        verbose_name_plural = _("上傳的檔案")
        ordering = ["upload", "pk"]

    def __str__(self) -> str:
        return self.name
