"""Events of figures."""

from django.utils.translation import gettext_lazy as _

from cityhall.engines.audit.catalogue import declare

declare({"figures.issued": _("發布工作報告並凍結數字"), "figures.rows_exported": _("匯出數字背後的資料")})
