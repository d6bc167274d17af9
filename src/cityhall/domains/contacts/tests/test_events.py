"""What the exchange tells becomes a contact, once; what is not signed, comes twice or runs backwards is refused."""

import json
import logging
from datetime import date, timedelta
from urllib.parse import urlencode

import pytest
from tests.support.at_once import THREADS, at_once

from cityhall.domains.contacts import services
from cityhall.domains.contacts.models import ContactMoment, CtiDelivery, CtiEvent
from cityhall.domains.contacts.signing import WINDOW, sign
from cityhall.domains.contacts.states import Outcome, Presence
from cityhall.engines.cases.contacts import phone_key
from cityhall.engines.directory.states import Role
from cityhall.engines.directory.tests.factories import make_agency, make_person
from cityhall.foundation.clock import at as instant

from .ring import SECRET, send, tell

NOW = instant(date(2026, 11, 16), 9, 30)
LATER = NOW + timedelta(seconds=20)


@pytest.fixture(autouse=True)
def door(settings, monkeypatch):
    settings.CTI_SECRET = SECRET
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)


@pytest.fixture
def operator(db):
    person = make_person(make_agency("rdec"), None, Role.OPERATOR)
    services.be(state=Presence.READY, seat="1001", by=person.account, at=NOW - timedelta(hours=1))
    return person


class TestACall:
    def test_has_one_number_from_ring_to_end(self, operator):
        rung = tell("newCall", at=NOW, direction="in", queue="1999", **{"from": "0912-345-678"})
        answered = tell("answer", at=NOW + timedelta(seconds=8), user=["1001"])
        over = tell("hangup", at=NOW + timedelta(seconds=98), cause="normalClearing")

        contact = ContactMoment.objects.get()
        assert {one.json()["number"] for one in (rung, answered, over)} == {contact.number}
        assert contact.number.startswith("C115-")
        assert contact.operator == operator
        assert contact.seconds == 90
        assert contact.caller_key == phone_key("0912345678")
        assert services.current_presence(operator).state == Presence.WRAPPING

    def test_that_nobody_answers_was_dropped(self, operator):
        tell("newCall", at=NOW)
        tell("hangup", at=LATER)

        assert ContactMoment.objects.get().outcome == Outcome.DROPPED

    def test_may_come_as_a_form(self, db):
        raw, stamp = (
            urlencode({"event": "newCall", "callId": "x", "user[]": "1001"}).encode(),
            str(int(NOW.timestamp())),
        )

        assert send(raw, stamp, sign(SECRET, stamp, raw), "application/x-www-form-urlencoded").status_code == 200

    def test_leaves_no_number_behind(self, operator, caplog):
        with caplog.at_level(logging.DEBUG):
            tell("newCall", at=NOW, to="0800", **{"from": "0987654321"})

        rows = [list(model.objects.values()) for model in (ContactMoment, CtiEvent, CtiDelivery)]
        assert "0987654321" not in str(rows) + caplog.text

    def test_told_again_changes_nothing(self, operator):
        tell("newCall", at=NOW)
        again = tell("newCall", at=LATER)

        assert again.json()["again"] is True
        assert ContactMoment.objects.count() == CtiEvent.objects.count() == 1
        assert ContactMoment.objects.get().started_at == NOW


class TestADoor:
    def test_is_closed_without_a_secret(self, db, settings):
        settings.CTI_SECRET = ""

        assert tell("newCall", at=NOW).status_code == 403

    def test_refuses_a_replayed_delivery(self, operator):
        raw, stamp = json.dumps({"event": "newCall", "callId": "1"}).encode(), str(int(NOW.timestamp()))
        assert send(raw, stamp, sign(SECRET, stamp, raw)).status_code == 200

        answer = send(raw, stamp, sign(SECRET, stamp, raw))

        assert answer.status_code == 409
        assert answer["Content-Type"].startswith("application/problem+json")
        assert "已經收過" in answer.json()["detail"]

    @pytest.mark.parametrize("seconds", [-WINDOW - 1, WINDOW + 1])
    def test_refuses_another_time(self, db, seconds):
        assert tell("newCall", at=NOW + timedelta(seconds=seconds)).status_code == 401

    def test_refuses_another_secret_and_none(self, db):
        raw, stamp = b'{"event":"newCall","callId":"1"}', str(int(NOW.timestamp()))

        assert tell("newCall", at=NOW, secret=SECRET[::-1]).status_code == 401
        assert send(raw, stamp, "").status_code == send(raw, "", sign(SECRET, stamp, raw)).status_code == 401
        assert send(raw + b" ", stamp, sign(SECRET, stamp, raw)).status_code == 401
        assert send(raw, stamp, "v1=é").status_code == 401
        assert not ContactMoment.objects.exists()

    def test_refuses_a_clock_that_runs_backwards(self, operator):
        tell("newCall", at=NOW)

        answer = tell("answer", at=NOW - timedelta(seconds=1), user=["1001"])

        assert answer.status_code == 409
        assert "早於" in answer.json()["detail"]
        assert ContactMoment.objects.get().answered_at is None

    def test_refuses_what_comes_after_the_end_and_the_end_of_nothing(self, operator):
        assert tell("hangup", "unknown", at=NOW).status_code == 409
        tell("newCall", at=NOW)
        tell("hangup", at=NOW)

        assert tell("answer", at=LATER, user=["1001"]).status_code == 409

    @pytest.mark.parametrize(
        ("body", "field"),
        [
            (b"{", "body"), (b"[]", "body"), (b"[" * 9000, "body"), (b"\xff", "body"),
            (b'{"event":"ring","callId":"1"}', "event"), (b'{"event":7,"callId":"1"}', "event"),
            (b'{"event":"newCall"}', "callId"), (b'{"event":"newCall","callId":"a b"}', "callId"),
            (b'{"event":"newCall","callId":"1","direction":"up"}', "direction"),
            (b'{"event":"newCall","callId":"1","from":"\\u0000"}', "from"),
            (b'{"event":"newCall","callId":"1","from":"\\ud800"}', "from"),
            (b'{"event":"answer","callId":"1","user":["<script>"]}', "answeringNumber"),
            (b'{"event":"newCall","callId":"' + b"1" * 65 + b'"}', "callId"),
            (b'{"event":"newCall","callId":"1","queue":"' + b"q" * 20000 + b'"}', "body"),
        ],
    )  # fmt: skip
    def test_names_what_is_malformed(self, db, body, field):
        answer = tell("", at=NOW, body=body)

        assert answer.status_code == 422
        assert answer.json()["errors"][0]["field"] == field

    def test_refuses_ten_megabytes(self, db):
        assert tell("", at=NOW, body=b"x" * 10_000_000).status_code in (413, 422)

    def test_forgets_signatures_that_their_time_refuses(self, operator):
        tell("newCall", at=NOW)

        assert services.forget_deliveries(at=NOW + timedelta(seconds=2 * WINDOW + 1)) == 1


@pytest.mark.django_db(transaction=True)
def test_one_call_told_by_many_at_once_is_one_contact():
    answers = at_once([lambda n=n: tell("newCall", at=NOW + timedelta(seconds=n)) for n in range(THREADS)])

    assert {one.status_code for one in answers} <= {200, 409}
    assert sum(one.status_code == 200 and not one.json()["again"] for one in answers) == 1
    assert ContactMoment.objects.count() == CtiEvent.objects.count() == 1
