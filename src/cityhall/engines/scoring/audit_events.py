"""Events of scoring schemes and evaluations."""

from django.utils.translation import gettext_lazy as _

from cityhall.engines.audit.catalogue import declare

declare(
    {
        "evaluation.assessed": _("機關自評"),
        "evaluation.begun": _("開始評核"),
        "evaluation.closed": _("評定結果"),
        "evaluation.exported": _("匯出評核結果"),
        "evaluation.judged": _("評審委員評分"),
        "evaluation.measured": _("重新計算評核的項目"),
        "evaluation.recused": _("評審委員迴避"),
        "evaluation.reopened": _("重新開啟評核"),
        "evaluation.results_sent": _("函送評核結果"),
        "evaluation.step_ended": _("結束評核的步驟"),
        "scoring.scheme_set": _("訂新版評分制度"),
        "scoring.scheme_taken_back": _("撤回還沒施行的評分制度"),
    }
)
