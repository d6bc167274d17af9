from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from cityhall.domains.petitions.figures import received, received_monthly, urgent_categories, urgent_received
from cityhall.domains.petitions.models import CategoryTerm
from cityhall.domains.petitions.tests.factories import URGENT_SINCE, make_category, make_petition
from cityhall.engines.cases.models import Case
from cityhall.engines.cases.states import Channel, Status
from cityhall.engines.figures.queries import breakdown
from cityhall.engines.figures.queries import value as value_of
from cityhall.foundation import clock
from cityhall.foundation.period import Period

pytestmark = pytest.mark.django_db

YEAR = Period.year(2016)
SEVEN_MONTHS = Period.parse("2016-08-01..2017-02-28")
LATER = clock.at(date(2017, 3, 31), 12)


class TestReceived:
    def test_counts_by_the_day_of_opening_both_edges_in(self):
        make_petition(date(2015, 12, 31))
        make_petition(date(2016, 1, 1))
        make_petition(date(2016, 12, 31))
        make_petition(date(2017, 1, 1))

        assert received(YEAR).value == 2

    def test_leaves_out_what_is_not_opened_or_not_processed(self):
        make_petition(None)
        make_petition(None, status=Status.EXPIRED_UNCONFIRMED)
        make_petition(None, status=Status.WITHDRAWN)
        make_petition(date(2016, 5, 2), status=Status.NOT_PROCESSED)

        assert received(YEAR).value == 0

    @pytest.mark.parametrize("status", [Status.MERGED, Status.TRANSFERRED_OUTSIDE, Status.WITHDRAWN, Status.CLOSED])
    def test_keeps_what_ended_otherwise(self, status):
        make_petition(date(2016, 5, 2), status=status)

        assert received(YEAR).value == 1

    @pytest.mark.parametrize("channel", Channel.values)
    def test_counts_every_channel(self, channel):
        make_petition(date(2016, 5, 2), channel=channel)

        assert received(YEAR).value == 1

    def test_remembers_its_rows(self):
        petition = make_petition(date(2016, 5, 2))
        make_petition(date(2017, 5, 2))

        assert list(received(YEAR).rows) == [petition]

    def test_counts_confidential_ones_and_withholds_their_rows(self):
        make_petition(date(2016, 5, 2), confidential=True)
        open_one = make_petition(date(2016, 5, 2))

        counted = value_of("petitions.received", YEAR, at=LATER)

        assert counted.value == 2
        assert list(counted.view.visible(counted.rows, account=None, at=LATER)) == [open_one]

    def test_breaks_down_by_district_with_those_without_a_place_last(self):
        for district in ("68000010", "68000020", "68000020", ""):
            make_petition(date(2016, 5, 2), district=district)
        counted = value_of("petitions.received", YEAR, at=LATER)

        parts = breakdown(counted, counted.view.dimension("district"))

        assert [(part.value, part.count) for part in parts] == [("68000020", 2), ("68000010", 1), ("", 1)]
        assert parts[0].percent == 50


class TestReceivedMonthly:
    def test_divides_by_the_months_of_the_period(self):
        for month in (1, 1, 1, 7, 12, 12):
            make_petition(date(2016, month, 9))

        assert received_monthly(YEAR).value == Decimal("0.5")
        assert received_monthly(Period.month(2016, 1)).value == 3

    def test_counts_days_of_part_months_as_their_share(self):
        make_petition(date(2016, 4, 3))

        assert received_monthly(Period.parse("2016-04-01..2016-04-15")).value == 2

    def test_leaves_out_days_that_have_not_come(self):
        make_petition(date(2016, 1, 9))

        counted = value_of("petitions.received_monthly", YEAR, at=clock.at(date(2016, 2, 29), 12))

        assert counted.value == Decimal("0.5")
        assert counted.covered == Period.parse("2016-01-01..2016-02-29")


class TestUrgentCategories:
    def test_counts_those_urgent_on_the_last_day(self):
        make_category(urgent_since=URGENT_SINCE)
        make_category(urgent_since=date(2017, 3, 1))
        make_category(urgent_since=URGENT_SINCE, urgent_until=date(2017, 2, 27))
        make_category()

        assert urgent_categories(SEVEN_MONTHS).value == 1
        assert urgent_categories(Period.parse("2016-08-01..")).value == 2
        assert urgent_categories(Period.parse("..2016-07-31")).value == 0

    def test_lets_the_newest_term_decide(self):
        category = make_category(urgent_since=URGENT_SINCE)
        CategoryTerm.objects.create(category=category, valid_from=date(2017, 1, 1), urgent=False, source="函 1060001")

        assert urgent_categories(Period.parse("2016-12-31")).value == 1
        assert urgent_categories(SEVEN_MONTHS).value == 0

    def test_says_where_it_stands_and_since_when(self):
        make_category(urgent_since=URGENT_SINCE)

        rule = urgent_categories(SEVEN_MONTHS)

        assert (rule.source, rule.valid_from, rule.rows.count()) == ("函 1050001", URGENT_SINCE, 1)


class TestUrgentReceived:
    def test_leaves_out_what_was_not_urgent_when_opened(self):
        urgent = make_category(urgent_since=URGENT_SINCE)
        ended = make_category(urgent_since=URGENT_SINCE, urgent_until=date(2016, 10, 31))
        make_petition(date(2016, 7, 31), category=urgent)
        counted = [
            make_petition(date(2016, 8, 1), category=urgent),
            make_petition(date(2016, 10, 31), category=ended),
            make_petition(date(2017, 2, 28), category=urgent),
        ]
        make_petition(date(2016, 11, 1), category=ended)
        make_petition(date(2016, 9, 1), category=make_category())
        make_petition(date(2016, 9, 1))
        make_petition(date(2016, 9, 1), category=urgent, status=Status.NOT_PROCESSED)
        make_petition(None, category=urgent)
        make_petition(date(2017, 3, 1), category=urgent)

        assert set(urgent_received(Period.parse("2016-01-01..2017-02-28")).rows) == set(counted)

    def test_follows_the_category_when_it_is_corrected(self):
        petition = make_petition(category=make_category())
        before = urgent_received(SEVEN_MONTHS).value

        petition.category = make_category(urgent_since=URGENT_SINCE)
        petition.save()

        assert (before, urgent_received(SEVEN_MONTHS).value) == (0, 1)


DAYS = st.dates(min_value=date(2016, 6, 1), max_value=date(2017, 4, 30))
KEYS = ("petitions.received", "petitions.urgent_received")


class TestEveryFigureMovesRightly(TestCase):
    """Rows are added, re-dated, declined and deleted at random; the figures agree with a count by hand after each."""

    @settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(st.tuples(DAYS, st.booleans(), st.booleans()), min_size=1, max_size=6), st.data())
    def test_when_rows_are_added_dated_anew_declined_and_deleted(self, rows, data):
        urgent, plain = make_category(urgent_since=URGENT_SINCE), make_category()
        petitions = [
            make_petition(day, category=urgent if is_urgent else plain, confidential=secret)
            for day, is_urgent, secret in rows
        ]
        kept = [(day, is_urgent) for day, is_urgent, _ in rows]
        self.check(kept)

        moved = data.draw(st.integers(0, len(petitions) - 1))
        day = data.draw(DAYS)
        Case.objects.filter(pk=petitions[moved].pk).update(opened_on=day)
        kept[moved] = (day, kept[moved][1])
        self.check(kept)

        Case.objects.filter(pk=petitions[0].pk).update(status=Status.NOT_PROCESSED)
        self.check(kept[1:])

        case = petitions[0].case
        petitions[0].delete()
        case.delete()
        self.check(kept[1:])

    def check(self, rows):
        inside = [row for row in rows if SEVEN_MONTHS.first_day <= row[0] <= SEVEN_MONTHS.last_day]
        expected = (len(inside), len([row for row in inside if row[1]]))

        found = tuple(value_of(key, SEVEN_MONTHS, at=LATER).value for key in KEYS)

        assert found == expected
        assert received_monthly(SEVEN_MONTHS).value == Decimal(len(inside)) / 7
        by_month = [received(month).value for month in SEVEN_MONTHS.month_periods()]
        assert sum(by_month) == len(inside)
        next_day = Period(SEVEN_MONTHS.last_day + timedelta(days=1), None)
        assert received(next_day).value == len([row for row in rows if row[0] > SEVEN_MONTHS.last_day])
