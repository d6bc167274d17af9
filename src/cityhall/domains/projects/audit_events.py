"""Events of controlled projects."""

from django.utils.translation import gettext_lazy as _

from cityhall.engines.audit.catalogue import declare

declare(
    {
        "projects.proposed": _("提報列管計畫"),
        "projects.listed": _("挑錄為府列管計畫"),
        "projects.self_managed": _("計畫由機關自主管理"),
        "projects.applied": _("機關申請計畫修正、撤銷列管或辦結"),
        "projects.decided": _("核定計畫修正、撤銷列管或辦結"),
        "projects.months_imported": _("匯入計畫月進度檔案"),
        "projects.exported": _("匯出列管計畫"),
        "projects.placed": _("登錄計畫位置"),
        "projects.photo_added": _("上傳計畫進度照片"),
        "projects.tried": _("試算異常門檻"),
    }
)
