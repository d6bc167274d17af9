"""Events of dated parameters."""

from django.utils.translation import gettext_lazy as _

from cityhall.engines.audit.catalogue import declare

declare({"rules.parameter_set": _("變更參數")})
