"""A citizen's night with the text service (bot, message, reply by mail in the morning) and day (bot, person, petition)."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from cityhall.domains.chat.models import Conversation
from cityhall.domains.chat.tests.city import NIGHT, TEN, make_city
from cityhall.domains.chat.tests.test_desk import photo
from cityhall.domains.petitions.models import Petition
from cityhall.engines.directory.models import Agency

from .test_petition import check

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
WAYS = [pytest.param("", 360, True, id="zh-360"), pytest.param("/en", 1280, True, id="en-1280"),
        pytest.param("", 360, False, id="zh-360-no-script")]  # fmt: skip
WORDS = {
    "": {"ask": "路燈不亮", "known": "路燈不亮要找誰修", "unknown": "量子糾纏與弦論", "refused": "我不知道答案", "left": "留言已收到"},
    "/en": {"ask": "How do I get a library card?", "known": "Bring your ID", "unknown": "zzyzx qqqq", "refused": "I do not know",
            "left": "We have your message"},
}  # fmt: skip


@pytest.fixture
def clock(monkeypatch):
    now = [NIGHT]
    monkeypatch.setattr("django.utils.timezone.now", lambda: now[0])
    return now


def ask(page, text):
    page.fill("#text", text)
    page.locator(".chat__composer button").click()
    page.wait_for_load_state()


@pytest.mark.parametrize(("prefix", "width", "script"), WAYS)
def test_a_night_ends_in_a_reply_by_mail(city, clock, site, post, open_as, prefix, width, script):
    people, words = make_city(), WORDS[prefix]
    page = open_as(width=width, script=script)
    page.goto(f"{site}{prefix}/chat/")
    check(page, script)
    ask(page, words["ask"])
    page.get_by_text(words["known"]).first.wait_for()
    ask(page, words["unknown"])
    page.get_by_text(words["refused"]).first.wait_for()
    check(page, script)

    page.locator(".chat__acts a[href$='/message/']").click()
    page.wait_for_load_state()
    check(page, script)
    page.fill("[name=email]", "lin@mail.example")
    page.locator("main form button.govuk-button").click()
    page.get_by_text(words["left"]).first.wait_for()

    clock[0] = TEN + timedelta(days=1)
    desk = open_as(people.operator)
    desk.goto(f"{site}{prefix}/desk/chat/left/")
    check(desk, True)
    desk.locator("tbody a").first.click()
    desk.wait_for_load_state()
    check(desk, True)
    desk.fill("[name=answer]", "請洽市立圖書館。")
    desk.locator("main form button.govuk-button").click()
    desk.wait_for_load_state()

    letter = post()[-1]
    assert letter.to == "lin@mail.example"
    assert "請洽市立圖書館" in letter.text


def test_a_day_goes_from_the_bot_to_a_person_and_to_a_petition(city, clock, site, post, open_as, tmp_path):
    people = make_city()
    Agency.objects.filter(code="rdec").update(name_en="RDEC")
    clock[0] = TEN
    desk, page = open_as(people.operator), open_as(width=360)
    desk.goto(f"{site}/desk/chat/")
    desk.locator(".chat-presence button").click()
    desk.wait_for_load_state()
    page.goto(f"{site}/chat/")
    ask(page, "量子糾纏與弦論")
    page.locator(".chat__acts").get_by_text("請客服人員接談").click()
    page.get_by_text("您排第 1 位").wait_for()
    check(page, True)

    desk.get_by_role("button", name=re.compile("接談")).first.wait_for(timeout=10_000)
    check(desk, True)
    desk.get_by_role("button", name=re.compile("接談")).first.click()
    desk.wait_for_load_state()
    page.get_by_text("客服人員已經加入").wait_for(timeout=10_000)
    desk.fill("#text", "您好，請說。")
    desk.locator(".chat__composer button").click()
    page.get_by_text("您好，請說。").wait_for(timeout=10_000)
    ask(page, "路燈不亮")
    desk.locator(".chat__log").get_by_text("路燈不亮", exact=True).wait_for(timeout=10_000)
    check(desk, True)
    check(page, True)
    desk.get_by_role("button", name="結束對談").click()
    page.get_by_text("您滿意嗎").wait_for(timeout=10_000)
    check(page, True)

    (tmp_path / "lamp.jpg").write_bytes(photo())
    page.goto(f"{site}/chat/")
    ask(page, "我要反映一件事")
    for said, answer in (("路燈不亮，晚上很暗", "在哪裡？"), ("市府後面的小巷子", "有照片更清楚")):
        ask(page, said)
        page.get_by_text(answer).first.wait_for()
    page.locator("input[type=file]").set_input_files(str(tmp_path / "lamp.jpg"))
    page.get_by_role("button", name="傳檔案").click()
    page.locator(".chat__file img").wait_for()
    page.get_by_role("button", name="照片傳好了").click()
    page.get_by_text("請留電子郵件").wait_for()
    ask(page, "lin@mail.example")
    page.get_by_role("button", name="送出這件反映").click()
    page.get_by_text("6位數驗證碼").wait_for()
    check(page, True)
    code = re.search(r"(\d{6})", post()[-1].subject)[1]
    ask(page, code)
    page.get_by_text("成案了").wait_for()

    petition = Petition.objects.get()
    assert petition.case.is_confirmed
    assert Conversation.objects.latest("pk").case == petition.case
