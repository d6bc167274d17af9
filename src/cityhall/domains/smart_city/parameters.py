"""Dated parameters of the smart-city programme: each with its source, changed by the commission, never in code."""

from datetime import date

from django.utils.translation import gettext_lazy as _

from cityhall.engines.rules.services import declare

SINCE = date(2015, 1, 1)
SOURCE = "本府智慧城市旗艦計畫"

declare("smart_city.first_year", 2016, unit=_("年"), since=SINCE, source=SOURCE,
        label=_("智慧城市：計畫從哪一年開始（西元）"))  # fmt: skip
declare("smart_city.last_year", 2019, unit=_("年"), since=SINCE, source=SOURCE,
        label=_("智慧城市：計畫到哪一年結束（西元）"))  # fmt: skip
