"""Meetings of the programme: each kind by itself, by the day on which it took place."""

from datetime import date, timedelta

import pytest

from cityhall.domains.smart_city import figures
from cityhall.engines.gatherings import holding
from cityhall.engines.gatherings.tests.city import MEETS, make_city, planned
from cityhall.foundation.period import Period

pytestmark = pytest.mark.django_db


class TestMeetings:
    def test_count_what_took_place(self):
        city, after = make_city(), MEETS + timedelta(hours=3)
        for profile, series in (
            (figures.COMMITTEE, ""), (figures.WORKING_GROUP, "治理"), (figures.WORKING_GROUP, "產業"),
        ):  # fmt: skip
            one = planned(city, profile=profile, series=series)
            holding.hold(one, held_on=after.date(), came={}, by=None, at=after)
        planned(city, profile=figures.COMMITTEE)
        planned(city, profile=figures.WORKING_GROUP, series="治理")
        until = Period(None, date(2026, 11, 20))

        assert figures.meetings(until, "committee").value == 1
        assert figures.meetings(until, "working group").value == 2
        assert figures.meetings(Period(None, date(2026, 11, 19)), "committee").value == 0
