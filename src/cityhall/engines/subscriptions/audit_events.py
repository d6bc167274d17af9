"""Events of subscriptions."""

from django.utils.translation import gettext_lazy as _

from cityhall.engines.audit.catalogue import declare

declare(
    {
        "subscription.confirmed": _("確認訂閱"),
        "subscription.changed": _("修改訂閱"),
        "subscription.ended": _("結束訂閱"),
    }
)
