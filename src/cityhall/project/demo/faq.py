"""What goes on in the demo city's FAQ base: versions on their way, entries to be looked at, questions asked in vain, use.

All of it is invented, and made by the product's own acts.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from cityhall.domains.faq import chasing, proposing, samples, services
from cityhall.domains.faq.models import Entry, Version
from cityhall.domains.faq.services import TEXTS
from cityhall.domains.faq.states import Channel, State
from cityhall.engines.directory.models import Agency, Person
from cityhall.foundation.clock import day_of
from cityhall.foundation.lots import dice

USE_DAYS = 30
ASKED_IN_VAIN = (
    (Channel.CHAT, 1, "普渡紙錢集中燒在哪"), (Channel.WEB, 2, "中元普渡紙錢集中燒"), (Channel.WEB, 5, "普渡的紙錢可以集中燒嗎"),
    (Channel.HOTLINE, 8, "普渡紙錢集中燒"), (Channel.WEB, 1, "雨傘掉在捷運上怎麼找"), (Channel.CHAT, 3, "雨傘掉在捷運上"),
    (Channel.HOTLINE, 9, "捷運上掉的雨傘"), (Channel.WEB, 4, "電動機車換電池有沒有補助"), (Channel.CHAT, 6, "電動機車換電池補助"),
    (Channel.WEB, 7, "外送員可不可以幫我代買樂透"), (Channel.WEB, 11, "外送員可以幫我代買樂透嗎"),
)  # fmt: skip
NEXT = {
    "aliases": "路燈壞了/整條路都是暗的/電線桿上的燈不亮/公園的燈一直閃",
    "answer": "請看燈桿上的六碼編號，在網站反映或打1999。市區道路由養護工程處修，一般三個工作天內修好；颱風過後會久一些，網站上查得到進度。",
    "links": "維修進度查詢 https://example.org/lamps\n全市路燈地圖 https://example.org/lamps/map",
    "link": "https://example.org/report-a-lamp",
}  # fmt: skip
FAIR = {
    "question": "燈會的接駁車在哪裡搭？", "answer": "桃園車站後站和高鐵桃園站都有，每十五分鐘一班，末班車晚上十點半。",
    "question_en": "Where does the shuttle bus to the Lantern Festival stop?",
    "answer_en": "At the rear of Taoyuan Station and at Taoyuan High Speed Rail Station, every fifteen minutes until 10:30 p.m.",
    "aliases": "燈會怎麼去\n燈會有接駁車嗎", "fee": "免費", "fee_en": "free of charge",
    "links": "路線與站牌 https://example.org/shuttle",
}  # fmt: skip
COPY = {
    "question": "怎麼申請戶籍謄本？", "answer": "本人帶身分證到任何一個戶政事務所，當場領；也可以用自然人憑證在網路申請電子謄本。",
    "aliases": "戶口謄本要去哪裡辦", "fee": "每張新臺幣20元", "days": 0,
}  # fmt: skip
PET = {
    "question": "社區可以自己種行道樹嗎？", "answer": "先向養護工程處申請認養，會派人看過樹穴和管線再回復。", "aliases": "想在家門口種樹",
}  # fmt: skip


def write(agencies: Mapping[str, Agency], shown: Mapping[str, Person], *, now: datetime) -> None:
    """A month of work on the base, up to now."""
    editor, agency, topics = shown["commission"].account, shown["coordinator"].account, samples.topics()
    month = now - timedelta(days=30)

    def drafted(code: str, owner: str, topic: str, texts: Mapping[str, Any], at: datetime) -> Version:
        entry = Entry.objects.filter(code=code).first()
        standing = entry.versions.filter(state=State.PUBLISHED).order_by("-number").first() if entry else None
        said: dict[str, Any] = {name: getattr(standing, name) for name in TEXTS} if standing else {}
        said |= {"valid_from": day_of(at), **texts}
        return services.write(code=code, agency=agencies[owner], topic=topics[topic], texts=said, by=editor, at=at)

    def published(version: Version, at: datetime) -> Version:
        own = agency if version.entry.agency_id == agencies["maintenance"].pk else None
        return services.publish(services.submit(version, by=editor, at=at), by=own, at=at)

    lines = {**NEXT, "aliases": NEXT["aliases"].replace("/", "\n")}
    published(drafted("street-light", "maintenance", "roads", lines, month), month + timedelta(days=1))
    today = day_of(now)
    ends = {"valid_until": today + timedelta(days=9), "review_by": today + timedelta(days=5)}
    published(drafted("lantern-shuttle", "transport", "bus", FAIR | ends, month), month)
    published(drafted("transcript-zhongli", "household_zhongli", "household", COPY, month), month)
    late = {"review_by": today - timedelta(days=12)}
    published(drafted("fallen-tree", "maintenance", "roads", late, month), month)
    free = {"days": 1, "fee": "免費", "fee_en": "free of charge"}
    waiting = drafted("pothole", "maintenance", "roads", free, now - timedelta(days=2))
    services.submit(waiting, by=editor, at=now - timedelta(days=2))
    back = services.submit(drafted("plant-a-tree", "maintenance", "roads", PET, month), by=editor, at=month)
    services.send_back(back, reason="認養以一年為期，請寫明期滿要再申請。", by=agency, at=now - timedelta(days=1))
    _used(now)
    for channel, days, text in ASKED_IN_VAIN:
        services.record_unanswered(text, channel=channel, at=now - timedelta(days=days))
    proposing.group(at=now)
    for one in proposing.waiting(now).filter(text__contains="樂透"):
        proposing.decline(one, reason="不是市府的業務。", by=editor, at=now)
    chasing.chase(at=now)


def _used(now: datetime) -> None:
    """Answers given on the website, by the hotline and by the bot; a few did not help."""
    chance = dice("faq")
    rows = list(Version.objects.standing().order_by("entry__code"))
    for n, row in enumerate(rows):
        for _time in range(chance.randrange(1, 5) + 40 // (n + 3)):
            channel = chance.choices((Channel.WEB, Channel.HOTLINE, Channel.CHAT), (5, 4, 3))[0]
            helped = chance.choices((None, True, False), (5, 4, 1))[0]
            at = now - timedelta(days=chance.uniform(0, USE_DAYS))
            services.record_use(row, channel=channel, helped=helped, at=at)
