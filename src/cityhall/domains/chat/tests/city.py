"""A small city for tests of the text service: the commission with two operators and a supervisor, and a few entries."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.test import Client as Browser
from tests.support.faq import publish

from cityhall.engines.deadlines.services import seed_calendar
from cityhall.engines.directory.models import Agency, Person
from cityhall.engines.directory.states import Role
from cityhall.engines.directory.tests.factories import make_agency, make_person
from cityhall.foundation.clock import at as instant

MONDAY = date(2026, 11, 16)
TEN = instant(MONDAY, 10)
NIGHT = instant(MONDAY, 23)
FOUNDED = instant(date(2026, 11, 2), 8)
ENTRIES = (
    ("garbage", "垃圾車什麼時候會來收垃圾？", "各里的路線和時間可以在清潔稽查大隊網頁查。", "垃圾車幾點來\n垃圾幾點收",
     "When does the garbage truck come?", "Look up your street on the page."),
    ("street-light", "路燈不亮要找誰修？", "請打1999或上網反映，附上路燈編號。", "路燈壞了\n路燈不會亮", "", ""),
    ("id-lost", "身分證遺失怎麼補發？", "本人帶照片與規費到任一戶政事務所。", "身分證掉了怎麼辦\n身分證不見了", "", ""),
    ("tow", "車子被拖吊了怎麼領回？", "先查拖吊場，帶證件與罰鍰去領。", "車子被拖吊", "", ""),
    ("library-card", "借書證怎麼辦？", "帶身分證到任一市立圖書館。", "辦借書證", "How do I get a library card?", "Bring your ID."),
    ("childcare", "育兒津貼怎麼申請？", "向戶籍地區公所申請。", "育兒津貼多少錢", "", ""),
    ("parking-fee", "停車費怎麼繳？", "超商或網路都可以繳。", "停車費逾期\n路邊停車繳費", "", ""),
)  # fmt: skip


@dataclass
class City:
    """Who there is."""

    rdec: Agency
    operator: Person
    other_operator: Person
    supervisor: Person
    commission: Person


def make_city() -> City:
    """The commission's people, the calendar and the entries."""
    seed_calendar()
    rdec = Agency.objects.filter(code="rdec").first() or make_agency(
        "rdec", name="研究發展考核委員會", short_name="研考會"
    )
    for code, question, answer, aliases, question_en, answer_en in ENTRIES:
        publish(
            code, rdec, question=question, answer=answer, aliases=aliases, question_en=question_en, answer_en=answer_en,
            at=FOUNDED,
        )  # fmt: skip
    return City(
        rdec, make_person(rdec, None, Role.OPERATOR), make_person(rdec, None, Role.OPERATOR),
        make_person(rdec, None, Role.SUPERVISOR), make_person(rdec, None, Role.COMMISSION),
    )  # fmt: skip


def signed_in(who: Person) -> Browser:
    """A browser of somebody who signed in with a second factor."""
    browser = Browser()
    browser.force_login(who.account)
    session = browser.session
    session["identity.factor"] = "TOTP"
    session.save()
    return browser
