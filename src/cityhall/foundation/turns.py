"""Whose turn it is to write, where one writes at a time: the queue before an SQLite database.

SQLite lets whoever finds the database locked sleep and try again, up to a tenth of a second at a time. Under load the lock
is then free for most of the time while everybody sleeps, and whoever is unlucky waits for ever. Here the next one follows at
once. Two locks are taken, one after the other: among the threads of a process, and among the processes by a locked file, of
which the system lets go when its process dies.

Processes that work in the background `give_way()`: they let those go first for whom somebody waits, but do not wait longer
than a second for that.
"""

from __future__ import annotations

import fcntl
import os
import threading
import time
from contextlib import suppress

LOOK_EVERY = 0.002
"""Seconds between two looks of those who give way whether others still wait."""
MOST_POLITE = 0.25
"""Seconds after which those who give way no longer do."""

_background = False


def give_way() -> None:
    """From now on this process lets others write first."""
    global _background
    _background = True


class Turns:
    """The queue before one file. A folder that cannot be written to has none: nobody writes there."""

    def __init__(self, path: str) -> None:
        self.path = path
        self._threads = threading.Lock()
        self._files: tuple[int, int] | None = None

    def take(self, patience: float) -> bool:
        """Wait until it is our turn; False when the threads before us took longer than so many seconds.

        The one thread of a process that waits for other processes waits until they are done.
        """
        if not self._threads.acquire(timeout=patience):
            return False
        try:
            self._first_among_processes()
        except BaseException:
            self._threads.release()
            raise
        return True

    def give_back(self) -> None:
        """The next one may write."""
        if self._files:
            fcntl.flock(self._files[0], fcntl.LOCK_UN)
        self._threads.release()

    def _first_among_processes(self) -> None:
        files = self._opened()
        if files is None:
            return
        turn, waiting = files
        if _background:
            _let_go_first(waiting)
        if _locked(turn, fcntl.LOCK_EX):
            return
        if not _background:
            _locked(waiting, fcntl.LOCK_SH)
        try:
            fcntl.flock(turn, fcntl.LOCK_EX)  # the system wakes us
        finally:
            if not _background:
                fcntl.flock(waiting, fcntl.LOCK_UN)

    def _opened(self) -> tuple[int, int] | None:
        if self._files is None:
            with suppress(OSError):
                self._files = _open(f"{self.path}-turn"), _open(f"{self.path}-waiting")
        return self._files

    def forget_in_child(self) -> None:
        """A forked child has neither the locks of its parent nor its files: a file that both had open would be one lock."""
        self._threads = threading.Lock()
        files, self._files = self._files, None
        for file in files or ():
            os.close(file)


def _open(path: str) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


def _let_go_first(waiting: int) -> None:
    """Stand back while others wait, for a while."""
    end = time.monotonic() + MOST_POLITE
    while time.monotonic() < end and not _free(waiting):
        time.sleep(LOOK_EVERY)


def _locked(file: int, how: int) -> bool:
    try:
        fcntl.flock(file, how | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _free(file: int) -> bool:
    """Whether nobody holds it."""
    if not _locked(file, fcntl.LOCK_EX):
        return False
    fcntl.flock(file, fcntl.LOCK_UN)
    return True


_every: dict[str, Turns] = {}


def before(path: str) -> Turns:
    """The queue before a database file; one a process."""
    return _every.setdefault(path, Turns(path))


def _forget_in_child() -> None:
    for turns in _every.values():
        turns.forget_in_child()


os.register_at_fork(after_in_child=_forget_in_child)
