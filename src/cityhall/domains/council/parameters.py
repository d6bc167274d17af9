"""Dated parameters of council cases: each with its source, changed by the commission, never in code."""

from datetime import date

from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from cityhall.engines.rules.services import declare

SINCE = date(2015, 1, 1)
SOURCE = "本府議會案件列管原則"
KINDS = [
    gettext_noop("總質詢"), gettext_noop("業務質詢"), gettext_noop("書面質詢"), gettext_noop("議決案"),
    gettext_noop("附帶決議"), gettext_noop("臨時動議"), gettext_noop("議員提案"),
]  # fmt: skip

declare("council.item_kinds", KINDS, unit="", since=SINCE, kind="list", source=SOURCE,
        label=_("議會案件：案件類別"))  # fmt: skip
declare("council.reply_days", 7, unit=_("天"), since=SINCE, source=SOURCE,
        label=_("議會案件：列管後幾天內函復議會和議員"))  # fmt: skip
declare("council.report_months", 3, unit=_("個月"), since=SINCE, source=SOURCE,
        label=_("議會案件：繼續追蹤的每幾個月回報一次"))  # fmt: skip
declare("council.districts_since", "2017-01-01", unit="", since=SINCE, kind="text", source="106年起區公所辦理的會勘納入統計",
        label=_("議會案件：區公所的會勘自哪一天起納入"))  # fmt: skip
declare("council.inspection_days", 10, unit=_("天"), since=SINCE, source="本系統預設值",
        label=_("議會案件：每月幾日前登錄上個月的會勘"))  # fmt: skip
declare("council.link_minutes", 30, unit=_("分鐘"), since=SINCE, source="本系統預設值",
        label=_("議會案件：查詢連結寄出後幾分鐘內有效"))  # fmt: skip
declare("council.look_hours", 8, unit=_("小時"), since=SINCE, source="本系統預設值",
        label=_("議會案件：用連結打開查詢後幾小時內不必再寄"))  # fmt: skip
declare("council.resolution_kinds", ["議決案", "附帶決議", "臨時動議", "議員提案"], unit="", since=SINCE, kind="list", source=SOURCE,
        label=_("議會案件：會前報告裡算議決案的類別"))  # fmt: skip
declare("council.alike_percent", 35, unit="%", since=SINCE, source="本系統預設值",
        label=_("議會案件：文字相似到多少就列為類似案件"))  # fmt: skip
