"""Private data is masked, spelling is folded, and every character is traced to where it stood."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityhall.engines.classify.reading import mask, read


class TestMask:
    @pytest.mark.parametrize(
        ("text", "masked"),
        [
            ("請打0912-345-678給我", "請打［電話］給我"),
            ("請打０９１２３４５６７８", "請打［電話］"),
            ("(03)332-1234轉12", "［電話］轉12"),
            ("+886 912 345 678", "［電話］"),
            ("身分證A123456789", "身分證［證號］"),
            ("居留證 AB12345678 過期", "居留證 ［證號］ 過期"),
            ("信箱 wang.da+a@mail.example.tw，謝謝", "信箱 ［信箱］，謝謝"),
            ("車號ABC-1234併排", "車號［車牌］併排"),
            ("1234-AB 闖紅燈", "［車牌］ 闖紅燈"),
            ("［電話］", "［電話］"),
        ],
    )
    def test_takes_out_what_leads_to_a_person(self, text, masked):
        assert mask(text) == masked

    @pytest.mark.parametrize(
        "text", ["中山路200號3樓", "132路公車", "106年3月20日", "電桿編號1234567", "罰3000元", "20-30公分", ""]
    )
    def test_leaves_what_says_where_and_what(self, text):
        assert mask(text) == text

    @given(st.text())
    def test_twice_is_once(self, text):
        assert mask(mask(text)) == mask(text)


class TestRead:
    def test_folds_width_case_and_white_space(self):
        assert read("ＡＢＣ　　路燈\r\n\t不亮 ").text == "abc 路燈 不亮"

    def test_reads_private_data_as_one_sign(self):
        assert read("打0912345678").text == "打\ue002"
        assert read("打［電話］").text == "打\ue002"

    def test_reads_a_sheets_line_break_as_a_space(self):
        assert read("路燈_x000D_不亮").text == "路燈 不亮"

    def test_traces_what_became_longer_or_shorter(self):
        reading = read("㎡e\u0301路")

        stretches = list(zip(reading.starts.tolist(), reading.ends.tolist(), strict=True))
        assert reading.text == "m2\u00e9路"
        assert stretches == [(0, 1), (0, 1), (1, 3), (3, 4)]

    @given(st.text())
    def test_points_into_the_text_in_order(self, text):
        reading = read(text)

        starts, ends = reading.starts.tolist(), reading.ends.tolist()
        assert starts == sorted(starts)
        assert all(0 <= a < b <= len(text) for a, b in zip(starts, ends, strict=True))
