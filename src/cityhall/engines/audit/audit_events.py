"""Events of the trail itself, and of the outbox, which does not know the trail."""

from django.utils.translation import gettext_lazy as _

from cityhall.engines.audit.catalogue import declare

declare(
    {
        "personal_data.seen": _("查看個人資料"),
        "audit.exported": _("匯出稽核軌跡"),
        "audit.searched": _("查詢稽核軌跡"),
        "outbox.retried": _("重新處理失敗的系統工作"),
    }
)
