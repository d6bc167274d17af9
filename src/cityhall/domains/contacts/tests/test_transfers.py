"""Transfers: passed on, told once by the second leg, one letter an agency a month, its answer; agencies see their own."""

from datetime import date, timedelta

import pytest
from django.test import Client as Browser

from cityhall.domains.contacts import services, transfers
from cityhall.domains.contacts.legs import Fate, Leg, legs
from cityhall.domains.contacts.models import ContactMoment, Interview, Transfer, TransferLetter
from cityhall.domains.contacts.refusals import CannotContact
from cityhall.domains.contacts.states import InterviewState, TransferFate
from cityhall.engines.directory.states import Role
from cityhall.engines.directory.tests.factories import make_agency, make_person
from cityhall.engines.figures import queries
from cityhall.engines.letters.models import Letter
from cityhall.engines.surveys.services import given_in
from cityhall.engines.worklist.models import Todo
from cityhall.foundation.clock import at as instant
from cityhall.foundation.period import Period

pytestmark = pytest.mark.django_db
NOW = instant(date(2026, 11, 16), 9, 30)  # a Monday
NIGHT = instant(date(2026, 11, 15), 22)
OCTOBER = date(2026, 10, 1)
CDR = """src,dst,lastapp,duration,billsec,disposition,uniqueid,linkedid
0912000001,1999,Queue,90,80,ANSWERED,a,a
1001,3000,Dial,32,0,NO ANSWER,b,a
1001,3000,Dial,x,0,BUSY,c,a
1001,3000,Dial,3,0,BUSY,d,unknown
"""


@pytest.fixture(autouse=True)
def now(monkeypatch):
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)


@pytest.fixture
def works(db):
    return make_agency("works", phone="03-0000-1650")


@pytest.fixture
def operator(db):
    return make_person(make_agency("rdec"), None, Role.OPERATOR)


def passed(agency, operator, *, at=NOW, kind="WARM", call_id=None):
    contact = services.begin(by=operator.account, at=at)
    if call_id:
        ContactMoment.objects.filter(pk=contact.pk).update(call_id=call_id)
    return transfers.pass_on(contact, agency, kind=kind, by=operator.account, at=at)


def signed_in(person):
    browser = Browser()
    browser.force_login(person.account)
    return browser


class TestATransfer:
    def test_is_told_by_its_second_leg_once(self, works, operator):
        row = passed(works, operator, call_id="a", kind="BLIND")
        found = list(legs(CDR.splitlines()))
        assert found[0] == Leg("a", "b", Fate.NO_ANSWER, 32)

        assert transfers.take_legs(found, by=None, at=NOW) == 1
        assert transfers.take_legs(found, by=None, at=NOW) == 0

        row.refresh_from_db()
        assert (row.fate, row.seconds) == (TransferFate.NO_ANSWER, 32)

    def test_out_of_hours_is_warm_only(self, works, operator):
        with pytest.raises(CannotContact, match="不是上班時間"):
            passed(works, operator, at=NIGHT, kind="BLIND")
        assert not passed(works, operator, at=NIGHT).in_hours

    def test_needs_a_number_in_the_directory(self, operator):
        with pytest.raises(CannotContact, match="電話"):
            passed(make_agency("silent"), operator)

    def test_by_page_tells_the_number_to_dial(self, works, operator):
        contact = services.begin(by=operator.account, at=NOW)
        desk = signed_in(operator)

        page = desk.post(
            f"/desk/hotline/contacts/{contact.reference}/transfer/", {"agency": works.pk, "kind": "WARM"}, follow=True
        )
        assert "03-0000-1650" in page.content.decode()
        row = Transfer.objects.get()
        desk.post(f"/desk/hotline/transfers/{row.pk}/fate/", {"fate": "BUSY"})
        again = desk.post(f"/desk/hotline/transfers/{row.pk}/fate/", {"fate": "ANSWERED"})
        assert again.status_code == 422

        row.refresh_from_db()
        assert row.fate == TransferFate.BUSY


class TestAMonth:
    @pytest.fixture
    def october(self, works, operator):
        """Two that failed in office hours, one at night, one that was answered."""
        day = instant(date(2026, 10, 14), 10)
        for fate, at in (
            ("BUSY", day),
            ("NO_ANSWER", day),
            ("ANSWERED", day),
            ("BUSY", instant(date(2026, 10, 14), 22)),
        ):
            transfers.tell_fate(passed(works, operator, at=at), fate=fate, seconds=20, by=None, at=at)
        return make_person(works, None, Role.COORDINATOR)

    def test_asks_an_agency_once_for_what_failed_in_its_hours(self, october, works):
        made = transfers.ask_agencies(OCTOBER, by=None, at=NOW)
        assert transfers.ask_agencies(OCTOBER, by=None, at=NOW) == []

        assert [(one.agency, one.many) for one in made] == [(works, 2)]
        assert Letter.objects.filter(template="contacts.transfers").count() == 1
        assert Todo.objects.open().filter(kind=transfers.IMPROVE, agency=works).count() == 1
        with pytest.raises(CannotContact):
            transfers.ask_agencies(date(2026, 11, 1), by=None, at=NOW)

    def test_is_counted_by_the_day_of_the_transfer_once_it_stands_in_a_letter(self, october, works, client):
        def counted(month):
            return queries.value("hotline.transfers_reviewed", Period.month(2026, month), at=NOW).value

        before = counted(10)

        transfers.ask_agencies(OCTOBER, by=None, at=NOW)

        assert (before, counted(9), counted(10), counted(11)) == (0, 0, 2, 0)
        page = client.get("/figures/hotline.transfers_reviewed?from=2026-10&to=2026-10").content.decode()
        assert "忙線" in page
        assert works.name not in page

    def test_is_answered_by_the_agency_and_closed(self, october, works):
        letter = transfers.ask_agencies(OCTOBER, by=None, at=NOW)[0]
        agency, path = signed_in(october), f"/desk/hotline/transfers/letters/{letter.pk}/"
        assert "2 通轉接沒有接通" in agency.get(path).content.decode()
        assert agency.post(f"{path}answer/", {"answer": ""}).status_code == 422

        agency.post(f"{path}answer/", {"answer": "增加代接人力"})

        assert "增加代接人力" in agency.get(path).content.decode()
        assert not Todo.objects.open().filter(kind=transfers.IMPROVE).exists()
        assert agency.post(f"{path}answer/", {"answer": "又"}).status_code == 422

    def test_is_hidden_from_other_agencies(self, october, operator):
        letter = transfers.ask_agencies(OCTOBER, by=None, at=NOW)[0]
        other = signed_in(make_person(make_agency("health", phone="03"), None, Role.COORDINATOR))

        assert other.get(f"/desk/hotline/transfers/letters/{letter.pk}/").status_code == 404
        assert other.post(f"/desk/hotline/transfers/letters/{letter.pk}/answer/", {"answer": "x"}).status_code == 404
        assert "還沒有轉接" in other.get("/desk/hotline/transfers/").content.decode()
        assert b"C115" not in b"".join(other.get("/desk/hotline/transfers/export.csv").streaming_content)
        assert TransferLetter.objects.get().answer == ""

    def test_costs_the_same_for_many(self, october, works, operator, django_assert_max_num_queries):
        for _n in range(5):
            passed(works, operator)
        agency = signed_in(october)

        with django_assert_max_num_queries(25):
            agency.get("/desk/hotline/transfers/")


class TestAnInterview:
    def test_has_both_answers_or_none(self, works, operator):
        row, who = passed(works, operator), {"by": operator.account, "at": NOW + timedelta(days=1)}
        with pytest.raises(CannotContact, match="都要填"):
            transfers.record_interview(row, state="DONE", handling=5, attitude=None, **who)
        transfers.record_interview(row, state="UNREACHED", handling=None, attitude=None, **who)
        path = f"/desk/hotline/transfers/{row.pk}/interview/"

        signed_in(operator).post(path, {"state": "DONE", "handling": "4", "attitude": "5"})

        found = Interview.objects.get()
        assert (found.state, given_in(found.response)) == (InterviewState.DONE, {"handling": 4, "attitude": 5})
        with pytest.raises(CannotContact, match="訪問過"):
            transfers.record_interview(row, state="REFUSED", handling=None, attitude=None, **who)

    def test_is_one_of_the_answers_that_the_report_counts(self, works, operator):
        row = passed(works, operator, call_id="1794000000.1")
        other = transfers.pass_on(row.contact, works, kind="WARM", by=operator.account, at=NOW)
        who = {"by": operator.account, "at": NOW}

        transfers.record_interview(row, state="DONE", handling=3, attitude=5, **who)

        november = Period.month(2026, 11)
        values = [
            queries.value(f"hotline.transfer_survey_{key}", november, of, at=NOW).value
            for key, of in (("answered", ""), ("satisfied", "handling"), ("satisfied", "attitude"))
        ]
        assert values == [1, 0, 100]
        with pytest.raises(CannotContact, match="填答過"):
            transfers.record_interview(other, state="DONE", handling=5, attitude=5, **who)
        assert not Interview.objects.filter(transfer=other).exists()
        page = signed_in(operator).get(f"/desk/hotline/contacts/{row.contact.reference}/").content.decode()
        assert "處理方式 3 分，服務態度 5 分" in page

    def test_with_little_satisfaction_opens_a_task(self, works, operator):
        transfers.record_interview(
            passed(works, operator), state="DONE", handling=1, attitude=2, by=operator.account, at=NOW
        )

        assert Todo.objects.open().filter(kind="survey.complaint").count() == 1
