"""Messages taken apart: whatever bytes come, something sensible and never an exception."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityhall.engines.mailbox import charsets, forwards, parsing, plain, rules

from . import letters_in as made
from .letters_in import BOX, CITIZEN, MINISTRY, WORDS

LOOPS = frozenset({BOX})


class TestCharsets:
    @pytest.mark.parametrize(("charset", "declared"), [
        ("big5", "big5"), ("big5", ""), ("big5", "us-ascii"), ("big5", "iso-8859-1"), ("big5", "nonsense"),
        ("gb18030", "gb2312"), ("gb18030", ""), ("utf-8", "utf-8"), ("utf-8", ""), ("utf-8", "iso-8859-1"),
    ])  # fmt: skip
    def test_are_read_as_they_were_written(self, charset, declared):
        text = WORDS if charset != "gb18030" else "中山路二百号前的路灯不亮三天了，晚上经过很危险，请派人来修理。"

        read = charsets.decoded(text.encode(charset), declared)

        assert read.text == text
        assert read.guessed == (declared not in ("big5", "gb2312", "utf-8"))

    def test_a_wrong_declaration_is_found_out(self):
        assert charsets.decoded(WORDS.encode("big5"), "utf-8").text == WORDS
        assert charsets.decoded(WORDS.encode(), "big5").text == WORDS

    def test_rare_letters_of_hong_kong_are_read(self):
        assert charsets.decoded("啫喱".encode("big5hkscs"), "big5").text == "啫喱"

    def test_a_declared_set_with_a_broken_byte_keeps_the_rest(self):
        assert WORDS[:10] in charsets.decoded(WORDS.encode("big5") + b"\xff", "big5").text

    @pytest.mark.parametrize("declared", ["undefined", "UNDEFINED", "idna", "punycode", "rot13", "base64"])
    def test_a_declared_codec_that_is_no_set_of_letters_says_nothing(self, declared):
        assert charsets.decoded(WORDS.encode() + b"\xff", declared).text.startswith(WORDS[:10])

    @given(st.binary(max_size=400), st.text(max_size=12))
    def test_never_raise(self, raw, declared):
        assert isinstance(charsets.decoded(raw, declared).text, str)


class TestMail:
    def test_big5_in_encoded_words_and_body(self):
        mail = parsing.read(made.big5(declared="big5"))

        assert (mail.sender.name, mail.sender.email, mail.subject) == ("陳小美", CITIZEN, "路燈不亮")
        assert (mail.text, mail.charset, mail.guessed) == (WORDS, "cp950", False)

    def test_big5_that_nobody_declared_in_subject_and_body(self):
        mail = parsing.read(made.big5())

        assert (mail.subject, mail.text, mail.guessed) == ("路燈不亮", WORDS, True)

    def test_an_encoded_word_cut_within_a_letter(self):
        raw = "路燈不亮三天".encode("big5")
        import base64

        halves = [base64.b64encode(part).decode() for part in (raw[:5], raw[5:])]
        header = f"Subject: =?big5?B?{halves[0]}?=\n =?big5?B?{halves[1]}?=\n\n"

        assert parsing.read(made.crlf(header)).subject == "路燈不亮三天"

    def test_an_encoded_word_smuggles_no_header_in(self):
        header = f"Subject: {made.word('x' + chr(13) + chr(10) + 'Bcc: all@city.example', 'utf-8')}\n\n"

        mail = parsing.read(made.crlf(header))

        assert mail.subject == "x Bcc: all@city.example"
        assert not mail.has("bcc")

    def test_a_page_becomes_text(self):
        page = (
            "<html><head><style>p{}</style></head><body><p>路燈&nbsp;不亮</p><script>alert(1)</script>"
            "<div style='display: none'>騙</div><ul><li>一</li></ul><a href='https://x.example/a'>這裡</a></body></html>"
        )
        mail = parsing.read(made.crlf(f"Content-Type: text/html; charset=utf-8\n\n{page}"))

        assert mail.text == "路燈 不亮\n\n- 一\n\n這裡 <https://x.example/a>"
        assert mail.from_html

    def test_the_text_of_two_is_the_plain_one(self):
        raw = made.crlf(
            "Content-Type: multipart/alternative; boundary=b\n\n--b\nContent-Type: text/plain\n\nplain\n"
            "--b\nContent-Type: text/html\n\n<p>page</p>\n--b--\n"
        )

        assert (parsing.read(raw).text, parsing.read(raw).from_html) == ("plain", False)

    def test_attachments_by_name_in_every_way_of_writing_it(self):
        raw = made.crlf(
            "Content-Type: multipart/mixed; boundary=b\n\n"
            f'--b\nContent-Type: image/jpeg; name="{made.word("照片.jpg", "big5")}"\n'
            "Content-Transfer-Encoding: base64\n\n/9j/\n"
            "--b\nContent-Type: application/pdf\n"
            "Content-Disposition: attachment; filename*=UTF-8''%E8%A1%A8.pdf\n\n%PDF-\n"
            "--b\nContent-Type: application/ms-tnef; name=winmail.dat\nContent-Transfer-Encoding: base64\n\n!!!notbase64\n"
            "--b--\n"
        )

        found = parsing.read(raw).attachments

        assert [one.name for one in found] == ["照片.jpg", "表.pdf", "winmail.dat"]
        assert [one.is_tnef for one in found] == [False, False, True]
        assert found[0].content == b"\xff\xd8\xff"

    def test_nul_and_marks_that_turn_the_direction_are_left_out(self):
        assert parsing.read(made.crlf("Subject: a\u202eb\n\n路\x00燈\u200b不亮")).text == "路燈不亮"

    def test_messages_within_messages_end_somewhere(self):
        raw = made.plain()
        for level in range(30):
            raw = made.nested(raw, mark=f"level{level}.")

        assert len(list(parsing.every(parsing.read(raw)))) <= parsing.DEEPEST + 1

    def test_many_parts_end_somewhere(self):
        raw = made.crlf("Content-Type: multipart/mixed; boundary=b\n\n" + "--b\n\nx\n" * 5000 + "--b--\n")

        assert len(parsing.read(raw).text) < 10_000

    def test_the_body_digest_is_that_of_the_body_whatever_the_headers_and_line_ends(self):
        other = made.plain().replace(b"Subject", b"Received: from a by b\r\nSubject")

        assert parsing.body_digest(other) == parsing.body_digest(made.plain().replace(b"\r\n", b"\n"))
        assert parsing.body_digest(made.plain("別的")) != parsing.body_digest(made.plain())

    @given(st.binary(max_size=600))
    def test_never_raises(self, raw):
        mail = parsing.read(raw)
        rules.loop(mail, own=LOOPS)
        rules.bounce(mail)
        forwards.original(mail)
        forwards.document_number(mail)
        forwards.without_quotes(mail.text)

    @given(
        st.lists(
            st.sampled_from([
                "Content-Type: multipart/mixed; boundary=b", "--b", "--b--", "", "Content-Type: message/rfc822",
                "Content-Type: text/html; charset=big5", "Content-Transfer-Encoding: base64", "=?big5?B?pfqr?=",
                "Subject: =?big5?Q?=A4?= =?x?B?!?=", "From: \"a\" <b@@c>", "From: (((", "Content-Type: ;;;=", "寄件者: 王",
                "主旨: 路", "From: x <y@z.example>", "Content-Type: multipart/report; report-type=delivery-status; boundary=b",
                "Content-Type: message/delivery-status", "Action: failed", "Date: 99 Foo 99999", "Content-Disposition: attachment; filename*0*=x''%ff",
                "Message-ID: <<<>>>", "\x00", "\udcff", "Received: x",
            ]),
            max_size=30,
        ).map("\r\n".join)
    )  # fmt: skip
    def test_never_raises_on_what_looks_like_mail(self, text):
        mail = parsing.read(text.encode("utf-8", "surrogateescape"))
        for one in parsing.every(mail):
            rules.loop(one, own=LOOPS)
            rules.bounce(one)
            forwards.original(one)

    @given(st.text(max_size=500))
    def test_pages_never_raise(self, html):
        assert "\x00" not in plain.from_html(html)


class TestOriginal:
    NOT_FROM = frozenset({f"@{MINISTRY.partition('@')[2]}"})

    @pytest.mark.parametrize("text", [made.OUTLOOK, made.GMAIL, made.NOTES], ids=["outlook", "gmail", "notes"])
    def test_is_found_below_the_headings_of_each_program(self, text):
        found = forwards.original(parsing.read(made.forwarded(text)), not_from=self.NOT_FROM)

        assert found is not None
        assert (found.sender.name, found.sender.email, found.subject) == ("陳小美", CITIZEN, "路燈不亮")
        assert found.text.startswith(WORDS)

    def test_is_found_in_english(self):
        found = forwards.original(parsing.read(made.forwarded(made.ENGLISH, charset="utf-8")), not_from=self.NOT_FROM)

        assert found is not None
        assert found.sender.email == CITIZEN
        assert found.text == "The street light in front of No. 200 is broken."

    def test_is_the_attached_message(self):
        found = forwards.original(parsing.read(made.nested()), not_from=self.NOT_FROM)

        assert found is not None
        assert (found.sender.email, found.text) == (CITIZEN, WORDS)

    def test_goes_past_those_who_passed_it_on_within_the_agency(self):
        within = (
            "請辦。\n\n寄件者: 科長 <chief@ministry.example>\n寄件日期: 2026/11/16\n收件者: 李大仁\n主旨: FW\n\n"
            + made.OUTLOOK
        )

        found = forwards.original(parsing.read(made.forwarded(within)), not_from=self.NOT_FROM)

        assert found is not None
        assert found.sender.email == CITIZEN

    def test_a_telephone_number_in_the_words_is_found(self):
        found = forwards.original(parsing.read(made.forwarded()), not_from=self.NOT_FROM)

        assert found is not None
        assert found.phone == "0912345678"

    def test_nobody_named_is_nobody(self):
        assert forwards.original(parsing.read(made.forwarded("請卓處。\n")), not_from=self.NOT_FROM) is None

    def test_the_document_number_is_that_above_the_forwarded_words(self):
        assert forwards.document_number(parsing.read(made.forwarded())) == "部民字第1150001234號"
        assert forwards.document_number(parsing.read(made.nested())) == "部民字第1150009999號"
        assert forwards.document_number(parsing.read(made.forwarded(made.GMAIL))) == ""


class TestOwnWords:
    @pytest.mark.parametrize("quote", [
        "\n\n市政廳 <service@cityhall.example> 於 2026年11月16日 週一 上午9:14寫道：\n> 您好\n> 案件",
        "\n\nOn Mon, Nov 16, 2026 at 9:14 AM CityHall <service@cityhall.example>\nwrote:\n> hello",
        "\n\n________________________________\n寄件者: 市政廳\n寄件日期: 2026/11/16\n主旨: 回復您\n\n您好",
        "\n\n-----原始郵件-----\n您好", "\n\n寄件者: 市政廳\n寄件日期: 2026/11/16\n收件者: 我\n主旨: 回復您\n\n您好",
    ])  # fmt: skip
    def test_stand_above_the_quoted_letter(self, quote):
        assert forwards.without_quotes(f"補一張照片，謝謝。{quote}") == "補一張照片，謝謝。"

    def test_stay_whole_without_one(self):
        assert forwards.without_quotes("From: 桃園\n謝謝") == "From: 桃園\n謝謝"


class TestLoops:
    @pytest.mark.parametrize(("headers", "why"), [
        ({"Auto_Submitted": "auto-replied"}, "AUTO_SUBMITTED"), ({"Auto_Submitted": "auto-generated; x=y"}, "AUTO_SUBMITTED"),
        ({"X_Autoreply": "yes"}, "AUTO_SUBMITTED"), ({"List_Id": "<news.example>"}, "LIST"), ({"Precedence": "bulk"}, "BULK"),
        ({"List_Unsubscribe": "<mailto:x@y.example>"}, "LIST"), ({"Auto_Submitted": "no"}, None), ({}, None),
        ({"sender": f"市政廳 <{BOX}>"}, "OWN_ADDRESS"), ({"sender": "service+r1.abc@cityhall.example"}, "OWN_ADDRESS"),
        ({"subject": "自動回覆: 案件", "In_Reply_To": "<a@b>"}, "AUTO_SUBMITTED"), ({"subject": "自動回覆: 為什麼"}, None),
    ])  # fmt: skip
    def test_are_known_by_their_headers(self, headers, why):
        assert rules.loop(parsing.read(made.plain(**headers)), own=LOOPS) == why

    def test_too_many_hops(self):
        raw = b"Received: from a by b\r\n" * 60 + made.plain()

        assert rules.loop(parsing.read(raw), own=LOOPS) == "HOPS"


class TestBounces:
    def test_name_the_letter_and_the_mailbox(self):
        found = rules.bounce(parsing.read(made.bounced("<our-letter@cityhall.example>")))

        assert found is not None
        assert (found.failed, found.recipient, found.status) == (True, CITIZEN, "5.1.1")
        assert "<our-letter@cityhall.example>" in found.message_ids

    def test_a_delay_is_no_failure(self):
        raw = made.bounced("<x@y>").replace(b"Action: failed", b"Action: delayed")

        assert not rules.bounce(parsing.read(raw)).failed

    def test_somebody_who_writes_of_a_bounce_is_no_bounce(self):
        assert rules.bounce(parsing.read(made.plain(subject="Undelivered Mail Returned to Sender"))) is None


class TestTrust:
    RESULT = "mx.city.example; spf=pass; dmarc=fail header.from=mail.example"

    def test_only_the_result_of_our_own_server_counts(self):
        mail = parsing.read(made.plain(Authentication_Results=self.RESULT))

        assert rules.forged(mail, server="mx.city.example")
        assert not rules.forged(mail, server="mx.other.example")
        assert not rules.forged(mail, server="")

    @pytest.mark.parametrize(("text", "numbers"), [
        ("Re: 案件 115-1116-0001 的路燈", ("115-1116-0001",)), ("１１５－１１１６－０００１", ("115-1116-0001",)),
        ("電話 03-3322-1234", ()), ("沒有", ()),
    ])  # fmt: skip
    def test_case_numbers_in_a_subject(self, text, numbers):
        assert rules.case_numbers(text) == numbers

    @pytest.mark.parametrize(
        ("text", "code"),
        [("123456", "123456"), ("驗證碼１２３４５６謝謝", "123456"), ("123456 654321", ""), ("0912345678", "")],
    )
    def test_a_code_in_somebodys_words(self, text, code):
        assert rules.confirm_code(text) == code
