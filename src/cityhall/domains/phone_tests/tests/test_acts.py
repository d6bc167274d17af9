"""A month is drawn and shared out; calls are scored once, in time, by their own tester; what is missing is refused."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from cityhall.domains.phone_tests import queries, services
from cityhall.domains.phone_tests.models import CallPlan, PhoneTest, ScenarioCard
from cityhall.domains.phone_tests.services import CannotTest
from cityhall.domains.phone_tests.states import CallState, Window
from cityhall.engines.audit.models import Entry
from cityhall.engines.directory.models import Agency
from cityhall.engines.scoring.models import ScoreSheet
from cityhall.engines.scoring.rules import Incomplete, Mark
from cityhall.engines.worklist.models import Todo
from cityhall.foundation.clock import at as instant

from .city import (
    BAD,
    FOUNDED,
    GOOD,
    MONTH,
    NINE,
    TODAY,
    drawn,
    make_city,
    scored,
    set_parameter,
    unanswered,
    waiting,
    when,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def city():
    return make_city()


def events(name):
    return Entry.objects.filter(event=f"phone_test.{name}").count()


class TestTelephones:
    def test_are_those_of_agencies_units_and_outside_bodies(self, city):
        found = {one.line.code: one.line.first_line for one in queries.telephones(TODAY)}

        assert found == {
            "works": False, "works/lights": False, "taoyuan": True, "taoyuan/works": True, "power": False,
        }  # fmt: skip

    def test_leave_out_what_is_closed_or_named_by_the_rulebook(self, city):
        set_parameter("left_out", ["電力公司", "路燈管理科"])
        Agency.objects.filter(code="taoyuan").update(closed_on=TODAY)

        assert [one.line.code for one in queries.telephones(TODAY)] == ["works", "works/accounting"]

    def test_are_first_line_by_the_words_of_the_rulebook(self, city):
        set_parameter("first_line_kinds", ["府外機關"])

        assert [one.line.code for one in queries.telephones(TODAY) if one.line.first_line] == ["power"]


class TestDraw:
    def test_keeps_seed_numbers_and_strata_and_shares_the_calls_out(self, city):
        plan = drawn()

        assert (plan.size, plan.seed, plan.tests.count()) == (10, "test", 10)
        assert [row["calls"] for row in plan.strata] == [5, 5]
        shares = [plan.tests.filter(tester=one).count() for one in (city.tester, city.other_tester)]
        assert shares == [5, 5]
        assert events("drawn") == 1

    def test_puts_a_line_on_each_testers_list(self, city):
        drawn()

        todo = Todo.objects.get(person=city.tester)
        assert todo.title == "115年11月電話測試，還有5／5通"
        assert todo.due_at == instant(date(2026, 12, 1))

    def test_happens_once_a_month(self, city):
        drawn()

        with pytest.raises(CannotTest, match="已經抽過"):
            services.draw(MONTH, by=None, at=FOUNDED)

    def test_is_refused_for_a_month_that_is_over(self, city):
        with pytest.raises(CannotTest, match="過了"):
            services.draw(date(2026, 10, 1), by=None, at=FOUNDED)

    @pytest.mark.parametrize(("gone", "words"), [(ScenarioCard, "情境卡"), (Agency, "通訊錄")])
    def test_needs_cards_and_telephones(self, city, gone, words):
        if gone is Agency:
            Agency.objects.update(phone="")
            city.lights.phone = ""
            city.lights.save()
        else:
            ScenarioCard.objects.update(valid_until=MONTH)

        with pytest.raises(CannotTest, match=words):
            services.draw(MONTH, by=None, at=NINE)
        assert not CallPlan.objects.exists()

    def test_does_not_ask_a_telephone_the_same_card_as_the_month_before(self, city):
        services.add_card(
            code="A3", topic="ACTIVITY", question="?", answer="!", agency=None, valid_from=MONTH, by=None, at=FOUNDED
        )
        first, second = drawn(size=5), drawn(size=5, month=date(2026, 12, 1))

        def asked(plan):
            return set(plan.tests.values_list("agency", "unit", "card"))

        assert asked(first) & asked(second) == set()

    def test_is_done_by_itself_once_there_are_testers_and_cards(self, city):
        set_parameter("monthly_calls", 4)

        assert [services.draw_by_itself(NINE), services.draw_by_itself(NINE)] == [1, 0]
        assert CallPlan.objects.get().drawn_by is None

    def test_waits_for_testers(self, city):
        for one in (city.tester, city.other_tester):
            one.appointments.update(ends_on=MONTH)

        assert services.draw_by_itself(NINE) == 0

    def test_never_repeats_in_the_database(self, city):
        drawn()
        for unit in (True, False):
            test = PhoneTest.objects.exclude(unit=None).first() if unit else PhoneTest.objects.filter(unit=None).first()
            test.pk, test.reference = None, "00000000-0000-4000-8000-000000000000"
            with pytest.raises(IntegrityError), transaction.atomic():
                test.save(force_insert=True)


class TestScore:
    def test_keeps_points_pass_mark_and_day(self, city):
        test = scored(waiting(drawn())[0])

        assert (test.state, test.points, test.pass_mark) == (CallState.PASSED, Decimal(84), 80)
        assert (test.called_on, test.sheet.judge) == (TODAY, test.tester)
        assert events("scored") == 1

    def test_below_the_pass_mark_fails(self, city):
        assert scored(waiting(drawn())[0], BAD).state == CallState.FAILED

    def test_goes_by_the_pass_mark_of_the_day_of_the_call(self, city):
        plan = drawn()
        set_parameter("pass_mark", 90, TODAY)
        before, after = waiting(plan)[:2]

        assert scored(before, day=TODAY - timedelta(days=3)).state == CallState.PASSED
        assert scored(after).state == CallState.FAILED

    def test_with_a_gap_is_refused_and_stays_to_be_called(self, city):
        test = waiting(drawn())[0]

        with pytest.raises(Incomplete):
            scored(test, {"speed": Mark(5), "manner": Mark(5)})

        test.refresh_from_db()
        assert test.state == CallState.WAITING
        assert not ScoreSheet.objects.exists()

    def test_belongs_to_its_tester(self, city):
        plan = drawn()
        test = waiting(plan, tester=city.tester)[0]

        with pytest.raises(CannotTest, match="不是分給您"):
            services.score(test, marks=GOOD, called_at=when(test), by=city.other_tester.account, at=when(test))

    def test_happens_once(self, city):
        test = scored(waiting(drawn())[0])

        with pytest.raises(CannotTest, match="已經登錄過"):
            scored(test)

    @pytest.mark.parametrize(
        ("hours", "words"), [({"days": 1}, "還沒到"), ({"days": -20}, "月份"), ({"hours": -5}, "時段")]
    )
    def test_outside_of_its_plan_is_refused(self, city, hours, words):
        test = waiting(drawn(), window=Window.AFTERNOON)[0]
        called_at = when(test) + timedelta(**hours)

        with pytest.raises(CannotTest, match=words):
            services.score(test, marks=GOOD, called_at=called_at, by=test.tester.account, at=when(test))

    def test_brings_the_to_do_up_to_date_and_ends_it(self, city):
        plan = drawn(size=4)
        first, second = waiting(plan, tester=city.tester)

        scored(first)
        assert Todo.objects.get(person=city.tester, closed_at=None).title.endswith("還有1／2通")
        unanswered(second)
        assert not Todo.objects.filter(person=city.tester, closed_at=None).exists()

    @pytest.mark.parametrize("wrong", [{"points": 60}, {"state": "FAILED"}, {"sheet": None}, {"called_on": None}])
    def test_holds_together_in_the_database(self, city, wrong):
        test = scored(waiting(drawn())[0])

        with pytest.raises(IntegrityError), transaction.atomic():
            PhoneTest.objects.filter(pk=test.pk).update(**wrong)


class TestUnanswered:
    def test_has_no_score_and_is_a_finding_after_so_many_tries(self, city):
        test = unanswered(waiting(drawn())[0], tries=2)
        assert (test.state, events("tried")) == (CallState.WAITING, 2)

        test = services.reached_nobody(
            test, trouble="BUSY", called_at=when(test), by=test.tester.account, at=when(test)
        )

        assert (test.state, test.points, test.called_on) == (CallState.UNANSWERED, None, TODAY)
        assert [one.trouble for one in test.attempts.all()] == ["NO_ANSWER", "NO_ANSWER", "BUSY"]
        assert events("unanswered") == 1

    def test_may_be_answered_at_a_later_try(self, city):
        test = unanswered(waiting(drawn())[0], tries=2)

        assert scored(test).state == CallState.PASSED


class TestCards:
    def test_come_once_and_go(self, city):
        with pytest.raises(CannotTest, match="已經有卡號A1"):
            services.add_card(
                code="A1", topic="ACTIVITY", question="?", answer="!", agency=None, valid_from=TODAY, by=None, at=NINE
            )
        card = services.retire_card(ScenarioCard.objects.get(code="A1"), by=None, at=NINE)

        assert card.valid_until == TODAY
        assert "A1" not in [one.code for one in queries.cards(TODAY + timedelta(days=1))]
        with pytest.raises(CannotTest, match="已經停用"):
            services.retire_card(card, by=None, at=NINE)
        assert (events("card_added"), events("card_retired")) == (3, 1)


class TestHandOver:
    def test_gives_a_colleague_what_is_still_to_be_called(self, city):
        plan = drawn(size=6)
        scored(waiting(plan, tester=city.tester)[0])

        moved = services.take_over(city.tester, city.other_tester, None, NINE)

        assert moved == 2
        assert (services.waiting_of(city.tester), services.waiting_of(city.other_tester)) == (0, 5)
        assert not Todo.objects.filter(person=city.tester, closed_at=None).exists()
        assert events("handed_over") == 1
