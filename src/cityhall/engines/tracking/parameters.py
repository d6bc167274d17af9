"""Dated parameters of tracking: each with its source, changed by the commission, never in code."""

from datetime import date

from django.utils.translation import gettext_lazy as _

from cityhall.engines.rules.services import declare

SINCE = date(2015, 1, 1)
SOURCE = "本府議會案件列管原則"

declare("tracking.reply_days", 7, unit=_("天"), since=SINCE, source=SOURCE,
        label=_("列管事項：列管後幾天內函復"))  # fmt: skip
declare("tracking.report_months", 3, unit=_("個月"), since=SINCE, source=SOURCE,
        label=_("列管事項：繼續追蹤的每幾個月回報一次"))  # fmt: skip
