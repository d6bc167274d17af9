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


class Check(models.TextChoices):
    """品質檢測: what the national platform checks of each dataset, in its order and under its names."""

    LINK = "linkable", _("連結有效")
    DOWNLOAD = "downloadable", _("可直接取得")
    STRUCTURE = "structure", _("結構化")
    ENCODING = "encoding_match", _("編碼相符")
    DESCRIPTION = "desc_match", _("欄位說明相符")
    CSV = "csv", _("提供 CSV")


class Trouble(models.TextChoices):
    """Why a check is not passed: with the resource and what was found there."""

    NOTHING = "NOTHING", _("沒有可以取得的資源。")
    NO_BYTES = "NO_BYTES", _("「%(name)s」沒有可以下載的檔案。")
    BAD_ADDRESS = "BAD_ADDRESS", _("「%(name)s」的網址寫法不對。")
    OWN_NETWORK = "OWN_NETWORK", _("「%(name)s」的網址在內部網路，民眾連不到。")
    NOT_REACHED = "NOT_REACHED", _("「%(name)s」的網址連不上。")
    NO_ANSWER = "NO_ANSWER", _("「%(name)s」的網址沒有在時限內回應。")
    STATUS = "STATUS", _("「%(name)s」的網址回應錯誤（%(detail)s）。")
    WANDERS = "WANDERS", _("「%(name)s」的網址轉址太多次。")
    TOO_LARGE = "TOO_LARGE", _("「%(name)s」超過可以取回的大小。")
    EMPTY = "EMPTY", _("「%(name)s」的檔案是空的。")
    UNREAD = "UNREAD", _("「%(name)s」不是程式可以讀的表格或結構化格式。")
    OTHER_ENCODING = "OTHER_ENCODING", _("「%(name)s」實際的編碼是%(detail)s，和宣告的不同。")
    UNDESCRIBED = "UNDESCRIBED", _("「%(name)s」有欄位沒有說明：%(detail)s。")
    ABSENT = "ABSENT", _("說明了、資料裡卻沒有的欄位：%(detail)s。")
    NO_CSV = "NO_CSV", _("沒有 CSV，也沒有可以轉成 CSV 的表格。")
    NOT_ALLOWED = "NOT_ALLOWED", _("「%(name)s」的主機不在允許擷取的清單裡。")


class Every(models.TextChoices):
    """How often an address is fetched."""

    DAILY = "DAILY", pgettext_lazy("frequency", "每日")
    WEEKLY = "WEEKLY", pgettext_lazy("frequency", "每週")
    MONTHLY = "MONTHLY", pgettext_lazy("frequency", "每月")


class Fetched(models.TextChoices):
    """What came of fetching."""

    NEW = "NEW", _("有新版本")
    SAME = "SAME", _("內容相同")
    FAILED = "FAILED", _("擷取失敗")


class RequestState(models.TextChoices):
    """Where a request for data stands."""

    UNCONFIRMED = "UNCONFIRMED", pgettext_lazy("data request", "待驗證")
    RECEIVED = "RECEIVED", pgettext_lazy("data request", "待審閱")
    OPEN = "OPEN", pgettext_lazy("data request", "機關處理中")
    ANSWERED = "ANSWERED", pgettext_lazy("data request", "已答復")
    DECLINED = "DECLINED", pgettext_lazy("data request", "未公開")
    MERGED = "MERGED", pgettext_lazy("data request", "已併入其他需求")


SHOWN_REQUESTS = (RequestState.OPEN, RequestState.ANSWERED)
"""What everybody sees of requests."""


class Outcome(models.TextChoices):
    """What an agency answers to a request for data."""

    OPENED = "OPENED", pgettext_lazy("data request", "已開放")
    PLANNED = "PLANNED", pgettext_lazy("data request", "將開放")
    REFUSED = "REFUSED", pgettext_lazy("data request", "無法開放")


class ShowcaseState(models.TextChoices):
    """Where a showcase stands."""

    UNCONFIRMED = "UNCONFIRMED", pgettext_lazy("showcase", "待驗證")
    PROPOSED = "PROPOSED", pgettext_lazy("showcase", "待審核")
    SHOWN = "SHOWN", pgettext_lazy("showcase", "已公開")
    DECLINED = "DECLINED", pgettext_lazy("showcase", "未公開")


class ContestKind(models.TextChoices):
    """What kind of competition it is: made on the spot, or handed in."""

    HACKATHON = "HACKATHON", pgettext_lazy("contest", "黑客松")
    APPS = "APPS", pgettext_lazy("contest", "應用競賽")


class TeamState(models.TextChoices):
    """Where a team stands."""

    UNCONFIRMED = "UNCONFIRMED", pgettext_lazy("team", "待驗證")
    IN = "IN", pgettext_lazy("team", "參賽")
    WITHDRAWN = "WITHDRAWN", pgettext_lazy("team", "退出")


class WorkForm(models.TextChoices):
    """What a work is."""

    APP = "APP", pgettext_lazy("work", "行動應用程式")
    WEB = "WEB", pgettext_lazy("work", "網頁")
    OTHER = "OTHER", pgettext_lazy("work", "其他")


class WorkState(models.TextChoices):
    """Where a work stands."""

    HANDED_IN = "HANDED_IN", pgettext_lazy("work", "待檢核")
    ACCEPTED = "ACCEPTED", pgettext_lazy("work", "通過檢核")
    SENT_BACK = "SENT_BACK", pgettext_lazy("work", "退回修改")


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
