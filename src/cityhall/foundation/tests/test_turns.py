"""Whose turn it is: one at a time among threads and processes, nobody is left out, those who give way come in the end."""

import fcntl
import os
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from cityhall.foundation import turns
from cityhall.foundation.turns import Turns


@contextmanager
def other_process(path: Path, code: str) -> Iterator[subprocess.Popen[str]]:
    """A process that has the queue as `queue`, and has said `ready`."""
    lines = f"""
        import sys, time
        from cityhall.foundation import turns
        queue = turns.Turns({str(path)!r})
    """
    words = [sys.executable, "-c", textwrap.dedent(lines) + textwrap.dedent(code)]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        yield process


def queue_of_others(path: Path) -> int:
    """A file that says that somebody waits."""
    file = os.open(f"{path}-waiting", os.O_RDWR | os.O_CREAT)
    fcntl.flock(file, fcntl.LOCK_SH)
    return file


HOLDS_IT = """
    queue.take(10)
    print("ready", flush=True)
    sys.stdin.readline()
    queue.give_back()
"""

FORKS_WITH_IT = """
    import fcntl, os
    shared = turns.before(queue.path)
    assert shared.take(10)
    print("ready", flush=True)
    if (child := os.fork()) == 0:
        files = shared._opened()
        os._exit(0 if files and not turns._locked(files[0], fcntl.LOCK_EX) else 1)
    print("kept out" if os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0 else "let in", flush=True)
"""
"""In a process of its own: those of the tests have threads of libraries, which do not live on in a child."""


@pytest.fixture
def path(tmp_path):
    return tmp_path / "city.sqlite3"


class TestTurns:
    def test_has_one_at_a_time_among_threads(self, path):
        queue, inside, most = Turns(str(path)), [], []

        def work():
            for _ in range(50):
                assert queue.take(60)
                inside.append(1)
                most.append(len(inside))
                inside.pop()
                queue.give_back()

        threads = [threading.Thread(target=work) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert (len(most), max(most)) == (400, 1)

    def test_waits_for_another_process_and_follows_it(self, path):
        with other_process(path, HOLDS_IT) as other:
            queue, got = Turns(str(path)), threading.Event()
            waiting = threading.Thread(target=lambda: queue.take(60) and got.set())
            waiting.start()

            assert not got.wait(0.2)

            other.communicate("go on\n")
            waiting.join(60)
        assert got.is_set()

    def test_is_free_again_when_the_process_that_had_it_was_killed(self, path):
        with other_process(path, HOLDS_IT) as other:
            other.kill()

        assert Turns(str(path)).take(60)

    def test_says_so_when_the_threads_before_took_too_long(self, path):
        queue = Turns(str(path))
        assert queue.take(1)

        assert not queue.take(0.01)

        queue.give_back()
        assert queue.take(1)

    def test_has_no_queue_where_no_file_can_be_made(self, tmp_path):
        queue = Turns(str(tmp_path / "no such folder" / "city.sqlite3"))

        assert queue.take(1)
        queue.give_back()
        assert queue.take(1)

    def test_does_not_share_its_file_with_a_forked_child(self, path):
        with other_process(path, FORKS_WITH_IT) as other:
            said, _ = other.communicate()

        assert (said, other.returncode) == ("kept out\n", 0)


class TestGivingWay:
    def test_lets_those_go_first_who_wait(self, path, monkeypatch):
        takes_it = "print('ready', flush=True); queue.take(60); print('mine', flush=True); sys.stdin.readline()"
        monkeypatch.setattr(turns, "_background", True)
        monkeypatch.setattr(turns, "MOST_POLITE", 600.0)
        queue, order = Turns(str(path)), []

        def background() -> None:
            queue.take(60)
            order.append("background")
            queue.give_back()

        with other_process(path, HOLDS_IT) as holder, other_process(path, takes_it) as somebody:
            while turns._free(queue._opened()[1]):  # until somebody waits
                time.sleep(0.005)
            thread = threading.Thread(target=background)
            thread.start()
            holder.communicate("go on\n")
            assert somebody.stdout.readline() == "mine\n"
            order.append("somebody")
            somebody.communicate("go on\n")
            thread.join(60)

        assert order == ["somebody", "background"]

    def test_comes_in_the_end_though_others_always_wait(self, path, monkeypatch):
        queue = Turns(str(path))
        crowd = queue_of_others(path)
        monkeypatch.setattr(turns, "_background", True)
        monkeypatch.setattr(turns, "MOST_POLITE", 0.02)

        assert queue.take(60)
        os.close(crowd)
