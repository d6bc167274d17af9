"""Events of Control Yuan visits."""

from django.utils.translation import gettext_lazy as _

from cityhall.engines.audit.catalogue import declare

declare({"control_yuan.received": _("登錄巡察受理的陳情"), "control_yuan.linked": _("連結巡察受理的陳情與陳情案件")})
