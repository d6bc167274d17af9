"""Events of petitions, beyond those of their cases."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cityhall.engines.audit.catalogue import declare

declare(
    {
        "petition.code_sent": _("寄出驗證碼"),
        "petition.called": _("電話驗證"),
        "petition.draft_sent": _("寄出草稿連結"),
        "petition.alerted": _("危險通報"),
        "petition.alert_handled": _("通報處理結果"),
        "petition.category_set": _("判定類別"),
        "petition.handed_over": _("移交承辦案件"),
        "petition.category_added": _("新增案件類別"),
        "petition.category_retired": _("停用案件類別"),
        "petition.category_changed": _("修改案件類別"),
        "petition.category_revived": _("恢復案件類別"),
        "petition.term_withdrawn": _("撤回類別時限"),
        "petition.question_changed": _("修改類別題目"),
        "petition.question_moved": _("調整類別題目順序"),
        "petition.question_retired": _("停用類別題目"),
        "petition.template_retired": _("停用回復範本"),
        "petition.term_set": _("設定類別時限"),
        "petition.question_added": _("新增類別題目"),
        "petition.words_added": _("新增關鍵詞規則"),
        "petition.routing_added": _("新增派案規則"),
        "petition.rule_ended": _("停用規則"),
        "petition.rule_changed": _("訂新版規則"),
        "petition.rule_revived": _("規則恢復使用"),
        "petition.rule_withdrawn": _("撤回尚未生效的規則"),
        "petition.rules_exported": _("匯出派案規則"),
        "petition.template_added": _("新增回復範本"),
        "petition.upload_link_made": _("請廠商上傳照片"),
        "petition.upload_link_used": _("廠商上傳照片"),
        "petition.printed": _("列印案件單"),
        "petition.restriction_proposed": pgettext_lazy("event", "提報列管"),
        "petition.restriction_approved": pgettext_lazy("event", "核定列管"),
        "petition.restriction_returned": pgettext_lazy("event", "退回提報"),
        "petition.restriction_begun": _("列管開始"),
        "petition.restriction_expired": _("列管期滿"),
        "petition.restriction_lifted": pgettext_lazy("event", "解除列管"),
        "petition.restriction_reviewed": pgettext_lazy("event", "檢討列管"),
        "petition.restriction_appealed": pgettext_lazy("event", "登錄申訴"),
        "petition.restriction_appeal_granted": _("申訴有理由，解除列管"),
        "petition.restriction_appeal_refused": _("申訴無理由，維持列管"),
        "petition.restrictions_exported": _("匯出列管名冊"),
        "petition.exported": _("匯出陳情清冊"),
        "petition.statistics_exported": _("匯出陳情統計"),
        "petition.forgotten": _("清除未驗證反映的個人資料"),
    }
)
