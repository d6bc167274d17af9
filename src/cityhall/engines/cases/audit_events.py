"""Events of cases; the moves are those of the table in `states`."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cityhall.engines.audit.catalogue import declare

declare(
    {
        "case.received": _("收件"),
        "case.confirmed": _("驗證完成，成案"),
        "case.expired": _("逾期未驗證"),
        "case.sent_to_desk": _("送分文人員派案"),
        "case.dispatched": _("派案"),
        "case.returned": pgettext_lazy("state", "退回改分"),
        "case.recalled": _("收回重新派案"),
        "case.handed_back": _("退回研考窗口"),
        "case.accepted": _("分辦"),
        "case.reassigned": _("改派承辦人"),
        "case.co_handler_added": _("加協辦"),
        "case.copied": _("副知"),
        "case.co_handler_answered": _("協辦回覆意見"),
        "case.asked_citizen": _("請民眾補正"),
        "case.citizen_answered": _("民眾已補正"),
        "case.noted": _("內部備註"),
        "case.facts_added": _("補充"),
        "case.urged": _("催辦"),
        "case.work_started": _("開始辦理"),
        "case.submitted": _("陳核"),
        "case.reply_sent_back": pgettext_lazy("state", "退回修改"),
        "case.first_replied": _("初步回復"),
        "case.replied": _("正式回復"),
        "case.closed": _("結案"),
        "case.rated": _("民眾評分"),
        "case.reopen_asked": _("申請重新處理"),
        "case.reopened": _("同意重新處理"),
        "case.reopen_refused": _("不同意重新處理"),
        "case.withdrawn": _("撤案"),
        "case.merged": pgettext_lazy("state", "併案"),
        "case.joined_along": _("隨主案一起併案"),
        "case.joined_facts_added": _("併案的民眾補充"),
        "case.gathered": _("列入事件"),
        "case.ungathered": _("移出事件"),
        "case.supported": _("民眾附議"),
        "case.support_ended": _("民眾取消附議"),
        "case.unmerged": _("取消併案"),
        "case.transferred": pgettext_lazy("state", "移送府外機關"),
        "case.to_ethics": pgettext_lazy("state", "轉政風"),
        "case.from_ethics": pgettext_lazy("state", "政風機關送回"),
        "case.came_back": _("府外機關退回"),
        "case.not_processed": _("不予處理"),
        "case.taken_up": _("重新受理"),
        "case.split": pgettext_lazy("state", "拆案"),
        "case.split_from": _("由原案拆出"),
        "case.unsplit": _("改回一件處理"),
        "case.rejoined": _("併回原案"),
    }
)
