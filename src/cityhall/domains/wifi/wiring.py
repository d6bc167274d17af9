"""What public wireless access declares: its menu, and the use that its controllers report."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from cityhall.engines.directory import registry as directory
from cityhall.engines.directory.registry import Named
from cityhall.engines.directory.states import Fate
from cityhall.engines.tables.supplies import supply
from cityhall.engines.usage import registry as usage
from cityhall.engines.worklist import registry as worklist
from cityhall.engines.worklist.states import Part
from cityhall.web.navigation import desk_menu, portal_menu

from . import audit_events, faults, figures, listing, outages, parameters, queries, succession  # noqa: F401
from .queries import READ
from .states import Builder, Measure


def install() -> None:
    """The menu, the source of the controllers' batches, what becomes of an agency's hotspots."""
    desk_menu.add(53, _("無線上網"), "wifi_desk:index", "/desk/wifi/", act=READ)
    portal_menu.add(35, _("無線上網"), "wifi:index", "/wifi/")
    faults.declare()
    worklist.kind(outages.OUT, _("修復中斷的熱點"), part=Part.HANDLE)
    acts, subjects = dict(Measure.choices), dict(Builder.choices)
    usage.source(usage.Source(figures.SOURCE, _("免費無線上網"), acts=acts, subjects=subjects, outside=True))
    worklist.searchable("wifi", _("無線上網熱點"), queries.hits, order=65)
    supply("wifi.hotspots", listing.public_rows)
    directory.names_agency(
        "wifi",
        _("無線上網熱點"),
        columns=["wifi.Hotspot.agency"],
        fate=Fate.MOVES,
        words=_("改由承接機關維護；主管機關名稱依清單，不變。"),
        rows=succession.hotspots,
        show=lambda row: Named(row.code),
        move=succession.move_hotspots,
    )
