"""What the text service declares to the engines and to the pages at start."""

from django.utils.translation import gettext_lazy as _

from cityhall.engines.directory import registry as directory
from cityhall.engines.files import queries as files
from cityhall.engines.worklist import registry as worklist
from cityhall.engines.worklist.states import Part
from cityhall.web.navigation import desk_menu, portal_menu

from . import operating, queries, services
from .models import Message
from .queries import MANAGE, QUALITY, SERVE


def install() -> None:
    """Menus and to-do kinds."""
    portal_menu.add(25, _("文字客服"), "chat:start", "/chat/")
    desk_menu.add(31, _("文字客服"), "chat:desk", "/desk/chat/", act=SERVE)
    desk_menu.add(32, _("文字客服留言"), "chat:left_list", "/desk/chat/left/", act=SERVE)
    desk_menu.add(61, _("自動回答的品質"), "chat:quality", "/desk/chat/quality/", act=QUALITY)
    desk_menu.add(62, _("文字客服常用回覆"), "chat:canned", "/desk/chat/answers/", act=MANAGE)
    worklist.kind(services.LEFT, _("回復文字客服的留言"), part=Part.HANDLE)
    files.rights(Message, queries.may_see_file)
    directory.on_hand_over("chat", _("接談中的文字對談"), operating.open_of, operating.take_over)
