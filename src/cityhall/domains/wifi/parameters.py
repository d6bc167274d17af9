"""Dated parameters of public wireless access: each with its source, changed by the commission, never in code."""

from datetime import date

from django.utils.translation import gettext_lazy as _

from cityhall.engines.rules.services import declare

declare("wifi.mbps", 1, unit="Mbps", since=date(2015, 1, 1), source="本府免費無線上網服務",
        label=_("免費無線上網：每人使用的頻寬"))  # fmt: skip
declare("wifi.fault_category", "public_wifi", unit="", since=date(2015, 1, 1), source="本府陳情案件作業規定", kind="text",
        label=_("免費無線上網：報修案件的類別代碼"))  # fmt: skip
