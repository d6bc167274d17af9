import time
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
    Skipped,
    Stop,
    Unit,
    Why,
    after_pause,
    due,
    due_after,
    in_office_hours,
    levels_reached,
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

    def test_say_which_days_they_skipped_and_why(self):
        found = due(at(date(2017, 3, 16), 9), Limit(2, Unit.WORKING_DAYS), OFFICIAL)

        assert found.counted == (date(2017, 3, 17), date(2017, 3, 20))
        assert found.skipped == (
            Skipped(date(2017, 3, 18), Why.WEEKEND, ""),
            Skipped(date(2017, 3, 19), Why.WEEKEND, ""),
        )

    @pytest.mark.parametrize("unit", Unit)
    def test_what_was_counted_says_from_when_and_how_long(self, unit):
        started, limit = at(date(2017, 3, 16), 9), Limit(2, unit)

        found = due(started, limit, OFFICIAL)

        assert (found.started_at, found.limit) == (started, limit)

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

    @pytest.mark.parametrize(
        ("opens", "closes", "closed"), [(8, (17, 30), True), (9, (17, 30), False), (8, (17, 29), False)]
    )
    def test_closed_for_the_office_hours_is_closed_all_day(self, opens, closes, closed):
        day = date(2016, 9, 27)
        calendar = Calendar(closures=(Stop(at(day, opens), at(day, *closes), "停班"),))

        assert calendar.is_working(day) is not closed

    def test_beyond_the_published_calendar_is_provisional(self):
        assert due(at(date(2027, 12, 30)), Limit(3, Unit.WORKING_DAYS), OFFICIAL).provisional
        assert not due(at(date(2027, 12, 29)), Limit(1, Unit.WORKING_DAYS), OFFICIAL).provisional

    def test_the_calendar_is_known_from_its_first_day_through_its_last(self):
        known = Calendar(first_known=date(2017, 1, 1), last_known=date(2017, 12, 31))

        assert [known.knows(day) for day in (date(2017, 1, 1), date(2017, 12, 31))] == [True, True]
        assert [known.knows(day) for day in (date(2016, 12, 31), date(2018, 1, 1))] == [False, False]
        assert not Calendar(last_known=date(2017, 12, 31)).knows(date(2017, 3, 20))
        assert not Calendar(first_known=date(2017, 1, 1)).knows(date(2017, 3, 20))

    @pytest.mark.parametrize("amount", [0, -1])
    def test_no_limit_is_shorter_than_one(self, amount):
        with pytest.raises(ValueError, match="^a limit is at least 1$"):
            Limit(amount, Unit.WORKING_DAYS)

    def test_a_calendar_without_working_days_is_an_error(self):
        closed = Calendar(closures=(Stop(at(date(2000, 1, 1)), at(date(2100, 1, 1)), "永遠"),))

        with pytest.raises(ValueError, match="^the calendar has no working day for ten years$"):
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

    def test_stand_still_for_the_rest_of_a_closure_that_had_begun(self):
        found = due(at(date(2016, 9, 28), 12), Limit(24, Unit.CLOCK_HOURS), Calendar(closures=(TYPHOON,)))

        assert found.at == at(date(2016, 9, 30))

    def test_are_not_touched_by_a_closure_before_or_after_them(self):
        for started in (at(date(2016, 9, 20)), TYPHOON.ends_at, TYPHOON.starts_at - timedelta(hours=24)):
            found = due(started, Limit(24, Unit.CLOCK_HOURS), Calendar(closures=(TYPHOON,)))

            assert (found.at, found.stops) == (started + timedelta(hours=24), ())

    def test_reach_a_second_closure_because_of_the_first_however_they_are_listed(self):
        second = Stop(at(date(2016, 9, 29), 6), at(date(2016, 9, 29), 18), "豪雨")

        found = due(at(date(2016, 9, 26), 12), Limit(24, Unit.CLOCK_HOURS), Calendar(closures=(second, TYPHOON)))

        assert (found.at, found.stops) == (at(date(2016, 9, 30)), (TYPHOON, second))


class TestCalendarDays:
    def test_count_every_day_and_move_on_from_one_that_is_none(self):
        found = due(at(date(2017, 3, 20)), Limit(5, Unit.CALENDAR_DAYS), OFFICIAL)

        assert found.counted == tuple(date(2017, 3, day) for day in (21, 22, 23, 24, 25))
        assert [(one.day, one.why) for one in found.skipped] == [
            (date(2017, 3, 25), Why.WEEKEND), (date(2017, 3, 26), Why.WEEKEND),
        ]  # fmt: skip

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

    def test_a_pause_of_hours_moves_by_its_length(self):
        pause = (at(date(2017, 3, 22), 9), at(date(2017, 3, 24), 9, 30))

        assert after_pause(at(date(2017, 3, 27), 12), pause, Unit.CLOCK_HOURS, OFFICIAL) == at(
            date(2017, 3, 29), 12, 30
        )

    def test_a_pause_that_ends_before_it_begins_moves_nothing(self):
        pause = (at(date(2017, 3, 24)), at(date(2017, 3, 22)))

        assert after_pause(at(date(2017, 3, 27)), pause, Unit.CLOCK_HOURS, OFFICIAL) == at(date(2017, 3, 27))

    @pytest.mark.parametrize(("unit", "expected"), [(Unit.CALENDAR_DAYS, 24), (Unit.WORKING_DAYS, 22)])
    def test_a_pause_over_a_weekend_covers_two_working_days_or_four_days(self, unit, expected):
        pause = (at(date(2017, 3, 9), 10), at(date(2017, 3, 13), 10))  # Friday to Monday were lost

        assert after_pause(at(date(2017, 3, 20), 17, 30), pause, unit, OFFICIAL) == at(date(2017, 3, expected), 17, 30)

    def test_what_a_pause_gives_back_is_counted_as_the_limit_is(self):
        pause = Paused(at(date(2017, 3, 20), 10), at(date(2017, 3, 22), 10))

        moved = due_after(at(date(2017, 3, 17), 9), Limit(5, Unit.WORKING_DAYS), [pause], OFFICIAL)

        assert day_of(moved) == date(2017, 3, 28)  # Friday the 24th, and two working days

    def test_a_pause_counts_only_days_after_the_question(self):
        pause = (at(date(2017, 3, 24), 10), at(date(2017, 3, 27), 10))

        assert day_of(after_pause(at(date(2017, 3, 28)), pause, Unit.WORKING_DAYS, OFFICIAL)) == date(2017, 3, 29)

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

    def test_begins_with_nothing_and_goes_on_when_it_is_overdue(self):
        started, due_at = at(date(2017, 3, 20)), at(date(2017, 3, 24))

        assert percent_used(started, started, started, []) == 100
        assert percent_used(started, due_at, started, []) == 0
        assert percent_used(started, due_at, due_at, []) == 100
        assert percent_used(started, due_at, at(date(2017, 3, 28)), []) == 200

    def test_is_not_100_before_it_is_due_even_if_only_a_pause_lies_between(self):
        started, due_at = at(date(2017, 3, 20)), at(date(2017, 3, 24))
        pause = (at(date(2017, 3, 23)), due_at)

        assert percent_used(started, due_at, at(date(2017, 3, 23)), [pause]) == 99

    def test_of_a_time_that_is_all_pause_is_nothing_until_it_is_due(self):
        started, due_at = at(date(2017, 3, 20)), at(date(2017, 3, 24))

        found = [percent_used(started, due_at, when, [(started, due_at)]) for when in (at(date(2017, 3, 22)), due_at)]

        assert found == [0, 100]

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

    @pytest.mark.parametrize("zone", ["UTC", "America/New_York", "Asia/Taipei"])
    def test_are_those_of_taipei_wherever_the_machine_stands(self, monkeypatch, zone):
        with monkeypatch.context() as changed:
            changed.setenv("TZ", zone)
            time.tzset()
            found = [in_office_hours(datetime(2017, 3, 20, hour, tzinfo=UTC), OFFICIAL) for hour in (0, 9, 12)]
        time.tzset()

        assert found == [True, True, False]


class TestWarnings:
    @pytest.mark.parametrize(("percent", "reached"), [(49, []), (50, [50]), (99, [50, 80]), (100, [50, 80, 100])])
    def test_are_reached_one_after_the_other_however_they_are_listed(self, percent, reached):
        assert levels_reached(percent, (100, 50, 80)) == reached


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
        assert not may_have_passed(started, due_at, at(date(2017, 3, 24), 23, 59), 50)
