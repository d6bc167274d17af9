"""A worker leaves the database to people, for whom somebody waits."""

from contextlib import contextmanager
from datetime import timedelta

import psycopg
import pytest
from django.db import connection
from django.utils import timezone

from cityhall.engines.outbox import queries, services
from cityhall.engines.outbox.worker import Worker


@contextmanager
def in_a_transaction(name):
    """Another connection to the same database, in the middle of something; SQLite has its own queue (`foundation.turns`)."""
    if connection.vendor != "postgresql":
        yield
        return
    settings = connection.settings_dict
    other = psycopg.connect(
        dbname=settings["NAME"], user=settings["USER"], host=settings["HOST"], port=settings["PORT"],
        password=settings["PASSWORD"] or None, application_name=name,
    )  # fmt: skip
    try:
        other.execute("SELECT 1")  # psycopg begins a transaction, which stays open
        yield
    finally:
        other.close()


@pytest.mark.django_db
class TestPeopleAreServed:
    def test_while_somebody_is_in_a_transaction(self):
        with in_a_transaction("cityhall"):
            assert queries.people_are_served() == (connection.vendor == "postgresql")

    def test_not_while_only_workers_work(self):
        with in_a_transaction(queries.WORKER):
            assert not queries.people_are_served()


@pytest.mark.django_db
class TestUrgentWaits:
    def test_when_urgent_work_is_due(self):
        now = timezone.now()
        services.promise(
            "letters.deliver", {"letter": 0}, key="later", at=now, not_before=now + timedelta(hours=1), urgent=True
        )
        services.promise("letters.deliver", {"letter": 0}, key="ordinary", at=now)
        assert not queries.urgent_waits(now)

        services.promise("letters.deliver", {"letter": 0}, key="urgent", at=now, urgent=True)

        assert queries.urgent_waits(now)

    def test_not_when_another_worker_has_it(self):
        now = timezone.now()
        services.promise("letters.deliver", {"letter": 0}, key="urgent", at=now, urgent=True)
        services._take(now, "another")

        assert not queries.urgent_waits(now)


@pytest.fixture
def nothing_urgent(monkeypatch):
    monkeypatch.setattr(queries, "urgent_waits", lambda at: False)


@pytest.mark.usefixtures("nothing_urgent")
class TestWorker:
    def test_goes_on_for_urgent_work_although_people_wait(self, monkeypatch):
        answers = [False, True]
        monkeypatch.setattr(queries, "people_are_served", lambda: True)
        monkeypatch.setattr(queries, "urgent_waits", lambda at: answers.pop(0))
        Worker(timezone.now)._let_people_go_first(worked=1000)

        assert answers == []

    def test_goes_on_as_soon_as_nobody_waits(self, monkeypatch):
        answers = [True, True, False]
        monkeypatch.setattr(queries, "people_are_served", lambda: answers.pop(0))
        Worker(timezone.now)._let_people_go_first(worked=1000)

        assert answers == []

    def test_goes_on_although_people_wait_after_a_while(self, monkeypatch):
        looks = []
        monkeypatch.setattr(queries, "people_are_served", lambda: looks.append(1) or True)
        Worker(timezone.now)._let_people_go_first(worked=0.01)

        assert looks

    def test_that_is_told_to_stop_waits_for_nobody(self, monkeypatch):
        monkeypatch.setattr(queries, "people_are_served", lambda: pytest.fail("it looked"))
        worker = Worker(timezone.now)
        worker.stopping.set()

        worker._let_people_go_first(worked=1000)
