"""Events of public wireless access."""

from django.utils.translation import gettext_lazy as _

from cityhall.engines.audit.catalogue import declare

declare(
    {
        "wifi.exported": _("下載無線上網熱點清單"),
        "wifi.outages_exported": _("下載熱點中斷紀錄"),
        "wifi.hotspot_added": _("登錄無線上網熱點"),
        "wifi.hotspot_changed": _("修改無線上網熱點"),
        "wifi.list_imported": _("匯入無線上網熱點清單"),
        "wifi.outage_ended": _("登錄熱點恢復"),
        "wifi.outage_recorded": _("登錄熱點中斷"),
        "wifi.outages_imported": _("匯入熱點中斷紀錄"),
        "wifi.people_imported": _("匯入村里人口"),
        "wifi.proposals_exported": _("下載設點建議"),
        "wifi.state_recorded": _("登錄熱點的狀態"),
    }
)
