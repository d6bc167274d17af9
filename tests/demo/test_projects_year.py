"""The report's projects and subsidised projects: the plan adds up to what it prints, and a part comes out as planned."""

from datetime import date

import pytest

from cityhall.domains.projects import figures as projects
from cityhall.domains.subsidies import figures as subsidies
from cityhall.domains.subsidies import services as chasing
from cityhall.engines.deadlines.services import seed_calendar
from cityhall.engines.worklist.models import Todo
from cityhall.foundation.clock import at as instant
from cityhall.foundation.period import Period
from cityhall.project.demo import people, petitions, projects_year
from cityhall.project.demo import subsidies as subsidised

TODAY = instant(date(2017, 3, 31), 17)
SHARE = 0.09
REVIEWS = Period.parse("2016-10-01..2017-03-31")
YEARS = Period.parse("2016 as of 2017-02-28"), Period.year(2017)


def test_the_whole_year_is_what_the_report_prints():
    plan, (of_2016, of_2017) = projects_year.plan(), subsidised.sets()

    assert (plan.new, plan.continued, plan.new + plan.continued, plan.reviewed, plan.visits) == (90, 270, 360, 47, 21)
    assert sum(budget for _works, budget in plan.budgets) == 191_700_000_000
    assert sum(budget for works, budget in plan.budgets if works) == 145_000_000_000
    assert all(budget >= (30 if works else 10) * projects_year.MILLION for works, budget in plan.budgets)
    assert (of_2016.many, of_2016.many - of_2016.open, of_2016.open) == (71, 68, 3)
    assert round(100 * (of_2016.many - of_2016.unfinished) / of_2016.many, 2) == 97.18
    assert round(100 * (of_2016.many - of_2016.open - of_2016.grants) / of_2016.many, 2) == 94.37
    assert (of_2017.many, of_2017.budget) == (81, 1_107_000_000)


@pytest.mark.django_db
def test_a_part_of_it_is_counted_as_planned_and_made_once():
    seed_calendar()
    people.load(at=instant(date(2015, 12, 31), 18), since=petitions.FOUNDED)

    for _time in range(2):
        projects_year.live_year(SHARE, 105, say=lambda words: None)
        subsidised.live_year(SHARE, until=TODAY, say=lambda words: None)

    plan, (of_2016, of_2017) = projects_year.plan(SHARE), subsidised.sets(SHARE)
    assert [projects.listed(YEARS[1], of).value for of in ("", "new", "continued")] == [
        plan.new + plan.continued, plan.new, plan.continued,
    ]  # fmt: skip
    assert projects.candidates_budget(YEARS[1], "works").value == plan.works * projects_year.MILLION
    assert projects.candidates_budget(YEARS[1], "other").value == plan.other * projects_year.MILLION
    assert projects.reviewed(REVIEWS).value == projects.reviewed(Period.parse("..2017-12-31")).value == plan.reviewed
    assert projects.site_visits(Period.year(2016)).value == plan.visits
    names = ("listed", "closed", "open")
    assert [getattr(subsidies, name)(YEARS[0]).value for name in names] == [
        of_2016.many, of_2016.many - of_2016.open, of_2016.open,
    ]  # fmt: skip
    rates = [subsidies.tendered, subsidies.completed, subsidies.accepted]
    assert [one(YEARS[0]).part.count() for one in rates] == [
        of_2016.many, of_2016.many - of_2016.unfinished, of_2016.many - of_2016.open - of_2016.grants,
    ]  # fmt: skip
    assert round(subsidies.budget_execution(YEARS[0]).value, 2) == round(100 * subsidised.CARRIED_OUT, 2)
    assert (subsidies.listed(YEARS[1]).value, subsidies.budget(YEARS[1]).value) == (of_2017.many, of_2017.budget)
    assert (subsidies.classes(YEARS[1]).value, subsidies.modes(YEARS[1]).value) == (5, 8)
    assert Todo.objects.open().filter(kind=chasing.CLOSING).count() == of_2016.open
