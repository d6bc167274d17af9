"""A share of the calls is scored a second time from the recording, blind; it decides nothing and shows agreement."""

from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from cityhall.domains.phone_tests import queries, services
from cityhall.domains.phone_tests.models import PhoneTest
from cityhall.domains.phone_tests.refusals import CannotTest
from cityhall.domains.phone_tests.states import CallState
from cityhall.engines.audit.models import Entry
from cityhall.engines.worklist.models import Todo
from cityhall.foundation.clock import at as instant

from .city import BAD, GOOD, NINE, TODAY, drawn, make_city, scored, set_parameter, signed_in, waiting, when
from .test_pages import FULL, clock_of, words

pytestmark = pytest.mark.django_db
HERE = "/desk/phone-tests/"


@pytest.fixture
def city(monkeypatch):
    monkeypatch.setattr("django.utils.timezone.now", lambda: instant(TODAY, 17))
    set_parameter("twice_percent", 50)
    return make_city()


def again(test, marks=GOOD):
    return services.score_again(test, marks=marks, by=test.second_tester.account, at=when(test))


class TestDraw:
    def test_gives_a_share_to_another_tester(self, city):
        twice = drawn().tests.exclude(second_tester=None)

        assert twice.count() == 5
        assert all(test.second_tester != test.tester for test in twice)

    def test_leaves_one_tester_alone(self, city):
        city.other_tester.appointments.all().delete()

        assert not drawn().tests.exclude(second_tester=None).exists()

    def test_never_gives_both_to_one_in_the_database(self, city):
        test = drawn().tests.exclude(second_tester=None)[0]

        with pytest.raises(IntegrityError), transaction.atomic():
            PhoneTest.objects.filter(pk=test.pk).update(second_tester=test.tester)


class TestScoreAgain:
    @pytest.fixture
    def test(self, city):
        return scored(waiting(drawn(), second_tester=city.other_tester)[0])

    def test_keeps_the_first_verdict_and_counts_agreement(self, test):
        done = again(test, BAD)

        assert (done.state, done.points) == (CallState.PASSED, Decimal(84))
        found = queries.agreement_of(PhoneTest.objects.all())
        assert (found.pairs, found.same, found.apart, found.percent) == (1, 0, Decimal("16.0"), 0)
        assert Entry.objects.filter(event="phone_test.scored_again").count() == 1

    def test_is_the_second_testers_and_happens_once(self, city, test):
        with pytest.raises(CannotTest, match="不是分給您"):
            services.score_again(test, marks=GOOD, by=city.tester.account, at=NINE)
        again(test)
        with pytest.raises(CannotTest, match="已經再評過"):
            again(test)

    def test_waits_for_the_first(self, city):
        test = waiting(drawn(), second_tester=city.other_tester)[0]

        with pytest.raises(CannotTest, match="還沒有評過"):
            again(test)

    def test_is_on_the_second_testers_list_until_it_is_done(self, city, test):
        title = Todo.objects.get(person=city.other_tester, closed_at=None).title
        assert title.endswith("還有6／6通")

        again(test)

        assert Todo.objects.get(person=city.other_tester, closed_at=None).title.endswith("還有5／6通")

    def test_is_blind(self, city, test):
        PhoneTest.objects.filter(pk=test.pk).update(recording="https://recordings.example/1")
        browser, page = signed_in(city.other_tester), f"{HERE}tests/{test.reference}/again/"
        assert test.number in words(browser.get(HERE))

        text = browser.get(page).content.decode()

        assert "https://recordings.example/1" in text
        assert "84 分" not in text
        assert browser.get(f"{HERE}tests/{test.reference}/").status_code == 404
        assert signed_in(city.tester).get(page).status_code == 404
        marks = {name: value for name, value in FULL.items() if name.startswith("mark_")}
        assert browser.post(page, {**marks, "mark_speed": ""}).status_code == 422
        assert "已再評一次" in words(browser.post(page, marks, follow=True))
        assert browser.get(page).status_code == 404

    def test_is_shown_to_the_commission_as_agreement(self, city, test):
        again(test)

        assert "兩人各評 1 通，1 通結論相同" in words(signed_in(city.commission).get(f"{HERE}plans/2026-11/"))


class TestRecording:
    def test_is_a_link(self, city):
        test = waiting(drawn(), tester=city.tester, second_tester=city.other_tester)[0]
        form = {**FULL, "clock": clock_of(test), "recording": "javascript:alert(1)"}
        page, browser = f"{HERE}tests/{test.reference}/", signed_in(city.tester)

        assert browser.post(page, form).status_code == 422
        browser.post(page, {**form, "recording": "https://recordings.example/7"})

        test.refresh_from_db()
        assert (test.recording, test.state) == ("https://recordings.example/7", CallState.PASSED)


class TestHandOver:
    def test_never_leaves_both_to_one(self, city):
        plan = drawn()

        services.take_over(city.tester, city.other_tester, None, NINE)

        assert not plan.tests.exclude(second_tester=None).exists()
