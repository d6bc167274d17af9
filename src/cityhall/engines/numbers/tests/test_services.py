"""Numbers in a row: by series and period, many at once, and by many at the same moment."""

from datetime import date

import pytest
from tests.support.at_once import at_once

from cityhall.engines.numbers.models import Counter
from cityhall.engines.numbers.services import next_number, next_numbers, year
from cityhall.foundation.unit import act

FRIDAY, SATURDAY = date(2026, 11, 27), date(2026, 11, 28)


class Refused(Exception):
    """An act that took a number and is refused."""


@act
def take(series="letters", refused=False):
    """A number, taken by an act."""
    number = next_number(series, year(2026))
    if refused:
        raise Refused
    return number


@pytest.mark.django_db
class TestNumbers:
    def test_begin_at_one_in_each_series_and_period(self):
        assert [next_number("cases", FRIDAY), next_number("cases", SATURDAY), next_number("letters", FRIDAY)] == [
            1,
            1,
            1,
        ]
        assert next_number("cases", FRIDAY) == 2

    def test_of_many_come_in_the_order_of_the_periods_given(self, django_assert_num_queries):
        next_number("cases", FRIDAY)

        with django_assert_num_queries(1):
            assert next_numbers("cases", [SATURDAY, FRIDAY, SATURDAY, FRIDAY]) == [1, 2, 2, 3]

        assert next_numbers("cases", []) == []
        assert set(Counter.objects.values_list("series", "period", "last")) == {
            ("cases", FRIDAY, 3),
            ("cases", SATURDAY, 2),
        }

    def test_of_a_refused_act_is_given_to_the_next(self):
        take()
        with pytest.raises(Refused):
            take(refused=True)

        assert take() == 2


@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    def test_none_is_left_out_and_none_is_given_twice(self):
        results = at_once([lambda n=n: take(refused=n % 3 == 0) for n in range(12)])

        assert sorted(one for one in results if not isinstance(one, Refused)) == list(range(1, 9))
        assert Counter.objects.get().last == 8
