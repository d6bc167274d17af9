"""Events of attachments."""

from django.utils.translation import gettext_lazy as _

from cityhall.engines.audit.catalogue import declare

declare({"files.stored": _("收下附件"), "files.removed": _("移除附件")})
