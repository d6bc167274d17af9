"""Events of petitions, beyond those of their cases."""

from django.utils.translation import gettext_lazy as _

from cityhall.engines.audit.catalogue import declare

declare(
    {
        "petition.code_sent": _("寄出驗證碼"),
        "petition.alerted": _("危險通報"),
        "petition.alert_handled": _("通報處理結果"),
        "petition.category_set": _("判定類別"),
        "petition.handed_over": _("移交承辦案件"),
        "petition.exported": _("匯出陳情清冊"),
        "petition.forgotten": _("清除未驗證反映的個人資料"),
    }
)
