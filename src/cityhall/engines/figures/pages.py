"""Where figures stand in the menus."""

from django.utils.translation import gettext_lazy as _

from cityhall.web.navigation import portal_menu

portal_menu.add(40, _("市政數字"), "figures:index", "/figures/")
