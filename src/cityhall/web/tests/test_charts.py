"""Charts: what they draw, say and list."""

from __future__ import annotations

import re
from datetime import date
from xml.etree import ElementTree

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from cityhall.web import charts

MONTHS = [(date(2016, month, 1), 6000 + month * 300) for month in range(1, 13)]


def heights(svg: str) -> list[float]:
    return [float(value) for value in re.findall(r'<rect[^>]*height="([\d.]+)"', svg)]


class TestBarByMonth:
    def test_bars_start_at_zero_and_are_in_proportion(self) -> None:
        chart = charts.bar_by_month("成案", [(date(2016, 1, 1), 100), (date(2016, 2, 1), 50)], unit="件", source="案件")

        first, second = heights(chart)
        assert first == pytest.approx(second * 2, abs=0.2)

    def test_is_well_formed_without_style_attributes(self) -> None:
        chart = charts.bar_by_month("成案 <b>", MONTHS, unit="件", source="案件")

        root = ElementTree.fromstring(chart)
        assert root.tag.endswith("svg")
        assert "style=" not in chart

    def test_says_least_and_most_and_lists_all(self) -> None:
        chart = charts.bar_by_month("105年各月成案", MONTHS, unit="件", source="案件")

        assert chart.about == "105年各月成案，長條圖。最少105年1月6,300件，最多105年12月9,600件。"
        assert chart.rows[0] == ("105年1月", "6,300")
        assert len(chart.rows) == 12

    def test_english_months_are_gregorian(self) -> None:
        with translation.override("en"):
            chart = charts.bar_by_month("Received", MONTHS, unit="cases", source="cases")

        assert chart.rows[0][0] == "January 2016"
        assert ">Jan<" in chart

    def test_the_year_stands_at_its_first_month(self) -> None:
        chart = charts.line(
            "比例", [(date(2016, 12, 1), 5.8), (date(2017, 1, 1), 4.5)], unit="%", source="檢核", places=1
        )

        assert ">105年12月<" in chart
        assert ">106年1月<" in chart
        assert ">4.5<" in chart

    def test_empty_is_drawn_and_said(self) -> None:
        chart = charts.bar_by_month("成案", [], unit="件", source="案件")

        assert "沒有資料" in chart.about
        ElementTree.fromstring(chart)

    def test_figure_has_table_unit_and_source(self) -> None:
        html = charts.horizontal_bars("各區", [("桃園區", 3), ("𠮷", 1)], unit="件", source="案件").figure()

        assert "<table" in html
        assert "單位：件。資料：案件" in html
        assert "𠮷" in html


class TestScale:
    @given(st.floats(min_value=0.001, max_value=1e9))
    def test_ticks_cover_the_largest_value_in_few_steps(self, most: float) -> None:
        ticks = charts._ticks(most)

        assert ticks[0] == 0
        assert ticks[-1] >= most * (1 - 1e-9)
        assert 2 <= len(ticks) <= 7

    @given(st.lists(st.integers(min_value=0, max_value=10**7), max_size=40))
    def test_any_values_draw(self, values: list[int]) -> None:
        points = [(date(2010 + n // 12, n % 12 + 1, 1), value) for n, value in enumerate(values)]

        for chart in (
            charts.bar_by_month("圖", points, unit="件", source="甲"),
            charts.line("圖", points, unit="件", source="甲"),
            charts.horizontal_bars("圖", [(str(day), value) for day, value in points], unit="件", source="甲"),
        ):
            ElementTree.fromstring(chart)
            assert "nan" not in chart
            assert all(height >= 0 for height in heights(chart))


class TestRanges:
    def test_show_each_value_with_its_bounds_and_what_must_be_kept(self) -> None:
        weeks = [charts.Range("9/21", 96.0, 82.3, 99.3), charts.Range("9/28", 91.7, 76.0, 97.5)]
        chart = charts.ranges("每週抽查", weeks, unit="%", source="抽查", bound=92, bound_label="低於92%就停用")

        assert str(chart).count('class="rng"') == str(chart).count('class="mid"') == 2
        assert "低於92%就停用" in chart
        assert chart.rows == (("9/21", "96.0", "82.3", "99.3"), ("9/28", "91.7", "76.0", "97.5"))
        assert len(chart.columns) == 4

    def test_of_nothing_are_drawn_all_the_same(self) -> None:
        assert "<svg" in charts.ranges("每週抽查", [], unit="%", source="抽查")
