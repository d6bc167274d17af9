"""What the spatial platform declares: its layers, the scope of its clients' keys, its line in the desk's menu."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from cityhall.engines.identity.clients import declare_scope
from cityhall.web.navigation import desk_menu

from . import sources
from .services import SCOPE


def install() -> None:
    """Layers, scope, menu."""
    sources.declare()
    declare_scope(SCOPE, _("查詢空間圖資"))
    desk_menu.add(52, _("空間圖資"), "spatial:layers", "/desk/spatial/", act="spatial.read")
