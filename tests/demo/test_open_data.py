"""The demo city's open data: by the product's own acts, on their way and published; the year's number at its end."""

from datetime import date, datetime

import pytest

from cityhall.domains.open_data import figures
from cityhall.domains.open_data.models import DataRequest, Dataset, QualityResult, ResourceVersion, Showcase
from cityhall.engines.deadlines.services import seed_calendar
from cityhall.engines.directory.tests.factories import make_agency
from cityhall.foundation.clock import at as instant
from cityhall.foundation.period import Period
from cityhall.project.demo import open_data

pytestmark = pytest.mark.django_db
NOW: datetime = instant(date(2026, 11, 20), 9)


@pytest.fixture(autouse=True)
def agencies():
    seed_calendar()
    for code in sorted({one["agency"] for one in open_data._topics()}):
        make_agency(code)


class TestTheDemoCity:
    def test_has_some_sixty_datasets_in_every_state_that_people_meet(self):
        open_data.load(NOW, say=lambda line: None)

        states = list(Dataset.objects.values_list("state", flat=True))
        assert (len(states), states.count("PUBLISHED")) == (62, 56)
        assert {"DRAFT", "AGENCY_REVIEW", "COMMISSION_REVIEW"} < set(states)
        assert ResourceVersion.objects.filter(number=2).exists()
        assert not Dataset.objects.filter(modified_at__gt=NOW).exists()


class TestTheReportsYear:
    def test_ends_with_as_many_as_its_share(self):
        open_data.live_year(0.1, until=instant(date(2017, 3, 31), 9), say=lambda line: None)
        open_data.live_year(0.1, until=instant(date(2017, 3, 31), 9), say=lambda line: None)

        assert figures.datasets(Period(None, date(2017, 2, 28))).value == 80
        assert figures.datasets(Period(None, date(2015, 12, 29))).value == 0
        assert Dataset.objects.filter(generated=True).count() == 18


class TestWishes:
    def test_are_answered_on_the_way_and_not_looked_at_yet(self):
        open_data.load(NOW, say=lambda line: None)

        assert sorted(DataRequest.objects.values_list("state", "outcome")) == [
            ("ANSWERED", "OPENED"), ("ANSWERED", "PLANNED"), ("ANSWERED", "REFUSED"), ("OPEN", ""), ("OPEN", ""), ("RECEIVED", ""),
        ]  # fmt: skip
        assert DataRequest.objects.get(number=1).joined == 12
        assert Showcase.objects.filter(state="SHOWN", datasets__isnull=False).distinct().count() == 2
        assert 0 < QualityResult.objects.current().failing().count() < 20
