"""The demo's meetings and visits: half a year of them, by the product's own acts."""

from datetime import date, timedelta

import pytest

from cityhall.domains.control_yuan import figures as control_yuan
from cityhall.domains.petitions.samples import HalfYear
from cityhall.domains.road_safety import figures as road_safety
from cityhall.domains.smart_city import figures as smart_city
from cityhall.engines.deadlines.services import seed_calendar
from cityhall.engines.gatherings.models import Gathering, Outcome
from cityhall.engines.gatherings.states import State
from cityhall.foundation.clock import at as instant
from cityhall.foundation.clock import start_of_day
from cityhall.foundation.period import Period
from cityhall.project.demo import gatherings, people, petitions


@pytest.mark.django_db
class TestHalfYear:
    def test_has_each_kind_and_leaves_some_to_come(self):
        end = instant(date(2026, 11, 18), 10)
        start = start_of_day(date(2026, 5, 22))
        seed_calendar()
        made = people.load(at=start - timedelta(hours=1), since=petitions.FOUNDED)
        half_year = HalfYear([], [], start, end)

        gatherings.write(half_year, made.shown["commission"], made.agencies)
        while half_year.queue:
            at, _serial, act = half_year.queue.pop(0)
            half_year.queue.sort()
            act(at)

        year = Period.year(2026)
        assert road_safety.site_visits(year).value == len(gatherings.SITES)
        assert road_safety.suggestions(year).value == sum(bool(flaw) for _site, flaw in gatherings.SITES)
        assert road_safety.agencies(year).value == len(gatherings.EVALUATED)
        assert control_yuan.petitioners(year).value == 2
        assert smart_city.meetings(year, "committee").value == 2
        assert smart_city.meetings(year, "working group").value >= 16
        assert Outcome.objects.filter(item__decided="RELEASED").exists()
        assert Outcome.objects.open().exists()
        assert set(Gathering.objects.values_list("state", flat=True)) == set(State.values) - {"PLANNED", "CANCELLED"}
