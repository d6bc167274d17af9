"""Events of the hotline."""

from django.utils.translation import gettext_lazy as _

from cityhall.engines.audit.catalogue import declare

declare(
    {
        "hotline.imported": _("匯入話務紀錄"),
        "hotline.exported": _("匯出話務清單"),
    }
)
