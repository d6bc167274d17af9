"""Dated rules of counted use: each with its source, changed by the commission, never in code."""

from datetime import date

from django.utils.translation import gettext_lazy as _

from cityhall.engines.rules.services import declare

SINCE = date(2015, 1, 1)
SOURCE = "個人資料保護法第5條、第11條；本府使用統計作業規定"

declare("usage.least_count", 3, unit=_("次"), since=SINCE, source=SOURCE,
        label=_("使用統計：分地點或小群體時，少於幾次就不公開"))  # fmt: skip
declare("usage.address_days", 90, unit=_("天"), since=SINCE, source=SOURCE,
        label=_("使用統計：截短的網路位址保留幾天"))  # fmt: skip
declare("usage.keep_days", 3653, unit=_("天"), since=SINCE, source=SOURCE,
        label=_("使用統計：逐筆紀錄保留幾天（每日合計一直留著）"))  # fmt: skip
declare("usage.replaced_days", 731, unit=_("天"), since=SINCE, source=SOURCE,
        label=_("使用統計：被更正的批次，逐筆紀錄再留幾天"))  # fmt: skip
declare("usage.late_days", 45, unit=_("天"), since=SINCE, source=SOURCE,
        label=_("使用統計：期間結束幾天以後才送到，算遲到"))  # fmt: skip
declare(
    "usage.robots",
    ["bot", "spider", "crawl", "slurp", "curl/", "wget/", "python-urllib", "scrapy", "headlesschrome", "monitor"],
    unit=_("字"), since=SINCE, source=SOURCE, kind="list",
    label=_("使用統計：瀏覽器名稱裡有這些字，算自動程式"),
)  # fmt: skip
