"""From listing to release: what each act leaves behind, and what it refuses."""

from datetime import date, timedelta

import pytest
from tests.support.at_once import at_once

from cityhall.engines.audit.models import Entry
from cityhall.engines.deadlines.models import Clock, State
from cityhall.engines.directory.registry import Move
from cityhall.engines.letters.models import Letter
from cityhall.engines.numbers.models import Counter
from cityhall.engines.rules.models import ParameterValue
from cityhall.engines.tracking import finding, registry, services, succession
from cityhall.engines.tracking.models import Item, Reply
from cityhall.engines.tracking.refusals import CannotDecide, CannotList, CannotReply, CannotReview
from cityhall.engines.tracking.rules import Review
from cityhall.engines.tracking.services import ToList
from cityhall.engines.tracking.states import Asking, Decided, Part, ReplyState, Stage, Verdict
from cityhall.engines.worklist import digest
from cityhall.engines.worklist.models import Todo
from cityhall.foundation.clock import at as instant
from cityhall.foundation.clock import day_of

from .city import BESIDE, NINE, TODAY, accepted, answered, decided, declare, listed, make_city, reviewed

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def kind(monkeypatch):
    """A kind of these tests only."""
    monkeypatch.setattr(registry, "_profiles", {})
    declare()


@pytest.fixture
def city():
    return make_city()


def waiting(kind):
    return [(todo.reference, todo.agency.code, day_of(todo.due_at) if todo.due_at else None)
            for todo in Todo.objects.open().filter(kind=kind).order_by("pk")]  # fmt: skip


class TestListing:
    def test_numbers_an_item_and_asks_every_agency_with_its_own_clock(self, city):
        item = listed(city, co=[(city.police, "交通維持")], source=city.rdec)

        assert (item.number, item.listed_on, item.stage, item.decided) == ("X115-0001", TODAY, Stage.ASKED, "")
        assert item.source == city.rdec
        assert [(d.part, d.agency, d.words) for d in item.duties.order_by("pk")] == [
            (Part.LEAD, city.works, ""), (Part.CO, city.police, "交通維持"),
        ]  # fmt: skip
        seven_days = date(2026, 11, 23)
        assert [(r.asking, r.due_on) for r in item.replies.all()] == [(Asking.FIRST, seven_days)] * 2
        assert waiting("tracking.answer") == [("X115-0001", "works", seven_days), ("X115-0001", "police", seven_days)]
        assert Entry.objects.filter(event="tracking.listed", subject_id=str(item.pk)).count() == 1

    def test_takes_a_day_that_was_set_and_else_that_days_parameter(self, city):
        ParameterValue.objects.create(key="tracking.reply_days", value=14, valid_from=TODAY, source="測試", set_at=NINE)

        assert listed(city, due_on=date(2026, 12, 31)).replies.get().due_on == date(2026, 12, 31)
        assert listed(city).replies.get().due_on == date(2026, 11, 30)
        assert listed(city, listed_on=date(2026, 11, 13)).replies.get().due_on == date(2026, 11, 20)

    @pytest.mark.parametrize(
        "wrong",
        [
            {"title": "  "},
            {"listed_on": TODAY + timedelta(days=1)},
            {"due_on": TODAY},
        ],
    )
    def test_refuses_what_cannot_be_and_gives_no_number_away(self, city, wrong):
        with pytest.raises(CannotList):
            listed(city, **wrong)

        assert listed(city).number == "X115-0001"

    def test_refuses_an_agency_twice_or_one_that_is_closed(self, city):
        with pytest.raises(CannotList):
            listed(city, co=[city.works])
        city.works.closed_on = TODAY
        city.works.save()
        with pytest.raises(CannotList):
            listed(city)

    def test_of_many_numbers_them_in_order_by_year(self, city, django_assert_max_num_queries):
        days = [date(2025, 12, 31), TODAY, date(2025, 12, 30), TODAY]
        rows = [ToList(title=f"第{n}案", lead=city.works, listed_on=day) for n, day in enumerate(days)]

        with django_assert_max_num_queries(60):
            items = services.list_items(rows, profile="test", by=None, at=NINE)

        assert [one.number for one in items] == ["X114-0001", "X115-0001", "X114-0002", "X115-0002"]
        assert {(c.period.year, c.last) for c in Counter.objects.all()} == {(2025, 2), (2026, 2)}
        assert len(waiting("tracking.answer")) == 4

    def test_is_found_by_the_search_box_of_who_may_read_it(self, city):
        item = listed(city, text="光復路")

        assert [hit.title for hit in finding.items(city.coordinator.account, "光復", NINE, 5)] == [item.title]
        assert finding.items(city.commission.account, item.number, NINE, 5)[0].exact
        assert finding.items(city.police_coordinator.account, "光復", NINE, 5) == []

    def test_is_due_later_when_the_calendar_says_so(self, city):
        reply = listed(city).replies.get()
        clock = Clock.objects.get(subject_id=reply.pk)
        clock.due_at += timedelta(days=1)
        clock.save()

        services.moved(clock, clock.due_at, NINE)

        reply.refresh_from_db()
        assert reply.due_on == date(2026, 11, 24)
        assert waiting("tracking.answer") == [("X115-0001", "works", date(2026, 11, 24))]


class TestAnswer:
    def test_meets_the_clock_by_the_day_of_the_letter(self, city):
        reply = listed(city).replies.get()
        late = instant(date(2026, 11, 25), 10)

        reply = answered(reply, city, at=late, letter_on=date(2026, 11, 20))

        assert not reply.is_late
        assert Clock.objects.get(subject_id=reply.pk).state == State.MET
        assert waiting("tracking.answer") == []
        assert waiting("tracking.review") == [("X115-0001", "rdec", None)]
        assert Item.objects.get().stage == Stage.IN_REVIEW
        assert Entry.objects.filter(event="tracking.replied").count() == 1

    def test_with_a_later_letter_is_late(self, city):
        reply = answered(listed(city).replies.get(), city, at=instant(date(2026, 11, 25), 10))

        assert reply.is_late
        assert Clock.objects.get(subject_id=reply.pk).state == State.MET_LATE

    @pytest.mark.parametrize(
        "wrong",
        [
            {"text": ""},
            {"letter_number": ""},
            {"letter_on": None},
            {"letter_on": TODAY + timedelta(days=1)},
            {"letter_on": TODAY - timedelta(days=1)},
        ],
    )
    def test_refuses_what_is_missing_or_cannot_be(self, city, wrong):
        reply = listed(city).replies.get()

        with pytest.raises(CannotReply):
            answered(reply, city, **wrong)

    def test_is_given_once(self, city):
        reply = answered(listed(city).replies.get(), city)

        with pytest.raises(CannotReply):
            answered(reply, city)


class TestReview:
    def test_accepts_and_then_somebody_has_to_decide(self, city):
        item = accepted(listed(city), city)

        assert item.stage == Stage.TO_DECIDE
        assert waiting("tracking.review") == []
        assert waiting("tracking.decide") == [("X115-0001", "rdec", None)]

    def test_returns_a_poor_reply_and_asks_anew_with_a_clock_of_its_own(self, city):
        item = listed(city)
        late = instant(date(2026, 11, 20), 9)

        reviewed(answered(item.replies.get(), city), city, BESIDE, at=late, remark="沒有說明何時修補")

        first, again = item.replies.all()
        item.refresh_from_db()
        assert (first.state, first.returned, first.remark) == (ReplyState.POOR, True, "沒有說明何時修補")
        assert (again.asking, again.state, again.due_on) == (Asking.AGAIN, ReplyState.ASKED, date(2026, 11, 27))
        assert item.stage == Stage.ASKED
        assert item.awaits_better_reply()
        assert waiting("tracking.answer") == [("X115-0001", "works", date(2026, 11, 27))]

    def test_refuses_to_return_without_a_reason_or_to_review_twice(self, city):
        reply = answered(listed(city).replies.get(), city)

        with pytest.raises(CannotReview):
            reviewed(reply, city, BESIDE)
        with pytest.raises(CannotReview):
            reviewed(reply, city, Review(answers=True, complete=True, promise="DATED"))
        reviewed(reply, city)
        with pytest.raises(CannotReview):
            reviewed(reply, city)

    def test_keeps_the_day_that_was_promised(self, city):
        reply = answered(listed(city).replies.get(), city)

        reviewed(reply, city, Review(answers=True, complete=True, promise="DATED"), promised_on=date(2026, 12, 31))

        assert Reply.objects.get().promised_on == date(2026, 12, 31)


class TestVerdict:
    def test_releases_and_keeps_what_the_rule_said(self, city):
        item = accepted(listed(city), city)

        ruling = decided(item, city, Verdict.RELEASED, grounds=["done"])

        item.refresh_from_db()
        assert (item.stage, item.decided, item.decided_on) == (Stage.SETTLED, Decided.RELEASED, TODAY)
        assert (ruling.proposed, ruling.grounds) == (Verdict.RELEASED, ["done"])
        assert waiting("tracking.decide") == []
        assert Entry.objects.filter(event="tracking.ruled").count() == 1

    def test_waits_for_every_agency(self, city):
        item = listed(city, co=[city.police])
        lead, co = item.replies.all()
        reviewed(answered(lead, city), city)

        with pytest.raises(CannotDecide):
            decided(item, city, Verdict.RELEASED)
        reviewed(answered(co, city), city, BESIDE, remark="答非所問")
        with pytest.raises(CannotDecide):
            decided(item, city, Verdict.RELEASED)

    @pytest.mark.parametrize("wrong", [{"reason": " "}, {"on": TODAY + timedelta(days=1)}, {"on": date(2026, 1, 1)}])
    def test_needs_a_reason_and_a_day_that_can_be(self, city, wrong):
        item = accepted(listed(city), city)

        with pytest.raises(CannotDecide):
            decided(item, city, Verdict.RELEASED, **wrong)

    def test_never_lies_before_the_last_one(self, city):
        item = accepted(listed(city, listed_on=date(2026, 11, 2)), city)
        decided(item, city, Verdict.SELF_TRACKED)

        with pytest.raises(CannotDecide):
            decided(item, city, Verdict.RELEASED, on=date(2026, 11, 10))

    def test_of_tracking_on_asks_for_a_report_each_quarter(self, city):
        item = accepted(listed(city), city)
        decided(item, city, Verdict.TRACKED)
        item.refresh_from_db()
        day = date(2027, 2, 16)
        assert item.report_on == day

        assert services.ask_for_reports(instant(day - timedelta(days=1), 6)) == 0
        assert services.ask_for_reports(instant(day, 6)) == 1
        assert services.ask_for_reports(instant(day, 6)) == 0

        item.refresh_from_db()
        report = item.replies.get(asking=Asking.REPORT)
        assert (item.stage, item.decided, item.report_on) == (Stage.ASKED, Decided.TRACKED, date(2027, 5, 16))
        assert report.due_on == date(2027, 2, 23)
        accepted(item, city, at=instant(day, 10))
        item.refresh_from_db()
        assert item.stage == Stage.TO_DECIDE
        decided(item, city, Verdict.RELEASED, at=instant(day, 11))
        item.refresh_from_db()
        assert (item.stage, item.report_on) == (Stage.SETTLED, None)


class TestReopening:
    def test_asks_the_agencies_anew(self, city):
        item = accepted(listed(city), city)
        decided(item, city, Verdict.RELEASED)

        services.reopen(item, reason="議員反映尚未完成", by=city.commission.account, at=NINE)

        item.refresh_from_db()
        assert (item.stage, item.decided) == (Stage.ASKED, Decided.REOPENED)
        assert item.replies.get(state=ReplyState.ASKED).asking == Asking.REOPENED
        with pytest.raises(CannotDecide):
            services.reopen(item, reason="再一次", by=city.commission.account, at=NINE)


class TestDuties:
    def test_another_lead_takes_over_and_the_one_before_is_asked_no_more(self, city):
        item = listed(city)

        services.add_duty(item, part=Part.LEAD, agency=city.police, by=city.commission.account, at=NINE)

        assert [(d.agency, d.ended_on) for d in item.duties.order_by("pk")] == [
            (city.works, TODAY),
            (city.police, None),
        ]
        assert [r.state for r in item.replies.all()] == [ReplyState.WITHDRAWN, ReplyState.ASKED]
        assert [agency for _n, agency, _due in waiting("tracking.answer")] == ["police"]

    def test_a_co_agency_ends_but_not_the_lead(self, city):
        item = listed(city, co=[city.police])
        lead, co = item.duties.order_by("pk")

        services.end_duty(co, why="與警察局無關", by=None, at=NINE)

        assert [agency for _n, agency, _due in waiting("tracking.answer")] == ["works"]
        with pytest.raises(CannotList):
            services.end_duty(lead, why="無關", by=None, at=NINE)
        with pytest.raises(CannotList):
            services.end_duty(co, why="無關", by=None, at=NINE)


class TestPast:
    def test_can_be_asked_day_by_day(self, city):
        item = listed(city, listed_on=date(2026, 11, 2), at=instant(date(2026, 11, 2), 9))
        reply = answered(item.replies.get(), city, at=instant(date(2026, 11, 5), 9))
        reviewed(reply, city, at=instant(date(2026, 11, 6), 9))
        decided(item, city, Verdict.RELEASED, at=instant(date(2026, 11, 9), 9))
        services.reopen(item, reason="尚未完成", by=None, at=instant(date(2026, 11, 12), 9))

        def then(day):
            row = Item.objects.as_of(date(2026, 11, day)).first()
            return (row.stage_then, row.decided_then) if row else None

        assert then(1) is None
        assert then(4) == (Stage.ASKED, "")
        assert then(5) == (Stage.IN_REVIEW, "")
        assert then(8) == (Stage.TO_DECIDE, "")
        assert then(9) == (Stage.SETTLED, Decided.RELEASED)
        assert then(12) == (Stage.ASKED, Decided.REOPENED)
        assert Item.objects.with_verdict(Verdict.RELEASED, as_of=date(2026, 11, 11)).count() == 1
        assert Item.objects.with_verdict(Verdict.RELEASED, as_of=date(2026, 11, 12)).count() == 0
        assert Item.objects.without_verdict(as_of=date(2026, 11, 12)).count() == 1


class TestSuccession:
    def test_gives_open_parts_and_what_is_asked_to_the_successor(self, city):
        lead, both = listed(city), listed(city, co=[city.police])
        move = Move(None, city.works, city.police, {}, None, NINE)

        assert succession.move_duties(move, 10) == 2

        assert lead.duties.open().get().agency == city.police
        assert lead.replies.get().duty.agency == city.police
        kept = both.duties.open().get()
        assert (kept.agency, kept.part) == (city.police, Part.LEAD)
        assert both.replies.filter(state="ASKED", duty=kept).count() == 1
        assert succession.move_duties(move, 10) == 0


class TestDailyLetter:
    def test_holds_every_reply_that_is_late_or_due_soon(self, city):
        listed(city, listed_on=date(2026, 11, 2))
        listed(city, listed_on=date(2026, 11, 10))
        listed(city)

        digest.send_all(NINE)
        digest.send_all(NINE)

        letter = Letter.objects.get(account_id=city.coordinator.account_id)
        assert letter.template == "worklist.digest"
        assert "逾期1件" in letter.subject
        assert "X115-0002" in letter.text
        assert "X115-0003" not in letter.text


@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    def test_numbers_have_no_gap_and_no_double(self, city):
        results = at_once([lambda: listed(city) for _ in range(6)])

        assert sorted(one.n for one in results) == [1, 2, 3, 4, 5, 6]

    def test_two_reviewers_leave_one_review(self, city):
        reply = answered(listed(city).replies.get(), city)

        results = at_once([lambda: reviewed(reply, city), lambda: reviewed(reply, city, BESIDE, remark="答非所問")])

        assert sum(isinstance(one, CannotReview) for one in results) == 1
        assert Entry.objects.filter(event="tracking.reviewed").count() == 1
