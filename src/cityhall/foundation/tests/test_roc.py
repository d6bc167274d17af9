from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityhall.foundation.roc import parse_roc, roc_date, roc_datetime, roc_time


class TestRocDate:
    def test_counts_years_from_1912(self):
        assert roc_date(date(2017, 3, 20), weekday=True) == "106年3月20日（星期一）"

    def test_refuses_days_before_the_first_year(self):
        with pytest.raises(ValueError, match="first ROC year"):
            roc_date(date(1911, 12, 31))

    @given(st.dates(min_value=date(1912, 1, 1), max_value=date(2910, 12, 31)))
    def test_is_read_back(self, day):
        assert parse_roc(roc_date(day)) == day

    @pytest.mark.parametrize("text", ["1060320", "106/3/20", "106-03-20", "民國106年3月20日", "１０６／３／２０"])
    def test_reads_the_forms_people_write(self, text):
        assert parse_roc(text) == date(2017, 3, 20)

    @pytest.mark.parametrize("text", ["0/1/1", "-1/1/1", "106/2/29", "2017-03-20", "", "昨天"])
    def test_refuses_what_is_no_roc_date(self, text):
        with pytest.raises(ValueError, match=r".+"):
            parse_roc(text)


class TestRocTime:
    def test_knows_morning_noon_and_afternoon(self):
        hours = [roc_time(datetime(2017, 3, 20, hour, 5, tzinfo=UTC)) for hour in (0, 4, 9, 16)]

        assert hours == ["上午8:05", "中午12:05", "下午5:05", "上午0:05"]

    def test_is_the_day_in_taipei(self):
        assert roc_datetime(datetime(2017, 3, 19, 16, 30, tzinfo=UTC)) == "106年3月20日上午0:30"
