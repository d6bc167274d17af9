"""The demo city's hotspots: a hundred with something for the checks, and the year's 808 by the report."""

from datetime import date

import pytest

from cityhall.domains.wifi import figures, outages, placement, use
from cityhall.domains.wifi import queries as wifi_queries
from cityhall.domains.wifi.models import Hotspot, Outage
from cityhall.engines.directory.tests.factories import make_agency
from cityhall.engines.figures import queries
from cityhall.engines.worklist.models import Todo
from cityhall.foundation.clock import at as instant
from cityhall.foundation.period import Period
from cityhall.project.boundaries import NothingBuilt, take_boundaries
from cityhall.project.demo import wifi

TODAY = date(2017, 3, 31)
NOW = instant(TODAY, 17)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def boundaries(settings, tmp_path):
    settings.USAGE_DIR = tmp_path / "usage"
    try:
        take_boundaries(at=NOW)
    except NothingBuilt:
        pytest.skip("the boundaries are not built")


def test_have_something_for_the_checks():
    for code in set(wifi.KEEPERS.values()):
        make_agency(code)

    assert wifi.load(NOW, say=print) == 100

    lines = wifi_queries.lines(wifi_queries.narrowed({}, TODAY), TODAY)
    assert {str(found) for line in lines for found in line.findings} == {"OTHER_DISTRICT", "CONTRACT_OVER"}
    assert Hotspot.objects.as_of(TODAY).count() == 99
    assert figures.users_monthly(Period(date(2017, 2, 1), date(2017, 2, 28))).value > 50_000
    assert use.months()[0] == date(2017, 3, 1)
    best = placement.advice(TODAY).proposals[0]
    assert min(best.score, best.people, best.visits) > 0
    assert any(row.falls_short for row in use.ran(date(2017, 2, 1)))
    assert [one.hotspot.pk for one in outages.alarmed(NOW)] == [
        Outage.objects.get(pk=Todo.objects.open().get().object_id).hotspot_id
    ]


def test_of_today_know_that_the_bandwidth_was_raised():
    today = instant(date(2026, 11, 29), 17)

    assert wifi.load(today, share=0.1, say=print) > 5

    days = (date(2017, 6, 30), date(2017, 7, 1), today.date())
    assert [wifi_queries.mbps(Hotspot(mbps=None), day) for day in days] == [1, 5, 5]


def test_have_the_numbers_of_the_report():
    assert wifi.live_year(NOW, begins=date(2016, 1, 1), share=1.0, say=print) == 808

    february = Period(date(2017, 2, 1), date(2017, 2, 28))
    assert [figures.hotspots(february, of).value for of in ("city", "central", "")] == [516, 292, 808]
    assert figures.hot_zones(february).value == 4
    assert figures.hot_zone_access_points(february).value == 29
    winter = Period(date(2016, 10, 1), date(2017, 2, 28))
    assert figures.users_monthly(winter).value == 747_130
    assert queries.value("wifi.bandwidth", Period.parse("2017-Q3"), at=NOW).value == "1 -> 5"
    assert wifi.live_year(NOW, begins=date(2016, 1, 1), share=1.0, say=print) == 0
