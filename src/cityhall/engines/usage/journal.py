"""What is counted while somebody waits: one line appended to a file, no question to any database.

Each process writes a file of its own below `usage/journal`. A line is one `write` to the operating system: it survives
the end of the process by any means, kill -9 too, from the moment that `record` returns; only when the whole machine
loses its power are the last seconds lost that the system had not written to the disk. A full disk never fails the
request: the line is lost, counted, and said in the log.
"""

from __future__ import annotations

import fcntl
import json
import logging
import os
import threading
import uuid
from datetime import datetime
from pathlib import Path

from django.conf import settings

from cityhall.foundation.clock import TAIPEI

from . import registry, rules

log = logging.getLogger("cityhall.usage")

LARGEST = 32 * 2**20
"""Bytes after which a process begins another file, so that read ones can go."""
FIELDS = (
    "day", "hour", "source", "who", "act", "subject_kind", "subject", "place", "n", "mark", "partial", "network", "visitor",
)  # fmt: skip


def home() -> Path:
    """Where journals lie."""
    return Path(settings.USAGE_DIR) / "journal"


class _Journal:
    """The journal of this process. Threads share it: one line is one write to a file opened for appending."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.file: int | None = None
        self.folder: Path | None = None
        self.process = 0
        self.size = 0
        self.lost = 0
        self.torn = False

    def append(self, line: bytes) -> bool:
        """Write a line; False where it could not be written."""
        with self.lock:
            try:
                file = self._opened(len(line))
                # A line that a full disk cut short is ended first, so that it spoils no other.
                whole = b"\n" + line if self.torn else line
                self.torn = os.write(file, whole) != len(whole)
            except OSError as error:
                self._lose(type(error).__name__)
                return False
            if self.torn:
                self._lose("the disk is full")
            return not self.torn

    def _lose(self, why: str) -> None:
        self.lost += 1
        if self.lost & (self.lost - 1) == 0:  # the first, second, fourth, eighth …: the log has its own disk to keep
            log.error("a use was not counted (%s so far): %s", self.lost, why)

    def _opened(self, more: int) -> int:
        folder = home()
        mine = self.process == os.getpid() and self.folder == folder and self.size < LARGEST
        if self.file is None or not mine:
            self.close()
            folder.mkdir(parents=True, exist_ok=True)
            path = folder / f"{uuid.uuid4().hex}.new"
            file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL, 0o600)
            # Locked as long as this process lives and has it open; named when it is, so that nobody takes it for done.
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            path.rename(path.with_suffix(".jsonl"))
            self.file, self.process, self.folder, self.size, self.torn = file, os.getpid(), folder, 0, False
        self.size += more
        return self.file

    def close(self) -> None:
        """Let go of the file."""
        if self.file is not None:
            os.close(self.file)
            self.file = None


_journal = _Journal()


def lost() -> int:
    """How many uses this process could not count since it started."""
    return _journal.lost


def close() -> None:
    """Let go of this process's journal; the next use begins another."""
    with _journal.lock:
        _journal.close()


def _begin_anew() -> None:
    """A child of a fork has its parent's lock and file in hand: it takes neither."""
    _journal.__init__()  # type: ignore[misc]


os.register_at_fork(after_in_child=_begin_anew)


def record(
    *,
    source: str,
    act: str,
    at: datetime,
    subject: str = "",
    subject_kind: str = "",
    who: str = "",
    place: str = "",
    n: int = 1,
    mark: str = "",
    partial: bool = False,
    network: str = "",
    visitor: str = "",
) -> bool:
    """Count a use of a declared source: what was done (`act`), with which subject, by what kind of user, where.

    `who` is a kind and never a person; `place` is a code of a district or village, or of a site. Raises UnknownSource
    for a source that nobody declares and ValueError for words that no event can have: faults of the caller's code.
    """
    declared = registry.sources.get(source)
    if declared is None:
        raise registry.UnknownSource(source)
    if act not in declared.acts if declared.acts else not rules.WORD.fullmatch(act):
        raise ValueError(f"{source} does not know the act {act!r}")
    if any(word and not rules.WORD.fullmatch(word) for word in (subject_kind, who)) or n < 0:
        raise ValueError("a kind is a short word of small letters, a number is not negative")
    local = at.astimezone(TAIPEI)
    values = (
        local.date().isoformat(), local.hour, source, who, act, subject_kind, subject[: rules.LONGEST_SUBJECT],
        place[: rules.LONGEST_PLACE], n, mark, partial, network, visitor,
    )  # fmt: skip
    line = json.dumps(values, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace") + b"\n"
    return _journal.append(line)
