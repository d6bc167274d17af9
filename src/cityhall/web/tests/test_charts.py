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

    def test_a_phone_has_names_above_their_bars(self) -> None:
        name = "環境清潔稽查大隊的夜間噪音稽查"
        chart = charts.horizontal_bars("各單位", [(name * 2, 20), (name, 10)], unit="件", source="案件")

        drawn = ElementTree.fromstring(chart.narrow)
        assert drawn.get("viewBox") == "0 0 340 96"
        assert f">{name}<" in chart.narrow
        lengths = [float(one) for one in re.findall(r'<rect[^>]*width="([\d.]+)"', chart.narrow)]
        assert lengths[1] == pytest.approx(lengths[0] / 2, abs=0.1)
        assert chart.figure().count("<svg") == 2
        assert charts.bar_by_month("成案", MONTHS, unit="件", source="案件").figure().count("<svg") == 1


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


THREE = [date(2016, month, 1) for month in (1, 2, 3)]


class TestCurves:
    def test_draw_a_line_each_and_end_where_nothing_is_known(self) -> None:
        lines = [
            charts.Curve("預定", [10, 40, 100], broken=True), charts.Curve("實際", [8, 30, None]),
            charts.Curve("預算", [None, None, None], pale=True),
        ]  # fmt: skip
        chart = charts.curves("進度", THREE, lines, unit="%", source="紀錄")

        ElementTree.fromstring(chart)
        assert chart.count("<path") == 2
        assert chart.rows[2] == ("105年3月", "100", "—", "—")
        assert chart.columns == ("月份", "預定", "實際", "預算")
        assert chart.about == "進度，折線圖。最後的值：預定 100%、實際 30%。"

    def test_of_nothing_say_so(self) -> None:
        assert "目前沒有資料" in charts.curves("進度", [], [], unit="%", source="紀錄").about

    def test_name_lines_that_end_together_one_below_the_other(self) -> None:
        lines = [charts.Curve("預定", [50]), charts.Curve("實際", [50])]
        chart = charts.curves("進度", THREE[:1], lines, unit="%", source="紀錄")

        places = [float(y) for y, words in re.findall(r'y="([\d.]+)"[^>]*>(預定|實際)<', chart)]
        assert abs(places[0] - places[1]) >= 16


class TestGantt:
    def test_fills_a_bar_as_far_as_it_is_done_and_goes_on_past_its_last_day(self) -> None:
        points = [
            charts.Checkpoint("決標", date(2016, 1, 20), date(2016, 1, 18)),
            charts.Checkpoint("驗收", date(2016, 12, 1)),
        ]
        late = charts.Span("圖書館", date(2016, 1, 1), date(2016, 12, 1), 100, 75, points=points, url="/desk/x/")
        stood = charts.Span(
            "道路", date(2016, 1, 1), date(2017, 12, 1), 50, 100, stopped=[(date(2016, 5, 1), date(2016, 6, 1))]
        )
        chart = charts.gantt("時程", [late, stood], today=date(2017, 1, 15), source="紀錄")

        ElementTree.fromstring(chart)
        assert chart.about == "時程：2案，其中1案過了預定的最後一天還沒完成。"
        assert (chart.count('class="late"'), chart.count('class="stopped"'), chart.count("<circle")) == (1, 1, 2)
        assert 'href="/desk/x/"' in chart
        assert chart.rows[0][1:] == ("105年1月1日", "105年12月1日", "100%", "75%", "驗收", "105年12月1日")
        assert chart.rows[1][5:] == ("—", "—")
        whole = float(re.search(r'class="bar lo"[^>]*width="([\d.]+)"', chart)[1])
        done = float(re.search(r'class="bar"[^>]*width="([\d.]+)"', chart)[1])
        assert done == pytest.approx(whole * 0.75, abs=0.1)

    def test_of_one_that_ended_says_nothing_late(self) -> None:
        ended = charts.Span("圖書館", date(2016, 1, 1), date(2016, 2, 1), 100, 100, ended=True)

        chart = charts.gantt("時程", [ended], today=date(2017, 1, 15), source="紀錄")

        assert 'class="late"' not in chart
        assert 'class="should"' not in chart


class TestSchedule:
    def test_shows_planned_reached_and_late(self) -> None:
        points = [
            charts.Checkpoint("決標", date(2016, 1, 20), date(2016, 1, 18)),
            charts.Checkpoint("驗收", date(2016, 2, 1), first=date(2016, 1, 15)),
        ]
        chart = charts.schedule("檢核點", points, today=date(2016, 3, 1), source="紀錄")

        ElementTree.fromstring(chart)
        assert chart.count("<rect") == 1  # only what is late
        assert chart.about == "檢核點：2個檢核點，完成1個。"
        assert chart.rows[1][3] == "—"

    def test_of_one_day_is_drawn(self) -> None:
        point = charts.Checkpoint("決標", date(2016, 1, 1), date(2016, 1, 1))

        assert "<circle" in charts.schedule("x", [point], today=date(2016, 1, 1), source="y")
        with translation.override("en"):
            assert "2016-01" in charts.schedule("x", [point], today=date(2016, 1, 1), source="y")
