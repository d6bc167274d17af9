"""A log that grows while it is followed: appended, cut, rotated."""

from datetime import date

import pytest

from cityhall.domains.hotline.following import follow
from cityhall.domains.hotline.models import Call
from cityhall.engines.audit.models import Entry
from cityhall.foundation.clock import at as instant

from .logs import EIGHT

pytestmark = pytest.mark.django_db
NOW = instant(date(2016, 8, 20), 9)


def followed(path, *steps):
    """Follow a file while steps happen to it, one between two looks."""
    left = [*steps, lambda: None]

    def wait(_seconds):
        if left:
            left.pop(0)()
        return not left

    return follow(path, now=lambda: NOW, wait=wait)


def append(path, text):
    with path.open("a", encoding="utf-8") as file:
        file.write(text)


def test_a_log_is_read_as_it_grows_over_cut_lines_and_rotation(tmp_path):
    path, lines = tmp_path / "queue_log", [f"{line}\n" for line in EIGHT]
    half = len(lines) // 2

    def rotate():
        append(path, "".join(lines[half:-2]))  # written after the last look, then rotated away
        path.rename(tmp_path / "queue_log.1")
        append(path, "".join(lines[-2:]))

    read = followed(
        path,
        lambda: append(path, "".join(lines[: half - 1]) + lines[half - 1][:9]),
        lambda: append(path, lines[half - 1][9:]),
        rotate,
    )

    assert read == len(lines)
    assert Call.objects.exclude(outcome="OPEN").count() == 8
    assert not Entry.objects.filter(event="hotline.imported").exists()
