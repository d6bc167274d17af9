"""From which total budget on a project can be listed: dated, each with its source, changed by the commission."""

from datetime import date

from django.utils.translation import gettext_lazy as _

from cityhall.engines.rules.services import declare

SINCE = date(2015, 1, 1)
SOURCE = "本府重大建設計畫列管作業"

declare("projects.threshold_works", 30_000_000, unit=_("元"), since=SINCE, source=SOURCE,
        label=_("列管計畫：工程類計畫總預算達多少，可列為府列管"))  # fmt: skip
declare("projects.threshold_other", 10_000_000, unit=_("元"), since=SINCE, source=SOURCE,
        label=_("列管計畫：非工程類計畫總預算達多少，可列為府列管"))  # fmt: skip
declare("projects.withdrawal_months", 2, unit=_("個月"), since=SINCE, source="本系統預設值",
        label=_("列管計畫：申請撤銷列管，最晚要在計畫結束前幾個月提出"))  # fmt: skip
