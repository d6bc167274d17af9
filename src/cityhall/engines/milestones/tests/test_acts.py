"""Acts on a controlled plan: months stand after the 10th, the past stays as it was, and each act is written down."""

from datetime import date
from decimal import Decimal
from functools import partial

import pytest
from django.db import IntegrityError, connection, transaction
from tests.support.at_once import at_once

from cityhall.engines.audit.models import Entry
from cityhall.engines.directory.tests.factories import make_agency, make_person
from cityhall.engines.milestones import queries, rules, services
from cityhall.engines.milestones.models import Evaluation, Hit, Immutable, MonthReport, Plan, Stoppage
from cityhall.engines.milestones.refusals import CannotControl
from cityhall.engines.milestones.rules import Milestone, Rule
from cityhall.engines.rules.models import ParameterValue
from cityhall.foundation.clock import at as instant

from .making import BEGINS, MILESTONES, MONTHS, line, make_plan

FEBRUARY, MARCH = date(2016, 2, 1), date(2016, 3, 1)
NINE = instant(date(2016, 2, 5), 9)


def events(name):
    return Entry.objects.filter(event=f"milestones.{name}").count()


def report(plan, n, percent, on, **more):
    return services.report_month(line(plan, n, percent, **more), by=None, at=instant(on, 9))


@pytest.mark.django_db
class TestBaselines:
    def test_are_numbered_and_the_first_is_never_lost(self):
        plan = make_plan()
        moved = [*MILESTONES[:2], Milestone("accept", date(2016, 8, 31), None, rules.Stage.AFTER, "驗收")]

        services.set_baseline(plan, milestones=moved, months=MONTHS, reason="變更設計", by=None, at=NINE)

        assert [one.number for one in plan.baselines.all()] == [1, 2]
        before, after = (
            queries.facts([plan], day=day)[plan.pk].milestones[2].planned_on
            for day in (date(2016, 2, 4), date(2016, 2, 5))
        )
        assert (before, after) == (date(2016, 6, 30), date(2016, 8, 31))
        assert events("baseline_set") == 2

    def test_are_never_changed(self):
        one = make_plan().baselines.get()

        with pytest.raises(Immutable):
            one.save()

    @pytest.mark.parametrize(
        ("milestones", "months", "reason", "words"),
        [
            ((), MONTHS, "x", "檢核點"), (MILESTONES, (), "x", "預定進度"), (MILESTONES, MONTHS, " ", "理由"),
            (MILESTONES, MONTHS[:-1], "x", "100"),
        ],
    )  # fmt: skip
    def test_are_whole_and_have_a_reason(self, milestones, months, reason, words):
        plan = make_plan()

        with pytest.raises(CannotControl, match=words):
            services.set_baseline(plan, milestones=milestones, months=months, reason=reason, by=None, at=NINE)

        assert plan.baselines.count() == 1


@pytest.mark.django_db
class TestControl:
    def test_begins_once_and_ends(self):
        plan = make_plan()
        with pytest.raises(CannotControl, match="已經列管"):
            services.open_plan(plan, on=BEGINS, by=None, at=NINE)
        with pytest.raises(CannotControl, match="不能早於"):
            services.end_plan(plan, on=date(2015, 1, 1), by=None, at=NINE)

        services.end_plan(plan, on=date(2016, 2, 5), by=None, at=NINE)

        assert list(Plan.objects.as_of(date(2016, 2, 4))) == [plan]
        assert not Plan.objects.as_of(date(2016, 2, 5)).exists()
        with pytest.raises(CannotControl, match="沒有在列管"):
            report(plan, 1, 10, date(2016, 2, 5))
        assert (events("plan_opened"), events("plan_ended")) == (1, 1)

    def test_is_needed_for_everything_else(self):
        plan = services.make_plan(profile="major", name="x", agency=make_agency(), works=True)

        with pytest.raises(CannotControl, match="還沒有列管"):
            services.set_land(plan, state="UNDETERMINED", by=None, at=NINE)


@pytest.mark.django_db
class TestMonths:
    def test_are_reported_until_the_tenth(self):
        plan = make_plan()

        row = report(plan, 1, 10, date(2016, 2, 10), paid=5)
        again = report(plan, 1, 11, date(2016, 2, 10))

        assert (row.n, row.late, row.correction) == (1, False, False)
        assert (again.n, again.correction) == (2, False)
        assert events("month_reported") == 2

    def test_that_say_the_same_again_change_nothing(self):
        plan = make_plan()

        assert report(plan, 1, 10, date(2016, 2, 5)) == report(plan, 1, 10, date(2016, 2, 6))
        assert MonthReport.objects.count() == 1

    def test_that_nobody_reported_are_taken_late_and_say_so(self):
        row = report(make_plan(), 1, 10, date(2016, 2, 11))

        assert (row.late, row.correction) == (True, False)

    def test_that_stand_are_corrected_only_when_opened_again_and_both_values_are_shown(self):
        plan = make_plan()
        report(plan, 1, 10, date(2016, 2, 10))
        with pytest.raises(CannotControl, match="已經鎖定"):
            report(plan, 1, 8, date(2016, 2, 11))

        services.reopen(
            plan, month=BEGINS, until=date(2016, 2, 20), reason="誤植", by=None, at=instant(date(2016, 2, 15))
        )
        row = report(plan, 1, 8, date(2016, 2, 20))

        assert row.correction
        shown = queries.month_lines(plan, day=date(2016, 2, 20))[0]
        assert (shown.report.percent, shown.published.percent, shown.corrected) == (8, 10, True)
        assert (events("month_reopened"), events("month_corrected")) == (1, 1)
        before = queries.month_lines(plan, day=date(2016, 2, 19))[0]
        assert (before.report.percent, before.corrected) == (10, False)
        with pytest.raises(CannotControl, match="已經鎖定"):
            report(plan, 1, 9, date(2016, 2, 21))

    @pytest.mark.parametrize(
        ("given", "words"),
        [
            ({"month": MARCH}, "還沒鎖定"), ({"month": BEGINS, "reason": ""}, "為什麼"),
            ({"month": BEGINS, "until": date(2016, 3, 4)}, "今天或以後"), ({"month": FEBRUARY}, "直接補填"),
        ],
    )  # fmt: skip
    def test_are_opened_again_with_a_reason_and_a_day(self, given, words):
        plan = make_plan()
        report(plan, 1, 10, date(2016, 2, 10))
        at = instant(date(2016, 3, 15))

        with pytest.raises(CannotControl, match=words):
            services.reopen(plan, **{"until": date(2016, 3, 20), "reason": "誤植", **given}, by=None, at=at)

    @pytest.mark.parametrize(
        ("n", "percent", "on", "words"),
        [
            (2, 20, date(2016, 2, 28), "還沒過完"), (1, 101, date(2016, 2, 5), "0到100"),
            (0, 10, date(2016, 2, 5), "還沒有開始列管"), (2, 9, date(2016, 2, 29), "不能比前一個月少"),
        ],
    )  # fmt: skip
    def test_are_refused_with_the_reason(self, n, percent, on, words):
        plan = make_plan()
        report(plan, 1, 10, date(2016, 2, 4))

        with pytest.raises(CannotControl, match=words):
            report(plan, n, percent, on)

    def test_are_not_written_over_what_nobody_saw(self):
        plan = make_plan()
        report(plan, 1, 10, date(2016, 2, 5), seen=0)

        with pytest.raises(CannotControl, match="別人已經填報"):
            report(plan, 1, 11, date(2016, 2, 5), seen=0)

    def test_of_many_plans_are_written_at_once_and_refused_one_by_one(self, django_assert_max_num_queries):
        plans = [make_plan(name=str(n)) for n in range(6)]
        lines = [line(plan, n, percent) for n, percent in ((1, 10), (2, 15)) for plan in plans]
        lines.append(line(plans[0], 3, 14))

        with django_assert_max_num_queries(40):
            made, refused = services.report_months(lines, by=None, at=instant(date(2016, 3, 31), 9))

        assert len(made) == 12
        assert [fault.field for fault in refused[12]] == ["percent"]

    @pytest.mark.parametrize("wrong", [{"percent": 101}, {"paid": -1}, {"month": date(2016, 1, 2)}])
    def test_hold_together_in_the_database(self, wrong):
        row = report(make_plan(), 1, 10, date(2016, 2, 5))

        with pytest.raises(IntegrityError), transaction.atomic():
            MonthReport.objects.filter(pk=row.pk).update(**wrong)


@pytest.mark.django_db
class TestWhatHappens:
    def test_is_written_down(self):
        plan, who = make_plan(), {"by": None, "at": NINE}
        day = date(2016, 2, 1)

        services.meet(plan, code="award", on=day, **who)
        services.hold_tender(plan, package="土建", on=day, result="FAILED", **who)
        services.stop(plan, on=day, reason="管線未遷", **who)
        services.resume(plan, on=date(2016, 2, 3), **who)
        services.set_land(plan, state="UNDETERMINED", **who)
        asked = services.ask_coordination(plan, matter="遷移管線", asked_of=None, on=day, **who)
        services.settle_coordination(plan, asked, on=date(2016, 2, 2), how="已協調", **who)

        names = ("met", "tender_held", "stopped", "resumed", "land_set", "coordination_asked", "coordination_settled")
        assert [events(name) for name in names] == [1] * len(names)

    def test_is_refused_where_it_cannot_be(self):
        plan, who = make_plan(), {"by": None, "at": NINE}
        ahead, day = date(2016, 2, 6), date(2016, 2, 1)
        services.hold_tender(plan, package="土建", on=day, result="FAILED", **who)
        services.stop(plan, on=day, reason="x", **who)
        asked = services.ask_coordination(plan, matter="x", asked_of=None, on=day, **who)
        services.settle_coordination(plan, asked, on=day, how="", **who)

        for words, act in (
            ("沒有這個檢核點", partial(services.meet, plan, code="none", on=day)),
            ("還沒到", partial(services.meet, plan, code="award", on=ahead)),
            ("已經登錄過", partial(services.hold_tender, plan, package=" 土建 ", on=day, result="FAILED")),
            ("要填金額", partial(services.hold_tender, plan, package="水電", on=day, result="AWARDED")),
            ("標案名稱", partial(services.hold_tender, plan, package=" ", on=day, result="FAILED")),
            ("正在停工", partial(services.stop, plan, on=day, reason="x")),
            ("不能早於停工日", partial(services.resume, plan, on=BEGINS)),
            ("要協調的事", partial(services.ask_coordination, plan, matter=" ", asked_of=None, on=day)),
            ("已經登錄解決", partial(services.settle_coordination, plan, asked, on=day, how="")),
        ):
            with pytest.raises(CannotControl, match=words):
                act(**who)

    def test_a_plan_stands_still_once_at_a_time(self):
        plan = make_plan()
        row = services.stop(plan, on=BEGINS, reason="x", by=None, at=NINE)
        row.pk = None

        with pytest.raises(IntegrityError), transaction.atomic():
            row.save(force_insert=True)
        services.resume(plan, on=BEGINS, by=None, at=NINE)
        with pytest.raises(CannotControl, match="沒有停工"):
            services.resume(plan, on=BEGINS, by=None, at=NINE)
        with pytest.raises(IntegrityError), transaction.atomic():
            Stoppage.objects.update(ends_on=date(2015, 1, 1))


def awarded(plan, on=date(2016, 1, 20), package="土建"):
    services.hold_tender(
        plan, package=package, on=on, result="AWARDED", amount=900, contractor="甲營造", by=None, at=NINE
    )
    return plan


@pytest.mark.django_db
class TestContracts:
    DUE = date(2016, 12, 1)

    def test_keep_what_was_agreed_before(self):
        plan, who = awarded(make_plan()), {"by": None, "at": NINE}
        one = services.sign_contract(plan, package=" 土建 ", on=date(2016, 2, 1), amount=880, due_on=self.DUE, **who)

        services.change_contract(one, on=date(2016, 2, 4), amount=950, due_on=self.DUE, reason="變更設計", **who)

        assert (one.contractor, list(one.terms.values_list("amount", "reason"))) == (
            "甲營造",
            [(880, ""), (950, "變更設計")],
        )
        assert (events("contract_signed"), events("contract_changed")) == (1, 1)

    def test_are_refused_where_they_cannot_be(self):
        plan, who, day = awarded(make_plan()), {"by": None, "at": NINE}, date(2016, 2, 1)
        sign = partial(services.sign_contract, plan, package="土建", on=day, amount=880, due_on=self.DUE)
        for words, more in (
            ("還沒決標", {"package": "水電"}), ("早於決標日", {"on": date(2016, 1, 19)}), ("大於0", {"amount": 0}),
            ("履約期限", {"due_on": BEGINS}), ("還沒到", {"on": date(2016, 2, 6)}),
        ):  # fmt: skip
            with pytest.raises(CannotControl, match=words):
                sign(**who, **more)
        one = sign(**who)
        change = partial(services.change_contract, one, on=day, amount=900, due_on=self.DUE, reason="x")
        with pytest.raises(CannotControl, match="已經登錄過"):
            sign(**who)
        for words, more in (
            ("上一次", {"on": BEGINS}), ("理由", {"reason": " "}), ("沒有改變", {"amount": 880}),
        ):  # fmt: skip
            with pytest.raises(CannotControl, match=words):
                change(**who, **more)


@pytest.mark.django_db
class TestEvaluation:
    def test_keeps_version_numbers_and_who_cleared_it_and_why(self):
        behind, fine = make_plan(), make_plan(name="公園")
        ParameterValue.objects.create(
            key="milestones.behind_points", value=15, valid_from=date(2016, 2, 1), source="簽准", set_at=NINE
        )
        for n, day in ((1, date(2016, 2, 9)), (2, date(2016, 3, 9))):
            report(behind, n, 4, day)
            report(fine, n, n * 10, day)

        first = services.evaluate("major", BEGINS, by=None, at=instant(date(2016, 2, 11)))
        second = services.evaluate("major", FEBRUARY, by=None, at=instant(date(2016, 3, 11)))

        assert ((first.plans, first.hits), (second.plans, second.hits)) == ((2, 0), (2, 1))
        hit = Hit.objects.get()
        assert (hit.plan, hit.rule, hit.version, hit.threshold) == (behind, Rule.BEHIND, 2, "15")
        assert hit.inputs["points"] == "16"
        who = make_person(behind.agency).account
        with pytest.raises(CannotControl, match="理由"):
            services.clear(hit, reason=" ", by=who, at=NINE)
        assert services.clear(hit, reason="已趕上", by=who, at=instant(date(2016, 3, 20))) == 1
        hit.refresh_from_db()
        assert (hit.cleared_by, hit.cleared_because) == (who, "已趕上")
        assert list(Hit.objects.as_of(date(2016, 3, 19))) == [hit]
        assert not Hit.objects.as_of(date(2016, 3, 20)).exists()
        with pytest.raises(CannotControl, match="已經解除"):
            services.clear(hit, reason="再一次", by=who, at=NINE)
        assert (events("evaluated"), events("hit_cleared")) == (2, 1)

    def test_happens_once_and_only_when_the_month_stands(self):
        make_plan()
        with pytest.raises(CannotControl, match="還沒鎖定"):
            services.evaluate("major", BEGINS, by=None, at=instant(date(2016, 2, 10)))

        assert services.evaluate_by_itself(["major", "grant"], instant(date(2016, 2, 11))) == 1
        assert services.evaluate_by_itself(["major"], instant(date(2016, 2, 12))) == 0
        with pytest.raises(CannotControl, match="已經判定"):
            services.evaluate("major", BEGINS, by=None, at=instant(date(2016, 2, 12)))

    def test_goes_by_what_was_known_when_the_month_was_locked(self):
        plan = make_plan()
        report(plan, 1, 10, date(2016, 2, 11))  # a day late

        services.evaluate("major", BEGINS, by=None, at=instant(date(2016, 2, 12)))

        assert [hit.rule for hit in Hit.objects.all()] == [Rule.NO_REPORT]

    def test_clears_the_same_matter_of_earlier_months(self):
        plan = make_plan()
        services.set_land(plan, state="UNDETERMINED", by=None, at=instant(BEGINS, 10))
        for month, day in ((BEGINS, date(2016, 2, 11)), (FEBRUARY, date(2016, 3, 11))):
            services.evaluate("major", month, by=None, at=instant(day))
        newest = Hit.objects.get(rule=Rule.LAND, month=FEBRUARY)

        assert services.clear(newest, reason="已決定徵收", by=None, at=NINE) == 2
        assert set(Hit.objects.open().values_list("rule", flat=True)) == {Rule.NO_REPORT}

    def test_asks_as_often_for_many_plans_as_for_few(self, django_assert_max_num_queries):
        for n in range(12):
            make_plan(name=str(n))

        with django_assert_max_num_queries(32):
            services.evaluate("major", BEGINS, by=None, at=instant(date(2016, 2, 11)))


@pytest.mark.django_db
class TestChasing:
    def test_names_those_who_have_not_reported(self):
        silent, done, later = make_plan(), make_plan(name="公園"), make_plan(name="橋")
        report(done, 1, 10, date(2016, 2, 5))
        later.baselines.get()

        assert queries.missing([silent, done], BEGINS) == [silent]
        assert queries.missing([silent], date(2015, 12, 1)) == []
        assert queries.latest_reports([done], month=BEGINS, known=date(2016, 2, 5))[done.pk].percent == Decimal(10)


@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    def test_two_reports_of_a_month_get_numbers_without_a_gap(self):
        plan = make_plan()
        works = [partial(report, plan, 1, 10 + n, date(2016, 2, 5)) for n in range(4)]

        done = at_once(works)

        assert all(isinstance(one, MonthReport) for one in done)
        assert sorted(MonthReport.objects.values_list("n", flat=True)) == [1, 2, 3, 4]

    def test_of_two_who_saw_the_same_one_writes(self):
        plan = make_plan()

        done = at_once([partial(report, plan, 1, 10 + n, date(2016, 2, 5), seen=0) for n in range(2)])

        assert sorted(type(one).__name__ for one in done) == ["CannotControl", "MonthReport"]

    def test_of_two_reviewers_who_clear_a_hit_one_does(self):
        make_plan()
        services.evaluate("major", BEGINS, by=None, at=instant(date(2016, 2, 11)))
        hit = Hit.objects.get()

        done = at_once([partial(services.clear, hit, reason=words, by=None, at=NINE) for words in ("已補報", "已協調")])

        assert sorted(type(one).__name__ for one in done) == ["CannotControl", "int"]
        assert events("hit_cleared") == 1

    def test_a_month_is_evaluated_once_while_somebody_saves_it(self):
        plan = make_plan()
        lock = instant(date(2016, 2, 11))

        done = at_once(
            [partial(services.evaluate, "major", BEGINS, by=None, at=lock) for _n in range(2)]
            + [partial(services.report_month, line(plan, 1, 10), by=None, at=lock)]
        )

        assert sorted(type(one).__name__ for one in done) == ["CannotControl", "Evaluation", "MonthReport"]
        assert Evaluation.objects.get().hits == Hit.objects.count() == 1  # what came after the lock changes nothing
        assert connection.vendor in ("sqlite", "postgresql")
