"""The catalogue of layers, the clients that read them, what each was granted, and what it asked a day.

What a layer holds is not here: it is declared to `engines/layers` under the same code. Socio-economic statistics are: items
of six classes, told for areas of five levels, whose codes hold from a day to a day.
"""

from __future__ import annotations

import uuid
from datetime import date
from pathlib import Path
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from cityhall.engines.directory.models import Agency, Person
from cityhall.engines.files.models import path_of
from cityhall.engines.identity import models as identity
from cityhall.web.context import in_language

from .states import (
    AnalysisState,
    AreaLevel,
    ClientKind,
    FileState,
    Licence,
    ListState,
    Operation,
    Rights,
    StatisticClass,
    Theme,
    Tool,
    Trouble,
    Upkeep,
)


class LayerQuerySet(models.QuerySet["Layer"]):
    """Questions about many layers."""

    def as_of(self, day: date) -> Self:
        """Those in the catalogue on a day: listed, not withdrawn, and not away for a time."""
        away = LayerAbsence.objects.filter(since__lte=day, until__gt=day)
        there = self.filter(listed_on__lte=day).filter(Q(withdrawn_on=None) | Q(withdrawn_on__gt=day))
        return there.exclude(pk__in=away.values("layer"))


class Layer(models.Model):
    """圖資: a layer of the catalogue. `code` names its content in `engines/layers`; a layer of a file has its GeoParquet under
    the digest `content`, or its table (`engines/tables`) under the digest `table`.

    A layer of open data shows the version `resource_number` of the published table `resource`; `trouble` says why not a newer.
    """

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
    content = models.CharField(max_length=64, blank=True, editable=False)
    table = models.CharField(max_length=64, blank=True, editable=False)
    resource = models.CharField(max_length=64, blank=True, editable=False)
    resource_number = models.PositiveIntegerField(null=True, editable=False)
    trouble = models.CharField(max_length=8, choices=Trouble, blank=True, editable=False)
    trouble_about = models.CharField(max_length=200, blank=True, editable=False)
    changed_at = models.DateTimeField()

    objects = LayerQuerySet.as_manager()

    class Meta:
        verbose_name = _("空間圖資")
        verbose_name_plural = _("空間圖資")
        ordering = ["theme", "code"]
        indexes = [
            models.Index(fields=["listed_on", "withdrawn_on"], name="spatial_layer_days"),
            models.Index(fields=["resource"], condition=~Q(resource=""), name="spatial_layer_resource"),
        ]
        constraints = [
            models.CheckConstraint(condition=~Q(title=""), name="spatial_layer_is_named"),
            models.CheckConstraint(
                condition=Q(withdrawn_on=None, why="") | (Q(withdrawn_on__gte=F("listed_on")) & ~Q(why="")),
                name="spatial_layer_withdrawn_whole",
            ),
            models.CheckConstraint(
                condition=Q(licence="INTERNAL") | Q(rights="PUBLIC"), name="spatial_open_licence_is_public"
            ),
            models.CheckConstraint(condition=Q(content="") | Q(table=""), name="spatial_layer_has_one_content"),
            models.CheckConstraint(
                condition=Q(resource="", resource_number=None, trouble="")
                | (~Q(resource="") & ~Q(table="") & Q(resource_number__isnull=False)),
                name="spatial_layer_of_open_data_whole",
            ),
        ]

    def __str__(self) -> str:
        return in_language(self.title, self.title_en)


class LayerAbsence(models.Model):
    """A time for which a layer was withdrawn before it came back: from a day until another."""

    layer = models.ForeignKey(Layer, on_delete=models.PROTECT, related_name="absences")
    since = models.DateField(_("下架日"))
    until = models.DateField(_("恢復日"))
    why = models.CharField(_("下架的理由"), max_length=300)
    back = models.CharField(_("恢復的理由"), max_length=300)

    class Meta:
        verbose_name = _("圖資下架期間")
        verbose_name_plural = _("圖資下架期間")
        ordering = ["layer", "since", "pk"]
        indexes = [models.Index(fields=["since", "until"], name="spatial_layer_absent")]
        constraints = [
            models.CheckConstraint(condition=Q(until__gte=F("since")), name="spatial_absence_runs_forward"),
            models.CheckConstraint(condition=~Q(why="") & ~Q(back=""), name="spatial_absence_is_explained"),
        ]

    def __str__(self) -> str:
        return f"{self.layer_id} {self.since}"


class LayerFile(models.Model):
    """交付的圖資檔: what an agency hands in as a layer, or as the next content of one: read, checked, taken in or returned."""

    reference = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    agency = models.ForeignKey(Agency, verbose_name=_("提供機關"), on_delete=models.PROTECT, related_name="+")
    title = models.CharField(_("圖資名稱"), max_length=80)
    note = models.CharField(_("說明"), max_length=300, blank=True)
    layer = models.ForeignKey(Layer, on_delete=models.PROTECT, null=True, related_name="files")
    file_name = models.CharField(_("檔名"), max_length=120)
    size = models.PositiveBigIntegerField(_("檔案大小"))
    digest = models.CharField(max_length=64, db_index=True)
    state = models.CharField(_("狀態"), max_length=9, choices=FileState, default=FileState.WAITING)
    report = models.JSONField(default=dict)
    table = models.CharField(max_length=64, blank=True)
    rows = models.PositiveIntegerField(null=True)
    reason = models.CharField(_("理由"), max_length=300, blank=True)
    handed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    handed_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("交付的圖資檔")
        verbose_name_plural = _("交付的圖資檔")
        ordering = ["-handed_at", "-pk"]
        indexes = [models.Index(fields=["agency", "-handed_at"], name="spatial_file_of_agency")]
        constraints = [
            models.CheckConstraint(condition=~Q(title=""), name="spatial_file_is_named"),
            models.CheckConstraint(
                condition=~Q(state__in=["READ", "TAKEN"]) | (~Q(table="") & Q(rows__isnull=False)),
                name="spatial_file_read_whole",
            ),
            models.CheckConstraint(
                condition=~Q(state="TAKEN") | Q(layer__isnull=False), name="spatial_file_taken_is_a_layer"
            ),
            models.CheckConstraint(
                condition=~Q(state="RETURNED") | ~Q(reason=""), name="spatial_file_returned_says_why"
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def can_be_withdrawn(self) -> bool:
        """Whether its agency may say that it is wanted no more."""
        return self.state in (FileState.READ, FileState.REFUSED, FileState.RETURNED)


class ClientQuerySet(models.QuerySet["Client"]):
    """Questions about many clients."""

    def as_of(self, day: date) -> Self:
        """Those that might ask on a day."""
        return self.filter(starts_on__lte=day).filter(Q(ends_on=None) | Q(ends_on__gte=day))


class Client(models.Model):
    """介接對象: a system or a project that reads layers by its key. Key and quota are those of its program.

    `own` names a part of this system that asks without a key and is counted as a client all the same.
    """

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
    own = models.CharField(max_length=40, null=True, blank=True, unique=True)

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


# ---- socio-economic statistics ---------------------------------------------------------------------------------------


class StatisticQuerySet(models.QuerySet["Statistic"]):
    """Questions about many statistics."""

    def as_of(self, day: date) -> Self:
        """Those offered on a day."""
        return self.filter(listed_on__lte=day).filter(Q(withdrawn_on=None) | Q(withdrawn_on__gt=day))


class Statistic(models.Model):
    """統計項目: what is counted or measured of an area, such as its people."""

    code = models.SlugField(_("項目代碼"), max_length=40, unique=True)
    kind = models.CharField(_("類別"), max_length=12, choices=StatisticClass)
    name = models.CharField(_("統計項目"), max_length=60)
    name_en = models.CharField(_("英文名稱"), max_length=100)
    unit = models.CharField(_("單位"), max_length=10)
    unit_en = models.CharField(max_length=40)
    adds_up = models.BooleanField(_("可以加總"), help_text=_("例如人數；比率和平均不能加總。"))
    of_people = models.BooleanField(_("是人數"), help_text=_("人數未滿3人的不列，也不能由合計推算。"))
    listed_on = models.DateField(_("登錄日"))
    withdrawn_on = models.DateField(null=True, blank=True)

    objects = StatisticQuerySet.as_manager()

    class Meta:
        verbose_name = _("統計項目")
        verbose_name_plural = _("統計項目")
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(name="") & ~Q(unit=""), name="spatial_statistic_is_named"),
            models.CheckConstraint(
                condition=Q(of_people=False) | Q(adds_up=True), name="spatial_people_can_be_added_up"
            ),
        ]

    def __str__(self) -> str:
        return in_language(self.name, self.name_en)

    @property
    def measure(self) -> str:
        """The unit in the reader's language."""
        return in_language(self.unit, self.unit_en)


class AreaQuerySet(models.QuerySet["StatisticArea"]):
    """Questions about many areas."""

    def as_of(self, day: date) -> Self:
        """Those whose codes hold on a day."""
        return self.filter(Q(valid_from=None) | Q(valid_from__lte=day)).filter(Q(valid_to=None) | Q(valid_to__gte=day))


class StatisticArea(models.Model):
    """統計區: a code of a level with the code above it, from a day to a day (open where it is not known)."""

    level = models.CharField(_("層級"), max_length=8, choices=AreaLevel)
    code = models.CharField(_("區域代碼"), max_length=24)
    name = models.CharField(_("名稱"), max_length=40, blank=True)
    above = models.CharField(_("上層區域代碼"), max_length=24, blank=True)
    valid_from = models.DateField(_("啟用日"), null=True, blank=True)
    valid_to = models.DateField(_("停用前最後一天"), null=True, blank=True)

    objects = AreaQuerySet.as_manager()

    class Meta:
        verbose_name = _("統計區")
        verbose_name_plural = _("統計區")
        ordering = ["level", "code", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["level", "code"], name="spatial_area_code_once"),
            models.CheckConstraint(
                condition=Q(valid_from=None) | Q(valid_to=None) | Q(valid_to__gte=F("valid_from")),
                name="spatial_area_runs_forward",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}".strip()


class CodeChange(models.Model):
    """代碼異動: from a day on, what was told of an old code is told of a new one, wholly or in part."""

    level = models.CharField(_("層級"), max_length=8, choices=AreaLevel)
    old = models.CharField(_("原代碼"), max_length=24)
    new = models.CharField(_("新代碼"), max_length=24)
    on = models.DateField(_("異動日"))
    share = models.FloatField(_("占原區域的比例"))

    class Meta:
        verbose_name = _("統計區代碼異動")
        verbose_name_plural = _("統計區代碼異動")
        ordering = ["level", "on", "old", "new"]
        constraints = [
            models.UniqueConstraint(fields=["level", "old", "new", "on"], name="spatial_code_change_once"),
            models.CheckConstraint(condition=Q(share__gt=0, share__lte=1), name="spatial_code_change_is_a_share"),
            models.CheckConstraint(condition=~Q(old=F("new")), name="spatial_code_change_changes"),
        ]

    def __str__(self) -> str:
        return f"{self.old} {self.new}"


class Release(models.Model):
    """統計資料: one item at one level for one period, as imported: the number of every area by its code.

    The numbers are always asked together, so they are one field and no table of millions of rows.
    """

    statistic = models.ForeignKey(Statistic, on_delete=models.PROTECT, related_name="releases")
    level = models.CharField(_("層級"), max_length=8, choices=AreaLevel)
    period = models.CharField(_("統計期"), max_length=7)
    dated_on = models.DateField(_("資料日期"))
    source = models.CharField(_("資料來源"), max_length=120)
    numbers = models.JSONField()
    unknown = models.JSONField(default=list)
    imported_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    imported_at = models.DateTimeField()
    replaced_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("統計資料")
        verbose_name_plural = _("統計資料")
        ordering = ["statistic", "level", "-dated_on", "-pk"]
        indexes = [models.Index(fields=["statistic", "level", "period"], name="spatial_release_of")]
        constraints = [
            models.UniqueConstraint(
                fields=["statistic", "level", "period"],
                condition=Q(replaced_at=None),
                name="spatial_one_release_counts",
            )
        ]

    def __str__(self) -> str:
        return f"{self.statistic_id} {self.level} {self.period}"


# ---- analyses --------------------------------------------------------------------------------------------------------


class Analysis(models.Model):
    """空間分析: what was asked of which data by whom and when, by which method, and the result, which never changes.

    The result is a GeoParquet file under its digest. Its rights are the strictest of its inputs.
    """

    number = models.CharField(_("分析編號"), max_length=20, unique=True)
    tool = models.CharField(_("分析方法"), max_length=12, choices=Tool)
    title = models.CharField(_("分析名稱"), max_length=80)
    asked = models.JSONField()
    state = models.CharField(_("狀態"), max_length=8, choices=AnalysisState, default=AnalysisState.WAITING)
    refusal = models.CharField(max_length=300, blank=True)
    rights = models.CharField(_("使用權限"), max_length=10, choices=Rights, default=Rights.GOVERNMENT)
    method = models.TextField(blank=True)
    method_en = models.TextField(blank=True)
    columns = models.JSONField(default=list)
    mapped = models.JSONField(default=dict)  # codes of now: of which codes their number was told
    unknown = models.JSONField(default=list)  # codes and names that no area has
    shown = models.CharField(max_length=60, blank=True)
    digest = models.CharField(max_length=64, blank=True)
    rows = models.PositiveIntegerField(default=0)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    asked_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("空間分析")
        verbose_name_plural = _("空間分析")
        ordering = ["-asked_at", "-pk"]
        indexes = [models.Index(fields=["-asked_at", "-id"], name="spatial_analysis_newest")]
        constraints = [
            models.CheckConstraint(condition=~Q(title=""), name="spatial_analysis_is_named"),
            models.CheckConstraint(
                condition=Q(state="WAITING", digest="", done_at=None)
                | (Q(state="DONE", done_at__isnull=False) & ~Q(digest=""))
                | (Q(state="REFUSED", digest="", done_at__isnull=False) & ~Q(refusal="")),
                name="spatial_analysis_done_whole",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def path(self) -> Path:
        """Where the result lies."""
        return path_of(self.digest)

    @property
    def method_told(self) -> str:
        """The method in the reader's language."""
        return in_language(self.method, self.method_en)


class AnalysisInput(models.Model):
    """What an analysis was made of, as it stood: a layer, a release of statistics, another result, or a table of its author."""

    analysis = models.ForeignKey(Analysis, on_delete=models.PROTECT, related_name="inputs")
    layer = models.ForeignKey(Layer, on_delete=models.PROTECT, null=True, related_name="+")
    release = models.ForeignKey(Release, on_delete=models.PROTECT, null=True, related_name="+")
    result = models.ForeignKey(Analysis, on_delete=models.PROTECT, null=True, related_name="used_in")
    title = models.CharField(max_length=120)
    title_en = models.CharField(max_length=160, blank=True)
    version = models.CharField(max_length=120)
    dated_on = models.DateField(null=True)
    rights = models.CharField(max_length=10, choices=Rights)

    class Meta:
        verbose_name = _("分析的輸入資料")
        verbose_name_plural = _("分析的輸入資料")
        ordering = ["analysis", "pk"]

    def __str__(self) -> str:
        return in_language(self.title, self.title_en)


class PointList(models.Model):
    """點位清單: a list of points or addresses that the worker answers, for whoever handed it in and nobody else.

    The list and the answers are files, which go on a day that is said beforehand; what stands here names nobody then.
    """

    reference = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    name = models.CharField(_("檔名"), max_length=120, blank=True)
    digest = models.CharField(max_length=64, blank=True)
    layers = models.JSONField(default=list)
    headings = models.JSONField(default=list)
    added = models.JSONField(default=list)
    state = models.CharField(_("狀態"), max_length=8, choices=ListState, default=ListState.WAITING)
    refusal = models.CharField(max_length=300, blank=True)
    rows = models.PositiveIntegerField(null=True, blank=True)
    done = models.PositiveIntegerField(default=0)
    found = models.PositiveIntegerField(default=0)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True, blank=True)
    goes_on = models.DateField()

    class Meta:
        verbose_name = _("點位清單")
        verbose_name_plural = _("點位清單")
        ordering = ["-asked_at", "-pk"]
        indexes = [
            models.Index(fields=["asked_by", "-asked_at"], name="spatial_point_list_mine"),
            models.Index(fields=["state", "goes_on"], name="spatial_point_list_goes"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=~Q(state="GONE") | Q(name="", digest="", refusal=""),
                name="spatial_point_list_gone_whole",
            ),
            models.CheckConstraint(
                condition=Q(rows=None) | Q(done__lte=F("rows"), found__lte=F("done")), name="spatial_point_list_counts"
            ),
        ]

    def __str__(self) -> str:
        return self.name or str(self.reference)

    @property
    def missing(self) -> int:
        """How many rows were answered without a place being found."""
        return self.done - self.found
