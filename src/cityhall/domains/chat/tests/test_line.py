"""The text service on LINE, against a platform that speaks the Messaging API on loopback."""

import io
import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from PIL import Image
from tests.support.at_once import THREADS, at_once
from tests.support.line_platform import LinePlatform
from tests.support.petition_city import make_petition_city

from cityhall.domains.chat import answering, line, operating, services
from cityhall.domains.chat.models import Conversation, LeftMessage, LineEvent, LineUser, Message
from cityhall.domains.petitions.public import Petition
from cityhall.engines.files import queries as files
from cityhall.engines.letters.models import Letter
from cityhall.engines.outbox.models import Promise
from cityhall.engines.outbox.services import drain, retry, run_due, take_back

from .city import NIGHT, TEN, make_city, signed_in

pytestmark = pytest.mark.django_db
NAME = "U4af4980629"


@pytest.fixture
def platform(settings, monkeypatch):
    with LinePlatform() as made:
        settings.LINE = {"secret": made.secret, "token": made.token, "url": made.url, "data_url": made.url}
        settings.CALLS_LOOPBACK = True
        made.now = TEN
        monkeypatch.setattr(timezone, "now", lambda: made.now)
        yield made


@pytest.fixture
def city(db):
    return make_city()


def post(client, body, signature):
    return client.post(
        reverse("chat:line"), body, content_type="application/json", headers={"X-Line-Signature": signature}
    )


def come(client, platform, *events):
    answer = post(client, *platform.signed(*events))
    assert answer.status_code == 200, answer.content
    run_due(platform.now)
    return answer


def text(platform, n, words, **more):
    return platform.event("message", NAME, n, message={"type": "text", "id": str(n), "text": words}, **more)


def later(platform, seconds):
    platform.now += timedelta(seconds=seconds)
    run_due(platform.now)


class TestDoor:
    def test_is_closed_without_a_channel(self, client, db):
        assert post(client, b"{}", "x").status_code == 404

    @pytest.mark.parametrize("forged", ["", "x", "簽", "A" * 44])
    def test_a_forged_signature_changes_nothing(self, client, city, platform, forged):
        body, _signature = platform.signed(text(platform, 1, "垃圾車幾點來"))
        answer = post(client, body, forged)
        assert answer.status_code == 401
        assert answer.json()["refused"] == "簽章不符。"
        assert not Conversation.objects.exists()
        assert not LineUser.objects.exists()

    def test_a_signature_is_of_the_bytes(self, client, city, platform):
        body, signature = platform.signed(text(platform, 1, "垃圾車幾點來"))
        assert post(client, body + b" ", signature).status_code == 401

    @pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"events": 1}', b'{"events": [1]}', b"\xff"])
    def test_malformed_is_refused(self, client, city, platform, body):
        import base64
        import hashlib
        import hmac

        signature = base64.b64encode(hmac.new(platform.secret.encode(), body, hashlib.sha256).digest()).decode()
        assert post(client, body, signature).status_code == 400

    def test_too_large(self, client, city, platform):
        assert post(client, b"x" * (1024 * 1024 + 1), "x").status_code == 413

    def test_odd_events_change_nothing(self, client, city, platform):
        odd = [{}, {"type": "message"}, {"type": "join", "source": {"type": "group"}, "webhookEventId": "1"}]
        come(client, platform, *odd)
        assert not Conversation.objects.exists()


class TestTalk:
    def test_the_bot_answers_by_reply(self, client, city, platform):
        come(client, platform, text(platform, 1, "垃圾車幾點來"))
        assert [status for _call, status in platform.calls] == [200]
        assert "清潔稽查大隊" in platform.texts(NAME)[-1]
        one = Conversation.objects.get()
        assert (one.source, one.line_sent_n) == ("LINE", one.last_n)
        assert NAME not in one.line_user

    def test_an_event_delivered_again_says_nothing_twice(self, client, city, platform):
        come(client, platform, text(platform, 1, "垃圾車幾點來"))
        shown = len(platform.shown)
        come(client, platform, text(platform, 1, "垃圾車幾點來", again=True))
        assert Message.objects.filter(speaker="CITIZEN").count() == 1
        assert len(platform.shown) == shown

    def test_choices_come_back_as_a_postback(self, client, city, platform):
        come(client, platform, text(platform, 1, "垃圾車幾點來"))
        press = platform.event(
            "postback", NAME, 2, postback={"data": "do=choice&code=tow&title=車子被拖吊了怎麼領回？"}
        )
        come(client, platform, press)
        assert "拖吊場" in platform.texts(NAME)[-1]

    def test_danger_and_night(self, client, city, platform):
        platform.now = NIGHT
        come(client, platform, text(platform, 1, "家裡失火了"))
        assert "119" in platform.texts(NAME)[-1]
        come(client, platform, text(platform, 2, "請客服人員接談"))
        last = platform.shown[-1][1]
        assert "現在不是客服人員的服務時間" in last["text"]
        assert last["quickReply"]["items"][0]["action"]["type"] == "uri"

    def test_a_person_goes_on_by_push(self, client, city, platform):
        operating.come(by=city.operator.account, at=TEN)
        come(client, platform, text(platform, 1, "請客服人員接談"))
        one = Conversation.objects.get()
        assert one.state == "WAITING"
        operating.take(one, by=city.operator.account, at=TEN)
        come(client, platform, text(platform, 2, "路燈不亮"))
        platform.now += timedelta(minutes=3)
        operating.answer(one, text="已經通知養工處。", by=city.operator.account, at=platform.now)
        run_due(platform.now)
        assert platform.texts(NAME)[-1] == "已經通知養工處。"
        assert platform.calls[-1] == ("push", 200)
        assert services.end_idle(platform.now) == 0

    def test_what_we_cannot_read_is_said(self, client, city, platform):
        come(client, platform, platform.event("message", NAME, 1, message={"type": "sticker", "id": "1"}))
        assert platform.texts(NAME) == ["這裡只看得懂文字和照片，請用文字寫下想問的事。"]

    def test_a_picture_reaches_the_operator(self, client, city, platform):
        operating.come(by=city.operator.account, at=TEN)
        come(client, platform, text(platform, 1, "請客服人員接談"))
        one = Conversation.objects.get()
        operating.take(one, by=city.operator.account, at=TEN)
        file = io.BytesIO()
        Image.new("RGB", (40, 40), "green").save(file, "JPEG")
        platform.pictures["77"] = file.getvalue()
        come(client, platform, platform.event("message", NAME, 2, message={"type": "image", "id": "77"}))
        assert Message.objects.filter(speaker="CITIZEN", data__picture=True).count() == 1

    def test_english_is_answered_in_english(self, client, city, platform):
        come(client, platform, text(platform, 1, "How do I get a library card?"))
        assert "Bring your ID." in platform.texts(NAME)[-1]

    def test_follow_greets_and_unfollow_forgets(self, client, city, platform):
        come(client, platform, platform.event("follow", NAME, 1))
        assert "1999文字客服" in platform.texts(NAME)[0]
        come(client, platform, platform.event("unfollow", NAME, 2))
        assert not LineUser.objects.exists()
        assert not Conversation.objects.get().is_open
        assert len(platform.shown) == 1


def said():
    return list(Message.objects.filter(speaker="CITIZEN").order_by("conversation", "n").values_list("text", flat=True))


class TestOrder:
    def test_the_door_answers_before_anything_is_done(self, client, city, platform, django_assert_max_num_queries):
        with django_assert_max_num_queries(10):
            assert post(client, *platform.signed(text(platform, 1, "垃圾車幾點來"))).status_code == 200
        assert not Conversation.objects.exists()
        kept = LineEvent.objects.get()
        assert "垃圾車" not in kept.sealed
        assert NAME not in kept.sealed + kept.user + str(Promise.objects.get(kind=line.TAKE).payload)

        run_due(platform.now)

        kept.refresh_from_db()
        assert (kept.sealed, kept.user, kept.done_at) == ("", "", TEN)
        assert said() == ["垃圾車幾點來"]

    def test_is_that_in_which_it_was_said(self, client, city, platform):
        one, two, three = (text(platform, n, words) for n, words in enumerate(("一", "二", "三"), 1))
        post(client, *platform.signed(three, two))
        post(client, *platform.signed(one))
        run_due(platform.now)

        assert said() == ["一", "二", "三"]

    def test_an_event_that_always_fails_holds_up_nobody_for_long(self, client, city, platform, monkeypatch):
        say = services.say

        def fails(*args, text, **more):
            if text == "一":
                raise ArithmeticError
            return say(*args, text=text, **more)

        monkeypatch.setattr(services, "say", fails)
        come(client, platform, text(platform, 1, "一"), text(platform, 2, "二"))
        assert said() == []
        drain(platform.now, until=TEN + timedelta(minutes=30))
        assert said() == ["二"]
        dead = Promise.objects.get(state="DEAD")

        monkeypatch.setattr(services, "say", say)
        retry(dead, by=None, at=TEN + timedelta(hours=1))
        run_due(TEN + timedelta(hours=1))
        assert said() == ["二", "一"]

    def test_outlives_a_worker_that_is_killed(self, client, city, platform, monkeypatch):
        class Killed(BaseException):
            pass

        def dies(*_args, **_more):
            raise Killed

        done = line._done
        monkeypatch.setattr(line, "_done", dies)
        post(client, *platform.signed(text(platform, 1, "一"), text(platform, 2, "二")))
        with pytest.raises(Killed):
            run_due(platform.now, worker="first")
        monkeypatch.setattr(line, "_done", done)

        later(platform, 3)
        assert said() == ["一"]  # the other event waits for the one before it
        take_back("first", at=platform.now)
        drain(platform.now, until=TEN + timedelta(minutes=2))

        assert said() == ["一", "二"]
        assert not LineEvent.objects.filter(done_at=None).exists()
        assert not Promise.objects.exclude(state="DONE").filter(kind=line.TAKE).exists()

    def test_asking_for_a_person_twice_by_a_killed_worker_is_once(self, client, city, platform, monkeypatch):
        platform.now = NIGHT
        take = line.take

        def dies(*args, **more):
            take(*args, **more)
            raise ConnectionError

        monkeypatch.setattr(line, "take", dies)
        come(client, platform, text(platform, 1, "請客服人員接談"))
        monkeypatch.setattr(line, "take", take)
        drain(platform.now, until=NIGHT + timedelta(minutes=2))

        assert Message.objects.filter(text__startswith="現在不是客服人員").count() == 1


@pytest.mark.django_db(transaction=True)
def test_sixteen_deliveries_and_workers_say_each_once_and_in_order(platform, client):
    make_city()
    events = [text(platform, n, f"話{n:02}") for n in range(1, 9)]
    at_once([lambda n=n: line.receive(events[n % 8 :] + events[: n % 8], at=TEN) for n in range(THREADS)])
    assert LineEvent.objects.count() == 8

    at_once([lambda n=n: run_due(TEN, worker=f"w{n}", limit=6) for n in range(THREADS)])
    drain(TEN, until=TEN + timedelta(minutes=5))

    assert said() == [f"話{n:02}" for n in range(1, 9)]


class TestSign:
    def test_stands_at_the_desk_and_is_filtered_and_exported(self, client, city, platform):
        operating.come(by=city.operator.account, at=TEN)
        come(client, platform, text(platform, 1, "垃圾車幾點來"), text(platform, 2, "請客服人員接談"))
        from_line, on_the_page = Conversation.objects.get(), services.begin(language="zh-hant", at=TEN)
        services.say(on_the_page, text="路燈不亮", at=TEN)
        services.call_person(on_the_page, at=TEN)
        operator, supervisor = signed_in(city.operator), signed_in(city.supervisor)
        sign = '<strong class="govuk-tag ch-tag-blue">LINE</strong>'

        def page(browser, address):
            return browser.get(address).content.decode()

        assert page(operator, "/desk/chat/").count(sign) == 1
        assert on_the_page.number not in page(operator, "/desk/chat/?source=LINE")
        assert from_line.number not in page(operator, "/desk/chat/?source=WEB")
        operating.take(from_line, by=city.operator.account, at=TEN)
        talk = page(operator, f"/desk/chat/talks/{from_line.reference}/")
        assert talk.count(sign) == 2  # in the list beside it, too
        operating.end(from_line, by=city.operator.account, at=TEN)

        answers = page(supervisor, "/desk/chat/quality/answers/?source=LINE")
        assert ("垃圾車幾點來" in answers, "路燈不亮" in answers) == (True, False)
        sheet = supervisor.get("/desk/chat/quality/answers/export.csv?source=LINE")
        assert [row.split(",")[2] for row in b"".join(sheet).decode("utf-8-sig").splitlines()] == ["來源", "LINE"]

    def test_stands_at_messages_that_were_left(self, client, city, platform):
        for source in ("LINE", "WEB"):
            one = services.begin(language="zh-hant", source=source, at=TEN)
            given = {"way": "MAIL", "name": "", "email": "lin@mail.example", "phone": ""}
            services.leave_message(one, text=f"{source}的留言", at=TEN, **given)
        browser = signed_in(city.operator)

        listed = browser.get("/desk/chat/left/?source=LINE").content.decode()
        assert ("LINE的留言" in listed, "WEB的留言" in listed, "ch-tag-blue" in listed) == (True, False, True)
        sheet = b"".join(browser.get("/desk/chat/left/export.csv")).decode("utf-8-sig")
        assert [row.split(",")[1] for row in sheet.splitlines()] == ["來源", "LINE", "文字客服網頁"]


class TestLeft:
    def test_a_message_is_left_by_the_door_and_told_on_line(self, client, city, platform):
        platform.now = NIGHT
        come(client, platform, text(platform, 1, "請客服人員接談"))
        door = platform.shown[-1][1]["quickReply"]["items"][0]["action"]["uri"]
        given = {"text": "站牌可以移嗎", "way": "MAIL", "email": "lin@mail.example", "phone": "", "name": ""}
        assert client.post(door[door.index("/chat/") :], given).status_code == 302
        run_due(platform.now)
        assert "留言已收到" in platform.texts(NAME)[-1]

        come(client, platform, text(platform, 2, "垃圾車幾點來"))
        assert [one.state for one in Conversation.objects.order_by("pk")] == ["LEFT", "BOT"]
        answering.answer(LeftMessage.objects.get(), text="可以申請。", by=city.operator.account, at=NIGHT)
        run_due(platform.now)
        assert Letter.objects.filter(template="chat.answer", address="lin@mail.example").exists()


@pytest.mark.django_db(transaction=True)
class TestGuided:
    def test_a_defect_becomes_a_petition_and_is_looked_up(self, client, platform):
        make_petition_city()
        make_city()
        file = io.BytesIO()
        Image.new("RGB", (40, 40), "green").save(file, "JPEG")
        platform.pictures["4"], platform.unready = file.getvalue(), 1
        come(client, platform, platform.event("follow", NAME, 1))
        begins = [one["action"]["text"] for one in platform.shown[0][1]["quickReply"]["items"]]
        assert begins == ["我要反映一件事", "查詢案件進度"]
        come(client, platform, text(platform, 2, begins[0]), text(platform, 3, "路燈不亮，晚上很暗"))
        come(client, platform, text(platform, 4, "市府後面的小巷子"))
        assert "直接傳到這裡" in platform.texts(NAME)[-1]
        # The picture is not ready when the next message comes: which waits for it.
        picture = platform.event("message", NAME, 5, message={"type": "image", "id": "4"})
        come(client, platform, picture, text(platform, 6, "照片傳好了"))
        later(platform, 2)
        later(platform, 2)
        assert [one[:6] for one in platform.texts(NAME)[-2:]] == ["收到1張照片", "請留電子郵件"]
        come(client, platform, text(platform, 7, "lin@mail.example"), text(platform, 8, "送出這件反映"))
        petition = Petition.objects.get()
        assert files.of(petition.case).count() == 1
        code = re.search(r"\d{6}", Letter.objects.get(template="petitions.confirmation").subject)[0]
        come(client, platform, text(platform, 9, code))
        petition.case.refresh_from_db()
        assert petition.case.number in platform.texts(NAME)[-1]

        words = ("查詢案件進度", petition.case.number, petition.case.tracking_code)
        come(client, platform, *(text(platform, n, one) for n, one in enumerate(words, 10)))
        assert platform.texts(NAME)[-1].startswith(petition.case.number)
        come(client, platform, text(platform, 13, "查進度"), text(platform, 14, petition.case.number))
        come(client, platform, text(platform, 15, "WRONG"))
        assert "對不起來" in platform.texts(NAME)[-1]

    def test_a_picture_that_never_comes_is_told(self, client, platform):
        make_city()
        platform.unready = 99
        picture = platform.event("message", NAME, 1, message={"type": "image", "id": "4"})
        come(client, platform, picture, text(platform, 2, "路燈不亮"))
        for _minute in range(8):
            later(platform, 30)
        assert platform.texts(NAME)[-1] != "照片沒有收到，請再傳一次。"
        assert "照片沒有收到，請再傳一次。" in platform.texts(NAME)
        assert said() == ["路燈不亮"]


class TestMisbehaviour:
    @pytest.mark.parametrize("mood", [[429], [500, 500], ["cut"], ["lost"], ["lost", "cut"], [500, "lost"]])
    def test_nothing_is_lost_or_doubled(self, client, city, platform, mood):
        platform.mood = list(mood)
        come(client, platform, text(platform, 1, "垃圾車幾點來"))
        for _second in range(20):
            later(platform, 2)
        one = Conversation.objects.get()
        assert len(platform.texts(NAME)) == one.messages.exclude(speaker="CITIZEN").count()
        assert not Promise.objects.filter(kind=line.SEND).exclude(state="DONE").exists()

    @pytest.mark.parametrize("mood", [[429], [500], ["lost"], ["lost", 500]])
    def test_nor_when_pushed(self, client, city, platform, mood):
        operating.come(by=city.operator.account, at=TEN)
        come(client, platform, text(platform, 1, "請客服人員接談"))
        one = Conversation.objects.get()
        operating.take(one, by=city.operator.account, at=TEN)
        run_due(platform.now)
        platform.now += timedelta(minutes=2)
        before, platform.mood = len(platform.shown), list(mood)
        for words in ("一", "二", "三"):
            operating.answer(one, text=words, by=city.operator.account, at=platform.now)
        for _second in range(20):
            later(platform, 2)
        assert platform.texts(NAME)[before:] == ["一", "二", "三"]

    def test_a_bad_token_of_the_channel_is_tried_again(self, client, city, platform, settings):
        settings.LINE = {**settings.LINE, "token": "old"}
        come(client, platform, text(platform, 1, "垃圾車幾點來"))
        assert platform.shown == []
        settings.LINE = {**settings.LINE, "token": platform.token}
        for _second in range(20):
            later(platform, 2)
        assert "清潔稽查大隊" in platform.texts(NAME)[-1]


def test_whoever_is_not_kept_is_forgotten(client, city, platform):
    come(client, platform, text(platform, 1, "垃圾車幾點來"))
    one = Conversation.objects.get()
    assert line.forget_old(TEN + timedelta(days=200)) == 0
    services.end(one, at=TEN)
    from cityhall.domains.chat import keeping

    keeping.forget_old(TEN + timedelta(days=200))
    assert not LineUser.objects.exists()
    one.refresh_from_db()
    assert one.line_user == ""
