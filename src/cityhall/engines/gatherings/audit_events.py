"""Events of gatherings."""

from django.utils.translation import gettext_lazy as _

from cityhall.engines.audit.catalogue import declare

declare(
    {
        "gathering.answered": _("機關回復由誰出席"),
        "gathering.calendar_ended": _("停用行事曆訂閱網址"),
        "gathering.calendar_renewed": _("換發行事曆訂閱網址"),
        "gathering.cancelled": _("取消會議或訪查"),
        "gathering.changed": _("更改會議或訪查的時間地點"),
        "gathering.checked": _("填寫查核表"),
        "gathering.closed": _("會議或訪查結案"),
        "gathering.concluded": _("登錄裁示、建議或缺失"),
        "gathering.exported": _("匯出會議與訪查清單"),
        "gathering.guests_forgotten": _("會議與訪查來賓的姓名保存期限屆滿"),
        "gathering.held": _("登錄會議或訪查的辦理情形"),
        "gathering.invited": _("發出開會通知"),
        "gathering.listed": _("加入出席名單"),
        "gathering.minutes_issued": _("發出會議紀錄"),
        "gathering.photo_added": _("上傳訪查照片"),
        "gathering.planned": _("新增會議或訪查"),
        "gathering.point_added": _("加入議程"),
        "gathering.point_removed": _("移除議程"),
        "gathering.printed": _("列印會議或訪查"),
        "gathering.unlisted": _("移出出席名單"),
    }
)
