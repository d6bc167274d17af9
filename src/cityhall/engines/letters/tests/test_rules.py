"""Templates, headers and wires without a database."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityhall.engines.letters.rules import (
    BrokenTemplate,
    masked,
    on_the_wire,
    one_line,
    phone_number,
    read_source,
    without_keys,
)


class TestReadSource:
    def test_takes_headers_and_text_apart(self):
        source = read_source(
            "Subject: 案件 {{ n }}：更新\r\nRequires: code, link\r\nForget: yes\r\n\r\n您好\r\n\r\n再見\r\n"
        )

        assert source.subject == "案件 {{ n }}：更新"
        assert source.body == "您好\n\n再見\n"
        assert source.requires == ("code", "link")
        assert source.forget

    @pytest.mark.parametrize("text", ["您好", "Hello\n\nSubject: late", "Requires: a\n\ntext"])
    def test_refuses_a_file_without_a_subject(self, text):
        with pytest.raises(BrokenTemplate):
            read_source(text)


class TestOneLine:
    @pytest.mark.parametrize("char", ["\r\n", "\n", "\r", "\x00", "\u2028", "\x85", "\x0b"])
    def test_leaves_no_break(self, char):
        assert one_line(f"王小明{char}Bcc: all@city.example") == "王小明 Bcc: all@city.example"

    def test_keeps_rare_characters(self):
        assert one_line(" 𠮷野 ") == "𠮷野"


class TestPhoneNumber:
    @pytest.mark.parametrize(
        ("typed", "number"),
        [
            ("0912-345-678", "0912345678"),
            ("+886 912 345 678", "+886912345678"),
            ("(03)332-2101", "033322101"),
            ("０９１２３４５６７８", "0912345678"),
        ],
    )
    def test_is_read_as_people_write_it(self, typed, number):
        assert phone_number(typed) == number

    @pytest.mark.parametrize("typed", ["", "1999", "分機 5521", "0912345678\r\nX: y", "0912 345 678\n"])
    def test_anything_else_is_none(self, typed):
        assert phone_number(typed) is None


class TestMasked:
    def test_shows_enough_to_recognise(self):
        assert masked("wangxm@city.example") == "wa***@city.example"
        assert masked("li@city.example") == "l***@city.example"
        assert masked("0912345678") == "0912***678"
        assert masked("12") == "***"


class TestWithoutKeys:
    @pytest.mark.parametrize(
        ("text", "shown"),
        [
            ("查詢碼：7KQ2MNPX", "查詢碼：········"),
            ("查詢碼22345678：https://city.example/petitions/follow/", "查詢碼········：https://city.example/…"),
            ("https://city.example/petitions/follow/1c/9af0\n謝謝", "https://city.example/…\n謝謝"),
            ("案件115-1116-0001，請打03-3322-1010", "案件115-1116-0001，請打03-3322-1010"),
        ],
    )
    def test_hides_links_and_codes_and_nothing_else(self, text, shown):
        assert without_keys(text) == shown


class TestOnTheWire:
    def test_doubles_dots_and_ends_lines(self):
        assert on_the_wire(b"a\n.\n..b\r\nc") == b"a\r\n..\r\n...b\r\nc\r\n"

    @given(st.binary(max_size=60))
    def test_never_holds_the_final_dot_and_is_read_back_whole(self, message):
        wire = on_the_wire(message)

        assert b"\r\n.\r\n" not in b"\r\n" + wire
        lines = wire.split(b"\r\n")
        read = b"\r\n".join(line[1:] if line.startswith(b".") else line for line in lines)
        whole = message.replace(b"\r\n", b"\n").replace(b"\r", b"\n").replace(b"\n", b"\r\n")
        assert read == (whole if whole.endswith(b"\r\n") else whole + b"\r\n")
