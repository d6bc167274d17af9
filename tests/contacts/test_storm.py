"""A storm on the wallboard is offered as an announcement: its question in both languages and its district."""

from datetime import date, timedelta

import pytest

from cityhall.domains.contacts.models import ContactAnswer, ContactMoment
from cityhall.domains.faq import services as faq
from cityhall.domains.petitions.tests.factories import make_petition
from cityhall.engines.directory.states import Role
from cityhall.engines.directory.tests.factories import make_agency, make_person
from cityhall.foundation.clock import at as instant

pytestmark = pytest.mark.django_db
NOW = instant(date(2026, 11, 16), 9, 30)
PATH = "/desk/hotline/wallboard/"


@pytest.fixture(autouse=True)
def now(monkeypatch):
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)


@pytest.fixture
def supervisor(client):
    client.force_login(make_person(make_agency("rdec"), None, Role.SUPERVISOR).account)
    return client


class TestAStorm:
    @pytest.fixture
    def storm(self, db):
        texts = {
            "question": "哪裡停水？",
            "answer": "看停水公告。",
            "question_en": "Where is the water off?",
            "answer_en": "See it.",
        }
        before = NOW - timedelta(days=9)
        version = faq.write(code="water", agency=make_agency("water"), texts=texts, by=None, at=before)
        faq.publish(faq.submit(version, by=None, at=before), by=None, at=before)
        for n in range(12):
            contact = ContactMoment.objects.create(started_at=NOW, started_on=NOW.date(), told_at=NOW, answered_at=NOW)
            ContactAnswer.objects.create(contact=contact, code="water", version=1, at=NOW - timedelta(minutes=n))
            if n < 3:
                contact.case = make_petition(district="桃園" if n else "中壢").case
                contact.save()

    def test_is_offered_as_an_announcement_with_question_and_district(self, supervisor, storm):
        page = supervisor.get(PATH)

        form = supervisor.get(page.context["storms"][0]["announce"])

        assert "寫成活動訊息" in page.content.decode()
        given = form.context["form"].initial
        assert (given["title"], given["title_en"]) == ("桃園區：哪裡停水？", "桃園區: Where is the water off?")
        assert given["text"] == "現在有很多人從桃園區來電問「哪裡停水？」。"
        assert given["valid_from"] == given["valid_until"] == NOW.date()

    def test_costs_the_same_however_many_calls_it_has(self, supervisor, storm, django_assert_max_num_queries):
        with django_assert_max_num_queries(29):
            supervisor.get(PATH)

    def test_fills_in_nothing_that_somebody_made_up_in_an_address(self, supervisor):
        bad = {"about": "\x00<script>" + "長" * 500, "about_en": "\n", "place": "\u202e" * 50}

        given = supervisor.get("/desk/hotline/announcements/add/", bad).context["form"].initial

        assert given["title"] == "<script>" + "長" * 32
        assert "title_en" not in given
