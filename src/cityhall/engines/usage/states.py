"""The words of counted use: what becomes of a batch, how it speaks of its days, and who asked."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class BatchState(models.TextChoices):
    """What has become of a batch."""

    READING = "READING", pgettext_lazy("usage", "讀取中")
    COUNTS = "COUNTS", _("已計入")
    REPLACED = "REPLACED", _("已被更正")
    REFUSED = "REFUSED", pgettext_lazy("usage", "無法匯入")


class Mode(models.TextChoices):
    """How a batch speaks of its days."""

    OWN = "OWN", _("系統自行計數")
    REPORT = "REPORT", _("整期資料")
    ADDITION = "ADDITION", _("補送資料")


class Mark(models.TextChoices):
    """Who asked, where it was nobody whose use is counted: such events are kept apart."""

    NOBODY = "", _("一般使用")
    ROBOT = "robot", _("自動程式")
    HEALTH = "health", _("健康檢查")
    OWN = "own", _("本站頁面自動呼叫")


class Why(models.TextChoices):
    """Why a row of a batch is refused."""

    COLUMNS = "columns", _("欄數和標題列不同。")
    DAY = "day", _("看不懂日期。請寫成 2016-08-01 或 105/8/1。")
    FUTURE = "future", _("日期在今天之後。")
    PERIOD = "period", _("日期不在這一批填寫的期間內。")
    HOUR = "hour", _("時要是0到23的整數。")
    COUNT = "count", _("次數要是0或以上的整數。")
    ACT = "act", _("使用方式只能用小寫英文字母、數字和 . _ -，最多40個字。")
    UNKNOWN = "unknown", _("這個資料來源沒有這種使用方式。")
    WORD = "word", _("使用者類別和對象類別只能用小寫英文字母、數字和 . _ -，最多40個字。")
    LONG = "long", _("內容太長：對象最多120個字，地點最多40個字。")
    PERSONAL = "personal", _("內容像是個人資料（身分證號、電話或電子郵件）。使用紀錄不能有個人資料。")
