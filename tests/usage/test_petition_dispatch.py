"""Petition dispatch is a counted client: each place that it asks for is one use, told by month, and in bulk it is none."""

from datetime import timedelta

import pytest

from cityhall.domains.petitions.public import Where, untold
from cityhall.domains.petitions.services import dispatch, filing
from cityhall.domains.petitions.tests import city as petitions
from cityhall.domains.spatial import dispatching, figures, queries
from cityhall.domains.spatial.models import Client, Use
from cityhall.domains.spatial.tests.city import listed
from cityhall.engines.usage import folding, journal
from cityhall.foundation.clock import day_of
from cityhall.foundation.period import Period

pytestmark = pytest.mark.django_db
NIGHT = petitions.NINE + timedelta(days=1)
DAY = day_of(petitions.NINE)


@pytest.fixture
def city(settings, tmp_path):
    settings.USAGE_DIR = tmp_path / "usage"
    journal.close()
    yield petitions.make_city()
    journal.close()


def filed(**more):
    return filing.confirm(petitions.file(**more), how="email_code", by=None, at=petitions.NINE)


def added_up(at=NIGHT):
    journal.close()
    folding.fold(at)
    return dispatching.add_up(at)


def test_a_place_that_dispatch_asks_for_is_a_use_of_a_system(city, django_assert_num_queries):
    listed("villages", city.works)
    for _one in range(3):
        filed()
    with django_assert_num_queries(0):
        dispatching.note(petitions.NINE)

    assert added_up() == added_up() == 4
    one = Client.objects.get(own="petitions")
    assert (one.kind, one.name, one.agency.code) == ("SYSTEM", "陳情派案", "rdec")
    assert Use.objects.values_list("client", "day", "operation", "calls").get() == (one.pk, DAY, "POINT", 4)
    assert figures.queries(Period(DAY, DAY)).value == 4
    assert figures.clients(Period(DAY, NIGHT.date()), "system").value == 1
    assert queries.months(one) == [(DAY.replace(day=1), 4)]
    assert [line.calls for line in queries.statement(one, DAY, DAY)] == [{"POINT": 4}]


def test_a_later_night_adds_what_came_late(city):
    listed("villages", city.works)
    filed()
    added_up()
    filed()

    assert added_up(NIGHT + timedelta(days=2)) == 2
    assert Use.objects.get().calls == 2


def test_nothing_is_counted_of_what_has_no_place_or_is_lived_in_bulk(city):
    listed("villages", city.works)
    filed(where=Where())
    with untold():
        filed()

    assert added_up() == 0
    assert not Client.objects.filter(own="petitions").exists()
    assert len(dispatch._placed) == 1
