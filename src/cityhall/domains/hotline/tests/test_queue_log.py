"""The exchange's log read into calls: each event, and all that goes wrong in such files."""

import io
import json

import pytest
from django.core.management import call_command
from hypothesis import given
from hypothesis import strategies as st

from cityhall.domains.hotline.measures import measured, printed
from cityhall.domains.hotline.queue_log import (
    LONGEST,
    Assembler,
    End,
    NotALine,
    QueueCall,
    Wrapped,
    columns_of,
    decoded,
    lines_in,
    parse,
)

from .logs import EIGHT, EXPECTED, T


def calls_of(*lines: str) -> list[QueueCall]:
    assembler = Assembler()
    found = [assembler.feed(parse(line)) for line in lines]
    return [one for one in found if isinstance(one, QueueCall)]


def entered(callid="c1", at=T):
    return f"{at}|{callid}|1999|NONE|ENTERQUEUE||0900000001|1"


class TestEightCalls:
    def test_give_the_measures_of_the_field_note(self):
        assert printed(measured(f"{line}\n".encode() for line in EIGHT)) == EXPECTED

    def test_are_measured_by_a_command_that_stores_nothing(self, tmp_path, capsys):
        file = tmp_path / "queue_log"
        file.write_text("\n".join(EIGHT), encoding="utf-8")

        call_command("hotline", "measure", str(file), "--json")

        assert json.loads(capsys.readouterr().out) == EXPECTED

    @pytest.mark.parametrize("ending", ["\r\n", "\n"])
    def test_are_the_same_in_the_form_of_a_database(self, ending):
        rows = ["time,callid,queuename,agent,event,data1,data2,data3,data4,data5"]
        rows += [",".join((line.split("|") + [""] * 5)[:10]) for line in EIGHT]

        assert printed(measured(f"{row}{ending}".encode() for row in rows)) == EXPECTED

    def test_of_which_none_ended_are_no_calls(self):
        found = printed(measured(f"{line}\n".encode() for line in EIGHT if "ENTERQUEUE" in line))

        assert (found["offered"], found["service_level"], found["mean_talk_s"]) == (0, None, None)


class TestEvents:
    @pytest.mark.parametrize(
        ("line", "end", "wait", "talk"),
        [
            (f"{T + 30}|c1|1999|A/1|COMPLETEAGENT|7|23|1", End.ANSWERED, 7, 23),
            (f"{T + 30}|c1|1999|A/1|COMPLETECALLER|7|23|1", End.ANSWERED, 7, 23),
            (f"{T + 30}|c1|1999|A/1|BLINDTRANSFER|2001|int|7|23|1", End.TRANSFERRED, 7, 23),
            (f"{T + 30}|c1|1999|A/1|TRANSFER|2001|int|7|23|1", End.TRANSFERRED, 7, 23),
            (f"{T + 30}|c1|1999|A/1|ATTENDEDTRANSFER|BRIDGE|2001|7|23|1", End.TRANSFERRED, 7, 23),
            (f"{T + 30}|c1|1999|NONE|ABANDON|1|1|30", End.ABANDONED, 30, None),
            (f"{T + 30}|c1|1999|NONE|EXITWITHTIMEOUT|1|1|30", End.TIMED_OUT, 30, None),
            (f"{T + 30}|c1|1999|NONE|EXITEMPTY|1|1|30", End.TIMED_OUT, 30, None),
            (f"{T + 30}|c1|1999|NONE|EXITWITHKEY|9|1|1|30", End.LEFT_BY_KEY, 30, None),
            (f"{T + 30}|c1|1999|A/1|SYSCOMPAT", End.TIMED_OUT, 30, None),
            (f"{T + 30}|c1|1999|A/1|AGENTDUMP", End.TIMED_OUT, 30, None),
        ],
    )
    def test_end_a_call(self, line, end, wait, talk):
        [call] = calls_of(entered(), line)

        assert (call.end, call.wait, call.talk, call.ended) == (end, wait, talk, T + 30)

    def test_of_a_missed_offer_count_in_milliseconds_and_end_nothing(self):
        rang = f"{T + 15}|c1|1999|A/1|RINGNOANSWER|15000"

        [call] = calls_of(
            entered(), rang, f"{T + 20}|c1|1999|A/2|CONNECT|20|u|3", f"{T + 50}|c1|1999|A/2|COMPLETEAGENT|20|30|1"
        )

        assert (call.missed, call.agent, call.wait, call.talk) == (1, "A/2", 20, 30)

    def test_of_staff_and_machine_and_unknown_ones_fail_nothing(self):
        assembler = Assembler()

        for event in (
            "QUEUESTART",
            "CONFIGRELOAD",
            "PAUSE",
            "UNPAUSEALL",
            "ADDMEMBER",
            "AGENTLOGIN|SIP/1",
            "DID|1999",
            "X",
        ):
            assert assembler.feed(parse(f"{T}|NONE|NONE|NONE|{event}")) is None

        assert assembler.others == 8

    def test_of_a_call_that_nobody_knows_are_counted(self):
        assembler = Assembler()

        assert assembler.feed(parse(f"{T}|c9|1999|A/1|COMPLETEAGENT|1|2|1")) is None
        assert assembler.strays == 1

    def test_of_a_wrap_up_say_what_it_was_about(self):
        assert Assembler().feed(parse(f"{T}|c1|1999|A/1|WRAPUP|Enquiry")) == Wrapped("c1", "enquiry")

    @pytest.mark.parametrize("target", ["0912345678", "Local/0912345678@out", "SIP/trunk"])
    def test_keep_no_number_to_which_a_call_was_moved(self, target):
        [call] = calls_of(entered(), f"{T + 9}|c1|1999|A/1|BLINDTRANSFER|{target}|int|2|7|1")

        assert call.moved_to == ""
        assert target not in str(call.events)

    def test_never_show_who_called(self):
        [call] = calls_of(entered(), f"{T + 30}|c1|1999|NONE|ABANDON|1|1|30")

        assert call.caller == "0900000001"
        assert "0900000001" not in repr(call) + str(call.events)


class TestOverflow:
    def test_enters_again_as_a_call_that_is_known(self):
        again = f"{T + 31}|c1|english|NONE|ENTERQUEUE||0900000001|1"

        first, second = calls_of(
            entered(), f"{T + 30}|c1|1999|NONE|EXITWITHTIMEOUT|1|1|30", again,
            f"{T + 40}|c1|english|A/1|CONNECT|9|u|3", f"{T + 50}|c1|english|A/1|COMPLETEAGENT|9|10|1",
        )  # fmt: skip

        assert [(one.queue, one.again, one.end) for one in (first, second)] == [
            ("1999", False, End.TIMED_OUT), ("english", True, End.ANSWERED),
        ]  # fmt: skip
        assert first.key != second.key

    def test_without_an_exit_ends_the_stay_before(self):
        [lost] = calls_of(entered(), f"{T + 31}|c1|english|NONE|ENTERQUEUE||0900000001|1")

        assert (lost.end, lost.wait) == (End.TIMED_OUT, 31)

    def test_after_an_answer_ends_the_talk(self):
        [moved] = calls_of(
            entered(), f"{T + 5}|c1|1999|A/1|CONNECT|5|u|3", f"{T + 31}|c1|english|NONE|ENTERQUEUE||0900000001|1"
        )

        assert (moved.end, moved.wait, moved.talk) == (End.ANSWERED, 5, 26)

    def test_is_read_twice_as_one(self):
        assert calls_of(entered(), entered(), f"{T + 30}|c1|1999|NONE|ABANDON|1|1|30")[0].again is False

    def test_of_another_queue_does_not_end_this_one(self):
        assert calls_of(entered(), f"{T + 30}|c1|english|NONE|ABANDON|1|1|30") == []


class TestBadLines:
    @pytest.mark.parametrize(
        "text",
        [
            "", "hello", f"{T}|c1|1999|NONE", f"{T}|c1|1999|NONE|", "x|c1|1999|NONE|ABANDON|1|1|3", f"{T}|c1|1999\0|A|ABANDON|1|1|3",
            f"-{T}|c1|1999|NONE|ABANDON|1|1|3", f"{'9' * 40}|c1|1999|NONE|ABANDON|1|1|3", f"{T}|{'c' * 65}|1999|NONE|ABANDON|1|1|3",
        ],
    )  # fmt: skip
    def test_are_no_events(self, text):
        with pytest.raises(NotALine):
            parse(text)

    @pytest.mark.parametrize(
        "rest", ["ABANDON|1|1", "ABANDON|1|1|x", "ABANDON|1|1|-3", "COMPLETEAGENT|7", "CONNECT", "RINGNOANSWER"]
    )
    def test_that_lack_a_parameter_leave_the_call_open(self, rest):
        assembler = Assembler()
        assembler.feed(parse(entered()))

        with pytest.raises(NotALine):
            assembler.feed(parse(f"{T + 9}|c1|1999|A/1|{rest}"))

        assert "c1" in assembler.open

    def test_with_a_clock_that_goes_back_keep_the_seconds_of_the_exchange(self):
        [call] = calls_of(entered(), f"{T - 500}|c1|1999|NONE|ABANDON|1|1|30")

        assert call.wait == 30

    def test_in_big5_may_hold_the_sign_that_parts_fields(self):
        name = "議會"  # the second byte of the last letter is the upright stroke
        raw = f"{T}|c1|1999|NONE|ENTERQUEUE||0900000001|1|{name}\r\n".encode("cp950")

        line = parse(decoded(raw))

        assert raw.count(b"|") == 9
        assert line.data == ("", "0900000001", "1", name)

    def test_in_no_encoding_at_all_are_read_all_the_same(self):
        assert parse(decoded(b"1470000000|c1|1999|NONE|ENTERQUEUE||09|1|\xff\xfe\n")).event == "ENTERQUEUE"

    def test_may_begin_with_a_mark_and_hold_more_strokes(self):
        line = parse(decoded(f"\ufeff{T}|c1|1999|NONE|ENTERQUEUE||09|1|a|b|c\n".encode()))

        assert (line.at, line.text(1)) == (T, "09")

    def test_that_are_endless_are_passed_by(self):
        endless = b"1470000000|c1|1999|NONE|ENTERQUEUE||" + b"x" * (2 * LONGEST) + b"\n"

        found = list(lines_in(io.BytesIO(endless + b"next\n")))

        assert found == [(b"\n", len(endless)), (b"next\n", len(endless) + 5)]

    @given(st.text())
    def test_are_refused_and_nothing_else_happens(self, text):
        try:
            Assembler().feed(parse(text))
        except NotALine:
            pass


class TestDatabaseForm:
    COLUMNS = columns_of("time,callid,queuename,agent,event,data1,data2,data3,data4,data5")

    def test_reads_wall_clock_times_of_the_city(self):
        line = parse('"2016-08-01 05:20:00.123","c1","1999","NONE","ABANDON","1","1","3","",""', self.COLUMNS)

        assert (line.at, line.seconds(2)) == (1470000000, 3)

    def test_is_known_by_its_heading_alone(self):
        assert columns_of(entered()) is None
        assert self.COLUMNS

    def test_of_the_older_kind_has_all_in_one_cell(self):
        columns = columns_of("time,callid,queuename,agent,event,data")

        assert parse(f'{T},c1,1999,NONE,ABANDON,"1|1|3"', columns).data == ("1", "1", "3")


def test_a_call_that_never_ends_is_waited_for_a_day():
    assembler = Assembler()
    assembler.feed(parse(entered()))

    assert assembler.give_up(T + 24 * 3600) == []
    assert [one.callid for one in assembler.give_up(T + 24 * 3600 + 1)] == ["c1"]
    assert assembler.open == {}
