"""The fifty queries: thirty chosen for what is hard, twenty cut out of the texts by a fixed seed."""

import random
from collections.abc import Sequence

CHOSEN = (
    # one character; the first stands in nearly every text
    "的", "水", "燈", "鬧", "℃",
    # two
    "路燈", "噪音", "停水", "垃圾", "學校", "公車", "物業", "違建",
    # three to five
    "停車場", "紅綠燈", "建築工地", "幼稚園", "居民樓下",
    # two words
    "路燈 不亮", "噪音 半夜", "小區 停電",
    # digits and Latin, inside longer ones too, and mixed with Chinese
    "12345", "2345", "58車", "18號", "KTV", "tv", "LED燈", "A3區", "wifi",
)  # fmt: skip

DRAWN = 20


def fifty(texts: Sequence[str], seed: int = 20170320) -> list[str]:
    """The chosen ones and, for each length from one to five, stretches of the texts as they stand."""
    chance = random.Random(seed)
    found = list(CHOSEN)
    while len(found) < len(CHOSEN) + DRAWN:
        length = 1 + len(found) % 5
        text = chance.choice(texts)
        start = chance.randrange(max(1, len(text) - length))
        stretch = text[start : start + length]
        if len(stretch) == length and stretch.isalnum() and stretch not in found:
            found.append(stretch)
    return found
