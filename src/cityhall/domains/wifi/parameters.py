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
for key, value, label in (
    ("people", 50, _("免費無線上網設點：居住人口的權重")),
    ("visits", 30, _("免費無線上網設點：附近使用量的權重")),
    ("requests", 20, _("免費無線上網設點：民眾反映的權重")),
):
    declare(
        f"wifi.weight_{key}", value, unit="", since=date(2015, 1, 1), source="本府免費無線上網設點評估", label=label
    )
declare("wifi.reach_metres", 500, unit=_("公尺"), since=date(2015, 1, 1), source="本府免費無線上網設點評估",
        label=_("免費無線上網設點：多遠以內算已經有熱點"))  # fmt: skip
declare("wifi.around_metres", 1500, unit=_("公尺"), since=date(2015, 1, 1), source="本府免費無線上網設點評估",
        label=_("免費無線上網設點：看多遠以內熱點的使用量"))  # fmt: skip
