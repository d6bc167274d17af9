"""The year-end evaluation: who is judged, what is measured of locked months, the way to the letter, the same numbers for ever."""

from datetime import date, timedelta
from decimal import Decimal as D

import pytest

from cityhall.domains.projects import figures, rules, services, year_end
from cityhall.domains.projects.rules import StoodMonth
from cityhall.engines.audit.models import Entry
from cityhall.engines.directory.states import AgencyKind, Role
from cityhall.engines.directory.tests.factories import make_agency, make_person
from cityhall.engines.letters.models import Letter
from cityhall.engines.milestones import services as plans
from cityhall.engines.milestones.models import MonthReport
from cityhall.engines.milestones.rules import Milestone
from cityhall.engines.scoring import evaluations, queries, telling
from cityhall.engines.scoring.evaluations import CannotEvaluate
from cityhall.engines.scoring.rules import Mark
from cityhall.engines.worklist.models import Todo
from cityhall.foundation.clock import at as instant
from cityhall.foundation.period import Period

from .making import listed, make_city, reported

BEGINS, CLOSED = date(2016, 3, 1), date(2016, 8, 20)
MARCH = date(2016, 3, 1)


class TestRules:
    @pytest.mark.parametrize(("year", "months", "day"), [(2016, 3, date(2017, 3, 31)), (2015, 2, date(2016, 2, 29))])
    def test_a_year_is_due_at_the_end_of_a_month(self, year, months, day):
        assert rules.year_end_due(year, months) == day

    def test_a_month_as_planned_counts_and_one_without_a_report_does_not(self):
        months = [StoodMonth(MARCH, D(10), D(10)), StoodMonth(MARCH, D(20), D("19.99")), StoodMonth(MARCH, D(30), None)]

        assert rules.months_on_plan(months) == (1, 3)
        assert rules.months_reported(months) == (2, 3)

    def test_a_checkpoint_is_in_time_on_its_day(self):
        points = [Milestone("a", MARCH, MARCH), Milestone("b", MARCH, MARCH + timedelta(days=1)), Milestone("c", MARCH)]

        assert rules.checkpoints_on_time(points) == (1, 3)

    def test_a_share_of_nothing_is_nothing(self):
        assert rules.share(0, 0) is None
        assert rules.share(2, 3) == D("66.67")


def closed(agency, on=CLOSED, kind="CLOSING", **more):
    project = listed(agency=agency, on=BEGINS, **more)
    for n, percent in ((1, 10), (2, 20), (4, 60), (5, 79)):
        if n < on.month - 2:
            reported(project, n, percent, date(2016, 2 + n + 1, 5), paid=percent * 450_000)
    asked = services.apply(project, kind=kind, reason="完成", by=None, at=instant(on, 9))
    services.decide(asked, approved=True, remark="", by=None, at=instant(on, 10))
    project.plan.refresh_from_db()
    return project


@pytest.fixture
def city():
    city = make_city()
    city.judge = make_person(
        make_agency("uni", kind=AgencyKind.OUTSIDE_BODY, name="大學", short_name="大學"), None, Role.JUDGE
    )
    city.late = listed(agency=city.works, on=BEGINS, name="橋梁補強工程")
    for n, percent, day in ((1, 10, 5), (2, 20, 5), (3, 40, 20), (4, 60, 5), (5, 79, 5)):  # May came after its lock
        reported(city.late, n, percent, date(2016, 3 + n, day), paid=percent * 450_000)
    plan = city.late.plan
    plans.meet(plan, code="award", on=date(2016, 3, 31), by=None, at=instant(date(2016, 4, 1)))
    plans.meet(plan, code="half", on=date(2016, 6, 2), by=None, at=instant(date(2016, 6, 3)))
    for day, package, result in ((2, "土建標", "FAILED"), (20, "土建標", "AWARDED"), (22, "水電標", "AWARDED")):
        known = {} if result == "FAILED" else {"amount": 40_000_000, "contractor": "示範營造"}
        at = instant(date(2016, 3, day), 12)
        plans.hold_tender(plan, package=package, on=at.date(), result=result, **known, by=None, at=at)
    asked = services.apply(city.late, kind="CLOSING", reason="完成", by=None, at=instant(CLOSED, 9))
    services.decide(asked, approved=True, remark="", by=None, at=instant(CLOSED, 10))
    city.bare = closed(city.district, on=date(2016, 4, 5), works=False, total_budget=12_000_000, name="社區照顧計畫")
    closed(city.works, on=date(2016, 5, 6), kind="WITHDRAWAL", name="撤銷的計畫")
    listed(agency=city.works, on=BEGINS, name="還在做的計畫")
    return city


@pytest.mark.django_db
class TestCandidates:
    def test_are_what_was_closed_in_the_year_and_what_the_figure_counts(self, city):
        assert [(one.subject, one.group) for one in year_end.candidates(2016)] == [
            (city.late, "works"), (city.bare, "other"),
        ]  # fmt: skip
        assert year_end.candidates(2017) == []
        assert figures.year_end_evaluations(Period.year(2016)).value == 2
        assert figures.year_end_evaluations(Period(date(2016, 5, 1), date(2016, 12, 31))).value == 1
        assert figures.year_end_evaluations(Period.year(2017)).value == 0
        assert year_end.due(2016) == date(2017, 3, 31)


@pytest.mark.django_db
class TestMeasured:
    def found(self, city):
        subjects = [city.late, city.bare]
        return {
            name: {key: value for key, (value, _inputs) in getattr(year_end, name)(subjects, 2016).items()}
            for name in ("progress", "reporting", "money", "checkpoints", "tenders")
        }

    def test_goes_by_the_months_that_were_locked_before_closing(self, city):
        found = self.found(city)

        assert {name: by[city.late.pk] for name, by in found.items()} == {
            "progress": D("60.00"),  # March, April and June of five; May came late, July was behind
            "reporting": D("80.00"),
            "money": D("88.88"),
            "checkpoints": D("33.33"),
            "tenders": D("50.00"),
        }

    def test_of_what_was_closed_before_a_month_was_due_is_nothing_but_its_checkpoints(self, city):
        found = self.found(city)

        assert {name: by[city.bare.pk] for name, by in found.items()} == {
            "progress": None, "reporting": None, "money": None, "checkpoints": D("0.00"), "tenders": None,
        }  # fmt: skip

    def test_stays_as_it_was_whatever_is_entered_later(self, city):
        before = self.found(city)
        for row in MonthReport.objects.filter(plan=city.late.plan):
            row.pk, row.n, row.percent, row.paid, row.correction = None, row.n + 1, D(100), 1, True
            row.recorded_on = date(2017, 1, 20)
            row.save()
        plans.MilestoneDay.objects.filter(plan=city.late.plan, code="half").update(recorded_on=date(2016, 6, 3))
        plans.MilestoneDay.objects.create(
            plan=city.late.plan, code="half", met_on=date(2016, 5, 1), recorded_on=date(2017, 1, 20),
            recorded_at=instant(date(2017, 1, 20)),
        )  # fmt: skip

        assert self.found(city) == before

    def test_asks_as_many_questions_for_many(self, city, django_assert_max_num_queries):
        for subjects in ([city.late, city.bare], [city.late]):
            with django_assert_max_num_queries(19):
                year_end.progress(subjects, 2016)


@pytest.mark.django_db
class TestWay:
    def test_goes_from_the_to_do_to_the_letter_and_its_correction(self, city):
        began, coordinator, by = date(2017, 1, 10), city.coordinator, city.commission.account
        assert telling.chase(instant(began, 7)) == 1
        todo = Todo.objects.open().get(kind=evaluations.DUE)
        assert (todo.title, todo.detail) == ("105年度列管計畫年終考核", "還沒有開始")
        assert todo.due_at.astimezone().date() == date(2017, 3, 31)

        due = {"self": date(2017, 1, 31), "first": date(2017, 2, 15), "final": date(2017, 3, 10)}
        one = evaluations.begin(year_end.KIND, 2016, judges=[city.judge], due=due, by=by, at=instant(began, 9))
        telling.chase(instant(began, 10))
        assert Todo.objects.open().get(kind=evaluations.DUE).detail == "自評"
        assert Todo.objects.open().filter(kind=evaluations.ASSESS).count() == 2
        late, bare = one.candidates.all()
        marks = {"results": Mark(9), "control": Mark(8)}
        evaluations.assess(late, marks=marks, remark="如佐證", by=coordinator.account, at=instant(began, 11))
        evaluations.end_step(one, by=by, at=instant(date(2017, 2, 1)))
        for day in (date(2017, 2, 2), date(2017, 2, 20)):
            for row in (late, bare):
                evaluations.judge(row, marks=marks, remark="", by=city.judge.account, at=instant(day))
            evaluations.end_step(one, by=by, at=instant(day, 12))
        evaluations.close(one, by=by, at=instant(date(2017, 3, 1)))

        assert not Todo.objects.open().filter(kind__startswith="evaluation.").exists()
        assert telling.chase(instant(date(2017, 3, 2), 7)) == 0
        late.refresh_from_db()
        shown = queries.results(one)[0]
        assert (late.points, late.place, shown.grade) == (shown.total, 1, one.scheme.grade_of(late.points))
        assert queries.result_of(city.late) == late

        given = {"by": by, "at": instant(date(2017, 3, 3), 9), "sent_on": date(2017, 3, 3)}
        with pytest.raises(CannotEvaluate, match="字號"):
            telling.send_results(one, document=" ", **given)
        first = telling.send_results(one, document="府研管字第1060000001號", **given)
        assert {row.agency for row in first} == {city.works, city.district}
        letter = Letter.objects.get(template="scoring.result", address=city.coordinator.account.email)
        assert "橋梁補強工程" in letter.text
        assert shown.grade in letter.text
        assert "社區照顧計畫" not in letter.text
        with pytest.raises(CannotEvaluate, match="沒有改變"):
            telling.send_results(one, document="府研管字第1060000002號", **given)
        assert Entry.objects.filter(event="evaluation.results_sent").count() == 1

    def test_counted_again_gives_equal_numbers(self, city):
        due = {"self": date(2017, 1, 31), "first": date(2017, 2, 15), "final": date(2017, 3, 10)}
        at = instant(date(2017, 1, 10), 9)
        one = evaluations.begin(year_end.KIND, 2016, judges=[city.judge], due=due, by=None, at=at)
        before = list(
            queries.measurements(one).order_by("candidate", "criterion").values_list("value", "points", "inputs")
        )

        evaluations.measure_again(one, reason="再算一次", by=None, at=instant(date(2017, 2, 1)))

        after = list(
            queries.measurements(one).order_by("candidate", "criterion").values_list("value", "points", "inputs")
        )
        assert after == before
