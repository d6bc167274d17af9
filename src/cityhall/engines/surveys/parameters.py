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
