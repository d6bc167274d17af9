"""Dated parameters of the FAQ base."""

from datetime import date

from django.utils.translation import gettext_lazy as _

from cityhall.engines.rules.services import declare

SINCE = date(2015, 1, 1)
SOURCE = "本系統預設值"

declare("faq.review_days", 365, unit=_("天"), since=SINCE, source=SOURCE,
        label=_("常見問題：確認過之後，幾天內再確認一次"))  # fmt: skip
declare("faq.ending_days", 14, unit=_("天"), since=SINCE, source=SOURCE,
        label=_("常見問題：適用期間結束前幾天提醒機關"))  # fmt: skip
declare("faq.proposal_count", 2, unit=_("次"), since=SINCE, source=SOURCE,
        label=_("常見問題：沒有答案的同類問題有幾次，就列為新增建議"))  # fmt: skip
