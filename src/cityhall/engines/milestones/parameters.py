"""Dated thresholds of controlled plans: each with its source, changed by the commission, never in code."""

from datetime import date

from django.utils.translation import gettext_lazy as _

from cityhall.engines.rules.services import declare

SINCE = date(2015, 1, 1)
SOURCE = "本府重大建設計畫專案檢討作業"

declare("milestones.lock_day", 10, unit=_("日"), since=SINCE, source=SOURCE,
        label=_("列管計畫：上個月的進度最晚填到每月幾日，隔天鎖定"))  # fmt: skip
declare("milestones.late_months", 2, unit=_("個月"), since=SINCE, source=SOURCE,
        label=_("列管計畫：檢核點逾期幾個月，列為異常"))  # fmt: skip
declare("milestones.behind_points", 20, unit=_("個百分點"), since=SINCE, source=SOURCE,
        label=_("列管計畫：工程進度落後幾個百分點，列為異常"))  # fmt: skip
declare("milestones.behind_months", 3, unit=_("個月"), since=SINCE, source=SOURCE,
        label=_("列管計畫：工程進度連續落後幾個月，列為異常"))  # fmt: skip
declare("milestones.missing_counts", 0, unit=_("1是、0否"), since=SINCE, source="本系統預設值",
        label=_("列管計畫：計算連續落後時，未填報的月份是否算落後"))  # fmt: skip
declare("milestones.failed_tenders", 3, unit=_("次"), since=SINCE, source=SOURCE,
        label=_("列管計畫：同一標案累計流標幾次，列為異常"))  # fmt: skip
declare("milestones.stopped_months", 2, unit=_("個月"), since=SINCE, source=SOURCE,
        label=_("列管計畫：停工達幾個月，列為異常"))  # fmt: skip
