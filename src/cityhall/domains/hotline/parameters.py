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
