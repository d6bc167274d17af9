"""The parameters' line in the desk's menu."""

from django.utils.translation import gettext_lazy as _

from cityhall.web.navigation import desk_menu

desk_menu.add(70, _("參數"), "rules:index", "/desk/rules/", act="rules.read")
