"""Counting while somebody waits, and folding: no use is lost, none is doubled, wherever it is cut."""

from __future__ import annotations

import itertools
import json
import os
import shutil
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from django.http import HttpResponse
from django.test import RequestFactory
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cityhall.engines.identity.models import Account, Kind
from cityhall.engines.usage import counting, folding, journal, queries, registry, services, store
from cityhall.engines.usage.models import Batch, JournalMark, Part, Tally
from cityhall.engines.usage.queries import Asked
from cityhall.foundation.clock import at as instant

from .making import NOW, TODAY, store_home

__all__ = ["store_home"]

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("store_home")]
BROWSER = "Mozilla/5.0 (X11; Linux x86_64) Firefox/128.0"


def lines() -> list[dict[str, Any]]:
    found = []
    for path in sorted(journal.home().glob("*.jsonl")):
        found += [dict(zip(journal.FIELDS, json.loads(line), strict=True)) for line in path.read_bytes().splitlines()]
    return found


def old() -> None:
    """An hour passes for the journals."""
    for path in journal.home().glob("*.jsonl"):
        os.utime(path, (0, 0))


def everything() -> list[dict[str, Any]]:
    return queries.by(Asked(marks=()), "day", "hour", "source", "act", "subject", "mark").to_pylist()


class TestRecord:
    def test_appends_a_line_of_the_local_day_and_hour(self) -> None:
        assert journal.record(source="portal", act="view", subject="公廁", at=instant(date(2016, 8, 1), 0, 30))

        (line,) = lines()
        assert (line["day"], line["hour"], line["subject"], line["n"]) == ("2016-08-01", 0, "公廁", 1)

    def test_asks_no_database(self, django_assert_num_queries: Any) -> None:
        with django_assert_num_queries(0):
            journal.record(source="portal", act="view", at=NOW)

    def test_refuses_what_the_code_says_wrongly(self) -> None:
        with pytest.raises(registry.UnknownSource):
            journal.record(source="nobody", act="view", at=NOW)
        for wrong in ({"act": "eat"}, {"act": "view", "who": "王小明"}, {"act": "view", "n": -1}):
            with pytest.raises(ValueError, match="act|kind"):
                journal.record(source="portal", at=NOW, **wrong)

    def test_a_disk_that_is_full_fails_no_request(self, monkeypatch: pytest.MonkeyPatch) -> None:
        journal.record(source="portal", act="view", subject="first", at=NOW)
        write, lost = os.write, journal.lost()
        monkeypatch.setattr(os, "write", lambda file, line: write(file, line[:7]))
        assert not journal.record(source="portal", act="view", subject="second", at=NOW)
        monkeypatch.setattr(os, "write", lambda file, line: (_ for _ in ()).throw(OSError(28, "full")))
        assert not journal.record(source="portal", act="view", subject="third", at=NOW)
        monkeypatch.setattr(os, "write", write)
        assert journal.record(source="portal", act="view", subject="fourth", at=NOW)

        folding.fold(NOW)

        assert journal.lost() == lost + 2
        assert [row["subject"] for row in everything()] == ["first", "fourth"]
        assert JournalMark.objects.get().broken == 1

    def test_a_fork_writes_a_journal_of_its_own(self) -> None:
        journal.record(source="portal", act="view", at=NOW)
        child = os.fork()
        if not child:
            try:
                journal.record(source="portal", act="download", at=NOW)
            finally:
                os._exit(0)
        os.waitpid(child, 0)

        assert len(list(journal.home().glob("*.jsonl"))) == 2
        assert len(lines()) == 2


class TestCounted:
    def ask(self, method: str = "GET", **headers: str) -> bool:
        given = {"User-Agent": BROWSER, **headers}
        request = RequestFactory(headers=given).generic(method, "/data/x.csv", REMOTE_ADDR="203.0.113.77")
        return counting.counted(request, source="portal", act="download", subject="x")

    def test_keeps_the_network_and_no_address(self) -> None:
        assert self.ask()

        (line,) = lines()
        assert (line["network"], line["who"], line["mark"], line["partial"]) == ("203.0.113.0", "visitor", "", False)
        assert "203.0.113.77" not in json.dumps(line)

    def test_a_head_and_a_later_piece_are_no_use(self) -> None:
        assert not self.ask("HEAD")
        assert not self.ask(Range="bytes=100-")
        assert lines() == []

    def test_an_officer_is_staff(self) -> None:
        request = RequestFactory(headers={"User-Agent": BROWSER}).get("/data/")
        request.user = Account.objects.create_user(None, kind=Kind.OFFICER)
        counting.counted(request, source="portal", act="view")

        assert lines()[0]["who"] == "staff"

    def test_of_one_file_in_pieces_a_visitor_counts_once(self) -> None:
        for _ in range(3):
            self.ask(Range="bytes=0-1023")
        folding.fold(NOW)
        self.ask(Range="bytes=0-1023")
        self.ask(Range="bytes=0-", **{"User-Agent": "Mozilla/5.0 Chrome/120"})
        self.ask()
        folding.fold(NOW)

        assert queries.total(Asked()) == 3

    def test_robots_are_kept_apart(self) -> None:
        self.ask(**{"User-Agent": "Googlebot"})
        self.ask()
        folding.fold(NOW)

        assert queries.total(Asked()) == 1
        assert queries.by(Asked(marks=()), "mark").to_pylist() == [
            {"mark": "", "uses": 1},
            {"mark": "robot", "uses": 1},
        ]

    def test_a_view_that_counts_its_good_answers(self) -> None:
        @counting.counts_as(source="portal", act="view", subject=lambda name: name)
        def view(request: Any, name: str) -> HttpResponse:
            return HttpResponse(status=404 if name == "gone" else 200)

        request = RequestFactory(headers={"User-Agent": BROWSER}).get("/data/")
        view(request, "here")
        view(request, "gone")

        assert [line["subject"] for line in lines()] == ["here"]


class TestFold:
    def record(self, *subjects: str, day: date = TODAY) -> None:
        for subject in subjects:
            journal.record(
                source="portal",
                act="view",
                subject=subject,
                subject_kind="dataset",
                at=instant(day, 9),
                network="203.0.113.0",
            )

    def test_events_of_a_day_lie_in_a_file_of_the_day(self) -> None:
        self.record("a", "b", "a")
        assert folding.fold(NOW) == 3

        part = Part.objects.get()
        assert part.name.startswith("portal/day=2016-09-15/")
        assert (part.rows, part.has_addresses) == (3, True)
        batch = Batch.objects.get()
        assert (batch.rows, batch.counted, batch.first_day) == (3, 3, TODAY)
        assert list(Tally.objects.values_list("act", "subject_kind", "rows", "counted")) == [("view", "dataset", 3, 3)]
        assert queries.top(Asked(), "subject", 1).to_pylist() == [{"subject": "a", "uses": 2}]

    def test_again_there_is_nothing_to_do(self) -> None:
        self.record("a")
        folding.fold(NOW)

        assert folding.fold(NOW) == 0
        assert Part.objects.count() == 1

    def test_more_of_the_same_day_adds_to_its_sums(self) -> None:
        self.record("a")
        folding.fold(NOW)
        self.record("b")
        folding.fold(NOW)

        assert Part.objects.count() == 2
        assert Tally.objects.get().counted == Batch.objects.get().counted == queries.total(Asked()) == 2

    def test_a_journal_goes_when_its_process_has(self) -> None:
        self.record("a")
        folding.fold(NOW)
        old()
        folding.fold(NOW)
        assert len(list(journal.home().iterdir())) == 1

        journal.close()
        folding.fold(NOW)

        assert list(journal.home().iterdir()) == []
        assert not JournalMark.objects.exists()
        assert queries.total(Asked()) == 1

    def test_a_backup_that_is_being_made_still_finds_it(self) -> None:
        self.record("a")
        journal.close()
        folding.fold(NOW)

        assert len(list(journal.home().iterdir())) == JournalMark.objects.count() == 1

    def test_a_line_that_is_being_written_waits(self) -> None:
        self.record("a", "b")
        journal.close()
        (path,) = journal.home().glob("*.jsonl")
        whole = path.read_bytes()
        path.write_bytes(whole[:-5])
        with path.open("rb") as alive:
            import fcntl

            fcntl.flock(alive, fcntl.LOCK_EX)
            assert folding.fold(NOW) == 1
            path.write_bytes(whole)
            assert folding.fold(NOW) == 1

        assert queries.total(Asked()) == 2

    @pytest.mark.parametrize(
        "line",
        [b"x", b"[]", b"{}", b'["2016-13-01"]', b"null", b"\xff\xfe",
         b'["2016-09-15",9,"../x","","view","","","",1,"",false,"",""]',
         b'["2016-09-15",9,"portal","","view","","","",-1,"",false,"",""]',
         b'["2016-09-15",99,"portal","","view","","","",1,"",false,"",""]'],
    )  # fmt: skip
    def test_a_broken_line_is_noted_and_spoils_no_other(self, line: bytes) -> None:
        self.record("a")
        (path,) = journal.home().glob("*.jsonl")
        path.write_bytes(line + b"\n" + path.read_bytes())
        folding.fold(NOW)

        assert queries.total(Asked()) == 1
        assert JournalMark.objects.get().broken == 1

    def test_two_workers_at_once_count_once(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.record("a")
        original = folding._count

        def other_first(*args: Any) -> None:
            monkeypatch.setattr(folding, "_count", original)
            folding.fold(NOW)
            original(*args)

        monkeypatch.setattr(folding, "_count", other_first)
        folding.fold(NOW)

        assert queries.total(Asked()) == Tally.objects.get().counted == 1


class TestKeepRules:
    def test_a_past_day_becomes_one_file(self) -> None:
        yesterday = date(2016, 9, 14)
        for subject in "abc":
            TestFold().record(subject, day=yesterday)
            folding.fold(NOW)
        before = everything()

        assert services.keep_rules(NOW)["merged"] == 1

        assert Part.objects.count() == 1
        assert everything() == before
        assert Tally.objects.get().counted == 3

    def test_a_running_day_is_put_together_when_it_has_many(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(folding, "MOST_FILES", 2)
        for number in range(3):
            assert folding.merge(date.min) == 0
            TestFold().record(f"s{number}")
            folding.fold(NOW)

        assert folding.merge(date.min) == 1

        assert Part.objects.count() == 1
        assert queries.total(Asked()) == 3

    def test_addresses_go_after_their_days(self) -> None:
        TestFold().record("a", day=date(2016, 6, 16))
        TestFold().record("b", day=date(2016, 6, 17))
        folding.fold(NOW)

        assert services.keep_rules(NOW)["addresses"] == 1

        kept = {one.day.day: store.read(one.name)["network"].to_pylist() for one in Part.objects.all()}
        assert kept == {16: [None], 17: ["203.0.113.0"]}
        assert queries.total(Asked()) == 2

    def test_details_go_and_sums_stay(self) -> None:
        TestFold().record("a", day=date(2016, 9, 1))
        folding.fold(NOW)
        much_later = instant(date(2026, 9, 15), 3)

        assert services.keep_rules(much_later)["details"] == 1

        assert queries.total(Asked()) == 0
        assert Tally.objects.get().counted == 1
        assert Batch.objects.get().details_gone_on == date(2026, 9, 15)


# ---- cut anywhere ----------------------------------------------------------------------------------------------------


class Cut(BaseException):
    """The process is gone."""


class Steps:
    """Counts the steps of folding that leave something behind, and ends the process before or after one of them."""

    WATCHED = (
        (Path, "replace"), (Path, "unlink"), (os, "fsync"), (folding, "_count"), (folding, "_swap"), (folding, "_batch"),
        (store, "leave"), (pa, "concat_tables"),
    )  # fmt: skip

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.left: int | None = None
        self.after = False
        for holder, name in self.WATCHED:
            original = getattr(holder, name)

            def watched(*args: Any, _original: Any = original, **kwargs: Any) -> Any:
                if self.left is None:
                    return _original(*args, **kwargs)
                self.left -= 1
                if self.left < 0 and not self.after:
                    raise Cut
                found = _original(*args, **kwargs)
                if self.left < 0:
                    raise Cut
                return found

            monkeypatch.setattr(holder, name, watched)

    def run(self, what: Any, cut: tuple[int, bool] | None) -> None:
        self.left, self.after = cut or (None, False)
        try:
            what()
        except Cut:
            pass
        finally:
            self.left = None


ACTIONS = st.lists(
    st.one_of(
        st.tuples(st.just("record"), st.integers(0, 2), st.integers(1, 4)),
        st.tuples(st.just("fold"), st.integers(0, 9), st.booleans()),
        st.tuples(st.just("rules"), st.integers(0, 9), st.booleans()),
        st.tuples(st.just("die"), st.just(0), st.just(0)),
    ),
    max_size=12,
)


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> Iterator[Steps]:
    return Steps(monkeypatch)


@given(actions=ACTIONS)
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_whatever_is_cut_each_use_counts_once(
    actions: list[tuple[str, int, int]], store_home: Path, steps: Steps
) -> None:
    """Days of recording, folding and keeping the rules, each cut at any step: in the end every use is there, once."""
    for model in (Part, Tally, Batch, JournalMark):
        model.objects.all().delete()
    journal.close()
    shutil.rmtree(store_home, ignore_errors=True)
    wanted: Counter[tuple[date, str]] = Counter()
    names = itertools.count()
    for what, one, other in actions:
        if what == "record":
            day = date(2016, 6 + one, 14)
            for _ in range(other):
                subject = f"s{next(names)}"
                journal.record(source="portal", act="view", subject=subject, at=instant(day, 9), network="203.0.113.0")
                wanted[day, subject] += 1
        elif what == "fold":
            old()
            steps.run(lambda: folding.fold(NOW), (one, bool(other)))
        elif what == "rules":
            steps.run(lambda: services.keep_rules(NOW), (one, bool(other)))
        else:
            journal.close()

    journal.close()
    old()
    folding.fold(NOW)

    found = {(row["day"], row["subject"]): row["uses"] for row in everything()}
    assert found == dict(wanted)
    assert sum(Tally.objects.values_list("counted", flat=True)) == sum(wanted.values())
    assert list(journal.home().glob("*.jsonl")) == []
    services.keep_rules(NOW)
    assert {(row["day"], row["subject"]): row["uses"] for row in everything()} == dict(wanted)
    assert not any(
        day < date(2016, 6, 17) for day in Part.objects.filter(has_addresses=True).values_list("day", flat=True)
    )


CHILD = """
import os, sys, django
django.setup()
from django.utils import timezone
from cityhall.engines.usage import journal, registry
registry.source(registry.Source("portal", "portal"))
n = 0
while True:
    journal.record(source="portal", act="view", subject=str(n), at=timezone.now())
    n += 1
    os.write(1, b"%d\\n" % n)
"""


def test_what_was_recorded_survives_kill_9(tmp_path: Path) -> None:
    environment = os.environ | {"CITYHALL_DATA_DIR": str(tmp_path)}
    child = subprocess.Popen([sys.executable, "-c", CHILD], stdout=subprocess.PIPE, env=environment)
    assert child.stdout
    said = b""
    while said.count(b"\n") < 200:
        said += os.read(child.stdout.fileno(), 65536)
    child.send_signal(signal.SIGKILL)
    said += child.stdout.read()
    child.wait()
    child.stdout.close()

    (path,) = (tmp_path / "usage" / "journal").glob("*.jsonl")
    kept = path.read_bytes().count(b"\n")
    assert int(said.split()[-1]) <= kept <= int(said.split()[-1]) + 1
