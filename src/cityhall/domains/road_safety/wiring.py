"""What the road-safety evaluation declares: its meetings and visits with their checklist, and its page."""

from django.utils.translation import gettext_lazy as _

from cityhall.engines.directory import registry as directory
from cityhall.engines.gatherings import registry as gatherings
from cityhall.engines.gatherings.registry import Line, Profile, Sheet
from cityhall.engines.gatherings.states import OutcomeKind
from cityhall.web.navigation import desk_menu

from . import results
from .states import MEETING, VISIT

CHECKLIST = (
    Sheet("works", _("工程"), (
        Line("signs", _("標誌、標線與號誌清楚完整")),
        Line("sight", _("視線良好，沒有遮住駕駛人或行人的東西")),
        Line("pavement", _("路面與人行空間平整、有照明")),
    )),
    Sheet("enforcement", _("執法"), (
        Line("causes", _("針對肇事原因取締")),
        Line("order", _("沒有違規停車或占用")),
    )),
    Sheet("education", _("教育與宣導"), (
        Line("school", _("通學路線有導護，學童知道怎麼走")),
        Line("notice", _("附近住戶與店家知道改善的內容")),
    )),
)  # fmt: skip


def install() -> None:
    """Two kinds of gathering, the page of the years, and what stays as it was."""
    results.declare()
    gatherings.profile(Profile(MEETING, _("道安視導初評會議"), outcome=OutcomeKind.SUGGESTION, order=20))
    gatherings.profile(
        Profile(VISIT, _("道安實地查證"), outcome=OutcomeKind.SUGGESTION, checklist=CHECKLIST, minutes=False, order=21)
    )
    desk_menu.add(62, _("道安視導初評"), "road_safety:years", "/desk/road-safety/", act="road_safety.read")
    directory.names_agency_for_ever({"road_safety.EvaluatedAgency.agency": _("受評的是當時的機關。")})
