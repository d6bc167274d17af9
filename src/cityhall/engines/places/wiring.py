"""The layers' line in the desk's menu."""

from django.utils.translation import gettext_lazy as _

from cityhall.web.navigation import desk_menu


def install() -> None:
    """Tell the desk where the layers are kept."""
    desk_menu.add(64, _("地點圖層"), "places:layers", "/desk/places/", act="places.manage")
