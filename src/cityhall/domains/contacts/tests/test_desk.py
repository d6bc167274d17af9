"""The desk and the FAQ base: an answer is used once a call, and what was searched in vain is a question nobody answered."""

from datetime import date

import pytest
from django.test import Client as Browser
from tests.support.at_once import THREADS, at_once
from tests.support.faq import Unanswered, Use, publish

from cityhall.domains.contacts import faq_door, services
from cityhall.engines.directory.states import Role
from cityhall.engines.directory.tests.factories import make_agency, make_person
from cityhall.foundation.clock import at as instant

pytestmark = pytest.mark.django_db
NOW = instant(date(2026, 11, 16), 9, 30)


@pytest.fixture(autouse=True)
def now(monkeypatch):
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)


@pytest.fixture
def operator():
    return make_person(make_agency("rdec"), None, Role.OPERATOR)


@pytest.fixture
def browser(operator):
    found = Browser()
    found.force_login(operator.account)
    return found


@pytest.fixture
def contact(operator):
    publish("garbage", make_agency("cleaning"), at=NOW, question="垃圾車幾點來？", answer="上網查。")
    return services.begin(by=operator.account, at=NOW)


def page(contact, act):
    return f"/desk/hotline/contacts/{contact.reference}/{act}/"


class TestAnAnswer:
    def test_pressed_twice_is_used_once(self, browser, contact):
        for _time in range(2):
            browser.post(page(contact, "answer"), {"code": "garbage"})

        assert (Use.objects.count(), contact.answers.count()) == (1, 1)

    def test_by_an_entry_that_is_gone_is_refused(self, browser, contact):
        answer = browser.post(page(contact, "answer"), {"code": "nothing"}, follow=True)

        assert "已經不公布" in answer.content.decode()
        assert (Use.objects.count(), contact.answers.count()) == (0, 0)


class TestASearchInVain:
    def test_is_noted_once_a_call_however_it_is_told(self, browser, contact, operator):
        words = "外星人登記在哪裡，我是0912-345-678"
        assert (
            'name="in_vain"'
            in browser.get(f"/desk/hotline/faq/?contact={contact.reference}&words={words}").content.decode()
        )

        assert browser.post(page(contact, "in-vain"), {"words": words}).status_code == 204
        browser.post(page(contact, "note"), {"in_vain": words, "go": "transfer"})
        browser.post(page(contact, "wrap-up"), {"in_vain": words, "code": "enquiry"})

        row = Unanswered.objects.get()
        assert (row.channel, "0912" in row.text) == ("HOTLINE", False)
        browser.post(page(services.begin(by=operator.account, at=NOW), "in-vain"), {"words": words})
        assert Unanswered.objects.count() == 2

    def test_is_none_where_something_fits_or_nothing_was_asked(self, browser, contact):
        for words in ("垃圾車幾點來", "", "  ", "\x00"):
            browser.post(page(contact, "in-vain"), {"words": words})

        assert Unanswered.objects.count() == 0

    @pytest.mark.django_db(transaction=True)
    def test_told_by_many_at_once_is_one(self, contact):
        def tell():
            return faq_door.in_vain("外星人登記", talk=str(contact.reference), at=NOW)

        assert at_once([tell] * THREADS) == [True] * THREADS
        assert Unanswered.objects.count() == 1
