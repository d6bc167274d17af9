"""The demo city's text service: four weeks of conversations with the bot and with operators, messages left, answers reviewed.

Who asks what comes from a fixed seed, so that the city is the same each time. The last conversations are still open.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from cityhall.domains.chat import answering, operating, queries, reviewing, services
from cityhall.domains.chat.models import BotAnswer, Conversation, LeftMessage
from cityhall.domains.chat.rules import Service
from cityhall.domains.chat.states import Source
from cityhall.engines.directory.models import Person
from cityhall.engines.identity.models import Account
from cityhall.foundation.clock import day_of, start_of_day
from cityhall.foundation.lots import dice

DAYS, SEED = 28, 1999
ZH, EN = "zh-hant", "en"
HOURS = (0, 7, 8, 9, 9, 10, 10, 11, 12, 13, 14, 14, 15, 16, 17, 19, 20, 21, 22)
ASKED = (
    "垃圾車幾點來", "沙發要丟哪裡", "路燈不亮要找誰修", "路燈壞了", "路面有坑洞怎麼通報", "身分證不見了怎麼辦", "身分證掉了",
    "怎麼申請戶籍謄本", "育兒津貼", "保母要去哪裡查", "車子被拖走了去哪裡領", "停車費單不見了", "公車幾分鐘來", "家裡停水了",
    "停電了", "野狗追人", "想領養狗", "牌照稅忘了繳會怎樣", "房屋稅什麼時候繳", "晚上施工很吵", "低收入戶怎麼申請", "長照申請",
    "借書證怎麼辦", "羽球場怎麼預約", "虎頭蜂", "流感疫苗在哪裡打", "社會住宅怎麼申請", "租金補貼", "法律諮詢", "補助", "申請",
    "登記", "檢舉", "1999幾點有人接",
)  # fmt: skip
ASKED_EN = (
    "Who repairs a street light?",
    "How do I get a library card?",
    "What do I do with food waste?",
    "How do I report a pothole?",
)
UNKNOWN = (
    "我家門口的公車站牌可以移到對面嗎", "市長信箱寫過三次都沒有下文", "鄰居把冷氣室外機裝在我家牆上", "可以借市府的廣場辦婚禮嗎",
    "外國人可以考街頭藝人證嗎", "無人機可以在河濱飛嗎", "我想知道捷運工地什麼時候開放通行",
)  # fmt: skip
SMALL = ("你好", "謝謝", "哈囉", "你是真人嗎")
TALKS = (
    ("我想移公車站牌", "您好，我是1999客服。請問是哪一站？", "中正路和民生路口那一站", "好的，這要交通局會勘，我幫您記下來，局裡會再和您聯絡。", "好，謝謝"),
    ("拖吊場的電話打不通", "您好，請問車號後四碼和被拖的地點？", "3321，在火車站前面", "查到了，車在中壢拖吊場，領車到晚上十點，請帶駕照和行照。", "太好了，謝謝"),
    ("我的案子一個月了還沒有回", "您好，請問案件編號？", "115-000321", "這件已經在會簽，最晚下週三回復；我請承辦人今天先打電話給您。", "麻煩了"),
    ("低收入戶要準備哪些資料，我看不懂", "您好，請帶身分證、戶口名簿和全家的所得資料到公所社會課。", "所得資料去哪裡拿", "國稅局任何一個分局都可以，帶身分證就好。", "了解，謝謝你"),
)  # fmt: skip
LEFT = (
    ("市府廣場可以借來辦婚禮嗎？大概八十個人，想辦在明年五月的星期六。", "您好，市府廣場可以借用，請在三個月前向秘書處申請，附上活動計畫；費用依場地收費標準。"),
    ("我媽媽行動不方便，打流感疫苗可以到家裡嗎？", "您好，行動不便的長輩可以請衛生所安排到宅接種，請打03-340-0935預約。"),
    ("河濱公園的籃球架歪了，小朋友在玩很危險，不知道要跟誰說。", "您好，已請水務局去看，籃球架今天先圍起來，本週內修好。"),
    ("公車站牌可以移到對面嗎？每天早上等車的人都站到馬路上。", ""),
    ("請問舊的嬰兒車可以捐到哪裡？", ""),
)  # fmt: skip
CANNED = (
    ("問候", "您好，我是1999客服人員，很高興為您服務。", "Hello, this is the 1999 service. How can I help?"),
    ("請稍候", "我幫您查一下，請稍候。", "Let me look that up for you. One moment, please."),
    ("問地點", "請問在哪裡？有地址、路口或附近的地標都可以。", "Where is it? An address, a crossing or a landmark nearby is fine."),
    ("轉給機關", "這件事由主管機關處理，我幫您記下來，機關會再和您聯絡。", "The agency in charge handles this. I have noted it and they will contact you."),
    ("結束", "很高興幫上忙。還有問題，歡迎隨時再來。", "Glad to help. You are welcome back any time."),
)  # fmt: skip


@dataclass
class Month:
    """The people at the desk, and the conversations that are being made."""

    operator: Person
    colleague: Person
    now: datetime
    chance: random.Random = field(default_factory=lambda: dice(SEED))
    left: int = 0

    def account(self, person: Person) -> Account:
        """Whose acts are recorded."""
        assert person.account is not None
        return person.account


def load(operator: Person, colleague: Person, supervisor: Person, *, at: datetime) -> int:
    """Four weeks up to that instant; how many conversations there were."""
    month = Month(operator, colleague, at)
    first = day_of(at) - timedelta(days=DAYS)
    for title, text, text_en in CANNED:
        operating.add_canned(title=title, text=text, text_en=text_en, by=supervisor.account, at=start_of_day(first))
    many = 0
    for n in range(DAYS + 1):
        day = start_of_day(first + timedelta(days=n))
        instants = sorted(
            day + timedelta(hours=month.chance.choice(HOURS), minutes=month.chance.randrange(60))
            for _n in range(month.chance.randint(6, 11))
        )
        for when in instants:
            if when < at - timedelta(hours=1):
                _talk(month, many, when)
                many += 1
    _reviews(supervisor, at)
    return many + _open(month, at)


def _talk(month: Month, n: int, at: datetime) -> None:
    """A conversation from greeting to end."""
    lot, chosen = month.chance.random(), month.chance
    english = lot < 0.07
    source = Source.LINE if n % 4 == 3 else Source.WEB
    conversation = services.begin(language=EN if english else ZH, source=source, at=at)
    said = [chosen.choice(ASKED_EN if english else ASKED) for _n in range(1 + (lot > 0.6))]
    if lot > 0.85:
        said.append(chosen.choice(UNKNOWN))
    if lot > 0.5:
        said.append(chosen.choice(SMALL))
    for text in said:
        at += timedelta(seconds=chosen.randint(20, 90))
        message = services.say(conversation, text=text, at=at)
        answer = BotAnswer.objects.filter(asked=message).select_related("reply").first()
        if answer and answer.reply.data.get("helped") and chosen.random() < 0.4:
            services.helped(conversation, n=answer.reply.n, yes=chosen.random() < 0.88, at=at)
    at += timedelta(seconds=40)
    if lot > 0.8 and _with_person(month, conversation, n, at):
        return
    if lot > 0.9 and month.left < len(LEFT) and n >= month.left * 45:
        _leave(month, conversation, at)
    else:
        services.end(conversation, at=at)


def _with_person(month: Month, conversation: Conversation, n: int, at: datetime) -> bool:
    """An operator takes it, if it is within the hours."""
    who = month.account(month.operator if n % 3 else month.colleague)
    if not queries.within_hours(at):
        return False
    operating.come(by=who, at=at)
    if services.call_person(conversation, at=at) is not Service.OPEN:
        return False
    at += timedelta(seconds=month.chance.randint(8, 80))
    operating.take(conversation, by=who, at=at)
    for place, text in enumerate(TALKS[n % len(TALKS)]):
        at += timedelta(seconds=month.chance.randint(15, 50))
        if place % 2:
            operating.answer(conversation, text=text, by=who, at=at)
        else:
            services.say(conversation, text=text, at=at)
    operating.end(conversation, by=who, at=at + timedelta(seconds=20))
    if month.chance.random() < 0.7:
        services.rate(conversation, stars=month.chance.choice((5, 5, 4, 4, 3)), at=at + timedelta(seconds=40))
    operating.go(by=who, at=at + timedelta(seconds=50))
    return True


def _leave(month: Month, conversation: Conversation, at: datetime) -> LeftMessage:
    """A message that is left, and its answer on the next morning."""
    text, answer = LEFT[month.left]
    by_mail = month.left % 3 != 1
    month.left += 1
    left = services.leave_message(
        conversation, text=text, way="MAIL" if by_mail else "CALL", name="林小姐" if by_mail else "陳先生",
        email=f"chat{month.left}@mail.example" if by_mail else "", phone="" if by_mail else "0912-000-345", at=at,
    )  # fmt: skip
    morning = start_of_day(day_of(at)) + timedelta(days=1, hours=9)
    if answer and morning < month.now:
        answering.answer(left, text=answer, by=month.account(month.operator), at=morning)
    return left


def _reviews(supervisor: Person, at: datetime) -> None:
    """The supervisor looks at what was drawn until two days ago."""
    assert supervisor.account is not None
    drawn = reviewing.listed("sample", None, day_of(at) - timedelta(days=2))
    for n, answer in enumerate(drawn.order_by("pk")):
        wrong = n % 6 == 5
        reviewing.review(
            answer, right=not wrong, remark="民眾問的是補助，給的是登記。" if wrong else "", by=supervisor.account,
            at=at - timedelta(hours=30) + timedelta(minutes=n),
        )  # fmt: skip


def _open(month: Month, at: datetime) -> int:
    """Two conversations that are still in hand since the last hours of service, and the messages that wait for an answer."""
    while month.left < len(LEFT):
        when = at - timedelta(hours=2, minutes=10 * month.left)
        source = Source.LINE if month.left % 2 else Source.WEB
        conversation = services.begin(language=ZH, source=source, at=when)
        services.say(conversation, text=LEFT[month.left][0][:20], at=when)
        _leave(month, conversation, when)
    made = 0
    while not queries.within_hours(at - timedelta(minutes=9)):
        at -= timedelta(minutes=30)
    for n, (asked, *_rest) in enumerate(TALKS[:2]):
        when = at - timedelta(minutes=9 - n)
        conversation = services.begin(language=ZH, source=Source.LINE if n else Source.WEB, at=when)
        services.say(conversation, text=asked, at=when)
        who = month.account(month.operator)
        operating.come(by=who, at=when)
        if services.call_person(conversation, at=when) is not Service.OPEN:
            services.end(conversation, at=when)
            continue
        operating.take(conversation, by=who, at=when + timedelta(seconds=30))
        made += 1
    return made
