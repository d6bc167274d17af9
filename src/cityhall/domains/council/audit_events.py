"""Events of council cases."""

from django.utils.translation import gettext_lazy as _

from cityhall.engines.audit.catalogue import declare

declare(
    {
        "council.councillor_added": _("新增議員"),
        "council.councillor_left": _("議員離任"),
        "council.exported": _("匯出議會案件"),
        "council.imported": _("由檔案匯入議會案件"),
        "council.inspection_registered": _("登錄會勘"),
        "council.inspection_withdrawn": _("撤銷會勘登錄"),
        "council.inspections_exported": _("匯出會勘"),
        "council.listed": _("列管議會案件"),
        "council.month_reported": _("回報當月會勘登錄完畢"),
        "council.session_added": _("新增會期"),
    }
)
