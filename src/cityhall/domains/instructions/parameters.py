"""Dated parameters of instructions: each with its source, changed by the commission, never in code."""

from datetime import date

from django.utils.translation import gettext_lazy as _

from cityhall.engines.rules.services import declare

SINCE = date(2015, 1, 1)
SOURCE = "本系統預設值"

declare("instructions.reply_days", 14, unit=_("天"), since=SINCE, source=SOURCE,
        label=_("市長交辦事項、市政會議裁示：列管後幾天內函復"))  # fmt: skip
declare("instructions.report_months", 1, unit=_("個月"), since=SINCE, source=SOURCE,
        label=_("市長交辦事項、市政會議裁示：繼續追蹤的每幾個月回報一次"))  # fmt: skip
