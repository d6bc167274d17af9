"""What subsidised projects declare to the engines and to the pages at start."""

from django.utils.translation import gettext_lazy as _

from cityhall.engines.worklist import registry as worklist
from cityhall.engines.worklist.states import Part
from cityhall.web.navigation import desk_menu


def install() -> None:
    """The page of rates, and what waits for an agency."""
    from cityhall.domains.projects.public import READ

    from . import services

    desk_menu.add(61, _("一般性補助款"), "subsidies:rates", "/desk/subsidies/", act=READ)
    worklist.kind(services.CLOSING, _("辦理補助計畫結案"), part=Part.HANDLE)
