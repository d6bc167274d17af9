"""The tester's list and sheet: one request by who may, one by who may not; what is typed is kept."""

import re

import pytest

from cityhall.domains.phone_tests.models import PhoneTest
from cityhall.domains.phone_tests.states import CallState, Window
from cityhall.engines.directory.states import Role
from cityhall.engines.directory.tests.factories import make_person
from cityhall.foundation.clock import at as instant

from .city import BAD, NINE, TODAY, drawn, make_city, scored, signed_in, unanswered, waiting

pytestmark = pytest.mark.django_db
LIST = "/desk/phone-tests/"
FULL = {"mark_speed": "5", "mark_manner": "4", "mark_correct": "4", "day": TODAY.isoformat()}


@pytest.fixture
def city(monkeypatch):
    monkeypatch.setattr("django.utils.timezone.now", lambda: instant(TODAY, 17))
    return make_city()


def page_of(test):
    return f"{LIST}tests/{test.reference}/"


def clock_of(test):
    return {"MORNING": "9:05", "LUNCH": "12:40", "AFTERNOON": "14:30"}[test.window]


def words(response):
    return re.sub(r"<[^>]+>", "", response.content.decode())


class TestList:
    def test_holds_ones_own_calls_and_nobody_elses(self, city):
        plan = drawn(size=8)
        mine, other = waiting(plan, tester=city.tester), waiting(plan, tester=city.other_tester)

        page = words(signed_in(city.tester).get(LIST))

        assert all(test.number in page for test in mine)
        assert not any(test.number in page for test in other)

    def test_begins_with_what_can_be_called_now(self, city, monkeypatch):
        drawn(size=12)
        monkeypatch.setattr("django.utils.timezone.now", lambda: NINE)

        response = signed_in(city.tester).get(LIST)

        assert response.context["window"] == Window.MORNING
        assert {one.window for one in response.context["now_rows"]} == {Window.MORNING}
        assert Window.MORNING not in {one.window for one in response.context["later_rows"]}

    def test_says_why_it_is_empty(self, city):
        assert "還沒有抽出" in words(signed_in(city.tester).get(LIST))
        drawn(size=1)
        assert "沒有分給您" in words(signed_in(city.other_tester).get(LIST))

    def test_is_the_testers_alone(self, city):
        for person in (city.commission, city.coordinator):
            assert signed_in(person).get(LIST).status_code == 403

    def test_asks_as_often_for_many_calls_as_for_few(self, city, django_assert_max_num_queries):
        plan = drawn(size=12)
        for test in waiting(plan, tester=city.tester)[:3]:
            scored(test)
        browser = signed_in(city.tester)
        browser.get(LIST)

        with django_assert_max_num_queries(22):
            browser.get(LIST)


class TestSheet:
    def test_is_scored_and_leads_back_to_the_list(self, city):
        test = waiting(drawn(), tester=city.tester)[0]

        response = signed_in(city.tester).post(page_of(test), {**FULL, "clock": clock_of(test)}, follow=True)

        assert f"{test.number}已登錄：84分，合格。" in words(response)
        test.refresh_from_db()
        assert test.state == CallState.PASSED

    @pytest.mark.parametrize(
        ("given", "sentence"),
        [
            ({"mark_manner": ""}, "請給分。"),
            ({"mark_manner": "2"}, "低於3分要寫理由"),
            ({"mark_manner": "9"}, ""),
            ({"clock": "25:00"}, "請填時和分"),
            ({"clock": "近午"}, "請填時和分"),
            ({"clock": "23:00"}, "還沒到"),
            ({"day": "2026-10-01"}, ""),
        ],
    )
    def test_with_a_gap_comes_back_with_everything_that_was_typed(self, city, given, sentence):
        test = waiting(drawn(), tester=city.tester)[0]
        form = {**FULL, "clock": clock_of(test), "remark": "背景很吵", **given}

        response = signed_in(city.tester).post(page_of(test), form)

        assert response.status_code == 422
        assert sentence in words(response)
        assert "背景很吵" in words(response)
        assert PhoneTest.objects.get(pk=test.pk).state == CallState.WAITING

    def test_belongs_to_its_tester(self, city):
        test = waiting(drawn(), tester=city.tester)[0]

        assert signed_in(city.other_tester).get(page_of(test)).status_code == 404
        assert signed_in(city.coordinator).get(page_of(test)).status_code == 404
        assert signed_in(city.commission).get(page_of(test)).status_code == 200
        response = signed_in(city.commission).post(page_of(test), {**FULL, "clock": clock_of(test)}, follow=True)
        assert "不是分給您的" in words(response)

    def test_that_came_of_it_is_read_by_its_agency_without_the_tester(self, city):
        plan = drawn()
        test = scored(waiting(plan, agency=city.works)[0], BAD)
        test.tester.name = "密探甲"
        test.tester.save()

        page = words(signed_in(city.coordinator).get(page_of(test)))

        assert "應備文件少說兩項" in page
        assert "密探甲" not in page
        assert "密探甲" in words(signed_in(city.commission).get(page_of(test)))
        assert signed_in(city.other_coordinator).get(page_of(test)).status_code == 404
        assert signed_in(make_person(city.works, None, Role.OFFICER)).get(page_of(test)).status_code == 403


class TestUnreached:
    def test_is_noted_and_at_last_a_finding(self, city):
        test = unanswered(waiting(drawn(), tester=city.tester)[0], tries=2)
        form = {"trouble": "BUSY", "day": TODAY.isoformat(), "clock": clock_of(test)}

        response = signed_in(city.tester).post(f"{page_of(test)}unreached/", form, follow=True)

        assert "記為無人接聽" in words(response)
        assert "沒有分數" in words(signed_in(city.tester).get(page_of(test)))

    def test_refuses_another_part_of_the_day(self, city):
        test = waiting(drawn(), tester=city.tester, window=Window.LUNCH)[0]

        response = signed_in(city.tester).post(
            f"{page_of(test)}unreached/", {"trouble": "BUSY", "day": TODAY.isoformat(), "clock": "9:00"}
        )

        assert (response.status_code, "不在這個時段" in words(response)) == (422, True)

    def test_is_its_testers_alone(self, city):
        test = waiting(drawn(), tester=city.tester)[0]

        assert signed_in(city.other_tester).get(f"{page_of(test)}unreached/").status_code == 404
        assert signed_in(city.commission).get(f"{page_of(test)}unreached/").status_code == 403
