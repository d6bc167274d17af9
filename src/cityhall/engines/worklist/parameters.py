"""Dated parameters of the to-do list."""

from datetime import date

from django.utils.translation import gettext_lazy as _

from cityhall.engines.rules.services import declare

declare("worklist.digest_days", 2, unit=_("個上班日"), since=date(2015, 1, 1), source="本系統預設值",
        label=_("每日提醒信：列出幾個上班日以內到期的待辦"))  # fmt: skip
