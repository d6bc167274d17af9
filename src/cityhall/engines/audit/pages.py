"""The trail's place in the desk's menu, and its check."""

from django.utils.translation import gettext_lazy as _

from cityhall.engines.audit import guards
from cityhall.engines.audit.models import Head
from cityhall.web import health
from cityhall.web.navigation import desk_menu


def guarded() -> health.Status:
    """Whether the database itself refuses changes to the trail."""
    if guards.present():
        return health.Status.ok()
    return health.Status.fail("the triggers on audit_entry are missing")


def length() -> int:
    """The number of the last entry."""
    return Head.objects.filter(pk=1).values_list("seq", flat=True).first() or 0


desk_menu.add(820, _("稽核軌跡"), "audit:trail", act="audit.read")
health.check("audit", guarded)
health.gauge("cityhall_audit_entries", "Entries of the audit trail.", length)
