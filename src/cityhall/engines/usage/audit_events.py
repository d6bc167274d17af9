"""Events of counted use."""

from django.utils.translation import gettext_lazy as _

from cityhall.engines.audit.catalogue import declare

declare(
    {
        "usage.batch_counted": _("計入使用紀錄批次"),
        "usage.batch_received": _("收到使用紀錄批次"),
        "usage.batch_refused": _("退回使用紀錄批次"),
        "usage.details_removed": _("刪除逾保留期限的使用紀錄"),
        "usage.system_added": _("新增外部系統"),
    }
)
