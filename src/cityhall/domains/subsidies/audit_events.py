"""Events of subsidised projects."""

from django.utils.translation import gettext_lazy as _

from cityhall.engines.audit.catalogue import declare

declare({"subsidies.exported": _("匯出一般性補助款計畫的執行情形")})
