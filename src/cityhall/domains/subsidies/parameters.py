"""The days of a year's subsidised projects: dated, each with its source, changed by the commission."""

from datetime import date

from django.utils.translation import gettext_lazy as _

from cityhall.engines.rules.services import declare

SINCE = date(2015, 1, 1)
SOURCE = "桃園市政府一般性補助款基本設施補助計畫管制考核要點"

declare("subsidies.allocation_day", 229, unit=_("月日"), since=SINCE, source=SOURCE,
        label=_("一般性補助款：分配預算表送國發會的期限（月日，2月底是229）"))  # fmt: skip
declare("subsidies.list_day", 315, unit=_("月日"), since=SINCE, source=SOURCE,
        label=_("一般性補助款：國發會建立計畫清單的日子（月日）"))  # fmt: skip
declare("subsidies.plan_day", 320, unit=_("月日"), since=SINCE, source=SOURCE,
        label=_("一般性補助款：主辦機關填報工作計畫的期限（月日）"))  # fmt: skip
declare("subsidies.close_months", 2, unit=_("個月"), since=SINCE, source="本系統預設值",
        label=_("一般性補助款：受補助年度結束後，最晚幾個月內結案"))  # fmt: skip
