"""The exception rules at their edges. Class and method read as a sentence of the report's §1.1.1."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityhall.engines.milestones.rules import (
    Asked,
    Baseline,
    Controlled,
    Facts,
    History,
    Known,
    Land,
    Light,
    Milestone,
    Month,
    MonthFault,
    PlanFault,
    Reported,
    Rule,
    Stage,
    Standing,
    Stoppage,
    Tender,
    Thresholds,
    behind,
    behind_in_a_row,
    consecutive,
    coordination_asked,
    dense_ranks,
    executed,
    facts_on,
    failed_tenders,
    found_by,
    found_in_month,
    is_locked,
    land_undetermined,
    last_standing_month,
    late_milestones,
    light,
    lock_day,
    month_ahead,
    month_faults,
    months_later,
    no_report,
    plan_faults,
    standing,
    stopped,
    tried,
)

LIMITS = Thresholds()
D = Decimal


class TestMonthsLater:
    @pytest.mark.parametrize(
        ("day", "months", "later"),
        [
            (date(2016, 8, 15), 2, date(2016, 10, 15)),
            (date(2015, 12, 31), 2, date(2016, 2, 29)),  # a leap year's month-end
            (date(2016, 12, 31), 2, date(2017, 2, 28)),
            (date(2016, 12, 29), 2, date(2017, 2, 28)),
            (date(2016, 2, 29), 2, date(2016, 4, 29)),
            (date(2016, 2, 29), 12, date(2017, 2, 28)),
            (date(2016, 4, 30), 2, date(2016, 6, 30)),
            (date(2016, 3, 1), -1, date(2016, 2, 1)),
            (date(2016, 1, 1), -1, date(2015, 12, 1)),
        ],
    )
    def test_are_calendar_months_with_the_month_end_clipped(self, day, months, later):
        assert months_later(day, months) == later

    @given(st.dates(date(2000, 1, 1), date(2100, 1, 1)), st.integers(0, 60))
    def test_never_leave_the_month_they_lead_to(self, day, months):
        later = months_later(day, months)

        assert (later.year * 12 + later.month) - (day.year * 12 + day.month) == months
        assert later.day <= day.day


class TestLateMilestones:
    """檢核點進度落後 2 個月以上."""

    @pytest.mark.parametrize(
        ("planned", "day", "late"),
        [
            (date(2016, 8, 15), date(2016, 10, 14), False),
            (date(2016, 8, 15), date(2016, 10, 15), True),
            (date(2015, 12, 31), date(2016, 2, 28), False),
            (date(2015, 12, 31), date(2016, 2, 29), True),
            (date(2016, 12, 31), date(2017, 2, 27), False),
            (date(2016, 12, 31), date(2017, 2, 28), True),
            (date(2016, 2, 29), date(2016, 4, 28), False),
            (date(2016, 2, 29), date(2016, 4, 29), True),
            (date(2016, 4, 30), date(2016, 6, 29), False),
            (date(2016, 4, 30), date(2016, 6, 30), True),
        ],
    )
    def test_are_found_from_two_months_after_the_planned_day(self, planned, day, late):
        found = late_milestones(Facts(day, milestones=[Milestone("award", planned)]), LIMITS)

        assert bool(found) is late

    def test_are_not_those_that_were_reached_however_late(self):
        met = Milestone("award", date(2016, 1, 1), met_on=date(2016, 9, 1))

        assert late_milestones(Facts(date(2016, 9, 1), milestones=[met]), LIMITS) == []
        assert len(late_milestones(Facts(date(2016, 8, 31), milestones=[met]), LIMITS)) == 1

    def test_say_which_and_by_which_days(self):
        facts = Facts(date(2016, 12, 31), milestones=[Milestone("award", date(2016, 8, 31), name="決標")])

        (found,) = late_milestones(facts, LIMITS)

        assert (found.rule, found.subject, found.threshold) == (Rule.LATE_MILESTONE, "award", "2")
        assert found.inputs["late_from"] == "2016-10-31"
        assert found.inputs["name"] == "決標"


def progress(*pairs, start=date(2016, 1, 1)):
    """Months with planned and actual per cent; None is a month without a report."""
    return [
        Month(months_later(start, n), D(planned), None if actual is None else D(actual))
        for n, (planned, actual) in enumerate(pairs)
    ]


class TestBehind:
    """工程進度落後 20% 以上: percentage points of the whole."""

    @pytest.mark.parametrize(
        ("planned", "actual", "found"),
        [
            ("40.00", "20.01", False),  # 19.99 points
            ("40.00", "20.00", True),  # 20.00 points
            ("39.99", "20.00", False),
            ("100", "80.00", True),
            ("20", "0", True),
            ("10", "5", False),  # half of what was due, and only 5 points
            ("30", "60", False),
        ],
    )
    def test_is_found_from_twenty_points(self, planned, actual, found):
        facts = Facts(date(2016, 1, 31), months=progress((planned, actual)))

        assert bool(behind(facts, LIMITS)) is found

    def test_is_a_rule_for_works(self):
        assert behind(Facts(date(2016, 1, 31), works=False, months=progress((90, 10))), LIMITS) == []

    def test_says_nothing_of_a_month_without_a_report(self):
        assert behind(Facts(date(2016, 2, 29), months=progress((90, 10), (95, None))), LIMITS) == []
        assert behind(Facts(date(2016, 2, 29)), LIMITS) == []

    def test_keeps_the_numbers_it_went_by(self):
        (found,) = behind(Facts(date(2016, 1, 31), months=progress(("45.5", "20"))), LIMITS)

        assert found.inputs == {"month": "2016-01", "planned": "45.5", "actual": "20", "points": "25.5"}


class TestBehindInARow:
    """連續 3 個月工程進度落後."""

    @pytest.mark.parametrize(
        ("months", "found"),
        [
            ([(10, "9.99"), (20, 19), (30, 29)], True),
            ([(10, 9), (20, 20), (30, 29)], False),  # on time in between
            ([(20, 19), (30, 29)], False),  # only two months
            ([(5, 9), (10, 9), (20, 19), (30, 29)], True),
            ([(10, 9), (20, 19), (30, 29), (40, 40)], False),  # made up for
        ],
    )
    def test_is_found_after_three_months_by_however_little(self, months, found):
        assert bool(behind_in_a_row(Facts(date(2016, 4, 30), months=progress(*months)), LIMITS)) is found

    @pytest.mark.parametrize(
        ("months", "plain", "counted"),
        [
            ([(10, 9), (20, None), (30, 29)], False, True),
            ([(10, 9), (20, 19), (30, None)], False, True),
            ([(10, None), (20, None), (30, 29)], False, True),
            ([(10, None), (20, None), (30, None)], False, False),  # nobody said that it is behind
            ([(10, 10), (20, None), (30, 29)], False, False),
        ],
    )
    def test_counts_a_missing_report_only_where_the_rulebook_says_so(self, months, plain, counted):
        facts = Facts(date(2016, 3, 31), months=progress(*months))

        assert bool(behind_in_a_row(facts, LIMITS)) is plain
        assert bool(behind_in_a_row(facts, Thresholds(missing_counts=True))) is counted

    def test_is_a_rule_for_works(self):
        facts = Facts(date(2016, 3, 31), works=False, months=progress((10, 9), (20, 19), (30, 29)))

        assert behind_in_a_row(facts, LIMITS) == []


class TestNoReport:
    def test_is_a_rule_of_its_own(self):
        assert [
            one.inputs for one in no_report(Facts(date(2016, 2, 29), months=progress((1, 1), (2, None))), LIMITS)
        ] == [{"month": "2016-02"}]
        assert no_report(Facts(date(2016, 2, 29), months=progress((1, None), (2, 2))), LIMITS) == []
        assert no_report(Facts(date(2016, 2, 29)), LIMITS) == []


def held(*results, package="第1標"):
    """Openings a month apart: F failed, A awarded."""
    return [Tender(package, months_later(date(2016, 1, 5), n), one == "F") for n, one in enumerate(results)]


class TestFailedTenders:
    """流標 3 次以上."""

    @pytest.mark.parametrize(
        ("results", "found", "in_a_row"),
        [
            ("FF", False, 2),
            ("FFF", True, 3),
            ("FFFF", True, 4),
            ("FFA", False, 0),
            ("FFFA", False, 0),  # awarded: in order again
            ("FFAF", True, 1),  # cumulative, though only one in a row
        ],
    )
    def test_are_counted_cumulatively_for_one_package(self, results, found, in_a_row):
        hits = failed_tenders(Facts(date(2016, 12, 31), tenders=held(*results)), LIMITS)

        assert bool(hits) is found
        assert consecutive(held(*results)) == in_a_row
        assert all(one.inputs["consecutive"] == in_a_row for one in hits)

    def test_of_different_packages_are_not_added_up(self):
        tenders = [*held("F", "F", package="土建"), *held("F", "F", package="水電")]

        assert failed_tenders(Facts(date(2016, 12, 31), tenders=tenders), LIMITS) == []

    def test_name_the_package(self):
        tenders = [*held("F", "F", "F", package="土建"), *held("F", package="水電")]

        (found,) = failed_tenders(Facts(date(2016, 12, 31), tenders=tenders), LIMITS)

        assert (found.subject, found.inputs["cumulative"]) == ("土建", 3)


class TestStopped:
    """停工達 2 個月以上之案件."""

    @pytest.mark.parametrize(
        ("starts", "ends", "day", "found"),
        [
            (date(2016, 1, 15), None, date(2016, 3, 14), False),
            (date(2016, 1, 15), None, date(2016, 3, 15), True),  # open: it counts to the day
            (date(2015, 12, 31), None, date(2016, 2, 28), False),
            (date(2015, 12, 31), None, date(2016, 2, 29), True),
            (date(2016, 1, 15), date(2016, 3, 10), date(2016, 3, 31), False),  # resumed before two months
            (date(2016, 1, 15), date(2016, 3, 20), date(2016, 3, 31), True),
            (date(2016, 1, 15), date(2016, 3, 20), date(2016, 4, 30), False),  # over since a month before
            (date(2016, 1, 15), date(2016, 5, 20), date(2016, 3, 31), True),  # its end lay ahead then
        ],
    )
    def test_for_two_months_open_ones_to_the_day(self, starts, ends, day, found):
        hits = stopped(Facts(day, stoppages=[Stoppage("1", starts, ends)]), LIMITS)

        assert bool(hits) is found

    def test_say_until_when(self):
        (found,) = stopped(Facts(date(2016, 3, 31), stoppages=[Stoppage("1", date(2016, 1, 15))]), LIMITS)

        assert (found.inputs["open"], found.inputs["until"], found.inputs["days"]) == (True, "2016-03-31", 76)


class TestLandAndCoordination:
    @pytest.mark.parametrize("land", list(Land))
    def test_land_is_found_while_it_is_undetermined(self, land):
        assert bool(land_undetermined(Facts(date(2016, 1, 31), land=land), LIMITS)) is (land == Land.UNDETERMINED)

    @pytest.mark.parametrize(
        ("asked", "settled", "found"),
        [
            (date(2016, 1, 31), None, True),
            (date(2016, 2, 1), None, False),
            (date(2016, 1, 1), date(2016, 1, 31), False),
            (date(2016, 1, 1), date(2016, 2, 1), True),
        ],
    )
    def test_coordination_is_found_from_asked_to_settled(self, asked, settled, found):
        facts = Facts(date(2016, 1, 31), asked=[Asked("7", asked, settled)])

        assert bool(coordination_asked(facts, LIMITS)) is found


class TestThresholds:
    def test_decide_and_stand_beside_what_was_found(self):
        facts = Facts(
            date(2016, 4, 30), milestones=[Milestone("a", date(2016, 4, 1))], months=progress((30, 19), (40, 25)),
            tenders=held("F", "F"), stoppages=[Stoppage("1", date(2016, 3, 30))],
        )  # fmt: skip
        strict = Thresholds(late_months=0, behind_points=D(15), behind_months=2, failed_tenders=2, stopped_months=1)

        assert found_by(facts, LIMITS) == []
        assert {one.rule: one.threshold for one in found_by(facts, strict)} == {
            Rule.LATE_MILESTONE: "0", Rule.BEHIND: "15", Rule.BEHIND_IN_A_ROW: "2", Rule.FAILED_TENDERS: "2",
            Rule.STOPPED: "1",
        }  # fmt: skip


class TestLock:
    @pytest.mark.parametrize(
        ("today", "locked"),
        [(date(2016, 3, 10), False), (date(2016, 3, 11), True), (date(2016, 2, 29), False), (date(2017, 1, 1), True)],
    )
    def test_comes_after_the_tenth_of_the_next_month(self, today, locked):
        assert is_locked(date(2016, 2, 1), today=today, lock_on=10) is locked

    def test_has_a_day_in_every_month(self):
        assert lock_day(date(2016, 1, 1), 31) == date(2016, 2, 29)
        assert lock_day(date(2016, 12, 1), 10) == date(2017, 1, 10)

    def test_leaves_the_last_standing_month(self):
        assert last_standing_month(date(2016, 3, 11), 10) == date(2016, 2, 1)
        assert last_standing_month(date(2016, 3, 10), 10) == date(2016, 1, 1)


PLAN = Baseline(
    1,
    [
        Milestone("award", date(2016, 1, 20), stage=Stage.BEFORE),
        Milestone("done", date(2016, 4, 30), stage=Stage.AFTER),
    ],
    [(date(2016, 1, 1), D(10)), (date(2016, 2, 1), D(40)), (date(2016, 3, 1), D(100))],
)


class TestThePast:
    def test_before_the_plan_there_is_nothing(self):
        history = History(baselines=[Known(date(2016, 1, 5), PLAN)])

        assert facts_on(history, date(2016, 1, 4), date(2016, 1, 4)) is None
        assert facts_on(history, date(2016, 1, 5), date(2016, 1, 5)).months == [Month(date(2016, 1, 1), D(10))]

    def test_stays_the_same_after_later_entries(self):
        early = History(
            baselines=[Known(date(2016, 1, 5), PLAN)], reports=[Known(date(2016, 2, 9), (date(2016, 1, 1), D(8)))],
            stoppages=[Known(date(2016, 1, 20), Stoppage("1", date(2016, 1, 18)))],
        )  # fmt: skip
        later = History(
            baselines=[*early.baselines, Known(date(2016, 5, 1), Baseline(2, [], [(date(2016, 1, 1), D(0))]))],
            reports=[*early.reports, Known(date(2016, 3, 1), (date(2016, 1, 1), D(10)))],
            days=[Known(date(2016, 3, 1), ("award", date(2016, 1, 20)))],
            tenders=[Known(date(2016, 3, 1), Tender("1", date(2016, 1, 7), failed=True))],
            stoppages=[Known(date(2016, 1, 20), Stoppage("1", date(2016, 1, 18), date(2016, 1, 25)), date(2016, 3, 1))],
            land=[Known(date(2016, 3, 1), Land.UNDETERMINED)],
            asked=[Known(date(2016, 3, 1), Asked("1", date(2016, 1, 7)))],
        )  # fmt: skip
        day, known = date(2016, 1, 31), date(2016, 2, 10)

        assert facts_on(later, day, known) == facts_on(early, day, known)
        assert facts_on(later, day, date(2016, 3, 1)) != facts_on(early, day, date(2016, 3, 1))

    def test_a_settled_request_was_open_until_it_was_known(self):
        history = History(
            baselines=[Known(date(2016, 1, 1), PLAN)],
            asked=[Known(date(2016, 1, 1), Asked("1", date(2016, 1, 1), date(2016, 1, 9)), date(2016, 2, 1))],
        )

        assert coordination_asked(facts_on(history, date(2016, 1, 31), date(2016, 1, 31)), LIMITS)
        assert not coordination_asked(facts_on(history, date(2016, 1, 31), date(2016, 2, 1)), LIMITS)

    def test_a_plan_that_has_run_out_stays_due(self):
        facts = facts_on(History(baselines=[Known(date(2016, 1, 1), PLAN)]), date(2016, 5, 31), date(2016, 5, 31))

        assert [one.planned for one in facts.months] == [10, 40, 100, 100, 100]


def controlled(key, *reports, opened=date(2016, 1, 1), ended=None):
    months = [
        (months_later(date(2016, 1, 1), n), D(percent)) for n, percent in enumerate(reports) if percent is not None
    ]
    known = [Known(lock_day(month, 10), (month, percent)) for month, percent in months]
    return Controlled(key, opened, ended, History(baselines=[Known(opened, PLAN)], reports=known))


class TestAMonth:
    def test_is_judged_by_its_last_day_and_by_what_was_known_when_locked(self):
        plans = [controlled(1, 10, 20), controlled(2, 10, 40), controlled(3, ended=date(2016, 2, 29))]

        found = found_in_month(plans, date(2016, 2, 1), lock_on=10, limits=LIMITS)

        assert {key: [one.rule for one in hits] for key, hits in found.items()} == {1: [Rule.BEHIND], 2: []}

    def test_is_tried_with_other_thresholds(self):
        plans = [controlled(1, 10, 20), controlled(2, 10, 25), controlled(3, 10, 40)]

        (march,) = tried(plans, [date(2016, 2, 1)], lock_on=10, limits=LIMITS, changed=Thresholds(behind_points=D(15)))
        (other,) = tried(plans, [date(2016, 2, 1)], lock_on=10, limits=Thresholds(behind_points=D(15)), changed=LIMITS)

        assert (march.plans, march.before, march.after, march.more, march.fewer) == (3, {1}, {1, 2}, {2}, set())
        assert other.fewer == {2}


class TestMonthReport:
    BEFORE = Reported(D(30), paid=500)

    @pytest.mark.parametrize(
        ("given", "planned", "faults"),
        [
            (Reported(D(40), paid=600), D(40), {}),
            (Reported(D("40.01")), None, {"paid": MonthFault.MONEY_BACKWARDS}),
            (Reported(D(101), paid=600), D(40), {"percent": MonthFault.PERCENT}),
            (Reported(D(-1), paid=600), None, {"percent": MonthFault.PERCENT}),
            (Reported(D(29), paid=600), None, {"percent": MonthFault.BACKWARDS}),
            (Reported(D(61), paid=600), None, {"percent": MonthFault.BACKWARDS}),
            (Reported(D(39), paid=600), D(40), {"reason": MonthFault.NO_REASON, "measure": MonthFault.NO_REASON}),
            (Reported(D(39), paid=600, reason="雨", measure=" "), D(40), {"measure": MonthFault.NO_REASON}),
            (Reported(D(39), paid=600, reason="雨", measure="加派"), D(40), {}),
            (Reported(D(40), paid=-1, unpaid=-1, retained=-1, surplus=-1), D(40), dict.fromkeys(
                ("paid", "unpaid", "retained", "surplus"), MonthFault.MONEY)),
        ],
    )  # fmt: skip
    def test_says_what_is_wrong_with_it(self, given, planned, faults):
        after = Reported(D(60), paid=900)

        assert month_faults(given, planned=planned, before=self.BEFORE, after=after) == faults

    def test_carries_out_what_was_paid_measured_retained_and_saved(self):
        assert executed(Reported(D(1), paid=1, unpaid=20, retained=300, surplus=4000)) == 4321

    def test_is_measured_against_the_plan_of_its_month(self):
        assert month_ahead(PLAN.planned, date(2015, 12, 1)) is None
        assert month_ahead(PLAN.planned, date(2016, 2, 1)) == 40
        assert month_ahead(PLAN.planned, date(2016, 9, 1)) == 100


class TestPlan:
    ONE = (Milestone("a", date(2016, 1, 1)),)
    MONTHS = ((date(2016, 1, 1), D(0), 0), (date(2016, 2, 1), D(100), 10))

    @pytest.mark.parametrize(
        ("milestones", "months", "faults"),
        [
            (ONE, MONTHS, []),
            ((), MONTHS, [PlanFault.NO_MILESTONES]),
            (ONE * 2, MONTHS, [PlanFault.DOUBLED]),
            (ONE, (), [PlanFault.NO_MONTHS]),
            (ONE, (MONTHS[0], (date(2016, 3, 1), D(100), 10)), [PlanFault.GAP]),
            (ONE, ((date(2015, 12, 1), D(50), 0), *MONTHS), [PlanFault.FALLS]),
            (ONE, ((date(2015, 12, 1), D(0), 20), *MONTHS), [PlanFault.FALLS]),
            (ONE, MONTHS[:1], [PlanFault.NOT_WHOLE]),
        ],
    )
    def test_is_whole_or_says_what_is_missing(self, milestones, months, faults):
        assert plan_faults(milestones, months) == faults


def late(stage, **more):
    return Facts(date(2016, 4, 1), milestones=[Milestone("a", date(2016, 3, 1), stage=stage)], **more)


class TestStanding:
    @pytest.mark.parametrize(
        ("facts", "stands"),
        [
            (Facts(date(2016, 4, 1)), Standing.ON_TIME),
            (Facts(date(2016, 4, 1), milestones=[Milestone("a", date(2016, 4, 1))]), Standing.ON_TIME),  # due today
            (late(Stage.BEFORE), Standing.BEFORE),
            (late(Stage.WORKS), Standing.WORKS),
            (late(Stage.AFTER), Standing.AFTER),
            (late(Stage.AFTER, works=False), Standing.BEFORE),
            (Facts(date(2016, 4, 1), months=progress((10, 9))), Standing.WORKS),
            (Facts(date(2016, 4, 1), months=progress((10, 10))), Standing.ON_TIME),
            (Facts(date(2016, 4, 1), months=progress((10, 9), (20, None))), Standing.WORKS),
            (Facts(date(2016, 4, 1), works=False, months=progress((10, 9))), Standing.ON_TIME),
        ],
    )
    def test_is_where_it_is_behind(self, facts, stands):
        assert standing(facts) == stands

    def test_has_a_light_that_says_its_rule(self):
        hit = late_milestones(Facts(date(2016, 6, 1), milestones=[Milestone("a", date(2016, 1, 1))]), LIMITS)
        silent = no_report(Facts(date(2016, 1, 31), months=progress((1, None))), LIMITS)

        assert light(Standing.ON_TIME, hit) == Light.RED
        assert light(Standing.ON_TIME, silent) == Light.AMBER
        assert light(Standing.WORKS, []) == Light.AMBER
        assert light(Standing.ON_TIME, []) == Light.GREEN


class TestRanks:
    def test_are_dense_with_the_highest_first_and_nothing_for_nothing(self):
        assert dense_ranks({"a": 3, "b": 5, "c": 3, "d": 1, "e": None}) == {"b": 1, "a": 2, "c": 2, "d": 3}

    @given(st.dictionaries(st.text(max_size=3), st.integers(0, 9)))
    def test_have_no_gaps(self, values):
        ranks = dense_ranks(values)

        assert set(ranks.values()) == set(range(1, len(set(values.values())) + 1))


@given(
    st.lists(st.tuples(st.integers(0, 100), st.one_of(st.none(), st.integers(0, 100))), min_size=1, max_size=8),
    st.integers(1, 50),
)
def test_a_higher_threshold_never_finds_more(pairs, points):
    facts = Facts(date(2016, 12, 31), months=progress(*pairs))

    assert len(behind(facts, Thresholds(behind_points=D(points + 1)))) <= len(
        behind(facts, Thresholds(behind_points=D(points)))
    )
