from datetime import date
from decimal import Decimal

import pytest

from cityhall.engines.figures import asking, catalogue, registry
from cityhall.engines.figures.asking import CannotReadPeriod
from cityhall.engines.figures.drawing import headline
from cityhall.engines.figures.queries import Course, Step
from cityhall.engines.figures.registry import FLOW, SHARE, STATE, UnknownFigure, figure
from cityhall.foundation import clock
from cityhall.foundation.period import Period
from cityhall.foundation.values import Count

NOW = clock.at(date(2026, 11, 23), 10)


class Rows(list):
    def count(self):
        return len(self)


@pytest.fixture
def declared():
    """Figures that a test declares, forgotten afterwards."""
    before = dict(registry.figures)
    yield registry.figures
    registry.figures.clear()
    registry.figures.update(before)


class TestFigure:
    def test_is_called_with_its_dimension_where_it_has_any(self, declared):
        @figure(
            "calls.made",
            "9",
            "共 {:man} 通",
            kind=FLOW,
            name="通話",
            unit="通",
            counts="…",
            of={"ivr": "語音 {:man} 通"},
        )
        def made(period, of=""):
            return Count(Rows([of] * 3))

        calls = registry.get("calls.made")

        assert calls.count(Period.year(2016), "ivr").rows == ["ivr"] * 3
        assert calls.sentence(54236, Period.year(2016), "ivr") == "語音 5 萬 4,236 通"
        with pytest.raises(UnknownFigure):
            calls.count(Period.year(2016), "fax")

    def test_rounds_to_the_digits_that_are_printed(self, declared):
        @figure("calls.share", "9", "比率為 {:pct}", kind=SHARE, name="比率", unit="%", counts="…")
        def share(period):
            return Count(Rows())

        assert registry.get("calls.share").rounded(Decimal("90.985")) == Decimal("90.99")

    def test_keeps_money_whole_where_hundreds_of_millions_are_printed(self, declared):
        figure("works.money", "9", "{:yi2}元", kind=STATE, name="經費", unit="元", counts="…")(
            lambda period: Count(Rows())
        )
        money = registry.get("works.money")

        assert money.rounded(1_107_000_000).as_tuple().exponent == 0
        assert money.sentence(1_107_000_000, Period.year(2017)) == "11.07 億元"

    def test_changes_its_version_with_its_code(self, declared):
        def declare(key, counted):
            if counted:

                @figure(key, "9", "{:plain} 通", kind=FLOW, name="a", unit="b", counts="c")
                def one(period):
                    return Count(Rows([1]))
            else:

                @figure(key, "9", "{:plain} 通", kind=FLOW, name="a", unit="b", counts="c")
                def one(period):
                    return Count(Rows([]))

        declare("calls.one", True)
        declare("calls.two", False)

        assert registry.get("calls.one").code_version != registry.get("calls.two").code_version

    def test_has_another_phrase_from_a_year_on(self, declared):
        words = {"kind": STATE, "name": "計畫", "unit": "案", "counts": "…"}
        figure("works.listed", "9", "105 年度共 {:plain} 案", later={2017: "106 年度選列 {:plain} 案"}, **words)(
            lambda period: Count(Rows())
        )
        listed = registry.get("works.listed")

        assert [listed.sentence(7, Period.parse(one)) for one in ("2015", "2016-01-01..2017-12-31", "2017", "2018")] == [
            "104 年度共 7 案", "105年1月1日至106年12月31日共 7 案", "106 年度選列 7 案", "107 年度選列 7 案",
        ]  # fmt: skip
        assert listed.sentence(7, Period.parse("..2017-02-28")).endswith("選列 7 案")
        with pytest.raises(ValueError, match="no slot"):
            figure("works.none", "9", "{:plain} 案", later={2017: "沒有數字"}, **words)
        with pytest.raises(ValueError, match="styles"):
            figure("works.two", "9", "{:plain} 案", later={2017: "{:man} 案"}, **words)

    def test_needs_a_slot_and_a_key_of_its_own(self, declared):
        with pytest.raises(ValueError, match="no slot"):
            figure("calls.none", "9", "沒有數字", kind=FLOW, name="", unit="", counts="")

        mark = figure("calls.twice", "9", "{:plain} 通", kind=FLOW, name="", unit="", counts="")
        mark(lambda period: Count(Rows()))
        with pytest.raises(ValueError, match="twice"):
            mark(lambda period: Count(Rows()))


class TestLine:
    def test_is_not_built_before_somebody_declares_its_figure(self):
        line = next(line for line in catalogue.lines() if line.figure == "hotline.calls" and line.of == "ivr")

        assert line.declared is registry.figures.get("hotline.calls")
        assert line.words == "語音查詢活動訊息服務 5 萬 4,236 通"


class TestPeriodOf:
    @pytest.mark.parametrize(
        ("first", "last", "spec"),
        [
            ("", "", "2026"),
            ("2016", "2016", "2016"),
            ("2016-08", "2017-02", "2016-08-01..2017-02-28"),
            ("2016-08-22", "2016-08-23", "2016-08-22..2016-08-23"),
            ("", "2017-02-28", "..2017-02-28"),
            (" 2016-08-01 ", "", "2016-08-01.."),
        ],
    )
    def test_reads_days_months_and_years(self, first, last, spec):
        assert asking.period_of(first, last, at=NOW).spec == spec

    @pytest.mark.parametrize(
        ("first", "last", "words"),
        [
            ("x", "", "看不懂"),
            ("2016-13", "2017", "看不懂"),
            ("2017-02", "2016-08", "請對調"),
            ("1000", "2016", "民國元年"),
            ("2016", "9999", "2199"),
            ("2016 as of 2017-01-01", "2016", "看不懂"),
        ],
    )
    def test_says_what_is_wrong(self, first, last, words):
        with pytest.raises(CannotReadPeriod) as refused:
            asking.period_of(first, last, at=NOW)

        assert words in refused.value.sentence


class TestMonthChoices:
    def test_marks_the_month_that_the_period_begins_and_ends_with(self):
        starts = asking.month_choices(date(2026, 3, 1), at=NOW, ends=False)
        ends = asking.month_choices(date(2026, 3, 31), at=NOW, ends=True)

        assert [one.value for one in starts if one.selected] == ["2026-03"]
        assert (starts[0].value, starts[-1].value) == ("2026-12", "2016-01")
        assert [one.value for one in ends if one.selected] == ["2026-03"]

    def test_keeps_a_day_within_a_month(self):
        choices = asking.month_choices(date(2026, 3, 9), at=NOW, ends=False)

        assert choices[0].value == "2026-03-09"
        assert choices[0].selected


class TestHeadline:
    @pytest.mark.parametrize(
        ("values", "words"),
        [
            ([1, 1, 9, 8, 7, 1], "3月到5月高於平均，3月最多"),
            ([9, 1, 9, 1, 2, 2], "1月最多，2月最少"),
            ([0, 0], "這段期間沒有紀錄"),
            ([3, 3], "每期都一樣多"),
        ],
    )
    def test_says_what_the_chart_shows(self, values, words):
        steps = [Step(Period.month(2016, number), value) for number, value in enumerate(values, start=1)]

        assert headline(Course("month", steps, Decimal(sum(values)) / len(values))) == words

    def test_never_calls_a_month_the_lowest_that_is_only_a_part(self):
        whole = [Step(Period.month(2016, number), value) for number, value in enumerate([3, 9, 7, 8], start=1)]
        begun = Step(Period(date(2016, 5, 1), date(2016, 5, 4)), 1)

        course = Course("month", [*whole, begun], Decimal(7), since=date(2016, 1, 31))

        assert headline(course) == "2月最多，3月最少"
