"""Events of the smart-city programme."""

from django.utils.translation import gettext_lazy as _

from cityhall.engines.audit.catalogue import declare

declare(
    {
        "smart_city.award_entered": _("登錄智慧城市評比"),
        "smart_city.evidence_added": _("新增評比佐證"),
        "smart_city.evidence_withdrawn": _("撤回評比佐證"),
        "smart_city.exported": _("下載智慧城市子計畫的清單"),
        "smart_city.indicator_added": _("新增子計畫的指標"),
        "smart_city.result_recorded": _("登錄評比結果"),
        "smart_city.values_set": _("登錄指標的數值"),
    }
)
