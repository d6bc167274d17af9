"""Surveys joined to their calls, what the report counts of them, and topics by hand."""

import io
from datetime import date, timedelta
from decimal import Decimal

import pytest

from cityhall.domains.hotline import aftercall, figures, services
from cityhall.domains.hotline.aftercall import CannotNote
from cityhall.domains.hotline.models import Call, CallRating, TopicChange
from cityhall.domains.hotline.states import RatingAbout
from cityhall.engines.audit.models import Entry
from cityhall.engines.directory.states import Role
from cityhall.engines.directory.tests.factories import make_agency, make_person
from cityhall.engines.letters.models import Letter
from cityhall.engines.letters.services import Recipient
from cityhall.engines.letters.states import Channel
from cityhall.engines.surveys import keypad
from cityhall.engines.surveys.services import CannotInvite, respond
from cityhall.engines.worklist.models import Todo
from cityhall.foundation.clock import at as instant
from cityhall.foundation.period import Period

from .logs import EIGHT, write

pytestmark = pytest.mark.django_db

FIRST, NOW = instant(date(2016, 7, 1)), instant(date(2016, 8, 20), 9)
YEAR = Period(date(2016, 1, 1), date(2016, 12, 31))
PHONE = Recipient(phone="0912-345-678")


@pytest.fixture(autouse=True)
def now(monkeypatch):
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)


@pytest.fixture(autouse=True)
def eight(tmp_path):
    services.import_queue_log(write(tmp_path / "queue_log", EIGHT), by=None, at=NOW)


@pytest.fixture
def supervisor(client):
    client.force_login(make_person(make_agency("rdec"), None, Role.SUPERVISOR).account)
    return client


def call(callid):
    return Call.objects.get(callid=callid)


def pressed(*rows, about=RatingAbout.CALL, heading="call,time,overall"):
    wave = aftercall.wave_of(about, at=FIRST)
    text = "\n".join([heading, *rows])
    return keypad.take_in(wave, io.BytesIO(text.encode()), name="keys.csv", by=None, at=NOW)


class TestKeys:
    def test_join_their_call_and_are_counted(self):
        upload = pressed(
            "c1,2016-08-01 06:00,5", "c2,2016-08-01 06:01,4", "c3,2016-08-01 06:02,3", "c9,2016-08-01 06:03,5"
        )

        assert (upload.taken, upload.rows_refused) == (3, 1)
        assert {row.call.callid: row.overall for row in CallRating.objects.all()} == {"c1": 5, "c2": 4, "c3": 3}
        assert figures.survey_answered(YEAR).value == 3
        assert round(figures.survey_satisfied(YEAR).value, 2) == Decimal("66.67")
        assert figures.survey_answered(Period(date(2016, 9, 1), date(2016, 9, 30))).value == 0

    def test_taken_twice_are_the_same(self):
        for _time in range(2):
            pressed("c1,2016-08-01 06:00,5")

        assert CallRating.objects.count() == 1

    def test_of_somebody_little_satisfied_open_a_task(self):
        make_agency("rdec")

        pressed("c1,2016-08-01 06:00,1")

        assert Todo.objects.filter(kind="survey.complaint", closed_at=None).count() == 1

    def test_about_transfers_are_counted_by_question(self):
        pressed("c8,2016-08-01 06:00,5,2", about=RatingAbout.TRANSFER, heading="call,time,handling,attitude")

        assert figures.transfer_survey_answered(YEAR).value == 1
        assert [figures.transfer_survey_satisfied(YEAR, of).value for of in ("handling", "attitude", "")] == [100, 0, 0]
        assert figures.survey_answered(YEAR).value == 0


class TestLink:
    def test_goes_where_the_caller_said_and_its_answer_joins_the_call(self):
        invitation = aftercall.ask(call("c1"), PHONE, about=RatingAbout.CALL, by=None, at=NOW)
        again = aftercall.ask(call("c1"), PHONE, about=RatingAbout.CALL, by=None, at=NOW)
        respond(invitation, {"overall": 4}, at=NOW + timedelta(hours=1))

        assert again == invitation
        assert Letter.objects.count() == 1
        assert call("c1").ratings.get().overall == 4

    @pytest.mark.parametrize(("callid", "about"), [("c4", RatingAbout.CALL), ("c1", RatingAbout.TRANSFER)])
    def test_is_not_sent_where_nobody_answered_or_nothing_was_transferred(self, callid, about):
        with pytest.raises(CannotInvite):
            aftercall.ask(call(callid), PHONE, about=about, by=None, at=NOW)


class TestTopic:
    def test_by_hand_is_kept_with_what_was_before_and_taken_back(self):
        aftercall.set_topic(call("c1"), "enquiry", by=None, at=NOW)
        aftercall.set_topic(call("c1"), "petition", by=None, at=NOW)
        aftercall.take_back(call("c1"), by=None, at=NOW)

        assert call("c1").topic == "enquiry"
        assert TopicChange.objects.count() == Entry.objects.filter(event="hotline.topic_set").count() == 3
        assert aftercall.set_topic(call("c1"), "enquiry", by=None, at=NOW) is None

    def test_is_not_for_unknown_topics_nor_undone_where_nothing_was_done(self):
        with pytest.raises(CannotNote):
            aftercall.set_topic(call("c1"), "weather", by=None, at=NOW)
        with pytest.raises(CannotNote):
            aftercall.take_back(call("c1"), by=None, at=NOW)


class TestPage:
    def test_of_a_call_changes_its_topic_and_takes_it_back(self, supervisor):
        here = f"/desk/calls/{call('c1').pk}/"

        assert supervisor.post(f"{here}topic/", {"topic": "other"}).status_code == 302
        page = supervisor.get(here).content.decode()
        assert "其他服務" in page
        assert "COMPLETECALLER" in page
        assert "090000000" not in page
        supervisor.post(f"{here}topic/back/")
        assert call("c1").topic == ""

    def test_sends_a_survey_once_there_is_one_address(self, supervisor):
        here = f"/desk/calls/{call('c8').pk}/survey/"

        for given in ({}, {"email": "a@mail.example", "phone": "0912-345-678"}, {"phone": "02-1234"}):
            assert supervisor.post(here, {"about": "TRANSFER", **given}).status_code == 422
        assert supervisor.post(here, {"about": "TRANSFER", "email": "a@mail.example"}).status_code == 302
        assert Letter.objects.get().channel == Channel.EMAIL
