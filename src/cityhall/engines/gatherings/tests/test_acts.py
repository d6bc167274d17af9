"""Planning, announcing, holding, minutes and the end: what comes of each act, what it refuses, what the trail keeps."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction

from cityhall.engines.audit.models import Entry
from cityhall.engines.gatherings import calendars, following, forgetting, holding, services
from cityhall.engines.gatherings.models import Gathering, Step
from cityhall.engines.gatherings.refusals import CannotGather
from cityhall.engines.gatherings.rules import Came, Gap
from cityhall.engines.gatherings.states import Part, Presence, State
from cityhall.engines.letters.models import Letter
from cityhall.engines.tracking import services as tracking
from cityhall.engines.tracking.states import Verdict
from cityhall.engines.worklist.models import Todo
from cityhall.foundation.clock import at as instant
from cityhall.foundation.clock import day_of

from .city import MEETS, NOW, TODAY, held, invited, make_city, planned

pytestmark = pytest.mark.django_db


@pytest.fixture
def city():
    return make_city()


def todos(kind):
    return Todo.objects.filter(kind=kind, closed_at=None)


class TestPlanning:
    def test_gives_the_next_number_of_its_year_and_series(self, city):
        first, second = planned(city), planned(city)
        other_year, other_series = planned(city, year=2025), planned(city, series="交通組")

        assert [one.number for one in (first, second, other_year, other_series)] == [1, 2, 1, 1]
        assert first.series_name == "115年第1次一般會議"
        assert Entry.objects.filter(event="gathering.planned").count() == 4

    def test_refuses_a_number_that_is_taken_and_an_end_before_the_start(self, city):
        planned(city, number=3)

        with pytest.raises(CannotGather, match="第3次"):
            planned(city, number=3)
        with pytest.raises(CannotGather, match="晚於"):
            services.plan(
                profile="meeting", title="x", host=city.rdec, year=2026, starts_at=MEETS, ends_at=MEETS, venue="y",
                by=None, at=NOW,
            )  # fmt: skip

    def test_gives_the_number_of_a_cancelled_one_again(self, city):
        one = planned(city)
        services.cancel(one, reason="改併下次", by=city.commission.account, at=NOW)

        assert planned(city).number == 1

    def test_is_held_whole_or_not_in_the_database(self, city):
        one = planned(city)

        with pytest.raises(IntegrityError), transaction.atomic():
            Gathering.objects.filter(pk=one.pk).update(state=State.HELD)


class TestAnnouncing:
    def test_writes_to_everybody_once_and_asks_the_agency(self, city):
        one = invited(city)

        assert one.state == State.INVITED
        assert set(Letter.objects.values_list("address", flat=True)) == {
            "chair@mail.example", city.coordinator.account.email,
        }  # fmt: skip
        assert "主持人：王副市長" in Letter.objects.first().text
        todo = todos(services.ATTEND).get()
        assert (todo.agency, todo.due_at) == (city.works, MEETS)
        with pytest.raises(CannotGather, match="沒有還沒通知"):
            services.invite(one, by=city.commission.account, at=NOW)

    def test_is_too_late_once_it_began(self, city):
        one = planned(city)
        services.put_on_list(one, part=Part.AGENCY, agency=city.works, by=None, at=NOW)

        with pytest.raises(CannotGather, match="已經過了"):
            services.invite(one, by=city.commission.account, at=MEETS)

    def test_of_another_time_needs_a_reason_and_is_told(self, city):
        one = invited(city)
        facts = {"title": one.title, "venue": one.venue, "address": "", "purpose": "", "by": city.commission.account}
        later = {"starts_at": MEETS + timedelta(days=1), "ends_at": MEETS + timedelta(days=1, hours=2), "at": NOW}
        with pytest.raises(CannotGather, match="為什麼改"):
            services.change(one, **facts, **later)

        changed = services.change(one, **facts, **later, reason="主持人行程調整")

        assert changed.version == 1
        assert Letter.objects.filter(subject__startswith="改期").count() == 2

    def test_of_a_cancellation_takes_the_todo_away(self, city):
        one = invited(city)
        with pytest.raises(CannotGather, match="為什麼取消"):
            services.cancel(one, reason=" ", by=city.commission.account, at=NOW)

        services.cancel(one, reason="颱風停班", by=city.commission.account, at=NOW)

        assert Letter.objects.filter(subject__startswith="取消").count() == 2
        assert Step.objects.filter(gathering=one).order_by("-n")[0].reason == "颱風停班"
        assert not todos(services.ATTEND).exists()


class TestList:
    def test_has_one_chair_and_each_agency_once(self, city):
        one = invited(city)
        for more, words in (
            ({"part": Part.CHAIR, "name": "李副市長"}, "已經有主持人"),
            ({"part": Part.HEAD, "agency": city.works}, "已經在名單上"),
            ({"part": Part.GUEST}, "請選機關或人員"),
        ):
            with pytest.raises(CannotGather, match=words):
                services.put_on_list(one, by=None, at=NOW, **more)

    def test_lets_nobody_go_who_was_told(self, city):
        row = invited(city).participants.get(n=2)

        with pytest.raises(CannotGather, match="已經通知"):
            services.take_off_list(row, by=city.commission.account, at=NOW)

    def test_knows_who_comes_in_the_heads_place_and_why(self, city):
        row = invited(city).participants.get(n=2)
        with pytest.raises(CannotGather, match="寫明理由"):
            services.answer(row, name="林處長", deputy="陳副處長", by=city.coordinator.account, at=NOW)

        row = services.answer(row, name="林處長", deputy="陳副處長", reason="出國", by=city.coordinator.account, at=NOW)

        assert (row.deputy, row.reason) == ("陳副處長", "出國")
        assert not todos(services.ATTEND).exists()


class TestHolding:
    def test_counts_who_came_and_asks_for_minutes(self, city):
        one = held(city)

        assert (one.state, one.held_on, one.attendance) == (State.HELD, date(2026, 11, 20), 3)
        assert one.participants.get(n=2).reason == "出國考察"
        assert todos(holding.MINUTES).get().person == city.commission

    def test_refuses_a_list_with_gaps_and_a_day_to_come(self, city):
        one = invited(city)
        with pytest.raises(holding.Incomplete) as gaps:
            holding.hold(
                one, held_on=TODAY, came={1: (Came(Presence.DEPUTY), "他人")}, by=city.commission.account, at=MEETS
            )
        assert gaps.value.gaps == {1: Gap.NO_REASON, 2: Gap.UNKNOWN}
        with pytest.raises(CannotGather, match="還沒到"):
            holding.hold(one, held_on=date(2026, 12, 1), came={}, by=None, at=MEETS)

    def test_of_a_training_takes_a_number_alone_and_ends_without_minutes(self, city):
        one = planned(city, profile="training")

        one = holding.hold(one, held_on=TODAY, came={}, others=58, by=None, at=NOW)

        assert one.attendance == 58
        assert not todos(holding.MINUTES).exists()
        assert holding.close(one, by=city.commission.account, at=NOW).state == State.CLOSED


class TestOutcomes:
    def test_are_tracked_with_owner_and_day_and_carried_over_until_done(self, city):
        one = held(city)
        after = one.starts_at + timedelta(hours=4)
        made = holding.conclude(
            one,
            text="兩週內補齊標線",
            agency=city.works,
            due_on=date(2026, 12, 4),
            by=city.commission.account,
            at=after,
        )
        following_one = planned(city, starts_at=MEETS + timedelta(days=30))

        assert made.item.number.startswith("MD")
        assert made.item.source == one
        assert list(following.carried_over(following_one)) == [made]
        holding.issue_minutes(one, text="略", issued_on=day_of(after), by=None, at=after)
        with pytest.raises(CannotGather, match="還有1項"):
            holding.close(one, by=city.commission.account, at=after)

        release(made.item, city, after)

        assert not following.carried_over(following_one).exists()
        assert holding.close(one, by=city.commission.account, at=after).state == State.CLOSED

    def test_need_words_and_a_day_to_come(self, city):
        one = held(city)
        after = one.starts_at + timedelta(hours=4)
        with pytest.raises(CannotGather, match="內容"):
            holding.conclude(one, text=" ", agency=city.works, due_on=date(2026, 12, 4), by=None, at=after)
        with pytest.raises(CannotGather, match="期限"):
            holding.conclude(one, text="x", agency=city.works, due_on=date(2026, 11, 1), by=None, at=after)
        with pytest.raises(CannotGather, match="不能做這一步"):
            holding.conclude(planned(city), text="x", agency=city.works, due_on=TODAY, by=None, at=NOW)


def release(item, city, at):
    """The agency answers, the commission accepts and releases."""
    reply = item.replies.get()
    tracking.answer(
        reply, text="已補齊。", letter_on=day_of(at), letter_number="府工字第1號", by=city.coordinator.account, at=at
    )
    reply.refresh_from_db()
    good = tracking.Review(answers=True, complete=True, promise="NONE")
    tracking.review(reply, found=good, by=city.commission.account, at=at)
    item.refresh_from_db()
    tracking.record_verdict(item, verdict=Verdict.RELEASED, reason="辦理完成", by=city.commission.account, at=at)


class TestMinutes:
    def test_are_corrected_with_a_reason_and_both_versions_are_kept(self, city):
        one = held(city)
        after, who = one.starts_at + timedelta(days=1), {"by": city.commission.account}
        holding.issue_minutes(one, text="第一版", issued_on=day_of(after), document="府研字第1號", at=after, **who)
        assert not todos(holding.MINUTES).exists()
        with pytest.raises(CannotGather, match="更正"):
            holding.issue_minutes(one, text="第二版", issued_on=day_of(after), at=after, **who)

        holding.issue_minutes(one, text="第二版", issued_on=day_of(after), reason="機關名稱誤植", at=after, **who)

        assert list(one.minutes.order_by("n").values_list("text", flat=True)) == ["第一版", "第二版"]
        one.refresh_from_db()
        assert one.state == State.MINUTED

    def test_are_owed_before_the_end(self, city):
        one = held(city)
        with pytest.raises(CannotGather, match="紀錄還沒有發"):
            holding.close(one, by=city.commission.account, at=one.starts_at + timedelta(days=1))
        with pytest.raises(CannotGather, match="發文日期"):
            holding.issue_minutes(one, text="x", issued_on=date(2026, 11, 1), by=None, at=one.starts_at)


class TestThePast:
    def test_is_as_it_was(self, city):
        one = held(city)
        states = {
            day: list(Gathering.objects.as_of(date(2026, 11, day)).values_list("state_then", flat=True))
            for day in (15, 16, 20)
        }

        assert states == {15: [], 16: ["INVITED"], 20: ["HELD"]}
        assert Gathering.objects.of("meeting").held_within(date(2026, 11, 20), date(2026, 11, 20)).get() == one
        assert not Gathering.objects.of("meeting").held_within(date(2026, 11, 21), None).exists()


class TestCalendar:
    def test_holds_what_somebody_is_invited_to_and_ends_with_its_address(self, city):
        invited(city)
        token = calendars.renew(city.coordinator, by=city.coordinator.account, at=NOW)
        assert "SUMMARY:路平專案檢討會議" in calendars.of(calendars.whose(token), at=instant(TODAY, 10))
        assert "SUMMARY" not in calendars.of(city.stranger, at=instant(TODAY, 10))

        other = calendars.renew(city.coordinator, by=city.coordinator.account, at=NOW)

        assert calendars.whose(token) is None
        assert calendars.whose(other) == city.coordinator
        calendars.end(city.coordinator, by=city.coordinator.account, at=NOW)
        assert calendars.whose(other) is None


class TestForgetting:
    def test_takes_the_names_of_guests_after_their_days_and_leaves_the_counts(self, city):
        one = planned(city)
        by = city.commission.account
        services.put_on_list(one, part=Part.GUEST, name="里民王小明", email="ming@mail.example", by=by, at=NOW)
        services.put_on_list(one, part=Part.CHAIR, name="王副市長", by=by, at=NOW)
        services.put_on_list(one, part=Part.AGENCY, agency=city.works, by=by, at=NOW)
        services.invite(one, by=by, at=NOW)
        after = MEETS + timedelta(hours=3)
        came = {n: (Came(Presence.PRESENT, 2), "") for n in (1, 2, 3)}
        holding.hold(one, held_on=TODAY, came=came, by=by, at=after)
        one.refresh_from_db()
        before = one.attendance

        assert forgetting.forget_guests(after + timedelta(days=1800)) == 0
        assert forgetting.forget_guests(after + timedelta(days=1830)) == 1
        assert forgetting.forget_guests(after + timedelta(days=1831)) == 0

        one.refresh_from_db()
        assert one.attendance == before == 6
        assert list(one.participants.values_list("name", "email", "people")) == [
            ("—", "", 2), ("王副市長", "", 2), ("", "", 2),
        ]  # fmt: skip
        letters = Letter.objects.filter(about_id=str(one.pk))
        assert letters.exists()
        assert not letters.filter(address="ming@mail.example").exists()
        assert '"rows":1' in Entry.objects.get(event="gathering.guests_forgotten").payload.replace(" ", "")
