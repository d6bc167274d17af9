"""No letter is lost; one is repeated only where nobody can know whether it arrived, and the log says so."""

from datetime import date, timedelta

import httpx
import pytest

from cityhall.engines.letters import carriers, queries, services, smtp
from cityhall.engines.letters.models import Letter
from cityhall.engines.letters.signals import undeliverable
from cityhall.engines.letters.standins import archive
from cityhall.engines.letters.standins.behaviour import Behaviour
from cityhall.engines.letters.states import Outcome, State
from cityhall.engines.letters.tests.conftest import NOON
from cityhall.engines.outbox import services as outbox
from cityhall.engines.outbox.models import Promise

pytestmark = pytest.mark.django_db
CONTEXT = {"number": "115-000123", "code": "482913", "due": date(2026, 11, 24)}


def later(**delta):
    return NOON + timedelta(**delta)


@pytest.fixture
def letter(wang):
    return services.send("test.code", to=wang, context=CONTEXT, about=None, key="k", at=NOON)


def outcomes(letter):
    return list(letter.attempts.values_list("outcome", flat=True))


def log(letter):
    return [line.text for line in queries.log_of(letter)]


class TestMail:
    def test_arrives_as_it_was_written(self, letter, mail, store):
        outbox.drain(NOON)

        (received,) = store.all()
        letter.refresh_from_db()
        assert received.text.replace("\r\n", "\n") == letter.text
        assert received.subject == letter.subject
        assert (received.to, received.message_id) == ("wang@city.example", letter.message_id)
        assert (letter.state, letter.sent_at) == (State.SENT, NOON)
        assert log(letter) == ["對方伺服器已收下"]

    def test_with_lines_of_dots_arrives_whole(self, wang, mail, store, templates):
        letter = services.send("test.page", to=wang, context={"name": "."}, about=None, key="k", at=NOON)
        outbox.drain(NOON)

        assert store.all()[0].text.strip() == letter.text.strip() == "."

    def test_to_a_host_beyond_ascii_arrives(self, mail, store):
        to = services.Recipient(email="wang@例子.tw", name="王小明")
        services.send("test.code", to=to, context=CONTEXT, about=None, key="k", at=NOON, channel="email")
        outbox.drain(NOON)

        assert store.all()[0].to == "wang@xn--fsqu00a.tw"

    def test_is_delivered_once_however_often_the_worker_is_asked(self, letter, mail, store):
        outbox.drain(NOON)
        services.deliver(Letter.objects.get(), at=NOON)

        assert len(store.all()) == 1

    @pytest.mark.parametrize("trouble", [Behaviour.ERROR, Behaviour.RESET])
    def test_waits_for_a_server_that_is_unwell(self, letter, mail, store, trouble):
        mail.plan.add(trouble, 2)

        outbox.drain(NOON, until=later(hours=1))

        letter.refresh_from_db()
        assert letter.state == State.SENT
        assert {one.message_id for one in store.all()} == {letter.message_id}
        assert len(store.all()) == 1

    def test_waits_for_a_server_that_is_away(self, letter, settings, mail, store):
        settings.SMTP_URL = "smtp://127.0.0.1:9"
        outbox.drain(NOON)
        settings.SMTP_URL = mail.url
        outbox.drain(NOON, until=later(hours=1))

        assert outcomes(letter) == [Outcome.FAILED, Outcome.ACCEPTED]
        assert log(letter) == ["未寄出，已再寄一次", "對方伺服器已收下"]
        assert len(store.all()) == 1

    def test_waits_for_a_server_that_hangs(self, letter, mail, store, monkeypatch):
        mail.plan.add(Behaviour.HANG)

        with monkeypatch.context() as impatient:  # with the server that hangs only: a slow answer is none that is lost
            impatient.setattr(smtp, "ANSWER_TIMEOUT", 0.2)
            outbox.drain(NOON)
        outbox.drain(NOON, until=later(hours=1))

        assert outcomes(letter) == [Outcome.UNKNOWN, Outcome.ACCEPTED]
        assert len(store.all()) == 1

    def test_ends_where_there_is_no_such_mailbox_and_tells(self, letter, mail, store):
        told = []
        undeliverable.connect(listener := lambda **news: told.append(news["letter"]))
        mail.plan.add(Behaviour.REFUSE)

        outbox.drain(NOON, until=later(hours=1))

        undeliverable.disconnect(listener)
        letter.refresh_from_db()
        assert letter.state == State.REFUSED
        assert log(letter) == ["對方伺服器拒收"]
        assert queries.log_of(letter)[0].detail.startswith("550 5.1.1")
        assert told == [letter]
        assert list(queries.undeliverable()) == [letter]

    def test_is_given_up_after_four_hours_and_can_be_retried(self, letter, mail, store):
        mail.plan.add(Behaviour.ERROR, 52)

        outbox.drain(NOON, until=later(hours=5))
        letter.refresh_from_db()
        assert letter.state == State.FAILED

        outbox.retry(Promise.objects.get(), by=None, at=later(hours=6))
        outbox.drain(later(hours=6))
        letter.refresh_from_db()
        assert letter.state == State.SENT
        assert len(store.all()) == 1

    def test_forgets_a_secret_once_it_is_delivered(self, wang, mail, store):
        letter = services.send("test.secret", to=wang, context=CONTEXT, about=None, key="k", at=NOON)
        assert letter.text == "482913\n"

        outbox.drain(NOON)

        letter.refresh_from_db()
        assert (letter.subject, letter.text) == ("", "")
        assert "不留存" in letter.title
        assert store.all()[0].text.strip() == "482913"

    def test_with_a_code_goes_before_those_that_wait_longer(self, letter, wang, mail, store):
        code = services.send("test.secret", to=wang, context=CONTEXT, about=None, key="c", at=later(seconds=1))
        outbox.drain(later(seconds=2))

        assert [one.message_id for one in store.all()] == [letter.message_id, code.message_id]


class TestUnknownAcceptance:
    def test_a_connection_lost_after_the_final_dot_is_repeated_with_the_same_id_and_said(self, letter, mail, store):
        mail.plan.add(Behaviour.DROP_AFTER_ACCEPT)

        outbox.drain(NOON, until=later(hours=1))

        assert [one.message_id for one in store.all()] == [letter.message_id] * 2
        assert log(letter) == ["對方伺服器是否收下不明，已再寄一次", "對方伺服器已收下"]

    def test_a_connection_lost_before_the_final_dot_is_no_repeat(self, letter, mail, store, monkeypatch):
        def cut(letter, offered):
            raise carriers.NotAccepted("cut in the middle of the text")

        with monkeypatch.context() as patch:
            patch.setitem(carriers._carriers, "email", cut)
            outbox.drain(NOON)
        outbox.drain(NOON, until=later(hours=1))

        assert outcomes(letter) == [Outcome.FAILED, Outcome.ACCEPTED]
        assert len(store.all()) == 1

    def test_a_worker_that_died_before_offering_is_no_repeat(self, letter, mail, store):
        services._begin(letter, NOON)  # and then the power went

        outbox.drain(later(minutes=10))

        assert log(letter) == ["寄送中斷，未寄出，已再寄一次", "對方伺服器已收下"]
        assert len(store.all()) == 1

    def test_a_worker_that_died_after_offering_is_said(self, letter, mail, store):
        services._note(services._begin(letter, NOON), Outcome.OFFERED)

        outbox.drain(later(minutes=10))

        assert log(letter) == ["對方伺服器是否收下不明，已再寄一次", "對方伺服器已收下"]

    def test_the_text_is_not_finished_before_the_database_knows_that_it_will_be(self, letter, mail, store, monkeypatch):
        seen = []
        monkeypatch.setattr(
            services, "_note", lambda attempt, outcome, detail="": seen.append((outcome, len(store.all())))
        )

        services.deliver(letter, at=NOON)

        assert seen == [(Outcome.OFFERED, 0), (Outcome.ACCEPTED, 1)]


class TestGateways:
    @pytest.fixture
    def sms(self, wang):
        return services.send("test.code", to=wang, context=CONTEXT, about=None, key="k", at=NOON, channel="sms")

    def test_sms_arrives(self, sms, gateway, store):
        outbox.drain(NOON)

        (received,) = store.all()
        assert (received.channel, received.to) == ("sms", "0912345678")
        assert received.text == sms.text.strip()

    def test_push_arrives_with_its_title(self, wang, gateway, store):
        services.send("test.code", to=wang, context=CONTEXT, about=None, key="k", at=NOON, channel="push")
        outbox.drain(NOON)

        (received,) = store.all()
        assert (received.channel, received.to, received.subject) == ("push", "7", "案件 115-000123 的驗證碼")

    @pytest.mark.parametrize("trouble", [Behaviour.ERROR, Behaviour.RESET, Behaviour.DROP_AFTER_ACCEPT])
    def test_a_repeat_is_recognised_by_its_key(self, sms, gateway, store, trouble):
        gateway.plans["sms"].add(trouble)

        outbox.drain(NOON, until=later(hours=1))

        sms.refresh_from_db()
        assert sms.state == State.SENT
        assert len(store.all()) == 1

    def test_a_number_that_does_not_exist_ends_it(self, sms, gateway, store):
        gateway.plans["sms"].add(Behaviour.REFUSE)
        outbox.drain(NOON, until=later(hours=1))

        sms.refresh_from_db()
        assert sms.state == State.REFUSED

    def test_a_city_without_a_gateway_is_told_so(self, sms, settings):
        settings.GATEWAYS = {"sms": ("", ""), "push": ("", "")}
        outbox.drain(NOON)

        assert "CITYHALL_SMS_URL" in queries.log_of(sms)[0].detail

    def test_the_stand_in_refuses_what_it_does_not_know(self, gateway):
        with httpx.Client() as client:
            base = gateway.url("sms").removesuffix("/sms")
            assert client.post(f"{base}/fax", json={}).status_code == 404
            assert client.post(f"{base}/sms", content=b"{").status_code == 400
            assert client.post(f"{base}/behave", json={"channel": "sms", "behave": "dance"}).status_code == 422
            planned = client.post(f"{base}/behave", json={"channel": "sms", "behave": "error", "times": 2})
            assert planned.status_code == 200
        assert [gateway.plans["sms"].take() for _ in range(3)] == ["error", "error", "accept"]


class TestStore:
    def test_finds_by_recipient_and_bears_wildcards(self, store):
        store.add("sms", "0912", "<a>", b"{}", NOON)
        store.add("sms", "0912%", "<b>", b"{}", NOON)

        assert [one.message_id for one in store.all(to="0912")] == ["<b>", "<a>"]
        assert [one.message_id for one in store.all(to="%")] == ["<b>"]
        assert store.get(1).message_id == "<a>"
        assert store.get(99) is None


class TestArchive:
    def test_takes_what_waits_at_the_time_it_was_written(self, wang, store):
        old = services.send("test.code", to=wang, context=CONTEXT, about=None, key="old", at=later(days=-30))
        new = services.send("test.secret", to=wang, context=CONTEXT, about=None, key="new", at=NOON)
        sms = services.send("test.code", to=wang, context=CONTEXT, about=None, key="s", at=NOON, channel="sms")

        assert archive.take_waiting(store, inbox_since=later(days=-7)) == 3

        assert [one.message_id for one in store.all()] == [sms.message_id, new.message_id]
        assert {one.at for one in store.all()} == {NOON}
        old.refresh_from_db()
        new.refresh_from_db()
        assert (old.state, old.sent_at, outcomes(old)) == (State.SENT, later(days=-30), [Outcome.ACCEPTED])
        assert (new.state, new.text) == (State.SENT, "")
        assert old.text
        assert outbox.drain(later(hours=1)) == 0

    def test_leaves_to_the_worker_what_it_began(self, letter, mail, store):
        mail.plan.add(Behaviour.ERROR)
        outbox.drain(NOON)

        assert archive.take_waiting(store, inbox_since=NOON) == 0
        outbox.drain(NOON, until=later(hours=1))
        assert outcomes(letter) == [Outcome.FAILED, Outcome.ACCEPTED]
