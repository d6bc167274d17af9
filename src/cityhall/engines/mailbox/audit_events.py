"""Events of incoming mail."""

from django.utils.translation import gettext_lazy as _

from cityhall.engines.audit.catalogue import declare

declare(
    {
        "mailbox.taken": _("收到來信"),
        "mailbox.forgotten": _("清除來信的個人資料"),
        "mailbox.decided": _("決定來信的處理"),
    }
)
