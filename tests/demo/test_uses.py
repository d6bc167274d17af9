"""Counted use of the report's year: open data by month as it prints, and the citizen's card, asked from its batches."""

from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityhall.domains.open_data import figures
from cityhall.domains.open_data.tests import city as open_data
from cityhall.engines.deadlines.services import seed_calendar
from cityhall.engines.usage import journal, queries
from cityhall.engines.usage.models import Batch
from cityhall.engines.usage.queries import Asked
from cityhall.foundation.clock import at as instant
from cityhall.foundation.period import Period
from cityhall.project.demo import uses

NOW = instant(date(2017, 3, 31), 9)
SPAN = Period.parse("2015-12-30..2017-02-28")


@given(st.integers(0, 10**9), st.lists(st.floats(0.01, 100), min_size=1, max_size=40))
def test_a_number_is_apportioned_without_loss(total, weights):
    parts = uses.apportioned(total, weights)

    assert sum(parts) == total
    assert min(parts) >= 0


@pytest.mark.django_db
class TestTheYear:
    @pytest.fixture(autouse=True)
    def store(self, settings, tmp_path):
        settings.USAGE_DIR = tmp_path / "usage"
        journal.close()

    def test_has_the_months_of_open_data_that_the_report_prints(self):
        seed_calendar()
        city = open_data.make_city()
        for title in ("停車場", "公園"):
            open_data.published(city.transport, title=title, at=instant(date(2016, 2, 1), 9))

        for _turn in range(2):
            uses.open_data_year(NOW, 1.0, say=lambda line: None)

        counted = [figures.views_monthly(SPAN), figures.downloads_monthly(SPAN), figures.api_calls_monthly(SPAN)]
        assert [round(one.value) for one in counted] == [70_300, 33_154, 551_137]
        assert figures.views_monthly(Period.parse("2015-12")).value < 5_000

    def test_has_the_uses_of_the_card_each_month_a_tenth_more(self):
        for _turn in range(2):
            uses.card_year(NOW, 0.01, say=lambda line: None)

        asked = Asked(sources=[uses.CARD])
        by_act = {row["act"]: row["uses"] for row in queries.by(asked, "act").to_pylist()}
        assert by_act == {act: round(many * 0.01) for act, many in uses.CARD_USES.items()}
        by_month = [row["uses"] for row in queries.by(asked, "month").sort_by("month").to_pylist()]
        assert all(after / before == pytest.approx(1.1, rel=0.001) for before, after in pairwise(by_month))
        assert Batch.objects.filter(source=uses.CARD, state="COUNTS").count() == 14

    def test_plans_the_69_million_uses_of_the_report(self):
        assert sum(uses.CARD_USES.values()) == 69_487_100
