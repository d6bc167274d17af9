"""The text service on LINE, against a platform that speaks the Messaging API on loopback."""

import io
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from PIL import Image
from tests.support.line_platform import LinePlatform

from cityhall.domains.chat import line, operating, services
from cityhall.domains.chat.models import Conversation, LineUser, Message
from cityhall.engines.outbox.models import Promise
from cityhall.engines.outbox.services import run_due

from .city import NIGHT, TEN, make_city

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
