"""The calendar's line in the desk's menu."""

from django.utils.translation import gettext_lazy as _

from cityhall.web.navigation import desk_menu

desk_menu.add(60, _("行事曆"), "deadlines:calendar", "/desk/calendar/", act="deadlines.calendar.read")
