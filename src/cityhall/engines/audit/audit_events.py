"""Events of the trail itself."""

from django.utils.translation import gettext_lazy as _

from cityhall.engines.audit.catalogue import declare

declare(
    {
        "personal_data.seen": _("查看個人資料"),
        "audit.searched": _("查詢稽核軌跡"),
    }
)
