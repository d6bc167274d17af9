"""What still waits on the last day of the demo's half-year, so that every account shown at start has work.

Filed, dispatched and left where they stand by the product's own acts, like all the rest of the demo city.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from PIL import Image, ImageDraw, ImageFilter

from cityhall.engines.cases.models import Reply
from cityhall.engines.cases.states import Channel, Status
from cityhall.engines.directory import queries as directory
from cityhall.engines.directory.models import Agency, Person
from cityhall.engines.directory.states import Role
from cityhall.engines.identity.models import Account
from cityhall.foundation.clock import day_of

from .services import dispatch, filing, handling
from .services.filing import Submission, Where, Who

if TYPE_CHECKING:
    from .samples import HalfYear

DISTRICTS = ("桃園區", "中壢區")


@dataclass(frozen=True)
class Left:
    """One petition: filed so many hours before the end, what it says, and how far it came."""

    hours: float
    category: str
    title: str
    text: str
    reached: str = "officer"
    name: str = "陳大文"
    photo: str = ""
    urged: int = 0
    placed: bool = True


REGULAR = Who(name="陳小美", email="citizen@mail.example")  # one citizen who comes back

# Reached: desk, agency (the 研考窗口 has it), officer, colleague, first (answered once), asked (補正), review and head
# (a reply waits for its approver), sent_back, extension, danger (通報, unconfirmed).
LEFT = (
    Left(0.6, "street_light", "中山路地下道整排燈不亮", "中山路地下道進去右手邊整排燈都不亮，剛剛騎過去幾乎看不到前面的車，請快派人看。", "agency", "林春嬌", "dark"),
    Left(1.2, "park_facility", "公園溜滑梯裂開", "公園裡的溜滑梯側邊裂了一條縫，小朋友的衣服會勾到，請先圍起來。", "agency", "張雅惠"),
    Left(2.5, "drain_blocked", "側溝塞住，下雨就淹", "門前側溝被落葉和垃圾塞滿，上次下雨水淹到騎樓，麻煩來清。", "agency", "王建國"),
    Left(3.1, "street_light", "路燈不亮，編號貼紙也掉了", "國小後門轉角數過來第四支路燈不亮，編號貼紙掉了，對面是一間香鋪。", "agency", "李玉蘭"),
    Left(4.4, "tree_pruning", "路樹遮住路燈", "人行道的樹長太密，把路燈整個遮住，晚上樹下一片黑，希望修剪樹枝。", "agency", "吳信義"),
    Left(21, "sidewalk", "人行道磚翹起來絆到人", "藥局前面人行道的磚被樹根頂起來，我媽媽昨天絆了一下，差點跌倒。", "agency", "劉怡萱", "pavement"),
    Left(2.2, "street_light", "路燈桿傾斜，怕會倒下來", "昨天半夜有貨車倒車撞到燈桿，整支斜斜的，路燈不亮，怕它倒下來壓到機車。", "officer", "黃家銘", "lean"),
    Left(5.5, "street_light", "路口路燈一閃一閃", "巷口那盞路燈一閃一閃，像夜店一樣，住二樓的人都睡不好。", "officer", "蔡佩玲"),
    Left(9, "street_light", "整段路燈都沒亮", "從加油站到國中這一段路燈都沒亮，學生晚自習下課走回家很危險。", "officer", "許文清", "dark", 1),
    Left(15, "street_light", "中山路200號前路燈不亮三天了", "中山路200號前路燈不亮三天了，整段路晚上很暗，昨天騎車差點摔倒。燈桿編號看不清楚，拜託派人來修，謝謝。", "officer", "陳大明", "dark"),
    Left(19.5, "street_light", "施工後路燈故障", "上週埋管線的挖完之後，靠便利商店這一側的路燈故障，問工人說不關他的事。", "officer", "楊志偉"),
    Left(22.6, "street_light", "老人家請求修路燈", "我今年七十六歲，清晨四點多去運動，路燈壞了三盞，眼睛不好，前天踩空差一點摔下去。", "officer", "郭阿華", "", 1),
    Left(29, "street_light", "公園旁路燈不亮", "公園靠廁所那一邊的路燈不亮，志工晚上巡守都要自己帶手電筒。", "officer", "鄭麗卿", "", 1),
    Left(27, "street_light", "巷口路燈不亮", "桃園區這條巷口超商斜對面的路燈不亮，倒垃圾時黑到看不到人。", "colleague", "謝宗憲"),
    Left(50, "street_light_new", "轉彎處希望增設路燈", "這個彎晚上完全沒有燈，上個月才有機車自摔，希望增設路燈。", "colleague", "陳小美"),
    Left(33, "street_light", "橋上左側路燈沒亮", "橋上面左邊那排路燈沒亮，右邊的正常，行人都擠到車道上走。", "first", "陳小美", "dark"),
    Left(45, "street_light", "地下道照明路燈故障", "地下道裡的路燈故障超過一半，從大太陽騎進去眼睛來不及適應。", "first", "曾小美", "", 1),
    Left(76, "street_light", "路燈壞了一個月", "社區外面一圈路燈壞了一個月，里長說有報，可是一直沒來修，一群王八　蛋。", "first", "廖大明", "", 2),
    Left(60, "street_light_new", "停車場出口燈光不足", "停車場出來右轉那一段很暗，看不到行人，想請市府增設路燈。", "officer", "賴佩玲"),
    Left(99, "street_light_new", "人行道增設路燈", "學校側門人行道晚上沒有燈，接小孩的家長都用手機照，希望增設路燈。", "officer", "徐春嬌"),
    Left(120, "street_light_new", "路燈太亮照進臥室", "新設路燈的光直接照進我家臥室，整晚睡不著，能不能加遮光罩或調角度？", "asked", "陳小美"),
    Left(170, "street_light_new", "增設路燈請求（產業道路）", "這條產業道路只有一戶人家，但是我們每天半夜出貨，希望增設路燈一盞。", "extension", "林文清"),
    Left(150, "street_light_new", "農路增設路燈會不會影響稻子", "里民希望增設路燈，但是旁邊的田主擔心稻子不結穗，請問市府有沒有遮光的作法？", "extension", "黃玉蘭"),
    Left(140, "street_light_new", "公車站牌旁增設路燈", "站牌這邊天一黑就看不到路線表，司機也常常沒看到人就開過去，希望增設路燈。", "review", "張家銘"),
    Left(145, "street_light_new", "調整路燈位置", "路燈剛好立在我家車庫出口，倒車很難轉，請問可以調整路燈位置嗎？", "review", "李怡萱"),
    Left(26, "street_light", "分隔島路燈熄滅", "分隔島上的雙臂路燈熄滅，往藝文特區方向那側都黑的，另一邊正常。", "review_first", "王宗憲"),
    Left(20, "street_light", "路燈故障忽明忽暗", "路口那支路燈故障，亮五分鐘滅十分鐘，拍影片也看得很清楚。", "review_first", "吳阿華"),
    Left(165, "street_light_new", "增設路燈的回復看不懂", "上次說研議增設路燈，請問研議是要多久？有沒有一個日期？", "sent_back", "劉志偉", "", 1),
    Left(190, "road_resurface", "道路重鋪後更不平", "路面重鋪完反而更顛，機車騎過去方向都抓不住，請來重新鋪平。", "head", "蔡麗卿"),
    Left(200, "road_resurface", "大貨車多，路面整段不平整", "砂石車多，這一段路面不平整到處補丁，希望整段重鋪，不要再一塊一塊補。", "head", "許建國"),
    Left(0.4, "illegal_parking", "車子一直停在我家門口", "同一台車每天停在我家門口，我們的車出不去，里長來講也沒有用，到底誰可以管？", "desk", "郭雅惠", placed=False),
    Left(0.9, "noise_neighbour", "半夜樓上拖椅子", "樓上每天半夜一點拖椅子、洗衣服，講了也沒用，是要報警還是找環保局？", "desk", "鄭春嬌", placed=False),
    Left(1.6, "road_marking", "這裡可以不可以想想辦法", "小孩上學這個路口很亂，車子都不讓人，可不可以想想辦法，畫線或裝燈都好。", "desk", "謝大明"),
    Left(2.8, "staff_conduct", "櫃檯人員口氣很差", "我去辦事，櫃檯人員口氣很差，我想向市長反映，這種服務態度可以嗎？", "desk", "洪文清", placed=False),
    Left(3.7, "water_supply", "路面一直冒水", "門口柏油一直冒水出來，不知道是自來水還是水溝，路面也開始下陷。", "desk", "邱玉蘭", "pavement"),
    Left(5.2, "park_upkeep", "紅綠燈旁的樹和路燈", "紅綠燈被樹遮住，旁邊路燈不亮，樹下又堆垃圾，一次請你們三個單位來看好嗎？", "desk", "曾信義"),
    Left(7.5, "welfare_benefit", "獨居老人好幾天沒出門", "隔壁獨居的阿公好幾天沒看到人，燈也沒亮，不知道可以找誰關心他。", "desk", "廖佩玲", placed=False),
    Left(18, "market", "攤販占用道路", "傍晚整排攤販把路占掉一半，垃圾也留在路邊，問了好幾個單位都說不是他們管。", "desk", "賴家銘"),
    Left(1.0, "street_light", "路燈桿漏電，摸到會麻", "下雨天摸到燈桿會麻，小孩差點被電到，漏電很危險，請馬上派人來！", "danger", "徐志偉", "lean"),
)  # fmt: skip


def leave(half_year: HalfYear, officer: Person, colleague: Person) -> None:
    """Put the last days' petitions into the half-year."""
    Backlog(half_year, officer, colleague).plan()


@dataclass
class Backlog:
    """Plans each petition of `LEFT`: who files it when, and who takes it how far."""

    half_year: HalfYear
    officer: Person
    colleague: Person

    def plan(self) -> None:
        for left in LEFT:
            filed_at = self.half_year.end - timedelta(hours=left.hours)
            self.half_year.later(filed_at, self._filing(left))

    def _filing(self, left: Left) -> Callable[[datetime], None]:
        return lambda at: self.file(left, at)

    def file(self, left: Left, at: datetime) -> None:
        """The citizen files it on the web; all but the report of danger are confirmed at once."""
        half_year = self.half_year
        number = next(half_year.serial)
        petition = filing.file(
            Submission(
                text=left.text, title=left.title, channel=Channel.DEFECT if left.photo else Channel.WEB,
                who=Who(name=left.name, email=REGULAR.email if left.name == REGULAR.name else f"citizen{number}@mail.example", phone=f"0900-000-{number % 1000:03}"),
                where=self._where(left) if left.placed else Where(),
            ),
            photos=[picture(left.photo)] if left.photo else (),
            at=at,
        )  # fmt: skip
        half_year.tally.filed += 1
        half_year.truth[petition.pk] = left.category
        if left.reached == "danger":
            return
        half_year.confirm(petition.pk, at + timedelta(minutes=4), on_its_way=False)
        for n in range(left.urged):
            half_year.later(at + timedelta(hours=left.hours * (n + 1) / (left.urged + 1)), self._urge(petition.pk))
        if left.reached == "desk":
            return
        self._to_works(petition.pk, at + timedelta(minutes=11))
        if left.reached != "agency":
            half_year.later(at + timedelta(hours=left.hours * 0.12), lambda now: self.assign(left, petition.pk, now))

    def _where(self, left: Left) -> Where:
        half_year = self.half_year
        pool = [site for name in DISTRICTS for site in half_year.by_district.get(name, [])]
        named = [site for site in pool if site.road and site.road in left.text]
        return half_year._where(half_year.chance.choice(named or pool)) if pool else Where()

    def _urge(self, pk: int) -> Callable[[datetime], None]:
        return lambda at: self.half_year.urge(pk, at)

    def _to_works(self, pk: int, at: datetime) -> None:
        """The desk sends on what the machine left open."""
        petition = self.half_year._get(pk)
        agency = self._works()
        if petition.case.status == Status.DISPATCHING or petition.case.agency != agency:
            dispatch.dispatch_by_desk(
                petition, category=self.half_year.categories[self.half_year.truth[pk]], agency=agency,
                by=self._desk(at), at=at,
            )  # fmt: skip

    def assign(self, left: Left, pk: int, at: datetime) -> None:
        """The 研考窗口 gives it to the officer, who takes it as far as it came."""
        half_year = self.half_year
        petition = half_year._get(pk)
        coordinator = self._somebody(half_year._people(self._works(), Role.COORDINATOR, at))
        officer = self.colleague if left.reached == "colleague" else self.officer
        handling.assign(petition, unit=None, officer=officer, by=coordinator, at=at)
        work: dict[str, Callable[[int, datetime], None]] = {
            "first": self.first, "asked": self.ask, "extension": self.extend, "review": self.review,
            "review_first": self.review, "sent_back": self.sent_back, "head": self.review,
        }  # fmt: skip
        if do := work.get(left.reached):
            share = 0.9 if left.reached in ("review", "review_first", "head") else 0.6
            half_year.later(at + timedelta(hours=left.hours * (share - 0.12)), lambda now: do(pk, now))

    def first(self, pk: int, at: datetime) -> None:
        """Answered once, with a day; the chief let it go out."""
        self.half_year.write(pk, at, on_its_way=False)
        self._approve(pk, at + timedelta(minutes=25))

    def _approve(self, pk: int, at: datetime) -> None:
        reply, approver = self._waiting(pk)
        handling.approve_reply(reply, by=approver, at=at)

    def ask(self, pk: int, at: datetime) -> None:
        """補正: the officer waits for the citizen."""
        petition = self.half_year._get(pk)
        handling.ask_citizen(
            petition, text="請問是哪一支路燈？請拍燈桿上的編號，或說明從您家看出去的方向。",
            by=self.half_year._handler(petition, at), at=at,
        )  # fmt: skip

    def extend(self, pk: int, at: datetime) -> None:
        """展期 waits for its approver."""
        petition = self.half_year._get(pk)
        handling.ask_extension(
            petition, working_days=7, reason="須會同電力公司與地主現場會勘，並等候用電申請。",
            by=self.half_year._handler(petition, at), at=at,
        )  # fmt: skip

    def review(self, pk: int, at: datetime) -> None:
        """The reply lies with its approver."""
        self.half_year.write(pk, at, on_its_way=False)

    def sent_back(self, pk: int, at: datetime) -> None:
        """The chief wants it better."""
        self.half_year.write(pk, at, on_its_way=False)
        reply, approver = self._waiting(pk)
        handling.send_back_reply(
            reply, reason="民眾問的是日期，請寫明會勘與答復的日期。", by=approver, at=at + timedelta(hours=1)
        )

    # ---- who ----

    def _works(self) -> Agency:
        return self.officer.appointments.select_related("agency").earliest("pk").agency

    def _desk(self, at: datetime) -> Account:
        return self._somebody(directory.holders(Role.DISPATCHER, on=day_of(at)))

    def _somebody(self, people: Any) -> Account:
        account = self.half_year._account(people)
        assert account is not None
        return account

    def _waiting(self, pk: int) -> tuple[Reply, Account]:
        reply = self.half_year._get(pk).case.replies.select_related("approver__account").get(state="IN_REVIEW")
        assert reply.approver is not None
        assert reply.approver.account is not None
        return reply, reply.approver.account


# ---- drawn pictures: nobody's street ---------------------------------------------------------------------------------


def picture(kind: str) -> Any:
    """A drawn photo of a street at night, a leaning pole or a broken pavement; no real place."""
    draw = {"dark": _street, "lean": lambda: _street(lean=42), "pavement": _pavement, "lit": lambda: _street(lit=True)}
    image = draw[kind]().filter(ImageFilter.GaussianBlur(0.8))
    kept = io.BytesIO()
    kept.name = f"{kind}.jpg"
    image.save(kept, "JPEG", quality=82)
    kept.seek(0)
    return kept


def _street(*, lean: int = 0, lit: bool = False) -> Image.Image:
    image = Image.new("RGB", (960, 720), "#131a2b")
    pen = ImageDraw.Draw(image, "RGBA")
    for y in range(420):
        pen.line([(0, y), (960, y)], fill=(19 + y // 16, 26 + y // 14, 43 + y // 9))
    for x, top in ((0, 210), (150, 260), (640, 190), (800, 250)):
        pen.rectangle([x, top, x + 150, 460], fill="#1d2433")
        for window in range(4):
            shade = "#c9a45c" if (x + window) % 3 == 0 else "#2a3245"
            pen.rectangle([x + 18 + 32 * window, top + 40, x + 34 + 32 * window, top + 64], fill=shade)
    pen.polygon([(0, 720), (330, 440), (630, 440), (960, 720)], fill="#23262d")
    for n in range(5):
        top, width = 460 + n * n * 14, 4 + n * 3
        pen.polygon([(480 - width, top + 24 + n * 6), (480 + width, top + 24 + n * 6), (480 + width // 2, top), (480 - width // 2, top)], fill="#8d9096")  # fmt: skip
    for foot, height in ((250, 400), (370, 190), (720, 330)):
        base = 470 + height // 4
        shift = lean if foot == 250 else 0
        pen.line(
            [(foot, base), (foot + shift * height // 160, base - height)], fill="#6d7684", width=max(3, height // 38)
        )
        head = (foot + shift * height // 160 + height // 7, base - height - 6)
        pen.line([(foot + shift * height // 160, base - height), head], fill="#6d7684", width=max(2, height // 60))
        glows = lit or foot == 720
        if glows:
            for radius in range(height // 3, 4, -6):
                pen.ellipse(
                    [head[0] - radius, head[1] - radius, head[0] + radius, head[1] + radius], fill=(255, 214, 130, 7)
                )
        pen.ellipse([head[0] - 9, head[1] - 4, head[0] + 9, head[1] + 6], fill="#ffe2a0" if glows else "#3b414c")
    return image


def _pavement() -> Image.Image:
    image = Image.new("RGB", (960, 720), "#8b8f8a")
    pen = ImageDraw.Draw(image, "RGBA")
    for row in range(10):
        for column in range(13):
            shade = 130 + (row * 37 + column * 53) % 34
            tilt = 10 if 4 <= row <= 6 and 5 <= column <= 7 else 0
            left, top = column * 80 - (row % 2) * 40, row * 76
            pen.polygon(
                [(left + 3, top + 3 + tilt), (left + 76, top + 3 - tilt), (left + 76, top + 71 - tilt), (left + 3, top + 71 + tilt)],
                fill=(shade, shade - 8, shade - 18),
            )  # fmt: skip
    pen.polygon([(380, 290), (470, 330), (600, 310), (640, 400), (520, 460), (400, 430)], fill=(40, 38, 34, 200))
    return image
