"""Dated parameters of public wireless access: each with its source, changed by the commission, never in code."""

from datetime import date

from django.utils.translation import gettext_lazy as _

from cityhall.engines.rules.services import declare

declare("wifi.mbps", 1, unit="Mbps", since=date(2015, 1, 1), source="本府免費無線上網服務",
        label=_("免費無線上網：每人使用的頻寬"))  # fmt: skip
declare("wifi.fault_category", "public_wifi", unit="", since=date(2015, 1, 1), source="本府陳情案件作業規定", kind="text",
        label=_("免費無線上網：報修案件的類別代碼"))  # fmt: skip
declare("wifi.alarm_hours", 24, unit=_("小時"), since=date(2015, 1, 1), source="本府免費無線上網維運契約",
        label=_("免費無線上網：中斷多久要通知維護機關"))  # fmt: skip
declare("wifi.idle_sessions", 60, unit=_("人次／月"), since=date(2015, 1, 1), source="本府免費無線上網服務",
        label=_("免費無線上網：一個月不到多少人次算少人使用"))  # fmt: skip
