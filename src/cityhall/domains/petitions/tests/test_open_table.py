"""Petitions for the open data: whole months alone, and no count by which somebody could be found out."""

from datetime import date, timedelta

import pytest

from cityhall.domains.petitions import open_table
from cityhall.foundation.clock import at as instant

from .city import NINE, make_city, opened

MONTH_LATER = instant((NINE.date().replace(day=1) + timedelta(days=32)).replace(day=3), 6)


@pytest.fixture
def city(db, monkeypatch):
    monkeypatch.setattr("django.utils.timezone.now", lambda: NINE)
    return make_city()


class TestRows:
    def test_count_each_category_of_a_whole_month(self, city):
        for _one in range(4):
            opened()

        assert list(open_table.rows(NINE)) == []
        [[month, category, count]] = open_table.rows(MONTH_LATER)
        assert (month, count) == (f"{NINE:%Y-%m}", 4)
        assert category

    def test_hide_few(self, city):
        opened()

        assert [row[2] for row in open_table.rows(MONTH_LATER)] == [""]

    @pytest.mark.parametrize(
        ("day", "months", "first"),
        [(date(2026, 11, 20), 24, date(2024, 11, 1)), (date(2026, 1, 31), 1, date(2025, 12, 1))],
    )
    def test_begin_with_a_whole_month(self, day, months, first):
        assert open_table._months_before(day, months) == first
