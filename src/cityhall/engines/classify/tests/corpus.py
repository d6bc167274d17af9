"""Small invented texts of four kinds, with enough variety to be held out."""

import random

from cityhall.engines.classify.model import Text

WORDS = {
    "light": ["路燈不亮", "燈泡壞了", "燈桿歪斜", "晚上很暗", "燈一直閃爍", "照明故障"],
    "hole": ["路面坑洞", "柏油破裂", "路面凹陷", "騎車跌倒", "坑洞積水", "路面不平"],
    "noise": ["半夜施工", "噪音很大", "電鑽吵人", "工地打樁", "睡不著覺", "假日動工"],
    "dog": ["流浪狗追人", "野狗成群", "狗在吠叫", "被狗咬傷", "遊蕩犬隻", "請捕捉犬隻"],
}
PLACES = ["中山路", "民生街", "復興里", "公園旁", "學校前", "市場口", "巷子裡", "橋下"]


def corpus(each: int = 60, *, seed: int = 1, noise: float = 0.0) -> tuple[list[Text], list[str]]:
    """So many texts a label, shuffled; `noise` of them say what another label says."""
    chance = random.Random(seed)
    rows = []
    for label in WORDS:
        for _n in range(each):
            says = chance.choice([one for one in WORDS if one != label]) if chance.random() < noise else label
            first, second = chance.sample(WORDS[says], 2)
            rows.append(
                (Text(f"{chance.choice(PLACES)}{first[:3]}", f"{chance.choice(PLACES)}{first}，{second}"), label)
            )
    chance.shuffle(rows)
    return [text for text, _ in rows], [label for _, label in rows]
