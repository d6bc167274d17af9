"""The four figures of 1.2.7 at their edges: midnight in Taipei, parts of months, urgency from a day on, reclassifying."""

import calendar
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from cityhall.domains.petitions.figures import received, received_monthly, urgent_categories, urgent_received
from cityhall.domains.petitions.services import filing, rulebook
from cityhall.domains.petitions.tests.city import file, make_city
from cityhall.domains.petitions.tests.factories import make_category, make_petition
from cityhall.engines.figures import queries, registry
from cityhall.foundation.clock import TAIPEI, at, day_of
from cityhall.foundation.period import Period

LATER = at(date(2027, 3, 31), 12)
MIDNIGHT = datetime(2026, 12, 1, 0, 0, 0, tzinfo=TAIPEI)
NOVEMBER, DECEMBER = Period.month(2026, 11), Period.month(2026, 12)


def confirmed(when, **more):
    """A petition that came by the product's own way and was confirmed at that instant."""
    return filing.confirm(file(when=when - timedelta(hours=1), **more), how="email_code", by=None, at=when)


@pytest.mark.django_db
class TestMidnight:
    @pytest.fixture(autouse=True)
    def city(self):
        return make_city()

    @pytest.mark.parametrize(
        ("when", "month"),
        [
            (MIDNIGHT - timedelta(microseconds=1), NOVEMBER),
            (MIDNIGHT, DECEMBER),
            (datetime(2026, 11, 30, 15, 59, 59, tzinfo=UTC), NOVEMBER),
            (datetime(2026, 11, 30, 16, 0, 0, tzinfo=UTC), DECEMBER),
        ],
    )
    def test_in_taipei_parts_the_days(self, when, month):
        petition = confirmed(when)

        assert list(received(month).rows) == [petition]
        assert list(urgent_received(month).rows) == [petition]
        assert received(DECEMBER if month == NOVEMBER else NOVEMBER).value == 0

    def test_filed_before_and_confirmed_after_counts_after(self):
        confirmed(MIDNIGHT + timedelta(minutes=5))

        assert (received(NOVEMBER).value, received(DECEMBER).value) == (0, 1)

    def test_what_is_never_confirmed_is_in_no_month(self):
        file(when=MIDNIGHT)

        assert received(Period(None, None)).value == 0

    def test_confirming_twice_is_counted_once(self):
        petition = confirmed(MIDNIGHT)

        filing.confirm(petition, how="email_code", by=None, at=MIDNIGHT + timedelta(days=40))

        assert (received(DECEMBER).value, received(Period.month(2027, 1)).value) == (1, 0)


@pytest.mark.django_db
class TestUrgency:
    FIRST = date(2016, 8, 1)

    def test_begins_with_its_day(self):
        category = make_category(urgent_since=self.FIRST)
        make_petition(date(2016, 7, 31), category=category)
        first = make_petition(date(2016, 8, 1), category=category)

        assert list(urgent_received(Period(None, None)).rows) == [first]
        assert urgent_categories(Period.parse("2016-07-31")).value == 0
        assert urgent_categories(Period.parse("2016-08-01")).value == 1

    def test_that_ends_and_begins_again_counts_the_days_within(self):
        category = make_category(urgent_since=self.FIRST, urgent_until=date(2016, 9, 30))
        rulebook.set_term(
            category, valid_from=date(2016, 11, 1), urgent=True, final_working_days=7, source="函 1050002",
            by=None, at=at(date(2016, 10, 1)),
        )  # fmt: skip
        days = [date(2016, 9, 30), date(2016, 10, 1), date(2016, 10, 31), date(2016, 11, 1)]
        petitions = [make_petition(day, category=category) for day in days]

        assert set(urgent_received(Period.year(2016)).rows) == {petitions[0], petitions[3]}
        assert [urgent_categories(Period(day, day)).value for day in days] == [1, 0, 0, 1]

    def test_set_later_changes_no_day_before(self):
        category = make_category()
        before = make_petition(date(2016, 7, 1), category=category)
        rulebook.set_term(
            category, valid_from=self.FIRST, urgent=True, final_working_days=7, source="函", by=None, at=LATER
        )

        assert urgent_received(Period.year(2016)).value == 0
        assert before in received(Period.year(2016)).rows

    def test_follows_a_petition_that_the_desk_gives_another_category(self):
        city = make_city()
        petition = confirmed(MIDNIGHT, text="請在巷口劃紅線")
        assert urgent_received(DECEMBER).value == 0

        petition.category = city.street_light
        petition.save()

        assert list(urgent_received(DECEMBER).rows) == [petition]

    def test_is_that_of_the_day_of_opening_even_for_a_new_category(self):
        urgent_later = make_category(urgent_since=date(2016, 10, 1))
        petition = make_petition(date(2016, 9, 30), category=make_category(urgent_since=self.FIRST))

        petition.category = urgent_later
        petition.save()

        assert urgent_received(Period.year(2016)).value == 0

    def test_of_a_petition_that_ends_declined_is_counted_no_more(self):
        petition = make_petition(date(2016, 9, 5), category=make_category(urgent_since=self.FIRST))
        petition.case.status = "NOT_PROCESSED"
        petition.case.save()

        assert (received(Period.year(2016)).value, urgent_received(Period.year(2016)).value) == (0, 0)


@pytest.mark.django_db
class TestQuestionsThatCannotBeAsked:
    @pytest.mark.parametrize("key", ["petitions.received", "petitions.received_monthly", "petitions.urgent_received"])
    def test_a_flow_has_no_state_as_of_a_day(self, key):
        with pytest.raises(queries.CannotCount):
            queries.value(key, Period.parse("2016 as of 2017-02-28"), at=LATER)

    @pytest.mark.parametrize("spec", ["..2016-12-31", "2016-01-01.."])
    def test_an_average_needs_both_ends(self, spec):
        asked = Period.parse(spec)
        if asked.last_day is None:
            assert queries.value("petitions.received_monthly", asked, at=LATER).covered.last_day == day_of(LATER)
        else:
            with pytest.raises(queries.CannotCount):
                queries.value("petitions.received_monthly", asked, at=LATER)

    def test_nothing_is_known_by_another_name(self):
        with pytest.raises(registry.UnknownFigure):
            queries.value("petitions.none", Period.year(2016), at=LATER)


DAYS = st.dates(min_value=date(2015, 12, 1), max_value=date(2017, 3, 5))
PERIODS = st.tuples(DAYS, DAYS).map(lambda pair: Period(*sorted(pair)))


def months_by_hand(period):
    """Each day is its share of its own month."""
    total, day = Decimal(0), period.first_day
    while day <= period.last_day:
        total += Decimal(1) / calendar.monthrange(day.year, day.month)[1]
        day += timedelta(days=1)
    return total


class TestAverages(TestCase):
    @settings(max_examples=25)
    @given(PERIODS, st.lists(DAYS, max_size=5))
    def test_are_the_rows_over_the_months_that_the_days_make(self, period, days):
        for day in days:
            make_petition(day)
        inside = [day for day in days if period.first_day <= day <= period.last_day]

        average = received_monthly(period).value

        assert abs(average * months_by_hand(period) - len(inside)) < Decimal("1e-20")
        assert received(period).value == len(inside)

    @settings(max_examples=15)
    @given(st.datetimes(min_value=datetime(2026, 1, 1), max_value=datetime(2026, 12, 31)))
    def test_and_days_are_those_of_the_clock_in_taipei(self, naive):
        instant = naive.replace(tzinfo=UTC)
        day = (naive + timedelta(hours=8)).date()  # Taipei has no summer time

        assert day_of(instant) == day


class TestRounding:
    @pytest.mark.parametrize(
        ("value", "printed"),
        [("8753.83", "8,754"), ("8753.5", "8,754"), ("8753.4999", "8,753"), ("0.5", "1"), ("0", "0")],
    )
    def test_of_an_average_is_half_up_as_printed(self, value, printed):
        figure = registry.get("petitions.received_monthly")

        assert figure.in_report_style(Decimal(value), "").replace(" ", "") == printed
