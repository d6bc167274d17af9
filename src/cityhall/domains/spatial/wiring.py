"""What the spatial platform declares: its layers, the scope of its clients' keys, its line in the desk's menu."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from cityhall.domains.petitions.public import when_placed
from cityhall.engines.directory import registry as directory
from cityhall.engines.directory.registry import Named
from cityhall.engines.directory.states import Fate
from cityhall.engines.files import services as files
from cityhall.engines.identity.clients import declare_scope
from cityhall.engines.layers import registry as layers
from cityhall.engines.tables import published
from cityhall.engines.usage import registry as usage
from cityhall.engines.worklist import registry as worklist
from cityhall.engines.worklist.states import Part
from cityhall.web.navigation import desk_menu, portal_menu

from . import dispatching, handing_in, open_layers, queries, sources, succession
from .services import SCOPE
from .use import SOURCE


def install() -> None:
    """Layers, scope, menu, succession."""
    sources.declare()
    layers.found_by(queries.undeclared)
    declare_scope(SCOPE, _("查詢空間圖資"))
    portal_menu.add(55, _("城市地圖"), "map:workbench", "/map/")
    desk_menu.add(52, _("空間圖資"), "spatial:layers", "/desk/spatial/", act="spatial.read")
    usage.source(SOURCE)
    published.listen(open_layers.changed)
    when_placed(dispatching.note)
    files.held_by(handing_in.held)
    worklist.kind(handing_in.CHECK, _("檢查交付的圖資檔"), part=Part.APPROVE)
    worklist.kind(handing_in.MEND, _("修改退回的圖資檔"), part=Part.HANDLE)
    directory.names_agency(
        "spatial-layers",
        _("空間圖資"),
        columns=["spatial.Layer.agency"],
        fate=Fate.MOVES,
        words=_("改由承接機關提供，內容不變。"),
        rows=succession.layers,
        show=lambda row: Named(row.title),
        move=succession.move_layers,
    )
    directory.names_agency(
        "spatial-clients",
        _("空間介接對象"),
        columns=["spatial.Client.agency"],
        fate=Fate.MOVES,
        words=_("改由承接機關負責，金鑰與配額不變。"),
        rows=succession.clients,
        show=lambda row: Named(row.name),
        move=succession.move_clients,
    )
    directory.names_agency(
        "spatial-files",
        _("交付的圖資檔"),
        columns=["spatial.LayerFile.agency"],
        fate=Fate.MOVES,
        words=_("改由承接機關交付，內容不變。"),
        rows=succession.layer_files,
        show=lambda row: Named(row.title),
        move=succession.move_layer_files,
    )
