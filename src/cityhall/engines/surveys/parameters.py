"""Dated parameters of the surveys."""

from datetime import date

from django.utils.translation import gettext_lazy as _

from cityhall.engines.rules.registry import declare

declare(
    "surveys.agency",
    "rdec",
    unit=_("機關代碼"),
    since=date(2014, 12, 25),
    source="調查結果的追蹤由研考會辦理",
    label=_("處理民意調查不滿意填答的機關"),
    kind="text",
)
declare(
    "surveys.remind_days",
    5,
    unit=_("天"),
    since=date(2014, 12, 25),
    source="本系統預設值",
    label=_("寄出填答邀請後幾天沒有回覆就提醒一次（0是不提醒）"),
)
