"""The demo city's hotspots: a hundred with something for the checks, and the year's 808 by the report."""

from datetime import date

import pytest

from cityhall.domains.wifi import figures, queries
from cityhall.domains.wifi.models import Hotspot
from cityhall.foundation.clock import at as instant
from cityhall.foundation.period import Period
from cityhall.project.boundaries import NothingBuilt, take_boundaries
from cityhall.project.demo import wifi

TODAY = date(2017, 3, 31)
NOW = instant(TODAY, 17)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def boundaries():
    try:
        take_boundaries(at=NOW)
    except NothingBuilt:
        pytest.skip("the boundaries are not built")


def test_have_something_for_the_checks():
    assert wifi.load(NOW, say=print) == 100

    lines = queries.lines(queries.narrowed({}, TODAY), TODAY)
    assert {str(found) for line in lines for found in line.findings} == {"OTHER_DISTRICT", "CONTRACT_OVER"}
    assert Hotspot.objects.as_of(TODAY).count() == 99


def test_of_today_know_that_the_bandwidth_was_raised():
    today = instant(date(2026, 11, 29), 17)

    assert wifi.load(today, share=0.1, say=print) > 5

    days = (date(2017, 6, 30), date(2017, 7, 1), today.date())
    assert [queries.mbps(Hotspot(mbps=None), day) for day in days] == [1, 5, 5]


def test_have_the_numbers_of_the_report():
    assert wifi.live_year(NOW, begins=date(2016, 1, 1), share=1.0, say=print) == 808

    february = Period(date(2017, 2, 1), date(2017, 2, 28))
    assert [figures.hotspots(february, of).value for of in ("city", "central", "")] == [516, 292, 808]
    assert figures.hot_zones(february).value == 4
    assert figures.hot_zone_access_points(february).value == 29
    assert wifi.live_year(NOW, begins=date(2016, 1, 1), share=1.0, say=print) == 0
