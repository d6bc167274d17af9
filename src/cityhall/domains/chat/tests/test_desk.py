"""Operators: the queue, two who take the same, the bot silent from hand-over on, transfers, files, silence, rights."""

import io
import json
import re
from datetime import timedelta

import pytest
from django.core.files.base import ContentFile
from django.test import Client as Browser
from PIL import Image
from tests.support.at_once import at_once

from cityhall.domains.chat import operating, queries, services
from cityhall.domains.chat.models import BotAnswer, CannedAnswer, Conversation, Message
from cityhall.domains.chat.refusals import CannotTalk
from cityhall.domains.chat.rules import Service
from cityhall.domains.chat.states import Ended, Speaker, State
from cityhall.engines.audit.models import Entry
from cityhall.engines.letters.models import Letter

from .city import TEN, make_city, signed_in


@pytest.fixture
def city(db, monkeypatch):
    monkeypatch.setattr("django.utils.timezone.now", lambda: TEN)
    return make_city()


def there(*people, at=TEN):
    for person in people:
        operating.come(by=person.account, at=at)


def waiting(text="量子糾纏", at=TEN):
    one = services.begin(language="zh-hant", at=at)
    services.say(one, text=text, at=at)
    assert services.call_person(one, at=at) is Service.OPEN
    return Conversation.objects.get(pk=one.pk)


def taken(city, **more):
    there(city.operator)
    return operating.take(waiting(**more), by=city.operator.account, at=TEN)


def photo():
    out = io.BytesIO()
    Image.new("RGB", (60, 40), "green").save(out, "JPEG")
    return out.getvalue()


def words(response):
    return re.sub(r"<[^>]+>", "", response.content.decode())


@pytest.mark.django_db
class TestQueue:
    def test_has_a_position_that_moves_up(self, city):
        there(city.operator)
        first, second = waiting(), waiting(at=TEN + timedelta(seconds=1))
        assert [queries.position(one) for one in (first, second)] == [1, 2]
        assert "您排第 2 位" in words(Browser().get(f"/chat/{second.key}/"))

        operating.take(first, by=city.operator.account, at=TEN)

        assert queries.position(Conversation.objects.get(pk=second.pk)) == 1

    def test_is_closed_when_nobody_was_seen_lately(self, city):
        there(city.operator)

        assert queries.service(TEN + timedelta(seconds=89)) is Service.OPEN
        assert queries.service(TEN + timedelta(seconds=91)) is Service.NOBODY

    def test_tells_once_that_nobody_comes(self, city):
        there(city.operator)
        one = waiting()
        operating.go(by=city.operator.account, at=TEN)

        assert [services.nobody_came(TEN), services.nobody_came(TEN)] == [1, 0]
        assert one.messages.last().data["doors"] == ["message"]

    def test_is_left_by_who_closed_the_page_only(self, city):
        there(city.operator)
        gone, stays = waiting(), waiting()
        later = TEN + timedelta(minutes=6)
        services.seen(stays, at=later)

        assert services.end_idle(later) == 1
        gone.refresh_from_db()
        assert gone.closed_why == Ended.IDLE


@pytest.mark.django_db
class TestPolls:
    def test_of_the_board_send_nothing_where_nothing_changed(self, city, django_assert_max_num_queries):
        taken(city)
        browser = signed_in(city.operator)
        page = browser.get("/desk/chat/").content.decode()
        again = "/desk/chat/?has=" + re.search(r"has=(\w+)", page)[1]

        with django_assert_max_num_queries(12):
            assert browser.get(again, headers={"HX-Request": "true"}).status_code == 204
        assert browser.get(again).status_code == 200
        waiting()
        news = browser.get(again, headers={"HX-Request": "true"})
        assert (news.status_code, "沒有人在等" in words(news)) == (200, False)

    def test_of_a_conversation_ask_little_whatever_is_in_hand(self, city, django_assert_max_num_queries):
        one = taken(city)
        taken(city)
        browser = signed_in(city.operator)
        address = f"/desk/chat/talks/{one.reference}/news/?after=99"
        tag = browser.get(address)["ETag"]

        with django_assert_max_num_queries(8) as asked:
            assert browser.get(address, headers={"If-None-Match": tag}).status_code == 304
        assert not any(query["sql"].startswith("UPDATE") for query in asked.captured_queries)

    def test_find_nothing_new_after_what_the_own_message_brought(self, city):
        one = taken(city)
        browser = signed_in(city.operator)
        said = browser.post(
            f"/desk/chat/talks/{one.reference}/say/", {"text": "您好", "client_id": "a"}, headers={"X-Chat": "1"}
        )

        assert "手上的對談" in said.json()["mine"]
        address = f"/desk/chat/talks/{one.reference}/news/?after={said.json()['n']}"
        assert browser.get(address, headers={"If-None-Match": said["ETag"]}).status_code == 304


@pytest.mark.django_db
class TestConversation:
    def test_silences_the_bot_for_good(self, city):
        one = taken(city)
        before = BotAnswer.objects.count()

        for text in ("路燈不亮", "垃圾車幾點來", "失火了"):
            services.say(one, text=text, at=TEN)
        operating.answer(one, text="您好", by=city.operator.account, at=TEN)
        operating.end(one, by=city.operator.account, at=TEN)
        services.go_on(one, at=TEN)
        services.say(one, text="路燈不亮", at=TEN)

        assert BotAnswer.objects.count() == before
        one.refresh_from_db()
        assert (one.state, one.danger) == (State.WAITING, "119")
        after = one.messages.filter(n__gt=one.messages.get(data__event="joined").n)
        assert not after.filter(speaker=Speaker.BOT).exists()

    def test_is_limited_in_number_and_needs_presence(self, city):
        with pytest.raises(CannotTalk, match="上線"):
            operating.take(
                Conversation.objects.create(language="en", started_at=TEN, spoke_at=TEN, seen_at=TEN),
                by=city.operator.account, at=TEN,
            )  # fmt: skip
        there(city.operator)
        for _n in range(4):
            operating.take(waiting(), by=city.operator.account, at=TEN)
        with pytest.raises(CannotTalk, match="4則"):
            operating.take(waiting(), by=city.operator.account, at=TEN)

    def test_goes_to_a_colleague_with_everything(self, city):
        there(city.operator, city.other_operator)
        one = taken(city, text="量子糾纏的補助")

        operating.hand_over(one, to=city.other_operator, note="要查法規", by=city.operator.account, at=TEN)

        page = words(signed_in(city.other_operator).get(f"/desk/chat/talks/{one.reference}/"))
        assert "量子糾纏的補助" in page
        assert "要查法規" in page
        assert "要查法規" not in words(Browser().get(f"/chat/{one.key}/"))
        with pytest.raises(CannotTalk, match="不是由您"):
            operating.answer(one, text="還在嗎", by=city.operator.account, at=TEN)
        with pytest.raises(CannotTalk, match="不在線上"):
            operating.hand_over(one, to=city.supervisor, note="", by=city.other_operator.account, at=TEN)

    def test_carries_files_to_those_who_may_see_them(self, city):
        one = taken(city)
        message = operating.send_file(one, content=ContentFile(photo()), name="路燈.jpg", by=None, at=TEN)
        url = f"/files/{message.data['file']}/"

        for response in (Browser().get(f"{url}?chat={one.key}"), signed_in(city.operator).get(url)):
            assert response.status_code == 200
            assert b"".join(response.streaming_content)
            for close in response._resource_closers:
                close()
        assert Browser().get(url).status_code == 404
        assert Browser().get(f"{url}?chat={one.reference}").status_code == 404
        assert signed_in(city.other_operator).get(url).status_code == 404
        with pytest.raises(CannotTalk, match="不是我們能收的格式"):
            operating.send_file(one, content=ContentFile(b"MZ..."), name="a.exe", by=None, at=TEN)
        operating.end(one, by=city.operator.account, at=TEN)
        with pytest.raises(CannotTalk, match="客服人員"):
            operating.send_file(one, content=ContentFile(photo()), name="a.jpg", by=None, at=TEN)

    def test_does_not_end_while_the_operator_owes_an_answer(self, city):
        one = taken(city)
        assert services.end_idle(TEN + timedelta(hours=1)) == 0
        operating.answer(one, text="請問是哪一盞？", by=city.operator.account, at=TEN)
        assert services.end_idle(TEN + timedelta(minutes=5)) == 1

    def test_is_sent_by_mail_once_a_mailbox(self, city):
        one = taken(city)
        operating.answer(one, text="請洽戶政", by=city.operator.account, at=TEN)
        for _again in range(2):
            response = Browser().post(f"/chat/{one.key}/transcript/", {"email": "lin@mail.example"}, follow=True)

        assert "已寄出" in words(response)
        letter = Letter.objects.get(template="chat.transcript")
        assert "請洽戶政" in letter.text
        assert Browser().post(f"/chat/{one.key}/transcript/", {"email": "x"}).status_code == 422


@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    def test_of_many_who_take_a_conversation_one_does(self, monkeypatch):
        city = make_city()
        there(city.operator, city.other_operator)
        one = waiting()
        people = [city.operator, city.other_operator] * 8

        results = at_once([lambda who=who: operating.take(one, by=who.account, at=TEN).operator_id for who in people])

        holders = {row for row in results if not isinstance(row, Exception)}
        assert len(holders) == 1
        assert sum(isinstance(row, CannotTalk) for row in results) == 8
        assert Message.objects.filter(conversation=one, data__event="joined").count() == 1

    def test_citizen_and_operator_interleave_without_a_gap(self):
        city = make_city()
        one = taken(city)
        works = [lambda n=n: services.say(one, text=f"民眾{n}", client_id=f"c{n}", at=TEN) for n in range(8)]
        works += [
            lambda n=n: operating.answer(one, text=f"客服{n}", client_id=f"o{n}", by=city.operator.account, at=TEN)
            for n in range(8)
        ]

        assert not [row for row in at_once(works) if isinstance(row, Exception)]

        numbers = list(Message.objects.filter(conversation=one).order_by("n").values_list("n", flat=True))
        assert numbers == list(range(1, len(numbers) + 1))


@pytest.mark.django_db
class TestPages:
    def test_let_an_operator_come_take_answer_and_end(self, city):
        browser = signed_in(city.operator)
        browser.post("/desk/chat/presence/", {"on": "yes"})
        one = waiting("量子糾纏的補助")
        assert "量子糾纏的補助" in words(browser.get("/desk/chat/"))

        page = words(browser.post(f"/desk/chat/talks/{one.reference}/take/", follow=True))
        assert "由您接談。" in page
        browser.post(f"/desk/chat/talks/{one.reference}/typing/")
        assert "客服人員正在輸入" in words(Browser().get(f"/chat/{one.key}/"))
        sent = browser.post(
            f"/desk/chat/talks/{one.reference}/say/", {"text": "<b>您好</b>", "after": "0"}, headers={"X-Chat": "1"}
        )
        assert "&lt;b&gt;您好" in json.loads(sent.content)["items"]
        assert "&lt;b&gt;您好" in Browser().get(f"/chat/{one.key}/").content.decode()
        refused = browser.post(f"/desk/chat/talks/{one.reference}/say/", {"text": ""}, headers={"X-Chat": "1"})
        assert refused.status_code == 422
        browser.post(f"/desk/chat/talks/{one.reference}/end/")
        one.refresh_from_db()
        assert one.closed_why == Ended.OPERATOR

    def test_answer_nothing_new_cheaply(self, city, django_assert_max_num_queries):
        one, browser = taken(city), signed_in(city.operator)
        here = f"/desk/chat/talks/{one.reference}/news/?after=5"
        tag = browser.get(here)["ETag"]

        with django_assert_max_num_queries(12):
            assert browser.get(here, headers={"If-None-Match": tag, "X-Background": "1"}).status_code == 304

    def test_are_read_by_who_may_and_that_is_noted(self, city):
        one = taken(city)
        here = f"/desk/chat/talks/{one.reference}/"

        assert signed_in(city.other_operator).get(here).status_code == 404
        assert signed_in(city.commission).get(here).status_code == 200
        assert Entry.objects.filter(event="chat.looked_at").count() == 1
        assert signed_in(city.commission).get("/desk/chat/").status_code == 403
        assert signed_in(city.other_operator).post(f"{here}say/", {"text": "x"}).status_code == 404

    def test_offer_answers_that_are_often_used(self, city):
        browser = signed_in(city.supervisor)
        browser.post("/desk/chat/answers/new/", {"title": "問候", "text": "您好，請說。", "text_en": "Hello."})
        one = taken(city)

        assert "您好，請說。" in signed_in(city.operator).get(f"/desk/chat/talks/{one.reference}/").content.decode()
        browser.post(f"/desk/chat/answers/{CannedAnswer.objects.get().pk}/retire/")
        assert "您好，請說。" not in signed_in(city.operator).get(f"/desk/chat/talks/{one.reference}/").content.decode()
        assert signed_in(city.operator).get("/desk/chat/answers/").status_code == 403

    def test_ask_as_often_for_many_as_for_few(self, city, django_assert_max_num_queries):
        there(city.operator)
        for _n in range(12):
            waiting()
        browser = signed_in(city.operator)
        browser.get("/desk/chat/")

        with django_assert_max_num_queries(26):
            browser.get("/desk/chat/")
