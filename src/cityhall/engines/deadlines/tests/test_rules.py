from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from cityhall.engines.deadlines.rules import (
    Calendar,
    Extended,
    Limit,
    Paused,
    Promised,
    Stop,
    Unit,
    Why,
    after_pause,
    due,
    due_after,
    in_office_hours,
    may_have_passed,
    percent_used,
)
from cityhall.engines.deadlines.services import published_exceptions
from cityhall.foundation.clock import at, day_of

OFFICIAL = Calendar(
    off={row.day: row.name for row in published_exceptions() if row.kind == "off"},
    work={row.day: row.name for row in published_exceptions() if row.kind == "work"},
    first_known=date(2010, 1, 1),
    last_known=date(2027, 12, 31),
)
INSTANTS = st.datetimes(datetime(2011, 1, 1), datetime(2026, 6, 1), timezones=st.just(UTC))
TYPHOON = Stop(at(date(2016, 9, 27)), at(date(2016, 9, 29)), "梅姬颱風")


def working_days(received: str, amount: int) -> str:
    return day_of(due(at(date.fromisoformat(received), 10), Limit(amount, Unit.WORKING_DAYS), OFFICIAL).at).isoformat()


class TestWorkingDays:
    # Research note 04 §4: received -> 1 / 3 / 6 working days.
    @pytest.mark.parametrize(
        ("received", "one", "three", "six"),
        [
            ("2016-06-03", "2016-06-04", "2016-06-07", "2016-06-14"),
            ("2016-09-09", "2016-09-10", "2016-09-13", "2016-09-20"),
            ("2017-01-25", "2017-01-26", "2017-02-03", "2017-02-08"),
            ("2017-02-17", "2017-02-18", "2017-02-21", "2017-02-24"),
            ("2017-06-02", "2017-06-03", "2017-06-06", "2017-06-09"),
            ("2017-09-29", "2017-09-30", "2017-10-03", "2017-10-11"),
            ("2018-03-30", "2018-03-31", "2018-04-03", "2018-04-11"),
            ("2023-09-22", "2023-09-23", "2023-09-26", "2023-10-02"),
        ],
    )
    def test_agree_with_the_golden_vectors(self, received, one, three, six):
        assert [working_days(received, n) for n in (1, 3, 6)] == [one, three, six]

    def test_skip_the_lunar_new_year_and_say_so(self):
        found = due(at(date(2017, 1, 26), 9), Limit(1, Unit.WORKING_DAYS), OFFICIAL)

        assert day_of(found.at) == date(2017, 2, 2)
        assert {one.why for one in found.skipped} == {Why.HOLIDAY, Why.WEEKEND}

    def test_cross_month_and_year_end(self):
        assert working_days("2016-12-30", 1) == "2017-01-03"

    def test_the_last_second_of_a_day_belongs_to_it(self):
        late = at(date(2017, 3, 20), 23, 59, 59)

        assert day_of(due(late, Limit(1, Unit.WORKING_DAYS), OFFICIAL).at) == date(2017, 3, 21)
        assert day_of(due(late + timedelta(seconds=1), Limit(1, Unit.WORKING_DAYS), OFFICIAL).at) == date(2017, 3, 22)

    def test_a_typhoon_day_does_not_count(self):
        stormy = Calendar(OFFICIAL.off, OFFICIAL.work, (TYPHOON,), OFFICIAL.first_known, OFFICIAL.last_known)

        found = due(at(date(2016, 9, 26), 9), Limit(1, Unit.WORKING_DAYS), stormy)

        assert day_of(found.at) == date(2016, 9, 29)
        assert [one.name for one in found.skipped] == ["梅姬颱風", "梅姬颱風"]

    def test_half_a_day_closed_still_counts(self):
        afternoon = Stop(at(date(2016, 9, 27), 12), at(date(2016, 9, 28)), "下午停班")
        calendar = Calendar(OFFICIAL.off, OFFICIAL.work, (afternoon,))

        assert day_of(due(at(date(2016, 9, 26), 9), Limit(1, Unit.WORKING_DAYS), calendar).at) == date(2016, 9, 27)

    def test_beyond_the_published_calendar_is_provisional(self):
        assert due(at(date(2027, 12, 30)), Limit(3, Unit.WORKING_DAYS), OFFICIAL).provisional

    def test_a_calendar_without_working_days_is_an_error(self):
        closed = Calendar(closures=(Stop(at(date(2000, 1, 1)), at(date(2100, 1, 1)), "永遠"),))

        with pytest.raises(ValueError, match="ten years"):
            due(at(date(2017, 3, 20)), Limit(1, Unit.WORKING_DAYS), closed)

    @given(INSTANTS, st.integers(1, 60))
    def test_count_exactly_so_many_and_each_is_a_working_day(self, started, amount):
        found = due(started, Limit(amount, Unit.WORKING_DAYS), OFFICIAL)

        assert len(found.counted) == amount
        assert all(OFFICIAL.is_working(day) for day in found.counted)
        between = (day_of(found.at) - day_of(started)).days
        assert between == len(found.counted) + len(found.skipped)

    @given(INSTANTS, st.integers(1, 30))
    def test_never_end_later_when_received_earlier(self, started, amount):
        limit = Limit(amount, Unit.WORKING_DAYS)

        assert due(started - timedelta(hours=30), limit, OFFICIAL).at <= due(started, limit, OFFICIAL).at


class TestClockHours:
    def test_run_through_nights_and_holidays(self):
        started = at(date(2017, 1, 27), 9, 14)

        assert due(started, Limit(24, Unit.CLOCK_HOURS), OFFICIAL).at == at(date(2017, 1, 28), 9, 14)

    def test_stand_still_while_a_closure_stops_the_clock(self):
        calendar = Calendar(closures=(TYPHOON,))

        found = due(at(date(2016, 9, 26), 12), Limit(24, Unit.CLOCK_HOURS), calendar)

        assert found.at == at(date(2016, 9, 29), 12)
        assert found.stops == (TYPHOON,)

    def test_run_on_in_a_closure_that_does_not(self):
        calendar = Calendar(closures=(Stop(TYPHOON.starts_at, TYPHOON.ends_at, "豪雨", stops_clock=False),))

        assert due(at(date(2016, 9, 26), 12), Limit(24, Unit.CLOCK_HOURS), calendar).at == at(date(2016, 9, 27), 12)


class TestCalendarDays:
    def test_end_on_the_next_working_day(self):
        assert day_of(due(at(date(2017, 3, 20)), Limit(5, Unit.CALENDAR_DAYS), OFFICIAL).at) == date(2017, 3, 27)


class TestSteps:
    def test_a_pause_moves_days_by_the_working_days_it_covered(self):
        started, limit = at(date(2017, 3, 20), 9), Limit(5, Unit.WORKING_DAYS)

        moved = due_after(started, limit, [Paused(at(date(2017, 3, 22), 10), at(date(2017, 3, 27), 10))], OFFICIAL)

        # due 03-27; 23, 24 and 27 March were lost
        assert day_of(moved) == date(2017, 3, 30)

    def test_a_pause_within_a_day_moves_no_day(self):
        start = at(date(2017, 3, 27), 17, 30)

        assert (
            after_pause(start, (at(date(2017, 3, 22), 9), at(date(2017, 3, 22), 16)), Unit.WORKING_DAYS, OFFICIAL)
            == start
        )

    def test_an_extension_counts_from_the_due_day(self):
        moved = due_after(
            at(date(2017, 3, 20)), Limit(5, Unit.WORKING_DAYS), [Extended(Limit(2, Unit.WORKING_DAYS))], OFFICIAL
        )

        assert day_of(moved) == date(2017, 3, 29)

    def test_a_promise_is_never_later(self):
        limit = Limit(5, Unit.WORKING_DAYS)
        earlier = due_after(at(date(2017, 3, 20)), limit, [Promised(date(2017, 3, 24))], OFFICIAL)
        later = due_after(at(date(2017, 3, 20)), limit, [Promised(date(2017, 5, 1))], OFFICIAL)

        assert (day_of(earlier), day_of(later)) == (date(2017, 3, 24), date(2017, 3, 27))

    @given(INSTANTS, st.integers(1, 20), st.integers(0, 400), st.integers(0, 400), st.sampled_from(Unit))
    def test_a_pause_never_makes_it_due_earlier(self, started, amount, after, length, unit):
        limit = Limit(amount, unit)
        plain = due(started, limit, OFFICIAL).at
        begins = started + timedelta(hours=after)
        assume(begins < plain)

        paused = due_after(started, limit, [Paused(begins, begins + timedelta(hours=length))], OFFICIAL)

        assert paused >= plain


class TestPercentUsed:
    def test_does_not_count_a_pause(self):
        started, due_at = at(date(2017, 3, 20)), at(date(2017, 3, 24))
        pause = (at(date(2017, 3, 21)), at(date(2017, 3, 23)))

        assert percent_used(started, due_at, at(date(2017, 3, 22)), [pause]) == 50

    @given(INSTANTS, st.integers(1, 1000), st.integers(0, 2000))
    def test_reaches_100_exactly_when_due(self, started, hours, passed):
        due_at, now = started + timedelta(hours=hours), started + timedelta(hours=passed)

        assert (percent_used(started, due_at, now, []) >= 100) == (now >= due_at)


class TestOfficeHours:
    @pytest.mark.parametrize(
        ("moment", "expected"),
        [
            (at(date(2017, 3, 20), 8), True),
            (at(date(2017, 3, 20), 17, 30), False),
            (at(date(2017, 2, 18), 10), True),  # a make-up Saturday
            (at(date(2017, 2, 27), 10), False),  # a bridge day
            (at(date(2017, 3, 19), 10), False),
        ],
    )
    def test_are_those_of_working_days(self, moment, expected):
        assert in_office_hours(moment, OFFICIAL) is expected


class TestMayHavePassed:
    DAYS = st.timedeltas(timedelta(0), timedelta(days=40))

    @given(
        INSTANTS,
        st.timedeltas(timedelta(minutes=1), timedelta(days=60)),
        DAYS,
        DAYS,
        DAYS,
        st.sampled_from([50, 80, 100]),
    )
    def test_never_says_no_where_the_level_is_reached(self, started, term, before, stood, after, level):
        """Whoever looks at those it names misses none, whatever pauses lie behind."""
        pause = (started + before, started + before + stood)
        due_at, now = started + term + stood, pause[1] + after

        if percent_used(started, due_at, now, [pause]) >= level:
            assert may_have_passed(started, due_at, now, level)

    def test_leaves_out_what_is_far_from_its_level(self):
        started, due_at = at(date(2017, 3, 20)), at(date(2017, 3, 30))

        assert [may_have_passed(started, due_at, at(date(2017, 3, day)), 50) for day in (24, 25)] == [False, True]
