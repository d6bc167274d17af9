"""The checklist that field verifications of works share: progress, quality, site."""

from django.utils.translation import gettext_lazy as _

from .registry import Line, Sheet

WORKS = (
    Sheet("progress", _("施工進度"), (
        Line("on_plan", _("實際進度和填報的相符")),
        Line("behind", _("落後的原因與趕工作法說得清楚")),
        Line("people", _("人力、機具與材料足夠")),
    )),
    Sheet("quality", _("施工品質"), (
        Line("as_drawn", _("照圖說與規範施作")),
        Line("tested", _("檢驗與試驗紀錄齊全")),
        Line("flaws", _("沒有裂縫、滲水、蜂窩等缺失")),
    )),
    Sheet("site", _("施工環境"), (
        Line("safe", _("安全護欄、警示與交通維持良好")),
        Line("clean", _("工區整潔，沒有揚塵與積水")),
        Line("informed", _("工程告示牌完整，附近住戶知道")),
    )),
)  # fmt: skip
