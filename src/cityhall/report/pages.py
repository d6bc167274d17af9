"""Where the report stands in the menus."""

from django.utils.translation import gettext_lazy as _

from cityhall.web.navigation import footer_menu, portal_menu

portal_menu.add(50, _("工作報告"), "report:home", "/report/")
footer_menu.add(40, _("工作報告"), "report:home", "/report/")
