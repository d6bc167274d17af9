import csv
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityhall.foundation.period import NotAPeriod, Period

DAYS = st.dates(min_value=date(1950, 1, 1), max_value=date(2100, 12, 31))


class TestPeriod:
    def test_reads_every_period_of_the_specification(self):
        path = Path(__file__).parents[4] / "spec" / "figures.csv"
        with path.open(encoding="utf-8") as file:
            texts = {row["period"] for row in csv.DictReader(file)}

        assert all(Period.parse(text) for text in texts)

    @pytest.mark.parametrize(
        ("text", "first", "last"),
        [
            ("2016", date(2016, 1, 1), date(2016, 12, 31)),
            ("2016-02", date(2016, 2, 1), date(2016, 2, 29)),
            ("2017-Q3", date(2017, 7, 1), date(2017, 9, 30)),
            ("2016-08-01..2017-02-28", date(2016, 8, 1), date(2017, 2, 28)),
            ("..2017-02-28", None, date(2017, 2, 28)),
            ("2016-08-01..", date(2016, 8, 1), None),
            ("2016..2019", date(2016, 1, 1), date(2019, 12, 31)),
        ],
    )
    def test_knows_its_days(self, text, first, last):
        period = Period.parse(text)

        assert (period.first_day, period.last_day) == (first, last)

    def test_keeps_the_day_as_of_which_the_state_counts(self):
        assert Period.parse("2016 as of 2017-02-28").state_day == date(2017, 2, 28)

    @pytest.mark.parametrize("text", ["", "..", "2016-13", "2016-02-30", "x", "2017-01-01..2016-01-01", "99999"])
    def test_refuses_what_is_no_period(self, text):
        with pytest.raises(NotAPeriod):
            Period.parse(text)

    @given(DAYS, DAYS)
    def test_is_read_back_from_its_text(self, one, other):
        period = Period(min(one, other), max(one, other))

        assert Period.parse(period.spec) == period

    @given(DAYS, DAYS)
    def test_is_the_sum_of_its_months(self, one, other):
        period = Period(min(one, other), max(one, other))

        parts = period.month_periods()

        assert sum((part.months for part in parts), Decimal(0)) == period.months
        assert parts[0].first_day == period.first_day
        assert parts[-1].last_day == period.last_day

    @pytest.mark.parametrize(
        ("spec", "words"),
        [
            ("2016", "105 年計辦理"),
            ("2026", "115 年計辦理"),
            ("2016-08", "105年8月計辦理"),
            ("2026-01-01..2026-11-23", "115年1月1日至115年11月23日計辦理"),
        ],
    )
    def test_puts_its_year_into_the_words_of_the_report(self, spec, words):
        assert Period.parse(spec).timed("105 年計辦理") == words

    def test_keeps_half_years_and_words_without_a_year(self):
        half = Period.parse("2017-01-01..2017-06-30")

        assert half.timed("105 年下半年共計 5 件") == "106 年上半年共計 5 件"
        assert half.timed("105 年度共 71 案") == "106年1月1日至106年6月30日共 71 案"
        assert half.timed("已受理 8,306 件") == "已受理 8,306 件"

    def test_says_of_a_year_what_was_before_it(self):
        assert Period.year(2017).timed("105 年度以前持續列管 270 案") == "105 年度以前持續列管 270 案"
        assert Period.year(2026).timed("105 年度以前持續列管 270 案") == "114 年度以前持續列管 270 案"

    @given(DAYS, DAYS, DAYS)
    def test_ends_at_the_day_that_has_come(self, one, other, today):
        period = Period(min(one, other), max(one, other)).until(today)

        assert period.last_day <= max(today, max(one, other)) if period.first_day > today else period.last_day <= today

    def test_speaks_both_languages(self):
        period = Period.parse("2016-08-01..2017-02-28")

        assert period.label() == "105年8月1日至106年2月28日"
        assert period.label("en") == "1 August 2016 to 28 February 2017"
