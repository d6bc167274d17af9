"""Events of surveys."""

from django.utils.translation import gettext_lazy as _

from cityhall.engines.audit.catalogue import declare

declare(
    {
        "survey.answered": _("填答問卷"),
        "survey.complaint_handled": _("處理不滿意的填答"),
        "survey.created": _("建立問卷調查"),
        "survey.exported": _("匯出調查結果"),
        "survey.invited": _("寄出填答邀請"),
        "survey.keypad_imported": _("匯入電話按鍵結果"),
        "survey.question_added": _("新增題目"),
        "survey.question_changed": _("修改題目"),
        "survey.question_moved": _("移動題目"),
        "survey.question_removed": _("刪除題目"),
        "survey.reworded": _("修改調查名稱或目的"),
        "survey.version_begun": _("建立問卷新版本"),
        "survey.wave_closed": _("結束調查波次"),
        "survey.wave_opened": _("開始調查波次"),
    }
)
