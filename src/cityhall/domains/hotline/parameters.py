"""Dated parameters of the hotline: each with its source, changed by the commission, never in code."""

from datetime import date

from django.utils.translation import gettext_lazy as _

from cityhall.engines.rules.services import declare

SINCE = date(2015, 1, 1)
SOURCE = "本府1999話務服務水準"

declare("hotline.answer_seconds", 20, unit=_("秒"), since=SINCE, source=SOURCE,
        label=_("1999：幾秒以內接聽算及時"))  # fmt: skip
declare("hotline.short_seconds", 5, unit=_("秒"), since=SINCE, source="本系統預設值",
        label=_("1999：不到幾秒就掛斷算短時放棄"))  # fmt: skip
declare("hotline.repeat_hours", 24, unit=_("小時"), since=SINCE, source="本系統預設值",
        label=_("1999：幾小時內同一支電話再打來算重複來電"))  # fmt: skip
declare("hotline.resolved_days", 3, unit=_("天"), since=SINCE, source="本系統預設值",
        label=_("1999：接聽後幾天內沒有再打來算一次解決"))  # fmt: skip
declare("hotline.after_call_seconds", 22, unit=_("秒"), since=SINCE, source="本系統預設值",
        label=_("1999：每通話後整理要幾秒"))  # fmt: skip
declare("hotline.service_target", 90, unit="%", since=SINCE, source=SOURCE,
        label=_("1999：及時接聽率要達到百分之幾"))  # fmt: skip
declare("hotline.shrinkage_percent", 30, unit="%", since=SINCE, source="本系統預設值",
        label=_("1999：排班時間有百分之幾不在線上（休息、訓練、請假）"))  # fmt: skip
