"""When work is tried again, and when recurring work is due, also on the nights when clocks change."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from cityhall.engines.outbox.rules import FOUR_HOURS, next_attempt, next_beat, next_daily

NOON = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
LONDON, TAIPEI = ZoneInfo("Europe/London"), ZoneInfo("Asia/Taipei")
INSTANTS = st.datetimes(datetime(2000, 1, 1), datetime(2050, 1, 1)).map(lambda naive: naive.replace(tzinfo=UTC))


class TestNextAttempt:
    def test_follows_the_schedule_and_ends(self):
        assert next_attempt(NOON, 1, (10, 300)) == NOON + timedelta(seconds=10)
        assert next_attempt(NOON, 2, (10, 300)) == NOON + timedelta(seconds=300)
        assert next_attempt(NOON, 3, (10, 300)) is None

    def test_the_usual_schedule_lasts_four_hours(self):
        assert timedelta(seconds=sum(FOUR_HOURS)) > timedelta(hours=4)
        assert max(FOUR_HOURS) == 300


class TestNextBeat:
    def test_falls_on_whole_multiples(self):
        assert next_beat(NOON, timedelta(minutes=5)) == NOON + timedelta(minutes=5)
        assert next_beat(NOON + timedelta(seconds=1), timedelta(minutes=5)) == NOON + timedelta(minutes=5)

    @given(INSTANTS, st.integers(1, 86400))
    def test_is_later_and_at_most_one_interval_away(self, after, seconds):
        beat = next_beat(after, timedelta(seconds=seconds))

        assert after < beat <= after + timedelta(seconds=seconds)


class TestNextDaily:
    def test_is_at_the_wall_clock_of_the_city(self):
        assert next_daily(NOON, time(2, 30), TAIPEI) == datetime(2026, 11, 23, 18, 30, tzinfo=UTC)

    def test_the_hour_that_spring_skips_still_runs(self):
        runs = days_of_runs(datetime(2026, 3, 27, tzinfo=UTC), time(1, 30), LONDON, 5)

        assert runs == [27, 28, 29, 30, 31]

    def test_the_hour_that_comes_twice_in_autumn_runs_once(self):
        runs = days_of_runs(datetime(2026, 10, 23, tzinfo=UTC), time(1, 30), LONDON, 5)

        assert runs == [23, 24, 25, 26, 27]

    @given(INSTANTS, st.times())
    def test_no_run_is_more_than_two_days_away(self, after, at):
        run = next_daily(after, at.replace(tzinfo=None, microsecond=0), LONDON)

        assert after < run <= after + timedelta(hours=26)


def days_of_runs(after, at, zone, count):
    days = []
    for _ in range(count):
        after = next_daily(after, at, zone)
        days.append(after.astimezone(zone).day)
    return days
