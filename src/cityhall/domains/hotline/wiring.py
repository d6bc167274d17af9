"""What the hotline declares to the engines and to the pages at start."""

from django.utils.translation import gettext_lazy as _

from cityhall.engines.surveys import registry as surveys
from cityhall.engines.surveys import todos
from cityhall.web.navigation import desk_menu
from cityhall.web.portal import portal

from . import aftercall, notices, queries


def install() -> None:
    """The menu, and the announcements on the home page."""
    desk_menu.add(61, _("活動訊息"), "hotline:announcements", "/desk/hotline/announcements/", act=queries.ANNOUNCEMENTS)
    desk_menu.add(61, _("1999排班建議"), "hotline:staffing", "/desk/calls/staffing/", act=queries.STAFFING)
    desk_menu.add(61, _("1999語音選單"), "hotline:menu", "/desk/hotline/menu/", act=queries.MENU_READ)
    surveys.owner(
        aftercall.OWNER, _("1999話後滿意度"), on_complaint=todos.open_complaint, records=aftercall.calls_of,
        on_answer=aftercall.note,
    )  # fmt: skip
    portal.notices(notices.on_the_home_page)
    desk_menu.add(61, _("1999話務"), "hotline:calls", "=", act=queries.READ)
    desk_menu.add(61, _("1999話務統計"), "hotline:statistics", "/desk/calls/statistics/", act=queries.STATISTICS)
