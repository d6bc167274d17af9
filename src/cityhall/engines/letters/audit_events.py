"""Events of letters."""

from django.utils.translation import gettext_lazy as _

from cityhall.engines.audit.catalogue import declare

declare(
    {
        "letter.sent_again": _("重新寄送信件"),
        "letter.posted": _("紙本信交寄"),
        "letter.not_posted": _("收回紙本信的交寄"),
        "letter.printed": _("列印待寄信件"),
        "letter.returned": _("信件寄出後被退回"),
        "letter.reworded": _("修改信件範本"),
        "letter.preference_set": _("設定通知方式"),
    }
)
