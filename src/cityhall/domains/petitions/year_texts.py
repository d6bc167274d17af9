"""What the year's citizens write: the shipped samples put together anew, with places, times and details.

The heading and the matter come from one sample, a sentence may come from another of the same category, and where, when,
how often and what is hoped for are added. So few are equal; how alike they are is measured and told (`cityhall demo alike`).
"""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from .states import Ground

if TYPE_CHECKING:
    from .samples import Text

SENTENCE = re.compile(r"[^。！？!?～\n]+[。！？!?～]?")
WHEN = (
    "昨天晚上", "今天早上", "上星期三起", "這兩天", "大概從月初開始", "清晨五點多", "下班時間", "週末", "前天下雨過後", "中午",
    "已經三個星期", "半夜一點左右", "連假那幾天", "每天傍晚", "放學的時候", "上個月底", "今天下午兩點", "剛剛",
)  # fmt: skip
NEAR = (
    "便利商店對面", "國小側門", "加油站旁邊", "公園涼亭那一側", "早餐店門口", "往火車站方向", "活動中心前面", "土地公廟旁",
    "社區大門右手邊", "橋頭", "市場後面", "診所隔壁", "河堤邊", "幼兒園轉角", "公車站牌後方", "停車場出口", "第二個紅綠燈",
)  # fmt: skip
SEEN = (
    "我和鄰居都看到了", "家裡長輩差點受傷", "附近住戶都在抱怨", "打過電話但是沒有下文", "騎車經過都要閃", "小孩每天走這裡",
    "有拍照可以提供", "已經影響做生意", "里長也知道這件事", "之前修過又這樣", "垃圾車司機也說過", "晚上特別嚴重",
    "推輪椅的人過不去", "跟去年同一個地方", "保全說不是他們管的", "我住這裡十二年第一次遇到",
)  # fmt: skip
HOPE = (
    "麻煩派人來看一下", "請儘快處理", "希望這週內有結果", "請告訴我哪一天會好", "謝謝你們辛苦了", "處理好請回個電話",
    "請不要再推來推去", "拜託了", "請轉給負責的單位", "希望能徹底解決", "先謝謝", "等你們的消息",
)  # fmt: skip
VAGUE = {
    Ground.NO_MATTER: (
        ("心情不好", "最近看到什麼都不順眼，市府是不是都沒有在做事，自己想一想。"),
        ("建議", "希望城市越來越好，大家都要加油，就這樣。"),
        ("沒什麼", "只是想說一下，這個社會變了，以前不是這樣的。"),
        ("天氣", "今年特別熱，政府要不要想想辦法，不然大家怎麼過日子。"),
        ("政治", "選舉的時候說得很好聽，現在呢，我都記著。"),
        ("感想", "看了新聞很有感觸，寫幾句話給你們，不用回也沒關係。"),
    ),
    Ground.REPEATED: (
        ("上次那件", "就是我上次寫的那一件，我再寄一次，內容一樣，你們自己去看。"),
        ("再寄一次", "前天寄的不知道有沒有收到，再寄一次，同一件事。"),
        ("同前", "內容同前一封，沒有新的，請併在一起。"),
        ("還是那件事", "還是我上個月講的那件事，你們已經回過了，我再講一次。"),
    ),
    Ground.ANONYMOUS: (
        ("有人", "某個地方有人做不好的事，你們去查就知道，我不方便說是誰，也不方便說在哪裡。"),
        ("檢舉", "我要檢舉一個人，名字不能說，他自己心裡有數。"),
        ("內幕", "有些內幕我知道，但是不能講細節，你們應該要主動。"),
    ),
}  # fmt: skip
REASONS = {
    Ground.NO_MATTER: ("內容空泛，未敘明具體事項。", "抒發感想，沒有可以辦理的具體事由。"),
    Ground.REPEATED: ("與先前已受理的來信內容相同。", "同一內容重複寄送，前一封已在辦理。"),
    Ground.ANONYMOUS: ("未具名檢舉，且沒有可查證的人、事、時、地。",),
}


def composed(text: Text, kin: Sequence[Text], where: str, chance: random.Random) -> tuple[str, str]:
    """One petition's heading and body from a sample, another of its category, and details."""
    own = SENTENCE.findall(text.body)
    body = "".join(own)
    if len(own) > 2 and chance.random() < 0.6:
        body = "".join(own[: chance.randint(1, len(own) - 1)])
    if chance.random() < 0.55:
        other = SENTENCE.findall(chance.choice(kin).body)
        sentence = chance.choice(other)
        if sentence not in body:
            body = sentence + ("" if sentence[-1] in "。！？!?～" else "，") + body if chance.random() < 0.5 else (
                body + ("" if body[-1:] in "。！？!?～" else "，") + sentence
            )  # fmt: skip
    spot = f"{where}{chance.choice(NEAR)}" if where and chance.random() < 0.7 else chance.choice(NEAR)
    parts = [f"{chance.choice(WHEN)}在{spot}，", body]
    if body[-1:] not in "。！？!?～":
        parts.append("。")
    if chance.random() < 0.6:
        parts.append(f"{chance.choice(SEEN)}，")
    parts.append(f"{chance.choice(HOPE)}。")
    heading = text.subject if chance.random() < 0.5 else f"{text.subject}（{spot[-8:]}）"
    return heading[:60], "".join(parts)


def vague(ground: str, chance: random.Random) -> tuple[str, str]:
    """A letter that is no petition, with a few words more so that not all are the same."""
    subject, body = chance.choice(VAGUE[Ground(ground)])
    return subject, f"{chance.choice(WHEN)}想到的。{body}{chance.choice(HOPE)}。"
