"""Programs without a key: so many calls a minute from one network, and no more."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest
from django.test import RequestFactory

from cityhall.engines.identity import keyless
from cityhall.engines.identity.clients import CannotUseKey
from cityhall.engines.rules.services import set_parameter
from cityhall.foundation.clock import at as instant

NINE = instant(date(2026, 11, 16), 9)


@pytest.fixture(autouse=True)
def few(db, monkeypatch):
    monkeypatch.setattr(keyless, "_now", keyless.Minute())
    set_parameter("identity.keyless_per_minute", 3, valid_from=NINE.date(), source="測試", by=None, at=NINE)


def call(ip="203.0.113.5", at=NINE):
    keyless.admit(RequestFactory().get("/", REMOTE_ADDR=ip), at=at)


class TestAdmit:
    def test_refuses_what_is_beyond_the_minute_and_says_how_long_to_wait(self):
        late = NINE + timedelta(seconds=48)
        for _call in range(3):
            call(at=late)
        with pytest.raises(CannotUseKey) as refused:
            call("203.0.113.77", at=late)

        assert (refused.value.status, refused.value.retry_after) == (429, 13)
        call(at=NINE + timedelta(minutes=1))

    def test_counts_each_network_for_itself_and_the_own_machine_not_at_all(self):
        for n in range(10):
            call("127.0.0.1")
            call(f"198.51.{n}.1")

    def test_counts_every_call_of_many_at_once(self):
        minute = keyless.Minute()
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda _n: minute.count("n", NINE), range(2000)))

        assert minute.count("n", NINE) == 2001

    def test_does_not_let_its_memory_be_filled(self, monkeypatch):
        monkeypatch.setattr(keyless, "MOST_NETWORKS", 100)
        minute = keyless.Minute()
        for n in range(1000):
            minute.count(str(n), NINE)

        assert len(minute.calls) <= 101
