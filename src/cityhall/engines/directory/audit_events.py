"""Events of the directory."""

from django.utils.translation import gettext_lazy as _

from cityhall.engines.audit.catalogue import declare

declare(
    {
        "directory.agency.added": _("新增機關"),
        "directory.agency.changed": _("修改機關資料"),
        "directory.agency.closed": _("裁撤機關"),
        "directory.agency.succession_decided": _("決定機關承接"),
        "directory.agency.succession_withdrawn": _("撤回機關承接"),
        "directory.agency.succeeded": _("機關承接完成"),
        "directory.unit.added": _("新增單位"),
        "directory.unit.changed": _("修改單位資料"),
        "directory.unit.closed": _("裁撤單位"),
        "directory.post.added": _("設置職缺"),
        "directory.post.changed": _("修改職缺"),
        "directory.post.closed": _("裁撤職缺"),
        "directory.person.added": _("新增人員"),
        "directory.person.changed": _("修改人員資料"),
        "directory.person.account_linked": _("連結人員與帳號"),
        "directory.appointment.started": _("派任"),
        "directory.appointment.ended": _("卸任"),
        "directory.deputy.set": _("設定代理人"),
        "directory.deputy.ended": _("結束代理"),
        "directory.deputy.withdrawn": _("取消代理"),
        "directory.handed_over": _("移交業務"),
        "directory.duty.added": _("排定值班"),
        "directory.duty.removed": _("取消值班"),
        "directory.approval.set": _("設定核定層級"),
        "directory.imported": _("匯入通訊錄"),
        "directory.exported": _("匯出通訊錄"),
    }
)
