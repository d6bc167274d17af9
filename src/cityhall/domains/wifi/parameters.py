"""Dated parameters of public wireless access: each with its source, changed by the commission, never in code."""

from datetime import date

from django.utils.translation import gettext_lazy as _

from cityhall.engines.rules.services import declare

declare("wifi.mbps", 1, unit="Mbps", since=date(2015, 1, 1), source="本府免費無線上網服務",
        label=_("免費無線上網：每人使用的頻寬"))  # fmt: skip
