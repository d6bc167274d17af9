"""What instructions declare: two kinds of listed item, their register, and the city meeting whose decisions they are."""

from django.utils.translation import gettext_lazy as _

from cityhall.engines.gatherings import following
from cityhall.engines.gatherings import registry as gatherings
from cityhall.engines.gatherings.registry import Profile
from cityhall.engines.tracking import registry as tracking
from cityhall.engines.tracking.queries import READ
from cityhall.engines.tracking.registry import Register
from cityhall.web.navigation import desk_menu

REGISTER = "instructions"
MAYOR, CITY_MEETING = "mayor", "city_meeting"
MEETING = "instructions.city_meeting"


def install() -> None:
    """The kinds, the register, the menu."""
    days, months = "instructions.reply_days", "instructions.report_months"
    register = tracking.register(
        Register(
            REGISTER,
            _("交辦與裁示事項"),
            _("市長交辦的事項和市政會議的裁示，從列管、函復、審核到解除追蹤。"),
            (MAYOR, CITY_MEETING),
        )
    )
    tracking.profile(
        MAYOR,
        _("市長交辦事項"),
        prefix="MI",
        days=days,
        months=months,
        facts=following.facts,
        lists=lambda: register.url,
    )
    tracking.profile(
        CITY_MEETING, _("市政會議裁示"), prefix="CM", days=days, months=months, facts=following.facts,
        lists=lambda: register.url,
    )  # fmt: skip
    gatherings.profile(Profile(MEETING, _("市政會議"), follows=CITY_MEETING, order=4))
    desk_menu.add(
        37, register.label, "tracking:register", f"/desk/tracked/lists/{REGISTER}/", act=READ, key=REGISTER
    )  # fmt: skip
