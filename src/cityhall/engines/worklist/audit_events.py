"""Events of the to-do list."""

from django.utils.translation import gettext_lazy as _

from cityhall.engines.audit.catalogue import declare

declare(
    {
        "worklist.digest_chosen": _("選擇每日提醒信什麼時候寄"),
        "worklist.exported": _("匯出待辦清單"),
    }
)
