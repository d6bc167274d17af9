"""Promised work is done once: whoever fails, dies or comes twice."""

import logging
import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, transaction

from cityhall.engines.outbox import queries, registry, services
from cityhall.engines.outbox.models import Beat, Promise
from cityhall.engines.outbox.services import Refused, drain, promise, retry, run_due, run_schedule
from cityhall.engines.outbox.states import State

NOON = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)


def later(**delta):
    return NOON + timedelta(**delta)


class Diary:
    """A handler that notes what it was given, and fails as often as it is told."""

    def __init__(self, fails: int = 0, error: Exception | None = None) -> None:
        self.notes: list = []
        self.fails, self.error = fails, error or OSError("the wire is cut")

    def __call__(self, payload, promise):
        self.notes.append((payload, promise.at))
        if len(self.notes) <= self.fails:
            raise self.error


@pytest.mark.django_db
class TestPromise:
    def test_is_kept_with_its_payload_at_the_given_time(self, keep):
        keep("test.note", diary := Diary())
        promise("test.note", {"n": 1}, key="a", at=NOON)

        assert run_due(NOON) == 1
        assert diary.notes == [({"n": 1}, NOON)]
        assert Promise.objects.get().state == State.DONE

    def test_with_the_same_key_is_the_same_promise(self, keep):
        keep("test.note", diary := Diary())
        first = promise("test.note", {"n": 1}, key="a", at=NOON)
        run_due(NOON)

        assert promise("test.note", {"n": 2}, key="a", at=NOON) == first
        assert run_due(NOON) == 0
        assert len(diary.notes) == 1

    def test_waits_until_its_time(self, keep):
        keep("test.note", Diary())
        promise("test.note", {}, key="a", at=NOON, not_before=later(hours=1))

        assert run_due(later(minutes=59)) == 0
        assert run_due(later(minutes=60)) == 1

    def test_of_a_kind_that_nobody_keeps_is_refused_at_once(self):
        with pytest.raises(LookupError, match="test.unknown"):
            promise("test.unknown", {}, key="a", at=NOON)

    def test_is_undone_with_the_change_that_made_it(self, keep):
        keep("test.note", Diary())
        with transaction.atomic():
            promise("test.note", {}, key="a", at=NOON)
            transaction.set_rollback(True)

        assert not Promise.objects.exists()

    def test_oldest_come_first(self, keep):
        keep("test.note", diary := Diary())
        promise("test.note", {"n": 2}, key="b", at=later(seconds=2))
        promise("test.note", {"n": 1}, key="a", at=NOON)

        drain(later(minutes=1))

        assert [payload["n"] for payload, _ in diary.notes] == [1, 2]

    def test_urgent_ones_come_before_all_others(self, keep):
        keep("test.note", diary := Diary())
        promise("test.note", {"n": 2}, key="b", at=NOON)
        promise("test.note", {"n": 1}, key="a", at=later(seconds=2), urgent=True)

        drain(later(minutes=1))

        assert [payload["n"] for payload, _ in diary.notes] == [1, 2]


@pytest.mark.django_db
class TestFailure:
    def test_is_tried_again_on_schedule(self, keep):
        keep("test.note", diary := Diary(fails=2), retry=(10, 300, 300))
        promise("test.note", {}, key="a", at=NOON)

        drain(NOON, until=later(hours=1))

        assert [at for _, at in diary.notes] == [NOON, later(seconds=10), later(seconds=310)]
        assert Promise.objects.get().state == State.DONE

    def test_ends_as_a_dead_letter_with_its_reason(self, keep):
        keep("test.note", Diary(fails=9), retry=(10, 10))
        promise("test.note", {}, key="a", at=NOON)

        drain(NOON, until=later(hours=1))

        dead = queries.dead().get()
        assert (dead.attempts, dead.error) == (3, "OSError: the wire is cut")

    def test_a_refusal_is_not_tried_again(self, keep):
        keep("test.note", diary := Diary(fails=9, error=Refused("沒有這個人")))
        promise("test.note", {}, key="a", at=NOON)

        drain(NOON, until=later(hours=1))

        assert len(diary.notes) == 1
        assert queries.dead().get().error == "沒有這個人"

    def test_undoes_what_the_handler_wrote(self, keep):
        def half(payload, promise):
            Beat.objects.create(key="half", rhythm="", next_at=NOON)
            raise OSError("in the middle")

        keep("test.half", half, retry=())
        promise("test.half", {}, key="a", at=NOON)

        drain(NOON)

        assert not Beat.objects.exists()
        assert queries.dead().count() == 1

    def test_is_logged_without_its_message(self, keep, caplog):
        keep("test.note", Diary(fails=1, error=OSError("wang@city.example unknown")), retry=(10,))
        promise("test.note", {"email": "wang@city.example"}, key="wang@city.example", at=NOON)

        with caplog.at_level(logging.INFO, logger="cityhall.outbox"):
            drain(NOON)

        assert "test.note" in caplog.text
        assert "OSError" in caplog.text
        assert "wang" not in caplog.text


@pytest.mark.django_db
class TestLease:
    def test_of_a_dead_worker_runs_out_and_the_work_is_done(self, keep):
        keep("test.note", diary := Diary(), lease=60)
        promise("test.note", {}, key="a", at=NOON)
        services._take(NOON, "worker that dies")

        assert run_due(later(seconds=59)) == 0
        assert run_due(later(seconds=60)) == 1
        assert diary.notes == [({}, later(seconds=60))]

    def test_is_taken_back_at_once_by_the_next_bearer_of_the_name(self, keep):
        keep("test.note", Diary(), lease=60)
        promise("test.note", {}, key="a", at=NOON)
        services._take(NOON, "slot 1")

        assert services.take_back("slot 2", at=NOON) == 0
        assert services.take_back("slot 1", at=later(seconds=1)) == 1
        assert run_due(later(seconds=1)) == 1

    def test_lost_to_another_worker_undoes_what_the_late_one_did(self, keep):
        def slow(payload, mine):
            Beat.objects.create(key=f"done by attempt {mine.attempts}", rhythm="", next_at=NOON)
            if mine.attempts == 1:
                Promise.objects.filter(pk=mine.pk).update(attempts=2)

        keep("test.slow", slow)
        promise("test.slow", {}, key="a", at=NOON)

        run_due(NOON)

        assert not Beat.objects.exists()
        assert Promise.objects.get().state == State.PENDING

    def test_work_that_kills_every_worker_is_given_up(self, keep):
        keep("test.poison", Diary(), lease=60, retry=(10, 10))
        promise("test.poison", {}, key="a", at=NOON)
        for n in range(3):
            assert services._take(later(minutes=n), "dies")

        assert services._take(later(minutes=3), "dies") is None
        assert queries.dead().get().attempts == 3


@pytest.mark.django_db
class TestRetryByHand:
    def test_starts_a_fresh_schedule(self, keep):
        keep("test.note", diary := Diary(fails=3), retry=(10,))
        promise("test.note", {}, key="a", at=NOON)
        drain(NOON, until=later(hours=1))

        retry(queries.dead().get(), by=None, at=later(hours=2))
        drain(later(hours=2), until=later(hours=3))

        assert [at for _, at in diary.notes][2:] == [later(hours=2), later(hours=2, seconds=10)]
        assert Promise.objects.get().state == State.DONE

    def test_is_told_to_whoever_listens(self, keep):
        told = []
        services.retried.connect(listener := lambda **news: told.append((news["by"], news["at"])))
        keep("test.note", Diary(fails=9), retry=())
        promise("test.note", {}, key="a", at=NOON)
        drain(NOON)

        retry(queries.dead().get(), by=None, at=NOON)

        services.retried.disconnect(listener)
        assert told == [(None, NOON)]

    def test_is_refused_for_work_that_is_not_given_up(self, keep):
        keep("test.note", Diary())

        with pytest.raises(services.CannotRetry):
            retry(promise("test.note", {}, key="a", at=NOON), by=None, at=NOON)


@pytest.mark.django_db
class TestSchedule:
    @pytest.fixture
    def only(self, keep):
        """Forget the program's own jobs."""
        registry.rhythms.clear()

    def test_runs_a_job_at_each_of_its_times(self, only):
        runs = []
        services.every(minutes=5, key="test.sweep")(runs.append)
        for minute in range(12):
            run_schedule(later(minutes=minute))
            run_due(later(minutes=minute))

        assert runs == [later(minutes=5), later(minutes=10)]

    def test_what_was_missed_runs_once(self, only):
        runs = []
        services.daily("02:30", key="test.nightly")(runs.append)
        run_schedule(NOON)
        run_schedule(later(days=3))
        run_schedule(later(days=3))
        run_due(later(days=3))

        assert runs == [later(days=3)]
        assert Beat.objects.get().next_at == datetime(2026, 11, 26, 18, 30, tzinfo=UTC)

    def test_does_not_pile_up_behind_a_run_that_fails(self, only):
        def broken(at):
            raise OSError("down")

        services.every(minutes=5, key="test.sweep")(broken)
        for minute in range(0, 60, 5):
            run_schedule(later(minutes=minute))
            run_due(later(minutes=minute))

        assert Promise.objects.count() == 1

    def test_a_clock_put_back_neither_loses_nor_repeats_a_run(self, only):
        runs = []
        services.daily("12:30", key="test.noon")(runs.append)
        for at in (NOON, later(minutes=31), later(minutes=-29), later(minutes=15), later(minutes=30), later(hours=26)):
            run_schedule(at)
            run_due(at)

        assert runs == [later(minutes=31), later(hours=26)]

    def test_a_clock_that_was_an_hour_ahead_does_not_stop_a_job_for_an_hour(self, only):
        runs = []
        services.every(minutes=5, key="test.sweep")(runs.append)
        for minute in (0, 60, 1, 5, 10):
            run_schedule(later(minutes=minute))
            run_due(later(minutes=minute))

        assert runs == [later(minutes=60), later(minutes=10)]


@pytest.mark.django_db
class TestTidying:
    def test_forgets_what_was_kept_long_ago_and_nothing_else(self, keep):
        keep("test.note", Diary())
        keep("test.broken", Diary(fails=9), retry=())
        promise("test.note", {}, key="old", at=NOON)
        promise("test.broken", {}, key="dead", at=NOON)
        drain(NOON)
        promise("test.note", {}, key="open", at=NOON)

        services.forget_done(before=later(days=1))

        assert set(Promise.objects.values_list("key", flat=True)) == {"dead", "open"}


@pytest.mark.django_db
class TestWaiting:
    def test_counts_and_longest_wait(self, keep):
        keep("test.note", Diary(fails=9), retry=())
        promise("test.note", {}, key="a", at=NOON)
        drain(NOON)
        promise("test.note", {}, key="b", at=later(minutes=1))

        assert queries.count_by_state() == {"pending": 1, "dead": 1}
        assert queries.longest_wait(later(minutes=4)) == timedelta(minutes=3)
        assert queries.longest_wait(NOON) == timedelta(0)


@pytest.mark.django_db(transaction=True)
class TestSeveralWorkers:
    def test_take_each_promise_once(self, keep):
        done: list[int] = []
        keep("test.note", lambda payload, promise: done.append(payload["n"]))
        for n in range(30):
            promise("test.note", {"n": n}, key=str(n), at=NOON)

        in_threads(4, lambda: run_due(NOON))

        assert sorted(done) == list(range(30))

    def test_promising_the_same_key_at_once_makes_one_promise(self, keep):
        keep("test.note", Diary())

        in_threads(6, lambda: promise("test.note", {}, key="same", at=NOON))

        assert Promise.objects.count() == 1


def in_threads(count, work):
    failures = []

    def safely():
        try:
            work()
        except Exception as error:
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=safely) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
