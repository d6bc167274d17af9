"""What the report prints of council cases, with rows that must not count."""

from datetime import date
from decimal import Decimal

import pytest

from cityhall.domains.council import figures, services
from cityhall.domains.council.states import Verdict
from cityhall.engines.figures import registry
from cityhall.engines.tracking import services as tracking
from cityhall.engines.tracking.models import Item
from cityhall.foundation.clock import at as instant
from cityhall.foundation.period import Period

from .city import NINE, decided, inspected, listed, make_city, replied

pytestmark = pytest.mark.django_db
HALF = Period(date(2016, 7, 1), date(2016, 12, 31))


@pytest.fixture
def city():
    return make_city()


@pytest.fixture
def items(city):
    """Two released, one of them after the half-year; one self-tracked, one tracked, one undecided; one listed before it."""
    days = [date(2016, 9, day) for day in (1, 2, 5, 6, 7)]
    rows = [replied(city, listed(city, day), day) for day in days]
    decided(city, rows[0], Verdict.RELEASED, date(2016, 12, 31))
    decided(city, rows[1], Verdict.RELEASED, date(2017, 1, 1))
    decided(city, rows[2], Verdict.SELF_TRACKED, date(2016, 10, 1))
    decided(city, rows[3], Verdict.TRACKED, date(2016, 10, 1))
    before = replied(city, listed(city, date(2016, 6, 30)), date(2016, 6, 30))
    decided(city, before, Verdict.RELEASED, date(2016, 9, 1))
    tracking.list_item(profile="council", title="別的", lead=city.works, listed_on=date(2017, 1, 2), by=None, at=NINE)
    return rows


class TestVerdicts:
    def test_are_those_of_the_last_day(self, items):
        assert figures.listed(HALF).value == 5
        assert figures.released(HALF).value == 1
        assert figures.self_tracked(HALF).value == 1
        assert figures.tracked(HALF).value == 1
        assert figures.released(Period.parse("2016-07-01..2016-12-31 as of 2017-01-01")).value == 2

    def test_stay_what_they_were_after_later_ones(self, city, items):
        tracking.reopen(items[0].tracked, reason="尚未完成", by=None, at=instant(date(2017, 2, 1), 9))

        assert figures.released(HALF).value == 1
        assert figures.released(Period.parse("2016-07-01..2016-12-31 as of 2017-02-01")).value == 1

    def test_move_with_the_day_of_listing(self, items):
        Item.objects.filter(pk=items[0].tracked_id).update(listed_on=date(2016, 6, 30))

        assert (figures.listed(HALF).value, figures.released(HALF).value) == (4, 0)

    def test_have_shares_of_those_listed(self, items):
        shares = (figures.released_share, figures.self_tracked_share, figures.tracked_share)

        assert [one(HALF).value for one in shares] == [20, 20, 20]
        assert figures.released_share(Period.year(2014)).value is None

    def test_of_the_report_make_its_percentages(self):
        shares = [registry.get(f"council.{key}_share") for key in ("released", "self_tracked", "tracked")]

        found = [one.rounded(Decimal(100) * n / 2622) for one, n in zip(shares, (1939, 414, 269), strict=True)]

        assert found == [Decimal("73.95"), Decimal("15.79"), Decimal("10.26")]


class TestPoorReplies:
    def test_count_by_the_day_of_the_review(self, city):
        replied(city, listed(city, date(2016, 12, 30)), date(2016, 12, 31), poor=True)
        replied(city, listed(city, date(2016, 12, 30)), date(2017, 1, 3), poor=True)
        replied(city, listed(city, date(2016, 12, 1)), date(2016, 12, 2))

        assert figures.poor_replies(HALF).value == 1


class TestInspections:
    def test_leave_out_withdrawn_ones_and_district_offices_before_their_day(self, city):
        inspected(city, date(2016, 7, 1))
        inspected(city, date(2017, 1, 1), agency=city.district)
        services.withdraw_inspection(inspected(city, date(2016, 8, 1)), why="重複", by=None, at=NINE)
        early = inspected(city, date(2017, 1, 1), agency=city.district)
        type(early).objects.filter(pk=early.pk).update(held_on=date(2016, 12, 31))

        assert figures.joint_inspections(HALF).value == 1
        assert figures.joint_inspections(Period.year(2017)).value == 1
