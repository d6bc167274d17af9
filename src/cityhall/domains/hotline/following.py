"""A queue log that grows: what is new is read within a second, over rotation and cut lines."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from . import services

PAUSE = 1.0
"""Seconds between two looks: what the exchange writes is on the wallboard within two."""


def follow(path: Path, *, now: Callable[[], datetime], wait: Callable[[float], bool]) -> int:
    """Read what is new until `wait` says to stop; how many lines were read.

    When the file was rotated away, what was written to it after the last look is read first, under its new name.
    A file that is not there yet is waited for.
    """
    lines, seen, read = 0, None, (-1, -1)
    while True:
        try:
            found = path.stat()
        except OSError:
            found = None
        if found is not None:
            here = found.st_ino, found.st_dev
            if seen is not None and here != seen:
                lines += _rest_of(path, seen, now())
            if (found.st_ino, found.st_size) != read:
                lines += _read(path, now())
                read = found.st_ino, found.st_size
            seen = here
        if wait(PAUSE):
            return lines


def _rest_of(path: Path, gone: tuple[int, int], at: datetime) -> int:
    for other in sorted(path.parent.glob(f"{path.name}*")):
        try:
            found = other.stat()
        except OSError:
            continue
        if other != path and (found.st_ino, found.st_dev) == gone:
            return _read(other, at)
    return 0


def _read(path: Path, at: datetime) -> int:
    try:
        return services.import_queue_log(path, by=None, at=at, told=False).lines
    except services.CannotImport:
        return 0  # it was rotated away in this moment: the next look finds it
