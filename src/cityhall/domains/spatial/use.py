"""How often layers are asked, by whom: counted by `engines/usage`, months of clients besides in `models.Use`."""

from __future__ import annotations

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from cityhall.engines.usage.counting import counted
from cityhall.engines.usage.registry import Source

from .states import Operation

SOURCE = Source(
    "spatial",
    _("空間圖資"),
    acts={"features": _("查詢圖徵"), "tiles": _("取圖磚"), "point": _("查詢點位")},
    subjects={"layer": _("空間圖資")},
    outside=True,
)
ACTS = {Operation.FEATURES: "features", Operation.TILES: "tiles"}


def note(request: HttpRequest, act: str, layer: str, *, client: bool, n: int = 1) -> None:
    """Count a question to a layer: of a client, or of whoever looks at a page."""
    counted(
        request, source=SOURCE.key, act=act, subject=layer, subject_kind="layer", who="client" if client else "", n=n
    )
