"""A year's subsidised projects: rates with rows that must not count, pages by who may and who may not, what is chased."""

import re
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityhall.domains.projects import services as projects
from cityhall.domains.projects.tests.making import listed, make_city, plan_from, proposed, reported, signed_in
from cityhall.domains.subsidies import figures, queries, services
from cityhall.domains.subsidies.rules import Line, Stood, close_by, day_in, grouped
from cityhall.engines.audit.models import Entry
from cityhall.engines.directory.states import Role
from cityhall.engines.directory.tests.factories import make_person
from cityhall.engines.figures import queries as counted
from cityhall.engines.figures import registry
from cityhall.engines.milestones import services as plans
from cityhall.engines.milestones.rules import Milestone, Stage
from cityhall.engines.worklist.models import Todo
from cityhall.foundation.clock import at as instant
from cityhall.foundation.period import Period

BEGINS, CLOSED_ON, TODAY = date(2016, 7, 1), date(2017, 1, 20), date(2017, 3, 31)
AS_PRINTED = Period.parse("2016 as of 2017-02-28")
DESK = "/desk/subsidies/"


class TestRates:
    def test_state_their_denominators_by_number_and_by_money(self):
        line = Line(
            "", [Stood("a", 60, 57, frozenset({"tendered", "closed"})), Stood("a", 40, 40, frozenset({"tendered"}))]
        )

        assert (line.execution.share, line.by_number("tendered").share) == (Decimal(97), Decimal(100))
        assert (line.by_number("closed").share, line.by_money("closed").share) == (Decimal(50), Decimal(60))
        assert (line.by_number("closed").whole, line.by_money("closed").whole) == (2, 100)
        assert Line("", []).by_number("closed").share is None

    @given(
        st.lists(
            st.builds(Stood, st.sampled_from("ab"), st.integers(1, 99), st.integers(0, 99), st.just(frozenset("x")))
        )
    )
    def test_of_the_groups_add_up_to_the_whole(self, rows):
        lines, whole = grouped(rows), Line("", rows)

        assert sum(one.listed for one in lines) == whole.listed == whole.by_number("x").part
        assert sum(one.execution.part for one in lines) == whole.execution.part
        assert sum(one.budget for one in lines) == whole.budget

    def test_have_their_days_within_the_year_and_after_it(self):
        assert [day_in(year, 229) for year in (2016, 2017)] == [date(2016, 2, 29), date(2017, 2, 28)]
        assert day_in(2017, 315) == date(2017, 3, 15)
        assert [close_by(2016, n) for n in (0, 2)] == [date(2016, 12, 31), date(2017, 2, 28)]


def subsidy(city, name, *, mode="tendered", reached=(), budget=10_000_000, **more):
    """A subsidised project of 2016, with the checkpoints that it reached by the end of January."""
    codes = ("award", "complete", "accept")
    points = [Milestone(code, date(2016, 12, 1), None, Stage.BEFORE, code) for code in codes]
    given = {"on": BEGINS, "agency": city.works, "facets": {"class": "water", "mode": mode}, **more}
    project = listed(
        profile="subsidy", name=name, total_budget=budget, **{**plan_from(BEGINS), "milestones": points}, **given
    )
    for code in reached:
        plans.meet(project.plan, code=code, on=CLOSED_ON, by=None, at=instant(CLOSED_ON))
    return project


def close(project, on):
    asked = projects.apply(project, kind="CLOSING", reason="完成", by=None, at=instant(on))
    projects.decide(asked, approved=True, remark="", by=None, at=instant(on))


@pytest.fixture
def city(db, monkeypatch):
    """Of 2016: one closed, a plain grant closed, one completed, one only awarded; and what must not count."""
    monkeypatch.setattr("django.utils.timezone.now", lambda: instant(TODAY, 10))
    city = make_city()
    done = subsidy(city, "自行車道", reached=("award", "complete", "accept"))
    granted = subsidy(city, "社區補助", mode="grant", reached=("award", "complete"), budget=30_000_000)
    finished = subsidy(city, "游泳池整修", reached=("award", "complete"), facets={"class": "sport", "mode": "purchase"})
    subsidy(city, "排水改善", agency=city.district, reached=("award",), budget=50_000_000)
    for n in range(1, 7):
        on = date(2016 + (7 + n) // 13, (6 + n) % 12 + 1, 5)
        reported(done, n, (10, 20, 40, 60, 80, 100)[n - 1], on, paid=n * 1_000_000, surplus=500_000)
    reported(granted, 1, 10, date(2016, 8, 5), unpaid=6_000_000, retained=3_000_000)
    close(done, CLOSED_ON)
    close(granted, CLOSED_ON)
    plans.meet(finished.plan, code="accept", on=date(2017, 2, 28), by=None, at=instant(date(2017, 3, 20)))  # too late
    small = proposed(agency=city.works, on=BEGINS, profile="subsidy", facets={"class": "other", "mode": "event"})
    projects.leave_to_agency(small, keeper=city.officer, reason="規模小", by=None, at=instant(BEGINS))
    listed(agency=city.works, on=BEGINS)  # no subsidy
    listed(agency=city.works, on=date(2017, 3, 15), profile="subsidy", facets={"class": "culture", "mode": "event"})
    city.done, city.finished = done, finished
    return city


class TestFigures:
    def test_count_the_set_of_the_year_as_it_stood(self, city):
        names = ("listed", "tendered", "completed", "accepted", "closed", "open", "classes", "modes")

        assert [getattr(figures, name)(AS_PRINTED).value for name in names] == [4, 100, 75, 25, 2, 2, 2, 3]
        assert figures.accepted(Period.parse("2016 as of 2017-03-31")).value == 50
        assert (figures.listed(Period.year(2017)).value, figures.listed(Period.parse("..2017-12-31")).value) == (1, 5)
        assert figures.closed(Period.parse("2016 as of 2017-01-19")).value == 0

    def test_share_out_money_and_its_parts(self, city):
        done = figures.budget_execution(AS_PRINTED)

        assert (done.value, figures.budget(AS_PRINTED).value) == (Decimal("15.5"), Decimal(100_000_000))
        # A month's last day goes by what was reported until the 10th, another by what was known that day.
        assert figures.budget_execution(Period.parse("2016 as of 2016-12-31")).value == Decimal("15.5")
        assert figures.budget_execution(Period.parse("2016 as of 2016-12-30")).value == Decimal("14.5")
        of_2016 = counted.value("subsidies.budget_execution", AS_PRINTED, at=instant(TODAY))
        assert counted.narrowed(of_2016, [(of_2016.view.dimension("agency"), str(city.district.pk))]).value == 0
        assert {part.count for part in counted.breakdown(of_2016, of_2016.view.dimension("agency"))} == {3, 1}

    def test_print_as_the_report_does(self, city):
        one = registry.get("subsidies.listed")

        assert one.sentence(81, Period.year(2017)) == "106 年度基本設施補助計畫總計選列 81 案"
        assert registry.get("subsidies.budget").sentence(1_107_000_000, Period.year(2017)) == "總經費 11.07 億元"


def words(response):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", response.content.decode()))


class TestPages:
    def test_open_every_number_to_its_projects(self, city, client):
        browser, asked = signed_in(city.commission), "?year=2016&as_of=2017-02-28"

        page = browser.get(f"{DESK}{asked}")
        assert "15.5%" in words(page)
        assert "還沒結案的 2 案" in words(page)
        for by in ("agency", "class", "mode"):
            page = browser.get(f"{DESK}{asked}&by={by}").content.decode()
            doors = sorted(set(re.findall(r'href="(/desk/subsidies/projects/\?[^"]+)">([\d,]+)<', page)))
            assert len(doors) > 6
            for door, many in doors:
                assert f" {many} 案" in words(browser.get(door.replace("&amp;", "&"))), door

    def test_ask_for_a_day_and_say_what_is_wrong_with_it(self, city):
        browser = signed_in(city.commission)

        page = words(browser.get(f"{DESK}?year=2016&day_year=106&day_month=1&day_day=19"))
        assert "截至 106年1月19日" in page
        assert "還沒結案的 4 案" in page
        assert browser.get(f"{DESK}?year=2016&day_year=106&day_month=13&day_day=1").status_code == 422
        assert "還沒有選列的計畫" in words(browser.get(f"{DESK}?year=2017&as_of=2016-01-01"))

    def test_leave_as_sheets_and_that_is_written_down(self, city):
        browser = signed_in(city.commission)

        for name in ("export.csv", "projects.csv"):
            response = browser.get(f"{DESK}{name}?year=2016&as_of=2017-02-28&stage=closed")
            text = b"".join(response.streaming_content).decode("utf-8-sig")
            assert ("工務局" in text, "社區補助" in text) == (True, name == "projects.csv")
        assert Entry.objects.filter(event="subsidies.exported").count() == 2

    def test_show_an_agency_its_own_and_others_nothing(self, city, django_assert_max_num_queries):
        page = words(signed_in(city.other).get(f"{DESK}?year=2016"))

        assert ("選列 1 案" in page, "游泳池" in page) == (True, False)
        assert signed_in(make_person(city.rdec, None, Role.TESTER)).get(DESK).status_code == 403
        browser = signed_in(city.commission)
        browser.get(DESK)
        with django_assert_max_num_queries(45):
            browser.get(f"{DESK}?year=2016")


class TestChasing:
    def test_waits_on_the_agencys_list_until_it_is_closed(self, city):
        waiting = Todo.objects.open().filter(kind=services.CLOSING)

        assert services.chase(instant(TODAY, 6)) == services.chase(instant(TODAY, 7)) == 2
        assert {one.due_at.date() for one in waiting} == {date(2017, 2, 28)}
        assert queries.close_by(2016) == date(2017, 2, 28)
        close(city.finished, TODAY)

        assert waiting.all().count() == 1
        assert services.chase(instant(date(2016, 12, 31))) == 0  # the year is not over
