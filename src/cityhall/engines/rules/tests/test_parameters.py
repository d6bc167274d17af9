from datetime import UTC, date, datetime, timedelta

import pytest

from cityhall.engines.audit.models import Entry
from cityhall.engines.rules.queries import history, parameter
from cityhall.engines.rules.registry import Declaration, NotAValue, UnknownParameter, declarations
from cityhall.engines.rules.services import CannotSetParameter, set_parameter
from cityhall.foundation.clock import day_of

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)


@pytest.fixture
def days(monkeypatch):
    """A parameter of three days, declared for a test."""
    declared = Declaration("test.days", 3, "天", date(2016, 8, 1), "test", "天數", "int")
    monkeypatch.setitem(declarations, declared.key, declared)
    return declared


@pytest.mark.django_db
class TestParameter:
    def test_is_the_declared_value_until_a_city_sets_its_own(self, days):
        assert parameter("test.days", on=date(2020, 1, 1)).value == 3

    def test_changes_from_its_day_on_and_the_past_stays(self, days):
        set_parameter("test.days", 5, valid_from=date(2027, 1, 1), source="簽准", by=None, at=NOW)

        assert parameter("test.days", on=date(2026, 12, 31)).value == 3
        later = parameter("test.days", on=date(2027, 1, 1))
        assert (later.value, later.version, later.source) == (5, 2, "簽准")

    def test_a_correction_of_the_same_day_wins(self, days):
        for value in (5, 6):
            set_parameter("test.days", value, valid_from=date(2027, 1, 1), source="簽准", by=None, at=NOW)

        assert parameter("test.days", on=date(2027, 1, 1)).value == 6
        assert [one.value for one in history("test.days")] == [6, 5, 3]

    def test_leaves_an_audit_entry(self, days):
        set_parameter("test.days", 5, valid_from=date(2027, 1, 1), source="簽准", by=None, at=NOW)

        assert Entry.objects.filter(event="rules.parameter_set").count() == 1

    @pytest.mark.parametrize("value", ["-1", "x", "", None, True, "1.5"])
    def test_refuses_what_is_no_number(self, days, value):
        with pytest.raises(CannotSetParameter, match="格式"):
            set_parameter("test.days", value, valid_from=date(2027, 1, 1), source="簽准", by=None, at=NOW)

    def test_refuses_a_change_without_source(self, days):
        with pytest.raises(CannotSetParameter, match="依據"):
            set_parameter("test.days", 5, valid_from=date(2027, 1, 1), source=" ", by=None, at=NOW)

    def test_refuses_the_past_which_was_decided_already(self, days):
        yesterday = day_of(NOW) - timedelta(days=1)

        with pytest.raises(CannotSetParameter, match="今天或以後"):
            set_parameter("test.days", 5, valid_from=yesterday, source="簽准", by=None, at=NOW)

    def test_takes_today(self, days):
        set_parameter("test.days", 5, valid_from=day_of(NOW), source="簽准", by=None, at=NOW)

        assert parameter("test.days", on=day_of(NOW)).value == 5

    def test_refuses_an_unknown_key(self):
        with pytest.raises(UnknownParameter):
            parameter("test.unknown", on=date(2027, 1, 1))


class TestDeclaration:
    def test_cleans_a_list_of_words(self):
        declared = Declaration("test.words", ["a"], "", date(2016, 1, 1), "test", "字詞", "list")

        assert declared.checked("路燈\n 路燈 \n\n坑洞") == ["路燈", "坑洞"]

    @pytest.mark.parametrize("hours", ["12:00", "13:30-12:00", "12:00-12:00", "24:00-25:00", "12:60-13:30", "noon", ""])
    def test_refuses_hours_that_are_none(self, hours):
        declared = Declaration("test.hours", "12:00-13:30", "", date(2016, 1, 1), "test", "時間", "hours")

        assert declared.checked(" 11:30-13:00 ") == "11:30-13:00"
        with pytest.raises(NotAValue):
            declared.checked(hours)

    def test_refuses_an_empty_list(self):
        declared = Declaration("test.words", ["a"], "", date(2016, 1, 1), "test", "字詞", "list")

        with pytest.raises(NotAValue):
            declared.checked(" \n ")
