"""The demo's telephone tests, by the product's own acts: the report's year at a reduced scale, and a half-year's months."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from cityhall.domains.petitions.samples import HalfYear
from cityhall.domains.phone_tests import figures, services
from cityhall.domains.phone_tests.models import CallPlan, PhoneTest
from cityhall.domains.phone_tests.states import CallState
from cityhall.engines.deadlines.services import seed_calendar
from cityhall.engines.directory.states import AgencyKind
from cityhall.foundation.clock import at as instant
from cityhall.foundation.clock import start_of_day
from cityhall.foundation.period import Period
from cityhall.project.demo import people, petitions, phone_tests

YEAR = Period.year(2016)


def make_directory(founded):
    seed_calendar()
    people.load(at=founded, since=petitions.FOUNDED)
    phone_tests.load_cards(founded)


@pytest.mark.django_db
class TestYear:
    def test_has_the_numbers_of_the_report_at_its_scale(self):
        make_directory(instant(date(2015, 12, 31), 18))

        lived = phone_tests.live_year(0.05, 105, say=lambda words: None)

        calls, passed = round(4_388 * 0.05), round(4_162 * 0.05)
        assert (lived, figures.calls(YEAR).value) == (calls, calls)
        assert figures.passed(YEAR).rows.count() == passed
        assert figures.passed(YEAR).value + figures.failed(YEAR).value == 100
        assert figures.calls_monthly(YEAR).value == Decimal(calls) / 12
        assert phone_tests.live_year(0.05, 105, say=lambda words: None) == 0

    def test_calls_agencies_districts_and_outside_bodies_at_noon_too(self):
        make_directory(instant(date(2015, 12, 31), 18))

        phone_tests.live_year(0.05, 105, say=lambda words: None)

        rows = PhoneTest.objects.all()
        kinds = set(rows.values_list("agency__kind", flat=True))
        assert {AgencyKind.FIRST_LEVEL, AgencyKind.DISTRICT_OFFICE, AgencyKind.OUTSIDE_BODY} <= kinds
        assert 0.15 < rows.filter(window="LUNCH").count() / rows.count() < 0.3
        assert not rows.filter(state=CallState.WAITING).exists()

    def test_of_the_whole_scale_is_drawn_by_the_rulebook_as_it_is(self):
        make_directory(instant(date(2015, 12, 31), 18))

        plan = services.draw(date(2016, 1, 1), by=None, at=instant(date(2016, 1, 1), 6, 20), seed="2016-01")

        assert plan.tests.count() == -(-4_388 // 12) == 366
        assert [row["calls"] for row in plan.strata] == [183, 183]


@pytest.mark.django_db
class TestHalfYear:
    def test_draws_each_month_and_leaves_the_rest_of_this_one_to_be_called(self):
        end = instant(date(2026, 11, 18), 10)
        start = start_of_day(date(2026, 9, 20))
        make_directory(start - timedelta(hours=1))
        half_year = HalfYear([], [], start, end)

        phone_tests.write(half_year)
        while half_year.queue:
            at, _serial, act = half_year.queue.pop(0)
            half_year.queue.sort()
            act(at)

        months = list(CallPlan.objects.order_by("month").values_list("month", flat=True))
        assert months == [date(2026, 9, 1), date(2026, 10, 1), date(2026, 11, 1)]
        states = set(PhoneTest.objects.values_list("state", flat=True))
        assert states == set(CallState.values)
        assert not PhoneTest.objects.filter(plan__month=date(2026, 10, 1), state=CallState.WAITING).exists()
