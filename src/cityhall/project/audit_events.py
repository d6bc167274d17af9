"""Events of the installation as a whole."""

from django.utils.translation import gettext_lazy as _

from cityhall.engines.audit.catalogue import declare

declare(
    {
        "project.backed_up": _("製作備份"),
        "project.restored": _("由備份還原"),
        "demo.year_begun": _("開始載入全年示範資料"),
        "demo.batch_loaded": _("載入一批全年示範資料"),
    }
)
