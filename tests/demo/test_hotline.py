"""The demo's calls: invented, of one month, read by the product's own import."""

from datetime import date

import pytest

from cityhall.domains.hotline import figures
from cityhall.domains.hotline.models import Call, LogFile
from cityhall.foundation.clock import at as instant
from cityhall.foundation.period import Period
from cityhall.project.demo import hotline

FIRST = date(2026, 10, 28)


@pytest.mark.django_db
class TestCalls:
    def test_are_believable_and_marked_as_synthetic(self):
        hotline.load(FIRST, 31, at=instant(date(2026, 11, 28), 9))

        month = Period(FIRST, date(2026, 11, 27))
        assert {log.name for log in LogFile.objects.all()} == {
            "synthetic-queue_log", "synthetic-cdr.csv", "synthetic-menu.csv",
        }  # fmt: skip
        assert 4_000 < figures.calls(month).value < 6_500
        assert figures.calls(month).value == figures.calls(month, "ivr").value + figures.calls(month, "operator").value
        assert 75 < figures.service_level(month).value < 98
        assert 50 < figures.topic_share(month, "enquiry").value < 62
        assert not Call.objects.filter(outcome="OPEN").exists()

    def test_loaded_twice_are_the_same(self):
        for _time in range(2):
            hotline.load(FIRST, 3, at=instant(date(2026, 11, 28), 9))

        assert Call.objects.count() == Call.objects.values("callid").distinct().count()
