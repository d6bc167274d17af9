"""What the hotline declares to the engines and to the pages at start."""

from django.utils.translation import gettext_lazy as _

from cityhall.web.navigation import desk_menu

from . import queries


def install() -> None:
    """The menu."""
    desk_menu.add(61, _("1999話務"), "hotline:calls", "=", act=queries.READ)
    desk_menu.add(61, _("1999話務統計"), "hotline:statistics", "/desk/calls/statistics/", act=queries.STATISTICS)
