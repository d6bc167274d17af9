"""Datasets with what is said of them, their resources with versions that never change, and each step of their way."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from pathlib import Path
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import F, OuterRef, Prefetch, Q, Subquery
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cityhall.engines.directory.models import Agency
from cityhall.engines.files.models import path_of
from cityhall.engines.gatherings.models import Gathering
from cityhall.engines.gatherings.states import State as GatheringState
from cityhall.engines.scoring.models import Evaluation
from cityhall.web.context import in_language

from . import rules
from .states import (
    OFFERED,
    Check,
    ContestKind,
    DatasetKind,
    Every,
    Fetched,
    Frequency,
    Outcome,
    RequestState,
    ResourceKind,
    ShowcaseState,
    State,
    Step,
    TableState,
    TeamState,
    WorkForm,
    WorkState,
)


class Named(models.Model):
    """Something with a code and a name in both languages."""

    code = models.SlugField(_("代碼"), max_length=20, unique=True)
    name = models.CharField(_("名稱"), max_length=80, unique=True)
    name_en = models.CharField(_("英文名稱"), max_length=120, blank=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name

    @property
    def label(self) -> str:
        """Its name in the reader's language."""
        return in_language(self.name, self.name_en)


class Category(Named):
    """服務分類 of the national portal."""

    order = models.PositiveSmallIntegerField(default=0)

    class Meta:
        verbose_name = verbose_name_plural = pgettext_lazy("dataset", "服務分類")
        ordering = ["order", "code"]


class Licence(Named):
    """授權方式."""

    url = models.URLField(_("授權說明網址"), max_length=300)

    class Meta:
        verbose_name = verbose_name_plural = _("授權方式")
        ordering = ["code"]


class Tag(models.Model):
    """標籤."""

    name = models.CharField(max_length=60, unique=True)

    class Meta:
        verbose_name = verbose_name_plural = pgettext_lazy("dataset", "標籤")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Publisher(models.Model):
    """What the national exchange calls an agency, and whom people ask there."""

    agency = models.OneToOneField(Agency, verbose_name=_("機關"), on_delete=models.PROTECT, related_name="+")
    code = models.CharField(_("機關代號"), max_length=20, unique=True)
    oid = models.CharField(_("機關OID"), max_length=60, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("資料集提供機關")
        ordering = ["code"]

    def __str__(self) -> str:
        return self.code


class DatasetQuerySet(models.QuerySet["Dataset"]):
    """Questions about datasets."""

    def published(self) -> Self:
        """What everybody sees."""
        return self.filter(state=State.PUBLISHED)

    def as_of(self, day: date) -> Self:
        """What was published at the end of a day, by the dated steps."""
        last = DatasetMove.objects.filter(dataset=OuterRef("pk"), on__lte=day).order_by("-on", "-pk").values("state")
        return self.annotate(then=Subquery(last[:1])).filter(then=State.PUBLISHED)


class Dataset(models.Model):
    """資料集: a subject's data as one agency answers for it.

    `written` keeps cells of the list that it came from where they say the same in another way than we would write it, so
    that the list goes out as it came in.
    """

    reference = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    number = models.PositiveIntegerField(_("編號"), unique=True)
    identifier = models.CharField(_("資料集識別碼"), max_length=40, unique=True)
    state = models.CharField(pgettext_lazy("dataset", "狀態"), max_length=17, choices=State, default=State.DRAFT)
    agency = models.ForeignKey(Agency, verbose_name=_("提供機關"), on_delete=models.PROTECT, related_name="+")
    title = models.CharField(_("資料集名稱"), max_length=200)
    title_en = models.CharField(_("資料集英文名稱"), max_length=300, blank=True)
    description = models.TextField(_("資料集描述"), max_length=8000, blank=True)
    description_en = models.TextField(_("資料集英文描述"), max_length=8000, blank=True)
    fields_text = models.TextField(_("主要欄位說明"), max_length=8000, blank=True)
    frequency = models.CharField(_("更新頻率"), max_length=12, choices=Frequency, default=Frequency.IRREGULAR)
    kind = models.CharField(_("資料集類型"), max_length=8, choices=DatasetKind, default=DatasetKind.RAW)
    category = models.ForeignKey(
        Category, verbose_name=pgettext_lazy("dataset", "服務分類"), on_delete=models.PROTECT, null=True, related_name="+"
    )  # fmt: skip
    licence = models.ForeignKey(
        Licence, verbose_name=_("授權方式"), on_delete=models.PROTECT, null=True, related_name="+"
    )
    tags: models.ManyToManyField[Tag, DatasetTag] = models.ManyToManyField(
        Tag, through="DatasetTag", related_name="datasets"
    )
    link = models.CharField(_("資料連結網址"), max_length=500, blank=True)
    about_url = models.CharField(_("資料集說明網址"), max_length=500, blank=True)
    encoding = models.CharField(_("編碼格式"), max_length=60, blank=True)
    amount = models.PositiveIntegerField(_("資料量"), null=True, blank=True)
    covers_from = models.DateField(_("收錄期間（起）"), null=True, blank=True)
    covers_to = models.DateField(_("收錄期間（迄）"), null=True, blank=True)
    spatial = models.CharField(_("空間範圍"), max_length=100, blank=True)
    cost = models.CharField(_("計費方式"), max_length=100, blank=True)
    cost_url = models.CharField(_("計費說明網址"), max_length=300, blank=True)
    cost_law = models.CharField(_("計費法令依據"), max_length=200, blank=True)
    contact_name = models.CharField(_("聯絡人"), max_length=60, blank=True)
    contact_phone = models.CharField(_("聯絡電話"), max_length=40, blank=True)
    contact_email = models.EmailField(_("聯絡電子郵件"), blank=True)
    notes = models.TextField(_("備註"), max_length=4000, blank=True)
    created_at = models.DateTimeField(_("建立日期"))
    modified_at = models.DateTimeField(_("最後更新時間"))
    updated_on = models.DateField(_("資料更新日"))
    generated = models.BooleanField(_("系統產生的示範資料"), default=False)
    written = models.JSONField(default=dict, blank=True)
    title_folded = models.CharField(max_length=400, default="", editable=False)
    tags_folded = models.TextField(default="", editable=False)
    fields_folded = models.TextField(default="", editable=False)

    objects = DatasetQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("資料集")
        ordering = ["number"]
        indexes = [
            models.Index(fields=["state", "-modified_at"], name="open_data_dataset_newest"),
            models.Index(fields=["agency", "state"], name="open_data_dataset_agency"),
        ]
        constraints = [
            models.CheckConstraint(condition=~Q(title=""), name="open_data_dataset_is_named"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def name(self) -> str:
        """What CKAN calls it, and its address: the identifier in small letters."""
        return self.identifier.lower()

    @property
    def label(self) -> str:
        """Its title in the reader's language."""
        return in_language(self.title, self.title_en)

    @property
    def text(self) -> str:
        """Its description in the reader's language."""
        return in_language(self.description, self.description_en)

    @property
    def is_public(self) -> bool:
        """Whether everybody sees it."""
        return self.state == State.PUBLISHED

    @property
    def tone(self) -> str:
        """The colour of its state's tag; its word says the same."""
        return {
            State.DRAFT: "grey", State.AGENCY_REVIEW: "amber", State.COMMISSION_REVIEW: "amber", State.WITHDRAWN: "red",
        }.get(State(self.state), "")  # fmt: skip

    @cached_property
    def tag_names(self) -> list[str]:
        """Its tags in the order in which its agency gave them."""
        return [one.tag.name for one in self.tag_uses.all()]

    @cached_property
    def formats(self) -> list[str]:
        """The formats of its resources, each once."""
        return list(dict.fromkeys(one.format for one in self.standing if one.format))

    @cached_property
    def standing(self) -> list[Resource]:
        """Its resources that were not taken away, in their order."""
        return [one for one in self.resources.all() if one.removed_on is None]


class DatasetTag(models.Model):
    """A tag of a dataset, in its place."""

    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="tag_uses")
    tag = models.ForeignKey(Tag, on_delete=models.PROTECT, related_name="uses")
    n = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["dataset", "n"]
        constraints = [models.UniqueConstraint(fields=["dataset", "tag"], name="open_data_tag_once")]

    def __str__(self) -> str:
        return f"{self.dataset_id} {self.tag_id}"


def tags() -> Any:
    """The tags of many datasets with their names, by one statement."""
    return Prefetch("tag_uses", DatasetTag.objects.select_related("tag"))


class FieldDescription(models.Model):
    """主要欄位: a column of the data and what it says."""

    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="field_descriptions")
    n = models.PositiveSmallIntegerField()
    name = models.CharField(_("欄位名稱"), max_length=200)
    description = models.TextField(_("欄位說明"), blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("欄位說明")
        ordering = ["dataset", "n"]
        constraints = [models.UniqueConstraint(fields=["dataset", "n"], name="open_data_field_order")]

    def __str__(self) -> str:
        return self.name


class Resource(models.Model):
    """資料資源: one way in which a dataset is had."""

    reference = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    dataset = models.ForeignKey(Dataset, on_delete=models.PROTECT, related_name="resources")
    n = models.PositiveSmallIntegerField()
    kind = models.CharField(_("資源類型"), max_length=4, choices=ResourceKind, default=ResourceKind.FILE)
    name = models.CharField(_("資源名稱"), max_length=200)
    name_en = models.CharField(_("資源英文名稱"), max_length=300, blank=True)
    description = models.TextField(_("資源說明"), max_length=2000, blank=True)
    format = models.CharField(_("資源格式"), max_length=20, blank=True)
    encoding = models.CharField(_("編碼格式"), max_length=20, blank=True)
    url = models.CharField(_("資源網址"), max_length=500, blank=True)
    removed_on = models.DateField(null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("資料資源")
        ordering = ["dataset", "n"]
        indexes = [models.Index(fields=["format", "dataset"], name="open_data_resource_format")]
        constraints = [
            models.UniqueConstraint(fields=["dataset", "n"], name="open_data_resource_order"),
            models.CheckConstraint(
                condition=Q(kind=ResourceKind.FILE) | ~Q(url=""), name="open_data_link_has_an_address"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def label(self) -> str:
        """Its name in the reader's language."""
        return in_language(self.name, self.name_en)

    @cached_property
    def offered(self) -> list[ResourceVersion]:
        """The versions that the public has, the newest first."""
        return [one for one in self.versions.all() if one.reading in OFFERED]

    @property
    def newest(self) -> ResourceVersion | None:
        """The version that is downloaded, and asked for rows, now."""
        return self.offered[0] if self.offered else None


class ResourceVersion(models.Model):
    """版本: the bytes of a resource as they were handed in; they never change.

    `table` is the digest of the table that was read from them, empty where there is none; `report` says in both languages
    what was repaired and what stood in the way, `changes` what is other than in the version before.
    """

    resource = models.ForeignKey(Resource, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    file_name = models.CharField(_("檔名"), max_length=120)
    media_type = models.CharField(max_length=100)
    size = models.PositiveBigIntegerField(_("檔案大小"))
    encoding = models.CharField(_("編碼格式"), max_length=20, blank=True)  # as the bytes are, where they are text
    digest = models.CharField(max_length=64, db_index=True)
    reading = models.CharField(_("讀取情形"), max_length=8, choices=TableState, default=TableState.NONE)
    table = models.CharField(max_length=64, blank=True)
    columns = models.JSONField(default=list, blank=True)
    report = models.JSONField(default=dict, blank=True)
    changes = models.JSONField(default=list, blank=True)
    rows = models.PositiveBigIntegerField(_("列數"), null=True, blank=True)
    note = models.CharField(_("版本說明"), max_length=300, blank=True)
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = verbose_name_plural = pgettext_lazy("resource", "版本")
        ordering = ["resource", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["resource", "number"], name="open_data_version_once"),
            models.CheckConstraint(condition=~Q(digest=""), name="open_data_version_has_bytes"),
            models.CheckConstraint(
                condition=~Q(table="", reading=TableState.READ), name="open_data_version_read_has_a_table"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.resource_id} v{self.number}"

    @property
    def tone(self) -> str:
        """The colour of the tag that says how it was read."""
        waits = {
            TableState.NONE: "grey",
            TableState.REFUSED: "red",
            TableState.ASKS: "amber",
            TableState.WAITING: "amber",
        }
        return waits.get(TableState(self.reading), "")

    @property
    def repairs(self) -> list[dict[str, Any]]:
        """What was put right while it was read."""
        found: list[dict[str, Any]] = self.report.get("repairs", [])
        return found

    @property
    def problems(self) -> list[dict[str, Any]]:
        """What stood in the way of reading it."""
        found: list[dict[str, Any]] = self.report.get("problems", [])
        return found

    @property
    def path(self) -> Path:
        """Where the bytes lie."""
        return path_of(self.digest)


def versions(before: str = "") -> Any:
    """The versions of many resources by one statement, without what was said of their reading."""
    return Prefetch(f"{before}versions", ResourceVersion.objects.defer("report", "changes"))


class DatasetMove(models.Model):
    """A step of a dataset's way, and where it stood after it."""

    dataset = models.ForeignKey(Dataset, on_delete=models.PROTECT, related_name="moves")
    step = models.CharField(max_length=12, choices=Step)
    state = models.CharField(max_length=17, choices=State)
    on = models.DateField()
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    reason = models.CharField(_("理由"), max_length=300, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("資料集的經過")
        ordering = ["dataset", "on", "pk"]
        indexes = [models.Index(fields=["dataset", "on"], name="open_data_move_day")]

    def __str__(self) -> str:
        return f"{self.dataset_id} {self.step}"


class ListedCount(models.Model):
    """How often a dataset was looked at and downloaded in a month, as an older portal's list says it."""

    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="listed_counts")
    month = models.DateField()  # its first day
    downloads = models.PositiveIntegerField()
    views = models.PositiveIntegerField()

    class Meta:
        verbose_name = verbose_name_plural = _("舊平臺的使用次數")
        ordering = ["dataset", "month"]
        constraints = [
            models.UniqueConstraint(fields=["dataset", "month"], name="open_data_month_once"),
            models.CheckConstraint(condition=Q(month__day=1), name="open_data_month_begins"),
        ]

    def __str__(self) -> str:
        return f"{self.dataset_id} {self.month}"


class QualityResultQuerySet(models.QuerySet["QualityResult"]):
    """Questions about what the nightly checks found."""

    def current(self) -> Self:
        """What holds now."""
        return self.filter(until=None)

    def as_of(self, day: date) -> Self:
        """What held at the end of a day."""
        return self.filter(Q(until=None) | Q(until__gt=day), since__lte=day)

    def failing(self) -> Self:
        """Where at least one check is not passed."""
        return self.filter(passed__lt=F("judged"))


class QualityResult(models.Model):
    """品質檢測結果: what the six checks of a dataset found, from a night on until they found something else.

    A check that does not apply, such as the encoding of a picture, is neither passed nor failed: NULL.
    """

    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="quality_results")
    since = models.DateField()
    until = models.DateField(null=True, blank=True)  # the day from which something else held
    checked_at = models.DateTimeField()
    linkable = models.BooleanField(Check.LINK.label, null=True)
    downloadable = models.BooleanField(Check.DOWNLOAD.label, null=True)
    structure = models.BooleanField(Check.STRUCTURE.label, null=True)
    encoding_match = models.BooleanField(Check.ENCODING.label, null=True)
    desc_match = models.BooleanField(Check.DESCRIPTION.label, null=True)
    csv = models.BooleanField(Check.CSV.label, null=True)
    passed = models.PositiveSmallIntegerField()
    judged = models.PositiveSmallIntegerField()
    findings = models.JSONField(default=list, blank=True)

    objects = QualityResultQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("品質檢測結果")
        ordering = ["dataset", "-since", "-pk"]
        indexes = [models.Index(fields=["dataset", "since"], name="open_data_quality_day")]
        constraints = [
            models.UniqueConstraint(fields=["dataset"], condition=Q(until=None), name="open_data_quality_one_now"),
            models.CheckConstraint(condition=Q(passed__lte=F("judged")), name="open_data_quality_counts"),
        ]

    def __str__(self) -> str:
        return f"{self.dataset_id} {self.since}"

    @property
    def verdicts(self) -> dict[Check, bool | None]:
        """Each check with what it found."""
        return {check: getattr(self, check.value) for check in Check}

    @property
    def whole(self) -> bool:
        """Whether all checks that apply are passed."""
        return self.passed == self.judged


class DataRequest(models.Model):
    """資料需求: data that people wish for, shown to everybody once it was looked at, and what the agency answers.

    It names nobody: who asked and who joined are subscriptions to it.
    """

    number = models.PositiveIntegerField(_("編號"), unique=True)
    title = models.CharField(_("需要什麼資料"), max_length=100)
    text = models.TextField(_("說明"), max_length=2000, blank=True)
    state = models.CharField(
        pgettext_lazy("data request", "狀態"), max_length=11, choices=RequestState, default=RequestState.UNCONFIRMED
    )
    agency = models.ForeignKey(
        Agency, verbose_name=_("答復機關"), on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    merged_into = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="merged")
    joined = models.PositiveIntegerField(_("需要的人數"), default=0)
    outcome = models.CharField(_("答復結果"), max_length=7, choices=Outcome, blank=True)
    answer = models.TextField(_("答復內容"), max_length=4000, blank=True)
    dataset = models.ForeignKey(
        Dataset, verbose_name=_("資料集"), on_delete=models.PROTECT, null=True, blank=True, related_name="requests"
    )
    planned_on = models.DateField(_("預計開放日"), null=True, blank=True)
    reason = models.CharField(_("理由"), max_length=300, blank=True)
    asked_at = models.DateTimeField()
    shown_at = models.DateTimeField(null=True, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("資料需求")
        ordering = ["-number"]
        indexes = [
            models.Index(fields=["state", "-joined"], name="open_data_request_wanted"),
            models.Index(fields=["agency", "state"], name="open_data_request_agency"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=~Q(state__in=["OPEN", "ANSWERED"]) | Q(agency__isnull=False), name="open_data_request_has_agency"
            ),
            models.CheckConstraint(
                condition=~Q(state="ANSWERED") | ~Q(outcome=""), name="open_data_request_answer_is_whole"
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"request {self.number}"

    @property
    def is_shown(self) -> bool:
        """Whether everybody sees it."""
        return self.state in (RequestState.OPEN, RequestState.ANSWERED)

    @property
    def tone(self) -> str:
        """The colour of its state's tag; its word says the same."""
        return {
            RequestState.ANSWERED: "", RequestState.OPEN: "amber", RequestState.RECEIVED: "amber",
        }.get(RequestState(self.state), "grey")  # fmt: skip

    @property
    def outcome_tone(self) -> str:
        """The colour of the tag that says what was answered."""
        return {Outcome.OPENED: "", Outcome.PLANNED: "amber"}.get(Outcome(self.outcome), "grey")


class Showcase(models.Model):
    """應用案例: what somebody made of the city's data. The maker is called as they want to be called in public."""

    number = models.PositiveIntegerField(_("編號"), unique=True)
    title = models.CharField(_("作品名稱"), max_length=100)
    text = models.TextField(_("作品說明"), max_length=2000)
    url = models.CharField(_("作品網址"), max_length=500)
    maker = models.CharField(_("作者（會公開）"), max_length=60)
    datasets: models.ManyToManyField[Dataset, Any] = models.ManyToManyField(
        Dataset, verbose_name=_("用到的資料集"), related_name="showcases"
    )
    state = models.CharField(
        pgettext_lazy("showcase", "狀態"), max_length=11, choices=ShowcaseState, default=ShowcaseState.UNCONFIRMED
    )
    reason = models.CharField(_("理由"), max_length=300, blank=True)
    proposed_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("應用案例")
        ordering = ["-number"]
        indexes = [models.Index(fields=["state", "-number"], name="open_data_showcase_state")]

    def __str__(self) -> str:
        return f"showcase {self.number}"

    @property
    def tone(self) -> str:
        """The colour of its state's tag; its word says the same."""
        return {ShowcaseState.SHOWN: "", ShowcaseState.PROPOSED: "amber"}.get(ShowcaseState(self.state), "grey")


class FetchSchedule(models.Model):
    """排程擷取: where the new versions of a resource come from, how often, and when it is due next."""

    resource = models.OneToOneField(Resource, on_delete=models.PROTECT, related_name="schedule")
    url = models.CharField(_("擷取的網址"), max_length=500)
    every = models.CharField(_("多久擷取一次"), max_length=7, choices=Every)
    next_on = models.DateField(db_index=True)
    failures = models.PositiveSmallIntegerField(default=0)  # one after the other, up to now
    set_at = models.DateTimeField()
    set_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = verbose_name_plural = _("排程擷取")
        constraints = [models.CheckConstraint(condition=~Q(url=""), name="open_data_schedule_has_address")]

    def __str__(self) -> str:
        return f"schedule of {self.resource_id}"


class FetchTry(models.Model):
    """擷取紀錄: what came of fetching once."""

    resource = models.ForeignKey(Resource, on_delete=models.PROTECT, related_name="fetch_tries")
    at = models.DateTimeField()
    outcome = models.CharField(_("擷取結果"), max_length=6, choices=Fetched)
    trouble = models.CharField(_("原因"), max_length=300, blank=True)
    version = models.ForeignKey(ResourceVersion, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        verbose_name = verbose_name_plural = _("擷取紀錄")
        ordering = ["resource", "-at", "-pk"]
        indexes = [models.Index(fields=["resource", "-at"], name="open_data_fetch_newest")]

    def __str__(self) -> str:
        return f"{self.resource_id} {self.outcome}"

    @property
    def tone(self) -> str:
        """The colour of its outcome's tag; its word says the same."""
        return {Fetched.NEW: "", Fetched.SAME: "grey", Fetched.FAILED: "red"}[Fetched(self.outcome)]


class OwnTable(models.Model):
    """A table that a part of this system supplies, and the resource that it is published as."""

    key = models.CharField(max_length=40, unique=True)
    resource = models.OneToOneField(Resource, on_delete=models.PROTECT, related_name="own_table")

    class Meta:
        verbose_name = verbose_name_plural = _("本系統產生的資料")
        ordering = ["key"]

    def __str__(self) -> str:
        return self.key


# ---- competitions ----------------------------------------------------------------------------------------------------


class Contest(models.Model):
    """競賽: a call to make something of the data, until a day and for prizes.

    Teams are called as they want to be called in public; their leaders' mailboxes are subscriptions, so that neither team
    nor work names anybody.
    """

    number = models.PositiveIntegerField(_("編號"), unique=True)
    kind = models.CharField(pgettext_lazy("contest", "種類"), max_length=9, choices=ContestKind)
    title = models.CharField(_("競賽名稱"), max_length=100)
    title_en = models.CharField(_("競賽英文名稱"), max_length=200, blank=True)
    purpose = models.TextField(_("競賽宗旨"), max_length=2000)
    purpose_en = models.TextField(_("競賽宗旨英文"), max_length=2000, blank=True)
    terms = models.TextField(_("競賽規則"), max_length=8000)
    terms_en = models.TextField(_("競賽規則英文"), max_length=8000, blank=True)
    opens_on = models.DateField(_("開始報名日"))
    closes_on = models.DateField(_("報名與交件截止日"))
    held_on = models.DateField(_("競賽日"))
    result_on = models.DateField(_("預計公布結果日"))
    most_members = models.PositiveSmallIntegerField(_("每隊最多人數"), default=6)
    datasets: models.ManyToManyField[Dataset, Any] = models.ManyToManyField(
        Dataset, verbose_name=_("指定使用的資料集"), related_name="contests", blank=True
    )
    review = models.OneToOneField(Evaluation, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField()
    announced_at = models.DateTimeField(null=True, blank=True)
    called_off_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(_("停辦的理由"), max_length=300, blank=True)
    awarded_on = models.DateField(_("公布結果日"), null=True, blank=True)
    forgotten_on = models.DateField(null=True, blank=True)  # when the leaders' mailboxes were forgotten

    class Meta:
        verbose_name = verbose_name_plural = _("競賽")
        ordering = ["-opens_on", "-number"]
        indexes = [
            models.Index(fields=["kind", "held_on"], name="open_data_contest_held"),
            models.Index(fields=["-opens_on", "-number"], name="open_data_contest_newest"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(closes_on__gte=F("opens_on"), held_on__gte=F("closes_on"), result_on__gte=F("held_on")),
                name="open_data_contest_days",
            ),
            models.CheckConstraint(
                condition=Q(called_off_at=None) | ~Q(reason=""), name="open_data_contest_called_off_with_reason"
            ),
            models.CheckConstraint(
                condition=Q(awarded_on=None) | Q(review__isnull=False), name="open_data_contest_judged_first"
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def label(self) -> str:
        """Its title in the reader's language."""
        return in_language(self.title, self.title_en)

    @property
    def told_purpose(self) -> str:
        """What it is for, in the reader's language where it is written."""
        return in_language(self.purpose, self.purpose_en)

    @property
    def told_terms(self) -> str:
        """Its rules, in the reader's language where they are written."""
        return in_language(self.terms, self.terms_en)

    def stage(self, today: date) -> rules.Stage:
        """Where it stands on a day; its review is read with it."""
        return rules.stage(
            today, opens_on=self.opens_on, closes_on=self.closes_on, announced=self.announced_at is not None,
            called_off=self.called_off_at is not None, begun=self.review_id is not None,
            judged=self.review is not None and self.review.closed_on is not None, awarded=self.awarded_on is not None,
        )  # fmt: skip


class Prize(models.Model):
    """獎項 of a competition, and how many teams may win it."""

    contest = models.ForeignKey(Contest, on_delete=models.CASCADE, related_name="prizes")
    n = models.PositiveSmallIntegerField()
    name = models.CharField(_("獎項"), max_length=40)
    reward = models.CharField(_("獎勵"), max_length=80, blank=True)
    winners = models.PositiveSmallIntegerField(_("得獎隊數"), default=1)

    class Meta:
        verbose_name = verbose_name_plural = _("獎項")
        ordering = ["contest", "n"]
        constraints = [
            models.UniqueConstraint(fields=["contest", "n"], name="open_data_prize_order"),
            models.CheckConstraint(condition=~Q(name="") & Q(winners__gte=1), name="open_data_prize_can_be_won"),
        ]

    def __str__(self) -> str:
        return self.name


class Team(models.Model):
    """參賽隊伍: counts once its leader's mailbox has shown itself."""

    reference = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    contest = models.ForeignKey(Contest, on_delete=models.PROTECT, related_name="teams")
    n = models.PositiveSmallIntegerField(null=True, blank=True)  # given when it counts
    name = models.CharField(_("隊名（會公開）"), max_length=60)
    members = models.PositiveSmallIntegerField(_("人數"))
    state = models.CharField(
        pgettext_lazy("team", "狀態"), max_length=11, choices=TeamState, default=TeamState.UNCONFIRMED
    )
    registered_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("參賽隊伍")
        ordering = ["contest", "n"]
        indexes = [models.Index(fields=["state", "registered_at"], name="open_data_team_waiting")]
        constraints = [
            models.UniqueConstraint(fields=["contest", "n"], name="open_data_team_number"),
            models.UniqueConstraint(fields=["contest", "name"], condition=Q(state="IN"), name="open_data_team_name_once"),
            models.CheckConstraint(
                condition=Q(state="UNCONFIRMED", n=None) | (~Q(state="UNCONFIRMED") & Q(n__isnull=False)),
                name="open_data_team_counts_once_confirmed",
            ),
            models.CheckConstraint(condition=Q(members__gte=1), name="open_data_team_has_members"),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.name

    @property
    def call(self) -> str:
        """What it is called where its name is not said."""
        return f"T-{self.n or 0:03d}"


class Work(models.Model):
    """作品 of a team: changed by it until the close, checked by the desk, judged, shown."""

    team = models.OneToOneField(Team, on_delete=models.PROTECT, related_name="work")
    title = models.CharField(_("作品名稱"), max_length=100)
    text = models.TextField(_("作品說明"), max_length=2000)
    url = models.CharField(_("作品網址"), max_length=500)
    form = models.CharField(_("作品形式"), max_length=5, choices=WorkForm)
    datasets: models.ManyToManyField[Dataset, Any] = models.ManyToManyField(
        Dataset, verbose_name=_("用到的資料集"), related_name="+"
    )
    state = models.CharField(
        pgettext_lazy("work", "狀態"), max_length=9, choices=WorkState, default=WorkState.HANDED_IN
    )
    reason = models.CharField(_("退回的理由"), max_length=300, blank=True)
    handed_in_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True, blank=True)
    showcase = models.OneToOneField(Showcase, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        verbose_name = verbose_name_plural = _("參賽作品")
        ordering = ["team"]
        indexes = [models.Index(fields=["state"], name="open_data_work_state")]
        constraints = [
            models.CheckConstraint(
                condition=~Q(state="SENT_BACK") | ~Q(reason=""), name="open_data_work_sent_back_with_reason"
            )
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def tone(self) -> str:
        """The colour of its state's tag; its word says the same."""
        return {WorkState.ACCEPTED: "", WorkState.HANDED_IN: "amber"}.get(WorkState(self.state), "red")


class Award(models.Model):
    """得獎: a work wins a prize; a prize can go to several."""

    prize = models.ForeignKey(Prize, on_delete=models.PROTECT, related_name="awards")
    work = models.OneToOneField(Work, on_delete=models.PROTECT, related_name="award")
    awarded_on = models.DateField(_("公布結果日"), db_index=True)

    class Meta:
        verbose_name = verbose_name_plural = _("得獎作品")
        ordering = ["prize", "pk"]

    def __str__(self) -> str:
        return f"{self.prize_id} {self.work_id}"


class Seminar(models.Model):
    """研習或說明會 that everybody finds: how many seats there are, and how many signed up, naming nobody."""

    gathering = models.OneToOneField(Gathering, on_delete=models.PROTECT, related_name="+")
    seats = models.PositiveIntegerField(_("名額"), null=True, blank=True)
    signed_up = models.PositiveIntegerField(_("報名人數"), default=0)
    shown_at = models.DateTimeField()
    forgotten_at = models.DateTimeField(null=True, blank=True)  # when the mailboxes of those who signed up were

    class Meta:
        verbose_name = verbose_name_plural = _("公開的研習與說明會")
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"seminar {self.gathering_id}"

    def is_open(self, at: datetime) -> bool:
        """Whether somebody can sign up now."""
        one = self.gathering
        coming = one.state in (GatheringState.PLANNED, GatheringState.INVITED) and one.starts_at > at
        return coming and (self.seats is None or self.signed_up < self.seats)
