"""What the text service declares to the engines and to the pages at start."""

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from cityhall.engines.directory import registry as directory
from cityhall.engines.directory.registry import Named
from cityhall.engines.directory.states import Fate
from cityhall.engines.files import queries as files
from cityhall.engines.identity import throttle
from cityhall.engines.worklist import registry as worklist
from cityhall.engines.worklist.states import Part
from cityhall.web.navigation import desk_menu, portal_menu

from . import operating, queries, services, succession
from .models import Message
from .queries import MANAGE, QUALITY, SERVE


def install() -> None:
    """Menus, to-do kinds, hand-over, limits and succession."""
    portal_menu.add(25, _("文字客服"), "chat:start", "/chat/")
    desk_menu.add(31, _("文字客服"), "chat:desk", "/desk/chat/", act=SERVE)
    desk_menu.add(61, _("文字客服留言"), "chat:left_list", "/desk/chat/left/", act=SERVE)
    desk_menu.add(61, _("自動回答的品質"), "chat:quality", "/desk/chat/quality/", act=QUALITY)
    desk_menu.add(62, _("文字客服常用回覆"), "chat:canned", "/desk/chat/answers/", act=MANAGE)
    worklist.kind(services.LEFT, _("回復文字客服的留言"), part=Part.HANDLE)
    files.rights(Message, queries.may_see_file)
    directory.on_hand_over("chat", _("接談中的文字對談"), operating.open_of, operating.take_over)
    throttle.scope(queries.BEGINS, queries.begins)
    directory.names_agency(
        "chat",
        _("文字客服由哪個機關回答"),
        fate=Fate.DECIDE,
        words=_("承接日起會照承接機關解讀；請研考會把參數改成正確的機關代碼，不要一直靠舊代碼。"),
        rows=succession.answering,
        show=lambda row: Named(str(row.label), reverse("rules:detail", args=[row.key]), row.value),
    )
