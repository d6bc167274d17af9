"""Dated parameters of incoming mail."""

from datetime import date

from django.utils.translation import gettext_lazy as _

from cityhall.engines.rules.services import declare

declare(
    "mailbox.rate_hour", 20, unit=_("封"), since=date(2016, 8, 1), source="本系統預設值",
    label=_("同一寄件人一小時內超過幾封來信就先擱著"),
)  # fmt: skip
declare(
    "mailbox.quiet_minutes", 15, unit=_("分鐘"), since=date(2016, 8, 1), source="本系統預設值",
    label=_("多久沒有成功收信就提醒維運人員"),
)  # fmt: skip
declare(
    "mailbox.kept_days", 180, unit=_("天"), since=date(2016, 8, 1), source="個人資料保護法第 11 條",
    label=_("自動信、退信和不處理的來信，幾天後清除內容"),
)  # fmt: skip
