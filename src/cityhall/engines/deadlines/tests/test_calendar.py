import csv
from datetime import date, timedelta

import holidays
import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from cityhall.engines.deadlines.models import CalendarDay, Change, Clock, State
from cityhall.engines.deadlines.queries import calendar, explain, percent, running
from cityhall.engines.deadlines.registry import listeners, on_level
from cityhall.engines.deadlines.rules import Limit, Unit
from cityhall.engines.deadlines.services import (
    CannotChangeClock,
    apply_closure,
    cancel,
    extend,
    import_calendar,
    meet,
    pause,
    preview_closure,
    promise_earlier,
    published_exceptions,
    resume,
    seed_calendar,
    set_day,
    start,
    supersede,
    sweep,
    withdraw_closure,
)
from cityhall.engines.identity.models import Account
from cityhall.foundation.clock import at, day_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def official():
    seed_calendar()


@pytest.fixture
def subject():
    return Account.objects.create(email="record@example.org")


def start_clock(subject, *, amount=5, unit=Unit.WORKING_DAYS, day=date(2017, 3, 20), hour=9, stage="final"):
    return start(
        subject, stage=stage, limit=Limit(amount, unit), policy_version="test@1", because="依案件類別的指定期限",
        at=at(day, hour),
    )  # fmt: skip


class TestPublishedExceptions:
    def test_are_the_shared_official_calendar(self, shared_data):
        with (shared_data / "calendar" / "tw-workday-exceptions.csv").open(encoding="utf-8") as file:
            official = {(row["date"], row["kind"]) for row in csv.DictReader(file)}

        assert {(row.day.isoformat(), str(row.kind)) for row in published_exceptions()} == official

    def test_agree_with_the_library_on_every_day(self, official):
        ours, theirs = calendar(), holidays.country_holidays("TW", years=range(2016, 2028))

        days = (date(2016, 1, 1) + timedelta(days=n) for n in range(12 * 365))

        assert all(ours.is_working(day) == theirs.is_working_day(day) for day in days)


class TestSeedCalendar:
    def test_leaves_what_a_city_changed(self, official):
        set_day(day=date(2017, 2, 27), kind=None, name="", source="", by=None, at=at(date(2017, 1, 1)))
        CalendarDay.objects.create(day=date(2017, 2, 27), kind="off", name="市定", source="本市")

        assert seed_calendar() == 0
        assert CalendarDay.objects.get(day=date(2017, 2, 27)).name == "市定"


class TestStart:
    def test_is_due_by_the_calendar(self, official, subject):
        assert day_of(start_clock(subject).due_at) == date(2017, 3, 27)

    def test_allows_one_live_clock_a_stage(self, official, subject):
        start_clock(subject)
        with pytest.raises(IntegrityError), transaction.atomic():
            start_clock(subject)


class TestPause:
    def test_moves_the_due_day_by_what_stood_still(self, official, subject):
        clock = pause(start_clock(subject), why="等待民眾補正", by=None, at=at(date(2017, 3, 22), 10))

        clock = resume(clock, at=at(date(2017, 3, 24), 10))

        assert (clock.state, day_of(clock.due_at)) == (State.RUNNING, date(2017, 3, 29))

    def test_twice_is_refused(self, official, subject):
        clock = pause(start_clock(subject), why="x", by=None, at=at(date(2017, 3, 22)))

        with pytest.raises(CannotChangeClock):
            pause(clock, why="x", by=None, at=at(date(2017, 3, 22)))

    def test_a_paused_clock_uses_no_time(self, official, subject):
        clock = pause(start_clock(subject), why="x", by=None, at=at(date(2017, 3, 21), 9))
        before = percent(clock, at(date(2017, 3, 21), 9))

        assert percent(clock, at(date(2017, 5, 1))) == before

    def test_paused_then_met_counts_the_pause(self, official, subject):
        clock = pause(start_clock(subject), why="x", by=None, at=at(date(2017, 3, 27), 9))

        assert meet(clock, at=at(date(2017, 3, 28), 9)).state == State.MET


class TestMeet:
    def test_after_the_limit_is_late_for_ever(self, official, subject):
        clock = meet(start_clock(subject), at=at(date(2017, 3, 27), 17, 31))

        assert clock.state == State.MET_LATE
        with pytest.raises(CannotChangeClock):
            meet(clock, at=at(date(2017, 3, 27)))


class TestExtend:
    def test_counts_from_the_due_day_and_survives_a_later_pause(self, official, subject):
        clock = extend(
            start_clock(subject),
            limit=Limit(2, Unit.WORKING_DAYS),
            reason="待料",
            approved_by=None,
            at=at(date(2017, 3, 22)),
        )
        assert day_of(clock.due_at) == date(2017, 3, 29)

        clock = resume(pause(clock, why="x", by=None, at=at(date(2017, 3, 23))), at=at(date(2017, 3, 24)))

        assert day_of(clock.due_at) == date(2017, 3, 30)

    def test_is_refused_after_the_limit(self, official, subject):
        with pytest.raises(CannotChangeClock, match="逾期"):
            extend(
                start_clock(subject),
                limit=Limit(2, Unit.WORKING_DAYS),
                reason="x",
                approved_by=None,
                at=at(date(2017, 4, 1)),
            )


class TestPromiseEarlier:
    def test_never_moves_the_limit_later(self, official, subject):
        clock = promise_earlier(start_clock(subject), due_on=date(2017, 3, 24), by=None, at=at(date(2017, 3, 21)))
        assert day_of(clock.due_at) == date(2017, 3, 24)

        assert day_of(
            promise_earlier(clock, due_on=date(2017, 12, 31), by=None, at=at(date(2017, 3, 21))).due_at
        ) <= date(2017, 3, 27)


class TestSupersede:
    def test_starts_anew_from_the_original_start_and_keeps_pauses(self, official, subject):
        clock = resume(
            pause(start_clock(subject), why="x", by=None, at=at(date(2017, 3, 21))), at=at(date(2017, 3, 22))
        )

        newer = supersede(
            clock, limit=Limit(7, Unit.WORKING_DAYS), because="改類別", policy_version="b@1", at=at(date(2017, 3, 23))
        )

        clock.refresh_from_db()
        assert (clock.state, clock.superseded_by) == (State.SUPERSEDED, newer)
        assert (newer.started_at, day_of(newer.due_at)) == (clock.started_at, date(2017, 3, 30))
        assert running(subject, "final") == newer


class TestCancel:
    def test_ends_without_having_been_met(self, official, subject):
        clock = cancel(start_clock(subject), why="撤案", at=at(date(2017, 3, 21)))

        assert (clock.state, running(subject, "final")) == (State.CANCELLED, None)


class TestClosure:
    def test_is_previewed_then_applied_with_events_then_withdrawn(self, official, subject):
        touched, untouched = start_clock(subject), start_clock(subject, stage="early", amount=1)
        storm = {
            "starts_at": at(date(2017, 3, 23)),
            "ends_at": at(date(2017, 3, 24)),
            "name": "颱風",
            "stops_clock": True,
        }

        preview = preview_closure(**storm)
        assert [(change.clock, day_of(change.after)) for change in preview] == [(touched, date(2017, 3, 28))]
        touched.refresh_from_db()
        assert day_of(touched.due_at) == date(2017, 3, 27)

        closure = apply_closure(**storm, source="市府公告", by=None, at=at(date(2017, 3, 22), 20))
        touched.refresh_from_db()
        untouched.refresh_from_db()
        assert (day_of(touched.due_at), day_of(untouched.due_at)) == (date(2017, 3, 28), date(2017, 3, 21))
        assert Change.objects.filter(kind=Change.Kind.CLOSURE, clock=touched, closure=closure).count() == 1
        assert any("颱風" in line for line in explain(touched).lines)

        withdraw_closure(closure, by=None, at=at(date(2017, 3, 22), 21))
        touched.refresh_from_db()
        assert day_of(touched.due_at) == date(2017, 3, 27)

    def test_stops_clock_hours_only_when_it_says_so(self, official, subject):
        clock = start_clock(subject, amount=24, unit=Unit.CLOCK_HOURS, day=date(2017, 3, 22))
        flood = {"starts_at": at(date(2017, 3, 23)), "ends_at": at(date(2017, 3, 24)), "name": "豪雨"}

        assert preview_closure(**flood, stops_clock=False) == []
        assert [day_of(change.after) for change in preview_closure(**flood, stops_clock=True)] == [date(2017, 3, 24)]
        assert clock.state == State.RUNNING

    def test_entered_when_it_is_over_judges_anew_what_was_done_the_day_after(self, official, subject):
        clock = meet(start_clock(subject, amount=3), at=at(date(2017, 3, 24), 10))  # due on the 23rd, a storm
        assert clock.state == State.MET_LATE
        storm = {
            "starts_at": at(date(2017, 3, 23)), "ends_at": at(date(2017, 3, 24)), "name": "颱風", "stops_clock": True,
        }  # fmt: skip
        assert [change.judged_anew for change in preview_closure(**storm)] == [True]

        closure = apply_closure(**storm, source="市府公告", by=None, at=at(date(2017, 3, 27)))
        clock.refresh_from_db()
        assert (clock.state, day_of(clock.due_at)) == (State.MET, date(2017, 3, 24))

        withdraw_closure(closure, by=None, at=at(date(2017, 3, 28)))
        clock.refresh_from_db()
        assert (clock.state, day_of(clock.due_at)) == (State.MET_LATE, date(2017, 3, 23))

    def test_leaves_alone_what_was_done_before_it(self, official, subject):
        clock = meet(start_clock(subject), at=at(date(2017, 3, 22), 10))

        apply_closure(
            starts_at=at(date(2017, 3, 23)), ends_at=at(date(2017, 3, 24)), name="颱風", source="x", stops_clock=True,
            by=None, at=at(date(2017, 3, 23)),
        )  # fmt: skip

        clock.refresh_from_db()
        assert (clock.state, day_of(clock.due_at)) == (State.MET, date(2017, 3, 27))

    def test_of_more_than_fifteen_days_is_refused(self, official):
        with pytest.raises(CannotChangeClock):
            apply_closure(
                starts_at=at(date(2017, 3, 1)), ends_at=at(date(2017, 4, 1)), name="x", source="x", stops_clock=True,
                by=None, at=at(date(2017, 3, 1)),
            )  # fmt: skip


class TestSetDay:
    def test_moves_the_clocks_it_touches(self, official, subject):
        clock = start_clock(subject)

        set_day(day=date(2017, 3, 24), kind="off", name="市定假日", source="本市", by=None, at=at(date(2017, 3, 21)))

        clock.refresh_from_db()
        assert day_of(clock.due_at) == date(2017, 3, 28)

    def test_refuses_a_weekday_as_make_up_day(self, official):
        with pytest.raises(CannotChangeClock, match="週末"):
            set_day(day=date(2017, 3, 24), kind="work", name="", source="", by=None, at=at(date(2017, 3, 21)))


class TestImportCalendar:
    def test_takes_all_rows_or_none(self, official):
        before = CalendarDay.objects.count()

        with pytest.raises(CannotChangeClock, match="第 3 行"):
            import_calendar(
                "date,kind,name_zh,source\n2030-01-01,off,元旦,x\n2030-13-01,off,x,x\n",
                by=None,
                at=at(date(2026, 1, 1)),
            )
        assert CalendarDay.objects.count() == before


class TestSweep:
    @pytest.fixture(autouse=True)
    def heard(self):
        found = []
        listener = on_level(lambda clock, level, at: found.append((clock.pk, level)))
        yield found
        listeners.remove(listener)

    def test_tells_each_level_once(self, official, subject, heard):
        clock = start_clock(subject, amount=10)  # 2017-03-20 09:00 to 2017-04-05

        for hour in (9, 10, 11):
            sweep(at(date(2017, 3, 29), hour))
        sweep(at(date(2017, 4, 6), 9))
        sweep(at(date(2017, 4, 6), 10))

        assert heard == [(clock.pk, 50), (clock.pk, 100)]

    def test_is_silent_outside_office_hours(self, official, subject, heard):
        start_clock(subject, amount=1)

        sweep(at(date(2017, 3, 25), 10))

        assert heard == []

    def test_asks_as_many_questions_for_many_clocks_as_for_few(self, official, django_assert_num_queries):
        for n in range(30):
            start_clock(Account.objects.create(email=f"r{n}@example.org"), amount=10)

        with django_assert_num_queries(2):
            sweep(at(date(2017, 3, 20), 10))

    def test_reads_only_those_that_may_have_news(self, official, django_assert_num_queries):
        for n in range(30):
            start_clock(Account.objects.create(email=f"r{n}@example.org"), amount=10 if n else 1)

        with CaptureQueriesContext(connection) as asked:
            assert sweep(at(date(2017, 3, 21), 10)) == 1

        read = [one["sql"] for one in asked if "IN (" in one["sql"] and "deadlines_clock" in one["sql"]]
        assert len(read) == 2  # that one clock, and its pauses

    def test_tells_the_others_where_one_cannot_be_told(self, official, subject, heard):
        broken = start_clock(Account.objects.create(email="broken@example.org"), amount=1)
        start_clock(subject, amount=1)

        def fail(clock, level, at):
            if clock.pk == broken.pk:
                raise ValueError("no")

        on_level(fail)
        try:
            with pytest.raises(ValueError, match="no"):
                sweep(at(date(2017, 3, 22), 9))
        finally:
            listeners.remove(fail)

        levels = dict(Clock.objects.values_list("subject_id", "level"))
        assert (levels[subject.pk], levels[broken.subject_id]) == (100, 0)

        sweep(at(date(2017, 3, 22), 10))
        assert Clock.objects.get(pk=broken.pk).level == 100

    def test_stops_at_the_limit_and_goes_on_next_time(self, official, heard):
        for n in range(7):
            start_clock(Account.objects.create(email=f"r{n}@example.org"), amount=1)

        told = [sweep(at(date(2017, 3, 22), hour), limit=6) for hour in (9, 10, 11, 12)]

        assert sum(told) == 21
        assert len(heard) == 7


class TestExplain:
    def test_says_what_is_counted_and_what_is_not(self, official, subject):
        clock = start_clock(subject, amount=3, day=date(2017, 1, 25))

        lines = "".join(explain(clock, language="zh-hant").lines)

        assert "3 個工作天" in lines
        assert "106年2月3日" in lines
        assert "不計：週末" in lines

    def test_speaks_english(self, official, subject):
        assert "working days" in "".join(explain(start_clock(subject), language="en").lines)
        assert Clock.objects.count() == 1
