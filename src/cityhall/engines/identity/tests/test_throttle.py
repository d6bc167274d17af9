"""Five failures, fifteen minutes, all workers together."""

from datetime import timedelta

import pytest
from django.db import transaction

from cityhall.engines.identity import throttle
from cityhall.engines.identity.models import Tries
from cityhall.engines.identity.tests.processes import run_together

LIN = ("password", "lin@example.org")
OFFICE = ("network", "203.0.113.0/24")


@pytest.mark.django_db
class TestAdmit:
    def test_refuses_the_sixth_try_until_fifteen_minutes_have_passed(self, at):
        for _ in range(5):
            throttle.admit(LIN, at=at)

        with pytest.raises(throttle.CannotTryNow) as refusal:
            throttle.admit(LIN, at=at + timedelta(minutes=14, seconds=59))
        assert refusal.value.until == at + timedelta(minutes=15)
        throttle.admit(LIN, at=at + timedelta(minutes=15, seconds=1))

    def test_counts_each_key_alone(self, at):
        for _ in range(5):
            throttle.admit(LIN, at=at)

        throttle.admit(("password", "other@example.org"), at=at)
        throttle.admit(("second-factor", "lin@example.org"), at=at)

    def test_a_refused_try_counts_nowhere(self, at):
        for _ in range(5):
            throttle.admit(LIN, at=at)
        for _ in range(3):
            with pytest.raises(throttle.CannotTryNow):
                throttle.admit(LIN, OFFICE, at=at)

        assert not Tries.objects.filter(scope="network", failures__gt=0).exists()

    def test_a_network_may_fail_a_hundred_times(self, at):
        for n in range(100):
            throttle.admit(("password", f"{n}@example.org"), OFFICE, at=at)

        with pytest.raises(throttle.CannotTryNow):
            throttle.admit(("password", "one-more@example.org"), OFFICE, at=at)

    def test_keeps_no_address(self, at):
        throttle.admit(LIN, at=at)

        assert "lin" not in Tries.objects.get().key


@pytest.mark.django_db
class TestSucceed:
    def test_forgets_the_failures_of_an_account(self, at):
        for _ in range(4):
            throttle.admit(LIN, at=at)
        throttle.succeed(LIN, at=at)

        for _ in range(5):
            throttle.admit(LIN, at=at)

    def test_gives_a_network_only_its_own_try_back(self, at):
        for n in range(10):
            throttle.admit(("password", f"{n}@example.org"), OFFICE, at=at)
        throttle.succeed(OFFICE, at=at)

        assert Tries.objects.get(scope="network").failures == 9


@pytest.mark.django_db
def test_counters_are_swept_after_two_days(at):
    throttle.admit(LIN, at=at)

    assert throttle.sweep(at=at + timedelta(days=1)) == 0
    assert throttle.sweep(at=at + timedelta(days=3)) == 1


@pytest.mark.django_db(transaction=True)
def test_must_not_be_counted_where_the_count_could_be_undone(at):
    with pytest.raises(RuntimeError, match="durable"), transaction.atomic():
        throttle.admit(LIN, at=at)


@pytest.mark.django_db(transaction=True)
class TestWorkers:
    def test_together_look_at_five_passwords_and_no_more(self, at):
        script = f"""
            from cityhall.engines.identity import throttle
            at = datetime.fromisoformat("{at.isoformat()}")
            looked_at = 0
            for n in range(10):
                try:
                    throttle.admit(("password", "lin@example.org"), ("network", "203.0.113.0/24"), at=at)
                    looked_at += 1
                except throttle.CannotTryNow:
                    pass
            print(looked_at)
        """

        looked_at = [int(answer) for answer in run_together([script] * 4)]

        assert sum(looked_at) == 5

    def test_each_refuses_one_second_before_and_admits_one_second_after(self, at):
        for _ in range(5):
            for worker in range(3):
                throttle.admit(("password", f"{worker}@example.org"), at=at)
        script = """
            from cityhall.engines.identity import throttle
            at = datetime.fromisoformat("{at}")
            for after in (timedelta(minutes=14, seconds=59), timedelta(minutes=15, seconds=1)):
                try:
                    throttle.admit(("password", "{worker}@example.org"), at=at + after)
                    print("admitted")
                except throttle.CannotTryNow:
                    print("refused")
        """

        answers = run_together([script.format(at=at.isoformat(), worker=worker) for worker in range(3)])

        assert [answer.split() for answer in answers] == [["refused", "admitted"]] * 3
