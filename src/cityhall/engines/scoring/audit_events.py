"""Events of scoring schemes."""

from django.utils.translation import gettext_lazy as _

from cityhall.engines.audit.catalogue import declare

declare({"scoring.scheme_set": _("訂新版評分制度")})
