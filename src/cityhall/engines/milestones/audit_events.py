"""Events of controlled plans."""

from django.utils.translation import gettext_lazy as _

from cityhall.engines.audit.catalogue import declare

declare(
    {
        "milestones.plan_opened": _("開始列管一個計畫"),
        "milestones.plan_ended": _("計畫結束列管"),
        "milestones.baseline_set": _("核定新的基準計畫"),
        "milestones.met": _("登錄檢核點的完成日"),
        "milestones.month_reported": _("填報列管計畫的月進度"),
        "milestones.month_corrected": _("更正已鎖定月份的進度"),
        "milestones.month_reopened": _("重新開放已鎖定的月份"),
        "milestones.tender_held": _("登錄開標結果"),
        "milestones.contract_signed": _("登錄契約"),
        "milestones.contract_changed": _("登錄契約變更"),
        "milestones.stopped": _("登錄停工"),
        "milestones.resumed": _("登錄復工"),
        "milestones.land_set": _("登錄用地取得情形"),
        "milestones.coordination_asked": _("請求跨機關協調"),
        "milestones.coordination_settled": _("跨機關協調已解決"),
        "milestones.evaluated": _("判定一個月的異常計畫"),
        "milestones.hit_cleared": _("解除一項異常"),
    }
)
