from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityhall.foundation.numerals import changed, is_text, man, phrase, unspaced
from cityhall.foundation.sentence import sentence


class TestPhrase:
    @pytest.mark.parametrize(
        ("template", "value", "printed"),
        [
            ("105 年計辦理 {:man} 件", 105046, "105 年計辦理 10 萬 5,046 件"),
            ("平均每月 {:plain} 件", Decimal("8753.83"), "平均每月 8,754 件"),
            ("合計約 {:yi}元", 191_700_000_000, "合計約 1,917 億元"),
            ("預算執行率 {:pct}", Decimal("95.99"), "預算執行率 95.99%"),
            ("發包率 {:pct}", Decimal(100), "發包率 100%"),
            ("達 {:wan}元以上", 30_000_000, "達 3,000 萬元以上"),
            ("擇定 {:int} 項", 15, "擇定 15 項"),
            ("包括 {:names}", "甲、乙、丙", "包括 甲、乙及丙"),
            ("{:names}", "甲", "甲"),
        ],
    )
    def test_writes_numbers_as_the_report_does(self, template, value, printed):
        assert phrase(template, value) == printed

    @given(st.integers(min_value=0, max_value=10**9))
    def test_loses_nothing_in_ten_thousands(self, value):
        parts = man(value).replace(",", "").split(" 萬")

        assert (int(parts[0]) * 10_000 + int(parts[1] or 0) if len(parts) == 2 else int(parts[0])) == value


class TestUnspaced:
    @pytest.mark.parametrize(
        ("typed", "shown"),
        [
            ("105 年計辦理 10 萬 5,046 件", "105年計辦理10萬5,046件"),
            ("預算執行率 95.99%", "預算執行率95.99%"),
            ("開發 17 項 APP", "開發17項APP"),
            ("Open Data is open", "Open Data is open"),
        ],
    )
    def test_leaves_spacing_to_the_page(self, typed, shown):
        assert unspaced(typed) == shown


class TestSentence:
    def test_refuses_more_than_thirty_characters(self):
        with pytest.raises(ValueError, match="30 characters"):
            sentence("1.2.7", "字" * 31)


class TestAChange:
    def test_fills_both_slots_of_its_phrase(self):
        assert phrase("從 {:before}Mbps 升級至 {:after}Mbps", "1 -> 5") == "從 1Mbps 升級至 5Mbps"
        assert changed("1 -> 5") == "1 → 5"
        assert is_text("從 {:before} 至 {:after}")
        assert not is_text("共計 {:plain} 件")
