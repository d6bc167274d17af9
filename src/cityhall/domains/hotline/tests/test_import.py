"""Files of the exchange become calls: once, whole, and without a number."""

from datetime import date

import pytest
from django.core.management import CommandError, call_command

from cityhall.domains.hotline import refusing, services
from cityhall.domains.hotline.models import Call, LogFile, RefusedLine
from cityhall.domains.hotline.states import Outcome, Topic
from cityhall.domains.hotline.traffic import CDR, LOG, Shape, lines
from cityhall.engines.audit.models import Entry
from cityhall.engines.cases.contacts import phone_key
from cityhall.engines.directory.states import Role
from cityhall.engines.directory.tests.factories import make_agency, make_person
from cityhall.foundation.clock import at as instant

from .logs import EIGHT, T, write

pytestmark = pytest.mark.django_db

NOW = instant(date(2016, 8, 2), 9)
WRAPPED = [f"{T + 90}|c1|1999|A/1|WRAPUP|enquiry", f"{T + 90}|c2|1999|A/1|WRAPUP|petition"]


def read(path):
    return services.import_queue_log(path, by=None, at=NOW)


def rows():
    fields = [one.attname for one in Call._meta.concrete_fields if one.name != "id"]
    return list(Call.objects.order_by("key").values(*fields))


def invented(days=2, a_day=150):
    found = {LOG: [], CDR: []}
    for file, text in lines(Shape(date(2016, 8, 1), days, a_day, storm_on=2)):
        found[file].append(text)
    return found


class TestImport:
    def test_makes_a_row_of_each_call(self, tmp_path):
        done = read(write(tmp_path / "queue_log", [*EIGHT, *WRAPPED]))

        assert (done.calls, done.refused, done.still_open, done.cut) == (8, 0, 0, False)
        one = Call.objects.get(callid="c8")
        assert (one.outcome, one.wait_s, one.talk_s, one.moved_to) == (Outcome.TRANSFERRED, 2, 33, "2001")
        assert (one.entered_on, one.half_hour, str(one.agent), str(one.queue)) == (date(2016, 8, 1), 10, "1", "1999")
        assert Call.objects.get(callid="c6").missed == 2
        assert {(c.callid, c.topic) for c in Call.objects.with_topic()} == {
            ("c1", Topic.ENQUIRY),
            ("c2", Topic.PETITION),
        }

    def test_keeps_no_number_and_knows_a_caller_again(self, tmp_path):
        read(write(tmp_path / "queue_log", EIGHT))

        one = Call.objects.get(callid="c1")
        assert one.caller_key == phone_key("0900000001")
        assert "0900000001" not in str(rows())

    def test_is_audited_once(self, tmp_path):
        path = write(tmp_path / "queue_log", EIGHT)

        read(path)
        read(path)

        assert Entry.objects.filter(event="hotline.imported").count() == 1

    def test_makes_of_a_night_in_utc_the_citys_day(self, tmp_path):
        at = int(instant(date(2016, 8, 2), 0, 10).timestamp())

        read(write(tmp_path / "q", [f"{at}|c1|1999|NONE|ENTERQUEUE||09|1", f"{at}|c1|1999|NONE|ABANDON|1|1|3"]))

        assert (Call.objects.get().entered_on, Call.objects.get().half_hour) == (date(2016, 8, 2), 0)


class TestTwice:
    def test_is_the_same_rows(self, tmp_path):
        log = invented()[LOG]
        read(write(tmp_path / "one", log))
        once = rows()

        assert read(tmp_path / "one").lines == 0
        LogFile.objects.all().delete()  # it has forgotten that it ever read it
        read(tmp_path / "one")

        assert rows() == once
        assert len(once) > 150

    @pytest.mark.parametrize("part", [0.1, 0.37, 0.5, 0.9])
    def test_cut_and_gone_on_with_is_the_same_rows(self, tmp_path, part):
        log = invented()[LOG]
        read(write(tmp_path / "whole", log))
        once = rows()
        Call.objects.all().delete()
        LogFile.objects.all().delete()
        content = (tmp_path / "whole").read_bytes()
        path = tmp_path / "queue_log"

        path.write_bytes(content[: int(len(content) * part)])
        first = read(path)
        path.write_bytes(content)
        second = read(path.rename(tmp_path / "queue_log.1"))

        assert rows() == once
        assert first.lines + second.lines == len(log)

    def test_rotated_in_the_middle_of_calls_is_the_same_rows(self, tmp_path):
        log = invented()[LOG]
        read(write(tmp_path / "whole", log))
        once = rows()
        Call.objects.all().delete()

        noon = len(log) // 4
        half = next(n for n in range(noon, len(log)) if "|ENTERQUEUE|" in log[n]) + 1
        read(write(tmp_path / "queue_log.1", log[:half]))
        assert Call.objects.filter(outcome=Outcome.OPEN).exists()
        read(write(tmp_path / "queue_log", log[half:]))

        assert rows() == once

    def test_after_a_crash_in_the_middle_is_the_same_rows(self, tmp_path, monkeypatch):
        path = write(tmp_path / "queue_log", invented()[LOG])
        read(path)
        once = rows()
        Call.objects.all().delete()
        LogFile.objects.all().delete()
        monkeypatch.setattr(services, "BATCH", 20)
        real, written = services._QueueLog.write, []

        def breaks(self):
            written.append(1)
            if len(written) == 4:
                raise MemoryError
            real(self)

        monkeypatch.setattr(services._QueueLog, "write", breaks)
        with pytest.raises(MemoryError):
            read(path)
        monkeypatch.setattr(services._QueueLog, "write", real)
        assert 0 < LogFile.objects.get().read_to < path.stat().st_size

        read(path)

        assert rows() == once

    def test_an_older_copy_that_is_cut_opens_nothing_again(self, tmp_path):
        read(write(tmp_path / "whole", EIGHT))
        once = rows()

        read(write(tmp_path / "copy", EIGHT[1:2] + EIGHT[:1]))  # another first line: another file

        assert rows() == once

    def test_does_not_undo_what_an_agent_said(self, tmp_path):
        read(write(tmp_path / "one", [*EIGHT, *WRAPPED]))
        Call.objects.filter(callid="c1").update(topic=Topic.OTHER)
        LogFile.objects.all().delete()

        read(tmp_path / "one")

        assert Call.objects.get(callid="c1").topic == Topic.OTHER


class TestFiles:
    def test_with_a_last_line_that_is_not_whole_wait_for_it(self, tmp_path):
        path = tmp_path / "queue_log"
        path.write_text("\n".join(EIGHT), encoding="utf-8")

        first = read(path)
        path.write_text("\n".join([*EIGHT, ""]), encoding="utf-8")
        second = read(path)

        assert (first.calls, first.cut) == (7, True)
        assert (second.lines, second.calls, second.cut) == (1, 1, False)

    def test_of_windows_are_the_same(self, tmp_path):
        read(write(tmp_path / "unix", EIGHT))
        once = rows()
        Call.objects.all().delete()

        read(write(tmp_path / "windows", EIGHT, ending="\r\n"))

        assert rows() == once

    def test_with_one_name_and_new_content_are_new_files(self, tmp_path):
        read(write(tmp_path / "queue_log", EIGHT))

        done = read(write(tmp_path / "queue_log", [line.replace("|c", "|d") for line in EIGHT]))

        assert (done.calls, Call.objects.count()) == (8, 16)

    def test_that_begin_alike_and_go_on_otherwise_are_read_whole(self, tmp_path):
        start = f"{T}|NONE|NONE|NONE|QUEUESTART|"
        read(write(tmp_path / "queue_log", [start, *EIGHT]))

        read(write(tmp_path / "queue_log", [start, *(line.replace("|c", "|d") for line in EIGHT)]))

        assert Call.objects.count() == 16

    def test_that_are_not_there_are_refused(self, tmp_path):
        with pytest.raises(services.CannotImport):
            read(tmp_path / "nothing")

    def test_that_are_empty_change_nothing(self, tmp_path):
        (tmp_path / "empty").touch()

        assert (read(tmp_path / "empty").lines, LogFile.objects.count()) == (0, 0)

    def test_of_another_kind_are_refused_by_the_command(self, tmp_path):
        path = tmp_path / "picture.png"
        path.write_bytes(b"\x89PNG\r\n" + bytes(range(256)) * 9 + b"\n")

        with pytest.raises(CommandError, match="No line"):
            call_command("hotline", "import", str(path))

    def test_hold_bad_lines_among_good_ones(self, tmp_path):
        done = read(write(tmp_path / "queue_log", [*EIGHT, "nonsense", f"{T}|c1|1999|A|WRAPUP|weather"]))

        assert (done.calls, done.refused) == (8, 2)


class TestVoiceMenu:
    def test_calls_come_from_the_call_details(self, tmp_path):
        found = invented()
        read(write(tmp_path / "queue_log", found[LOG]))
        queued = Call.objects.count()
        path = write(tmp_path / "Master.csv", found[CDR])

        done = services.import_cdr(path, by=None, at=NOW)
        services.import_cdr(path, by=None, at=NOW)

        assert Call.objects.menu().count() == done.calls == len(found[CDR])
        assert Call.objects.operator().count() == queued

    def test_calls_are_those_that_were_answered_and_met_nobody(self, tmp_path):
        good = invented()[CDR][:1]
        uniqueid = good[0].split(",")[-2].strip('"')
        other = [
            good[0].replace('"ANSWERED"', '"NO ANSWER"').replace(uniqueid, "a.1"),
            good[0].replace('"BackGround"', '"Queue"').replace(uniqueid, "a.2"),
            good[0].replace('"BackGround"', '"Dial"').replace(uniqueid, "a.3"),
            "nonsense",
        ]

        done = services.import_cdr(write(tmp_path / "Master.csv", good + other), by=None, at=NOW)

        assert (done.calls, done.others, done.refused) == (1, 3, 1)
        assert Call.objects.get().callid == uniqueid

    @pytest.mark.parametrize("details_first", [True, False])
    def test_calls_that_did_enter_a_queue_are_the_queues(self, tmp_path, details_first):
        log = write(tmp_path / "queue_log", EIGHT)
        line = invented()[CDR][0]
        uniqueid = line.split(",")[-2].strip('"')
        details = write(tmp_path / "Master.csv", [line.replace(uniqueid, "c7")])
        acts = [lambda: services.import_cdr(details, by=None, at=NOW), lambda: read(log)]

        for act in acts if details_first else reversed(acts):
            act()

        assert Call.objects.get(callid="c7").outcome == Outcome.LEFT_BY_KEY


class TestTraffic:
    def test_is_the_same_for_the_same_seed(self):
        assert invented() == invented()

    def test_says_that_it_is_synthetic_and_comes_in_order(self):
        log = invented()[LOG]

        times = [int(line.partition("|")[0]) for line in log]
        assert "synthetic" in log[0]
        assert times == sorted(times)

    def test_is_written_by_the_command(self, tmp_path, capsys):
        path = tmp_path / "made"

        call_command("hotline", "traffic", str(path), "--days", "1", "--calls", "50")
        call_command("hotline", "import", str(path))
        call_command("hotline", "import", str(tmp_path / "made-cdr.csv"), "--cdr")

        assert Call.objects.menu().exists()
        assert Call.objects.operator().exists()
        assert "0 refused" in capsys.readouterr().out


class TestRefusedLines:
    @pytest.fixture
    def supervisor(self, client):
        client.force_login(make_person(make_agency("rdec"), None, Role.SUPERVISOR).account)
        return client

    def test_are_kept_with_number_and_reason_and_without_digits(self, tmp_path):
        path = write(tmp_path / "queue_log", [*EIGHT, "0912345678 called", f"{T}|c1|1999|A/1|WRAPUP|nothing"])
        done = read(path)
        with path.open("a") as log:
            log.write("王小明 0912345678\n")
        read(path)

        log, n = LogFile.objects.get(), len(EIGHT)
        assert (done.refused, log.refused) == (2, 3)
        kept = list(log.refused_lines.values_list("number", "fault", "begins"))
        assert kept == [
            (n + 1, "SHORT", "########## c"),
            (n + 2, "TOPIC", "##########|c"),
            (n + 3, "SHORT", "王小明 ########"),
        ]

    def test_are_kept_up_to_a_number_and_counted_beyond(self, tmp_path):
        read(write(tmp_path / "queue_log", [*EIGHT, *["rubbish"] * (refusing.MOST + 5)]))

        assert (LogFile.objects.get().refused, RefusedLine.objects.count()) == (refusing.MOST + 5, refusing.MOST)

    def test_stand_on_a_page_and_in_a_sheet(self, tmp_path, supervisor, django_assert_max_num_queries):
        read(write(tmp_path / "queue_log", [*EIGHT, *["rubbish"] * 60]))
        services.import_cdr(write(tmp_path / "cdr", ["x"]), by=None, at=NOW)
        log = LogFile.objects.get(kind="QUEUE_LOG")

        with django_assert_max_num_queries(20):
            listed = supervisor.get("/desk/calls/files/?kind=QUEUE_LOG&lines=refused").content.decode()
            page = supervisor.get(f"/desk/calls/files/{log.pk}/").content.decode()
        sheet = b"".join(supervisor.get(f"/desk/calls/files/{log.pk}/refused.csv").streaming_content).decode(
            "utf-8-sig"
        )

        assert "queue_log" in listed
        assert "cdr" not in listed
        assert "欄位不夠" in page
        assert len(sheet.splitlines()) == 61
        assert supervisor.get("/desk/calls/files/?kind=nothing").status_code == 422
        assert "沒有符合條件的檔案" in supervisor.get("/desk/calls/files/?kind=MENU").content.decode()
        assert Entry.objects.filter(event="hotline.refused_exported").count() == 1

    def test_are_hidden_from_operators(self, client):
        client.force_login(make_person(make_agency("rdec"), None, Role.OPERATOR).account)

        assert client.get("/desk/calls/files/").status_code == 403
