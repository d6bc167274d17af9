"""Events of the layers of places."""

from django.utils.translation import gettext_lazy as _

from cityhall.engines.audit.catalogue import declare

declare(
    {
        "places.layer.added": _("新增圖層"),
        "places.version.imported": _("匯入圖層"),
        "places.version.in_force": _("圖層版次生效"),
        "places.version.discarded": _("刪除未生效的圖層版次"),
    }
)
