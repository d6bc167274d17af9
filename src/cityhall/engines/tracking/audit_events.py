"""Events of listed items."""

from django.utils.translation import gettext_lazy as _

from cityhall.engines.audit.catalogue import declare

declare(
    {
        "tracking.asked": _("請機關回報列管事項"),
        "tracking.duty_ended": _("結束機關在列管事項的分工"),
        "tracking.duty_given": _("列管事項分工給機關"),
        "tracking.exported": _("下載列管事項的清單"),
        "tracking.imported": _("由檔案匯入列管事項"),
        "tracking.listed": _("列管一件事項"),
        "tracking.replied": _("機關函復列管事項"),
        "tracking.reviewed": _("審核列管事項的函復"),
        "tracking.ruled": _("列管決定"),
        "tracking.succeeded": _("列管事項移到承接機關"),
    }
)
