"""Events of scoring schemes."""

from django.utils.translation import gettext_lazy as _

from cityhall.engines.audit.catalogue import declare

declare({"scoring.scheme_set": _("訂新版評分制度"), "scoring.scheme_taken_back": _("撤回還沒施行的評分制度")})
