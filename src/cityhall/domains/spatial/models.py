"""The catalogue of layers, the clients that read them, what each was granted, and what it asked a day.

What a layer holds is not here: it is declared to `engines/layers` under the same code.
"""

from __future__ import annotations

import uuid
from datetime import date
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from cityhall.engines.directory.models import Agency, Person
from cityhall.engines.identity import models as identity

from .states import ClientKind, Licence, Operation, Rights, Theme, Upkeep


class LayerQuerySet(models.QuerySet["Layer"]):
    """Questions about many layers."""

    def as_of(self, day: date) -> Self:
        """Those in the catalogue on a day."""
        return self.filter(listed_on__lte=day).filter(Q(withdrawn_on=None) | Q(withdrawn_on__gt=day))


class Layer(models.Model):
    """圖資: a layer of the catalogue. `code` names its content in `engines/layers`."""

    code = models.SlugField(_("代碼"), max_length=60, unique=True)
    title = models.CharField(_("圖資名稱"), max_length=80)
    title_en = models.CharField(_("英文名稱"), max_length=120, blank=True)
    about = models.TextField(_("說明"), max_length=1000, blank=True)
    theme = models.CharField(_("主題"), max_length=12, choices=Theme)
    agency = models.ForeignKey(Agency, verbose_name=_("提供機關"), on_delete=models.PROTECT, related_name="+")
    owner = models.ForeignKey(
        Person, verbose_name=_("維護人員"), on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    rights = models.CharField(_("使用權限"), max_length=10, choices=Rights)
    licence = models.CharField(_("授權方式"), max_length=8, choices=Licence)
    scale = models.PositiveIntegerField(_("比例尺分母"), null=True, blank=True)
    dated_on = models.DateField(_("資料日期"))
    upkeep = models.CharField(_("更新頻率"), max_length=10, choices=Upkeep)
    listed_on = models.DateField(_("登錄日"))
    withdrawn_on = models.DateField(null=True, blank=True)
    why = models.CharField(_("下架的理由"), max_length=300, blank=True)
    changed_at = models.DateTimeField()

    objects = LayerQuerySet.as_manager()

    class Meta:
        verbose_name = _("空間圖資")
        verbose_name_plural = _("空間圖資")
        ordering = ["theme", "code"]
        indexes = [models.Index(fields=["listed_on", "withdrawn_on"], name="spatial_layer_days")]
        constraints = [
            models.CheckConstraint(condition=~Q(title=""), name="spatial_layer_is_named"),
            models.CheckConstraint(
                condition=Q(withdrawn_on=None, why="") | (Q(withdrawn_on__gte=F("listed_on")) & ~Q(why="")),
                name="spatial_layer_withdrawn_whole",
            ),
            models.CheckConstraint(
                condition=Q(licence="INTERNAL") | Q(rights="PUBLIC"), name="spatial_open_licence_is_public"
            ),
        ]

    def __str__(self) -> str:
        from cityhall.engines.places.models import in_language

        return in_language(self.title, self.title_en)


class ClientQuerySet(models.QuerySet["Client"]):
    """Questions about many clients."""

    def as_of(self, day: date) -> Self:
        """Those that might ask on a day."""
        return self.filter(starts_on__lte=day).filter(Q(ends_on=None) | Q(ends_on__gte=day))


class Client(models.Model):
    """介接對象: a system or a project that reads layers by its key. Key and quota are those of its program."""

    reference = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    program = models.OneToOneField(identity.Client, on_delete=models.PROTECT, related_name="spatial")
    kind = models.CharField(_("種類"), max_length=8, choices=ClientKind)
    name = models.CharField(_("名稱"), max_length=80)
    agency = models.ForeignKey(Agency, verbose_name=_("申請機關"), on_delete=models.PROTECT, related_name="+")
    contact = models.ForeignKey(
        Person, verbose_name=_("聯絡人"), on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    purpose = models.CharField(_("用途"), max_length=200)
    starts_on = models.DateField(_("開始日"))
    ends_on = models.DateField(_("最後一天"), null=True, blank=True)

    objects = ClientQuerySet.as_manager()

    class Meta:
        verbose_name = _("空間介接對象")
        verbose_name_plural = _("空間介接對象")
        ordering = ["kind", "name"]
        indexes = [models.Index(fields=["kind", "starts_on", "ends_on"], name="spatial_client_days")]
        constraints = [
            models.CheckConstraint(condition=~Q(name="") & ~Q(purpose=""), name="spatial_client_is_named"),
            models.CheckConstraint(
                condition=Q(kind="SYSTEM") | Q(ends_on__isnull=False), name="spatial_project_has_an_end"
            ),
            models.CheckConstraint(
                condition=Q(ends_on=None) | Q(ends_on__gte=F("starts_on")), name="spatial_client_runs_forward"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Grant(models.Model):
    """What a client may read that not everybody may: from a day, until a day."""

    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="grants")
    layer = models.ForeignKey(Layer, on_delete=models.PROTECT, related_name="grants")
    purpose = models.CharField(_("使用目的"), max_length=200)
    granted_on = models.DateField(_("授權日"))
    granted_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    ended_on = models.DateField(null=True, blank=True)

    class Meta:
        verbose_name = _("圖資授權")
        verbose_name_plural = _("圖資授權")
        ordering = ["client", "layer", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["client", "layer"], condition=Q(ended_on=None), name="spatial_one_grant_at_a_time"
            ),
            models.CheckConstraint(condition=~Q(purpose=""), name="spatial_grant_has_a_purpose"),
        ]

    def __str__(self) -> str:
        return f"{self.client_id} {self.layer_id}"


class Use(models.Model):
    """How often a client asked for a layer on a day."""

    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="uses")
    layer = models.ForeignKey(Layer, on_delete=models.PROTECT, related_name="uses")
    day = models.DateField()
    operation = models.CharField(max_length=8, choices=Operation)
    calls = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = _("介接使用次數")
        verbose_name_plural = _("介接使用次數")
        ordering = ["day", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["client", "day", "layer", "operation"], name="spatial_use_once_a_day")
        ]

    def __str__(self) -> str:
        return f"{self.client_id} {self.layer_id} {self.day} {self.calls}"
