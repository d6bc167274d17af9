"""Events of the hotline."""

from django.utils.translation import gettext_lazy as _

from cityhall.engines.audit.catalogue import declare

declare(
    {
        "hotline.imported": _("匯入話務紀錄"),
        "hotline.announcement_published": _("發布活動訊息"),
        "hotline.announcement_rewritten": _("修改活動訊息草稿"),
        "hotline.announcement_withdrawn": _("撤下活動訊息"),
        "hotline.announcement_written": _("新增活動訊息"),
        "hotline.menu_begun": _("建立語音選單新版本"),
        "hotline.menu_changed": _("修改語音選單"),
        "hotline.menu_in_use": _("啟用語音選單"),
        "hotline.staffing_exported": _("匯出排班建議"),
        "hotline.topic_set": _("人工改記服務項目"),
        "hotline.refused_exported": _("匯出退回的話務紀錄列"),
        "hotline.exported": _("匯出話務清單"),
    }
)
