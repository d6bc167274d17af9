"""The demo city's voice menu and announcements, written by us for this city."""

from __future__ import annotations

from datetime import datetime, timedelta

from cityhall.domains.hotline import menus
from cityhall.domains.hotline.menus import Wanted, Words
from cityhall.domains.hotline.states import NodeKind
from cityhall.foundation.clock import day_of

WELCOME = (
    "桃園市政府1999您好。市政服務請按1，聽活動訊息請按2，接話務人員請按0，或在線上稍候。",
    "This is 1999, Taoyuan City Government. Press 1 for city services, 2 for what is on, 0 for an operator, or hold the line.",
)
TREE = (
    ("welcome", "1", Wanted(
        "services", NodeKind.CHOICE, "市政服務", "City services",
        "清運時間請按1，服務時間請按2，接話務人員請按0。",
        "Press 1 for waste collection, 2 for opening hours, 0 for an operator.",
    )),
    ("welcome", "2", Wanted("news", NodeKind.NEWS, "活動訊息", "What is on")),
    ("welcome", "0", Wanted("operator", NodeKind.OPERATOR, "話務人員", "An operator")),
    ("services", "1", Wanted(
        "waste", NodeKind.MESSAGE, "清運時間", "Waste collection",
        "垃圾車週三、週日不收運，其他日子請看環保局網站的清運路線。",
        "Waste is not collected on Wednesdays and Sundays. For other days see the routes on the website.",
    )),
    ("services", "2", Wanted(
        "hours", NodeKind.MESSAGE, "服務時間", "Opening hours",
        "市府與各區公所週一至週五上午8時到下午5時服務，中午有人輪值。",
        "City hall and district offices are open Monday to Friday, 8 to 5, at noon too.",
    )),
    ("services", "0", Wanted("operator-2", NodeKind.OPERATOR, "話務人員", "An operator")),
)  # fmt: skip
# From how many days before today until how many after it, and whether it is played.
NEWS = (
    (-3, 11, True, "河濱單車路線部分封閉", "Part of the riverside cycle path is closed",
     "大漢溪自行車道大溪段整修，封閉到本月底，請改走外側替代道路。",
     "The path along the Dahan River at Daxi is being repaired until the end of the month. Please take the marked detour."),
    (-1, 4, True, "部分里停水", "Water is off in some neighbourhoods",
     "中壢區部分里因管線汰換，週四上午9時到下午5時停水，請先儲水。",
     "Pipes are being replaced in Zhongli: no water on Thursday from 9 to 5. Please store some."),
    (6, 20, True, "耶誕市集開始報名", "Stalls for the Christmas market",
     "耶誕市集攤位下週起接受報名，名額80個，額滿為止。",
     "Applications for 80 stalls open next week, first come first served."),
    (-40, -20, True, "老人健檢開始預約", "Health checks for the elderly",
     "設籍本市65歲以上可以預約免費健檢，請洽各區衛生所。",
     "Residents over 65 can book a free check at the health centre of their district."),
)  # fmt: skip


def load(*, at: datetime, before: datetime) -> None:
    """A menu in use since before the first call; announcements that hold, come and are over."""
    version = menus.new_version(by=None, at=before)
    top = version.nodes.get()
    menus.change_node(top, Wanted("welcome", NodeKind.CHOICE, "歡迎詞", "Welcome", *WELCOME), by=None, at=before)
    for above, key, wanted in TREE:
        parent = version.nodes.get(code=above)
        menus.add_node(parent, Wanted(**{**wanted.__dict__, "key": key}), by=None, at=before)
    menus.put_in_use(version, by=None, at=before)
    today = day_of(at)
    for first, last, played, title, title_en, text, text_en in NEWS:
        words = Words(
            title, title_en, text, text_en, today + timedelta(days=first), today + timedelta(days=last), played
        )
        written = min(at, at + timedelta(days=first, hours=-3))
        menus.publish(menus.write(words, by=None, at=written), by=None, at=written)
