"""The smart-city programme and the meetings of the report's time, by the product's own acts: the report's numbers."""

from datetime import date

import pytest

from cityhall.domains.control_yuan.figures import petitioners
from cityhall.domains.smart_city import figures, queries
from cityhall.domains.smart_city.models import Evidence, SubProject
from cityhall.engines.deadlines.services import seed_calendar
from cityhall.foundation.clock import at as instant
from cityhall.foundation.period import Period
from cityhall.project.demo import gatherings_year, people, petitions, smart_city
from cityhall.project.demo.full_year import FOUNDED, NOW

TODAY = date(2017, 3, 31)


@pytest.mark.django_db
def test_have_the_numbers_of_the_report():
    seed_calendar()
    people.load(at=FOUNDED, today=TODAY, since=petitions.FOUNDED)

    held = gatherings_year.live_year(NOW, say=print)
    many = smart_city.load(NOW, begins=date(2016, 1, 1), say=print)

    until, programme = Period(None, date(2017, 2, 28)), Period(date(2016, 1, 1), date(2019, 12, 31))
    assert [figures.meetings(until, of).value for of in ("committee", "working group", "")] == [2, 30, 32]
    assert [petitioners(Period(day, day)).value for day in (date(2016, 12, 12), date(2017, 3, 21))] == [4, 1]
    assert (held, many) == (36, 115)
    assert (figures.subprojects(programme).value, figures.facets(programme).value) == (115, 3)
    by_facet = SubProject.objects.values_list("facets__facet", flat=True)
    assert sorted(list(by_facet).count(facet) for facet in ("governance", "industry", "living")) == [30, 40, 45]
    assert {one.factor for one in Evidence.objects.all()} >= {"BROADBAND", "INNOVATION", "ADVOCACY"}
    measured = queries.measured(SubProject.objects.values_list("pk", flat=True), range(2016, 2020), TODAY)
    assert len(measured) == 115
    assert gatherings_year.live_year(instant(TODAY), say=print) == 0
