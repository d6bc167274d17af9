"""Several people at the same moment: each gathering has a number of its own, and minutes are sent once."""

import pytest
from tests.support.at_once import at_once

from cityhall.engines.gatherings import holding
from cityhall.engines.gatherings.models import Gathering, Minutes

from .city import TODAY, make_city, planned

pytestmark = pytest.mark.django_db(transaction=True)


class TestNumbers:
    def test_are_given_once_and_without_gaps(self):
        city = make_city()

        made = at_once([lambda: planned(city)] * 6)

        assert sorted(one.number for one in made) == [1, 2, 3, 4, 5, 6]
        assert Gathering.objects.count() == 6


class TestMinutes:
    def test_of_two_at_once_are_one_and_a_refusal(self):
        city = make_city()
        one = planned(city)
        by, at = city.commission.account, one.starts_at
        holding.hold(one, held_on=at.date(), came={}, by=by, at=at)

        at_once([lambda: holding.issue_minutes(one, text="紀錄", issued_on=at.date(), by=by, at=at)] * 2)

        assert Minutes.objects.count() == 1
        assert at.date() > TODAY
