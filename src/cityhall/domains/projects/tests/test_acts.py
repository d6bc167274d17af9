"""Acts on projects: the result, the refusal, the entry in the trail."""

from datetime import date
from functools import partial

import pytest
from django.db import IntegrityError, transaction
from tests.support.at_once import at_once

from cityhall.domains.projects import queries, services, sheets
from cityhall.domains.projects.models import Application, Candidacy, Project
from cityhall.domains.projects.states import ApplicationState, Decision, EndKind
from cityhall.engines.audit.models import Entry
from cityhall.engines.directory.tests.factories import make_agency
from cityhall.engines.files.sheets import write_ods
from cityhall.engines.milestones import services as plans
from cityhall.engines.milestones.models import MonthReport
from cityhall.engines.milestones.refusals import CannotControl
from cityhall.engines.milestones.rules import Light, Milestone, Stage, Standing
from cityhall.engines.worklist.models import Todo
from cityhall.foundation.clock import at as instant

from .making import listed, make_city, plan_from, proposed, reported

NEW_YEAR = date(2016, 1, 4)
NINE = instant(NEW_YEAR, 9)


def events(name):
    return Entry.objects.filter(event=f"projects.{name}").count()


def todos(kind):
    return Todo.objects.open().filter(kind=kind)


@pytest.fixture
def city():
    return make_city()


@pytest.mark.django_db
class TestProposing:
    def test_gives_a_number_and_asks_the_commission(self, city):
        first, second = (proposed(agency=city.works, on=NEW_YEAR) for _n in range(2))

        assert (first.number, second.number) == ("M105-001", "M105-002")
        assert (todos("projects.select").count(), events("proposed")) == (2, 2)

    @pytest.mark.parametrize(
        ("more", "words"),
        [
            ({"name": " "}, "計畫名稱"), ({"total_budget": 0}, "大於0"), ({"year": 2015}, "已經過了"),
            ({"profile": "subsidy", "facets": {"class": "none"}}, "類別"), ({"milestones": []}, "檢核點"),
        ],
    )  # fmt: skip
    def test_is_refused_with_the_reason_and_takes_no_number(self, city, more, words):
        with pytest.raises(CannotControl, match=words):
            proposed(agency=city.works, on=NEW_YEAR, **more)

        assert not Project.objects.exists()
        assert proposed(agency=city.works, on=NEW_YEAR).number == "M105-001"

    def test_of_another_profile_has_its_own_numbers_and_facets(self, city):
        project = proposed(
            agency=city.works, on=NEW_YEAR, profile="subsidy", facets={"class": "water", "mode": "tendered"}
        )

        assert (project.number, project.facets["class"]) == ("S105-001", "water")


@pytest.mark.django_db
class TestSelecting:
    def test_lists_from_a_day_that_has_not_passed(self, city):
        project = proposed(agency=city.works, on=NEW_YEAR)
        with pytest.raises(CannotControl, match="今天或以後"):
            services.select(project, on=date(2016, 1, 1), reason="達門檻", by=None, at=NINE)
        with pytest.raises(CannotControl, match="理由"):
            services.select(project, on=NEW_YEAR, reason=" ", by=None, at=NINE)

        services.select(project, on=NEW_YEAR, reason="達門檻", by=None, at=NINE)

        assert Candidacy.objects.get().decision == Decision.LISTED
        assert not todos("projects.select").exists()
        assert events("listed") == 1
        with pytest.raises(CannotControl, match="沒有待決定"):
            services.select(project, on=NEW_YEAR, reason="再一次", by=None, at=NINE)

    @pytest.mark.parametrize(("budget", "works"), [(29_999_999, True), (9_999_999, False)])
    def test_refuses_what_is_below_the_threshold(self, city, budget, works):
        project = proposed(agency=city.works, on=NEW_YEAR, total_budget=budget, works=works)

        with pytest.raises(CannotControl, match="門檻"):
            services.select(project, on=NEW_YEAR, reason="重要", by=None, at=NINE)

    def test_leaves_the_rest_to_a_named_person_of_the_agency(self, city):
        project = proposed(agency=city.works, on=NEW_YEAR)
        for nobody in (None, city.other):
            with pytest.raises(CannotControl, match="現職人員"):
                services.leave_to_agency(project, keeper=nobody, reason="規模小", by=None, at=NINE)

        row = services.leave_to_agency(project, keeper=city.officer, reason="規模小", by=None, at=NINE)

        assert (row.decision, row.keeper, events("self_managed")) == (Decision.SELF_MANAGED, city.officer, 1)
        assert not queries.positions([project], queries.moment(None, NEW_YEAR))

    def test_is_decided_whole_in_the_database(self, city):
        proposed(agency=city.works, on=NEW_YEAR)

        for wrong in ({"decision": "LISTED"}, {"decision": "SELF_MANAGED", "decided_on": NEW_YEAR, "reason": "x"}):
            with pytest.raises(IntegrityError), transaction.atomic():
                Candidacy.objects.update(**wrong)


@pytest.mark.django_db
class TestApplying:
    def test_for_a_change_makes_a_new_baseline_when_approved(self, city):
        project = listed(agency=city.works, on=NEW_YEAR)
        later = plan_from(date(2016, 3, 1))
        asked = services.apply(
            project, kind="CHANGE", reason="變更設計", proposed=(later["milestones"], later["months"]), by=None, at=NINE
        )
        assert todos("projects.decide").count() == 1
        with pytest.raises(CannotControl, match="已經有一件"):
            services.apply(project, kind="CLOSING", reason="完工", by=None, at=NINE)

        services.decide(asked, approved=True, remark="", by=None, at=instant(date(2016, 1, 8), 9))

        assert [one.number for one in project.plan.baselines.all()] == [1, 2]
        assert project.plan.baselines.get(number=2).months.first().month == date(2016, 3, 1)
        assert (events("applied"), events("decided"), todos("projects.decide").count()) == (1, 1, 0)
        with pytest.raises(CannotControl, match="已經核定"):
            services.decide(asked, approved=False, remark="x", by=None, at=NINE)

    @pytest.mark.parametrize(("kind", "ended"), [("CLOSING", EndKind.CLOSED), ("WITHDRAWAL", EndKind.WITHDRAWN)])
    def test_for_an_end_ends_control_on_the_day_of_approval(self, city, kind, ended):
        project = listed(agency=city.works, on=NEW_YEAR)
        asked = services.apply(project, kind=kind, reason="理由", by=None, at=NINE)
        with pytest.raises(CannotControl, match="不同意時"):
            services.decide(asked, approved=False, remark="", by=None, at=NINE)

        services.decide(asked, approved=True, remark="", by=None, at=instant(date(2016, 2, 1), 9))

        project.refresh_from_db()
        project.plan.refresh_from_db()
        assert (project.ended_as, project.plan.ended_on) == (ended, date(2016, 2, 1))
        with pytest.raises(CannotControl, match="沒有列管"):
            services.apply(project, kind="CLOSING", reason="x", by=None, at=instant(date(2016, 2, 2), 9))

    @pytest.mark.parametrize(("mode", "goes_without"), [("grant", True), ("tendered", False)])
    def test_for_the_closing_of_a_subsidy_wants_it_completed_and_what_is_handed_over_accepted(
        self, city, mode, goes_without
    ):
        points = [Milestone(code, date(2016, 1, 6), None, Stage.BEFORE, code) for code in ("complete", "accept")]
        project = listed(
            agency=city.works,
            on=NEW_YEAR,
            profile="subsidy",
            facets={"class": "water", "mode": mode},
            milestones=points,
        )
        with pytest.raises(CannotControl, match="完工"):
            services.apply(project, kind="CLOSING", reason="撥付完成", by=None, at=NINE)
        plans.meet(project.plan, code="complete", on=NEW_YEAR, by=None, at=NINE)

        if not goes_without:
            with pytest.raises(CannotControl, match="驗收完成"):
                services.apply(project, kind="CLOSING", reason="撥付完成", by=None, at=NINE)
            plans.meet(project.plan, code="accept", on=NEW_YEAR, by=None, at=NINE)
        assert services.apply(project, kind="CLOSING", reason="撥付完成", by=None, at=NINE).kind == "CLOSING"

    def test_refused_changes_nothing(self, city):
        project = listed(agency=city.works, on=NEW_YEAR)
        asked = services.apply(project, kind="CLOSING", reason="x", by=None, at=NINE)

        services.decide(asked, approved=False, remark="尚未驗收", by=None, at=NINE)

        assert Application.objects.get().state == ApplicationState.REFUSED
        assert project.plan.baselines.count() == 1

    def test_for_a_withdrawal_comes_two_months_before_the_end(self, city):
        project = listed(agency=city.works, on=NEW_YEAR)

        with pytest.raises(CannotControl, match="前2個月"):
            services.apply(project, kind="WITHDRAWAL", reason="x", by=None, at=instant(date(2016, 5, 3), 9))

    def test_for_a_change_brings_a_whole_plan(self, city):
        project = listed(agency=city.works, on=NEW_YEAR)

        for proposed_plan in (None, ([], plan_from(NEW_YEAR)["months"])):
            with pytest.raises(CannotControl):
                services.apply(project, kind="CHANGE", reason="x", proposed=proposed_plan, by=None, at=NINE)


@pytest.mark.django_db
class TestChasing:
    def test_puts_a_month_on_the_list_until_it_is_reported(self, city):
        project = listed(agency=city.works, unit=city.roads, on=NEW_YEAR)

        assert services.chase(instant(date(2016, 2, 1), 6, 50)) == 1

        (todo,) = todos("projects.report")
        assert (todo.unit, todo.due_at) == (city.roads, instant(date(2016, 2, 11)))
        assert "105年1月" in todo.detail
        reported(project, 1, 10, date(2016, 2, 3))
        assert not todos("projects.report").exists()
        assert services.chase(instant(date(2016, 2, 4), 6, 50)) == 0

    def test_asks_as_often_for_many_as_for_few(self, city, django_assert_max_num_queries):
        for _n in range(8):
            listed(agency=city.works, on=NEW_YEAR)

        services.chase(instant(date(2016, 2, 1), 6, 50))
        with django_assert_max_num_queries(40):
            services.chase(instant(date(2016, 2, 2), 6, 50))


def sheet(*rows):
    return write_ods([str(one.label) for one in sheets.COLUMNS], rows)


def row(number, month, percent, **more):
    given = {"number": number, "month": month, "percent": percent, **more}
    return [given.get(one.key, "") for one in sheets.COLUMNS]


@pytest.mark.django_db
class TestSheet:
    def test_takes_three_months_and_explains_two_bad_cells(self, city):
        mine, other = listed(agency=city.works, on=NEW_YEAR), listed(agency=city.district, on=NEW_YEAR)
        words = {"reason": "下雨", "measure": "加派"}
        content = sheet(
            row(mine.number, "105/3", "40", paid=300), row(mine.number, "105/1", "10", paid=100),
            row(mine.number, "105/2", "百分之二十"), row(mine.number, "105/2", "15", paid=200, **words),
            row(mine.number, "105/4", ""), row(other.number, "105/1", "10"), row(mine.number, "105/1", "11"),
        )  # fmt: skip

        report = sheets.take_in(content, by=city.coordinator.account, at=instant(date(2016, 4, 1), 9))

        assert (report.taken, report.same, report.refused_rows) == (3, 0, 3)
        assert [(one.row, one.column) for one in report.refused] == [(4, "實際進度"), (7, "計畫編號"), (8, "月份")]
        assert list(MonthReport.objects.order_by("month").values_list("percent", flat=True)) == [10, 15, 40]
        assert events("months_imported") == 1

    def test_again_changes_nothing(self, city):
        mine = listed(agency=city.works, on=NEW_YEAR)
        given = [row(mine.number, "105/1", "10", paid=100)]
        at = instant(date(2016, 2, 5), 9)

        sheets.take_in(sheet(*given), by=city.coordinator.account, at=at)
        again = sheets.take_in(sheet(*given), by=city.coordinator.account, at=at)

        assert (again.taken, again.same, again.refused) == (0, 1, [])

    def test_says_why_a_month_cannot_be_written(self, city):
        mine = listed(agency=city.works, on=NEW_YEAR)

        report = sheets.take_in(
            sheet(row(mine.number, "105/1", "5"), row(mine.number, "105/2", "20")), by=city.coordinator.account,
            at=instant(date(2016, 2, 5), 9),
        )  # fmt: skip

        assert [(one.column, one.why) for one in report.refused] == [
            ("落後原因", "進度落後時要寫。"), ("因應對策", "進度落後時要寫。"), ("月份", "這個月還沒過完，月底起才能填。"),
        ]  # fmt: skip


@pytest.mark.django_db
class TestThePast:
    def test_the_table_of_a_past_month_stays_the_same_after_later_entries(self, city):
        behind, fine = listed(agency=city.works, on=NEW_YEAR), listed(agency=city.district, on=NEW_YEAR)
        reported(behind, 1, 4, date(2016, 2, 5))
        reported(fine, 1, 10, date(2016, 2, 5))
        now = date(2016, 5, 1)
        rows = queries.with_plan(queries.listed_in_year(Project.objects.of("major"), now))
        when = queries.moment(date(2016, 1, 1), now)
        before = [(one.project.number, one.standing, one.light, one.actual) for one in queries.positions(rows, when)]

        services.plans.meet(behind.plan, code="award", on=date(2016, 1, 31), by=None, at=instant(date(2016, 3, 20), 9))
        reported(behind, 2, 20, date(2016, 3, 20))
        asked = services.apply(fine, kind="CLOSING", reason="x", by=None, at=instant(date(2016, 4, 1), 9))
        services.decide(asked, approved=True, remark="", by=None, at=instant(date(2016, 4, 1), 9))
        rows = queries.with_plan(queries.listed_in_year(Project.objects.of("major"), when.day))
        after = [(one.project.number, one.standing, one.light, one.actual) for one in queries.positions(rows, when)]

        assert after == before
        assert before == [
            (behind.number, Standing.WORKS, Light.AMBER, 4), (fine.number, Standing.ON_TIME, Light.GREEN, 10),
        ]  # fmt: skip
        today = queries.positions(queries.with_plan(Project.objects.all()), queries.moment(None, now))
        assert [one.standing for one in today] == [Standing.WORKS, Standing.CLOSED]

    def test_bureaus_and_district_offices_are_counted_apart(self, city):
        listed(agency=city.works, on=NEW_YEAR)
        listed(agency=city.district, on=NEW_YEAR)

        bureaus, offices = queries.groups(
            queries.positions(queries.with_plan(Project.objects.all()), queries.moment(None, NEW_YEAR))
        )

        assert ([one.agency for one in bureaus.lines], [one.agency for one in offices.lines]) == (
            ["works"],
            ["taoyuan"],
        )
        assert (bureaus.district_offices, offices.district_offices) == (False, True)

    def test_a_month_that_may_still_be_reported_does_not_hide_the_last_one(self, city):
        project = listed(agency=city.works, on=NEW_YEAR)
        reported(project, 1, 4, date(2016, 2, 5))

        (one,) = queries.positions(queries.with_plan(Project.objects.all()), queries.moment(None, date(2016, 3, 5)))

        assert (one.planned, one.behind, one.light) == (10, 6, Light.AMBER)


@pytest.mark.django_db
def test_succession_takes_the_projects_along(city):
    from cityhall.engines.milestones import succession

    project = listed(agency=city.works, on=NEW_YEAR)

    assert list(succession.plans(city.works, NEW_YEAR)) == [project.plan]


@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    def test_numbers_have_no_gap(self):
        agency = make_agency("works")

        done = at_once([partial(proposed, agency=agency, on=NEW_YEAR) for _n in range(4)])

        assert all(isinstance(one, Project) for one in done), done
        assert sorted(Project.objects.values_list("number", flat=True)) == [f"M105-00{n}" for n in range(1, 5)]

    def test_of_two_who_decide_one_does(self):
        city = make_city()
        project = listed(agency=city.works, on=NEW_YEAR)
        asked = services.apply(project, kind="CLOSING", reason="x", by=None, at=NINE)

        done = at_once([partial(services.decide, asked, approved=True, remark="", by=None, at=NINE) for _n in range(2)])

        assert sorted(type(one).__name__ for one in done) == ["Application", "CannotList"]
