"""Events of the text service."""

from django.utils.translation import gettext_lazy as _

from cityhall.engines.audit.catalogue import declare

declare(
    {
        "chat.answered": _("回復文字客服的留言"),
        "chat.begun": _("開始文字對談"),
        "chat.called": _("民眾請客服人員接談"),
        "chat.canned_added": _("新增常用回覆"),
        "chat.canned_retired": _("停用常用回覆"),
        "chat.closed": _("結束文字對談"),
        "chat.exported": _("匯出自動回答"),
        "chat.forgotten": _("移除過了保存期限的對談"),
        "chat.handed_over": _("文字對談轉給同事"),
        "chat.left": _("民眾在文字客服留言"),
        "chat.left_exported": _("匯出文字客服的留言"),
        "chat.looked_at": _("調閱文字對談"),
        "chat.operator_came": _("客服人員上線"),
        "chat.operator_went": _("客服人員離線"),
        "chat.reopened": _("接著談"),
        "chat.reviewed": _("抽查自動回答"),
        "chat.taken": _("客服人員接談"),
        "chat.transcript_sent": _("寄出對談內容"),
    }
)
