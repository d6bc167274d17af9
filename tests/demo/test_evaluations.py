"""The demo's evaluations, by the product's own acts; at full scale the numbers of the report."""

from datetime import date, timedelta

import pytest

from cityhall.domains.projects import figures as projects
from cityhall.domains.projects import year_end
from cityhall.domains.road_safety import figures as road_safety
from cityhall.domains.road_safety import results
from cityhall.domains.road_safety import services as road_services
from cityhall.domains.road_safety.models import Evaluation as RoadSafety
from cityhall.engines.deadlines.services import seed_calendar
from cityhall.engines.scoring import queries
from cityhall.engines.scoring.models import Evaluation
from cityhall.foundation import unit
from cityhall.foundation.clock import at as instant
from cityhall.foundation.period import Period
from cityhall.project.demo import evaluations, people, petitions

NOW = instant(date(2026, 11, 16), 15)


@pytest.mark.django_db
def test_the_demo_city_has_results_letters_and_one_that_runs():
    seed_calendar()
    with unit.bulk():
        made = people.load(at=NOW - timedelta(days=181), since=petitions.FOUNDED)
        chosen = [made.agencies[code] for code in evaluations.EVALUATED if code in made.agencies]
        road_services.begin(
            year=2026, agencies=chosen, begun_on=date(2026, 7, 1), by=None, at=NOW - timedelta(days=130)
        )

        evaluations.load(NOW)

    one = Evaluation.objects.get(kind=year_end.KIND)
    assert (one.year, one.candidates.count()) == (2025, len(evaluations.WORKS))
    assert one.closed_on <= year_end.due(2025)
    assert [(row.total, row.place) for row in queries.results(one)] == [
        (row.points, row.place) for row in one.candidates.order_by("n")
    ]
    assert one.letters.exists()
    assert len({row.points for row in one.candidates.all()}) > 3
    older, newest = RoadSafety.objects.order_by("year")
    assert all(found.apart is not None for _row, found in results.comparison(older))
    assert queries.running_step(results.scored(newest.year)) is not None


@pytest.mark.django_db
def test_the_reports_year_is_counted_as_it_was():
    seed_calendar()
    with unit.bulk():
        people.load(at=instant(date(2015, 12, 31), 9), since=petitions.FOUNDED)
        evaluations._closed_projects(2016, evaluations._office(instant(evaluations.TODAY, 9)))

    evaluations.live_year(say=lambda words: None)
    evaluations.live_year(say=lambda words: None)

    year = Period.year(2016)
    assert road_safety.agencies(year).value == 7
    assert road_safety.site_visits(year).value == 9
    assert road_safety.suggestions(year).value == 47
    assert projects.year_end_evaluations(year).value == len(evaluations.WORKS)
    assert queries.running_step(Evaluation.objects.get(kind=year_end.KIND)).code == "final"
    assert RoadSafety.objects.get().sent_on is not None
