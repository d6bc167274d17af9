"""How cells of a list are read, which words are sought, when an update is due."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityhall.domains.open_data import rules
from cityhall.domains.open_data.rules import Field


class TestCells:
    @pytest.mark.parametrize(
        ("text", "found"),
        [
            ("2016-01-01", date(2016, 1, 1)), ("2015/1/23", date(2015, 1, 23)), ("105-02-15", date(2016, 2, 15)),
            ("104.01.01", date(2015, 1, 1)), ("１０６/１２/０１", date(2017, 12, 1)), ("20107-12-15", None), ("2016-13-01", None),
            ("", None), ("去年", None),
        ],
    )  # fmt: skip
    def test_name_a_day_in_many_ways(self, text, found):
        assert rules.day(text) == found

    @pytest.mark.parametrize(
        ("text", "found"), [("13", 13), ("1,024", 1024), ("24筆", 24), ("", None), ("很多", None), ("-1", None), ("9" * 12, None)]
    )  # fmt: skip
    def test_name_an_amount(self, text, found):
        assert rules.amount(text) == found

    def test_are_freed_from_marks_around_them(self):
        assert rules.listed('"PDF, ODT , PDF"') == ["PDF", "ODT"]
        assert rules.listed('", UTF-8"') == ["UTF-8"]
        assert rules.unquoted('  "兩行\n文字\n" ') == "兩行\n文字"
        assert rules.unquoted('"') == '"'

    def test_name_an_agency_and_a_category(self):
        assert rules.code_and_name("380120000J 【社會局】") == ("380120000J", "社會局")
        assert rules.code_and_name("社會局") == ("", "社會局")
        assert rules.category_name("公共資訊 (948)") == "公共資訊"
        assert rules.category_name("公共資訊（948）") == "公共資訊"

    @pytest.mark.parametrize(
        ("text", "found"),
        [
            ("地址(服務地址)、電話", [Field("地址", "服務地址"), Field("電話")]),
            ("金額(千元)(單位(千)元)", [Field("金額(千元)", "單位(千)元")]),
            ("甲（一、二）、乙", [Field("甲", "一、二"), Field("乙")]),
            ("行政區：停車場所在的區\n車位", [Field("行政區", "停車場所在的區"), Field("車位")]),
            ('"甲(一)\n"', [Field("甲", "一")]), ("(無名)", [Field("(無名)")]), ("", []),
        ],
    )  # fmt: skip
    def test_name_the_columns(self, text, found):
        assert rules.fields(text) == found

    @given(st.text())
    def test_are_read_without_a_fault_whatever_they_say(self, text):
        for read in (rules.unquoted, rules.listed, rules.code_and_name, rules.category_name, rules.day, rules.instant, rules.amount, rules.fields, rules.sought):  # fmt: skip
            read(text)


class TestWords:
    def test_are_sought_with_their_hyphen_and_without(self):
        assert rules.joined("Wi-Fi 熱點 2016-03") == "WiFi 熱點 2016-03"
        assert "WiFi熱點" in rules.sought("免費 Wi-Fi熱點")
        assert rules.sought("公園") == "公園"

    def test_stand_in_a_piece_of_the_text(self):
        piece, first = rules.excerpt("前" * 60 + "停車" + "後" * 60, 60, 62)

        assert (len(piece), first, piece[40:42]) == (82, 20, "停車")


class TestUpdates:
    @pytest.mark.parametrize(
        ("frequency", "due"), [("MONTHLY", date(2017, 2, 10)), ("YEARLY", date(2018, 1, 11)), ("IRREGULAR", None)]
    )
    def test_are_due_a_period_and_some_days_later(self, frequency, due):
        assert rules.due_on(frequency, date(2017, 1, 3), 7) == due


class TestTheReview:
    def test_begins_when_nothing_is_missing(self):
        whole = dict.fromkeys(rules.NEEDED, "x")

        assert rules.missing(whole, rules.NEEDED) == []
        assert rules.missing({**whole, "title": ""}, rules.NEEDED) == ["title"]

    def test_asks_that_what_is_covered_ends_after_it_begins(self):
        first, last = date(2016, 1, 1), date(2016, 12, 31)

        assert [rules.coverage_holds(*pair) for pair in ((first, last), (last, first), (None, first), (first, None))] == [True, False, True, True]  # fmt: skip
