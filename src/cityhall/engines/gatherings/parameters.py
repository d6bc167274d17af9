"""Dated parameters of gatherings."""

from datetime import date

from django.utils.translation import gettext_lazy as _

from cityhall.engines.rules.services import declare

SINCE = date(2015, 1, 1)

declare("gatherings.minutes_working_days", 7, unit=_("工作天"), since=SINCE, source="本系統預設值",
        label=_("會議與訪查：辦理後幾個工作天內發紀錄"))  # fmt: skip
declare("gatherings.outcome_days", 30, unit=_("天"), since=SINCE, source="本系統預設值",
        label=_("會議與訪查：裁示、建議與缺失，預設幾天內辦理"))  # fmt: skip
declare("gatherings.guest_days", 1825, unit=_("天"), since=SINCE, source="本系統預設值",
        label=_("會議與訪查：來賓的姓名與電子郵件，辦理後保存幾天"))  # fmt: skip
