"""The chat page: with and without its script, in a frame, with bad input; nobody without the key sees anything."""

import json
import re
import uuid

import pytest
from django.test import Client as Browser

from cityhall.domains.chat import services
from cityhall.domains.chat.models import Conversation, LeftMessage
from cityhall.domains.chat.states import Source, State
from cityhall.engines.rules.models import ParameterValue
from cityhall.engines.rules.services import set_parameter

from .city import FOUNDED, MONDAY, NIGHT, TEN, make_city, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def city(monkeypatch):
    monkeypatch.setattr("django.utils.timezone.now", lambda: TEN)
    return make_city()


def begun(browser, text="路燈不亮", **more):
    response = browser.post("/chat/", {"text": text, "client_id": str(uuid.uuid4()), **more})
    assert response.status_code == 302, response.content.decode()[:500]
    return response["Location"], Conversation.objects.order_by("-pk").first()


def words(response):
    return re.sub(r"<[^>]+>", "", response.content.decode())


class TestPage:
    def test_lets_one_network_begin_so_many_and_no_more(self, city):
        set_parameter("chat.network_begins", 2, valid_from=MONDAY, source="簽准", by=None, at=FOUNDED)
        for _n in range(2):
            begun(Browser())

        response = Browser().post("/chat/", {"text": "路燈不亮"})

        assert response.status_code == 422
        assert "試了太多次" in words(response)
        assert "路燈不亮" in words(response)
        assert Conversation.objects.count() == 2
        assert Browser(REMOTE_ADDR="192.0.2.7").post("/chat/", {"text": "路燈不亮"}).status_code == 302

    def test_begins_with_its_own_form_alone(self, city):
        browser = Browser(enforce_csrf_checks=True)
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', browser.get("/chat/").content.decode())

        assert browser.post("/chat/", {"text": "路燈不亮"}).status_code == 403
        assert browser.post("/chat/", {"text": "路燈不亮", "csrfmiddlewaretoken": token[1]}).status_code == 302

    def test_answers_without_a_script(self, city):
        browser = Browser()
        url, _one = begun(browser)

        page = words(browser.get(url))

        assert "路燈不亮要找誰修？" in page
        assert "由程式自動回答，不是真人。" in page
        response = browser.post(url, {"text": "身分證不見了", "client_id": "x1"}, follow=True)
        assert "身分證遺失怎麼補發？" in words(response)

    def test_is_in_english_under_en(self, city):
        browser = Browser()
        response = browser.post("/en/chat/", {"text": "library card"}, follow=True)

        assert "How do I get a library card?" in words(response)
        assert Conversation.objects.get().language == "en"

    def test_needs_the_key_and_nothing_else(self, city):
        url, one = begun(Browser())

        assert Browser().get(url).status_code == 200
        assert Browser().get(f"/chat/{one.reference}/").status_code == 404
        assert Browser().get(f"/chat/{uuid.uuid4()}/").status_code == 404

    def test_offers_a_conversation_that_is_still_open(self, city):
        browser = Browser()
        url, _one = begun(browser)

        assert url.removesuffix("#last") in browser.get("/chat/").content.decode()
        assert url.removesuffix("#last") not in Browser().get("/chat/").content.decode()

    def test_shows_script_as_text(self, city):
        url, _one = begun(Browser(), "<script>alert(1)</script><img src=x onerror=alert(1)>")

        page = Browser().get(url).content.decode()

        assert "<script>alert" not in page
        assert "&lt;script&gt;alert(1)" in page
        assert "<img src=x" not in page

    @pytest.mark.parametrize("text", ["", "長" * 2001])
    def test_keeps_what_was_typed_where_it_refuses(self, city, text):
        url, one = begun(Browser())
        before = one.messages.count()

        response = Browser().post(url, {"text": text, "client_id": "a"})

        assert response.status_code == 422
        assert text in response.content.decode()
        assert one.messages.count() == before

    def test_refuses_ten_megabytes_with_a_page(self, city):
        url, one = begun(Browser())
        before = one.messages.count()

        response = Browser().post(url, {"text": "長" * 3_600_000}, content_type="application/x-www-form-urlencoded")
        assert response.status_code in (400, 413, 422)
        response = Browser().post(url, {"text": "A" * 11_000_000})
        assert response.status_code in (400, 413, 422)
        assert one.messages.count() == before

    def test_asks_as_often_for_a_long_conversation_as_for_a_short_one(self, city, django_assert_max_num_queries):
        url, one = begun(Browser())
        for n in range(10):
            services.say(one, text="路燈不亮", client_id=str(n), at=TEN)

        with django_assert_max_num_queries(8):
            Browser().get(url)


class TestNews:
    def test_are_what_came_after_a_message_and_nothing_when_there_is_nothing(self, city):
        browser = Browser()
        _url, one = begun(browser)
        here = f"/chat/{one.key}/news/"

        all_of_it = browser.get(here, {"after": 0})
        rest = json.loads(browser.get(here, {"after": 2}).content)

        assert json.loads(all_of_it.content)["items"].count("data-n=") == 3
        assert rest["items"].count("data-n=") == 1
        behind = browser.get(here, {"after": 0}, headers={"If-None-Match": all_of_it["ETag"]})
        assert behind.status_code == 200, "whoever lost the answer gets it again"
        again = browser.get(here, {"after": 3}, headers={"If-None-Match": all_of_it["ETag"]})
        assert (again.status_code, again.content) == (304, b"")
        services.say(one, text="謝謝", at=TEN)
        assert browser.get(here, {"after": 0}, headers={"If-None-Match": all_of_it["ETag"]}).status_code == 200

    def test_cost_one_question_when_nothing_is_new(self, city, django_assert_num_queries):
        browser = Browser()
        _url, one = begun(browser)
        tag = browser.get(f"/chat/{one.key}/news/?after=3")["ETag"]
        anonymous = Browser()

        with django_assert_num_queries(1):
            anonymous.get(f"/chat/{one.key}/news/?after=3", headers={"If-None-Match": tag})

    def test_come_with_the_answer_to_what_is_sent(self, city):
        browser = Browser()
        url, _one = begun(browser)

        sent = browser.post(url, {"text": "垃圾車幾點來", "client_id": "q", "after": "3"}, headers={"X-Chat": "1"})

        assert "垃圾車什麼時候會來收垃圾？" in json.loads(sent.content)["items"]
        refused = browser.post(url, {"text": ""}, headers={"X-Chat": "1"})
        assert (refused.status_code, json.loads(refused.content)["refused"]) == (422, "請先寫下想說的話。")


class TestActs:
    def test_lead_from_night_to_a_message(self, city, monkeypatch):
        monkeypatch.setattr("django.utils.timezone.now", lambda: NIGHT)
        browser = Browser()
        _url, one = begun(browser, "量子糾纏")

        page = words(browser.post(f"/chat/{one.key}/person/", follow=True))
        assert "現在不是客服人員的服務時間（工作天08:00到18:00）" in page
        response = browser.post(f"/chat/{one.key}/message/", {"text": "育嬰留停", "way": "MAIL", "email": ""})
        assert (response.status_code, "請填電子郵件" in words(response)) == (422, True)
        response = browser.post(
            f"/chat/{one.key}/message/", {"text": "育嬰留停", "way": "MAIL", "email": "lin@mail.example"}, follow=True
        )

        assert "留言已收到" in words(response)
        one.refresh_from_db()
        assert one.state == State.LEFT

    def test_end_rate_and_go_on(self, city):
        browser = Browser()
        url, one = begun(browser)

        assert "您滿意嗎" in words(browser.post(f"/chat/{one.key}/end/", follow=True))
        assert "謝謝您評 5 分" in words(browser.post(f"/chat/{one.key}/rate/", {"stars": "5"}, follow=True))
        browser.post(f"/chat/{one.key}/go-on/")
        one.refresh_from_db()
        assert one.state == State.BOT
        assert browser.get(f"/chat/{one.key}/end/").status_code == 405

    def test_say_whether_an_answer_helped(self, city):
        _url, one = begun(Browser())

        Browser().post(f"/chat/{one.key}/answers/3/helped/", {"helped": "no"})

        assert one.messages.get(n=2).bot_answer.helped is False


class TestFrame:
    def test_is_the_named_sites_alone(self, city):
        ParameterValue.objects.create(
            key="chat.sites", value=["https://works.example"], valid_from=MONDAY, source="測試", set_at=FOUNDED
        )
        browser = Browser()
        for path in ("/chat/?site=https://works.example",):
            response = browser.get(path)
            assert "frame-ancestors https://works.example" in response["Content-Security-Policy"]
            assert "X-Frame-Options" not in response
        url, one = begun(browser, site="https://works.example")

        assert (one.source, one.site) == (Source.EMBEDDED, "https://works.example")
        assert "frame-ancestors https://works.example" in Browser().get(url)["Content-Security-Policy"]
        assert "frame-ancestors 'none'" in browser.get("/chat/")["Content-Security-Policy"]

    @pytest.mark.parametrize(
        "site",
        [
            "https://evil.example",
            "https://works.example.evil.example",
            "http://works.example",
            "*",
            "null",
            "https://x;y",
        ],
    )
    def test_is_refused_clearly_to_others(self, city, site):
        response = Browser().get("/chat/", {"site": site})

        assert response.status_code == 403
        assert "不在市府登記的網站裡" in words(response)
        assert Browser().post("/chat/", {"site": site, "text": "路燈"}).status_code == 403
        assert Conversation.objects.count() == 0

    def test_is_nobodys_once_the_site_is_named_no_more(self, city):
        one = services.begin(language="zh-hant", source=Source.EMBEDDED, site="https://gone.example", at=TEN)

        response = Browser().get(f"/chat/{one.key}/")

        assert "frame-ancestors 'none'" in response["Content-Security-Policy"]


class TestLeftAtTheDesk:
    def test_is_answered_by_an_operator(self, city, monkeypatch):
        one = services.begin(language="zh-hant", at=NIGHT)
        services.leave_message(
            one, text="育嬰留停", way="MAIL", name="林", email="lin@mail.example", phone="", at=NIGHT
        )
        found, browser = LeftMessage.objects.get(), signed_in(city.operator)

        assert "育嬰留停" in words(browser.get("/desk/chat/left/"))
        assert "lin@mail.example" in words(browser.get(f"/desk/chat/left/{found.reference}/"))
        assert browser.post(f"/desk/chat/left/{found.reference}/", {"answer": ""}).status_code == 422
        response = browser.post(f"/desk/chat/left/{found.reference}/", {"answer": "請洽勞動局"}, follow=True)
        assert "已寄出回復" in words(response)
        assert "請洽勞動局" in words(browser.get(f"/desk/chat/left/{found.reference}/"))
        assert signed_in(city.commission).get("/desk/chat/left/").status_code == 403
        sheet = b"".join(browser.get("/desk/chat/left/export.csv?state=done").streaming_content).decode()
        assert "育嬰留停" in sheet
        assert "請洽勞動局" in sheet
        assert "lin@mail.example" not in sheet
