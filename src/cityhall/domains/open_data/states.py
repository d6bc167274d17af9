"""The words of the open-data catalogue: where a dataset stands, what was done to it, what kinds there are."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class State(models.TextChoices):
    """Where a dataset stands."""

    DRAFT = "DRAFT", pgettext_lazy("dataset", "草稿")
    AGENCY_REVIEW = "AGENCY_REVIEW", _("機關審核中")
    COMMISSION_REVIEW = "COMMISSION_REVIEW", _("研考會審核中")
    PUBLISHED = "PUBLISHED", pgettext_lazy("dataset", "已上架")
    WITHDRAWN = "WITHDRAWN", pgettext_lazy("dataset", "已下架")


class Step(models.TextChoices):
    """What was done to a dataset."""

    ENTERED = "ENTERED", pgettext_lazy("dataset", "建立")
    REVISED = "REVISED", pgettext_lazy("dataset", "修改")
    SUBMITTED = "SUBMITTED", pgettext_lazy("dataset", "送機關審核")
    AGREED = "AGREED", pgettext_lazy("dataset", "機關同意，送研考會")
    SENT_BACK = "SENT_BACK", pgettext_lazy("dataset", "退回修改")
    PUBLISHED = "PUBLISHED", pgettext_lazy("dataset", "上架")
    WITHDRAWN = "WITHDRAWN", pgettext_lazy("dataset", "下架")
    BROUGHT_BACK = "BROUGHT_BACK", pgettext_lazy("dataset", "重新上架")
    IMPORTED = "IMPORTED", pgettext_lazy("dataset", "由清單匯入")
    VERSION = "VERSION", pgettext_lazy("dataset", "上傳新版本")


class TableState(models.TextChoices):
    """How far a version's file was read as a table."""

    NONE = "NONE", _("不是表格")
    WAITING = "WAITING", _("讀取中")
    READ = "READ", _("已讀成表格")
    REFUSED = "REFUSED", _("無法讀取")
    ASKS = "ASKS", _("欄位變更待確認")


OFFERED = (TableState.NONE, TableState.READ)
"""A version that stands so is the public's; any other waits, and the one before it is offered still."""


class Frequency(models.TextChoices):
    """更新頻率, as declared."""

    REALTIME = "REALTIME", pgettext_lazy("frequency", "即時")
    DAILY = "DAILY", pgettext_lazy("frequency", "每日")
    WEEKLY = "WEEKLY", pgettext_lazy("frequency", "每週")
    MONTHLY = "MONTHLY", pgettext_lazy("frequency", "每月")
    QUARTERLY = "QUARTERLY", pgettext_lazy("frequency", "每季")
    HALF_YEARLY = "HALF_YEARLY", pgettext_lazy("frequency", "每半年")
    YEARLY = "YEARLY", pgettext_lazy("frequency", "每年")
    IRREGULAR = "IRREGULAR", pgettext_lazy("frequency", "不定期")


class DatasetKind(models.TextChoices):
    """資料集類型 of the national metadata."""

    RAW = "rawData", _("原始資料")
    SERVICE = "services", _("網路服務")
    TOOL = "tools", _("工具軟體")


class ResourceKind(models.TextChoices):
    """What a resource is: bytes that we keep in versions, an address elsewhere, or the latest value at one address."""

    FILE = "FILE", pgettext_lazy("resource", "檔案")
    LINK = "LINK", pgettext_lazy("resource", "連結或介接服務")
    LIVE = "LIVE", pgettext_lazy("resource", "即時資料")


MOVES: dict[Step, tuple[frozenset[State], State]] = {
    Step.SUBMITTED: (frozenset({State.DRAFT}), State.AGENCY_REVIEW),
    Step.AGREED: (frozenset({State.AGENCY_REVIEW}), State.COMMISSION_REVIEW),
    Step.SENT_BACK: (frozenset({State.AGENCY_REVIEW, State.COMMISSION_REVIEW}), State.DRAFT),
    Step.PUBLISHED: (frozenset({State.COMMISSION_REVIEW}), State.PUBLISHED),
    Step.WITHDRAWN: (frozenset({State.PUBLISHED}), State.WITHDRAWN),
    Step.BROUGHT_BACK: (frozenset({State.WITHDRAWN}), State.PUBLISHED),
}
"""From where each step leads, and where to."""
