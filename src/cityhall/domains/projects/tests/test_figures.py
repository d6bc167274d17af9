"""What the report prints of projects, with rows that must not count."""

from datetime import date
from decimal import Decimal

import pytest

from cityhall.domains.projects import figures, services
from cityhall.engines.figures import queries, registry
from cityhall.engines.rules.models import ParameterValue
from cityhall.foundation.clock import at as instant
from cityhall.foundation.period import Period

from .making import listed, make_city, proposed

pytestmark = pytest.mark.django_db
YEAR = Period.year(2017)
EARLIER, NEW, LATER = date(2016, 3, 1), date(2017, 2, 1), date(2018, 1, 5)


@pytest.fixture
def city():
    """One goes on from the year before, one ended in it, one is new, one is too small, one is the next year's."""
    city = make_city()
    going_on = listed(agency=city.works, on=EARLIER, total_budget=100_000_000)
    gone = listed(agency=city.works, on=EARLIER, total_budget=70_000_000)
    asked = services.apply(gone, kind="CLOSING", reason="完工", by=None, at=instant(date(2016, 12, 1)))
    services.decide(asked, approved=True, remark="", by=None, at=instant(date(2016, 12, 1)))
    listed(agency=city.district, on=NEW, works=False, total_budget=10_000_000)
    small = proposed(agency=city.works, on=NEW, total_budget=29_999_999)
    services.leave_to_agency(small, keeper=city.officer, reason="未達門檻", by=None, at=instant(NEW))
    waiting = proposed(agency=city.works, on=NEW, total_budget=30_000_000)
    listed(agency=city.works, on=LATER)
    proposed(
        agency=city.works, on=NEW, profile="subsidy", total_budget=90_000_000,
        facets={"class": "sport", "mode": "tendered"},
    )  # fmt: skip
    return going_on, gone, waiting


class TestListed:
    def test_counts_those_under_control_in_the_year(self, city):
        assert [figures.listed(YEAR, of).value for of in ("", "new", "continued")] == [2, 1, 1]
        assert figures.listed(Period.year(2016), "").value == 2  # what ended in its year was listed in it
        assert figures.listed(Period.year(2018), "continued").value == 2

    def test_is_asked_as_of_a_day(self, city):
        assert figures.listed(Period.parse("2017 as of 2017-01-31"), "").value == 1

    def test_without_a_first_day_everything_is_new(self, city):
        assert [figures.listed(Period.parse("..2017-12-31"), of).value for of in ("new", "continued")] == [3, 0]

    def test_moves_with_the_day_of_listing(self, city):
        going_on = city[0].plan
        going_on.opened_on = date(2017, 1, 1)
        going_on.save()

        assert [figures.listed(YEAR, of).value for of in ("", "new", "continued")] == [2, 2, 0]


class TestCandidates:
    def test_add_up_what_was_proposed_or_goes_on_above_the_threshold(self, city):
        assert [figures.candidates_budget(YEAR, of).value for of in ("", "works", "other")] == [
            140_000_000, 130_000_000, 10_000_000,
        ]  # fmt: skip

    def test_go_by_the_thresholds_of_the_year(self, city):
        ParameterValue.objects.create(
            key="projects.threshold_works",
            value=50_000_000,
            valid_from=date(2017, 1, 1),
            source="簽准",
            set_at=instant(NEW),
        )

        assert figures.candidates_budget(YEAR, "works").value == 100_000_000

    def test_are_broken_down_in_money(self, city):
        counted = queries.value("projects.candidates_budget", YEAR, at=instant(date(2018, 1, 1)))
        agency = counted.view.dimension("kind")

        assert queries.narrowed(counted, [(agency, "True")]).value == Decimal(130_000_000)

    def test_print_as_the_report_does(self, city):
        one = registry.get("projects.candidates_budget")

        assert one.sentence(Decimal(191_700_000_000), YEAR) == "合計約 1,917 億元"


class TestThreshold:
    def test_is_the_rulebooks_with_its_source(self):
        works, other = (figures.listing_threshold(YEAR, of) for of in ("works", "other"))

        assert (works.value, other.value) == (30_000_000, 10_000_000)
        assert works.source
        assert figures.listing_threshold(YEAR, "").value == 30_000_000
