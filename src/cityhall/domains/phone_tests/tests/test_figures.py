"""What the report prints of telephone tests, with rows that must not count."""

from datetime import date
from decimal import Decimal

import pytest

from cityhall.domains.phone_tests import figures
from cityhall.domains.phone_tests.models import PhoneTest
from cityhall.engines.figures import registry
from cityhall.foundation.period import Period

from .city import BAD, MONTH, drawn, make_city, scored, unanswered, waiting

pytestmark = pytest.mark.django_db
NOVEMBER = Period.month(2026, 11)


@pytest.fixture
def tests():
    """Three passed, one failed, one that nobody answered, one still to be called; one on the month's first day."""
    make_city()
    plan = drawn(size=6)
    rows = waiting(plan)
    scored(rows[0], day=MONTH)
    scored(rows[1])
    scored(rows[2])
    scored(rows[3], BAD)
    unanswered(rows[4])
    return rows


class TestCalls:
    def test_count_what_was_scored(self, tests):
        assert figures.calls(NOVEMBER).value == 4
        assert figures.calls(Period(date(2026, 11, 2), date(2026, 11, 30))).value == 3
        assert figures.calls(Period.month(2026, 10)).value == 0

    def test_move_with_the_day_of_the_call(self, tests):
        PhoneTest.objects.filter(pk=tests[0].pk).update(called_on=date(2026, 10, 31))

        assert (figures.calls(NOVEMBER).value, figures.calls(Period.month(2026, 10)).value) == (3, 1)

    def test_are_averaged_over_months(self, tests):
        assert figures.calls_monthly(Period(date(2026, 10, 1), date(2026, 11, 30))).value == 2

    def test_of_the_report_round_up_where_it_cut(self):
        monthly = registry.get("phone_tests.calls_monthly")

        assert monthly.rounded(Decimal(4388) / 12) == 366
        assert "365.67" in str(monthly.rule)


class TestShares:
    def test_are_of_the_scored_ones_and_make_a_hundred(self, tests):
        assert (figures.passed(NOVEMBER).value, figures.failed(NOVEMBER).value) == (75, 25)

    def test_are_none_where_nothing_was_scored(self, tests):
        assert figures.passed(Period.month(2026, 10)).value is None

    def test_of_the_report_are_those_of_4162_and_226(self):
        shares = [registry.get(f"phone_tests.{key}") for key in ("passed", "failed")]

        found = [one.rounded(Decimal(100) * part / 4388) for one, part in zip(shares, (4162, 226), strict=True)]

        assert found == [Decimal("94.85"), Decimal("5.15")]
