"""What the supervisor sees: who waits, who is where, what alarms; asked again it is answered only when it has changed."""

from datetime import date, timedelta

import pytest

from cityhall.domains.contacts import services
from cityhall.domains.contacts.models import ContactAnswer, ContactMoment
from cityhall.domains.contacts.wallboard import board
from cityhall.engines.directory.states import Role
from cityhall.engines.directory.tests.factories import make_agency, make_person
from cityhall.foundation.clock import at as instant

from .ring import SECRET, tell

pytestmark = pytest.mark.django_db
NOW = instant(date(2026, 11, 16), 9, 30)
PATH = "/desk/hotline/wallboard/"


@pytest.fixture(autouse=True)
def now(settings, monkeypatch):
    settings.CTI_SECRET = SECRET
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)


@pytest.fixture
def supervisor(client):
    client.force_login(make_person(make_agency("rdec"), None, Role.SUPERVISOR).account)
    return client


class TestTheBoard:
    def test_counts_who_waits_and_alarms_by_dated_thresholds(self, db):
        for n in range(6):
            tell("newCall", f"c{n}", at=NOW - timedelta(seconds=90 - n))
        tell("answer", "c0", at=NOW)

        found = board(NOW)

        assert (found.waiting, found.longest, found.going) == (5, 89, 1)
        assert found.alarms == ["longest"]

    def test_counts_operators_by_what_they_do(self, db):
        person = make_person(make_agency("rdec"), None, Role.OPERATOR)
        services.be(state="MEAL", seat="1", by=person.account, at=NOW)

        assert {code: many for code, _label, many in board(NOW).states if many} == {"MEAL": 1}

    def test_knows_a_storm(self, db):
        for n in range(12):
            contact = ContactMoment.objects.create(started_at=NOW, started_on=NOW.date(), told_at=NOW, answered_at=NOW)
            ContactAnswer.objects.create(contact=contact, code="water", version=1, at=NOW - timedelta(minutes=n))

        assert [(one.about, one.now) for one in board(NOW).storms] == [("water", 12)]

    def test_is_answered_only_when_it_has_changed(self, supervisor):
        page = supervisor.get(f"{PATH}?part=1")
        same = supervisor.get(f"{PATH}?part=1", headers={"If-None-Match": page["ETag"]})
        tell("newCall", at=NOW)

        assert same.status_code == 304
        assert supervisor.get(f"{PATH}?part=1", headers={"If-None-Match": page["ETag"]}).status_code == 200

    def test_asks_a_number_of_questions_that_never_grows(self, supervisor, django_assert_max_num_queries):
        for n in range(9):
            tell("newCall", f"c{n}", at=NOW)

        with django_assert_max_num_queries(25):
            supervisor.get(PATH)

    def test_is_not_for_operators(self, client):
        client.force_login(make_person(make_agency("rdec"), None, Role.OPERATOR).account)

        assert client.get(PATH).status_code == 403
